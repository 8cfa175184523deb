//! How far a result is from being a photograph of its content: what is lost and inverted of its detail (`structure`), what is
//! blotched (`blotch`) and what colours stray from the reference's (`stray`). Region by region, but for the detail.

use rayon::prelude::*;

use super::gaussian::blur;
use super::lab::lab;
use super::lookup_table::TableFit;
use super::picture::picture;
use super::regions::MeasuredRegions;
use super::stray::Palette;
use super::{blotch, structure};
use crate::Planes;
use crate::io::Photo;
use crate::resample::Filter;

/// A region of fewer pixels is not measured.
const FEWEST: usize = 50;
/// Standard deviation in pixels of the blur before colours are looked for in the reference: grain is not the reference's colour.
const GRAIN: f64 = 1.5;

/// What was measured, each as the field of [`Metrics`](super::Metrics) of its name.
pub(super) struct Naturalness {
    pub(super) lost: f64,
    pub(super) inverted: f64,
    pub(super) blotch_l: f64,
    pub(super) blotch_ab: f64,
    pub(super) stray: f64,
}

/// A content photo and its reference, made ready to measure any number of results by.
#[derive(Debug)]
pub(super) struct Natural {
    height: usize,
    width: usize,
    /// L* of the content.
    lightness: Vec<f64>,
    regions: Vec<Region>,
}

#[derive(Debug)]
struct Region {
    /// The content's pixels in it, in their order.
    inside: Vec<usize>,
    table: TableFit,
    palette: Palette,
}

impl Natural {
    /// Takes both photos and their regions at the size of the measurement.
    pub(super) fn new(content: &Planes, reference: &Planes, regions: &MeasuredRegions) -> Self {
        let [r, g, b] = content.rgb();
        let smooth = blur(&lab(reference), reference.width(), GRAIN);
        let region = |(ours, theirs): (&Planes, &Planes)| {
            let (inside, there) = (pixels(ours), pixels(theirs));
            (inside.len() >= FEWEST).then(|| {
                let colours: Vec<_> = inside.iter().map(|p| [r[*p], g[*p], b[*p]]).collect();
                // Every third pixel of the reference is enough of its colours, every second of the result.
                let palette = Palette::new(there.iter().step_by(3).map(|p| smooth[*p]));
                Region { table: TableFit::new(&colours), palette, inside }
            })
        };
        let regions = regions.content.par_iter().zip(&regions.reference).filter_map(region).collect();
        let lightness = lab(content).iter().map(|c| c[0]).collect();
        Self { height: content.height(), width: content.width(), lightness, regions }
    }

    /// Measures a result.
    pub(super) fn measure(&self, result: &Photo) -> Naturalness {
        let lab = lab(&picture(result.colours(), self.height, self.width, Filter::Lanczos3));
        let lightness: Vec<_> = lab.iter().map(|c| c[0]).collect();
        let (lost, inverted) = structure::lost_and_inverted(&self.lightness, &lightness, self.width);
        let smooth = blur(&lab, self.width, GRAIN);
        let (mut squares, mut strays, mut pixels) = ([0.0; 2], 0, 0);
        for Region { inside, table, palette } in &self.regions {
            let [l, ab] = blotch::squares(table, inside, &lab, self.width);
            squares = [squares[0] + l, squares[1] + ab];
            strays += 2 * inside.par_iter().step_by(2).filter(|p| palette.strays(&smooth[**p])).count();
            pixels += inside.len();
        }
        let pixels = pixels.max(1) as f64;
        let [blotch_l, blotch_ab] = squares.map(|sum| (sum / pixels).sqrt());
        Naturalness { lost, inverted, blotch_l, blotch_ab, stray: strays as f64 / pixels }
    }
}

/// The pixels in a mask.
fn pixels(mask: &Planes) -> Vec<usize> {
    (0..mask.area()).filter(|pixel| mask.data()[*pixel] > 0.5).collect()
}
