//! The samples that a photo was decoded from, and their way to colours and back.
//!
//! Everything runs in chunks of a fixed number of pixels, so that a chunk decoded for comparison while encoding is bit
//! for bit what it was while decoding, on any number of threads, and no second full-size copy is ever held.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Rgb, Rgba};
use rayon::prelude::*;

use super::icc::Profile;
use crate::Planes;

/// Pixels a chunk: with RGB in f32, 192 KiB.
const CHUNK: usize = 1 << 14;

/// An integer that photos are sampled in.
pub(super) trait Sample: image::Primitive + Send + Sync {
    /// 0..1.
    fn level(self) -> f32;
    /// The nearest sample, for any number: beyond 0..1 the nearer end, for NaN zero.
    fn nearest(level: f32) -> Self;
}

impl Sample for u8 {
    fn level(self) -> f32 {
        f32::from(self) / 255.0
    }
    fn nearest(level: f32) -> Self {
        (level * 255.0).round() as Self
    }
}

impl Sample for u16 {
    fn level(self) -> f32 {
        f32::from(self) / 65535.0
    }
    fn nearest(level: f32) -> Self {
        (level * 65535.0).round() as Self
    }
}

/// Interleaved samples of one depth.
#[derive(Clone, Copy)]
enum Samples<'a> {
    Eight(&'a [u8]),
    Sixteen(&'a [u16]),
}

fn samples(pixels: &DynamicImage) -> Samples<'_> {
    match pixels {
        DynamicImage::ImageLuma8(pixels) => Samples::Eight(pixels),
        DynamicImage::ImageLumaA8(pixels) => Samples::Eight(pixels),
        DynamicImage::ImageRgb8(pixels) => Samples::Eight(pixels),
        DynamicImage::ImageRgba8(pixels) => Samples::Eight(pixels),
        DynamicImage::ImageLuma16(pixels) => Samples::Sixteen(pixels),
        DynamicImage::ImageLumaA16(pixels) => Samples::Sixteen(pixels),
        DynamicImage::ImageRgb16(pixels) => Samples::Sixteen(pixels),
        DynamicImage::ImageRgba16(pixels) => Samples::Sixteen(pixels),
        _ => unreachable!("the decoders yield 8 or 16 bits alone"),
    }
}

/// The colours of all pixels, as three planes.
pub(super) fn colours(pixels: &DynamicImage, profile: Option<&Profile>) -> Planes {
    let channels = pixels.color().channel_count().into();
    let mut planes = Planes::zeros(3, pixels.height() as usize, pixels.width() as usize);
    match samples(pixels) {
        Samples::Eight(samples) => fill(&mut planes, samples, channels, profile),
        Samples::Sixteen(samples) => fill(&mut planes, samples, channels, profile),
    }
    planes
}

fn fill<S: Sample>(planes: &mut Planes, samples: &[S], channels: usize, profile: Option<&Profile>) {
    let area = planes.area();
    let (red, rest) = planes.data_mut().split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    samples
        .par_chunks(CHUNK * channels)
        .zip(red.par_chunks_mut(CHUNK))
        .zip(green.par_chunks_mut(CHUNK).zip(blue.par_chunks_mut(CHUNK)))
        .for_each(|((samples, red), (green, blue))| {
            let rgb = decode(samples, channels, profile);
            for (((rgb, red), green), blue) in rgb.as_chunks::<3>().0.iter().zip(red).zip(green).zip(blue) {
                [*red, *green, *blue] = *rgb;
            }
        });
}

/// Colours, n × 3 interleaved, of the n pixels of one chunk.
fn decode<S: Sample>(samples: &[S], channels: usize, profile: Option<&Profile>) -> Vec<f32> {
    let mut rgb: Vec<f32> =
        samples.chunks_exact(channels).flat_map(|pixel| colour_of(pixel).map(S::level)).collect();
    if let Some(profile) = profile {
        profile.to_working(&mut rgb);
    }
    rgb
}

/// The three colour samples of a pixel with 1 (grey), 2 (grey, alpha), 3 or 4 channels.
fn colour_of<S: Copy>(pixel: &[S]) -> [S; 3] {
    match *pixel {
        [grey] | [grey, _] => [grey; 3],
        [r, g, b, ..] => [r, g, b],
        [] => unreachable!("pixels have channels"),
    }
}

