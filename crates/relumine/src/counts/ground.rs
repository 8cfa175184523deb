//! A ground: the one colour that a product, a drawing or a window of a program lies on.
//!
//! It is uniform within two levels, at the photo's own size, and touches at least three of its sides. A clipped sky does so too, and snow,
//! and water: whether it is these a segmenter has to say. Where none is asked, it has to touch all four sides, as hardly a sky does, and
//! not to be black, as a night is. A ground ends crisply: the crushed black of a night, which goes over into what is lit, does not; and on a
//! black one lies one thing or a few, not the lights of a town. What of its colour is enclosed by things is ground too.

use super::flood::{connected, crisp, raggedness, sides};
use super::{LEVEL, Patch, apart, median};
use crate::Planes;

/// What is uniform; the half is for rounding in means.
const UNIFORM: f32 = 2.5 * LEVEL;
/// Share of the photo's own pixels within that are.
const ALL_BUT_ALL: f64 = 0.97;
/// Share of a side along which it is touched.
const TOUCH: f64 = 0.2;
/// The least share of the photo.
const LEAST_SHARE: f64 = 0.08;
/// What differs by as much is the object; shadows on the ground lie between.
const REACH: f32 = 48.0 * LEVEL;
/// Share of the outline within which, in so many pixels, the ground is as it is, up to what a JPEG leaves; more before black.
const CRISP: f64 = 0.35;
const CRISP_BLACK: f64 = 0.6;
const WITHIN: usize = 3;
const NOISE: f32 = 12.0 * LEVEL;
const BLACK: f32 = 16.0 * LEVEL;
/// The squared length of a black ground's outline by what lies on it, at the most.
const RAGGED: f64 = 120.0;
/// Mean probability of sky, snow and water from which it is one.
const NATURAL: f64 = 0.5;
/// Side of the squares of its colour that are ground wherever they are: what is less may be a glint.
const THROUGH: usize = 6;
/// Weights from which nothing of a pixel is hidden: less than one in ten thousand of the photo's own.
const OPAQUE: f32 = 0.9999;
/// Pixels of the short side below which nothing can be told.
const SMALLEST: usize = 32;

/// A ground, unless it is something that looks like one.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) patch: Patch,
    colour: [f32; 3],
    /// H×W: what is surely within.
    core: Vec<bool>,
    size: (usize, usize),
    touched: usize,
}

/// What is known of what a photo shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Evidence<'p> {
    /// Nothing.
    None,
    /// The probability of sky, snow and water, 1×h×w.
    Natural(&'p Planes),
}

impl Ground {
    /// What may be a ground in a small picture of a frame, 3×H×W, of which `weights`, 1×H×W, count.
    pub(crate) fn find(picture: &Planes, weights: Option<&Planes>) -> Option<Self> {
        let size @ (height, width) = (picture.height(), picture.width());
        if height.min(width) < SMALLEST {
            return None;
        }
        let [r, g, b] = picture.rgb();
        let at = |pixel: usize| [r[pixel], g[pixel], b[pixel]];
        let counts = |pixel: usize| weights.is_none_or(|weights| weights.data()[pixel] > OPAQUE);
        let border: Vec<usize> = (0..height * width)
            .filter(|i| i / width == 0 || i / width + 1 == height || i % width == 0 || i % width + 1 == width)
            .filter(|pixel| counts(*pixel))
            .collect();
        let colour = commonest(border.iter().map(|pixel| at(*pixel)))?;
        let uniform = |pixel: usize| counts(pixel) && apart(at(pixel), colour) <= UNIFORM;
        let area = connected(size, border.iter().copied(), uniform);
        let share = area.iter().filter(|within| **within).count() as f64 / area.len() as f64;
        let touched = touched(&area, size);
        if share < LEAST_SHARE || touched < 3 {
            return None;
        }
        let seeds = (0..area.len()).filter(|pixel| area[*pixel]);
        let near_colour = |pixel: usize| counts(pixel) && apart(at(pixel), colour) < REACH;
        let near = connected(size, seeds, near_colour);
        let black = is_black(colour);
        let least = if black { CRISP_BLACK } else { CRISP };
        if crisp(&near, size, WITHIN, |pixel| apart(at(pixel), colour) <= NOISE) < least
            || black && raggedness(&near, size) > RAGGED
        {
            return None;
        }
        let through = seen_through(size, uniform);
        let seeds = (0..area.len()).filter(|pixel| area[*pixel] || through[*pixel]);
        let near = connected(size, seeds, near_colour);
        let core = (0..area.len()).map(|pixel| area[pixel] && sides(pixel, size).all(|beside| area[beside]));
        let core = core.collect();
        Some(Self { patch: Patch::new(&near, size, colour, REACH), colour, core, size, touched })
    }

