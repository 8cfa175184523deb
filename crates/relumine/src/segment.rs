//! What a photo shows where: sky, water, building … without anybody drawing a mask.
//!
//! The way of a photo: a [`Segmenter`] gives probabilities of its classes, coarsely; a [`Merging`] adds them up to the
//! groups that style transfer can tell apart; [`refine`](crate::refine) makes them follow the photo's edges at a bounded
//! size; [`Segmentation::mask`] takes them to the photo's own size along its edges.

mod dilated;
mod head;
mod merging;
mod people;
mod segformer;
mod skin;
mod table;

use std::fmt;
use std::sync::Arc;

pub use dilated::DilatedNetwork;
pub use merging::{Group, MOST_GROUPS, Merging, MergingProblem};
pub use segformer::{ADE20K, SegFormer, Variant};

use crate::features::TensorFile;
use crate::mask::Mask;
use crate::refine::{RefineOptions, Refinement, refine};
use crate::resample::{Filter, fit, resize};
use crate::smoothing::upsample;
use crate::watch::CancelToken;
use crate::{Planes, Result, Weights};

/// Knows what is where in a photo.
pub trait Segmenter: fmt::Debug + Send + Sync {
    /// Which one it is, for people.
    fn name(&self) -> &str;

    /// Its classes, by their ADE20K names. Where it knows `skin` and `hair`, `person` is the rest of a person.
    fn classes(&self) -> &[String];

    /// Height and width at which it looks at a photo of `height` and `width`.
    fn looks_at(&self, height: usize, width: usize) -> (usize, usize);

    /// Probabilities of the classes, C×h×w at whatever size it works at, of a photo at the size that it
    /// [looks at](Self::looks_at), 3×H×W, sRGB-encoded. Those of each position add up to 1. Once the token is cancelled it
    /// leaves early, and they are anything.
    fn probabilities(&self, photo: &Planes, token: &CancelToken) -> Planes;
}

/// How a photo is brought to the size that a segmenter looks at.
pub(crate) const SEEN_BY: Filter = Filter::Bilinear;

/// Loads a segmenter of whatever kind the weights are: relumine's own, which is embedded, or a SegFormer.
///
/// # Errors
/// [`Error::Weights`](crate::Error::Weights) where they cannot be used, [`Error::Cancelled`](crate::Error::Cancelled).
pub fn load(weights: &Weights, token: &CancelToken) -> Result<Arc<dyn Segmenter>> {
    table::read(table::KINDS, &mut TensorFile::open(weights, &relumine_weights::SEGMENTER, token)?)
}

/// How a photo is segmented.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentOptions {
    /// Which classes make one group.
    pub merging: Merging,
    /// How probabilities are made to follow edges.
    pub refinement: Refinement,
    /// Parameters of the refinement.
    pub refine: RefineOptions,
    /// Long side, in pixels, at which they are refined; never more than the photo has.
    pub size: usize,
}

impl Default for SegmentOptions {
    /// 320 pixels: what the widths of [`FullyConnected`](crate::refine::FullyConnected) are made for.
    fn default() -> Self {
        Self {
            merging: Merging::default(),
            refinement: Refinement::default(),
            refine: RefineOptions::default(),
            size: 320,
        }
    }
}

impl SegmentOptions {
    /// The photo at the size at which probabilities are refined.
    fn refined_at(&self, photo: &Planes) -> Planes {
        let long = photo.height().max(photo.width()).min(self.size.max(1));
        let (height, width) = fit(photo.height(), photo.width(), long);
        resize(photo, height, width, Filter::Area)
    }
}

/// The groups of a photo.
#[derive(Clone, Debug)]
pub struct Segmentation {
    groups: Vec<Group>,
    probabilities: Planes,
    photo: Planes,
}

/// The class of people's skin, which ADE20K does not have.
const SKIN: &str = "skin";
/// The classes of people.
const PEOPLE: [&str; 3] = ["person", SKIN, "hair"];
/// Where people are, some cell is at least as probably of one.
const LEAST_PEOPLE: f32 = 0.25;

/// What a segmenter saw in a photo, merged.
pub(crate) struct Sight {
    /// Probabilities of the groups, G×h×w at whatever size the segmenter works at.
    pub(crate) groups: Planes,
    /// The segmenter's classes and their probabilities, C×h×w.
    pub(crate) classes: (Vec<String>, Planes),
    /// The photo at the size of the refinement, 3×H×W.
    pub(crate) photo: Planes,
    /// Probabilities of people's skin, and of people as a whole, 2×h×w like the groups', where the segmenter tells skin.
    pub(crate) skin: Option<Planes>,
}