fn gather(colours: &Planes, chunk: usize) -> impl Iterator<Item = [f32; 3]> {
    let [r, g, b] = colours.rgb().map(|plane| plane[chunk * CHUNK..].iter().take(CHUNK));
    r.zip(g).zip(b).map(|((r, g), b)| [*r, *g, *b])
}

/// Whether `colours` are exactly those that `pixels` decode to.
pub(super) fn unchanged(pixels: &DynamicImage, profile: Option<&Profile>, colours: &Planes) -> bool {
    let channels = pixels.color().channel_count().into();
    match samples(pixels) {
        Samples::Eight(samples) => same(samples, channels, profile, colours),
        Samples::Sixteen(samples) => same(samples, channels, profile, colours),
    }
}

fn same<S: Sample>(samples: &[S], channels: usize, profile: Option<&Profile>, colours: &Planes) -> bool {
    samples.par_chunks(CHUNK * channels).enumerate().all(|(chunk, samples)| {
        let decoded = decode(samples, channels, profile);
        decoded.as_chunks::<3>().0.iter().zip(gather(colours, chunk)).all(|(a, b)| *a == b)
    })
}

/// Alpha in 0..1 as one plane, where there is any.
pub(super) fn alpha(pixels: &DynamicImage) -> Option<Planes> {
    let channels = usize::from(pixels.color().channel_count());
    if !pixels.color().has_alpha() {
        return None;
    }
    let alpha = match samples(pixels) {
        Samples::Eight(samples) => {
            samples.chunks_exact(channels).map(|pixel| pixel[channels - 1].level()).collect()
        }
        Samples::Sixteen(samples) => {
            samples.chunks_exact(channels).map(|pixel| pixel[channels - 1].level()).collect()
        }
    };
    Some(Planes::from_vec(1, pixels.height() as usize, pixels.width() as usize, alpha))
}

/// RGB samples for `colours`, of the depth and with the alpha of `pixels`.
///
/// `profile` is what `pixels` are in; with `as_srgb` the result is in sRGB instead. Otherwise a pixel whose colours are
/// exactly those it was decoded to gets its samples back.
pub(super) fn recolour(
    pixels: &DynamicImage,
    profile: Option<&Profile>,
    colours: &Planes,
    as_srgb: bool,
) -> DynamicImage {
    let (width, height) = (pixels.width(), pixels.height());
    let channels = usize::from(pixels.color().channel_count());
    let job = Recolour { channels, profile, colours, as_srgb };
    match (samples(pixels), pixels.color().has_alpha()) {
        (Samples::Eight(samples), false) => {
            DynamicImage::ImageRgb8(job.run::<Rgb<u8>>(samples, width, height))
        }
        (Samples::Eight(samples), true) => {
            DynamicImage::ImageRgba8(job.run::<Rgba<u8>>(samples, width, height))
        }
        (Samples::Sixteen(samples), false) => {
            DynamicImage::ImageRgb16(job.run::<Rgb<u16>>(samples, width, height))
        }
        (Samples::Sixteen(samples), true) => {
            DynamicImage::ImageRgba16(job.run::<Rgba<u16>>(samples, width, height))
        }
    }
}

struct Recolour<'a> {
    channels: usize,
    profile: Option<&'a Profile>,
    colours: &'a Planes,
    as_srgb: bool,
}

impl Recolour<'_> {
    fn run<P>(&self, source: &[P::Subpixel], width: u32, height: u32) -> ImageBuffer<P, Vec<P::Subpixel>>
    where
        P: Pixel,
        P::Subpixel: Sample,
    {
        let out_channels = usize::from(P::CHANNEL_COUNT);
        let mut out = vec![P::Subpixel::nearest(0.0); width as usize * height as usize * out_channels];
        out.par_chunks_mut(CHUNK * out_channels)
            .zip(source.par_chunks(CHUNK * self.channels))
            .enumerate()
            .for_each(|(chunk, (out, source))| self.chunk(chunk, source, out, out_channels));
        ImageBuffer::from_raw(width, height, out).expect("sized above")
    }

    fn chunk<S: Sample>(&self, chunk: usize, source: &[S], out: &mut [S], out_channels: usize) {
        let decoded = decode(source, self.channels, self.profile);
        let mut device: Vec<f32> = gather(self.colours, chunk).flatten().collect();
        let kept: Vec<bool> = decoded
            .as_chunks::<3>()
            .0
            .iter()
            .zip(device.as_chunks::<3>().0)
            .map(|(a, b)| !self.as_srgb && a == b)
            .collect();
        if let Some(profile) = self.profile
            && !self.as_srgb
            && kept.contains(&false)
        {
            profile.to_device(&mut device);
        }
        let pixels = source.chunks_exact(self.channels).zip(device.as_chunks::<3>().0).zip(kept);
        for (((source, device), kept), out) in pixels.zip(out.chunks_exact_mut(out_channels)) {
            let (colour, alpha) = out.split_at_mut(3);
            colour.copy_from_slice(&if kept { colour_of(source) } else { device.map(S::nearest) });
            alpha.copy_from_slice(&source[self.channels - alpha.len()..]);
        }
    }
}

