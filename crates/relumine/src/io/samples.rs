//! The samples that a photo was decoded from, and their way to colours and back.
//!
//! Conversions run row by row, so that a pixel decoded for comparison while encoding is bit for bit what it was while decoding, on any
//! number of threads and whatever the bands that pictures come in. Work is divided in chunks of whole rows.

use std::borrow::Cow;
use std::ops::Range;

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Rgb, Rgba};
use rayon::prelude::*;

use super::dither;
use super::icc::Profile;
use crate::Planes;

/// Pixels a chunk, if rows are not longer than that, and of a run of a longer row: with RGB in f32, 192 KiB.
const CHUNK: usize = 1 << 14;

/// Largest level that floating-point numbers are taken for: that of 16-bit ones, in which scene light is kept.
const BRIGHTEST: f32 = 65504.0;

/// Rows a chunk.
pub(super) fn chunk_rows(width: usize) -> usize {
    (CHUNK / width).max(1)
}

/// Parts of `rows`, each within one chunk.
fn parts(rows: &Range<usize>, width: usize) -> Vec<Range<usize>> {
    let height = chunk_rows(width);
    (rows.start / height..rows.end.div_ceil(height))
        .map(|chunk| (chunk * height).max(rows.start)..((chunk + 1) * height).min(rows.end))
        .collect()
}

/// Cuts samples into runs, one for each part of the rows that they are of.
fn cut<'a, T>(mut samples: &'a mut [T], parts: &[Range<usize>], samples_a_row: usize) -> Vec<&'a mut [T]> {
    let run = |part: &Range<usize>| samples.split_off_mut(..part.len() * samples_a_row);
    parts.iter().map_while(run).collect()
}

/// A number that photos are sampled in.
pub(super) trait Sample: image::Primitive + Send + Sync {
    /// 0..1, or beyond for floating-point numbers.
    fn level(self) -> f32;
    /// The nearest sample, for any number: beyond what it can hold the nearer end, for NaN zero.
    fn nearest(level: f32) -> Self;
}

impl Sample for u8 {
    fn level(self) -> f32 {
        f32::from(self) / 255.0
    }
    fn nearest(level: f32) -> Self {
        // Without a call, as `round` is where the processor is not known to do it.
        let level = (level * 255.0).clamp(0.0, 255.0);
        let whole = level as Self;
        whole + Self::from(level - f32::from(whole) >= 0.5)
    }
}

impl Sample for u16 {
    fn level(self) -> f32 {
        f32::from(self) / 65535.0
    }
    fn nearest(level: f32) -> Self {
        let level = (level * 65535.0).clamp(0.0, 65535.0);
        let whole = level as Self;
        whole + Self::from(level - f32::from(whole) >= 0.5)
    }
}

/// Scene light goes far beyond 1, and stays as it is; what is no light any more is kept from making sums infinite.
impl Sample for f32 {
    fn level(self) -> f32 {
        if self.is_nan() { 0.0 } else { self.clamp(-BRIGHTEST, BRIGHTEST) }
    }
    fn nearest(level: f32) -> Self {
        level.level()
    }
}

