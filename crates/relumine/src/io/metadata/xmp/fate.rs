//! What becomes of each property of a packet on its way into an output: most stay, some speak of the pixels, some of parts of the old
//! file.

use super::{APPLE_GAIN_MAP, HDR_GAIN_MAP, XMP_NOTE};
use crate::io::metadata::edited::Edited;

pub(super) const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const DC_TERMS: &str = "http://purl.org/dc/terms/";
const GOOGLE_CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";

/// Namespaces that speak of other pictures in the same file: gain maps, their auxiliary data, depth maps, originals.
pub(super) const OF_OTHER_PICTURES: [&str; 7] = [
    HDR_GAIN_MAP,
    APPLE_GAIN_MAP,
    "http://ns.apple.com/pixeldatainfo/1.0/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/container/item/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/image/",
];

/// A name: its namespace, empty where it has none, and what is left.
pub(super) type Name<'a> = (&'a str, &'a str);

/// What becomes of a property.
pub(super) enum Fate {
    Stays,
    Goes,
    Becomes(String),
}

/// What becomes of a property, an element or an attribute.
pub(super) fn fate((namespace, name): Name<'_>, how: &Edited<'_>) -> Fate {
    let becomes = |value: Option<String>| value.map_or(Fate::Stays, Fate::Becomes);
    let size = |side: fn((u32, u32)) -> u32| how.size.map(|size| side(size).to_string());
    match (namespace, name) {
        (TIFF, "Orientation") => Fate::Becomes("1".into()),
        (TIFF, "ImageWidth") | (EXIF, "PixelXDimension") => becomes(size(|size| size.0)),
        (TIFF, "ImageLength") | (EXIF, "PixelYDimension") => becomes(size(|size| size.1)),
        (TIFF, "Software") => becomes(how.edit.map(|edit| edit.software())),
        (XMP, "ModifyDate" | "MetadataDate") => becomes(how.date().map(|date| date.iso_8601())),
        (EXIF, _) if how.without_gps && name.starts_with("GPS") => Fate::Goes,
        (XMP, "Thumbnails") | (XMP_NOTE, "HasExtendedXMP") | (DC_TERMS, "provenance") => Fate::Goes,
        // A film behind the picture.
        (GOOGLE_CAMERA, _) if name.starts_with("MotionPhoto") || name.starts_with("MicroVideo") => Fate::Goes,
        _ if OF_OTHER_PICTURES.contains(&namespace) => Fate::Goes,
        _ => Fate::Stays,
    }
}
