//! The regions that results are measured by: masks of nine fixed colours, each pixel of the nearest.
//!
//! Differs from [`Mask`](crate::mask::Mask), which finds a mask's own palette: a measure has one definition for all.

use super::picture::picture;
use crate::Planes;
use crate::io::Photo;
use crate::resample::Filter;

/// The colours that masks are painted in.
const COLOURS: [[f64; 3]; 9] = [
    [0.0, 0.0, 1.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 0.0],
    [1.0, 1.0, 1.0],
    [1.0, 0.0, 0.0],
    [1.0, 1.0, 0.0],
    [0.5, 0.5, 0.5],
    [0.0, 1.0, 1.0],
    [1.0, 0.0, 1.0],
];

/// A colour counts where it covers at least this share of both photos.
const SMALLEST: f64 = 0.004;

/// The masks, 1×H×W of zeros and ones, of the regions that both photos have, in one order.
#[derive(Debug)]
pub(super) struct MeasuredRegions {
    pub(super) content: Vec<Planes>,
    pub(super) reference: Vec<Planes>,
}

impl MeasuredRegions {
    /// The regions of two masks at the sizes of `content` and `reference`; without masks each photo is one.
    pub(super) fn new(masks: Option<(&Photo, &Photo)>, content: &Planes, reference: &Planes) -> Self {
        masks.map_or_else(|| Self::whole(content, reference), |masks| Self::of(masks, content, reference))
    }

    fn whole(content: &Planes, reference: &Planes) -> Self {
        let all = |photo: &Planes| vec![Planes::filled(1, photo.height(), photo.width(), 1.0)];
        Self { content: all(content), reference: all(reference) }
    }

    fn of(masks: (&Photo, &Photo), content: &Planes, reference: &Planes) -> Self {
        let (ours, theirs) = (split(masks.0, content), split(masks.1, reference));
        let both = ours.into_iter().zip(theirs).filter(|(a, b)| share(a).min(share(b)) >= SMALLEST);
        let (content, reference) = both.unzip();
        Self { content, reference }
    }
}

/// The share of the photo that a mask covers.
pub(super) fn share(mask: &Planes) -> f64 {
    mask.data().iter().map(|m| f64::from(*m)).sum::<f64>() / mask.area() as f64
}

/// A mask a colour.
fn split(mask: &Photo, photo: &Planes) -> Vec<Planes> {
    let (height, width) = (photo.height(), photo.width());
    let colours = picture(mask.colours(), height, width, Filter::Bilinear);
    let [r, g, b] = colours.rgb();
    let mut masks = vec![Planes::zeros(1, height, width); COLOURS.len()];
    for pixel in 0..height * width {
        masks[nearest([r[pixel], g[pixel], b[pixel]].map(f64::from))].data_mut()[pixel] = 1.0;
    }
    masks
}

/// Number of the nearest colour, the first of equals.
fn nearest(colour: [f64; 3]) -> usize {
    let distance = |other: &[f64; 3]| (0..3).map(|c| (colour[c] - other[c]).powi(2)).sum::<f64>();
    let distances = COLOURS.each_ref().map(distance);
    (1..COLOURS.len()).fold(0, |best, k| if distances[k] < distances[best] { k } else { best })
}
