//! Penalty on colours that leave the displayable range: mean over all samples of (x − clamp(x, 0, 1))².

use crate::Planes;

/// `weight` × the penalty at `output`; adds its gradient to `gradient`.
pub(crate) fn evaluate(output: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
    let scale = weight / output.data().len() as f64;
    let slope = (2.0 * scale) as f32;
    let mut sum = 0.0;
    for (x, g) in output.data().iter().zip(gradient.data_mut()) {
        let excess = x - x.clamp(0.0, 1.0);
        sum += f64::from(excess * excess);
        *g += slope * excess;
    }
    scale * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_outside_counts_and_the_gradient_is_added() {
        let output = Planes::from_vec(1, 1, 4, vec![-0.5, 0.0, 1.0, 1.25]);
        let mut gradient = Planes::filled(1, 1, 4, 1.0);
        assert!((evaluate(&output, 8.0, &mut gradient) - 8.0 * (0.25 + 0.0625) / 4.0).abs() < 1e-9);
        assert_eq!(gradient.data(), [-1.0, 1.0, 1.0, 2.0]);
    }
}
