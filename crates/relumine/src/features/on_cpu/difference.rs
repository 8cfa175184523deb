//! The difference of features to a photo's, c/2 Σ_p (f_p − t_p)ᵀ M² (f_p − t_p), with its derivative by them.

use rayon::prelude::*;

use crate::kernels::{FeatureMap, Matrix, MatrixMut, multiply, with_scratch};
use crate::watch::CancelToken;

/// A difference with its target.
#[derive(Debug)]
pub(super) struct Difference {
    /// c.
    pub(super) factor: f64,
    /// M², C×C; `None` is the identity.
    pub(super) squared_metric: Option<Vec<f32>>,
    /// t.
    pub(super) target: FeatureMap,
}

impl Difference {
    /// Its value; the derivative by the features is added to the gradient. Once the token is cancelled, of no more rows.
    pub(super) fn evaluate(
        &self,
        features: &FeatureMap,
        gradient: &mut FeatureMap,
        token: &CancelToken,
    ) -> f64 {
        assert!(features.same_shape(&self.target) && features.same_shape(gradient), "shapes of a difference");
        let (channels, width, pitch) = (features.channels(), features.width(), features.pitch());
        let row_value = |(y, row): (usize, &mut [f32])| {
            if token.is_cancelled() {
                return 0.0;
            }
            with_scratch(2 * width * channels, |scratch| {
                let (difference, mapped) = scratch.split_at_mut(width * channels);
                let pairs = features.row(y).iter().zip(self.target.row(y));
                difference.iter_mut().zip(pairs).for_each(|(d, (f, t))| *d = f - t);
                let mapped = match &self.squared_metric {
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
        let values: Vec<f64> = rows.map(row_value).collect();
        0.5 * self.factor * values.iter().sum::<f64>()
    }
}
