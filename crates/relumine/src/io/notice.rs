//! What a photo's owner should know although it is no error.

use super::Format;

/// Something about a photo that was set aside on the way in, or cannot be kept on the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// The EXIF data are corrupt: they are not carried over. An orientation that could still be read was applied.
    #[error("its EXIF data are corrupt ({reason}) and are left out")]
    ExifIgnored {
        /// What the parser stumbled on.
        reason: String,
    },
    /// The ICC profile is corrupt or of no use for these pixels: the photo is taken as sRGB.
    #[error("its colour profile cannot be used ({reason}); its colours are taken as sRGB")]
    ProfileIgnored {
        /// What is wrong with it.
        reason: String,
    },
    /// An animation, of which the first picture was taken.
    #[error("it is an animation, of which only the first picture is used")]
    FirstFrameOnly,
    /// The output format has no alpha.
    #[error("{format} has no transparency, which is left out; write PNG, TIFF or WebP to keep it")]
    AlphaDropped {
        /// The output format.
        format: Format,
    },
    /// The output format has fewer bits a channel than the photo.
    #[error("{format} has 8 bits a channel, the photo has 16; write PNG or TIFF to keep them")]
    DepthReduced {
        /// The output format.
        format: Format,
    },
    /// The EXIF data do not fit into the output format.
    #[error("its EXIF data ({bytes} bytes) are too large for {format} and are left out")]
    ExifTooLarge {
        /// The output format.
        format: Format,
        /// Size of the EXIF data.
        bytes: usize,
    },
    /// Changed colours cannot be expressed in the photo's own profile.
    #[error(
        "its colour profile cannot hold the new colours (it is for grey or for input alone); they are written as sRGB"
    )]
    WrittenAsSrgb,
}
