//! Colour spaces that are known by name or by numbers, as profiles.

use moxcms::{
    Chromaticity, ColorDateTime, ColorPrimaries, ColorProfile, LocalizableString, ProfileText, ToneReprCurve,
    XyY,
};
use serde::{Deserialize, Serialize};

/// A colour space that files do not always say, or that results are wanted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourSpace {
    /// sRGB (IEC 61966-2-1).
    Srgb,
    /// Linear light with the primaries of sRGB.
    Linear,
    /// Display P3 (SMPTE EG 432-1 with the curve of sRGB).
    DisplayP3,
    /// Adobe RGB (1998).
    AdobeRgb,
    /// ProPhoto RGB (ROMM RGB, ISO 22028-2).
    #[serde(rename = "prophoto")]
    ProPhoto,
    /// Rec. ITU-R BT.2020.
    Rec2020,
    /// Sony S-Log3 with S-Gamut3.Cine.
    #[serde(rename = "slog3")]
    SLog3,
    /// ARRI LogC3 (EI 800) with ARRI Wide Gamut 3.
    #[serde(rename = "logc3")]
    LogC3,
    /// Panasonic V-Log with V-Gamut.
    #[serde(rename = "vlog")]
    VLog,
}

/// Entries of a curve that is tabulated.
const ENTRIES: u16 = 4096;

pub(crate) const D65: [f32; 2] = [0.3127, 0.3290];
const D50: [f32; 2] = [0.3457, 0.3585];
pub(crate) const BT709: [[f32; 2]; 3] = [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]];
pub(crate) const P3: [[f32; 2]; 3] = [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06]];
pub(crate) const BT2020: [[f32; 2]; 3] = [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]];

/// How light follows from the samples of a channel.
pub(crate) enum Transfer {
    /// The curve of sRGB.
    Srgb,
    /// The camera curve of BT.709, BT.601 and BT.2020.
    Bt709,
    /// A power; 1 is linear light.
    Power(f32),
    /// The samples' light by a function, whose value at 1 is given: light above 1 is kept by the matrix.
    Log(fn(f64) -> f64),
}

impl Transfer {
    /// The curve from 0 to 1, and the light at 1.
    fn curve(&self) -> (ToneReprCurve, f64) {
        let curve = match self {
            Self::Srgb => {
                ToneReprCurve::Parametric(vec![2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045])
            }
            Self::Bt709 => {
                ToneReprCurve::Parametric(vec![1.0 / 0.45, 1.0 / 1.099, 0.099 / 1.099, 1.0 / 4.5, 0.081])
            }
            Self::Power(power) => ToneReprCurve::Parametric(vec![*power]),
            Self::Log(light) => {
                let (most, last) = (light(1.0), f64::from(ENTRIES - 1));
                let level = |entry: u16| (light(f64::from(entry) / last) / most).clamp(0.0, 1.0) * 65535.0;
                return (
                    ToneReprCurve::Lut((0..ENTRIES).map(|entry| level(entry).round() as u16).collect()),
                    most,
                );
            }
        };
        (curve, 1.0)
    }
}

/// sRGB (IEC 61966-2-1).
pub(crate) fn srgb() -> ColorProfile {
    matrix(BT709, D65, &Transfer::Srgb)
}

/// The bytes of a profile for RGB pixels with these primaries (x, y), white and curve.
pub(crate) fn rgb(name: &str, primaries: [[f32; 2]; 3], white: [f32; 2], transfer: &Transfer) -> Vec<u8> {
    written(matrix(primaries, white, transfer), name)
}

fn matrix(primaries: [[f32; 2]; 3], white: [f32; 2], transfer: &Transfer) -> ColorProfile {
    let [red, green, blue] = primaries.map(|[x, y]| Chromaticity { x, y });
    let white = XyY { x: white[0].into(), y: white[1].into(), yb: 1.0 };
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
    let (curve, most) = transfer.curve();
    for colorant in [&mut profile.red_colorant, &mut profile.green_colorant, &mut profile.blue_colorant] {
        *colorant = *colorant * most;
    }
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    profile
}

