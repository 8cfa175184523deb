//! Frames of a film: looks that move with what is seen, without flicker.
//!
//! Each scene has key frames, for which the look goes to what they show; what lies between two is between their looks. So what was recognised a
//! little otherwise from frame to frame fades over half a second instead of flickering, and nothing of one scene reaches another.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use relumine::io::Photo;
use relumine::watch::Watch;
use relumine::{Engine, Look};

use crate::console::{Console, Meter, Unit};
use crate::files::{self, Reading};

/// Frames from one key to the next.
const BETWEEN: usize = 12;
/// Cells across and down a frame that scenes are told by.
const CELLS: (usize, usize) = (16, 9);
/// A cut changes the cells' colours by this much in the mean (0..1), and by so many times what the frames around it change.
const CUT: f32 = 0.06;
const ABOVE: f32 = 4.0;
/// Frames around that are looked at.
const AROUND: usize = 6;

/// The frames of a sequence, and where its scenes begin.
pub(super) struct Sequence {
    places: HashMap<PathBuf, usize>,
    frames: Vec<PathBuf>,
    /// First frames of scenes, from 0, and the number of frames.
    borders: Vec<usize>,
}

impl Sequence {
    /// Looks at each frame, to find the cuts.
    pub(super) fn find<'p>(
        frames: impl Iterator<Item = &'p Path>,
        engine: &Engine,
        reading: &Reading,
        console: Console,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let frames: Vec<PathBuf> = frames.map(Path::to_owned).collect();
        let mut meter = Meter::new(console);
        meter.stage(Unit::Steps, "scenes", frames.len() as u64);
        let (mut changes, mut last, mut size) = (Vec::new(), None::<Vec<_>>, None);
        for (done, frame) in frames.iter().enumerate() {
            let photo = files::open(engine, frame, reading, watch)?;
            let own = (photo.width(), photo.height());
            if *size.get_or_insert(own) != own {
                bail!(
                    "{}: it is {}×{}, and the frames before are not; frames of a sequence are of one size",
                    frame.display(),
                    own.0,
                    own.1
                );
            }
            let cells = engine.install(|| cells(&photo));
            changes.push(last.as_ref().map_or(0.0, |last| apart(last, &cells)));
            last = Some(cells);
            meter.at(done as u64 + 1, "");
        }
        let mut borders = vec![0];
        borders.extend((1..frames.len()).filter(|frame| is_cut(&changes, *frame)));
        let scenes = borders.len();
        borders.push(frames.len());
        console.say(&format!(
            "{} frames, {scenes} {}",
            frames.len(),
            if scenes == 1 { "scene" } else { "scenes" }
        ));
        let places = frames.iter().cloned().enumerate().map(|(place, frame)| (frame, place)).collect();
        Ok(Self { places, frames, borders })
    }

    /// The look of a frame, by those of keys that `find` finds.
    pub(super) fn look(
        &self,
        frame: &Path,
        keys: &Keys,
        find: &impl Fn(&Path, &mut Watch<'_>) -> Result<Look>,
        watch: &mut Watch<'_>,
    ) -> Result<Look> {
        let place = *self.places.get(frame).context("a frame of the sequence")?;
        let (before, after) = self.keys_about(place);
        let mut key = |place: usize| keys.get(place, || find(&self.frames[place], watch));
        let first = key(before)?;
        if before == after {
            return Ok(first);
        }
        let share = (place - before) as f32 / (after - before) as f32;
        Ok(first.toward(&key(after)?, share).map_err(relumine::Error::from)?)
    }

    /// The key frames about a frame, in its scene; both the same for a key itself, and for a scene of one.
    fn keys_about(&self, place: usize) -> (usize, usize) {
        let scene = self.borders.partition_point(|border| *border <= place) - 1;
        let (first, last) = (self.borders[scene], self.borders[scene + 1] - 1);
        let before = first + (place - first) / BETWEEN * BETWEEN;
        if before == place { (place, place) } else { (before, (before + BETWEEN).min(last)) }
    }
}

/// The looks of key frames that were needed last.
#[derive(Default)]
pub(super) struct Keys(Mutex<VecDeque<(usize, Look)>>);

/// Those of the frames that are at work, and a few more.
const KEPT: usize = 16;

impl Keys {
    fn get(&self, place: usize, find: impl FnOnce() -> Result<Look>) -> Result<Look> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|(known, _)| *known == place).map(|(_, look)| look.clone());
        if let Some(look) = known {
            return Ok(look);
        }
        // Found outside the lock: other frames go on meanwhile. Two may find the same, and it is the same.
        let look = find()?;
        let mut kept = kept();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((place, look.clone()));
        Ok(look)
    }
}

/// Mean colours of the cells of a frame, by a few thousand of its pixels.
fn cells(photo: &Photo) -> Vec<[f32; 3]> {
    const STEPS: usize = 4;
    let (across, down) = (CELLS.0 * STEPS, CELLS.1 * STEPS);
    let (width, height) = (photo.width(), photo.height());
    let colours = photo.colours();
    let mut sums = vec![[0.0; 3]; CELLS.0 * CELLS.1];
    for y in 0..down {
        for x in 0..across {
            let pixel = ((2 * y + 1) * height / (2 * down)) * width + (2 * x + 1) * width / (2 * across);
            let sum = &mut sums[y / STEPS * CELLS.0 + x / STEPS];
            (0..3).for_each(|c| sum[c] += colours.plane(c)[pixel] / (STEPS * STEPS) as f32);
        }
    }
    sums
}

fn apart(a: &[[f32; 3]], b: &[[f32; 3]]) -> f32 {
    let pairs = a.as_flattened().iter().zip(b.as_flattened());
    pairs.map(|(a, b)| (a - b).abs()).sum::<f32>() / a.as_flattened().len() as f32
}

/// Whether a frame changes more than a cut does, and far more than those about it.
fn is_cut(changes: &[f32], frame: usize) -> bool {
    let about = frame.saturating_sub(AROUND)..(frame + AROUND + 1).min(changes.len());
    let mut others: Vec<f32> =
        about.filter(|other| *other != frame && *other > 0).map(|other| changes[other]).collect();
    others.sort_by(f32::total_cmp);
    let usual = others.get(others.len() / 2).copied().unwrap_or(0.0);
    changes[frame] > CUT && changes[frame] > ABOVE * usual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_told_from_pans_and_fades() {
        let mut changes = vec![0.01; 40];
        changes[20] = 0.2;
        assert_eq!((1..40).filter(|frame| is_cut(&changes, *frame)).collect::<Vec<_>>(), [20]);
        // A fast pan, and light that changes.
        assert!(!(1..40).any(|frame| is_cut(&[0.09; 40], frame)));
        // Noise of a still picture.
        assert!(!(1..3).any(|frame| is_cut(&[0.0, 0.001, 0.03], frame)));
    }

    #[test]
    fn frames_lie_between_keys_of_their_own_scene() {
        let sequence = Sequence { places: HashMap::new(), frames: Vec::new(), borders: vec![0, 30, 31, 50] };
        for (place, keys) in [
            (0, (0, 0)),
            (5, (0, 12)),
            (12, (12, 12)),
            (25, (24, 29)),
            (29, (24, 29)),
            (30, (30, 30)),
            (31, (31, 31)),
            (49, (43, 49)),
        ] {
            assert_eq!(sequence.keys_about(place), keys, "{place}");
        }
    }
}
