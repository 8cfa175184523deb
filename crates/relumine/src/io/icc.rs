//! Embedded ICC profiles: device samples ↔ colours of the working space (sRGB-encoded, sRGB primaries, D65).
//!
//! `moxcms` reads the profiles. Those that are a matrix with curves (ICC.1:2022, F.3) and those of one grey curve are
//! converted here, without clipping: colours outside sRGB leave 0..1, with the curve of sRGB mirrored at zero (as in scRGB),
//! and come back unharmed. Profiles with tables are converted by `moxcms`, relative colorimetric, and clipped.

mod curve;

use std::ops::RangeInclusive;
use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, Matrix3d, RenderingIntent, TransformF32Executor, TransformOptions,
};

use crate::colour::srgb::{decode, encode};
use curve::Curve;

/// Range that working colours are kept in; the widest RGB spaces in use reach about −1.1..1.5 in sRGB.
const WORKING_RANGE: RangeInclusive<f32> = -2.0..=3.0;

/// Largest difference between working colours and device values that still counts as none: an eighth of a level of 255.
const SAME_AS_SRGB: f32 = 0.125 / 255.0;

/// A profile that is known to convert.
pub(super) struct Profile {
    bytes: Vec<u8>,
    conversion: Conversion,
}

enum Conversion {
    /// sRGB, in all but name.
    None,
    /// One curve for pixels of one channel.
    Grey(Curve),
    Matrix {
        curves: Box<[Curve; 3]>,
        /// From the device's linear light to that of sRGB.
        to_srgb: [[f32; 3]; 3],
        /// And back.
        from_srgb: [[f32; 3]; 3],
    },
    Tables {
        /// Channels of the device: 1 or 3.
        channels: usize,
        to_working: Arc<TransformF32Executor>,
        /// `None` where the profile converts one way alone, or is grey.
        to_device: Option<Arc<TransformF32Executor>>,
    },
}

impl Profile {
    /// Makes sense of an embedded profile for pixels with `channels` (1 or 3) colour channels, or says what is wrong.
    pub(super) fn new(bytes: Vec<u8>, channels: usize) -> Result<Self, String> {
        let profile = ColorProfile::new_from_slice(&bytes).map_err(|error| error.to_string())?;
        match (profile.color_space, channels) {
            (DataColorSpace::Rgb, _) | (DataColorSpace::Gray, 1) => {}
            (other, _) => return Err(format!("it is made for {other:?} pixels")),
        }
        let mut profile = Self { conversion: Conversion::of(&profile)?, bytes };
        profile.probe()?;
        Ok(profile)
    }

    /// Converts a lattice of colours, to refuse profiles that make no sense and to spot sRGB.
    fn probe(&mut self) -> Result<(), String> {
        const STEPS: usize = 9;
        let level = |step: usize| step as f32 / (STEPS - 1) as f32;
        let cells = 0..STEPS * STEPS * STEPS;
        let lattice: Vec<f32> =
            cells.flat_map(|i| [i / (STEPS * STEPS), i / STEPS % STEPS, i % STEPS].map(level)).collect();
        let mut colours = lattice.clone();
        self.conversion.to_working(&mut colours);
        if !colours.iter().all(|colour| WORKING_RANGE.contains(colour)) {
            return Err("it makes colours that do not exist".into());
        }
        if self.holds_rgb() && lattice.iter().zip(&colours).all(|(a, b)| (a - b).abs() <= SAME_AS_SRGB) {
            self.conversion = Conversion::None;
        }
        Ok(())
    }

    /// A profile that says sRGB, for pictures whose own profile could not be kept.
    pub(super) fn srgb() -> Self {
        let bytes = ColorProfile::new_srgb().encode().expect("a profile of the library's own");
        Self::new(bytes, 3).expect("a profile of the library's own")
    }

    /// The profile as it was embedded.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether RGB colours can be expressed in this profile.
    pub(super) fn holds_rgb(&self) -> bool {
        !matches!(self.conversion, Conversion::Grey(_) | Conversion::Tables { to_device: None, .. })
    }

