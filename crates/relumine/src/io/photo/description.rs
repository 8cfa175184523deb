//! What a photo's file is: for people to see what the program sees.

use std::path::PathBuf;

use image::metadata::Orientation;
use serde::Serialize;

use super::{Photo, Source};
use crate::Notice;
use crate::io::Format;
use crate::io::metadata::Metadata;

/// What a photo's file is, and what would become of it.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// The file, for messages.
    pub path: PathBuf,
    /// Its format, or that of the preview that is used of it; `None` for what was made here.
    pub format: Option<Format>,
    /// Pixels, upright.
    pub width: usize,
    /// Pixels, upright.
    pub height: usize,
    /// Bits a channel: 8, 16, or 32 for floating-point numbers.
    pub bit_depth: u8,
    /// Whether it holds one grey channel instead of RGB.
    pub is_grey: bool,
    /// Whether it has transparency.
    pub has_alpha: bool,
    /// Name of its colour space, as its profile or its marks say; `None` where nothing is said, and sRGB is taken.
    pub colour_space: Option<String>,
    /// How the pixels are turned upright, where they are not: as EXIF numbers it.
    pub turned: Option<u8>,
    /// What is said of it beside the pixels, of which kinds: EXIF, GPS, XMP, IPTC.
    pub metadata: Vec<&'static str>,
    /// Pixels an inch or a centimetre, as a text.
    pub resolution: Option<String>,
    /// What its owner should know, and what no output of it will hold.
    pub notices: Vec<String>,
}

impl Photo {
    /// What its file is.
    pub fn describe(&self) -> Description {
        let Source { pixels, profile, metadata, origin, .. } = self.source();
        let turned =
            origin.map(|origin| origin.orientation).filter(|turned| *turned != Orientation::NoTransforms);
        let notices = self.notices().iter().chain(&metadata.left_out).map(Notice::to_string).collect();
        Description {
            path: self.path().into(),
            format: origin.map(|origin| origin.format),
            width: self.width(),
            height: self.height(),
            bit_depth: self.bit_depth(),
            is_grey: self.is_grey(),
            has_alpha: pixels.color().has_alpha(),
            colour_space: profile.as_ref().map(|profile| profile.name().to_owned()),
            turned: turned.map(Orientation::to_exif),
            metadata: kinds(metadata),
            resolution: metadata.resolution.map(|resolution| resolution.to_string()),
            notices,
        }
    }
}

fn kinds(metadata: &Metadata) -> Vec<&'static str> {
    let has_place = metadata.exif.as_ref().is_some_and(|exif| exif.has_place());
    let there = [
        (metadata.exif.is_some(), "EXIF"),
        (has_place, "GPS"),
        (metadata.xmp.is_some(), "XMP"),
        (metadata.iptc.is_some(), "IPTC"),
    ];
    there.into_iter().filter_map(|(is_there, kind)| is_there.then_some(kind)).collect()
}
