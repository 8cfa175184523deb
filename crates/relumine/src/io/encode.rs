//! What a format can hold of samples and metadata.

use std::borrow::Cow;

use image::{DynamicImage, ImageBuffer, Pixel};

use super::metadata::Written;
use super::samples::Sample;
use super::{Format, SaveOptions, samples};
use crate::Notice;

/// What the format cannot hold of metadata, which is taken out of them.
pub(super) fn too_large(metadata: &mut Written, format: Format) -> Vec<Notice> {
    let about = format.about();
    let mut losses = Vec::new();
    let mut lose = |bytes: Option<usize>, most, notice: fn(Format, usize) -> Notice| {
        let bytes = bytes.filter(|bytes| *bytes > most);
        losses.extend(bytes.map(|bytes| notice(format, bytes)));
        bytes.is_some()
    };
    let exif = metadata.exif.as_ref().map(|exif| exif.bytes().len());
    if lose(exif, about.max_exif_bytes, |format, bytes| Notice::ExifTooLarge { format, bytes }) {
        metadata.exif = None;
    }
    let xmp = metadata.xmp.as_ref().map(String::len);
    if lose(xmp, about.max_xmp_bytes, |format, bytes| Notice::XmpTooLarge { format, bytes }) {
        metadata.xmp = None;
    }
    let iptc = metadata.iptc.as_ref().map(|iptc| iptc.bytes().len());
    if lose(iptc, about.max_iptc_bytes, |format, bytes| Notice::IptcDropped { format, bytes }) {
        metadata.iptc = None;
    }
    losses
}

/// Pixels as a format can hold them.
pub(super) fn fitted<'p>(
    pixels: &'p DynamicImage,
    format: Format,
    options: &SaveOptions,
) -> Cow<'p, DynamicImage> {
    let mut pixels = Cow::Borrowed(pixels);
    if pixels.color().has_alpha() && !format.has_alpha() {
        pixels = Cow::Owned(laid_on(&pixels, options.background));
    }
    if format.max_bit_depth() == 8 && pixels.color().bytes_per_pixel() > pixels.color().channel_count() {
        pixels = Cow::Owned(samples::in_8_bits(&pixels));
    }
    if format.max_bit_depth() == 16 {
        pixels = samples::in_16_bits(pixels);
    }
    pixels
}

/// The picture as it looks before a ground of one colour, RGB in 0..=255 of its own colour space.
fn laid_on(pixels: &DynamicImage, ground: [u8; 3]) -> DynamicImage {
    fn blended<P, Q>(
        pixels: &ImageBuffer<P, Vec<P::Subpixel>>,
        ground: &[u8],
    ) -> ImageBuffer<Q, Vec<Q::Subpixel>>
    where
        P: Pixel<Subpixel: Sample>,
        Q: Pixel<Subpixel = P::Subpixel>,
    {
        let colours = usize::from(Q::CHANNEL_COUNT);
        let samples = pixels.as_raw().chunks_exact(colours + 1).flat_map(|pixel| {
            let alpha = pixel[colours].level();
            let over = move |(colour, ground): (&P::Subpixel, &u8)| {
                P::Subpixel::nearest(colour.level() * alpha + ground.level() * (1.0 - alpha))
            };
            pixel[..colours].iter().zip(ground).map(over)
        });
        ImageBuffer::from_raw(pixels.width(), pixels.height(), samples.collect()).expect("as many pixels")
    }
    let [r, g, b] = ground;
    match pixels {
        // What is grey stays grey on a grey ground.
        DynamicImage::ImageLumaA8(pixels) if r == g && g == b => {
            DynamicImage::ImageLuma8(blended(pixels, &ground))
        }
        DynamicImage::ImageLumaA16(pixels) if r == g && g == b => {
            DynamicImage::ImageLuma16(blended(pixels, &ground))
        }
        DynamicImage::ImageRgba8(pixels) => DynamicImage::ImageRgb8(blended(pixels, &ground)),
        DynamicImage::ImageRgba16(pixels) => DynamicImage::ImageRgb16(blended(pixels, &ground)),
        DynamicImage::ImageRgba32F(pixels) => DynamicImage::ImageRgb32F(blended(pixels, &ground)),
        DynamicImage::ImageLumaA8(_) => laid_on(&pixels.to_rgba8().into(), ground),
        DynamicImage::ImageLumaA16(_) => laid_on(&pixels.to_rgba16().into(), ground),
        opaque => opaque.clone(),
    }
}