impl Sight {
    /// Merges the probabilities of `classes` that a segmenter gave of a photo, 3×H×W, sRGB-encoded.
    pub(crate) fn new(
        classes: &[String],
        probabilities: &Planes,
        photo: &Planes,
        options: &SegmentOptions,
    ) -> Self {
        let groups = options.merging.merge(classes, probabilities);
        let plane =
            |name: &str| classes.iter().position(|class| class == name).map(|k| probabilities.plane(k));
        let skin = plane(SKIN).map(|skin| {
            let mut people = vec![0.0; skin.len()];
            for part in PEOPLE.iter().filter_map(|name| plane(name)) {
                people.iter_mut().zip(part).for_each(|(sum, p)| *sum += p);
            }
            Planes::from_vec(2, probabilities.height(), probabilities.width(), [skin, &people].concat())
        });
        let classes = (classes.to_vec(), probabilities.clone());
        Self { groups, classes, photo: options.refined_at(photo), skin }
    }

    /// How much of each pixel is skin, 1×H×W, along the photo's edges; `None` where there is next to none.
    ///
    /// # Errors
    /// As [`refine`](Self::refine).
    pub(crate) fn skin(&self, options: &SegmentOptions, token: &CancelToken) -> Result<Option<Planes>> {
        let Some(seen) = &self.skin else { return Ok(None) };
        if !seen.plane(1).iter().any(|people| *people >= LEAST_PEOPLE) {
            return Ok(None);
        }
        let seen = resize(seen, self.photo.height(), self.photo.width(), Filter::Bilinear);
        let skin = skin::likely(seen.plane(0), seen.plane(1), &self.photo);
        let both = skin.iter().copied().chain(skin.iter().map(|p| 1.0 - p)).collect();
        let both = Planes::from_vec(2, seen.height(), seen.width(), both);
        let refined = self.refine(&both, options, token)?;
        Ok(Some(Planes::from_vec(1, refined.height(), refined.width(), refined.plane(0).to_vec())))
    }

    /// Coarse probabilities, N×h×w, made to follow the photo's edges.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`](crate::OptionsError::OutOfRange) for a parameter of the refinement outside its range,
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn refine(
        &self,
        coarse: &Planes,
        options: &SegmentOptions,
        token: &CancelToken,
    ) -> Result<Planes> {
        let coarse = resize(coarse, self.photo.height(), self.photo.width(), Filter::Bilinear);
        refine(&coarse, &self.photo, options.refinement, &options.refine, token)
    }
}

/// Segments a photo, 3×H×W, sRGB-encoded.
///
/// # Errors
/// [`OptionsError::OutOfRange`](crate::OptionsError::OutOfRange) for a parameter of the refinement outside its range,
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub fn segment(
    photo: &Planes,
    segmenter: &dyn Segmenter,
    options: &SegmentOptions,
    token: &CancelToken,
) -> Result<Segmentation> {
    options.refine.check()?;
    let (height, width) = segmenter.looks_at(photo.height(), photo.width());
    let probabilities = segmenter.probabilities(&resize(photo, height, width, SEEN_BY), token);
    token.check()?;
    let photo = options.refined_at(photo);
    let mut probabilities = resize(&probabilities, photo.height(), photo.width(), Filter::Bilinear);
    people::tell_parts(segmenter.classes(), &mut probabilities, &photo);
    let groups = options.merging.merge(segmenter.classes(), &probabilities);
    let probabilities = refine(&groups, &photo, options.refinement, &options.refine, token)?;
    Ok(Segmentation { groups: options.merging.groups().to_vec(), probabilities, photo })
}

impl Segmentation {
    /// The groups, in the order of the planes.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Probabilities of the groups, G×h×w at the size of the refinement; those of each pixel add up to 1.
    pub fn probabilities(&self) -> &Planes {
        &self.probabilities
    }

    /// Share of the photo's area that is most probably of each group.
    pub fn shares(&self) -> Vec<f64> {
        shares(&self.probabilities)
    }

    /// The most probable group of each pixel of `photo`, the whole of what was segmented at any size. Labels and palette are
    /// in the order of the [groups](Self::groups).
    ///
    /// Borders follow the photo's edges: probabilities are taken to its size as locally affine functions of its colours
    /// (the guided upsampling of `smoothing`), three groups at a time.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn mask(&self, photo: &Planes, token: &CancelToken) -> Result<Mask> {
        let (height, width) = (photo.height(), photo.width());
        let small = &self.probabilities;
        let labels = if (small.height(), small.width()) == (height, width) {
            best(small)
        } else {
            let mut labels = vec![0; photo.area()];
            let mut highest = vec![f32::NEG_INFINITY; photo.area()];
            for first in (0..self.groups.len()).step_by(3) {
                let plane = |k: usize| small.plane((first + k).min(self.groups.len() - 1));
                let three = [plane(0), plane(1), plane(2)].concat();
                let three = Planes::from_vec(3, small.height(), small.width(), three);
                let large = upsample(&self.photo, &three, photo, token);
                token.check()?;
                for group in first..self.groups.len().min(first + 3) {
                    let pixels = labels.iter_mut().zip(&mut highest).zip(large.plane(group - first));
                    for ((label, high), p) in pixels {
                        if *p > *high {
                            (*label, *high) = (group as u16, *p);
                        }
                    }
                }
            }
            labels
        };
        let palette = self.groups.iter().map(|group| group.colour).collect();
        Ok(Mask::from_labels(height, width, labels, palette))
    }
}

