//! Closed-form matting: α of the unknown pixels of a trimap.
//!
//! A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", IEEE TPAMI 30(2), 2008, section 3: the
//! α that minimises αᵀLα and is 0 and 1 where the trimap says so. With U the unknown and K the known pixels that is
//! L_UU α_U = −L_UK α_K, solved by conjugate gradients (`conjugate_gradient.rs`) preconditioned by aggregation
//! (`aggregation.rs`), in f64, from α = ½, within
//! the rectangle of the unknown pixels: about 200 bytes a pixel of it.
//!
//! Differs from the paper: the known pixels are constraints, not penalties of weight λ; as in PyMatting, what falls outside 0..1
//! is clipped.

use std::ops::Range;

use super::aggregation::Aggregation;
use super::conjugate_gradient::{Convergence, conjugate_gradient};
use super::{Known, Laplacian, MatteStopReason, Trimap};
use crate::ranges::require;
use crate::watch::Watch;
use crate::{OptionsError, Planes, Result};

/// How a matte is solved.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MatteOptions {
    /// ε of the matting Laplacian: larger is smoother.
    pub epsilon: f64,
    /// Stop where the residual has fallen to this share of what it was at the start.
    pub tolerance: f64,
    /// Stop after as many iterations.
    pub iterations: usize,
    /// Whether the foreground's colours are estimated.
    pub foreground: bool,
}

impl Default for MatteOptions {
    /// The paper's ε. At this tolerance the photos tried differ from PyMatting's α by 6e-5 on the mean; what is far from
    /// all that is known may still show the blocks of the preconditioner, faintly.
    fn default() -> Self {
        Self { epsilon: 1e-7, tolerance: 1e-5, iterations: 2000, foreground: true }
    }
}

impl MatteOptions {
    /// Finds what is wrong with the options by themselves.
    ///
    /// # Errors
    /// The first number that is out of its range.
    pub fn check(&self) -> Result<(), OptionsError> {
        let Self { epsilon, tolerance, iterations, .. } = *self;
        require((1e-12..=1.0).contains(&epsilon), "epsilon", epsilon, "between 1e-12 and 1")?;
        require((1e-12..1.0).contains(&tolerance), "tolerance", tolerance, "at least 1e-12 and below 1")?;
        require(iterations > 0, "iterations", 0, "at least 1")
    }
}

/// A solved matte.
#[derive(Clone, Debug)]
pub struct SolvedMatte {
    /// α, 1×H×W in 0..1; exactly 0 and 1 where the trimap says so.
    pub alpha: Planes,
    /// Unknown pixels.
    pub unknown: usize,
    /// Iterations of conjugate gradients.
    pub iterations: usize,
    /// The residual at the end, as a share of that at the start.
    pub residual: f64,
    /// Why it stopped.
    pub stopped: MatteStopReason,
}

/// Solves the matte of `photo`, three planes of encoded colours, from a trimap of its size. The watch is told of each
/// iteration; asked to finish, α is returned as it stands.
///
/// Pixels that no window of 3×3 joins to known ones keep α = ½.
///
/// # Errors
/// [`OptionsError::OutOfRange`] for options out of range, [`PhotoError::NothingKnown`](crate::PhotoError::NothingKnown) for a
/// trimap without foreground or background, [`Error::Cancelled`](crate::Error::Cancelled).
///
/// # Panics
/// If the photo has not three planes, or the trimap has another size.
pub fn solve(
    photo: &Planes,
    trimap: &Trimap,
    options: &MatteOptions,
    watch: &mut Watch<'_>,
) -> Result<SolvedMatte> {
    options.check()?;
    trimap.check()?;
    let size = (photo.height(), photo.width());
    assert_eq!((trimap.height(), trimap.width()), size, "a trimap of the photo's size");
    let known = trimap.known();
    let mut alpha: Vec<f32> = known
        .iter()
        .map(|known| match known {
            Known::Background => 0.0,
            Known::Unknown => 0.5,
            Known::Foreground => 1.0,
        })
        .collect();
    watch.token().check()?;
    let unknown: Vec<bool> = known.iter().map(|&known| known == Known::Unknown).collect();
    let part = Part::around(&unknown, size);
    let found = improve(photo, &unknown, &part, options, watch, &mut alpha)?;
    Ok(SolvedMatte {
        alpha: Planes::from_vec(1, size.0, size.1, alpha),
        unknown: trimap.count(Known::Unknown),
        iterations: found.iterations,
        residual: found.residual,
        stopped: found.stopped,
    })
}

