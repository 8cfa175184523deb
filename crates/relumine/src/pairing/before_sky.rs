//! What stands dark before the sky (branches, wires, the tip of a tower) and is taken for it: a cell of a segmenter is coarser than that, and
//! so are soft borders. As sky it would get the sky's colours, and fade.
//!
//! It is told by the black top-hat of the largest of red, green and blue, the closing less the picture (J. Serra, "Image Analysis and Mathematical Morphology",
//! 1982): what is darker than all of its surroundings and narrower than the structuring element, as clouds are not.

use crate::Planes;
use crate::segment::Merging;

/// The class of the sky.
const SKY: &str = "sky";
/// Reach of the structuring element, as a share of the long side: what is wider than twice as much is left to the segmenter.
const REACH: f32 = 0.02;
/// How much darker than its surroundings what is surely none of the sky is, as a share of their light; and what may be.
const SURELY: f32 = 0.65;
const PERHAPS: f32 = 0.4;

/// The regions that show the sky and nothing else, by what regions show, as [`Region::name`](super::Region::name) says.
pub(crate) fn sky<'n>(names: impl IntoIterator<Item = Option<&'n str>>, merging: &Merging) -> Vec<usize> {
    let group = merging.groups().iter().find(|group| group.classes.iter().any(|class| class == SKY));
    let Some(group) = group else { return Vec::new() };
    let regions = names.into_iter().enumerate().filter(|(_, name)| *name == Some(&group.name));
    regions.map(|(region, _)| region).collect()
}

/// How far each pixel of a photo (3×H×W, sRGB-encoded) stands dark before what is around it, 0..1.
fn standing(photo: &Planes) -> Vec<f32> {
    // The largest of the three: a deep blue between clouds is dark in luma, and is sky.
    let [red, green, blue] = photo.rgb();
    let value: Vec<f32> = red.iter().zip(green).zip(blue).map(|((r, g), b)| r.max(*g).max(*b)).collect();
    let (height, width) = (photo.height(), photo.width());
    let reach = (REACH * height.max(width) as f32).round() as usize;
    let light = extreme(&value, (height, width), reach, f32::max);
    let closed = extreme(&light, (height, width), reach, f32::min);
    let standing = |(closed, value): (&f32, &f32)| {
        let darker = (closed - value) / closed.max(f32::MIN_POSITIVE);
        ((darker - PERHAPS) / (SURELY - PERHAPS)).clamp(0.0, 1.0)
    };
    closed.iter().zip(&value).map(standing).collect()
}

/// The greatest or least value within `reach` of each pixel, along rows and then columns.
fn extreme(
    values: &[f32],
    (height, width): (usize, usize),
    reach: usize,
    of: impl Fn(f32, f32) -> f32,
) -> Vec<f32> {
    let around = |at: usize, count: usize| at.saturating_sub(reach)..(at + reach + 1).min(count);
    let mut rows = Vec::with_capacity(values.len());
    for row in values.chunks_exact(width) {
        rows.extend((0..width).map(|x| row[around(x, width)].iter().copied().reduce(&of).expect("itself")));
    }
    let mut out = Vec::with_capacity(values.len());
    for y in 0..height {
        let first = around(y, height).start;
        let mut line = rows[first * width..][..width].to_vec();
        for other in around(y, height).skip(1) {
            line.iter_mut()
                .zip(&rows[other * width..])
                .for_each(|(value, other)| *value = of(*value, *other));
        }
        out.extend(line);
    }
    out
}

/// Takes what stands dark before the regions that are `sky` out of their masks (R×H×W, of a photo, 3×H×W), to the other region whose mean
/// colour is nearest; where there is none, nothing changes.
pub(super) fn take_out(masks: &mut Planes, photo: &Planes, sky: &[usize]) {
    if sky.is_empty() || sky.len() == masks.channels() {
        return;
    }
    let mut taken = standing(photo);
    for (pixel, taken) in taken.iter_mut().enumerate() {
        *taken *= sky.iter().map(|region| masks.plane(*region)[pixel]).sum::<f32>();
    }
    let Some(colour) = mean_colour(photo, &taken) else { return };
    let distance = |region: usize| {
        let mean = mean_colour(photo, masks.plane(region))?;
        Some((0..3).map(|c| (mean[c] - colour[c]).powi(2)).sum::<f64>())
    };
    let others = (0..masks.channels()).filter(|region| !sky.contains(region));
    let others = others.filter_map(|region| Some((region, distance(region)?)));
    let Some((nearest, _)) = others.min_by(|a, b| a.1.total_cmp(&b.1)) else { return };
    for (pixel, taken) in taken.into_iter().enumerate().filter(|(_, taken)| *taken > 0.0) {
        let of_sky: f32 = sky.iter().map(|region| masks.plane(*region)[pixel]).sum();
        for region in sky {
            masks.plane_mut(*region)[pixel] *= 1.0 - taken / of_sky;
        }
        masks.plane_mut(nearest)[pixel] += taken;
    }
}

