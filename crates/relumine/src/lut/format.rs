//! The formats that LUTs are written in.

use std::path::Path;

/// A format of LUTs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LutFormat {
    /// `.cube` text of Adobe, Iridas and Resolve.
    Cube,
    /// A 16-bit PNG of level³ × level³ pixels, a lattice of level² nodes a side.
    HaldClut {
        /// 2 to 16; [`DEFAULT_LEVEL`](Self::DEFAULT_LEVEL) and 12 are usual.
        level: u8,
    },
    /// `.3dl` text of Lustre and Flame.
    ThreeDl,
    /// The Common LUT Format of the Academy and the ASC, as XML.
    Clf,
    /// The same, from scene-linear ACES 2065-1 to it, for a LUT that is made for sRGB: what is beyond sRGB, or above white, is clamped to it.
    ClfAces,
}

impl LutFormat {
    /// The usual level of Hald images: 512×512 pixels, 64 nodes a side.
    pub const DEFAULT_LEVEL: u8 = 8;

    /// The format of that name or extension, in either case: `cube`, `hald` or `png`, `3dl`, `clf`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "cube" => Self::Cube,
            "hald" | "png" => Self::HaldClut { level: Self::DEFAULT_LEVEL },
            "3dl" => Self::ThreeDl,
            "clf" => Self::Clf,
            _ => return None,
        })
    }

    /// The format that the extension of `path` names, in either case.
    pub fn of_path(path: &Path) -> Option<Self> {
        Self::named(path.extension()?.to_str()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_name_formats() {
        let of = |name: &str| LutFormat::of_path(Path::new(name));
        assert_eq!(of("a.CUBE"), Some(LutFormat::Cube));
        assert_eq!(of("a.png"), Some(LutFormat::HaldClut { level: 8 }));
        assert_eq!((of("a.3dl"), of("a.clf")), (Some(LutFormat::ThreeDl), Some(LutFormat::Clf)));
        assert_eq!((of("a.jpg"), of("cube")), (None, None));
    }
}
