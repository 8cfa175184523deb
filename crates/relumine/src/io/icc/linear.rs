//! Profiles of linear light: what they say of primaries, and what shows their colours in fewer bits.

use moxcms::{ColorProfile, Matrix3d, Vector3d, Xyzd};

use super::space::{self, Transfer};
use super::{Conversion, Curve, Profile};

impl Profile {
    /// Whether samples are linear light of RGB, beyond 0..1 as well.
    pub(in crate::io) fn is_linear(&self) -> bool {
        self.conversion.is_linear()
    }

    /// White, red, green and blue as (x, y), of a profile of RGB by a matrix; to four digits, which is how they are given.
    pub(in crate::io) fn chromaticities(&self) -> Option<[[f32; 2]; 4]> {
        let profile = ColorProfile::new_from_slice(&self.bytes).ok()?;
        // From D50, by which profiles connect, back to the white of the device (ICC.1:2022, 9.2.15).
        let back = profile.chromatic_adaptation.unwrap_or(Matrix3d::IDENTITY).inverse();
        let colorants = [profile.red_colorant, profile.green_colorant, profile.blue_colorant];
        let white = colorants.iter().fold(Xyzd::default(), |sum, part| Xyzd {
            x: sum.x + part.x,
            y: sum.y + part.y,
            z: sum.z + part.z,
        });
        let place = |colour: Xyzd| {
            let Vector3d { v: [x, y, z] } = back.mul_vector(Vector3d { v: [colour.x, colour.y, colour.z] });
            [x, y].map(|part| (part / (x + y + z) * 1e4).round() as f32 / 1e4)
        };
        let places = [white, colorants[0], colorants[1], colorants[2]].map(place);
        places.as_flattened().iter().all(|part| part.is_finite()).then_some(places)
    }

    /// The same primaries with the curve of sRGB, for a profile of linear light: 8 bits of light show bands in the dark.
    pub(in crate::io) fn for_display(&self) -> Option<Self> {
        if !self.is_linear() {
            return None;
        }
        let [white, primaries @ ..] = self.chromaticities()?;
        let name = format!("{}, with the curve of sRGB", self.name);
        Self::new(space::rgb(&name, primaries, white, &Transfer::Srgb), 3).ok()
    }
}

impl Conversion {
    pub(super) fn is_linear(&self) -> bool {
        matches!(self, Self::Matrix { curves, .. } if curves.iter().all(Curve::is_line))
    }
}
