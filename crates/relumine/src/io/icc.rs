//! Embedded ICC profiles: device samples ↔ colours of the working space (sRGB-encoded, sRGB primaries, D65).
//!
//! `moxcms` converts in f32, relative colorimetric, without clipping where the profile is a matrix with curves: colours
//! outside sRGB leave 0..1 and come back unharmed.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformF32Executor, TransformOptions};

/// Range that working colours are kept in; the widest RGB spaces in use reach about −0.6..1.4 in sRGB.
const WORKING_RANGE: (f32, f32) = (-1.0, 2.0);

/// Largest difference between working colours and device values that still counts as none: an eighth of a level of 255.
const SAME_AS_SRGB: f32 = 0.125 / 255.0;

/// A profile that is known to convert.
pub(super) struct Profile {
    bytes: Vec<u8>,
    is_grey: bool,
    /// From samples in 0..1 to RGB; `None` where the profile is sRGB in all but name.
    to_working: Option<Arc<TransformF32Executor>>,
    /// From RGB to RGB samples in 0..1; `None` for grey profiles and those that convert one way alone.
    from_working: Option<Arc<TransformF32Executor>>,
}

impl Profile {
    /// Makes sense of an embedded profile for pixels with `channels` (1 or 3) colour channels, or says what is wrong.
    pub(super) fn new(bytes: Vec<u8>, channels: usize) -> Result<Self, String> {
        let profile = ColorProfile::new_from_slice(&bytes).map_err(|error| error.to_string())?;
        let is_grey = match (profile.color_space, channels) {
            (DataColorSpace::Rgb, _) => false,
            (DataColorSpace::Gray, 1) => true,
            (other, _) => return Err(format!("it is made for {other:?} pixels")),
        };
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            allow_extended_range_rgb_xyz: true,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let srgb = ColorProfile::new_srgb();
        let layout = if is_grey { Layout::Gray } else { Layout::Rgb };
        let to_working = profile
            .create_transform_f32(layout, &srgb, Layout::Rgb, options)
            .map_err(|error| error.to_string())?;
        let from_working = if is_grey {
            None
        } else {
            srgb.create_transform_f32(Layout::Rgb, &profile, Layout::Rgb, options).ok()
        };
        let mut profile = Self { bytes, is_grey, to_working: Some(to_working), from_working };
        profile.probe()?;
        Ok(profile)
    }

    /// Converts a lattice of colours, to refuse profiles that yield no numbers and to spot sRGB.
    fn probe(&mut self) -> Result<(), String> {
        const STEPS: usize = 9;
        let level = |step: usize| step as f32 / (STEPS - 1) as f32;
        let lattice: Vec<f32> = if self.is_grey {
            (0..STEPS).map(level).collect()
        } else {
            let cells = 0..STEPS * STEPS * STEPS;
            cells.flat_map(|i| [i / (STEPS * STEPS), i / STEPS % STEPS, i % STEPS].map(level)).collect()
        };
        let mut colours = vec![0.0; if self.is_grey { 3 * lattice.len() } else { lattice.len() }];
        if let Some(transform) = &self.to_working {
            transform.transform(&lattice, &mut colours).map_err(|error| error.to_string())?;
        }
        if colours.iter().any(|colour| !colour.is_finite()) {
            return Err("it yields no numbers for some colours".into());
        }
        if !self.is_grey && lattice.iter().zip(&colours).all(|(a, b)| (a - b).abs() <= SAME_AS_SRGB) {
            self.to_working = None;
        }
        Ok(())
    }

    /// The profile as it was embedded.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether any RGB colour can be expressed in this profile.
    pub(super) fn holds_rgb(&self) -> bool {
        self.to_working.is_none() || self.from_working.is_some()
    }

    /// Whether it is for one channel.
    pub(super) fn is_grey(&self) -> bool {
        self.is_grey
    }

    /// Converts RGB (or, for a grey profile, grey replicated to RGB) in place: n × 3 interleaved samples in 0..1.
    pub(super) fn to_working(&self, samples: &mut [f32]) {
        let Some(transform) = &self.to_working else { return };
        let device: Vec<f32> =
            if self.is_grey { samples.iter().step_by(3).copied().collect() } else { samples.to_vec() };
        transform.transform(&device, samples).expect("lengths agree");
        let (low, high) = WORKING_RANGE;
        for sample in samples {
            *sample = if sample.is_finite() { sample.clamp(low, high) } else { 0.0 };
        }
    }

    /// Converts n × 3 interleaved colours in place to device samples, nominally in 0..1.
    ///
    /// # Panics
    /// If the profile does not [hold RGB](Self::holds_rgb).
    pub(super) fn from_working(&self, colours: &mut [f32]) {
        if self.to_working.is_none() {
            return;
        }
        let transform = self.from_working.as_ref().expect("the caller asked holds_rgb");
        let working = colours.to_vec();
        transform.transform(&working, colours).expect("lengths agree");
    }
}

/// A profile that says sRGB, for pictures whose own profile could not be kept.
pub(super) fn srgb() -> Vec<u8> {
    ColorProfile::new_srgb().encode().expect("a profile of the library's own")
}
