//! Embedded ICC profiles: device samples ↔ colours of the working space (sRGB-encoded, sRGB primaries, D65).
//!
//! `moxcms` converts in f32, relative colorimetric. Profiles that are a matrix with curves are converted by way of linear
//! light with sRGB primaries, without clipping: colours outside sRGB leave 0..1, their curve mirrored at zero (as in
//! scRGB), and come back unharmed. Profiles with tables are converted straight to sRGB, and clipped.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, ToneReprCurve, TransformF32Executor,
    TransformOptions,
};

/// Range that working colours are kept in; the widest RGB spaces in use reach about −0.8..1.4 in sRGB.
const WORKING_RANGE: (f32, f32) = (-1.0, 2.0);

/// Largest difference between working colours and device values that still counts as none: an eighth of a level of 255.
const SAME_AS_SRGB: f32 = 0.125 / 255.0;

/// A profile that is known to convert.
pub(super) struct Profile {
    bytes: Vec<u8>,
    is_grey: bool,
    /// Whether the conversions' RGB is linear light rather than sRGB-encoded.
    linear: bool,
    /// From samples in 0..1 to RGB; `None` where the profile is sRGB in all but name.
    to_working: Option<Arc<TransformF32Executor>>,
    /// From RGB to RGB samples in 0..1; `None` for grey profiles and those that convert one way alone.
    to_device: Option<Arc<TransformF32Executor>>,
    /// What follows [`to_device`](Self::to_device) where it yields the device's linear light.
    curves: Option<[Curve; 3]>,
}

impl Profile {
    /// Makes sense of an embedded profile for pixels with `channels` (1 or 3) colour channels, or says what is wrong.
    pub(super) fn new(bytes: Vec<u8>, channels: usize) -> Result<Self, String> {
        let mut profile = ColorProfile::new_from_slice(&bytes).map_err(|error| error.to_string())?;
        // The curves say the same, and are what is inverted below.
        profile.cicp = None;
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
        let linear = !has_tables(&profile) && (is_grey || profile.is_matrix_shaper());
        let rgb = if linear { linear_srgb() } else { ColorProfile::new_srgb() };
        let layout = if is_grey { Layout::Gray } else { Layout::Rgb };
        let to_working = profile
            .create_transform_f32(layout, &rgb, Layout::Rgb, options)
            .map_err(|error| error.to_string())?;
        let curves = if linear { Curve::of(&profile) } else { None };
        let device = if curves.is_some() { linearised(profile) } else { profile };
        let to_device = if is_grey || (linear && curves.is_none()) {
            None
        } else {
            rgb.create_transform_f32(Layout::Rgb, &device, Layout::Rgb, options).ok()
        };
        let mut profile = Self { bytes, is_grey, linear, to_working: Some(to_working), to_device, curves };
        profile.probe()?;
        Ok(profile)
    }

    /// Converts a lattice of colours, to refuse profiles that yield no numbers and to spot sRGB.
    fn probe(&mut self) -> Result<(), String> {
        const STEPS: usize = 9;
        let level = |step: usize| step as f32 / (STEPS - 1) as f32;
        let lattice: Vec<f32> = if self.is_grey {
            (0..STEPS).flat_map(|step| [level(step); 3]).collect()
        } else {
            let cells = 0..STEPS * STEPS * STEPS;
            cells.flat_map(|i| [i / (STEPS * STEPS), i / STEPS % STEPS, i % STEPS].map(level)).collect()
        };
        let mut colours = lattice.clone();
        self.convert(&mut colours);
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
        self.to_working.is_none() || self.to_device.is_some()
    }

    /// Whether it is for one channel.
    pub(super) fn is_grey(&self) -> bool {
        self.is_grey
    }

    /// Converts RGB (or, for a grey profile, grey replicated to RGB) in place: n × 3 interleaved samples in 0..1.
    pub(super) fn to_working(&self, samples: &mut [f32]) {
        if self.to_working.is_none() {
            return;
        }
        self.convert(samples);
        let (low, high) = WORKING_RANGE;
        for sample in samples {
            *sample = if sample.is_finite() { sample.clamp(low, high) } else { 0.0 };
        }
    }

