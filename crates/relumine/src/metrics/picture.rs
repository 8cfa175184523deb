//! Photos and masks as they are measured: 8 bits a channel, at the size of the measurement.
//!
//! Resampled in 8 bits, rounded after each of the two passes, with the filter's support widened where pixels are
//! gathered: what Pillow's `resize` does.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::Planes;

/// 3×H×W colours at `height × width`, each k / 255.
pub(super) fn picture(colours: &Planes, height: usize, width: usize, filter: FilterType) -> Planes {
    let [r, g, b] = colours.rgb();
    let level = |value: f32| (value * 255.0).round() as u8;
    let levels: Vec<u8> = r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [*r, *g, *b].map(level)).collect();
    let side = |side: usize| u32::try_from(side).expect("photos have fewer than 2³² pixels a side");
    let source = ImageRef::new(side(colours.width()), side(colours.height()), &levels, PixelType::U8x3)
        .expect("three levels a pixel");
    let mut target = Image::new(side(width), side(height), PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    Resizer::new().resize(&source, &mut target, &options).expect("both pictures are of one kind");
    let levels = target.buffer().as_chunks::<3>().0;
    let plane = |channel: usize| levels.iter().map(move |pixel| f32::from(pixel[channel]) / 255.0);
    Planes::from_vec(3, height, width, (0..3).flat_map(plane).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_same_size_is_quantised_alone() {
        let planes = Planes::from_vec(3, 1, 2, vec![0.1, -0.5, 0.5, 1.5, 0.25, 1.0]);
        let expected = [26.0, 0.0, 128.0, 255.0, 64.0, 255.0].map(|level: f32| level / 255.0);
        assert_eq!(picture(&planes, 1, 2, FilterType::Lanczos3).data(), expected);
    }
}
