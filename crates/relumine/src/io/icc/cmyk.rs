//! Pixels of ink, made RGB by their profile.

use std::sync::Arc;

use super::space;
use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform8BitExecutor, TransformOptions,
};

/// A profile for CMYK pixels.
pub(crate) struct Cmyk(Arc<Transform8BitExecutor>);

impl Cmyk {
    /// Makes sense of an embedded profile, or says what is wrong.
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, String> {
        let profile = ColorProfile::new_from_slice(bytes).map_err(|error| error.to_string())?;
        if profile.color_space != DataColorSpace::Cmyk {
            return Err(format!("it is made for {:?} pixels", profile.color_space));
        }
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let srgb = space::srgb();
        // Ink comes as the layout of four channels.
        profile
            .create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// sRGB samples, n × 3 interleaved, of n × 4 samples of ink: 0 is none.
    pub(crate) fn to_srgb(&self, ink: &[u8]) -> Vec<u8> {
        let mut rgb = vec![0; ink.len() / 4 * 3];
        self.0.transform(ink, &mut rgb).expect("lengths agree");
        rgb
    }
}
