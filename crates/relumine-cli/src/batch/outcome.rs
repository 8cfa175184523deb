//! What has come of a batch, told in the end.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use relumine::Remark;

use crate::console::Console;
use crate::interrupt::Stopped;

/// What has come of a batch.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The folder of outputs.
    pub(crate) folder: PathBuf,
    /// Photos that there are.
    pub(crate) total: usize,
    /// Photos that were worked on with success.
    pub(crate) done: usize,
    /// Photos that were done before.
    pub(crate) skipped: usize,
    /// Photos that could not be worked on.
    pub(crate) failed: Vec<Failed>,
    /// Why the batch was stopped early, if it was.
    pub(crate) stop: Option<Stop>,
    /// What there is to know of the photos that are done, in the order in which they were.
    pub(crate) notices: Vec<Remark>,
    /// Wall-clock seconds.
    pub(crate) seconds: f64,
}

/// A photo that could not be worked on.
#[derive(Debug)]
pub(crate) struct Failed {
    /// Its place in the batch.
    pub(super) index: usize,
    /// One line that names it.
    pub(crate) reason: String,
}

/// Why a batch was stopped early.
#[derive(Debug, PartialEq)]
pub(crate) enum Stop {
    /// By Ctrl-C.
    Interrupted,
    /// Nothing can be written to the folder of outputs any more.
    Unwritable { reason: String },
}

impl Outcome {
    pub(super) fn of(folder: PathBuf, total: usize, skipped: usize) -> Self {
        let (failed, notices) = (Vec::new(), Vec::new());
        Self { folder, total, done: 0, skipped, failed, stop: None, notices, seconds: 0.0 }
    }

    /// Tells notices, what was done, and, even to the quiet, what failed.
    ///
    /// # Errors
    /// [`Stopped`] by Ctrl-C with photos left; where nothing more could be written; where photos failed.
    pub(crate) fn conclude(mut self, console: Console) -> Result<()> {
        for notice in gathered(&self.notices) {
            console.say(&format!("notice: {notice}"));
        }
        let Self { total, done, skipped, .. } = self;
        let mut line =
            format!("{}: {done} of {total} photos in {:.1} s", self.folder.display(), self.seconds);
        if skipped > 0 {
            line = format!("{line}, {skipped} were done before");
        }
        console.say(&line);
        self.failed.sort_by_key(|photo| photo.index);
        for Failed { reason, .. } in &self.failed {
            eprintln!("error: {reason}");
        }
        let (failed, whole) = (self.failed.len(), done + skipped);
        match self.stop {
            Some(Stop::Interrupted) if whole + failed < total => {
                Err(Stopped { done: whole, total, again: "the same command with --skip-existing" }.into())
            }
            Some(Stop::Unwritable { reason }) => Err(anyhow!(
                "{}: nothing more can be written there ({reason}); {whole} of {total} photos were done, and the same command with \
                 --skip-existing goes on from there",
                self.folder.display()
            )),
            _ if failed > 0 => bail!("{failed} of {total} photos failed"),
            _ => Ok(()),
        }
    }
}

/// Notices, each kind once: photos of one camera have the same to say.
fn gathered(notices: &[Remark]) -> Vec<String> {
    let mut kinds: Vec<(String, &Remark, usize)> = Vec::new();
    for remark in notices {
        let text = remark.notice.to_string();
        match kinds.iter_mut().find(|(known, ..)| *known == text) {
            Some((.., count)) => *count += 1,
            None => kinds.push((text, remark, 1)),
        }
    }
    let line = |(text, first, count): (String, &Remark, usize)| match count {
        1 => first.to_string(),
        _ => format!("{} and {} more: {text}", first.about.display(), count - 1),
    };
    kinds.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use relumine::Notice;

    use super::*;

    #[test]
    fn notices_are_told_once_a_kind() {
        let remarks = [
            Remark::new("a.jpg", Notice::MakerNotesLeftOut),
            Remark::new("b.jpg", Notice::GainMapLeftOut),
            Remark::new("c.jpg", Notice::MakerNotesLeftOut),
        ];
        let [first, second] = gathered(&remarks).try_into().unwrap();
        assert!(first.starts_with("a.jpg and 1 more: the maker's own notes"), "{first}");
        assert!(second.starts_with("b.jpg: its gain map"), "{second}");
    }
}
