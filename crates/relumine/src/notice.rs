//! What a photo's owner should know although it is no error: typed, so that whoever tells it can say it in their own words.

use std::path::PathBuf;

use serde::Serialize;

use crate::counts::Frame;
use crate::io::{DEVELOP, Format, names};

/// Something that was set aside, could not be kept, or was done otherwise than it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "notice", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Notice {
    /// The EXIF data are corrupt: they are not carried over. An orientation that could still be read was applied.
    #[error("its EXIF data are corrupt ({reason}) and are left out")]
    ExifIgnored {
        /// What the parser stumbled on.
        reason: String,
    },
    /// Some EXIF fields are corrupt: they are not carried over, the others are.
    #[error("{fields} of its EXIF fields cannot be read and are left out")]
    ExifFieldsIgnored {
        /// How many.
        fields: usize,
    },
    /// The XMP packet is corrupt: it is not carried over.
    #[error("its XMP packet is corrupt ({reason}) and is left out")]
    XmpIgnored {
        /// What the parser stumbled on.
        reason: String,
    },
    /// The second part of an XMP packet is corrupt: it is not carried over, the first is.
    #[error("the extended part of its XMP packet is corrupt ({reason}) and is left out")]
    ExtendedXmpIgnored {
        /// What the parser stumbled on.
        reason: String,
    },
    /// The IPTC data are corrupt: they are not carried over.
    #[error("its IPTC data are corrupt ({reason}) and are left out")]
    IptcIgnored {
        /// What the parser stumbled on.
        reason: String,
    },
    /// Notes of the camera's maker, which hold offsets that only the maker can move.
    #[error("the maker's own notes in its EXIF data cannot be moved into another file and are left out")]
    MakerNotesLeftOut,
    /// A C2PA manifest, which vouches for the very bytes of its file.
    #[error("its content credentials (C2PA) hold for the original alone and are left out")]
    ContentCredentialsLeftOut,
    /// A gain map for screens of high dynamic range.
    #[error("its gain map for HDR screens is left out; only the standard picture is used")]
    GainMapLeftOut,
    /// Pictures behind the first: previews, other lenses, other moments.
    #[error("there are further pictures in the file, which are left out; only the first is used")]
    FurtherPicturesLeftOut,
    /// The ICC profile is corrupt or of no use for these pixels: the photo is taken as sRGB.
    #[error("its colour profile cannot be used ({reason}); its colours are taken as sRGB")]
    ProfileIgnored {
        /// What is wrong with it.
        reason: String,
    },
    /// A JPEG whose end marker is missing, and nothing else.
    #[error("its end marker is missing; all of the picture is there")]
    EndMissing,
    /// A JPEG whose last rows were cut off.
    #[error("it was cut short: its rows {} to {rows} are not as they were; copy it again from where it came", first + 1)]
    RowsDamaged {
        /// Rows that are whole, from the top.
        first: usize,
        /// Rows that there are.
        rows: usize,
    },
    /// Footage in a camera's log, by its looks.
    #[error(
        "it looks like footage in a camera's log: say which one by its colour space (S-Log3, LogC3, V-Log)"
    )]
    ProbablyLog,
    /// Pixels of ink, which are worked on as RGB.
    #[error("it was CMYK, and was converted to sRGB by its colour profile")]
    ConvertedFromCmyk,
    /// An animation, of which the first picture was taken.
    #[error("it is an animation, of which only the first picture is used")]
    FirstFrameOnly,
    /// A file of several pages, of which the first was taken.
    #[error("it has {pages} more pages, which are left out; only the first is used")]
    OtherPagesLeftOut {
        /// How many pictures in their own right come after the first.
        pages: usize,
    },
    /// The samples of a camera RAW file are not developed: the picture is the preview that the camera put beside them.
    #[error(
        "it is a camera RAW ({format}), of which the camera's own preview of {}×{} pixels is used; to have all that is in it, {DEVELOP}",
        size[0],
        size[1]
    )]
    PreviewOfRaw {
        /// The kind of RAW, e.g. `Nikon NEF`.
        format: &'static str,
        /// Width and height of the preview.
        size: [u32; 2],
    },
    /// Another program made a picture of the file.
    #[error("it is {format}, of which `{program}` made the picture that is used")]
    Developed {
        /// The kind of file, e.g. `HEIC`.
        format: String,
        /// The program's name.
        program: String,
    },
    /// Layers beside the one that was taken.
    #[error("it has {count} more layers ({}), which are left out; only the first with colours is used", layers.join(", "))]
    LayersLeftOut {
        /// How many.
        count: usize,
        /// The names of the first of them.
        layers: Vec<String>,
    },
    /// An OpenEXR file whose data are not of the size of the picture.
    #[error(
        "its data window is not its display window: what lies outside is left out, and what is missing is black"
    )]
    OtherWindow,
    /// Channels that are neither colours nor alpha.
    #[error(
        "it has {channels} more channels, which are neither colours nor said to be alpha and are left out"
    )]
    ChannelsLeftOut {
        /// How many.
        channels: usize,
    },
    /// The output format has no alpha.
    #[error(
        "{format} has no transparency: it is laid on a ground; write {} to keep it",
        names(Format::has_alpha)
    )]
    AlphaDropped {
        /// The output format.
        format: Format,
    },
    /// The output format has fewer bits a channel than the photo.
    #[error(
        "{format} has {} bits a channel, the photo has more; write {} to keep them",
        format.max_bit_depth(),
        names(|other| other.max_bit_depth() > format.max_bit_depth())
    )]
    DepthReduced {
        /// The output format.
        format: Format,
    },
    /// The EXIF data do not fit into the output format.
    #[error("its EXIF data ({bytes} bytes) have no place in {format} and are left out")]
    ExifTooLarge {
        /// The output format.
        format: Format,
        /// Size of the EXIF data.
        bytes: usize,
    },
    /// The XMP packet does not fit into the output format.
    #[error("its XMP packet ({bytes} bytes) has no place in {format} and is left out")]
    XmpTooLarge {
        /// The output format.
        format: Format,
        /// Size of the packet.
        bytes: usize,
    },
    /// The output format has no place for IPTC data, or not enough of it.
    #[error("its IPTC data ({bytes} bytes) have no place in {format} and are left out")]
    IptcDropped {
        /// The output format.
        format: Format,
        /// Size of the data.
        bytes: usize,
    },
    /// Changed colours cannot be expressed in the photo's own profile.
    #[error(
        "its colour profile cannot hold the new colours (it is for grey or for input alone); they are written as sRGB"
    )]
    WrittenAsSrgb,
    /// Bars, borders, or margins of which nothing is seen.
    #[error("bars or borders around it ({:.0} % of it) are left out and stay as they are", 100.0 * share)]
    BordersLeftOut {
        /// What is left.
        frame: Frame,
        /// Share of the photo, 0..1.
        share: f64,
    },
    /// The black round of a fisheye.
    #[error("the black round about it ({:.0} % of it) is left out and stays as it is", 100.0 * share)]
    RoundLeftOut {
        /// Share of the photo, 0..1.
        share: f64,
    },
    /// What is transparent within.
    #[error("{:.0} % of it is transparent and does not count", 100.0 * share)]
    TransparencyLeftOut {
        /// Share of the photo, 0..1, each pixel by how transparent it is.
        share: f64,
    },
    /// A ground of one colour.
    #[error("it lies on a ground of one colour ({:.0} % of it), which is left out and stays as it is", 100.0 * share)]
    GroundKept {
        /// Share of the photo's frame, 0..1.
        share: f64,
    },
    /// What was recognised told less than one region of all would.
    #[error(
        "what is recognised tells too little: {:.0} % of it has no counterpart in the reference; each photo is taken as one region",
        100.0 * alone
    )]
    RecognitionSetAside {
        /// Share of the content that has no counterpart, 0..1.
        alone: f64,
    },
    /// Masks were given to a method that knows no regions.
    #[error("the method {method} knows no regions; the masks are not used")]
    MasksNotUsed {
        /// Its name.
        method: &'static str,
    },
    /// A mask or trimap of another size than its photo.
    #[error("{}×{} pixels, resampled to the photo's {}×{}", size[0], size[1], photo[0], photo[1])]
    Resampled {
        /// Its width and height.
        size: [usize; 2],
        /// The photo's.
        photo: [usize; 2],
    },
    /// A background of another size than the photo that is put before it.
    #[error("{}×{} pixels, scaled to cover the photo's {}×{}", size[0], size[1], photo[0], photo[1])]
    ScaledToCover {
        /// Its width and height.
        size: [usize; 2],
        /// The photo's.
        photo: [usize; 2],
    },
    /// There is a GPU, but the CPU was used.
    #[error("the CPU was used: {reason}")]
    GpuNotUsed {
        /// Why the GPU was not.
        reason: String,
    },
    /// Pixels of a mask that were of none of its colours.
    #[error("{pixels} pixels were snapped to the nearest colour of its palette")]
    Snapped {
        /// How many.
        pixels: usize,
    },
}

