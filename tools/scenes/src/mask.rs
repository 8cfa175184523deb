//! Regions of the picture and the flat colours that stand for them.

/// What a pixel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    Sky,
    Water,
    Buildings,
    Vegetation,
    Ground,
    Objects,
}

impl Region {
    /// Its colour in every mask, 8-bit sRGB.
    pub(crate) fn colour(self) -> [u8; 3] {
        match self {
            Self::Sky => [0, 128, 255],
            Self::Water => [0, 0, 255],
            Self::Buildings => [255, 0, 0],
            Self::Vegetation => [0, 255, 0],
            Self::Ground => [255, 255, 0],
            Self::Objects => [255, 0, 255],
        }
    }
}
