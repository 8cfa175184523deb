//! The library's progress, shown to people; and previews on the way.

use std::path::{Path, PathBuf};

use relumine::Result;
use relumine::io::{Photo, SaveOptions};
use relumine::watch::{CancelToken, Follow, Previews, Progress, Stage, Verdict};

use crate::console::{Console, Meter, Unit};

/// Follows one transfer.
pub(crate) struct Follower {
    meter: Meter,
    token: CancelToken,
    /// Stage and number of steps that the meter shows.
    shown: Option<(Stage, usize)>,
    told_to_finish: bool,
    preview: Option<PreviewFile>,
}

impl Follower {
    pub(crate) fn new(console: Console, token: CancelToken, preview: Option<PreviewFile>) -> Self {
        Self { meter: Meter::new(console), token, shown: None, told_to_finish: false, preview }
    }
}

impl Follow for Follower {
    fn progress(&mut self, progress: &Progress) {
        if self.shown != Some((progress.stage, progress.total)) {
            self.shown = Some((progress.stage, progress.total));
            // Files take a moment each: in a log they would be lines about nothing.
            let passing = matches!(progress.stage, Stage::Decode | Stage::Load | Stage::Encode);
            if passing && !self.meter.draws_bars() {
                self.meter.silence();
            } else {
                self.meter.stage(Unit::Steps, stage_name(progress.stage), progress.total as u64);
            }
        }
        let detail = progress.loss.map(|loss| format!("loss {loss:.4e}")).unwrap_or_default();
        self.meter.at(progress.done as u64, &detail);

        if let Some(preview) = &self.preview
            && let Err(error) = preview.write_newest()
        {
            self.meter.say(&format!("notice: {error}; going on without previews"));
            self.preview = None;
        }
        if self.token.verdict() == Verdict::Finish && !self.told_to_finish {
            self.told_to_finish = true;
            self.meter.say("finishing with the picture as it stands; Ctrl-C again stops without it");
        }
    }
}

/// What people read for a stage.
pub(crate) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "decode",
        Stage::Load => "load",
        Stage::Regions => "regions",
        Stage::Transport => "transport",
        Stage::Grade => "grade",
        Stage::Solve => "solve",
        Stage::Smooth => "smooth",
        Stage::Apply => "apply",
        Stage::Foreground => "foreground",
        Stage::Encode => "encode",
        _ => "work",
    }
}

/// The file that shows the newest preview.
#[derive(Clone, Debug)]
pub(crate) struct PreviewFile {
    path: PathBuf,
    previews: Previews,
}

/// Long side of previews in pixels.
const LONG: usize = 512;

impl PreviewFile {
    /// For the result at `output`, after every `every` iterations: `STEM.preview.png` beside it.
    pub(crate) fn beside(output: &Path, every: usize) -> Self {
        let mut name = output.file_stem().unwrap_or_default().to_owned();
        name.push(".preview.png");
        Self { path: output.with_file_name(name), previews: Previews::new(LONG, every) }
    }

    /// The file that is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the library puts them.
    pub(crate) fn previews(&self) -> Previews {
        self.previews.clone()
    }

    fn write_newest(&self) -> Result<()> {
        let Some(preview) = self.previews.take() else { return Ok(()) };
        Photo::from_planes(preview.picture).save(&self.path, &SaveOptions::default())
    }
}

#[cfg(test)]
mod tests {
    use relumine::Planes;
    use relumine::watch::Watch;

    use super::*;

    #[test]
    fn previews_come_every_so_many_iterations_beside_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let preview = PreviewFile::beside(&folder.path().join("dusk.v2.jpg"), 3);
        assert_eq!(preview.path(), folder.path().join("dusk.v2.preview.png"));
        let mut watch = Watch::silent().with_previews(preview.previews());
        let mut written = Vec::new();
        for done in 1..8 {
            watch.iteration(done, 8, 1.0, || Planes::filled(3, 2, 4, done as f32 / 8.0));
            preview.write_newest().unwrap();
            if preview.path().exists() {
                let decoded = image::open(preview.path()).unwrap().to_rgb8();
                assert_eq!(decoded.dimensions(), (512, 256));
                std::fs::remove_file(preview.path()).unwrap();
                written.push((done, decoded.get_pixel(0, 0).0));
            }
        }
        assert_eq!(written, [(3, [96; 3]), (6, [191; 3])]);
    }
}
