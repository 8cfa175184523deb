//! Embedded ICC profiles: device samples ↔ colours of the working space (sRGB-encoded, sRGB primaries, D65).
//!
//! `moxcms` reads the profiles. Those that are a matrix with curves (ICC.1:2022, F.3) and those of one grey curve are
//! converted here, without clipping: colours outside sRGB leave 0..1, with the curve of sRGB mirrored at zero (as in scRGB),
//! and come back unharmed. Profiles with tables are converted by `moxcms`, relative colorimetric, to and from ProPhoto RGB, which holds
//! whatever surfaces show.

mod cmyk;
mod curve;
mod linear;
pub(super) mod space;

use std::ops::RangeInclusive;
use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, Matrix3d, ProfileText, RenderingIntent, TransformF32Executor,
    TransformOptions,
};

use crate::colour::srgb::{decode, encode};
pub(super) use cmyk::Cmyk;
use curve::Curve;
pub use space::ColourSpace;

/// Range that working colours are kept in; the widest RGB spaces in use reach about −1.1..1.5 in sRGB, the light that a camera's log
/// holds ±7.
const WORKING_RANGE: RangeInclusive<f32> = -8.0..=8.0;

/// The same for linear light, which goes as far as 16-bit floating-point numbers do.
const SCENE_RANGE: RangeInclusive<f32> = -110.0..=110.0;

/// Largest difference between working colours and device values that still counts as none: makers of sRGB profiles round its primaries
/// and white differently, which is most of a level in the darkest and purest colours.
const SAME_AS_SRGB: f32 = 1.5 / 255.0;

/// Largest difference between light by primaries that still are those of sRGB, in the rounded numbers of profiles.
const SAME_PRIMARIES: f64 = 5e-4;

/// Largest difference between samples that still are the same: an eighth of a level of 255.
const SAME_SAMPLE: f32 = 0.125 / 255.0;