    /// Converts samples in place to colours: n × 3 interleaved in 0..1, grey ones replicated.
    pub(super) fn to_working(&self, samples: &mut [f32]) {
        self.conversion.to_working(samples);
        let (low, high) = WORKING_RANGE.into_inner();
        for sample in samples {
            // Tables may yield anything between the points of the lattice that was tried.
            *sample = if sample.is_finite() { sample.clamp(low, high) } else { 0.0 };
        }
    }

    /// Converts n × 3 interleaved colours in place to RGB samples, nominally in 0..1.
    ///
    /// # Panics
    /// If the profile does not [hold RGB](Self::holds_rgb).
    pub(super) fn to_device(&self, colours: &mut [f32]) {
        match &self.conversion {
            Conversion::None => {}
            Conversion::Matrix { curves, from_srgb, .. } => {
                for pixel in colours.as_chunks_mut::<3>().0 {
                    let light = times(from_srgb, pixel.map(decode));
                    *pixel = std::array::from_fn(|channel| curves[channel].device(light[channel]));
                }
            }
            Conversion::Tables { to_device: Some(transform), .. } => {
                let working = colours.to_vec();
                transform.transform(&working, colours).expect("lengths agree");
            }
            Conversion::Grey(_) | Conversion::Tables { to_device: None, .. } => {
                panic!("the profile does not hold RGB")
            }
        }
    }
}

impl Conversion {
    fn of(profile: &ColorProfile) -> Result<Self, String> {
        let is_grey = profile.color_space == DataColorSpace::Gray;
        if has_tables(profile) {
            return Self::by_tables(profile, is_grey);
        }
        if is_grey {
            let curve =
                profile.gray_trc.as_ref().and_then(Curve::new).ok_or("its curve is missing or senseless")?;
            return Ok(Self::Grey(curve));
        }
        let [red, green, blue] = [&profile.red_trc, &profile.green_trc, &profile.blue_trc]
            .map(|curve| curve.as_ref().and_then(Curve::new));
        let (Some(red), Some(green), Some(blue)) = (red, green, blue) else {
            return Err("its curves are missing or senseless".into());
        };
        let srgb = ColorProfile::new_srgb();
        let to_srgb = profile.transform_matrix(&srgb);
        let from_srgb = srgb.transform_matrix(profile);
        let in_f32 = |matrix: Matrix3d| matrix.v.map(|row| row.map(|entry| entry as f32));
        let (to_srgb, from_srgb) = (in_f32(to_srgb), in_f32(from_srgb));
        if !from_srgb.as_flattened().iter().all(|entry| entry.is_finite()) {
            return Err("its primaries span no space".into());
        }
        Ok(Self::Matrix { curves: Box::new([red, green, blue]), to_srgb, from_srgb })
    }

    fn by_tables(profile: &ColorProfile, is_grey: bool) -> Result<Self, String> {
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let srgb = ColorProfile::new_srgb();
        let (layout, channels) = if is_grey { (Layout::Gray, 1) } else { (Layout::Rgb, 3) };
        let to_working = profile
            .create_transform_f32(layout, &srgb, Layout::Rgb, options)
            .map_err(|error| error.to_string())?;
        let to_device = srgb.create_transform_f32(Layout::Rgb, profile, Layout::Rgb, options).ok();
        Ok(Self::Tables { channels, to_working, to_device: to_device.filter(|_| !is_grey) })
    }

    fn to_working(&self, samples: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Grey(curve) => {
                for pixel in samples.as_chunks_mut::<3>().0 {
                    *pixel = [encode(curve.light(pixel[0])); 3];
                }
            }
            Self::Matrix { curves, to_srgb, .. } => {
                for pixel in samples.as_chunks_mut::<3>().0 {
                    let light = std::array::from_fn(|channel| curves[channel].light(pixel[channel]));
                    *pixel = times(to_srgb, light).map(encode);
                }
            }
            Self::Tables { channels, to_working, .. } => {
                let device: Vec<f32> = samples.iter().step_by(3 / channels).copied().collect();
                to_working.transform(&device, samples).expect("lengths agree");
            }
        }
    }
}

fn times(matrix: &[[f32; 3]; 3], vector: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
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
