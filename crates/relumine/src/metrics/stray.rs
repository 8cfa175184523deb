//! Stray colours: those that the reference does not have, with none of its own within 8 units of CIELAB.

use std::collections::HashMap;

/// How far a colour may be from the nearest of the reference's.
const REACH: f64 = 8.0;

/// Colours in cells as wide as the reach: whatever is within it of a colour is in that colour's cell or in one that touches it.
#[derive(Debug)]
pub(super) struct Palette(HashMap<[i32; 3], Vec<[f64; 3]>>);

impl Palette {
    /// Takes colours in CIELAB.
    pub(super) fn new(colours: impl IntoIterator<Item = [f64; 3]>) -> Self {
        let mut cells: HashMap<_, Vec<_>> = HashMap::new();
        colours.into_iter().for_each(|colour| cells.entry(cell(&colour)).or_default().push(colour));
        Self(cells)
    }

    /// Whether a colour is further than the reach from all of them.
    pub(super) fn strays(&self, colour: &[f64; 3]) -> bool {
        let near =
            |other: &[f64; 3]| (0..3).map(|c| (colour[c] - other[c]).powi(2)).sum::<f64>() <= REACH * REACH;
        let [l, a, b] = cell(colour);
        // The colour's own cell first: it is there that the nearest is most often found.
        let offsets = (0..27).map(|k| [k % 3, k / 3 % 3, k / 9].map(|o| (o + 1) % 3 - 1));
        let mut cells = offsets.filter_map(|[dl, da, db]| self.0.get(&[l + dl, a + da, b + db]));
        !cells.any(|colours| colours.iter().any(near))
    }
}

fn cell(colour: &[f64; 3]) -> [i32; 3] {
    colour.map(|v| (v / REACH).floor() as i32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_reach_is_a_ball() {
        let palette = Palette::new([[50.0, 0.0, -3.0]]);
        assert!(!palette.strays(&[58.0, 0.0, -3.0]) && palette.strays(&[58.1, 0.0, -3.0]));
        assert!(!palette.strays(&[54.0, -4.0, -7.0]) && palette.strays(&[56.0, -6.0, -9.0]));
        assert!(Palette::new([]).strays(&[0.0; 3]));
    }

    proptest! {
        #[test]
        fn cells_find_what_a_search_of_all_finds(
            colours in prop::collection::vec(prop::array::uniform3(-30.0..30.0_f64), 0..40),
            asked in prop::array::uniform3(-40.0..40.0_f64),
        ) {
            let distance = |c: &[f64; 3]| (0..3).map(|k| (c[k] - asked[k]).powi(2)).sum::<f64>().sqrt();
            prop_assert_eq!(Palette::new(colours.clone()).strays(&asked), colours.iter().all(|c| distance(c) > 8.0));
        }
    }
}