/// A profile that is known to convert.
pub(super) struct Profile {
    bytes: Vec<u8>,
    conversion: Conversion,
    name: String,
    /// Whether colours come back to the very samples that they were made of.
    is_invertible: bool,
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
        wide: Box<Self>,
        to_wide: Arc<TransformF32Executor>,
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
        let name = name(&profile);
        let mut profile = Self { conversion: Conversion::of(&profile)?, bytes, name, is_invertible: true };
        profile.probe()?;
        Ok(profile)
    }

    /// Converts a lattice of colours, to refuse profiles that make no sense, to spot sRGB, and those that lead back to elsewhere.
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
        } else if self.holds_rgb() {
            self.to_device(&mut colours);
            self.is_invertible = lattice.iter().zip(&colours).all(|(a, b)| (a - b).abs() <= SAME_SAMPLE);
        }
        Ok(())
    }

    /// That of a space that is known by name, for pixels with `channels` (1 or 3) colour channels.
    pub(super) fn of(space: ColourSpace, channels: usize) -> Self {
        Self::new(space.profile(channels == 1), channels).expect("a profile of our own")
    }

    /// What it calls itself.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The profile as it was embedded.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a profile that gives RGB pixels of three equal values the colours that this one gives grey pixels of that value.
    pub(super) fn bytes_for_rgb(&self) -> Vec<u8> {
        if self.holds_rgb() {
            return self.bytes.clone();
        }
        const LEVELS: u16 = 1024;
        let light = |level: u16| {
            let mut colour = [f32::from(level) / f32::from(LEVELS - 1); 3];
            self.conversion.to_working(&mut colour);
            decode(colour[1])
        };
        space::rgb_by_table(&self.name, (0..LEVELS).map(light))
    }

    /// Whether RGB colours can be expressed in this profile.
    pub(super) fn holds_rgb(&self) -> bool {
        !matches!(self.conversion, Conversion::Grey(_) | Conversion::Tables { to_device: None, .. })
    }

    /// Whether colours come back to the very samples that they were made of.
    pub(super) fn is_invertible(&self) -> bool {
        self.is_invertible
    }

    /// As [`to_device`](Self::to_device), for colours that were changed from `before`, which `samples` were converted to. Tables, and
    /// curves that are flat in parts, lead back to somewhere near where they lead from: near the old colours the new samples are told by the difference, so that
    /// a small change is a small change.
    pub(super) fn to_device_beside(&self, colours: &mut [f32], before: &[f32], samples: &[f32]) {
        let mut again = before.to_vec();
        let near: Vec<f32> =
            colours.as_chunks::<3>().0.iter().zip(before.as_chunks::<3>().0).map(near).collect();
        self.to_device(colours);
        self.to_device(&mut again);
        let pixels = colours.as_chunks_mut::<3>().0.iter_mut().zip(again.as_chunks::<3>().0);
        for (((colour, again), sample), near) in pixels.zip(samples.as_chunks::<3>().0).zip(near) {
            for channel in 0..3 {
                colour[channel] += near * (sample[channel] - again[channel]);
            }
        }
    }

    /// Converts samples in place to colours: n × 3 interleaved in 0..1, grey ones replicated.
    pub(super) fn to_working(&self, samples: &mut [f32]) {
        self.conversion.to_working(samples);
        let range = if self.is_linear() { SCENE_RANGE } else { WORKING_RANGE };
        let (low, high) = range.into_inner();
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
        self.conversion.to_device(colours);
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
            // What the curve gives is lightness where that is what profiles connect by.
            let is_lightness = profile.pcs == DataColorSpace::Lab;
            return Ok(Self::Grey(if is_lightness { curve.followed_by(luminance) } else { curve }));
        }
        let [red, green, blue] = [&profile.red_trc, &profile.green_trc, &profile.blue_trc]
            .map(|curve| curve.as_ref().and_then(Curve::new));
        let (Some(red), Some(green), Some(blue)) = (red, green, blue) else {
            return Err("its curves are missing or senseless".into());
        };
        let srgb = space::srgb();
        let to_srgb = profile.transform_matrix(&srgb);
        let from_srgb = srgb.transform_matrix(profile);
        let in_f32 = |matrix: Matrix3d| {
            let is_none = matrix.v.iter().enumerate().all(|(row, entries)| {
                let of = |column: usize| if row == column { 1.0 } else { 0.0 };
                entries.iter().enumerate().all(|(column, entry)| (entry - of(column)).abs() < SAME_PRIMARIES)
            });
            if is_none { Matrix3d::IDENTITY } else { matrix }.v.map(|row| row.map(|entry| entry as f32))
        };
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
        let wide = ColorProfile::new_pro_photo_rgb();
        let (layout, channels) = if is_grey { (Layout::Gray, 1) } else { (Layout::Rgb, 3) };
        let to_wide = profile
            .create_transform_f32(layout, &wide, Layout::Rgb, options)
            .map_err(|error| error.to_string())?;
        let to_device = wide.create_transform_f32(Layout::Rgb, profile, Layout::Rgb, options).ok();
        let wide = Box::new(Self::of(&wide)?);
        Ok(Self::Tables { channels, wide, to_wide, to_device: to_device.filter(|_| !is_grey) })
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
            Self::Tables { channels, wide, to_wide, .. } => {
                let device: Vec<f32> = samples.iter().step_by(3 / channels).copied().collect();
                to_wide.transform(&device, samples).expect("lengths agree");
                wide.to_working(samples);
            }
        }
    }

    fn to_device(&self, colours: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Matrix { curves, from_srgb, .. } => {
                for pixel in colours.as_chunks_mut::<3>().0 {
                    let light = times(from_srgb, pixel.map(decode));
                    *pixel = std::array::from_fn(|channel| curves[channel].device(light[channel]));
                }
            }
            Self::Tables { wide, to_device: Some(transform), .. } => {
                wide.to_device(colours);
                let wide = colours.to_vec();
                transform.transform(&wide, colours).expect("lengths agree");
            }
            Self::Grey(_) | Self::Tables { to_device: None, .. } => panic!("the profile does not hold RGB"),
        }
    }
}

fn name(profile: &ColorProfile) -> String {
    let text = match &profile.description {
        Some(ProfileText::PlainString(text)) => text.clone(),
        Some(ProfileText::Localizable(texts)) => {
            let english = texts.iter().find(|text| text.language == "en").or(texts.first());
            english.map(|text| text.value.clone()).unwrap_or_default()
        }
        Some(ProfileText::Description(text)) => text.ascii_string.clone(),
        None => String::new(),
    };
    let text = text.trim_matches(|character: char| character == '\0' || character.is_whitespace());
    if text.is_empty() { "a profile without a name".into() } else { text.into() }
}

/// The luminance Y of a lightness L*/100 (CIE 15).
fn luminance(lightness: f32) -> f32 {
    const KAPPA: f32 = 24389.0 / 27.0;
    let l = 100.0 * lightness;
    if l > 8.0 { ((l + 16.0) / 116.0).powi(3) } else { l / KAPPA }
}

/// 1 where a colour is as it was, 0 from a change of an eighth on.
fn near((now, before): (&[f32; 3], &[f32; 3])) -> f32 {
    let change = now.iter().zip(before).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    (1.0 - 8.0 * change).max(0.0)
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
