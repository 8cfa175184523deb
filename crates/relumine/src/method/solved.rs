//! What a method found, and how.

use serde::Serialize;

use crate::colour::Tone;
use crate::grid::{BilateralGrid, Grade};
use crate::look::Mixture;
use crate::lut::Lut;
use crate::report::Term;
use crate::smoothing::Upsampling;
use crate::{Planes, StopReason};

/// How an iterative method went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Course {
    /// Each weighted term of the objective at the start and end of the last stage.
    pub losses: Vec<Term>,
    /// Iterations of the optimiser over all stages.
    pub iterations: usize,
    /// Evaluations of objective and gradient over all stages, at whatever size.
    pub evaluations: usize,
    /// Why the last stage stopped; `None` where nothing iterated.
    pub stopped: Option<StopReason>,
}

/// What a method found, to be applied at any size.
#[derive(Debug)]
pub struct Solved {
    pub(crate) solution: Solution,
    pub(crate) course: Course,
}

/// The look itself.
#[derive(Clone, Debug)]
pub(crate) enum Solution {
    /// Affine colour matrices by place and brightness.
    Grid {
        grid: BilateralGrid,
        /// The grade of each region, where the method has them.
        grades: Vec<Grade>,
    },
    /// A change of the pixels of one content photo.
    Pixels(PixelChange),
    /// A lookup table of colours, for all of any photo.
    Table(Lut),
    /// Looks of one content, for several references.
    Mixed(Mixture),
}

/// A change of the pixels of one content photo, solved at a small size.
#[derive(Clone, Debug)]
pub(crate) struct PixelChange {
    /// The content at that size.
    pub(crate) content: Planes,
    /// What takes the content's own colours, at any size, to the look's, as far as that is locally affine; the colours as they
    /// are where there is nothing.
    pub(crate) affine: Option<Upsampling>,
    /// What is left, at the small size, to be added.
    pub(crate) rest: Planes,
}

impl Solved {
    /// A look of affine colour matrices, which applies to any photo.
    pub fn grid(grid: BilateralGrid, course: Course) -> Self {
        Self { solution: Solution::Grid { grid, grades: Vec::new() }, course }
    }

    /// Has it give nothing but the reference's tone, where that has no colours of its own. What is a change of pixels stays as it is.
    pub(crate) fn held_to(mut self, tone: Option<&Tone>) -> Self {
        if let (Solution::Grid { grid, grades }, Some(tone)) = (&mut self.solution, tone) {
            grid.hold_to(tone);
            grades.iter_mut().for_each(|grade| grade.hold_to(tone));
        }
        self
    }

    /// Has skin change within bounds, where the content shows any: the share of each pixel of it (1×H×W, of the content's size). What is a
    /// change of pixels stays as it is.
    pub(crate) fn with_skin_protected(mut self, content: &Planes, skin: Option<&Planes>) -> Self {
        if let (Solution::Grid { grid, .. }, Some(skin)) = (&mut self.solution, skin) {
            let found = std::mem::replace(grid, BilateralGrid::identity(grid.shape()));
            *grid = super::skin::protected(found, content, skin.data());
        }
        self
    }

    /// A look of grades, one a region of the pairing, in its order, which with whatever is more local make the grid.
    pub fn graded(grades: Vec<Grade>, grid: BilateralGrid, course: Course) -> Self {
        Self { solution: Solution::Grid { grid, grades }, course }
    }

    /// Any change of the content's pixels at the size at which it was solved, enlarged and added to the content, which keeps its detail.
    /// Bound to that content.
    pub fn change(content: Planes, output: Planes, course: Course) -> Self {
        let rest = difference(output, &content);
        Self { solution: Solution::Pixels(PixelChange { content, affine: None, rest }), course }
    }

    /// A locally-affine change of the content at the size at which it was solved. Bound to that content; `seen` is what
    /// the content's pixels become at its own size by the affine models alone, brought back to the small size.
    pub(crate) fn guided(
        content: Planes,
        affine: Upsampling,
        output: Planes,
        seen: &Planes,
        course: Course,
    ) -> Self {
        // The models keep the content's detail; what they miss of the solution is added (back-projection, Irani & Peleg 1991),
        // so that the result seen at the solved size is what was solved.
        let rest = difference(output, seen);
        Self { solution: Solution::Pixels(PixelChange { content, affine: Some(affine), rest }), course }
    }
}

fn difference(mut after: Planes, before: &Planes) -> Planes {
    after.data_mut().iter_mut().zip(before.data()).for_each(|(a, b)| *a -= b);
    after
}
