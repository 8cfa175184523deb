//! Writing TIFF: one page in strips, without compression, with its metadata.
//!
//! The EXIF and GPS fields go into directories of their own, as the EXIF specification (CIPA DC-008, 4.6.3) lays out. There is none of
//! interoperability, which is a matter of JPEG files and strange to libtiff.

use std::io::{Seek, Write};

use image::{ColorType, DynamicImage};
use tiff::TiffResult;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard};
use tiff::tags::{ExtraSamples, PhotometricInterpretation, SampleFormat, Tag, Type};

use super::metadata::{IPTC, XMP};
use super::structure::tag;
use crate::io::codec::Upright;
use crate::io::metadata::exif::{Exif, RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION, YCBCR_POSITIONING};
use crate::io::metadata::ifd::{ASCII, BYTE, Directory, Entry, Field, UNDEFINED, UTF_8, swapped};
use crate::io::metadata::resolution::Resolution;

/// Bytes of a strip, at least, as long as there are rows: few strips, and none of them large.
const STRIP_BYTES: usize = 1_000_000;

type Page<'a, W> = DirectoryEncoder<'a, W, TiffKindStandard>;

/// Writes a picture as the first and only page.
pub(super) fn write(out: impl Write + Seek, picture: &Upright<'_>) -> TiffResult<()> {
    let mut file = TiffEncoder::new(out)?;
    let mut fields = picture.metadata.exif.as_ref().map(Exif::directory).cloned().unwrap_or_default();
    // It says where chroma lies, and here is none.
    fields.0.remove(&YCBCR_POSITIONING);
    let mut links = Vec::new();
    for (tag, entry) in &fields.0 {
        if let Entry::Directory(below) = entry {
            let mut directory = file.extra_directory()?;
            describe(&mut directory, below, &[])?;
            links.push((*tag, directory.finish_with_offsets()?.offset));
        }
    }
    let mut page = file.image_directory()?;
    lay_out(&mut page, &mut fields, picture.pixels)?;
    // Readers expect one.
    let [across, down, unit] = Resolution::fields_of(picture.metadata.resolution);
    fields.set(X_RESOLUTION, across);
    fields.set(Y_RESOLUTION, down);
    fields.set(RESOLUTION_UNIT, unit);
    if let Some(xmp) = &picture.metadata.xmp {
        fields.set(XMP, Field { kind: BYTE, value: xmp.clone().into() });
    }
    if let Some(icc) = picture.icc {
        fields.set(tag::ICC_PROFILE, Field { kind: UNDEFINED, value: icc.to_vec() });
    }
    if let Some(iptc) = &picture.metadata.iptc {
        // As numbers of four bytes, by old custom, but in the order of the bytes.
        let mut bytes = iptc.bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        put(&mut page, IPTC, Type::LONG, &bytes)?;
    }
    describe(&mut page, &fields, &links)?;
    page.finish()
}

/// Writes the strips, and tells of them.
fn lay_out<W: Write + Seek>(
    page: &mut Page<'_, W>,
    fields: &mut Directory,
    pixels: &DynamicImage,
) -> TiffResult<()> {
    let color = pixels.color();
    let channels = usize::from(color.channel_count());
    let row = pixels.width() as usize * usize::from(color.bytes_per_pixel());
    let rows = STRIP_BYTES.div_ceil(row).min(pixels.height() as usize);
    let (mut offsets, mut sizes) = (Vec::new(), Vec::new());
    // Samples are in the order of this machine, and so is the file.
    for strip in pixels.as_bytes().chunks(row * rows) {
        offsets.push(u32::try_from(page.write_data(strip)?)?);
        sizes.push(strip.len() as u32);
        even(page, strip.len())?;
    }
    let (interpretation, format) = match color {
        ColorType::L8 | ColorType::La8 | ColorType::L16 | ColorType::La16 => {
            (PhotometricInterpretation::BlackIsZero, SampleFormat::Uint)
        }
        ColorType::Rgb32F | ColorType::Rgba32F => (PhotometricInterpretation::RGB, SampleFormat::IEEEFP),
        _ => (PhotometricInterpretation::RGB, SampleFormat::Uint),
    };
    let bits = 8 * u16::from(color.bytes_per_pixel()) / u16::from(color.channel_count());
    for (tag, field) in [
        (tag::WIDTH, Field::long(pixels.width())),
        (tag::HEIGHT, Field::long(pixels.height())),
        (tag::BITS_PER_SAMPLE, Field::shorts(&vec![bits; channels])),
        (tag::COMPRESSION, Field::short(1)),
        (tag::PHOTOMETRIC, Field::short(interpretation.to_u16())),
        (tag::SAMPLES_PER_PIXEL, Field::short(channels as u16)),
        (tag::ROWS_PER_STRIP, Field::long(rows as u32)),
        (tag::PLANAR, Field::short(1)),
        (tag::SAMPLE_FORMAT, Field::shorts(&vec![format.to_u16(); channels])),
        (tag::STRIP_OFFSETS, Field::longs(&offsets)),
        (tag::STRIP_BYTES, Field::longs(&sizes)),
    ] {
        fields.set(tag, field);
    }
    if color.has_alpha() {
        fields.set(tag::EXTRA_SAMPLES, Field::short(ExtraSamples::UnassociatedAlpha.to_u16()));
    }
    Ok(())
}

/// Writes the fields of a directory, and its links to others.
fn describe<W: Write + Seek>(
    page: &mut Page<'_, W>,
    fields: &Directory,
    links: &[(u16, u32)],
) -> TiffResult<()> {
    for (tag, entry) in &fields.0 {
        let Entry::Field(Field { kind, value }) = entry else { continue };
        // A text of EXIF 3.0 is one of TIFF.
        if let Some(kind) = Type::from_u16(if *kind == UTF_8 { ASCII } else { *kind }) {
            let value = if cfg!(target_endian = "big") { &swapped(kind.to_u16(), value) } else { value };
            put(page, *tag, kind, value)?;
        }
    }
    links.iter().try_for_each(|(tag, offset)| put(page, *tag, Type::LONG, &offset.to_ne_bytes()))
}

/// Writes a field, in this machine's byte order.
fn put<W: Write + Seek>(page: &mut Page<'_, W>, tag: u16, kind: Type, value: &[u8]) -> TiffResult<()> {
    let entry = page.write_entry_bytes(kind, value)?;
    let mut directory = tiff::Directory::empty();
    directory.extend([(Tag::from_u16_exhaustive(tag), entry)]);
    page.extend_from(&directory);
    // Up to four bytes stand in the directory itself.
    even(page, if value.len() > 4 { value.len() } else { 0 })
}

/// Fills up behind so many bytes: values begin at even offsets.
fn even<W: Write + Seek>(page: &mut Page<'_, W>, bytes: usize) -> TiffResult<()> {
    if bytes % 2 == 1 {
        page.write_data([0u8])?;
    }
    Ok(())
}