/// Interleaved samples of one depth.
#[derive(Clone, Copy)]
enum Samples<'a> {
    Eight(&'a [u8]),
    Sixteen(&'a [u16]),
    Float(&'a [f32]),
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
        DynamicImage::ImageRgb32F(pixels) => Samples::Float(pixels),
        DynamicImage::ImageRgba32F(pixels) => Samples::Float(pixels),
        _ => unreachable!("the decoders yield nothing else"),
    }
}

/// Interleaved samples of one depth, to write.
enum SamplesMut<'a> {
    Eight(&'a mut [u8]),
    Sixteen(&'a mut [u16]),
    Float(&'a mut [f32]),
}

/// RGB samples, with or without alpha.
fn rgb_mut(pixels: &mut DynamicImage) -> SamplesMut<'_> {
    match pixels {
        DynamicImage::ImageRgb8(pixels) => SamplesMut::Eight(pixels),
        DynamicImage::ImageRgba8(pixels) => SamplesMut::Eight(pixels),
        DynamicImage::ImageRgb16(pixels) => SamplesMut::Sixteen(pixels),
        DynamicImage::ImageRgba16(pixels) => SamplesMut::Sixteen(pixels),
        DynamicImage::ImageRgb32F(pixels) => SamplesMut::Float(pixels),
        DynamicImage::ImageRgba32F(pixels) => SamplesMut::Float(pixels),
        _ => unreachable!("photos are recoloured in RGB"),
    }
}

/// What new samples mean.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// What the old ones do.
    Own,
    /// Colours of another profile, which can hold RGB.
    Other(&'a Profile),
}

/// A picture's samples, and what they mean.
struct Picture<'a, S> {
    samples: &'a [S],
    width: usize,
    channels: usize,
    profile: Option<&'a Profile>,
}

impl<'a, S: Sample> Picture<'a, S> {
    fn new(samples: &'a [S], pixels: &DynamicImage, profile: Option<&'a Profile>) -> Self {
        Self {
            samples,
            width: pixels.width() as usize,
            channels: pixels.color().channel_count().into(),
            profile,
        }
    }

    fn rows(&self, rows: &Range<usize>) -> &'a [S] {
        let row = self.width * self.channels;
        &self.samples[rows.start * row..rows.end * row]
    }

    /// Samples of colour in 0..1, n × 3 interleaved.
    fn levels(&self, rows: &Range<usize>) -> Vec<f32> {
        let source = self.rows(rows);
        let mut levels = vec![0.0; 3 * self.width * rows.len()];
        if self.channels == 3 {
            levels.iter_mut().zip(source).for_each(|(level, sample)| *level = sample.level());
        } else {
            let pixels = levels.as_chunks_mut::<3>().0.iter_mut().zip(source.chunks_exact(self.channels));
            pixels.for_each(|(levels, pixel)| *levels = colour_of(pixel).map(S::level));
        }
        levels
    }

    /// Colours, n × 3 interleaved.
    fn colours(&self, rows: &Range<usize>) -> Vec<f32> {
        let mut rgb = self.levels(rows);
        if let Some(profile) = self.profile {
            self.runs(&mut rgb).for_each(|run| profile.to_working(run));
        }
        rgb
    }

    /// Runs of n × 3 interleaved in whole rows: what a conversion does to a pixel may depend on its place in a run.
    fn runs<'p>(&self, rgb: &'p mut [f32]) -> impl Iterator<Item = &'p mut [f32]> + use<'p, S> {
        rgb.chunks_mut(3 * self.width).flat_map(|row| row.chunks_mut(3 * CHUNK))
    }

    fn fill(&self, planes: &mut Planes, rows: &Range<usize>) {
        let parts = parts(rows, self.width);
        let (red, rest) = planes.data_mut().split_at_mut(rows.len() * self.width);
        let (green, blue) = rest.split_at_mut(rows.len() * self.width);
        let [red, green, blue] = [red, green, blue].map(|plane| cut(plane, &parts, self.width));
        parts.par_iter().zip(red).zip(green.into_par_iter().zip(blue)).for_each(
            |((part, red), (green, blue))| {
                let rgb = self.colours(part);
                for (((rgb, red), green), blue) in rgb.as_chunks::<3>().0.iter().zip(red).zip(green).zip(blue)
                {
                    [*red, *green, *blue] = *rgb;
                }
            },
        );
    }

    fn is_of(&self, colours: &Planes) -> bool {
        parts(&(0..colours.height()), self.width).par_iter().all(|part| {
            self.colours(part).as_chunks::<3>().0.iter().zip(gather(colours, part)).all(|(a, b)| *a == b)
        })
    }
}

/// The three colour samples of a pixel with 1 (grey), 2 (grey, alpha), 3 or 4 channels.
fn colour_of<S: Copy>(pixel: &[S]) -> [S; 3] {
    match *pixel {
        [grey] | [grey, _] => [grey; 3],
        [r, g, b, ..] => [r, g, b],
        [] => unreachable!("pixels have channels"),
    }
}