/// Samples of 8 bits for synthetic colours.
pub(super) fn quantised(colours: &Planes) -> DynamicImage {
    let [r, g, b] = colours.rgb();
    let samples = r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [*r, *g, *b].map(u8::nearest)).collect();
    let side = |side: usize| u32::try_from(side).expect("a side of less than 2³² pixels");
    ImageBuffer::from_raw(side(colours.width()), side(colours.height()), samples)
        .map(DynamicImage::ImageRgb8)
        .expect("three samples a pixel")
}

/// Grey samples of 8 or 16 bits for one plane.
pub(super) fn grey(plane: &Planes, bit_depth: u8) -> DynamicImage {
    let (width, height) = (plane.width() as u32, plane.height() as u32);
    let image = match bit_depth {
        8 => ImageBuffer::from_raw(width, height, nearest(plane)).map(DynamicImage::ImageLuma8),
        16 => ImageBuffer::from_raw(width, height, nearest(plane)).map(DynamicImage::ImageLuma16),
        _ => panic!("photos have 8 or 16 bits, not {bit_depth}"),
    };
    image.expect("one sample a pixel")
}

fn nearest<S: Sample>(plane: &Planes) -> Vec<S> {
    assert_eq!(plane.channels(), 1, "grey is one plane");
    plane.data().iter().map(|&level| S::nearest(level)).collect()
}

/// RGB pixels with `alpha`, times their own where they have any.
pub(super) fn with_alpha(pixels: &DynamicImage, alpha: &Planes) -> DynamicImage {
    fn scale<P: Pixel>(image: &mut ImageBuffer<P, Vec<P::Subpixel>>, alpha: &Planes)
    where
        P::Subpixel: Sample,
    {
        for (pixel, alpha) in image.pixels_mut().zip(alpha.data()) {
            let own = &mut pixel.channels_mut()[3];
            *own = P::Subpixel::nearest(own.level() * alpha);
        }
    }
    if matches!(samples(pixels), Samples::Sixteen(_)) {
        let mut pixels = pixels.to_rgba16();
        scale(&mut pixels, alpha);
        DynamicImage::ImageRgba16(pixels)
    } else {
        let mut pixels = pixels.to_rgba8();
        scale(&mut pixels, alpha);
        DynamicImage::ImageRgba8(pixels)
    }
}

/// The same picture with 8 bits a channel.
pub(super) fn in_8_bits(pixels: &DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageLuma16(pixels) => DynamicImage::ImageLuma8(reduced::<Luma<u16>, Luma<u8>>(pixels)),
        DynamicImage::ImageLumaA16(pixels) => {
            DynamicImage::ImageLumaA8(reduced::<LumaA<u16>, LumaA<u8>>(pixels))
        }
        DynamicImage::ImageRgb16(pixels) => DynamicImage::ImageRgb8(reduced::<Rgb<u16>, Rgb<u8>>(pixels)),
        DynamicImage::ImageRgba16(pixels) => DynamicImage::ImageRgba8(reduced::<Rgba<u16>, Rgba<u8>>(pixels)),
        eight => eight.clone(),
    }
}

fn reduced<P, Q>(pixels: &ImageBuffer<P, Vec<u16>>) -> ImageBuffer<Q, Vec<u8>>
where
    P: Pixel<Subpixel = u16>,
    Q: Pixel<Subpixel = u8>,
{
    let samples = pixels.as_raw().iter().map(|sample| u8::nearest(sample.level())).collect();
    ImageBuffer::from_raw(pixels.width(), pixels.height(), samples).expect("as many samples")
}