/// The bytes of a profile for RGB pixels with the primaries of sRGB, and at equal steps of all three channels this much light.
pub(crate) fn rgb_by_table(name: &str, light: impl Iterator<Item = f32>) -> Vec<u8> {
    let levels = light.map(|light| (light.clamp(0.0, 1.0) * 65535.0).round() as u16);
    let curve = Some(ToneReprCurve::Lut(levels.collect()));
    let mut profile = srgb();
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    written(profile, name)
}

/// The bytes of a profile for grey pixels.
pub(crate) fn grey(name: &str, transfer: &Transfer) -> Vec<u8> {
    let mut profile = ColorProfile::new_gray_with_gamma(1.0);
    profile.gray_trc = Some(transfer.curve().0);
    written(profile, name)
}

/// A date as good as any. That of the day would make other files of the same photo.
const MADE: ColorDateTime =
    ColorDateTime { year: 2026, month: 1, day_of_the_month: 1, hours: 0, minutes: 0, seconds: 0 };

fn written(mut profile: ColorProfile, name: &str) -> Vec<u8> {
    profile.creation_date_time = MADE;
    let text = LocalizableString::new("en".into(), "US".into(), name.into());
    profile.description = Some(ProfileText::Localizable(vec![text]));
    profile.encode().expect("a profile of numbers alone")
}

/// From and to colours of a space that is known by name.
pub(crate) struct SpaceConversion(super::Profile);

impl SpaceConversion {
    /// To the sRGB-encoded working space, beyond 0..1 where sRGB has no such colour.
    pub(crate) fn to_working(&self, colour: &mut [f32; 3]) {
        self.0.to_working(colour);
    }

    /// And back.
    pub(crate) fn back(&self, colour: &mut [f32; 3]) {
        self.0.to_device(colour);
    }
}

impl ColourSpace {
    /// Its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Srgb => "sRGB",
            Self::Linear => "linear sRGB",
            Self::DisplayP3 => "Display P3",
            Self::AdobeRgb => "Adobe RGB",
            Self::ProPhoto => "ProPhoto RGB",
            Self::Rec2020 => "Rec. 2020",
            Self::SLog3 => "S-Log3",
            Self::LogC3 => "LogC3",
            Self::VLog => "V-Log",
        }
    }

    /// Between it and the working space.
    pub(crate) fn conversion(self) -> SpaceConversion {
        SpaceConversion(super::Profile::of(self, 3))
    }

    /// The bytes of its profile, for RGB or grey pixels.
    pub(crate) fn profile(self, is_grey: bool) -> Vec<u8> {
        let (primaries, white, transfer) = match self {
            Self::Srgb => (BT709, D65, Transfer::Srgb),
            Self::Linear => (BT709, D65, Transfer::Power(1.0)),
            Self::DisplayP3 => (P3, D65, Transfer::Srgb),
            Self::AdobeRgb => {
                ([[0.64, 0.33], [0.21, 0.71], [0.15, 0.06]], D65, Transfer::Power(563.0 / 256.0))
            }
            Self::ProPhoto => (
                [[0.734_699, 0.265_301], [0.159_597, 0.840_403], [0.036_598, 0.000_105]],
                D50,
                Transfer::Power(1.8),
            ),
            Self::Rec2020 => (BT2020, D65, Transfer::Bt709),
            Self::SLog3 => ([[0.766, 0.275], [0.225, 0.800], [0.089, -0.087]], D65, Transfer::Log(slog3)),
            Self::LogC3 => {
                ([[0.6840, 0.3130], [0.2210, 0.8480], [0.0861, -0.1020]], D65, Transfer::Log(logc3))
            }
            Self::VLog => ([[0.730, 0.280], [0.165, 0.840], [0.100, -0.030]], D65, Transfer::Log(vlog)),
        };
        if is_grey { grey(self.name(), &transfer) } else { rgb(self.name(), primaries, white, &transfer) }
    }
}

/// Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3 (Sony): light of which 0.18 is grey.
fn slog3(x: f64) -> f64 {
    if x >= 171.210_294_6 / 1023.0 {
        10_f64.powf((x * 1023.0 - 420.0) / 261.5) * (0.18 + 0.01) - 0.01
    } else {
        (x * 1023.0 - 95.0) * 0.011_250_00 / (171.210_294_6 - 95.0)
    }
}

