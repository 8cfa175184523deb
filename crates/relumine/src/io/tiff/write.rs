//! Writing TIFF: grey with alpha and EXIF data, which `image` does not write.
//!
//! The EXIF and GPS fields go into directories of their own, as the EXIF specification (CIPA DC-008, 4.6.3) lays out.

use std::io::{Seek, Write};

use exif::{Context, Field, Value};
use image::DynamicImage;
use tiff::TiffResult;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGB32Float};
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard, TiffValue};
use tiff::tags::{ExtraSamples, Tag, Type};

use crate::io::codec::Upright;
use crate::io::metadata::Exif;

/// Writes a picture, without compression, as the first and only page.
pub(super) fn write(out: impl Write + Seek, picture: &Upright<'_>) -> TiffResult<()> {
    let pixels = picture.pixels;
    let file = File {
        width: pixels.width(),
        height: pixels.height(),
        alpha: pixels.color().has_alpha(),
        icc: picture.icc,
        fields: picture.exif.map(Exif::fields).unwrap_or_default(),
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