/// The mean colour where the weights are; `None` where there are none.
fn mean_colour(photo: &Planes, weights: &[f32]) -> Option<[f64; 3]> {
    let total: f64 = weights.iter().copied().map(f64::from).sum();
    let mean = photo
        .rgb()
        .map(|plane| plane.iter().zip(weights).map(|(v, weight)| f64::from(v * weight)).sum::<f64>() / total);
    (total > 0.0).then_some(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (60, 100);

    /// A bright sky with a soft cloud, thin branches before it in the right half, and a dark wood below row 40.
    fn photo() -> Planes {
        let value = |i: usize| {
            let (y, x) = (i / SIZE.1, i % SIZE.1);
            match (y, x) {
                (40.., _) => 0.15,
                (_, 50..) if x.is_multiple_of(9) => 0.2,
                _ => 0.8 + 0.1 * (x as f32 / 7.0).sin(),
            }
        };
        let plane: Vec<f32> = (0..SIZE.0 * SIZE.1).map(value).collect();
        Planes::from_vec(3, SIZE.0, SIZE.1, plane.repeat(3))
    }

    /// Sky above row 40, wood below, and a third part that is nowhere.
    fn parts() -> Planes {
        let sky = (0..SIZE.0 * SIZE.1).map(|i| f32::from(u8::from(i / SIZE.1 < 40)));
        let wood = sky.clone().map(|sky| 1.0 - sky);
        let nowhere = vec![0.0; SIZE.0 * SIZE.1];
        Planes::from_vec(3, SIZE.0, SIZE.1, sky.chain(wood).chain(nowhere).collect())
    }

    #[test]
    fn branches_go_to_what_is_as_dark() {
        let mut found = parts();
        take_out(&mut found, &photo(), &[0]);
        for i in 0..SIZE.0 * SIZE.1 {
            let (y, x) = (i / SIZE.1, i % SIZE.1);
            let is_sky = y < 40 && !(x >= 50 && x.is_multiple_of(9));
            assert_eq!(found.plane(0)[i], f32::from(u8::from(is_sky)), "row {y}, column {x}");
            assert_eq!(found.plane(1)[i], 1.0 - found.plane(0)[i]);
        }
    }

    #[test]
    fn clouds_and_wide_dark_things_stay() {
        let mut cloudy = photo();
        let value = |i: usize| 0.6 + 0.2 * ((i % SIZE.1) as f32 / 3.0).sin();
        cloudy.plane_mut(0).iter_mut().enumerate().for_each(|(i, v)| *v = value(i));
        let plane = cloudy.plane(0).to_vec();
        let clouds = Planes::from_vec(3, SIZE.0, SIZE.1, plane.repeat(3));
        assert!(standing(&clouds).iter().all(|s| *s < 0.5), "soft clouds");
        // White clouds, and a deep blue between them.
        let white = |i: usize| (i % SIZE.1 / 4).is_multiple_of(2);
        let channel = |blue: f32| (0..SIZE.0 * SIZE.1).map(move |i| if white(i) { 0.97 } else { blue });
        let deep = channel(0.15).chain(channel(0.35)).chain(channel(0.68)).collect();
        let deep = Planes::from_vec(3, SIZE.0, SIZE.1, deep);
        assert!(standing(&deep).iter().all(|s| *s == 0.0), "blue");
        assert!(standing(&photo())[45 * SIZE.1..].iter().all(|s| *s == 0.0), "a wood");
    }

    #[test]
    fn sky_is_what_shows_nothing_else() {
        let names = [Some("sky"), Some("sky, building"), None, Some("water"), Some("sky")];
        assert_eq!(sky(names, &Merging::default()), [0, 4]);
        let alone = Merging::parse("wet #000000 water\n", "merging.txt".as_ref());
        assert!(sky(names, &alone.unwrap()).is_empty());
    }

    #[test]
    fn all_sky_stays_sky() {
        let mut found = parts();
        take_out(&mut found, &photo(), &[0, 1, 2]);
        assert_eq!(found, parts());
        take_out(&mut found, &photo(), &[]);
        assert_eq!(found, parts());
    }
}