/// The colours of some rows, pixel by pixel.
fn gather<'a>(colours: &'a Planes, rows: &Range<usize>) -> impl Iterator<Item = [f32; 3]> + use<'a> {
    let pixels = rows.start * colours.width()..rows.end * colours.width();
    let [r, g, b] = colours.rgb().map(|plane| plane[pixels.clone()].iter());
    r.zip(g).zip(b).map(|((r, g), b)| [*r, *g, *b])
}

/// The colours of some rows, as three planes.
pub(super) fn colours(pixels: &DynamicImage, profile: Option<&Profile>, rows: Range<usize>) -> Planes {
    let mut planes = Planes::zeros(3, rows.len(), pixels.width() as usize);
    match samples(pixels) {
        Samples::Eight(samples) => Picture::new(samples, pixels, profile).fill(&mut planes, &rows),
        Samples::Sixteen(samples) => Picture::new(samples, pixels, profile).fill(&mut planes, &rows),
        Samples::Float(samples) => Picture::new(samples, pixels, profile).fill(&mut planes, &rows),
    }
    planes
}

/// Whether `colours` are exactly those that `pixels` decode to.
pub(super) fn unchanged(pixels: &DynamicImage, profile: Option<&Profile>, colours: &Planes) -> bool {
    match samples(pixels) {
        Samples::Eight(samples) => Picture::new(samples, pixels, profile).is_of(colours),
        Samples::Sixteen(samples) => Picture::new(samples, pixels, profile).is_of(colours),
        Samples::Float(samples) => Picture::new(samples, pixels, profile).is_of(colours),
    }
}

/// Alpha in 0..1 of some rows as one plane, where there is any.
pub(super) fn alpha(pixels: &DynamicImage, rows: Range<usize>) -> Option<Planes> {
    fn of<S: Sample>(picture: &Picture<'_, S>, rows: &Range<usize>) -> Vec<f32> {
        let pixels = picture.rows(rows).chunks_exact(picture.channels);
        pixels.map(|pixel| pixel[picture.channels - 1].level()).collect()
    }
    if !pixels.color().has_alpha() {
        return None;
    }
    let alpha = match samples(pixels) {
        Samples::Eight(samples) => of(&Picture::new(samples, pixels, None), &rows),
        Samples::Sixteen(samples) => of(&Picture::new(samples, pixels, None), &rows),
        Samples::Float(samples) => of(&Picture::new(samples, pixels, None), &rows),
    };
    Some(Planes::from_vec(1, rows.len(), pixels.width() as usize, alpha))
}

/// The colour of one pixel as it was sampled, and its alpha, in 0..1.
pub(super) fn pixel(pixels: &DynamicImage, row: usize, column: usize) -> ([f32; 3], f32) {
    fn of<S: Sample>(pixel: &[S], has_alpha: bool) -> ([f32; 3], f32) {
        let alpha = pixel.last().filter(|_| has_alpha).map_or(1.0, |alpha| alpha.level());
        (colour_of(pixel).map(S::level), alpha)
    }
    let (channels, has_alpha) = (usize::from(pixels.color().channel_count()), pixels.color().has_alpha());
    let place = (row * pixels.width() as usize + column) * channels;
    match samples(pixels) {
        Samples::Eight(samples) => of(&samples[place..place + channels], has_alpha),
        Samples::Sixteen(samples) => of(&samples[place..place + channels], has_alpha),
        Samples::Float(samples) => of(&samples[place..place + channels], has_alpha),
    }
}

/// A copy of the picture, grey as RGB.
pub(super) fn in_rgb(pixels: &DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageLuma8(_) => pixels.to_rgb8().into(),
        DynamicImage::ImageLumaA8(_) => pixels.to_rgba8().into(),
        DynamicImage::ImageLuma16(_) => pixels.to_rgb16().into(),
        DynamicImage::ImageLumaA16(_) => pixels.to_rgba16().into(),
        rgb => rgb.clone(),
    }
}

