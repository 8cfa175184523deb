//! Total variation, in the squared form that style transfer uses.
//!
//! A. Mahendran, A. Vedaldi, "Understanding Deep Image Representations by Inverting Them", CVPR 2015, equation 6 with β = 2:
//! L_tv = Σ_c Σ_ij (x_{i,j+1,c} − x_{i,j,c})² + (x_{i+1,j,c} − x_{i,j,c})².

use rayon::prelude::*;

use crate::Planes;

/// `weight · L_tv` of `x`; adds its gradient to `gradient`.
///
/// # Panics
/// If the gradient has another shape than `x`.
pub(crate) fn total_variation(x: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
    let (height, width) = (x.height(), x.width());
    assert_eq!(
        (gradient.channels(), gradient.height(), gradient.width()),
        (x.channels(), height, width),
        "a gradient of the image's shape"
    );
    if x.data().is_empty() {
        return 0.0;
    }
    let scale = (2.0 * weight) as f32;
    let rows: Vec<f64> = gradient
        .data_mut()
        .par_chunks_mut(width)
        .enumerate()
        .map(|(row, gradient)| {
            let (channel, y) = (row / height, row % height);
            let line = |y: usize| &x.plane(channel)[y * width..][..width];
            let here = line(y);
            for (i, pair) in here.windows(2).enumerate() {
                let step = scale * (pair[1] - pair[0]);
                gradient[i] -= step;
                gradient[i + 1] += step;
            }
            let mut energy: f64 = here.windows(2).map(|pair| square(pair[1] - pair[0])).sum();
            if y > 0 {
                for ((value, here), above) in gradient.iter_mut().zip(here).zip(line(y - 1)) {
                    *value += scale * (here - above);
                }
            }
            if y + 1 < height {
                for ((value, here), below) in gradient.iter_mut().zip(here).zip(line(y + 1)) {
                    *value -= scale * (below - here);
                }
                energy += here.iter().zip(line(y + 1)).map(|(here, below)| square(below - here)).sum::<f64>();
            }
            energy
        })
        .collect();
    weight * rows.iter().sum::<f64>()
}

fn square(difference: f32) -> f64 {
    f64::from(difference) * f64::from(difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Planes {
        Planes::from_vec(2, 4, 5, (0..40).map(|i| ((i * 29 + 3) % 41) as f32 / 64.0).collect())
    }

    #[test]
    fn sums_squared_differences_to_the_right_and_below() {
        let x = Planes::from_vec(1, 2, 2, vec![0.0, 1.0, 3.0, 7.0]);
        let energy = total_variation(&x, 0.5, &mut Planes::zeros_like(&x));
        assert_eq!(energy, 0.5 * (1.0 + 16.0 + 9.0 + 36.0));
    }

    #[test]
    fn gradient_is_that_of_finite_differences_and_is_added() {
        let x = picture();
        let mut gradient = Planes::filled(2, 4, 5, 1.0);
        total_variation(&x, 1.5, &mut gradient);
        for i in 0..x.data().len() {
            // The loss is quadratic: a wide step costs no accuracy.
            let moved = |step: f32| {
                let mut x = x.clone();
                x.data_mut()[i] += step;
                total_variation(&x, 1.5, &mut Planes::zeros_like(&picture()))
            };
            let slope = moved(0.5) - moved(-0.5);
            assert!((f64::from(gradient.data()[i]) - 1.0 - slope).abs() < 1e-5);
        }
    }

    #[test]
    fn a_single_pixel_or_line_is_smooth_across() {
        for (height, width) in [(1, 1), (1, 3), (3, 1)] {
            let x = Planes::from_vec(1, height, width, (0..height * width).map(|i| i as f32).collect());
            let energy = total_variation(&x, 1.0, &mut Planes::zeros_like(&x));
            assert_eq!(energy, (height * width - 1) as f64);
        }
    }
}
