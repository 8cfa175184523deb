//! Writing TIFF: grey with alpha and metadata, which `image` does not write.
//!
//! The EXIF, GPS and interoperability fields go into directories of their own, as the EXIF specification (CIPA DC-008, 4.6.3) lays
//! out.

use std::io::{Seek, Write};

use image::DynamicImage;
use tiff::TiffResult;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGB32Float};
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard, TiffValue};
use tiff::tags::{ExtraSamples, Tag, Type};

use super::metadata::{IPTC, XMP};
use crate::io::codec::Upright;
use crate::io::metadata::Written;
use crate::io::metadata::exif::{Exif, RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION, YCBCR_POSITIONING};
use crate::io::metadata::ifd::{ASCII, Directory, Entry, Field, UTF_8, swapped};

/// Writes a picture, without compression, as the first and only page.
pub(super) fn write(out: impl Write + Seek, picture: &Upright<'_>) -> TiffResult<()> {
    let pixels = picture.pixels;
    let file = File {
        width: pixels.width(),
        height: pixels.height(),
        alpha: pixels.color().has_alpha(),
        icc: picture.icc,
        metadata: picture.metadata,
    };
    match pixels {
        DynamicImage::ImageLuma8(pixels) => file.write::<Gray8>(out, pixels),
        DynamicImage::ImageLumaA8(pixels) => file.write::<Gray8>(out, pixels),
        DynamicImage::ImageRgb8(pixels) => file.write::<RGB8>(out, pixels),
        DynamicImage::ImageRgba8(pixels) => file.write::<RGB8>(out, pixels),
        DynamicImage::ImageLuma16(pixels) => file.write::<Gray16>(out, pixels),
        DynamicImage::ImageLumaA16(pixels) => file.write::<Gray16>(out, pixels),
        DynamicImage::ImageRgb16(pixels) => file.write::<RGB16>(out, pixels),
        DynamicImage::ImageRgba16(pixels) => file.write::<RGB16>(out, pixels),
        DynamicImage::ImageRgb32F(pixels) => file.write::<RGB32Float>(out, pixels),
        DynamicImage::ImageRgba32F(pixels) => file.write::<RGB32Float>(out, pixels),
        _ => unreachable!("the decoders yield nothing else"),
    }
}

struct File<'a> {
    width: u32,
    height: u32,
    alpha: bool,
    icc: Option<&'a [u8]>,
    metadata: &'a Written,
}

impl File<'_> {
    fn write<C: ColorType>(&self, out: impl Write + Seek, samples: &[C::Inner]) -> TiffResult<()>
    where
        [C::Inner]: TiffValue,
    {
        let mut file = TiffEncoder::new(out)?;
        let mut fields = self.metadata.exif.as_ref().map(Exif::directory).cloned().unwrap_or_default();
        // It says where chroma lies, and here is none.
        fields.0.remove(&YCBCR_POSITIONING);
        let links = below(&mut file, &fields)?;
        let mut image = file.new_image::<C>(self.width, self.height)?;
        if self.alpha {
            image.extra_samples(&[ExtraSamples::UnassociatedAlpha])?;
        }
        if let Some(resolution) = self.metadata.resolution {
            let [across, down, unit] = resolution.fields();
            fields.set(X_RESOLUTION, across);
            fields.set(Y_RESOLUTION, down);
            fields.set(RESOLUTION_UNIT, unit);
        }
        describe(image.encoder(), &fields, &links)?;
        if let Some(xmp) = &self.metadata.xmp {
            image.encoder().write_tag(Tag::from_u16_exhaustive(XMP), xmp.as_bytes())?;
        }
        if let Some(iptc) = &self.metadata.iptc {
            // As numbers of four bytes, by old custom, but in the order of the bytes.
            let mut bytes = iptc.bytes().to_vec();
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            let entry = image.encoder().write_entry_bytes(Type::LONG, &bytes)?;
            image.encoder().extend_from(&directory([(IPTC, entry)]));
        }
        if let Some(icc) = self.icc {
            image.encoder().write_tag(Tag::IccProfile, icc)?;
        }
        image.write_data(samples)
    }
}

/// Where directories stand in the file, by the tags of the fields that link to them.
type Links = Vec<(u16, u32)>;

/// Writes the directories below one.
fn below<W: Write + Seek>(file: &mut TiffEncoder<W>, fields: &Directory) -> TiffResult<Links> {
    let mut links = Links::new();
    for (tag, entry) in &fields.0 {
        if let Entry::Directory(fields) = entry {
            let own = below(file, fields)?;
            let mut directory = file.extra_directory()?;
            describe(&mut directory, fields, &own)?;
            links.push((*tag, directory.finish_with_offsets()?.offset));
        }
    }
    Ok(links)
}

/// Writes the fields of a directory.
fn describe<W: Write + Seek>(
    encoder: &mut DirectoryEncoder<'_, W, TiffKindStandard>,
    fields: &Directory,
    links: &Links,
) -> TiffResult<()> {
    let mut entries = Vec::new();
    for (tag, entry) in &fields.0 {
        if let Entry::Field(Field { kind, value }) = entry
            // A text of EXIF 3.0 is one of TIFF.
            && let Some(kind) = Type::from_u16(if *kind == UTF_8 { ASCII } else { *kind })
        {
            let value = if cfg!(target_endian = "big") { &swapped(kind.to_u16(), value) } else { value };
            entries.push((*tag, encoder.write_entry_bytes(kind, value)?));
        }
    }
    for (tag, offset) in links {
        entries.push((*tag, encoder.write_entry_bytes(Type::LONG, &offset.to_ne_bytes())?));
    }
    encoder.extend_from(&directory(entries));
    Ok(())
}

fn directory(entries: impl IntoIterator<Item = (u16, tiff::decoder::ifd::Entry)>) -> tiff::Directory {
    let mut directory = tiff::Directory::empty();
    directory.extend(entries.into_iter().map(|(tag, entry)| (Tag::from_u16_exhaustive(tag), entry)));
    directory
}
