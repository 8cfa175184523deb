//! Resampling of planes to another size, by `fast_image_resize`.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8x3};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

mod enlarged;
mod shrunk;

use crate::Planes;

pub(crate) use enlarged::Enlarged;
pub(crate) use shrunk::Shrunk;

/// How samples are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// For photos: sharp, may overshoot a little at edges.
    Lanczos3,
    /// For masks and whatever must stay within the range of its samples.
    Area,
    /// For pictures of labels whose borders are to be smooth.
    Bilinear,
}

/// Resamples every plane to `height × width`; a copy where the size is already that.
pub(crate) fn resize(planes: &Planes, height: usize, width: usize, filter: Filter) -> Planes {
    if (planes.height(), planes.width()) == (height, width) {
        return planes.clone();
    }
    resize_rows(planes, (0.0, planes.height() as f64), height, width, filter)
}

/// Resamples the rows of each plane from `top` on, as many as `rows`, to `height × width`. Neither need be whole, and samples
/// are gathered from beyond as well: several such parts are those of the whole.
fn resize_rows(
    planes: &Planes,
    (top, rows): (f64, f64),
    height: usize,
    width: usize,
    filter: Filter,
) -> Planes {
    let algorithm = match filter {
        Filter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
        Filter::Area => ResizeAlg::Convolution(FilterType::Box),
        Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
    };
    let options = ResizeOptions::new()
        .resize_alg(algorithm)
        .crop(0.0, top, planes.width() as f64, rows)
        .use_alpha(false);
    let mut resizer = Resizer::new();
    let mut data = Vec::with_capacity(planes.channels() * height * width);
    for channel in 0..planes.channels() {
        let samples = bytemuck::cast_slice(planes.plane(channel));
        let source = TypedImageRef::from_buffer(side(planes.width()), side(planes.height()), samples)
            .expect("a plane has height × width samples");
        let mut target = TypedImage::<F32>::new(side(width), side(height));
        resizer
            .resize_typed(&source, &mut target, &options)
            .expect("both images have f32 samples, and the rows are the plane's");
        data.extend(target.pixels().iter().map(|p| p.0));
    }
    Planes::from_vec(planes.channels(), height, width, data)
}

/// Means of areas of samples of 8 bits, three a pixel, at another height and width.
pub(crate) fn area_of_samples(samples: &[u8], size: (usize, usize), to: (usize, usize)) -> Vec<u8> {
    if size == to {
        return samples.to_vec();
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box)).use_alpha(false);
    let source = TypedImageRef::<U8x3>::from_buffer(side(size.1), side(size.0), samples)
        .expect("a picture has three samples a pixel");
    let mut target = TypedImage::<U8x3>::new(side(to.1), side(to.0));
    Resizer::new().resize_typed(&source, &mut target, &options).expect("both images have the same samples");
    target.pixels().iter().flat_map(|pixel| pixel.0).collect()
}

/// The size at which the long side has `long` pixels, the proportions kept, no side below one pixel.
pub(crate) fn fit(height: usize, width: usize, long: usize) -> (usize, usize) {
    let scale = long as f64 / height.max(width) as f64;
    let scaled = |side: usize| ((side as f64 * scale).round() as usize).max(1);
    (scaled(height), scaled(width))
}

fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).expect("photos have fewer than 2³² pixels a side")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_resampled_as_their_colours_are() {
        let (height, width) = (61, 83);
        let samples: Vec<u8> = (0..3 * height * width).map(|i| ((i * i) % 251) as u8).collect();
        let plane = |c: usize| samples.iter().skip(c).step_by(3).map(|v| f32::from(*v));
        let planes = Planes::from_vec(3, height, width, (0..3).flat_map(plane).collect());
        let (expected, found) =
            (resize(&planes, 20, 31, Filter::Area), area_of_samples(&samples, (height, width), (20, 31)));
        for (pixel, found) in found.chunks(3).enumerate() {
            for (plane, found) in expected.rgb().iter().zip(found) {
                assert!((plane[pixel] - f32::from(*found)).abs() < 1.01, "{pixel}");
            }
        }
        assert_eq!(area_of_samples(&samples, (height, width), (height, width)), samples);
    }

    #[test]
    fn a_flat_plane_stays_flat() {
        let flat = Planes::filled(3, 7, 9, 0.25);
        for filter in [Filter::Lanczos3, Filter::Area, Filter::Bilinear] {
            let resized = resize(&flat, 20, 4, filter);
            assert_eq!((resized.channels(), resized.height(), resized.width()), (3, 20, 4));
            assert!(resized.data().iter().all(|v| (v - 0.25).abs() < 1e-6), "{filter:?}");
        }
    }

    #[test]
    fn area_halving_averages_four_samples() {
        let ramp = Planes::from_vec(1, 2, 4, (0..8).map(|v| v as f32).collect());
        assert_eq!(resize(&ramp, 1, 2, Filter::Area).data(), [2.5, 4.5]);
    }

    #[test]
    fn fit_keeps_proportions_and_at_least_one_pixel() {
        assert_eq!(fit(400, 600, 300), (200, 300));
        assert_eq!(fit(1, 5000, 512), (1, 512));
    }
}
