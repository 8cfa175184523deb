//! Both photos beside each other, each region and its counterpart in one colour.

use super::{Regions, Side};
use crate::Planes;

/// Long side of each photo, in pixels, at most.
pub(super) const LONG: usize = 640;
/// Pixels between them.
const GAP: usize = 8;
/// How much of the regions' colours is seen.
const OPACITY: f32 = 0.45;
/// How much of that where a counterpart is not trusted at all.
const FAINTEST: f32 = 0.2;
/// Turn of the colour wheel from region to region, the golden angle: any number of colours lie far apart.
const TURN: f32 = 0.381_966;

impl Regions {
    /// The content at the left, the reference at the right, both small, 3×H×W, sRGB-encoded: the colour of a region in the content is that of what
    /// it is compared with in the reference, fainter the less that is trusted. The rest, which is compared with all of the reference, has none.
    pub(crate) fn overlay(&self, content: &Planes, reference: &Planes) -> Planes {
        let (left, right) = (self.tinted(Side::Content, content), self.tinted(Side::Reference, reference));
        let height = left.height().max(right.height());
        let width = left.width() + GAP + right.width();
        let mut out = Planes::filled(3, height, width, 1.0);
        for (photo, first) in [(&left, 0), (&right, left.width() + GAP)] {
            for channel in 0..3 {
                let rows = photo.plane(channel).chunks_exact(photo.width());
                for (row, out) in rows.zip(out.plane_mut(channel).chunks_exact_mut(width)) {
                    out[first..first + row.len()].copy_from_slice(row);
                }
            }
        }
        out
    }

    fn tinted(&self, side: Side, photo: &Planes) -> Planes {
        let mut out = photo.clone();
        let masks = self.planes(side, photo.height(), photo.width());
        let tinting: Vec<usize> =
            (0..masks.channels()).filter(|region| !self.regions[*region].rest).collect();
        for pixel in 0..out.area() {
            let share = |region: &usize| {
                let trust = self.regions[*region].trust as f32;
                masks.plane(*region)[pixel] * (FAINTEST + (1.0 - FAINTEST) * trust)
            };
            let all: f32 = tinting.iter().map(share).sum();
            for channel in 0..3 {
                let of = |region: &usize| share(region) * tint(*region)[channel];
                let colour = tinting.iter().map(of).sum::<f32>() / all.max(1.0);
                let value = &mut out.plane_mut(channel)[pixel];
                *value = *value * (1.0 - OPACITY * all.min(1.0)) + OPACITY * colour;
            }
        }
        out
    }
}

/// A saturated colour.
fn tint(region: usize) -> [f32; 3] {
    let hue = (region as f32 * TURN).fract();
    [0.0, 2.0, 4.0].map(|shift| (((6.0 * hue + shift) % 6.0 - 3.0).abs() - 1.0).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::Mask;

    /// Two halves, one above the other.
    fn halves(colours: [[u8; 3]; 2]) -> Mask {
        Mask::from_labels(2, 1, vec![0, 1], colours.to_vec())
    }

    #[test]
    fn counterparts_have_one_colour_and_the_rest_has_none() {
        let regions =
            Regions::by_colour(&halves([[255, 0, 0], [0, 0, 255]]), &halves([[0, 255, 0], [255, 0, 0]]))
                .unwrap();
        let (content, reference) = (Planes::filled(3, 20, 30, 0.5), Planes::filled(3, 40, 10, 0.5));
        let picture = regions.overlay(&content, &reference);
        assert_eq!((picture.height(), picture.width()), (40, 30 + GAP + 10));
        let at = |row: usize, column: usize| {
            [0, 1, 2].map(|channel| picture.plane(channel)[row * picture.width() + column])
        };
        let region = tint(0).map(|t| 0.5 * (1.0 - OPACITY) + OPACITY * t);
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(at(2, 5), region) && near(at(35, 30 + GAP + 5), region));
        assert!(near(at(17, 5), [0.5; 3]), "the rest");
        assert!(near(at(5, 30 + GAP + 5), [0.5; 3]), "what nothing is compared with");
        assert!(near(at(30, 5), [1.0; 3]) && near(at(5, 30 + GAP / 2), [1.0; 3]), "between and below");
    }

    #[test]
    fn colours_of_regions_differ() {
        for a in 0..8 {
            for b in 0..a {
                let difference: f32 = tint(a).iter().zip(tint(b)).map(|(a, b)| (a - b).abs()).sum();
                assert!(difference > 0.2, "{a} and {b}");
            }
        }
    }
}
