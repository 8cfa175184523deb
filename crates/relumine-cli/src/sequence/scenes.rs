//! Scenes, told by how the mean colours of a few cells change from frame to frame, their key frames, and how the picture moves.

use relumine::{Motion, Planes};

/// Cells across and down a frame that scenes are told by, pixels across and down a cell that motion is told by, and samples of the frame across
/// and down each of these.
const CELLS: (usize, usize) = (16, 9);
const PIXELS: usize = 6;
const STEPS: usize = 3;
/// A cut changes the cells' colours by this much in the mean (0..1), and by so many times what the frames around it change.
const CUT: f32 = 0.06;
const ABOVE: f32 = 4.0;
/// Frames around that are looked at.
pub(crate) const AROUND: usize = 6;

/// The scenes of frames that come one by one.
pub(crate) struct Scenes {
    /// Frames from one key to the next; 0: the first of each scene is the only one.
    between: usize,
    /// By how much each frame differs from the one before.
    changes: Vec<f32>,
    /// Where what each shows lies in the one before.
    motions: Vec<Motion>,
    last: Option<Planes>,
    /// First frames of scenes, from 0; and at the end, the number of frames.
    borders: Vec<usize>,
    /// How many frames are known to begin a scene or not to.
    decided: usize,
}

impl Scenes {
    pub(crate) fn new(between: usize) -> Self {
        Self { between, changes: Vec::new(), motions: Vec::new(), last: None, borders: vec![0], decided: 1 }
    }

    /// Takes the next frame, [`small`].
    pub(crate) fn push(&mut self, frame: Planes) {
        let (change, motion) = match &self.last {
            Some(last) => (apart(&cells(last), &cells(&frame)), Motion::between(&last.luma(), &frame.luma())),
            None => (0.0, Motion::NONE),
        };
        self.changes.push(change);
        self.motions.push(motion);
        self.last = Some(frame);
        self.decide(self.changes.len().saturating_sub(AROUND));
    }

    /// There are no more; returns the number of scenes.
    pub(crate) fn end(&mut self) -> usize {
        self.decide(self.changes.len());
        let scenes = self.borders.len();
        self.borders.push(self.changes.len());
        scenes
    }

    /// How many frames there were.
    pub(crate) fn frames(&self) -> usize {
        self.changes.len()
    }

    fn decide(&mut self, end: usize) {
        for frame in self.decided..end {
            if is_cut(&self.changes, frame) {
                self.borders.push(frame);
            }
        }
        self.decided = self.decided.max(end);
    }

    /// Where what a frame shows lies in one before it.
    pub(crate) fn motion(&self, before: usize, frame: usize) -> Motion {
        self.motions[before + 1..=frame].iter().rev().fold(Motion::NONE, |motion, next| motion.then(*next))
    }

    /// The key frames about a frame, in its scene; both the same for a key itself, and for a scene of one. What comes after the frames that
    /// were taken is not known of: a frame needs as many after it as lie between keys, and [`AROUND`] more.
    pub(crate) fn keys_about(&self, place: usize) -> (usize, usize) {
        let scene = self.borders.partition_point(|border| *border <= place) - 1;
        let first = self.borders[scene];
        if self.between == 0 {
            return (first, first);
        }
        let before = first + (place - first) / self.between * self.between;
        let last = self.borders.get(scene + 1).map_or(usize::MAX, |next| next - 1);
        if before == place { (place, place) } else { (before, (before + self.between).min(last)) }
    }
}

/// A frame, small, 3×H×W, by some of its pixels, of which `colour` tells those of any.
pub(crate) fn small(width: usize, height: usize, colour: impl Fn(usize) -> [f32; 3]) -> Planes {
    let (across, down) = (CELLS.0 * PIXELS, CELLS.1 * PIXELS);
    let mut small = Planes::zeros(3, down, across);
    let at = |sample: usize, samples: usize, of: usize| (2 * sample + 1) * of / (2 * samples);
    for y in 0..down * STEPS {
        for x in 0..across * STEPS {
            let pixel = at(y, down * STEPS, height) * width + at(x, across * STEPS, width);
            for (channel, value) in colour(pixel).into_iter().enumerate() {
                small.plane_mut(channel)[y / STEPS * across + x / STEPS] += value / (STEPS * STEPS) as f32;
            }
        }
    }
    small
}

/// Mean colours of the cells of a small frame.
fn cells(small: &Planes) -> Vec<f32> {
    let mut sums = vec![0.0; 3 * CELLS.0 * CELLS.1];
    for (pixel, value) in small.data().iter().enumerate() {
        let (row, column) = (pixel / small.width(), pixel % small.width());
        sums[row / PIXELS * CELLS.0 + column / PIXELS] += value / (PIXELS * PIXELS) as f32;
    }
    sums
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32
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
        let scenes = |between| Scenes { borders: vec![0, 30, 31, 50], ..Scenes::new(between) };
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
            assert_eq!(scenes(12).keys_about(place), keys, "{place}");
        }
        assert_eq!([29, 30, 49].map(|place| scenes(0).keys_about(place)), [(0, 0), (30, 30), (31, 31)]);
    }

    #[test]
    fn scenes_are_known_as_soon_as_they_can_be() {
        let mut scenes = Scenes::new(12);
        for frame in 0..40 {
            let level = if frame < 20 { 0.2 } else { 0.7 };
            scenes.push(small(64, 36, |_| [level; 3]));
            let known = if frame < 20 + AROUND { vec![0] } else { vec![0, 20] };
            assert_eq!(scenes.borders, known, "{frame}");
        }
        assert_eq!((scenes.keys_about(15), scenes.keys_about(39)), ((12, 19), (32, 44)));
        assert_eq!((scenes.end(), scenes.frames()), (2, 40));
        assert_eq!(scenes.keys_about(38), (32, 39));
    }

    #[test]
    fn a_pan_is_followed_over_many_frames() {
        let mut scenes = Scenes::new(12);
        for frame in 0..9 {
            scenes.push(small(192, 108, |pixel| {
                let (x, y) = (pixel % 192 + 2 * frame, pixel / 192);
                [0.5 + 0.3 * (x as f32 / 13.0).sin() + 0.2 * (y as f32 / 11.0 + x as f32 / 40.0).cos(); 3]
            }));
        }
        let there = scenes.motion(0, 8);
        let [x, y] = there.shift();
        assert!((x - 16.0 / 192.0).abs() < 4e-3 && y.abs() < 4e-3, "{there:?}");
    }
}
