//! A 3D lattice of colours, and tetrahedral interpolation in it.
//!
//! Source: J. M. Kasson, S. I. Nin, W. Plouffe, J. L. Hafner, *Performing color space conversions with three-dimensional linear
//! interpolation*, 1995. Of the eight nodes around a colour four are mixed: those on the way from the least node to the greatest, along the
//! axes in order of how far the colour is along each. Grey is thus mixed of the two nodes on the diagonal alone.

use std::ops::RangeInclusive;

use rayon::prelude::*;

/// The domain of everything that is not said to have another.
pub(super) const UNIT: [[f32; 3]; 2] = [[0.0; 3], [1.0; 3]];

/// Most of a number in a LUT, either side of zero.
const GREATEST: f32 = 1e30;

/// Whether a number is finite, and stays so in the sums and differences of a look-up.
pub(super) fn is_sound(number: f32) -> bool {
    number.abs() <= GREATEST
}

/// Colours at `size³` nodes, evenly over a domain, red fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    size: usize,
    /// The colours of the first and of the last node.
    domain: [[f32; 3]; 2],
    values: Vec<[f32; 3]>,
}

impl Lattice {
    /// Nodes a side that a lattice may have.
    pub const SIZES: RangeInclusive<usize> = 2..=256;

    /// A lattice over 0..1 of what `f`, which gives finite numbers, makes of each node's colour.
    ///
    /// # Panics
    /// If the size is not among [`SIZES`](Self::SIZES).
    pub fn from_fn(size: usize, f: impl Fn([f32; 3]) -> [f32; 3] + Sync) -> Self {
        let level = |index: usize| (index % size) as f32 / (size - 1) as f32;
        let node = |index| f([level(index), level(index / size), level(index / (size * size))]);
        assert!(Self::SIZES.contains(&size), "a lattice of {size}³");
        Self::from_values(size, UNIT, (0..size.pow(3)).into_par_iter().map(node).collect())
    }

    /// A lattice of [sound](is_sound) colours, over a domain whose least is below its most.
    ///
    /// # Panics
    /// If the size is not among [`SIZES`](Self::SIZES), or the number of colours is another.
    pub(super) fn from_values(size: usize, domain: [[f32; 3]; 2], values: Vec<[f32; 3]>) -> Self {
        assert!(Self::SIZES.contains(&size), "a lattice of {size}³");
        assert_eq!(values.len(), size.pow(3), "colours of a lattice of {size}³");
        Self { size, domain, values }
    }

    /// The colours of `size³` nodes with red fastest, of those with blue fastest, or the other way round.
    pub(super) fn reordered(size: usize, values: &[[f32; 3]]) -> Vec<[f32; 3]> {
        let other =
            |index: usize| index / (size * size) + index / size % size * size + index % size * size * size;
        (0..values.len()).map(|index| values[other(index)]).collect()
    }

    /// Nodes a side.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The colours of the first and of the last node.
    pub fn domain(&self) -> [[f32; 3]; 2] {
        self.domain
    }

    /// The colours that the nodes become, red fastest.
    pub fn values(&self) -> &[[f32; 3]] {
        &self.values
    }

    /// What becomes of a colour, by tetrahedral interpolation; see [`Lut`](super::Lut) for colours beyond the domain.
    pub fn apply(&self, colour: [f32; 3]) -> [f32; 3] {
        let [red, green, blue] = [0, 1, 2].map(|c| Place::of(colour[c], self.domain, c, self.size));
        let (size, area) = (self.size, self.size * self.size);
        // By falling distance, each with the step to the next node along its axis.
        let in_order = |[a, b]: [(f32, usize); 2]| if a.0 < b.0 { [b, a] } else { [a, b] };
        let [first, second] = in_order([(red.fraction, 1), (green.fraction, size)]);
        let [second, third] = in_order([second, (blue.fraction, area)]);
        let [first, second] = in_order([first, second]);
        let near = red.index + green.index * size + blue.index * area;
        let middle = near + first.1;
        let [v0, v1, v2, v3] =
            [near, middle, middle + second.1, near + 1 + size + area].map(|at| self.values[at]);
        // Weights that are nothing where fractions are equal, so that grey knows nothing of the nodes off the diagonal.
        let weights = [1.0 - first.0, first.0 - second.0, second.0 - third.0, third.0];
        let mixed =
            |c: usize| v0[c] * weights[0] + v1[c] * weights[1] + v2[c] * weights[2] + v3[c] * weights[3];
        [mixed(0) + red.beyond, mixed(1) + green.beyond, mixed(2) + blue.beyond]
    }
}

