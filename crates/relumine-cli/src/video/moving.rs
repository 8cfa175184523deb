//! A look that moves with what frames show: keys and scenes are found by a second ffmpeg, which is ahead by a few frames, small ones, so
//! that no more than these are in memory.

use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;
use std::process::ChildStdout;

use anyhow::{Context, Result};
use relumine::io::Photo;
use relumine::watch::Watch;
use relumine::{Apply, Engine, Look, PairOptions};

use super::ffmpeg::Running;
use super::probe::Video;
use super::{pixels, words};
use crate::args::VideoArgs;
use crate::sequence::{AROUND, Keys, Scenes, look, small};

/// A look on its way through a video.
pub(super) struct Moving {
    engine: Engine,
    look: Look,
    options: Box<PairOptions>,
    apply: Apply,
    between: usize,
    video: PathBuf,
    ahead: Running,
    small: ChildStdout,
    size: [usize; 2],
    scenes: Scenes,
    has_ended: bool,
    /// Small frames, of which some may become keys, each with its place.
    waiting: VecDeque<(usize, Vec<u8>)>,
    keys: Keys,
    place: usize,
}

impl Moving {
    /// With keys so many frames apart.
    pub(super) fn begin(
        args: &VideoArgs,
        video: &Video,
        engine: Engine,
        (look, options): (Look, Box<PairOptions>),
        (apply, between): (Apply, usize),
    ) -> Result<Self> {
        let size = video.small();
        let mut ahead = Running::start("ffmpeg", &words::small(&args.video, video))?;
        Ok(Self {
            engine,
            look,
            options,
            apply,
            between,
            video: args.video.clone(),
            small: ahead.stdout(),
            ahead,
            size,
            scenes: Scenes::new(between),
            has_ended: false,
            waiting: VecDeque::new(),
            keys: Keys::default(),
            place: 0,
        })
    }

    /// Recolours the next frame.
    pub(super) fn apply(&mut self, frame: &mut [u8], video: &Video, watch: &mut Watch<'_>) -> Result<()> {
        let look = self.next_look(watch)?;
        let photo = Photo::from_planes(pixels::planes(frame, video.deep, video.size));
        let made = look.apply_watched(&photo, &self.apply, watch)?;
        pixels::put(made.colours(), frame, video.deep);
        Ok(())
    }

    fn next_look(&mut self, watch: &mut Watch<'_>) -> Result<Look> {
        while !self.has_ended && self.scenes.frames() <= self.place + self.between + AROUND {
            self.read()?;
        }
        let found = look(self.place, &self.scenes, |key| {
            self.keys.get(key, || {
                let frame = self.waiting.iter().find(|(place, _)| *place == key);
                let (_, frame) = frame.context("ffmpeg does not find the same frames twice")?;
                let photo = Photo::from_planes(pixels::planes(frame, false, self.size));
                let seen = self.engine.analyse_once(&photo);
                Ok(self.engine.regrade(&self.look, &seen, &self.options, watch)?)
            })
        })?;
        self.place += 1;
        // Keys up to here are known.
        while self.waiting.front().is_some_and(|(place, _)| *place < self.place) {
            self.waiting.pop_front();
        }
        Ok(found)
    }

    /// Takes one more small frame.
    fn read(&mut self) -> Result<()> {
        let [width, height] = self.size;
        let (bytes, mut frame) = (3 * width * height, Vec::new());
        self.small.by_ref().take(bytes as u64).read_to_end(&mut frame)?;
        if frame.len() < bytes {
            self.has_ended = true;
            self.scenes.end();
            let reading = || format!("{}: ffmpeg cannot read it to its end", self.video.display());
            return self.ahead.finish().with_context(reading);
        }
        self.scenes.push(small(width, height, |pixel| pixels::colour(&frame[3 * pixel..3 * pixel + 3])));
        self.waiting.push_back((self.scenes.frames() - 1, frame));
        Ok(())
    }
}