/// A notice, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Remark {
    /// A file, or whatever else stands for what it is about, in a word or two.
    pub about: PathBuf,
    /// What there is to know.
    pub notice: Notice,
}

impl Remark {
    /// A notice about something.
    pub fn new(about: impl Into<PathBuf>, notice: Notice) -> Self {
        Self { about: about.into(), notice }
    }
}

/// As in `photo.jpg: its EXIF data are …`.
impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.about.display(), self.notice)
    }
}

/// As `{"about": …, "notice": …, "text": …}`, with what the notice holds beside.
impl Serialize for Remark {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Told<'r> {
            about: &'r std::path::Path,
            #[serde(flatten)]
            notice: &'r Notice,
            text: String,
        }
        let Self { about, notice } = self;
        Told { about, notice, text: notice.to_string() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_typed_and_speak_of_no_flags() {
        let reason = || "cut short".to_owned();
        let format = Format::JPEG;
        let notices = [
            Notice::ExifIgnored { reason: reason() },
            Notice::ExifFieldsIgnored { fields: 1 },
            Notice::XmpIgnored { reason: reason() },
            Notice::ExtendedXmpIgnored { reason: reason() },
            Notice::IptcIgnored { reason: reason() },
            Notice::MakerNotesLeftOut,
            Notice::ContentCredentialsLeftOut,
            Notice::GainMapLeftOut,
            Notice::FurtherPicturesLeftOut,
            Notice::XmpTooLarge { format, bytes: 70_000 },
            Notice::IptcDropped { format, bytes: 70 },
            Notice::ProfileIgnored { reason: reason() },
            Notice::FirstFrameOnly,
            Notice::OtherPagesLeftOut { pages: 2 },
            Notice::PreviewOfRaw { format: "DNG", size: [3, 2] },
            Notice::LayersLeftOut { count: 1, layers: vec!["depth".into()] },
            Notice::OtherWindow,
            Notice::Developed { format: "HEIC".into(), program: "heif-dec".into() },
            Notice::ChannelsLeftOut { channels: 2 },
            Notice::AlphaDropped { format },
            Notice::DepthReduced { format },
            Notice::ExifTooLarge { format, bytes: 70_000 },
            Notice::WrittenAsSrgb,
            Notice::Resampled { size: [3, 2], photo: [6, 4] },
            Notice::Snapped { pixels: 5 },
            Notice::BordersLeftOut { frame: Frame::whole(3, 4), share: 0.0 },
            Notice::RoundLeftOut { share: 0.1 },
            Notice::TransparencyLeftOut { share: 0.1 },
            Notice::GroundKept { share: 0.6 },
        ];
        for notice in notices {
            assert!(!notice.to_string().contains("--"), "{notice}");
            let json = serde_json::to_value(Remark::new("photo.jpg", notice)).unwrap();
            assert_eq!(json["about"], "photo.jpg");
            assert!(json["notice"].is_string(), "{json}");
        }
    }
}