/// ALEXA Log C Curve, Usage in VFX (ARRI), for EI 800.
fn logc3(x: f64) -> f64 {
    const CUT: f64 = 0.010_591;
    let (a, b, c, d, e, f) = (5.555_556, 0.052_272, 0.247_190, 0.385_537, 5.367_655, 0.092_809);
    if x > e * CUT + f { (10_f64.powf((x - d) / c) - b) / a } else { (x - f) / e }
}

/// V-Log/V-Gamut Reference Manual (Panasonic).
fn vlog(x: f64) -> f64 {
    let (b, c, d) = (0.008_73, 0.241_514, 0.598_206);
    if x < 0.181 { (x - 0.125) / 5.6 } else { 10_f64.powf((x - d) / c) - b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::srgb::encode;
    use crate::io::icc::Profile;

    const ALL: [ColourSpace; 9] = [
        ColourSpace::Srgb,
        ColourSpace::Linear,
        ColourSpace::DisplayP3,
        ColourSpace::AdobeRgb,
        ColourSpace::ProPhoto,
        ColourSpace::Rec2020,
        ColourSpace::SLog3,
        ColourSpace::LogC3,
        ColourSpace::VLog,
    ];

    #[test]
    fn profiles_do_not_depend_on_the_clock() {
        for profile in ALL.iter().flat_map(|space| [space.profile(false), space.profile(true)]) {
            // The header's dateTimeNumber (ICC.1:2022, 7.2.1).
            let date: Vec<u16> =
                profile[24..36].as_chunks().0.iter().map(|two| u16::from_be_bytes(*two)).collect();
            assert_eq!(date, [2026, 1, 1, 0, 0, 0]);
        }
    }

    #[test]
    fn greys_are_grey_and_come_back() {
        for space in ALL {
            let profile = Profile::new(space.profile(false), 3).expect("a profile");
            // The curve of a log is a table of 16 bits for a light of 40.
            let near = if matches!(space, ColourSpace::SLog3 | ColourSpace::LogC3 | ColourSpace::VLog) {
                3e-3
            } else {
                1e-3
            };
            for level in [0.2, 0.35, 0.5, 0.75, 0.9] {
                let mut colour = [level; 3];
                profile.to_working(&mut colour);
                assert!(colour.iter().all(|c| (c - colour[0]).abs() < 2e-3), "{space:?} {level}: {colour:?}");
                let mut grey = [level; 3];
                Profile::new(space.profile(true), 1).expect("a profile").to_working(&mut grey);
                if !matches!(space, ColourSpace::SLog3 | ColourSpace::LogC3 | ColourSpace::VLog) {
                    assert!((grey[0] - colour[1]).abs() < 2e-3, "{space:?} {level}: {grey:?}, {colour:?}");
                }
                profile.to_device(&mut colour);
                assert!(colour.iter().all(|c| (c - level).abs() < near), "{space:?} {level}: {colour:?}");
            }
        }
    }

    #[test]
    fn logs_put_middle_grey_where_their_makers_do() {
        for (space, grey, white) in [
            (ColourSpace::SLog3, 420.0 / 1023.0, 598.0 / 1023.0),
            (ColourSpace::LogC3, 0.391, 0.559),
            (ColourSpace::VLog, 0.423, 0.588),
        ] {
            let profile = Profile::new(space.profile(false), 3).expect("a profile");
            for (level, light) in [(grey, 0.18), (white, 0.9)] {
                let mut colour = [level; 3];
                profile.to_working(&mut colour);
                assert!((colour[1] - encode(light)).abs() < 0.012, "{space:?} {light}: {colour:?}");
            }
        }
    }

    #[test]
    fn names_travel() {
        for space in ALL {
            let text = serde_json::to_string(&space).expect("a name");
            assert_eq!(serde_json::from_str::<ColourSpace>(&text).expect("a space"), space);
        }
        assert_eq!(serde_json::to_string(&ColourSpace::SLog3).unwrap(), "\"slog3\"");
    }
}