    /// Counts the pixels within of rows of the frame at its own size, 3×b×W, of which the first is row `first` of `height`: those that
    /// are uniform, and all.
    pub(crate) fn count(&self, band: &Planes, first: usize, height: usize) -> (usize, usize) {
        let [r, g, b] = band.rgb();
        let (mut uniform, mut all) = (0, 0);
        for pixel in 0..band.area() {
            let (y, x) = (first + pixel / band.width(), pixel % band.width());
            if self.core[y * self.size.0 / height * self.size.1 + x * self.size.1 / band.width()] {
                all += 1;
                uniform += usize::from(apart([r[pixel], g[pixel], b[pixel]], self.colour) <= UNIFORM);
            }
        }
        (uniform, all)
    }

    /// Whether as many pixels of all make it uniform.
    pub(crate) fn is_uniform((uniform, all): (usize, usize)) -> bool {
        all > 0 && uniform as f64 >= ALL_BUT_ALL * all as f64
    }

    /// Whether it is a ground by what is known of what the photo shows.
    pub(crate) fn holds(&self, evidence: Evidence<'_>) -> bool {
        match evidence {
            // A crushed night may touch all sides too.
            Evidence::None => self.touched == 4 && !is_black(self.colour),
            Evidence::Natural(seen) => {
                let (height, width) = (seen.height(), seen.width());
                let at = |pixel: usize| {
                    let (y, x) = (pixel / self.size.1, pixel % self.size.1);
                    f64::from(seen.data()[y * height / self.size.0 * width + x * width / self.size.1])
                };
                let within: Vec<f64> = (0..self.core.len()).filter(|i| self.core[*i]).map(at).collect();
                within.iter().sum::<f64>() < NATURAL * within.len() as f64
            }
        }
    }
}

/// The colour that most are of, within what is uniform.
fn commonest(colours: impl Iterator<Item = [f32; 3]>) -> Option<[f32; 3]> {
    let colours: Vec<[f32; 3]> = colours.collect();
    let cell = |colour: &[f32; 3]| colour.map(|channel| (channel / UNIFORM).floor() as i32);
    let mut cells: Vec<[i32; 3]> = colours.iter().map(cell).collect();
    cells.sort_unstable();
    let most = cells.chunk_by(|a, b| a == b).max_by_key(|cell| cell.len())?[0];
    let within: Vec<[f32; 3]> = colours.into_iter().filter(|colour| cell(colour) == most).collect();
    Some(median(&within))
}

/// Where squares of [`THROUGH`] pixels are of the ground's colour, whatever lies around them: it is seen through a handle, or between things.
fn seen_through(size @ (height, width): (usize, usize), uniform: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut seen = vec![false; height * width];
    // How many pixels hang together up to here down each column, and how many columns of THROUGH along the row.
    let mut down = vec![0_usize; width];
    for y in 0..height {
        let mut along = 0;
        for (x, down) in down.iter_mut().enumerate() {
            let pixel = y * width + x;
            *down = if uniform(pixel) { *down + 1 } else { 0 };
            along = if *down >= THROUGH { along + 1 } else { 0 };
            seen[pixel] = along >= THROUGH;
        }
    }
    let corners: Vec<usize> = (0..seen.len()).filter(|pixel| seen[*pixel]).collect();
    connected(size, corners, uniform)
}

/// How many sides of the picture an area touches.
fn touched(area: &[bool], (height, width): (usize, usize)) -> usize {
    let share = |pixels: &mut dyn Iterator<Item = usize>, length: usize| {
        pixels.filter(|pixel| area[*pixel]).count() as f64 / length as f64
    };
    let sides = [
        share(&mut (0..width), width),
        share(&mut (0..width).map(|x| (height - 1) * width + x), width),
        share(&mut (0..height).map(|y| y * width), height),
        share(&mut (0..height).map(|y| y * width + width - 1), height),
    ];
    sides.into_iter().filter(|share| *share >= TOUCH).count()
}

