//! What `image` lacks of TIFF: grey with alpha, both ways, and writing EXIF data.
//!
//! The EXIF and GPS fields go into directories of their own, as the EXIF specification (CIPA DC-008, 4.6.3) lays out.

use std::io::{Cursor, Seek, Write};

use exif::{Context, Field, Value};
use image::error::{DecodingError, EncodingError, ImageError, ImageFormatHint};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageFormat, ImageResult};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16};
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard, TiffValue};
use tiff::tags::{ExtraSamples, PhotometricInterpretation, Tag, Type};
use tiff::{ColorType as Channels, TiffError, TiffResult};

use super::metadata::Exif;

const FORMAT: ImageFormatHint = ImageFormatHint::Exact(ImageFormat::Tiff);

/// A TIFF file with two interleaved channels: grey, black being zero, and alpha.
pub(super) struct GreyAlpha<'a> {
    decoder: Decoder<Cursor<&'a [u8]>>,
    width: u32,
    height: u32,
    bits: u8,
}

impl<'a> GreyAlpha<'a> {
    /// `None` if the file is anything else.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut decoder = Decoder::new(Cursor::new(bytes)).ok()?;
        let (width, height) = decoder.dimensions().ok()?;
        let Channels::Multiband { bit_depth: bits @ (8 | 16), num_samples: 2 } = decoder.colortype().ok()?
        else {
            return None;
        };
        let mut tag = |tag| decoder.find_tag_unsigned::<u16>(tag).ok().flatten();
        let is_grey = tag(Tag::PhotometricInterpretation)? == PhotometricInterpretation::BlackIsZero.to_u16();
        let is_interleaved = tag(Tag::PlanarConfiguration).is_none_or(|configuration| configuration == 1);
        (is_grey && is_interleaved).then_some(Self { decoder, width, height, bits })
    }

    pub(super) fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    pub(super) fn bytes_a_pixel(&self) -> u64 {
        2 * u64::from(self.bits / 8)
    }

    pub(super) fn icc_profile(&mut self) -> Option<Vec<u8>> {
        self.decoder.get_tag_u8_vec(Tag::IccProfile).ok()
    }

    pub(super) fn orientation(&mut self) -> Option<Orientation> {
        let value = self.decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok()??;
        Orientation::from_exif(value)
    }

    /// Decodes the pixels into at most `max_bytes`.
    pub(super) fn pixels(self, max_bytes: u64) -> ImageResult<DynamicImage> {
        let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        let mut limits = Limits::default();
        limits.decoding_buffer_size = max_bytes;
        limits.intermediate_buffer_size = max_bytes;
        let Self { width, height, .. } = self;
        let damaged = |error| ImageError::Decoding(DecodingError::new(FORMAT, error));
        let pixels = match self.decoder.with_limits(limits).read_image().map_err(damaged)? {
            DecodingResult::U8(samples) => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8)
            }
            DecodingResult::U16(samples) => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16)
            }
            _ => None,
        };
        pixels.ok_or_else(|| damaged(TiffError::IntSizeError))
    }
}

pub(super) fn write(
    out: impl Write + Seek,
    pixels: &DynamicImage,
    icc: Option<&[u8]>,
    exif: Option<&Exif>,
) -> ImageResult<()> {
    let (width, height) = (pixels.width(), pixels.height());
    let file = File {
        width,
        height,
        alpha: pixels.color().has_alpha(),
        icc,
        fields: exif.map(Exif::fields).unwrap_or_default(),
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
        _ => unreachable!("the decoders yield 8 or 16 bits alone"),
    }
    .map_err(|error| ImageError::Encoding(EncodingError::new(FORMAT, error)))
}

struct File<'a> {
    width: u32,
    height: u32,
    alpha: bool,
    icc: Option<&'a [u8]>,
    fields: Vec<Field>,
}

impl File<'_> {
    fn write<C: ColorType>(&self, out: impl Write + Seek, samples: &[C::Inner]) -> TiffResult<()>
    where
        [C::Inner]: TiffValue,
    {
        let mut file = TiffEncoder::new(out)?;
        let mut links = Vec::new();
        for (context, link) in [(Context::Exif, Tag::ExifDirectory), (Context::Gps, Tag::GpsDirectory)] {
            if self.fields.iter().any(|field| field.tag.context() == context) {
                let mut directory = file.extra_directory()?;
                self.describe(&mut directory, context)?;
                links.push((link, directory.finish_with_offsets()?.offset));
            }
        }
        let mut image = file.new_image::<C>(self.width, self.height)?;
        if self.alpha {
            image.extra_samples(&[ExtraSamples::UnassociatedAlpha])?;
        }
        self.describe(image.encoder(), Context::Tiff)?;
        for (link, offset) in links {
            image.encoder().write_tag(link, offset)?;
        }
        if let Some(icc) = self.icc {
            image.encoder().write_tag(Tag::IccProfile, icc)?;
        }
        image.write_data(samples)
    }

    fn describe<W: Write + Seek>(
        &self,
        directory: &mut DirectoryEncoder<'_, W, TiffKindStandard>,
        context: Context,
    ) -> TiffResult<()> {
        let fields = self.fields.iter().filter(|field| field.tag.context() == context);
        let mut entries = tiff::Directory::empty();
        for field in fields {
            if let Some((kind, bytes)) = native(&field.value) {
                let entry = directory.write_entry_bytes(kind, &bytes)?;
                entries.extend([(Tag::from_u16_exhaustive(field.tag.number()), entry)]);
            }
        }
        directory.extend_from(&entries);
        Ok(())
    }
}

/// A value as TIFF stores it, in this machine's byte order, which the encoder writes; `None` for unknown types.
fn native(value: &Value) -> Option<(Type, Vec<u8>)> {
    fn bytes<T: Copy, const N: usize>(values: &[T], one: impl Fn(T) -> [u8; N]) -> Vec<u8> {
        values.iter().flat_map(|value| one(*value)).collect()
    }
    Some(match value {
        Value::Byte(values) => (Type::BYTE, values.clone()),
        Value::Ascii(lines) => {
            (Type::ASCII, lines.iter().flat_map(|line| line.iter().copied().chain([0])).collect())
        }
        Value::Short(values) => (Type::SHORT, bytes(values, u16::to_ne_bytes)),
        Value::Long(values) => (Type::LONG, bytes(values, u32::to_ne_bytes)),
        Value::Rational(values) => {
            let parts: Vec<u32> = values.iter().flat_map(|value| [value.num, value.denom]).collect();
            (Type::RATIONAL, bytes(&parts, u32::to_ne_bytes))
        }
        Value::SByte(values) => (Type::SBYTE, bytes(values, i8::to_ne_bytes)),
        Value::Undefined(values, _) => (Type::UNDEFINED, values.clone()),
        Value::SShort(values) => (Type::SSHORT, bytes(values, i16::to_ne_bytes)),
        Value::SLong(values) => (Type::SLONG, bytes(values, i32::to_ne_bytes)),
        Value::SRational(values) => {
            let parts: Vec<i32> = values.iter().flat_map(|value| [value.num, value.denom]).collect();
            (Type::SRATIONAL, bytes(&parts, i32::to_ne_bytes))
        }
        Value::Float(values) => (Type::FLOAT, bytes(values, f32::to_ne_bytes)),
        Value::Double(values) => (Type::DOUBLE, bytes(values, f64::to_ne_bytes)),
        Value::Unknown(..) => return None,
    })
}
