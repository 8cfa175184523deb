//! Photos of samples that are in memory already, and back: what an array of another language is.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use image::{DynamicImage, ImageBuffer, Pixel};

use super::{Colours, Photo, Source, log};
use crate::io::rows::RowSink;
use crate::{Error, PhotoError, Result};

/// Interleaved samples of one depth, row by row from the top. Alpha comes last, and colours are not multiplied by it.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// Levels of 8 bits.
    Eight(Vec<u8>),
    /// Levels of 16 bits.
    Sixteen(Vec<u16>),
    /// Levels in 0..1, or beyond for light above white.
    Float(Vec<f32>),
}

impl Photo {
    /// A photo of samples: `channels` are 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha); `name` stands for it in messages. It
    /// says nothing of its colours, so that they are those of sRGB unless it is [assumed](Self::assumed_in) to be in another space. Grey
    /// floating-point numbers become RGB.
    ///
    /// # Errors
    /// [`PhotoError::ZeroSized`], and [`PhotoError::UnsupportedPixels`] for other channels.
    ///
    /// # Panics
    /// If there are not height × width × channels samples.
    pub fn from_samples(
        samples: Samples,
        [height, width, channels]: [usize; 3],
        name: &Path,
    ) -> Result<Self> {
        let refused = |problem| Error::Photo { path: name.into(), problem };
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        if height == 0 || width == 0 {
            return Err(refused(PhotoError::ZeroSized { width: side(width), height: side(height) }));
        }
        if !(1..=4).contains(&channels) {
            return Err(refused(PhotoError::UnsupportedPixels { found: format!("of {channels} channels") }));
        }
        let size = [side(width), side(height)];
        let pixels = match samples {
            Samples::Eight(samples) => match channels {
                1 => buffer(size, samples).map(DynamicImage::ImageLuma8),
                2 => buffer(size, samples).map(DynamicImage::ImageLumaA8),
                3 => buffer(size, samples).map(DynamicImage::ImageRgb8),
                _ => buffer(size, samples).map(DynamicImage::ImageRgba8),
            },
            Samples::Sixteen(samples) => match channels {
                1 => buffer(size, samples).map(DynamicImage::ImageLuma16),
                2 => buffer(size, samples).map(DynamicImage::ImageLumaA16),
                3 => buffer(size, samples).map(DynamicImage::ImageRgb16),
                _ => buffer(size, samples).map(DynamicImage::ImageRgba16),
            },
            Samples::Float(samples) => match channels {
                1 => buffer(size, samples.iter().flat_map(|v| [*v; 3]).collect())
                    .map(DynamicImage::ImageRgb32F),
                2 => {
                    let rgba = samples.as_chunks::<2>().0.iter().flat_map(|[v, alpha]| [*v, *v, *v, *alpha]);
                    buffer(size, rgba.collect()).map(DynamicImage::ImageRgba32F)
                }
                3 => buffer(size, samples).map(DynamicImage::ImageRgb32F),
                _ => buffer(size, samples).map(DynamicImage::ImageRgba32F),
            },
        };
        let source = Source::plain(pixels.expect("as many samples as pixels have channels"));
        let notices = log::notice(&source).into_iter().collect();
        Ok(Self::new(name, source.into(), Colours::Decoded(OnceLock::new()), notices))
    }

