//! Writing OpenEXR: one layer in scan lines, compressed by ZIP, of 16 bits a sample where they hold all, else of 32.

use std::io::{Seek, Write};

use ::exr::error::UnitResult;
use ::exr::image::write::WritableImage;
use ::exr::image::{Blocks, Encoding, Image, Layer, SpecificChannels};
use ::exr::math::Vec2;
use ::exr::meta::attribute::LineOrder;
use ::exr::meta::header::LayerAttributes;
use half::f16;

use super::light::Light;
use crate::io::codec::Upright;

/// Writes a picture as the first and only layer.
pub(super) fn write(picture: &Upright<'_>, out: impl Write + Seek) -> UnitResult {
    let (width, height) = (picture.pixels.width() as usize, picture.pixels.height() as usize);
    let light = Light::of(picture);
    let pixel = |place: Vec2<usize>| light.pixel(place.1 * width + place.0);
    let half = |place| pixel(place).map(f16::from_f32);
    macro_rules! layer {
        ($channels:expr) => {{
            let encoding = Encoding {
                compression: ::exr::compression::Compression::ZIP16,
                blocks: Blocks::ScanLines,
                line_order: LineOrder::Increasing,
            };
            let layer = Layer::new((width, height), LayerAttributes::default(), encoding, $channels);
            let mut image = Image::from_layer(layer);
            image.attributes.chromaticities = Some(light.chromaticities);
            image.write().non_parallel().to_buffered(out)
        }};
    }
    match (light.channels, light.is_half) {
        (3, true) => layer!(SpecificChannels::rgb(|place| {
            let [r, g, b, _] = half(place);
            (r, g, b)
        })),
        (3, false) => layer!(SpecificChannels::rgb(|place| {
            let [r, g, b, _] = pixel(place);
            (r, g, b)
        })),
        (_, true) => layer!(SpecificChannels::rgba(|place| <(f16, f16, f16, f16)>::from(half(place)))),
        (_, false) => layer!(SpecificChannels::rgba(|place| <(f32, f32, f32, f32)>::from(pixel(place)))),
    }
}