    fn convert(&self, samples: &mut [f32]) {
        let Some(transform) = &self.to_working else { return };
        let device: Vec<f32> =
            if self.is_grey { samples.iter().step_by(3).copied().collect() } else { samples.to_vec() };
        transform.transform(&device, samples).expect("lengths agree");
        if self.linear {
            samples.iter_mut().for_each(|sample| *sample = encode(*sample));
        }
    }

    /// Converts n × 3 interleaved colours in place to device samples, nominally in 0..1.
    ///
    /// # Panics
    /// If the profile does not [hold RGB](Self::holds_rgb).
    pub(super) fn to_device(&self, colours: &mut [f32]) {
        if self.to_working.is_none() {
            return;
        }
        let transform = self.to_device.as_ref().expect("the caller asked holds_rgb");
        let rgb: Vec<f32> =
            if self.linear { colours.iter().copied().map(decode).collect() } else { colours.to_vec() };
        transform.transform(&rgb, colours).expect("lengths agree");
        if let Some(curves) = &self.curves {
            for pixel in colours.as_chunks_mut::<3>().0 {
                for (sample, curve) in pixel.iter_mut().zip(curves) {
                    *sample = curve.device(*sample);
                }
            }
        }
    }
}

/// The curve of sRGB (IEC 61966-2-1), mirrored at zero: light → code value.
fn encode(light: f32) -> f32 {
    let size = light.abs();
    if size <= 0.003_130_8 { 12.92 * light } else { (1.055 * size.powf(1.0 / 2.4) - 0.055).copysign(light) }
}

/// The inverse of [`encode`]: code value → light.
fn decode(code: f32) -> f32 {
    let size = code.abs();
    if size <= 0.040_45 { code / 12.92 } else { ((size + 0.055) / 1.055).powf(2.4).copysign(code) }
}

fn has_tables(profile: &ColorProfile) -> bool {
    [
        &profile.lut_a_to_b_perceptual,
        &profile.lut_a_to_b_colorimetric,
        &profile.lut_a_to_b_saturation,
        &profile.lut_b_to_a_perceptual,
        &profile.lut_b_to_a_colorimetric,
        &profile.lut_b_to_a_saturation,
    ]
    .into_iter()
    .any(Option::is_some)
}

/// A profile's tone curve, tabulated: light in 0..1 at evenly spaced device values, never falling.
///
/// The inverse that `moxcms` offers is a table over light, too coarse near black, or a power that makes white of light just
/// below zero.
struct Curve(Vec<f32>);

impl Curve {
    const STEPS: usize = 4096;

    /// The three curves of an RGB profile; `None` where there is one that cannot be inverted.
    fn of(profile: &ColorProfile) -> Option<[Self; 3]> {
        let [red, green, blue] = [&profile.red_trc, &profile.green_trc, &profile.blue_trc].map(|curve| {
            let evaluator = curve.as_ref()?.make_linear_evaluator().ok()?;
            let mut reached = 0.0f32;
            let light = (0..=Self::STEPS).map(|step| {
                reached = reached.max(evaluator.evaluate_value(step as f32 / Self::STEPS as f32));
                reached
            });
            Some(Self(light.collect())).filter(|curve| curve.0[Self::STEPS] > 0.0)
        });
        Some([red?, green?, blue?])
    }

    /// The device value, in 0..1, that gives this light, or comes nearest to it.
    fn device(&self, light: f32) -> f32 {
        let above = self.0.partition_point(|reached| *reached < light).clamp(1, Self::STEPS);
        let (low, high) = (self.0[above - 1], self.0[above]);
        let part = if high > low { ((light - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        ((above - 1) as f32 + part) / Self::STEPS as f32
    }
}

/// Linear light with sRGB primaries.
fn linear_srgb() -> ColorProfile {
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    linearised(profile)
}

/// The profile with the identity for its curves.
fn linearised(mut profile: ColorProfile) -> ColorProfile {
    let identity = Some(ToneReprCurve::Lut(Vec::new()));
    profile.red_trc.clone_from(&identity);
    profile.green_trc.clone_from(&identity);
    profile.blue_trc = identity;
    profile
}

/// A profile that says sRGB, for pictures whose own profile could not be kept.
pub(super) fn srgb() -> Vec<u8> {
    ColorProfile::new_srgb().encode().expect("a profile of the library's own")
}
