//! The content loss of one layer, L = α/(2 N D) Σ (M F − M P)², over N units at D positions.
//!
//! Differs from the paper: M, the network's metric, where it has one; N is then that of the VGG-19 layer which M·F
//! stands for.

use rayon::prelude::*;

use crate::features::TapPoint;
use crate::kernels::{FeatureMap, Matrix, MatrixMut, multiply, with_scratch};

/// A content layer with its target.
#[derive(Debug)]
pub(super) struct ContentLayer<'n> {
    point: &'n TapPoint,
    /// α / (N D).
    factor: f64,
    target: FeatureMap,
    /// M², C×C.
    metric: Option<Vec<f32>>,
}

impl<'n> ContentLayer<'n> {
    /// Takes the weight α and the content photo's features P.
    pub(super) fn new(point: &'n TapPoint, weight: f64, target: FeatureMap) -> Self {
        Self { point, factor: factor(point, weight, target.area()), metric: squared_metric(point), target }
    }

    /// The number of the convolution that is compared.
    pub(super) fn convolution(&self) -> usize {
        self.point.convolution()
    }

    /// The loss; its derivative by the features is added to the gradient.
    pub(super) fn evaluate(&self, features: &FeatureMap, gradient: &mut FeatureMap) -> f64 {
        assert!(
            features.same_shape(&self.target) && features.same_shape(gradient),
            "shapes of a content loss"
        );
        let (channels, width, pitch) = (features.channels(), features.width(), features.pitch());
        let row_loss = |(y, row): (usize, &mut [f32])| {
            with_scratch(2 * width * channels, |scratch| {
                let (difference, mapped) = scratch.split_at_mut(width * channels);
                let pairs = features.row(y).iter().zip(self.target.row(y));
                difference.iter_mut().zip(pairs).for_each(|(d, (f, p))| *d = f - p);
                let mapped = match &self.metric {
                    Some(metric) if width > 0 => {
                        let metric = Matrix::new(metric, channels, channels, channels);
                        let out = MatrixMut::new(mapped, width, channels, channels);
                        multiply(out, Matrix::new(difference, width, channels, channels), metric, false);
                        &*mapped
                    }
                    _ => &*difference,
                };
                let out = &mut row[channels..pitch - channels];
                out.iter_mut().zip(mapped).for_each(|(g, e)| *g += self.factor as f32 * e);
                difference.iter().zip(mapped).map(|(d, e)| f64::from(*d) * f64::from(*e)).sum::<f64>()
            })
        };
        let rows = gradient.framed_rows_mut().par_chunks_exact_mut(pitch).enumerate();
        let losses: Vec<f64> = rows.map(row_loss).collect();
        0.5 * self.factor * losses.iter().sum::<f64>()
    }
}

/// α / (N D).
pub(super) fn factor(point: &TapPoint, weight: f64, positions: usize) -> f64 {
    weight / (point.tap().units() * positions.max(1)) as f64
}

/// M², C×C, where the layer has a metric.
pub(super) fn squared_metric(point: &TapPoint) -> Option<Vec<f32>> {
    let metric = point.metric()?;
    let n = metric.len().isqrt();
    let (m, mut square) = (Matrix::new(metric, n, n, n), vec![0.0; n * n]);
    multiply(MatrixMut::new(&mut square, n, n, n), m, m, false);
    Some(square)
}