    /// Its samples as a file without loss would hold them, and how many channels they have.
    pub fn samples(&self) -> (Samples, usize) {
        let made;
        let source = match &self.0.colours {
            Colours::Decoded(_) => Arc::clone(&self.0.source),
            Colours::Given(colours) => {
                let mut sink = self.recolour();
                sink.put_band(colours).expect("samples in memory take any colours");
                made = sink.finish();
                Arc::clone(&made.0.source)
            }
        };
        let channels = source.pixels.color().channel_count().into();
        let samples = match &source.pixels {
            DynamicImage::ImageLuma8(pixels) => Samples::Eight(pixels.to_vec()),
            DynamicImage::ImageLumaA8(pixels) => Samples::Eight(pixels.to_vec()),
            DynamicImage::ImageRgb8(pixels) => Samples::Eight(pixels.to_vec()),
            DynamicImage::ImageRgba8(pixels) => Samples::Eight(pixels.to_vec()),
            DynamicImage::ImageLuma16(pixels) => Samples::Sixteen(pixels.to_vec()),
            DynamicImage::ImageLumaA16(pixels) => Samples::Sixteen(pixels.to_vec()),
            DynamicImage::ImageRgb16(pixels) => Samples::Sixteen(pixels.to_vec()),
            DynamicImage::ImageRgba16(pixels) => Samples::Sixteen(pixels.to_vec()),
            DynamicImage::ImageRgb32F(pixels) => Samples::Float(pixels.to_vec()),
            DynamicImage::ImageRgba32F(pixels) => Samples::Float(pixels.to_vec()),
            _ => unreachable!("photos have no other pixels"),
        };
        (samples, channels)
    }
}

fn buffer<P: Pixel>(
    [width, height]: [u32; 2],
    samples: Vec<P::Subpixel>,
) -> Option<ImageBuffer<P, Vec<P::Subpixel>>> {
    ImageBuffer::from_raw(width, height, samples)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::io::{Format, Limits, SaveOptions};

    fn photo(samples: Samples, shape: [usize; 3]) -> Photo {
        Photo::from_samples(samples, shape, Path::new("array")).unwrap()
    }

    proptest! {
        #[test]
        fn samples_come_back_as_they_went(
            height in 1..5_usize, width in 1..5_usize, channels in 1..=4_usize, seed: u64
        ) {
            let count = height * width * channels;
            let level = |at: usize| (seed.wrapping_mul(6_364_136_223_846_793_005).rotate_left(at as u32) >> 40) as u16;
            let eight = Samples::Eight((0..count).map(|at| level(at) as u8).collect());
            let sixteen = Samples::Sixteen((0..count).map(level).collect());
            for samples in [eight, sixteen] {
                let shape = [height, width, channels];
                prop_assert_eq!(photo(samples.clone(), shape).samples(), (samples, channels));
            }
        }
    }

    #[test]
    fn grey_floats_become_rgb_and_light_stays() {
        let grey = photo(Samples::Float(vec![0.25, 4.0]), [1, 2, 1]);
        assert_eq!(grey.samples(), (Samples::Float(vec![0.25, 0.25, 0.25, 4.0, 4.0, 4.0]), 3));
        let alpha = photo(Samples::Float(vec![0.25, 0.5]), [1, 1, 2]);
        assert_eq!(alpha.samples(), (Samples::Float(vec![0.25, 0.25, 0.25, 0.5]), 4));
    }

    #[test]
    fn what_was_recoloured_is_as_in_its_file() {
        let levels: Vec<u8> = (0..48).map(|at| 5 * at).collect();
        let array = photo(Samples::Eight(levels), [4, 4, 3]);
        let mut colours = array.colours().clone();
        colours.data_mut().iter_mut().for_each(|level| *level = 0.9 * *level + 0.02);
        let changed = array.with_colours(colours);
        let file = changed.encode(Format::PNG, &SaveOptions::default()).unwrap();
        let read = Photo::decode(&file, Path::new("a.png"), &Limits::default()).unwrap();
        assert_eq!(changed.samples(), read.samples());
    }

    #[test]
    fn no_pixels_and_other_channels_are_refused() {
        for (shape, expected) in
            [([0, 4, 3], "nothing in it"), ([2, 2, 5], "5 channels"), ([2, 2, 0], "0 channels")]
        {
            let samples = Samples::Eight(vec![0; shape.iter().product()]);
            let told = Photo::from_samples(samples, shape, Path::new("array")).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