/// Gives RGB samples a band of colours, from row `first` on. Tells whether these are exactly those that the samples decode to.
///
/// `profile` is what `pixels` are in. If it can hold RGB, so are the new samples, and a pixel whose colours are exactly those it decodes
/// to keeps its samples; if not, they are in sRGB. Alpha stays.
pub(super) fn recolour(
    pixels: &mut DynamicImage,
    profile: Option<&Profile>,
    band: &Planes,
    first: usize,
    target: Target<'_>,
) -> bool {
    let channels = pixels.color().channel_count().into();
    match rgb_mut(pixels) {
        SamplesMut::Eight(samples) => recolour_band(samples, channels, profile, band, first, target),
        SamplesMut::Sixteen(samples) => recolour_band(samples, channels, profile, band, first, target),
        SamplesMut::Float(samples) => recolour_band(samples, channels, profile, band, first, target),
    }
}

fn recolour_band<S: Sample>(
    samples: &mut [S],
    channels: usize,
    profile: Option<&Profile>,
    band: &Planes,
    first: usize,
    target: Target<'_>,
) -> bool {
    let width = band.width();
    let (rows, row) = (first..first + band.height(), width * channels);
    let parts = parts(&rows, width);
    let samples = cut(&mut samples[rows.start * row..rows.end * row], &parts, row);
    parts
        .par_iter()
        .zip(samples)
        .map(|(part, samples)| {
            let mut colours = vec![0.0; 3 * width * part.len()];
            let of_part = gather(band, &(part.start - first..part.end - first));
            colours.as_chunks_mut::<3>().0.iter_mut().zip(of_part).for_each(|(out, colour)| *out = colour);
            recolour_rows(samples, [width, channels], profile, colours, target)
        })
        .reduce(|| true, |a, b| a && b)
}