fn is_black(colour: [f32; 3]) -> bool {
    colour.iter().all(|channel| *channel <= BLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(level: impl Fn(f32, f32) -> f32) -> Planes {
        let row = |y: usize| (0..160).map(move |x| (y as f32, x as f32));
        let levels: Vec<f32> = (0..120).flat_map(row).map(|(y, x)| level(y, x) * LEVEL).collect();
        Planes::from_vec(3, 120, 160, levels.repeat(3))
    }

    fn texture(y: f32, x: f32) -> f32 {
        110.0 + 70.0 * (0.3 * x).sin() * (0.2 * y).cos()
    }

    /// A jar with a soft shadow to its right.
    fn product(ground: f32) -> impl Fn(f32, f32) -> f32 {
        move |y, x| {
            if (30.0..100.0).contains(&y) && (60.0..100.0).contains(&x) {
                texture(y, x)
            } else if (85.0..100.0).contains(&y) && (100.0..140.0).contains(&x) {
                ground - 60.0 * (140.0 - x) / 40.0
            } else {
                ground
            }
        }
    }

    fn natural(probability: f32) -> Planes {
        Planes::filled(1, 12, 16, probability)
    }

    #[test]
    fn a_product_lies_on_a_ground() {
        for level in [255.0, 254.0, 128.0] {
            let picture = picture(product(level));
            let ground = Ground::find(&picture, None).expect("a ground");
            assert!(ground.holds(Evidence::None) && ground.holds(Evidence::Natural(&natural(0.2))));
            assert!(!ground.holds(Evidence::Natural(&natural(0.8))), "a bird before a clipped sky");
            assert!(Ground::is_uniform(ground.count(&picture, 0, 120)));
            let shares = ground.patch.shares(&picture);
            let at = |y: usize, x: usize| shares.data()[y * 160 + x];
            assert_eq!([at(0, 0), at(119, 80), at(60, 80)], [1.0, 1.0, 0.0]);
            assert!(at(92, 139) > 0.9 && at(92, 125) > 0.05 && at(92, 125) < 0.9, "shadows lie between");
        }
    }

    #[test]
    fn a_clipped_sky_is_none_where_it_is_seen_or_nobody_looks() {
        let sky = picture(|y, x| if y < 60.0 + 20.0 * (0.2 * x).sin() { 255.0 } else { texture(y, x) });
        let sky = Ground::find(&sky, None).expect("something like a ground");
        assert!(!sky.holds(Evidence::None) && !sky.holds(Evidence::Natural(&natural(0.9))));
        assert!(sky.holds(Evidence::Natural(&natural(0.1))), "a bust before a white wall");
    }

    #[test]
    fn nights_textures_and_noise_are_none() {
        let night = picture(|y, x| 160.0 * (-((y - 70.0).powi(2) + (x - 80.0).powi(2)) / 500.0).exp());
        let night = picture_min(&night, 14.0);
        let town = picture(|y, x| if y > 40.0 && y as u32 % 6 < 2 && x as u32 % 5 < 2 { 200.0 } else { 0.0 });
        for other in [night, town, picture(texture), picture(|y, x| 0.9 * y + 0.6 * x), picture(|_, _| 255.0)]
        {
            assert!(Ground::find(&other, None).is_none_or(|ground| !ground.holds(Evidence::None)));
        }
        // Grain that a small picture does not show.
        let ground = Ground::find(&picture(product(200.0)), None).expect("a ground");
        let grainy = picture(|y, x| {
            product(200.0)(y, x) + if ((x + y) as u32).is_multiple_of(2) { 6.0 } else { -6.0 }
        });
        assert!(!Ground::is_uniform(ground.count(&grainy, 0, 120)));
    }

    #[test]
    fn it_is_seen_through_a_handle_and_glints_are_none_of_it() {
        let mug = picture(|y, x| {
            let handle = (40.0..80.0).contains(&y) && (40.0..60.0).contains(&x);
            let through = (50.0..70.0).contains(&y) && (46.0..56.0).contains(&x);
            let glint = (40.0..44.0).contains(&y) && (70.0..74.0).contains(&x);
            match (handle && !through, glint) {
                (true, _) => 90.0,
                (_, true) => 250.0,
                _ => product(250.0)(y, x),
            }
        });
        let shares = Ground::find(&mug, None).expect("a ground").patch.shares(&mug);
        let at = |y: usize, x: usize| shares.data()[y * 160 + x];
        assert_eq!([at(60, 50), at(52, 48), at(45, 50), at(42, 72), at(10, 10)], [1.0, 1.0, 0.0, 0.0, 1.0]);
    }

    /// Crushes what is below a level.
    fn picture_min(picture: &Planes, level: f32) -> Planes {
        let data = picture.data().iter().map(|v| if *v < level * LEVEL { 0.0 } else { *v });
        Planes::from_vec(3, picture.height(), picture.width(), data.collect())
    }
}
