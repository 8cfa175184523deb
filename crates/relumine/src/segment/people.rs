//! Which parts of people are skin, hair and the rest, by what the segmenter says and by their colours.
//!
//! Faces, hands and fringes are smaller than the segmenter's cells, and their colours differ: by Bayes' rule each part's probability counts
//! as much more as its colours have such a pixel more often. What people are together stays as it is.

use crate::Planes;
use crate::colour::to_oklab;

/// The classes of people, as the colours below are of them.
const PARTS: [&str; 3] = ["person", "skin", "hair"];

/// Colours in Oklab: normally distributed. By `tools/train/people_colours.py`, on people cut out by hand.
struct Colours {
    mean: [f64; 3],
    /// Rows of the symmetric covariance: LL, La, Lb, aa, ab, bb.
    covariance: [f64; 6],
}

const COLOURS: [Colours; 3] = [
    Colours {
        mean: [0.4769, 0.0112, -0.0007],
        covariance: [0.058_376, 0.000_179, 0.001_736, 0.000_975, 0.000_365, 0.001_266],
    },
    Colours {
        mean: [0.6136, 0.0313, 0.0318],
        covariance: [0.030_214, -0.000_381, -0.000_17, 0.000_271, 0.000_153, 0.000_333],
    },
    Colours {
        mean: [0.4126, 0.0146, 0.0185],
        covariance: [0.042_544, -0.000_076, 0.001_366, 0.000_206, 0.000_13, 0.000_436],
    },
];

/// Power of a colour's density: the segmenter saw colours too, so that they tell less than they would alone.
const TELLING: f64 = 0.7;
/// A density that every part has at least, of any colour: light of all hues falls on people.
const LEAST_DENSITY: f64 = 1e-6;

/// Reweights the probabilities of the parts of people (planes of `classes`, C×H×W) by the colours of a photo of the same size, 3×H×W;
/// where the segmenter does not tell all three, nothing changes.
pub(super) fn tell_parts(classes: &[String], probabilities: &mut Planes, photo: &Planes) {
    let parts: Vec<usize> =
        PARTS.iter().filter_map(|part| classes.iter().position(|class| class == part)).collect();
    let Ok(parts) = <[usize; 3]>::try_from(parts) else { return };
    let densities = COLOURS.map(|colours| colours.density());
    let lab = to_oklab(photo);
    let [lightness, a, b] = lab.rgb();
    for pixel in 0..photo.area() {
        let colour = [lightness[pixel], a[pixel], b[pixel]].map(f64::from);
        let given = parts.map(|part| probabilities.plane(part)[pixel]);
        let told: [f32; 3] =
            std::array::from_fn(|part| given[part] * densities[part](colour).powf(TELLING) as f32);
        let scale = given.iter().sum::<f32>() / told.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        for (part, told) in parts.into_iter().zip(told) {
            probabilities.plane_mut(part)[pixel] = told * scale;
        }
    }
}

impl Colours {
    /// The density of the normal distribution, but for a factor that all share.
    fn density(self) -> impl Fn([f64; 3]) -> f64 {
        let [ll, la, lb, aa, ab, bb] = self.covariance;
        // Cofactors of the covariance: its inverse times its determinant.
        let (cll, cla, clb) = (aa * bb - ab * ab, lb * ab - la * bb, la * ab - lb * aa);
        let (caa, cab, cbb) = (ll * bb - lb * lb, la * lb - ll * ab, ll * aa - la * la);
        let determinant = ll * cll + la * cla + lb * clb;
        let height = determinant.sqrt().recip();
        move |colour| {
            let [l, a, b] = [0, 1, 2].map(|i| colour[i] - self.mean[i]);
            let square =
                cll * l * l + caa * a * a + cbb * b * b + 2.0 * (cla * l * a + clb * l * b + cab * a * b);
            height * (LEAST_DENSITY + (-0.5 * square / determinant).exp())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<String> {
        ["sky", "person", "skin", "hair"].map(str::to_owned).into()
    }

    fn photo(colours: &[[f32; 3]]) -> Planes {
        let planes = (0..3).flat_map(|c| colours.iter().map(move |colour| colour[c])).collect();
        Planes::from_vec(3, 1, colours.len(), planes)
    }

    #[test]
    fn colours_decide_where_the_segmenter_is_in_doubt_and_people_stay_people() {
        // Pale and tanned skin, dark hair, a blue coat.
        let photo = photo(&[[0.87, 0.7, 0.6], [0.7, 0.5, 0.38], [0.12, 0.09, 0.07], [0.2, 0.3, 0.6]]);
        let each = [0.1, 0.3, 0.3, 0.3].iter().flat_map(|p| [*p; 4]).collect();
        let mut told = Planes::from_vec(4, 1, 4, each);
        tell_parts(&classes(), &mut told, &photo);
        let most =
            |pixel: usize| (1..4).max_by(|a, b| told.plane(*a)[pixel].total_cmp(&told.plane(*b)[pixel]));
        assert_eq!([0, 1, 2, 3].map(most), [2, 2, 3, 1].map(Some), "{told:?}");
        for pixel in 0..4 {
            assert_eq!(told.plane(0)[pixel], 0.1);
            let people: f32 = (1..4).map(|part| told.plane(part)[pixel]).sum();
            assert!((people - 0.9).abs() < 1e-5, "{people}");
        }
    }

    #[test]
    fn any_colour_is_told_and_what_is_not_told_stays() {
        let photo = photo(&[[0.0, 1.0, 0.0], [3.0, -1.0, 3.0]]);
        let given = Planes::from_vec(4, 1, 2, vec![0.0, 0.0, 0.2, 0.2, 0.8, 0.8, 0.0, 0.0]);
        let mut told = given.clone();
        tell_parts(&classes(), &mut told, &photo);
        assert!(told.data().iter().all(|p| (0.0..=1.0).contains(p)), "{told:?}");
        assert!((told.plane(1)[0] + told.plane(2)[0] - 1.0).abs() < 1e-5);
        let mut whole = given.clone();
        tell_parts(&["sky", "person", "tree", "road"].map(str::to_owned), &mut whole, &photo);
        assert_eq!(whole.data(), given.data());
    }
}
