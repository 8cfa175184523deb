//! A look as a lookup table, and how near that comes to it.

use super::SavedLook;
use super::samples::Samples;
use super::shaped::Shaped;
use crate::grid::Grade;
use crate::io::ColourSpace;
use crate::lut::{Lattice, Lut};
use crate::metrics::{ciede2000, lab};
use crate::pairing::is_called;
use crate::ranges::require;
use crate::{OptionsError, Result};

/// How a look is tabulated.
#[derive(Clone, Debug, PartialEq)]
pub struct LutOptions {
    /// Points along each side, 2..=144; programs expect 17, 33 or 65.
    pub size: usize,
    /// The region whose grade it is, by a group that it shows, such as `sky`; `None`: all of the photo.
    pub region: Option<String>,
    /// How much of the look, 0..1.
    pub strength: f32,
    /// What the colours are in that it is given.
    pub input_space: ColourSpace,
    /// What they are in that it gives.
    pub output_space: ColourSpace,
    /// What programs show as its name.
    pub title: String,
}

impl Default for LutOptions {
    /// 33 points, all of the photo, the full look, sRGB.
    fn default() -> Self {
        Self {
            size: 33,
            region: None,
            strength: 1.0,
            input_space: ColourSpace::Srgb,
            output_space: ColourSpace::Srgb,
            title: "relumine".into(),
        }
    }
}

/// How far a lookup table's picture is from that of the full look, on the photo that the look was learnt from: CIEDE2000. A table knows
/// neither place nor region, so that this is what is lost on the way to other programs.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Honesty {
    /// Mean over the photo, or the region.
    pub mean: f64,
    /// What 95 in 100 pixels do not exceed.
    pub p95: f64,
}

impl SavedLook {
    /// The look as a lookup table, and how near it comes.
    ///
    /// Far from all colours of the photo that it was learnt from it changes nothing. Greys do not fall, and rise by at most 3 levels from one
    /// 8-bit level to the next, so that gradients stay smooth; but for a look that was learnt from an edit, which does what the edit did.
    ///
    /// # Errors
    /// [`OptionsError`] for what is out of range and a region that is not there.
    pub fn lut(&self, options: &LutOptions) -> Result<(Lut, Honesty)> {
        let LutOptions { size, strength, input_space, output_space, .. } = options;
        require((2..=144).contains(size), "size", size, "between 2 and 144")?;
        require((0.0..=1.0).contains(strength), "strength", strength, "between 0 and 1")?;
        let (grade, samples) = self.part(options.region.as_deref())?;
        let mixed = |from: [f32; 3], to: [f32; 3]| -> [f32; 3] {
            std::array::from_fn(|c| from[c] + strength * (to[c] - from[c]))
        };
        let shaped = self.table.is_none().then(|| {
            let map = |colour| mixed(colour, grade.apply(colour));
            Shaped::new(map, &samples)
        });
        let map = |colour| match (&shaped, &self.table) {
            (Some(shaped), _) => shaped.at(colour),
            (None, Some(table)) => mixed(colour, table.apply(colour)),
            (None, None) => colour,
        };
        let (input, output) = (input_space.conversion(), output_space.conversion());
        let lattice = Lattice::from_fn(*size, |mut colour| {
            input.to_working(&mut colour);
            let mut colour = map(colour);
            output.back(&mut colour);
            colour.map(|v| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 })
        });
        let lut = Lut::new(lattice);
        let honesty = Honesty::of(
            &samples,
            |mut colour| {
                input.back(&mut colour);
                let mut made = lut.apply(colour.map(|v| v.clamp(0.0, 1.0)));
                output.to_working(&mut made);
                made
            },
            mixed,
        );
        let comments = self.comments(options, honesty);
        Ok((lut.with_title(&options.title).with_comments(comments), honesty))
    }

    /// The grade of a region, and the samples of it; of no name, those of all.
    fn part(&self, region: Option<&str>) -> Result<(&Grade, Samples), OptionsError> {
        let Some(name) = region else { return Ok((self.overall(), self.samples.clone())) };
        let shows = |own: &Option<String>| is_called(name, [own.as_deref(), None]);
        let regions = &self.document.regions;
        let place = (0..regions.len())
            .filter(|place| shows(&regions[*place].name))
            .max_by(|a, b| regions[*a].share.total_cmp(&regions[*b].share));
        match place {
            Some(place) => Ok((&regions[place].grade, self.samples.of_region(place))),
            None => {
                let known: Vec<String> = regions.iter().filter_map(|region| region.name.clone()).collect();
                Err(OptionsError::NoSuchRegion { name: name.into(), known })
            }
        }
    }

    /// What a file of the table tells of it.
    fn comments(&self, options: &LutOptions, honesty: Honesty) -> Vec<String> {
        let LutOptions { region, strength, input_space, output_space, .. } = options;
        let mut comments = vec![
            format!("Made by {}", self.software()),
            format!("Input: {}, 0..1; output: {}, 0..1", input_space.name(), output_space.name()),
        ];
        comments.extend(region.as_ref().map(|region| format!("Of the region: {region}")));
        if *strength != 1.0 {
            comments.push(format!("Strength: {strength}"));
        }
        let Honesty { mean, p95 } = honesty;
        comments.push(format!(
            "From the full look, on the photo that it was learnt from: mean CIEDE2000 {mean:.2}, 95th percentile {p95:.2}"
        ));
        comments
    }
}

impl Honesty {
    fn of(
        samples: &Samples,
        table: impl Fn([f32; 3]) -> [f32; 3],
        mixed: impl Fn([f32; 3], [f32; 3]) -> [f32; 3],
    ) -> Self {
        let seen = |colour: [f32; 3]| lab::convert(colour.map(|v| f64::from(v.clamp(0.0, 1.0))));
        let mut apart: Vec<(f64, f64)> = samples
            .all()
            .iter()
            .map(|sample| {
                let full = mixed(sample.before, sample.after);
                (ciede2000(seen(table(sample.before)), seen(full)), f64::from(sample.weight))
            })
            .collect();
        apart.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = apart.iter().map(|(_, weight)| weight).sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = apart.iter().map(|(apart, weight)| apart * weight).sum::<f64>() / total;
        let mut below = 0.0;
        let p95 = apart.iter().find(|(_, weight)| {
            below += weight;
            below >= 0.95 * total
        });
        Self { mean, p95: p95.map_or(0.0, |(apart, _)| *apart) }
    }
}
