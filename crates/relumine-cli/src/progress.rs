//! The library's steps, shown to people; their Ctrl-C, told to the library; and previews on the way.

use std::path::{Path, PathBuf};

use relumine::io::{Photo, SaveOptions};
use relumine::{Error, Progress, Result, Stage, Step, Verdict};

use crate::console::{Console, Meter, Unit};
use crate::interrupt::Interrupts;

/// Follows one transfer.
pub(crate) struct Follower {
    meter: Meter,
    interrupts: Interrupts,
    /// Stage and number of steps that the meter shows.
    shown: Option<(Stage, usize)>,
    told_to_finish: bool,
    preview: Option<Preview>,
}

impl Follower {
    pub(crate) fn new(console: Console, interrupts: Interrupts, preview: Option<Preview>) -> Self {
        Self { meter: Meter::new(console), interrupts, shown: None, told_to_finish: false, preview }
    }

    /// Takes the meter away; an error where the last stage, which asks nobody, was not wanted any more.
    pub(crate) fn end(self) -> Result<()> {
        if self.interrupts.verdict() == Verdict::Cancel { Err(Error::Cancelled) } else { Ok(()) }
    }
}

impl Progress for Follower {
    fn step(&mut self, step: &Step<'_>) -> Verdict {
        if self.shown != Some((step.stage, step.total)) {
            self.shown = Some((step.stage, step.total));
            self.meter.stage(Unit::Steps, stage_name(step.stage), step.total as u64);
        }
        let detail = step.loss.map(|loss| format!("loss {loss:.4e}")).unwrap_or_default();
        self.meter.at(step.done as u64, &detail);

        if let Some(preview) = &mut self.preview
            && let Err(error) = preview.step(step)
        {
            self.meter.say(&format!("notice: {error}; going on without previews"));
            self.preview = None;
        }

        let verdict = self.interrupts.verdict();
        if verdict == Verdict::Finish && !self.told_to_finish {
            self.told_to_finish = true;
            self.meter.say("finishing with the picture as it stands; Ctrl-C again stops without it");
        }
        verdict
    }
}

/// What people read for a stage.
pub(crate) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Regions => "regions",
        Stage::Transport => "transport",
        Stage::Solve => "solve",
        Stage::Smooth => "smooth",
        Stage::Apply => "apply",
        Stage::Foreground => "foreground",
        _ => "work",
    }
}

/// Writes the picture as it stands every so many iterations, each over the one before.
#[derive(Debug)]
pub(crate) struct Preview {
    every: usize,
    path: PathBuf,
    /// Iteration of the newest.
    written: usize,
}

impl Preview {
    /// For the result at `output`: `STEM.preview.png` beside it.
    pub(crate) fn beside(output: &Path, every: usize) -> Self {
        let mut name = output.file_stem().unwrap_or_default().to_owned();
        name.push(".preview.png");
        Self { every, path: output.with_file_name(name), written: 0 }
    }

    /// The file that is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn step(&mut self, step: &Step<'_>) -> Result<()> {
        let Some(picture) = step.picture else { return Ok(()) };
        if step.stage == Stage::Solve && step.done != self.written && step.done.is_multiple_of(self.every) {
            self.written = step.done;
            Photo::from_planes(picture()).save(&self.path, &SaveOptions::default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use relumine::Planes;

    use super::*;

    #[test]
    fn previews_come_every_so_many_iterations_beside_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let mut preview = Preview::beside(&folder.path().join("dusk.v2.jpg"), 3);
        assert_eq!(preview.path(), folder.path().join("dusk.v2.preview.png"));
        let mut written = Vec::new();
        for done in 0..8 {
            let picture = || Planes::filled(3, 2, 4, done as f32 / 8.0);
            let step = Step { stage: Stage::Solve, done, total: 8, loss: Some(1.0), picture: Some(&picture) };
            preview.step(&step).unwrap();
            if preview.path().exists() {
                let decoded = image::open(preview.path()).unwrap().to_rgb8();
                assert_eq!(decoded.dimensions(), (4, 2));
                std::fs::remove_file(preview.path()).unwrap();
                written.push((done, decoded.get_pixel(0, 0).0));
            }
        }
        assert_eq!(written, [(3, [96; 3]), (6, [191; 3])]);
    }
}