/// Where a number lies among the nodes along an axis.
pub(super) struct Place {
    /// The node at or below it; never the last.
    pub(super) index: usize,
    /// How far it is towards the next node, 0..1.
    pub(super) fraction: f32,
    /// By how much it is beyond the domain.
    pub(super) beyond: f32,
}

impl Place {
    #[inline(always)]
    pub(super) fn of(value: f32, domain: [[f32; 3]; 2], channel: usize, size: usize) -> Self {
        let [least, most] = [domain[0][channel], domain[1][channel]];
        // NaN becomes the least.
        let clamped = value.max(least).min(most);
        let at = (clamped - least) / (most - least) * (size - 1) as f32;
        let index = (at as usize).min(size - 2);
        let beyond = if value.is_nan() { 0.0 } else { value - clamped };
        Self { index, fraction: at - index as f32, beyond }
    }
}

#[cfg(test)]
mod tests {
    use proptest::array::uniform3;
    use proptest::prelude::*;

    use super::*;

    fn close(a: [f32; 3], b: [f32; 3], tolerance: f32) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
    }

    proptest! {
        #[test]
        fn affine_maps_are_kept(
            size in 2usize..20,
            matrix in uniform3(uniform3(-2.0f32..2.0)),
            offset in uniform3(-1.0f32..1.0),
            colour in uniform3(0.0f32..=1.0),
        ) {
            let map = |x: [f32; 3]| [0, 1, 2].map(|c| {
                offset[c] + matrix[c][0] * x[0] + matrix[c][1] * x[1] + matrix[c][2] * x[2]
            });
            prop_assert!(close(Lattice::from_fn(size, map).apply(colour), map(colour), 1e-5));
        }

        #[test]
        fn nodes_are_kept(size in 2usize..8, values in proptest::collection::vec(uniform3(-1.0f32..2.0), 343)) {
            let values = values[..size.pow(3)].to_vec();
            let lattice = Lattice::from_values(size, [[-1.0, 0.0, 0.5], [0.0, 2.0, 1.0]], values.clone());
            for (index, value) in values.iter().enumerate() {
                let level = |index: usize| (index % size) as f32 / (size - 1) as f32;
                let t = [level(index), level(index / size), level(index / (size * size))];
                let node = [t[0] - 1.0, t[1] * 2.0, 0.5 + t[2] * 0.5];
                prop_assert!(close(lattice.apply(node), *value, 1e-4), "{:?} {:?}", lattice.apply(node), value);
            }
        }

        #[test]
        fn grey_is_as_monotone_as_the_nodes(mut tones in proptest::collection::vec(0.0f32..1.0, 5), noise in any::<u32>()) {
            tones.sort_by(f32::total_cmp);
            // Off the diagonal is anything.
            let lattice = Lattice::from_fn(5, |[r, g, b]| {
                if r == g && g == b { [tones[(r * 4.0) as usize]; 3] } else { [(noise % 97) as f32 * (r - g); 3] }
            });
            let greys: Vec<f32> = (0..=400).map(|level| lattice.apply([level as f32 / 400.0; 3])[0]).collect();
            prop_assert!(greys.is_sorted_by(|a, b| a <= &(b + 1e-6)));
        }

        #[test]
        fn beyond_the_domain_it_goes_on_with_slope_one(size in 2usize..9, colour in uniform3(-3.0f32..4.0)) {
            let lattice = Lattice::from_fn(size, |[r, g, b]| [g * b, r * 0.5, 1.0 - b]);
            let clamped = colour.map(|c| c.clamp(0.0, 1.0));
            let expected = lattice.apply(clamped);
            let found = lattice.apply(colour);
            for c in 0..3 {
                prop_assert!((found[c] - expected[c] - (colour[c] - clamped[c])).abs() < 1e-6);
            }
        }

        #[test]
        fn nothing_panics(colour in uniform3(any::<f32>())) {
            Lattice::from_fn(3, |c| c).apply(colour);
        }
    }

    #[test]
    fn nan_is_the_least() {
        let lattice = Lattice::from_fn(3, |[r, g, b]| [b, g, r]);
        assert_eq!(lattice.apply([f32::NAN, 0.5, 1.0]), [1.0, 0.5, 0.0]);
    }
}
