//! Photos and masks as they are measured: 8 bits a channel, at the size of the measurement.
//!
//! Rows are resampled first and columns then, each time to 8 bits, as Pillow does: the matting energy hears the noise of
//! a rounding more or less.

use crate::Planes;
use crate::resample::{Filter, resize};

/// 3×H×W colours at `height × width`, each k / 255.
pub(super) fn picture(colours: &Planes, height: usize, width: usize, filter: Filter) -> Planes {
    let narrowed = resize(&quantised(colours.clone()), colours.height(), width, filter);
    quantised(resize(&quantised(narrowed), height, width, filter))
}

fn quantised(mut colours: Planes) -> Planes {
    colours
        .data_mut()
        .iter_mut()
        .for_each(|value| *value = (*value * 255.0).round().clamp(0.0, 255.0) / 255.0);
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_same_size_is_quantised_alone() {
        let planes = Planes::from_vec(3, 1, 2, vec![0.1, -0.5, 0.5, 1.5, 0.25, 1.0]);
        let expected = [26.0, 0.0, 128.0, 255.0, 64.0, 255.0].map(|level: f32| level / 255.0);
        assert_eq!(picture(&planes, 1, 2, Filter::Lanczos3).data(), expected);
    }
}
