//! How much of a look each pixel gets, by the regions that it is of.

use super::{Apply, Places, RegionsOfLook};
use crate::Planes;
use crate::pairing::Edges;
use crate::resample::Enlarged;
use crate::smoothing::Upsampling;
use crate::watch::CancelToken;

/// How much of the look each pixel gets, 0..1, at any size.
pub(super) enum Share {
    /// Spread as the masks are.
    Soft(Enlarged),
    /// Along the edges of the photo itself.
    Matte(Upsampling),
}

impl Share {
    /// `None` where every pixel gets all of it.
    pub(super) fn of(
        regions: &RegionsOfLook,
        apply: &Apply,
        (height, width): (usize, usize),
        token: &CancelToken,
    ) -> Option<Self> {
        let strengths: Vec<f32> = regions.ids.iter().map(|id| regions.strength(*id, apply)).collect();
        if strengths.iter().all(|strength| *strength == 1.0) {
            return None;
        }
        let places = regions.places.as_deref()?;
        let masks = &places.masks;
        let mut share = Planes::zeros(1, masks.height(), masks.width());
        for (region, strength) in strengths.iter().enumerate() {
            let pixels = share.data_mut().iter_mut().zip(masks.plane(region));
            pixels.for_each(|(share, mask)| *share += strength * mask);
        }
        Some(Self::drawn(&share, places, (height, width), token))
    }

    /// Of one value a pixel of the masks, 1×h×w.
    pub(super) fn drawn(
        share: &Planes,
        places: &Places,
        (height, width): (usize, usize),
        token: &CancelToken,
    ) -> Self {
        match places.edges {
            Edges::Soft => Self::Soft(Enlarged::new(share, height, width)),
            Edges::Matte => {
                let three = [share.data(); 3].concat();
                let three = Planes::from_vec(3, share.height(), share.width(), three);
                Self::Matte(Upsampling::new(&places.content, &three, token))
            }
        }
    }

    /// One value a pixel of a band, whose first row is row `first` of the photo.
    pub(super) fn band(&self, band: &Planes, first: usize, height: usize) -> Vec<f32> {
        let mut share = self.spread(band, first, height);
        // Both overshoot a little at edges: what is all or nothing of a region's is to be just that.
        share.iter_mut().for_each(|share| *share = share.clamp(0.0, 1.0));
        share
    }

    /// As [`band`](Self::band), with what overshoots: these add up as what they were drawn of does.
    pub(super) fn spread(&self, band: &Planes, first: usize, height: usize) -> Vec<f32> {
        match self {
            Self::Soft(enlarged) => enlarged.band(first, band.height()).into_vec(),
            Self::Matte(upsampling) => {
                let mut three = upsampling.band(band, first, height).into_vec();
                three.truncate(band.area());
                three
            }
        }
    }
}
