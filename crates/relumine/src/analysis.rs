//! What is known of one photo: what of it counts, the photo small, what a segmenter sees where, a network's features; each made when first
//! needed, and then kept for every pair that the photo is in. All of it is of the frame, the part of the photo that counts.

mod counted;

use std::sync::{Arc, OnceLock};

use crate::counts::{Frame, Ground, Patch};
use crate::features::{Features, Network};
use crate::io::Photo;
use crate::kept::Kept;
use crate::resample::{Filter, fit, resize};
use crate::segment::{SEEN_BY, Segmenter};
use crate::watch::CancelToken;
use crate::{Planes, Result, Tap};

/// Long side of the picture that smaller ones of a large photo are taken from.
const REDUCED: usize = 2048;

/// What is known of one photo. Cheap to clone: clones are one analysis.
#[derive(Clone, Debug)]
pub struct Analysis(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    photo: Photo,
    frame: OnceLock<Frame>,
    round: Kept<(), Option<Arc<Round>>>,
    ground: Kept<(), Option<Arc<Ground>>>,
    weights: Kept<[usize; 2], Option<Arc<Planes>>>,
    /// Of a large photo, what smaller pictures are taken from.
    reduced: Kept<(), Arc<Planes>>,
    small: Kept<Scale, Arc<Planes>>,
    seen: Kept<Same<dyn Segmenter>, Arc<Planes>>,
    /// By far the largest part; `None` where it is not kept.
    features: Option<Kept<Looked, Arc<Features>>>,
}

/// The black round of a fisheye, and its share of the frame.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) patch: Patch,
    pub(crate) share: f64,
}

/// By what a photo was looked at, at which layers and how large.
type Looked = (Same<Network>, Vec<Tap>, Scale);

/// How much of an [`Analysis`] was made so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Small pictures, a size each.
    pub pictures: usize,
    /// Looks of segmenters at the photo.
    pub seen: usize,
    /// Looks of feature networks at the photo that are kept, a size each.
    pub features: usize,
}

/// Equal where it is one and the same value.
#[derive(Debug)]
struct Same<T: ?Sized>(Arc<T>);

impl<T: ?Sized> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }
}

/// A size at which a photo is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Long side in pixels at most.
    long: usize,
    /// Factor by which sides are smaller than at that.
    factor: f64,
}

impl Scale {
    /// Long sides of at most `long` pixels.
    pub(crate) fn of(long: usize) -> Self {
        Self { long, factor: 1.0 }
    }

    /// Sides scaled by `factor` from there.
    pub(crate) fn by(self, factor: f64) -> Self {
        Self { factor: self.factor * factor, ..self }
    }

    /// Height and width scaled by `factor`, no side below one pixel.
    pub(crate) fn side(height: usize, width: usize, factor: f64) -> (usize, usize) {
        let side = |pixels: usize| ((pixels as f64 * factor).round() as usize).max(1);
        (side(height), side(width))
    }

    /// Height and width of a frame at this scale.
    pub(crate) fn size(self, frame: &Frame) -> (usize, usize) {
        let long = frame.height.max(frame.width);
        let (height, width) = fit(frame.height, frame.width, self.long.min(long));
        Self::side(height, width, self.factor)
    }
}

impl Analysis {
    pub(crate) fn new(photo: &Photo, keeps_features: bool) -> Self {
        Self(Arc::new(Inner {
            photo: photo.clone(),
            frame: OnceLock::new(),
            round: Kept::default(),
            ground: Kept::default(),
            weights: Kept::default(),
            reduced: Kept::default(),
            small: Kept::default(),
            seen: Kept::default(),
            features: keeps_features.then(Kept::default),
        }))
    }

    /// The photo.
    pub fn photo(&self) -> &Photo {
        &self.0.photo
    }

    /// How much of it was made so far.
    pub fn made(&self) -> Made {
        let Inner { small, seen, features, .. } = &*self.0;
        Made { pictures: small.made(), seen: seen.made(), features: features.as_ref().map_or(0, Kept::made) }
    }

    /// The part of the photo that counts: without bars, borders, and margins of which nothing is seen.
    pub fn frame(&self) -> &Frame {
        self.0.frame.get_or_init(|| self.0.photo.frame())
    }

    /// The frame small, 3×H×W, sRGB-encoded; of a photo with alpha what is seen, and where nothing is, what is seen around.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn at(&self, scale: Scale, token: &CancelToken) -> Result<Arc<Planes>> {
        self.0.small.get(scale, || {
            let (height, width) = scale.size(self.frame());
            Ok(Arc::new(if scale.factor == 1.0 {
                self.resized((height, width), Filter::Area, token)?
            } else {
                resize(&*self.at(Scale::of(scale.long), token)?, height, width, Filter::Area)
            }))
        })
    }

    /// The frame at a height and width. A large photo is passed over once for all that is no more than a quarter as large as its reduced
    /// picture: of larger ones, means of so few pixels would be another picture than means of all.
    fn resized(&self, size: (usize, usize), filter: Filter, token: &CancelToken) -> Result<Planes> {
        let Inner { photo, reduced, .. } = &*self.0;
        let frame = self.frame();
        let (long, wanted) = (frame.height.max(frame.width), size.0.max(size.1));
        // Means of means would no longer be weighted by alpha.
        if long <= 2 * REDUCED || 4 * wanted > REDUCED || photo.has_alpha() {
            return photo.resized(frame, size, filter, token);
        }
        let reduced = reduced.get((), || {
            let size = fit(frame.height, frame.width, REDUCED);
            photo.resized(frame, size, Filter::Area, token).map(Arc::new)
        })?;
        Ok(resize(&reduced, size.0, size.1, filter))
    }

    /// Probabilities of a segmenter's classes, C×h×w at whatever size it works at.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn seen(&self, segmenter: &Arc<dyn Segmenter>, token: &CancelToken) -> Result<Arc<Planes>> {
        self.0.seen.get(Same(segmenter.clone()), || {
            let size = segmenter.looks_at(self.frame().height, self.frame().width);
            let seen = segmenter.probabilities(&self.resized(size, SEEN_BY, token)?, token);
            token.check()?;
            Ok(Arc::new(seen))
        })
    }

    /// What a network sees at these layers.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn features(
        &self,
        network: &Arc<Network>,
        taps: &[Tap],
        scale: Scale,
        token: &CancelToken,
    ) -> Result<Arc<Features>> {
        let look = || network.look(&*self.at(scale, token)?, taps, token).map(Arc::new);
        match &self.0.features {
            Some(kept) => kept.get((Same(network.clone()), taps.to_vec(), scale), look),
            None => look(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_photo_is_passed_over_once() {
        let value = |i: usize| 0.5 + 0.4 * ((i % 4400) as f32 / 90.0 + (i / 4400) as f32 / 60.0).sin();
        let plane: Vec<f32> = (0..400 * 4400).map(value).collect();
        let photo = Photo::from_planes(Planes::from_vec(3, 400, 4400, plane.repeat(3)));
        let (analysis, token) = (Analysis::new(&photo, false), CancelToken::new());
        for (long, passes) in [(700, 0), (300, 1), (512, 1)] {
            let small = analysis.at(Scale::of(long), &token).unwrap();
            let direct =
                photo.resized(&photo.frame(), (small.height(), small.width()), Filter::Area, &token).unwrap();
            let pairs = small.data().iter().zip(direct.data());
            let mean = pairs.map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / small.data().len() as f64;
            assert!(mean < 3e-3, "{mean} at {long}");
            assert_eq!(analysis.0.reduced.made(), passes);
        }
    }
}