/// Solves for α where it is `unknown`, all of which lies in `part`.
fn improve(
    photo: &Planes,
    unknown: &[bool],
    part: &Part,
    options: &MatteOptions,
    watch: &mut Watch<'_>,
    alpha: &mut [f32],
) -> Result<Convergence> {
    if part.rows.is_empty() {
        return Ok(Convergence { iterations: 0, residual: 0.0, stopped: MatteStopReason::Converged });
    }
    let (width, token) = (photo.width(), watch.token().clone());
    token.check()?;
    let colours = part.of(&photo.rgb(), width);
    let photo = Planes::from_vec(3, part.rows.len(), part.columns.len(), colours);
    token.check()?;
    let unknown = part.of(&[unknown], width);
    let start: Vec<f64> = part.of(&[&*alpha], width).into_iter().map(f64::from).collect();

    let laplacian = Laplacian::<f64>::polled(&photo, options.epsilon, 1, &token)?;
    let tiles = laplacian.tiles(&unknown);
    let product = |x: &[f64], out: &mut [f64]| {
        laplacian.product_in(&tiles, x, out, &token);
        out.iter_mut().zip(&unknown).filter(|(_, unknown)| !**unknown).for_each(|(out, _)| *out = 0.0);
    };
    let aggregation = Aggregation::new(&laplacian, &unknown, &token)?;
    // What is solved for is the correction to the start, zero where pixels are known.
    let mut b = vec![0.0; start.len()];
    product(&start, &mut b);
    b.iter_mut().for_each(|b| *b = -*b);
    let mut x = vec![0.0; start.len()];
    let stop = (options.tolerance, options.iterations);
    let precondition = |r: &[f64], z: &mut [f64]| aggregation.apply(r, z, &token);
    let found = conjugate_gradient(product, precondition, &b, &mut x, stop, watch)?;
    let rows = start.chunks(part.columns.len()).zip(x.chunks(part.columns.len()));
    for (y, (start, x)) in part.rows.clone().zip(rows) {
        let row = &mut alpha[y * width..][part.columns.clone()];
        for ((alpha, start), x) in row.iter_mut().zip(start).zip(x) {
            *alpha = (start + x).clamp(0.0, 1.0) as f32;
        }
    }
    Ok(found)
}

/// The part of a photo that the unknown pixels and all windows around them lie in: nothing outside has a say.
struct Part {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Part {
    fn around(unknown: &[bool], (height, width): (usize, usize)) -> Self {
        let (mut rows, mut columns) = (height..0, width..0);
        for (y, row) in unknown.chunks(width).enumerate() {
            if let (Some(first), Some(last)) =
                (row.iter().position(|&unknown| unknown), row.iter().rposition(|&unknown| unknown))
            {
                rows = rows.start.min(y)..y + 1;
                columns = columns.start.min(first)..columns.end.max(last + 1);
            }
        }
        // A window around an unknown pixel's neighbour reaches two pixels from it.
        let wider =
            |side: Range<usize>, length: usize| side.start.saturating_sub(2)..length.min(side.end + 2);
        if rows.is_empty() {
            return Self { rows: 0..0, columns: 0..0 };
        }
        Self { rows: wider(rows, height), columns: wider(columns, width) }
    }

    /// The part of planes whose rows have `width` values, one plane after another.
    fn of<T: Copy>(&self, planes: &[&[T]], width: usize) -> Vec<T> {
        let mut part = Vec::with_capacity(planes.len() * self.rows.len() * self.columns.len());
        for plane in planes {
            self.rows.clone().for_each(|y| part.extend_from_slice(&plane[y * width..][self.columns.clone()]));
        }
        part
    }
}

#[cfg(test)]
mod tests;
