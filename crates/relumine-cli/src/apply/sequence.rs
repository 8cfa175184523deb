//! The frames of a sequence that lie in files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use relumine::watch::Watch;
use relumine::{Engine, Look};

use crate::console::{Console, Meter, Unit};
use crate::files::{self, Reading};
use crate::sequence::{Keys, Scenes, look, small};

/// The frames of a sequence, their scenes, and the looks of their keys.
pub(super) struct Sequence {
    places: HashMap<PathBuf, usize>,
    frames: Vec<PathBuf>,
    scenes: Scenes,
    keys: Keys,
}

impl Sequence {
    /// Looks at each frame, to find the cuts; keys are so many frames apart.
    pub(super) fn find<'p>(
        frames: impl Iterator<Item = &'p Path>,
        between: usize,
        (engine, reading): (&Engine, &Reading),
        console: Console,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let frames: Vec<PathBuf> = frames.map(Path::to_owned).collect();
        let mut meter = Meter::new(console);
        meter.stage(Unit::Steps, "scenes", frames.len() as u64);
        let (mut scenes, mut size) = (Scenes::new(between), None);
        for (done, frame) in frames.iter().enumerate() {
            let photo = files::open(engine, frame, reading, watch)?;
            let own @ (width, height) = (photo.width(), photo.height());
            if *size.get_or_insert(own) != own {
                bail!(
                    "{}: it is {width}×{height}, and the frames before are not; frames of a sequence are of one size",
                    frame.display(),
                );
            }
            scenes.push(engine.install(|| {
                let colours = photo.colours();
                small(width, height, |pixel| [0, 1, 2].map(|c| colours.plane(c)[pixel]))
            }));
            meter.at(done as u64 + 1, "");
        }
        let count = scenes.end();
        let named = if count == 1 { "scene" } else { "scenes" };
        console.say(&format!("{} frames, {count} {named}", frames.len()));
        let places = frames.iter().cloned().enumerate().map(|(place, frame)| (frame, place)).collect();
        Ok(Self { places, frames, scenes, keys: Keys::default() })
    }

    /// The look of a frame, by those of keys that `find` finds.
    pub(super) fn look(
        &self,
        frame: &Path,
        find: &impl Fn(&Path, &mut Watch<'_>) -> Result<Look>,
        watch: &mut Watch<'_>,
    ) -> Result<Look> {
        let place = *self.places.get(frame).context("a frame of the sequence")?;
        let key = |place: usize| self.keys.get(place, || find(&self.frames[place], watch));
        look(place, &self.scenes, key)
    }
}
