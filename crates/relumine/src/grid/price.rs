//! What a residual is paid by: its differences from place to place and level to level, its chroma, the light that it adds to the dark, and
//! light and chroma that come and go, most of all where the photo is still.

use super::unrest::{CHROMA_DEARER, still_for_chroma, still_for_light};
use super::{BilateralGrid, grey};
use crate::colour::LUMA;

/// How many times dearer than differences are the chroma that is added, and the light that is added to the dark: the stains and the mist
/// that a photographer sees first.
const STAINS: f64 = 200.0;
const MIST: f64 = 80.0;
/// And light, and chroma, that is added to one place and not the next, where the photo is still.
const CLOUDS: f64 = 600.0;

/// A price of residuals of one shape.
pub(crate) struct Price {
    weight: f64,
    still: Vec<f32>,
}

/// The two answers of [`Price::answer`].
pub(super) const LIGHT: usize = 0;
pub(super) const CHROMA: usize = 1;

/// Second derivatives of a price by a coefficient of a vertex's matrix, of all coefficients and of those along the grey of its level, times
/// the number of vertices.
pub(super) struct Answer {
    pub(super) all: f64,
    pub(super) along_grey: f64,
}

impl Price {
    /// `weight` times the mean square of the differences, and the rest beside it; `still` says how still the photo is at each vertex, 0..1.
    pub(crate) fn new(weight: f64, still: Vec<f32>) -> Self {
        Self { weight, still }
    }

    /// Adds the gradient to `gradient` and returns what `residual` costs.
    pub(crate) fn of(&self, residual: &BilateralGrid, gradient: &mut BilateralGrid) -> f64 {
        residual.smoothness(self.weight, gradient)
            + residual.tint(STAINS * self.weight, gradient)
            + residual.veil(MIST * self.weight, gradient)
            + residual.unrest(&self.still, CLOUDS * self.weight, gradient)
    }

    /// How a vertex's matrices answer, by their rows' mean ([`LIGHT`]) and by what the rows are beside it ([`CHROMA`]).
    pub(super) fn answer(&self, vertex: usize, depth: usize) -> [Answer; 2] {
        // Of a mean over 12 coefficients a vertex.
        let scale = self.weight * 2.0 / 12.0;
        let dark = f64::from(1.0 - grey(vertex % depth, depth)).powi(2);
        let still = self.still[vertex];
        let [for_light, for_chroma] =
            [still_for_light(still), still_for_chroma(still)].map(|still| f64::from(still).powi(2));
        // Light is paid only where it is added, so half of it.
        let light = CLOUDS * for_light * ACROSS + 0.5 * MIST * dark;
        let [of_grey, of_chroma] = light_of_rows();
        // |P c|² = |c|² + 3 (l·c)² for a c without grey.
        let of_stains = 1.0 + 3.0 * of_chroma;
        let stains = STAINS * of_stains;
        let patches = CLOUDS * f64::from(CHROMA_DEARER) * for_chroma * ACROSS * of_stains;
        [
            Answer { all: scale * ACROSS, along_grey: scale * of_grey * light },
            Answer { all: scale * (ACROSS + stains), along_grey: scale * (of_chroma * light + patches) },
        ]
    }

    /// How the differences between levels answer, by each coefficient, times the number of vertices.
    pub(super) fn bend(&self, depth: usize) -> f64 {
        self.weight * 2.0 / 12.0 * depth as f64 / (depth.max(2) - 1) as f64
    }
}

/// What differences across the photo answer: 4 of a vertex's own, and less as residuals are blurred ([`BilateralGrid::blur_across`]).
const ACROSS: f64 = 1.5;

/// The squared luma of a unit of grey, and, in the mean, of a unit of chroma.
fn light_of_rows() -> [f64; 2] {
    let (sum, squares) =
        LUMA.iter().fold((0.0, 0.0), |(sum, squares), l| (sum + f64::from(*l), squares + f64::from(l * l)));
    let grey = sum * sum / 3.0;
    [grey, (squares - grey) / 2.0]
}

#[cfg(test)]
mod tests {
    use super::super::GridShape;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 3, height: 4, width: 5 };

    fn nothing() -> BilateralGrid {
        BilateralGrid::constant(SHAPE, &[0.0; 12])
    }

    /// What it costs that one vertex, far from the ends, has such coefficients.
    fn of_one(matrix: [f32; 12]) -> f64 {
        let mut grid = nothing();
        grid.coefficients_mut()[12 * VERTEX..][..12].copy_from_slice(&matrix);
        Price::new(3.0, vec![1.0; SHAPE.vertices()]).of(&grid, &mut nothing())
    }

    /// The middle level of a vertex that has neighbours on all sides.
    const VERTEX: usize = (5 + 2) * 3 + 1;

    #[test]
    fn answers_about_as_single_vertices_do() {
        let price = Price::new(3.0, vec![1.0; SHAPE.vertices()]);
        let vertices = SHAPE.vertices() as f64;
        // Half the second derivative, by an offset of all colours, and by one of chroma alone.
        let expected =
            |answer: Answer, bend: f64| 0.5 * (answer.all + 2.0 * bend + answer.along_grey) / vertices;
        let [light, chroma] = price.answer(VERTEX, 3).map(|answer| expected(answer, price.bend(3)));
        let offset =
            |colour: [f32; 3]| of_one(std::array::from_fn(|i| if i % 4 == 3 { colour[i / 4] } else { 0.0 }));
        let unit = 3.0_f32.sqrt().recip();
        let (found_light, found_chroma) =
            (offset([unit; 3]), offset([2.0_f32.sqrt().recip(), -(2.0_f32.sqrt().recip()), 0.0]));
        // A single vertex is not blurred: its differences across are 4 where the answer has ACROSS of them.
        let rough = 4.0 / ACROSS;
        assert!((1.0 / 1.5..1.5 * rough).contains(&(found_light / light)), "{found_light} {light}");
        assert!((1.0 / 1.5..1.5 * rough).contains(&(found_chroma / chroma)), "{found_chroma} {chroma}");
        assert!(found_chroma > 0.0 && found_light > 0.0);
    }

    #[test]
    fn nothing_costs_nothing() {
        assert_eq!(of_one([0.0; 12]), 0.0);
    }
}
