//! EXIF data as they travel from the content to the output.
//!
//! They are carried as they are, but for two fields: the orientation, since the pixels are turned upright on the way
//! in, and the link to the thumbnail, which would show the picture as it was.

use std::io::Cursor;

use exif::{Context, Exif as Parsed, Field, In, Reader, Tag, experimental::Writer};
use image::metadata::Orientation;

/// Tags of a TIFF's first directory that describe the photo rather than the layout of its pixels.
const DESCRIPTIVE: [Tag; 10] = [
    Tag::ImageDescription,
    Tag::Make,
    Tag::Model,
    Tag::Software,
    Tag::DateTime,
    Tag::Artist,
    Tag::Copyright,
    Tag::XResolution,
    Tag::YResolution,
    Tag::ResolutionUnit,
];

/// EXIF data that parse: a TIFF structure without pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exif(Vec<u8>);

impl Exif {
    /// Checks EXIF data and makes them fit pixels that stand upright.
    pub(super) fn new(mut bytes: Vec<u8>) -> Result<Self, exif::Error> {
        Reader::new().read_raw(bytes.clone())?;
        // Where there is none to remove there is nothing to do.
        let _ = Orientation::remove_from_exif_chunk(&mut bytes);
        unlink_thumbnail(&mut bytes);
        Ok(Self(bytes))
    }

    /// The descriptive part of a whole TIFF file's tags; `None` if there is nothing to tell.
    pub(super) fn from_tiff(file: &[u8]) -> Result<Option<Self>, exif::Error> {
        let parsed = Reader::new().read_from_container(&mut Cursor::new(file))?;
        let fields: Vec<&Field> = descriptive(&parsed).collect();
        if fields.is_empty() {
            return Ok(None);
        }
        let mut writer = Writer::new();
        fields.into_iter().for_each(|field| writer.push_field(field));
        let mut bytes = Cursor::new(Vec::new());
        writer.write(&mut bytes, true)?;
        Ok(Some(Self(bytes.into_inner())))
    }

    /// The TIFF structure, as JPEG, PNG and WebP embed it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The fields that describe the photo: of the first directory, the EXIF directory and the GPS directory.
    pub(super) fn fields(&self) -> Vec<Field> {
        let parsed = Reader::new().read_raw(self.0.clone()).expect("checked when it was made");
        descriptive(&parsed).cloned().collect()
    }
}

/// The orientation that EXIF data ask for, as far as it can be read.
pub(super) fn orientation(exif: &[u8]) -> Orientation {
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

fn descriptive(parsed: &Parsed) -> impl Iterator<Item = &Field> {
    parsed.fields().filter(|field| {
        field.ifd_num == In::PRIMARY
            && match field.tag.context() {
                Context::Tiff => DESCRIPTIVE.contains(&field.tag),
                Context::Exif | Context::Gps => !matches!(field.value, exif::Value::Unknown(..)),
                _ => false,
            }
    })
}

/// Clears the offset of the second directory, which holds the thumbnail.
fn unlink_thumbnail(exif: &mut [u8]) {
    let Some((header, _)) = exif.split_first_chunk::<8>() else { return };
    let big_endian = header[0] == b'M';
    let u16_at = |at: usize| -> Option<usize> {
        let bytes = *exif.get(at..)?.first_chunk()?;
        Some(if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }.into())
    };
    let offset = [header[4], header[5], header[6], header[7]];
    let first = if big_endian { u32::from_be_bytes(offset) } else { u32::from_le_bytes(offset) } as usize;
    let Some(entries) = u16_at(first) else { return };
    let link = first + 2 + 12 * entries;
    if let Some(link) = exif.get_mut(link..link + 4) {
        link.fill(0);
    }
}