/// Gives all of some rows their colours, n × 3 interleaved.
fn recolour_rows<S: Sample>(
    samples: &mut [S],
    [width, channels]: [usize; 2],
    profile: Option<&Profile>,
    mut colours: Vec<f32>,
    target: Target<'_>,
) -> bool {
    let (rows, before) =
        (0..samples.len() / (width * channels), Picture { samples, width, channels, profile });
    let decoded = before.colours(&rows);
    let same: Vec<bool> =
        decoded.as_chunks::<3>().0.iter().zip(colours.as_chunks::<3>().0).map(|(a, b)| a == b).collect();
    let unchanged = !same.contains(&false);
    let (to, gives_way) = match target {
        // Where the profile cannot hold colours, sRGB takes its place, in which no sample means what it meant.
        Target::Own => {
            let own = profile.filter(|profile| profile.holds_rgb());
            (own, profile.is_some() && own.is_none())
        }
        Target::Other(profile) => (Some(profile), true),
    };
    if let Some(to) = to
        && (gives_way || !unchanged)
    {
        if !gives_way && !to.is_invertible() {
            let levels = before.levels(&rows);
            let old = decoded.chunks(3 * width).zip(levels.chunks(3 * width));
            for (row, (decoded, levels)) in colours.chunks_mut(3 * width).zip(old) {
                to.to_device_beside(row, decoded, levels);
            }
        } else {
            before.runs(&mut colours).for_each(|run| to.to_device(run));
        }
    }
    let pixels = samples.chunks_exact_mut(channels).zip(colours.as_chunks::<3>().0);
    for ((pixel, device), same) in pixels.zip(same) {
        if gives_way || !same {
            pixel[..3].copy_from_slice(&device.map(S::nearest));
        }
    }
    unchanged
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

/// Grey samples of 8 or 16 bits, of 16 instead of 32, for one plane.
pub(super) fn grey(plane: &Planes, bit_depth: u8) -> DynamicImage {
    let (width, height) = (plane.width() as u32, plane.height() as u32);
    let image = match bit_depth {
        8 => ImageBuffer::from_raw(width, height, nearest(plane)).map(DynamicImage::ImageLuma8),
        16 | 32 => ImageBuffer::from_raw(width, height, nearest(plane)).map(DynamicImage::ImageLuma16),
        _ => panic!("photos have 8, 16 or 32 bits, not {bit_depth}"),
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
    match samples(pixels) {
        Samples::Eight(_) => {
            let mut pixels = pixels.to_rgba8();
            scale(&mut pixels, alpha);
            DynamicImage::ImageRgba8(pixels)
        }
        Samples::Sixteen(_) => {
            let mut pixels = pixels.to_rgba16();
            scale(&mut pixels, alpha);
            DynamicImage::ImageRgba16(pixels)
        }
        Samples::Float(_) => {
            let mut pixels = pixels.to_rgba32f();
            scale(&mut pixels, alpha);
            DynamicImage::ImageRgba32F(pixels)
        }
    }
}

/// The same picture with 8 bits a channel: colours dithered, alpha rounded.
pub(super) fn in_8_bits(pixels: &DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageLuma16(pixels) => {
            DynamicImage::ImageLuma8(dithered::<Luma<u16>, Luma<u8>>(pixels))
        }
        DynamicImage::ImageLumaA16(pixels) => {
            DynamicImage::ImageLumaA8(dithered::<LumaA<u16>, LumaA<u8>>(pixels))
        }
        DynamicImage::ImageRgb16(pixels) => DynamicImage::ImageRgb8(dithered::<Rgb<u16>, Rgb<u8>>(pixels)),
        DynamicImage::ImageRgba16(pixels) => {
            DynamicImage::ImageRgba8(dithered::<Rgba<u16>, Rgba<u8>>(pixels))
        }
        DynamicImage::ImageRgb32F(pixels) => DynamicImage::ImageRgb8(dithered::<Rgb<f32>, Rgb<u8>>(pixels)),
        DynamicImage::ImageRgba32F(pixels) => {
            DynamicImage::ImageRgba8(dithered::<Rgba<f32>, Rgba<u8>>(pixels))
        }
        eight => eight.clone(),
    }
}

/// The same picture with 16 bits a channel, if it had more.
pub(super) fn in_16_bits(pixels: Cow<'_, DynamicImage>) -> Cow<'_, DynamicImage> {
    Cow::Owned(match &*pixels {
        DynamicImage::ImageRgb32F(pixels) => DynamicImage::ImageRgb16(reduced::<Rgb<f32>, Rgb<u16>>(pixels)),
        DynamicImage::ImageRgba32F(pixels) => {
            DynamicImage::ImageRgba16(reduced::<Rgba<f32>, Rgba<u16>>(pixels))
        }
        _ => return pixels,
    })
}

/// With samples of 16 bits.
fn reduced<P, Q>(pixels: &ImageBuffer<P, Vec<P::Subpixel>>) -> ImageBuffer<Q, Vec<u16>>
where
    P: Pixel<Subpixel: Sample>,
    Q: Pixel<Subpixel = u16>,
{
    let samples = pixels.as_raw().iter().map(|sample| Sample::nearest(sample.level())).collect();
    ImageBuffer::from_raw(pixels.width(), pixels.height(), samples).expect("as many samples")
}

/// With samples of 8 bits: colours dithered, which leaves those that 8 bits can hold as they are, alpha rounded.
fn dithered<P, Q>(pixels: &ImageBuffer<P, Vec<P::Subpixel>>) -> ImageBuffer<Q, Vec<u8>>
where
    P: Pixel<Subpixel: Sample>,
    Q: Pixel<Subpixel = u8>,
{
    let (width, channels) = (pixels.width() as usize, usize::from(P::CHANNEL_COUNT));
    let colours = channels - usize::from(channels % 2 == 0);
    let samples = pixels.as_raw().iter().enumerate().map(|(at, sample)| {
        let (place, channel) = (at / channels, at % channels);
        if channel >= colours {
            return u8::nearest(sample.level());
        }
        (sample.level() * 255.0 + dither::threshold(place / width, place % width, channel)) as u8
    });
    let samples = samples.collect();
    ImageBuffer::from_raw(pixels.width(), pixels.height(), samples).expect("as many samples")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_sample_is_the_rounded_one() {
        let levels = (-20..=140_000).map(|k| k as f32 / 131_070.0);
        let beside = |level: f32| [level.next_down(), level, level.next_up()];
        let ends = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e30, 0.49999997 / 255.0];
        for level in levels.flat_map(beside).chain(ends) {
            assert_eq!(u8::nearest(level), (level * 255.0).round() as u8, "{level}");
            assert_eq!(u16::nearest(level), (level * 65535.0).round() as u16, "{level}");
        }
    }
}
