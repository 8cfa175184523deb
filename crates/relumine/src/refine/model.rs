//! The fully connected model that mean field and Gibbs sampling share.
//!
//! Source: P. Krähenbühl, V. Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials",
//! NIPS 2011, equations 1 to 3; normalisation after the same authors' "Parameter Learning and Convergent Inference
//! for Dense Random Fields", ICML 2013, section 4.
//!
//! E(x) = Σᵢ −ln pᵢ(xᵢ) + Σ over pairs i < j with xᵢ ≠ xⱼ of Σₘ wₘ k̃ₘ(i, j), the kernels being
//! k(i, j) = exp(−|fᵢ − fⱼ|² / 2) over position and colour (appearance) and over position (smoothness), and
//! k̃(i, j) = k(i, j) / √(dᵢ dⱼ) with dᵢ = Σⱼ k(i, j), pixel i itself included.

use crate::Planes;

/// Weights and widths of the fully connected model.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FullyConnected {
    /// Weight of the appearance kernel, 0 or more: what a label pays for differing from all that looks like it.
    pub appearance_weight: f32,
    /// θα: standard deviation of the appearance kernel over position, in pixels.
    pub appearance_position: f32,
    /// θβ: standard deviation of the appearance kernel over colour, in the units of the photo (0 to 1).
    pub appearance_colour: f32,
    /// Weight of the smoothness kernel, 0 or more.
    pub smoothness_weight: f32,
    /// θγ: standard deviation of the smoothness kernel, in pixels.
    pub smoothness_position: f32,
}

impl Default for FullyConnected {
    /// For about 320 × 213 pixels: θα = 80 and θγ = 3, which are in common use there. The weights, and θβ = 8/255, are those at which people
    /// and skies agree best with true masks: at ten times the one and three times the other, thin people and hair are lost.
    fn default() -> Self {
        Self {
            appearance_weight: 2.0,
            appearance_position: 80.0,
            appearance_colour: 8.0 / 255.0,
            smoothness_weight: 1.0,
            smoothness_position: 3.0,
        }
    }
}

/// No probability counts for less, so that no pixel is beyond being convinced by the others.
pub(super) const LEAST_PROBABILITY: f32 = 1e-6;

impl FullyConnected {
    /// Column, row and colour of every pixel in units of the appearance kernel: rows of 5.
    pub(super) fn appearance_points(&self, photo: &Planes) -> Vec<f32> {
        let [red, green, blue] = photo.rgb();
        let (position, colour) = (self.appearance_position.recip(), self.appearance_colour.recip());
        let mut points = Vec::with_capacity(photo.area() * 5);
        for pixel in 0..photo.area() {
            let (row, column) = (pixel / photo.width(), pixel % photo.width());
            points.extend([column as f32 * position, row as f32 * position]);
            points.extend([red[pixel] * colour, green[pixel] * colour, blue[pixel] * colour]);
        }
        points
    }

    /// Column and row of every pixel in units of the smoothness kernel: rows of 2.
    pub(super) fn smoothness_points(&self, height: usize, width: usize) -> Vec<f32> {
        let position = self.smoothness_position.recip();
        let pixels = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
        pixels.flat_map(|(column, row)| [column as f32 * position, row as f32 * position]).collect()
    }
}
