//! The content loss of one layer, L = α/(2 N D) Σ (M F − M P)², over N units at D positions.
//!
//! Differs from the paper: M, the network's metric, where it has one; N is then that of the VGG-19 layer which M·F
//! stands for.

use crate::features::TapPoint;
use crate::features::convolutions::FeatureTerm;
use crate::kernels::{Matrix, MatrixMut, multiply};

/// The loss at a layer of so many positions, with the weight α.
pub(super) fn term(point: &TapPoint, weight: f64, positions: usize) -> FeatureTerm {
    let factor = weight / (point.tap().units() * positions.max(1)) as f64;
    FeatureTerm::Difference {
        convolution: point.convolution(),
        factor,
        squared_metric: squared_metric(point),
    }
}

/// M², C×C, where the layer has a metric.
fn squared_metric(point: &TapPoint) -> Option<Vec<f32>> {
    let metric = point.metric()?;
    let n = metric.len().isqrt();
    let (m, mut square) = (Matrix::new(metric, n, n, n), vec![0.0; n * n]);
    multiply(MatrixMut::new(&mut square, n, n, n), m, m, false);
    Some(square)
}