/// Share of the area at which each plane is the highest.
pub(crate) fn shares(planes: &Planes) -> Vec<f64> {
    let mut counts = vec![0_usize; planes.channels()];
    best(planes).into_iter().for_each(|group| counts[usize::from(group)] += 1);
    counts.into_iter().map(|count| count as f64 / planes.area() as f64).collect()
}

/// The plane with the highest value at each pixel, the first of equals.
fn best(planes: &Planes) -> Vec<u16> {
    let better = |pixel: usize, a: u16, b: u16| {
        if planes.plane(usize::from(b))[pixel] > planes.plane(usize::from(a))[pixel] { b } else { a }
    };
    let channels = u16::try_from(planes.channels()).expect("fewer groups than u16 counts");
    (0..planes.area()).map(|pixel| (1..channels).fold(0, |a, b| better(pixel, a, b))).collect()
}

/// Turns logits into probabilities at each position; once the token is cancelled, at no more rows.
fn softmax(logits: &mut Planes, token: &CancelToken) {
    let (channels, area, width) = (logits.channels(), logits.area(), logits.width());
    let data = logits.data_mut();
    for pixel in 0..area {
        if pixel.is_multiple_of(width) && token.is_cancelled() {
            return;
        }
        let at = |c: usize| c * area + pixel;
        let largest = (0..channels).fold(f32::NEG_INFINITY, |m, c| m.max(data[at(c)]));
        let mut sum = 0.0;
        for c in 0..channels {
            data[at(c)] = (data[at(c)] - largest).exp();
            sum += data[at(c)];
        }
        (0..channels).for_each(|c| data[at(c)] /= sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says `sky` of the upper half and `sea` of the lower, not quite surely.
    #[derive(Debug)]
    struct Halves(Vec<String>);

    impl Segmenter for Halves {
        fn name(&self) -> &str {
            "halves"
        }

        fn classes(&self) -> &[String] {
            &self.0
        }

        fn looks_at(&self, _: usize, _: usize) -> (usize, usize) {
            (2, 1)
        }

        fn probabilities(&self, _: &Planes, _: &CancelToken) -> Planes {
            Planes::from_vec(2, 2, 1, vec![0.9, 0.2, 0.1, 0.8])
        }
    }

    /// Light above row `border`, dark below.
    fn horizon(height: usize, width: usize, border: usize) -> Planes {
        let row = |y: usize| vec![if y < border { 0.9 } else { 0.2 }; width];
        Planes::from_vec(3, height, width, (0..3).flat_map(|_| (0..height).flat_map(row)).collect())
    }

    #[test]
    fn borders_follow_the_photo_at_any_size() {
        let segmenter = Halves(["sky", "sea"].map(str::to_owned).into());
        for (height, width, border) in [(60, 80, 33), (600, 800, 330), (16, 16, 9)] {
            let photo = horizon(height, width, border);
            let found = segment(&photo, &segmenter, &SegmentOptions::default(), &CancelToken::new()).unwrap();
            for pixel in 0..found.probabilities().area() {
                let sum: f32 = (0..found.groups().len()).map(|g| found.probabilities().plane(g)[pixel]).sum();
                assert!((sum - 1.0).abs() < 1e-4, "{sum}");
            }
            let mask = found.mask(&photo, &CancelToken::new()).unwrap();
            let name = |label: u16| found.groups()[usize::from(label)].name.as_str();
            let wrong = mask
                .labels()
                .iter()
                .enumerate()
                .filter(|(i, label)| name(**label) != if i / width < border { "sky" } else { "water" });
            assert!(wrong.count() <= height * width / 100, "{height}×{width}");
            let shares = found.shares();
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert!((shares[0] - border as f64 / height as f64).abs() < 0.02, "{shares:?}");
        }
    }

    #[test]
    fn probabilities_of_a_photo_without_any_hint_stay_soft() {
        let segmenter = Halves(["sky", "sea"].map(str::to_owned).into());
        let options = SegmentOptions { refinement: Refinement::None, ..SegmentOptions::default() };
        let found = segment(&horizon(2, 1, 0), &segmenter, &options, &CancelToken::new()).unwrap();
        assert!((found.probabilities().plane(0)[0] - 0.9).abs() < 1e-3);
    }

    #[test]
    fn options_travel_whole_or_in_part() {
        let options = SegmentOptions { size: 200, ..SegmentOptions::default() };
        let json = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<SegmentOptions>(&json).unwrap(), options);
        assert_eq!(serde_json::from_str::<SegmentOptions>(r#"{"size": 200}"#).unwrap(), options);
        assert!(serde_json::from_str::<SegmentOptions>(r#"{"sise": 200}"#).is_err());
    }
}
