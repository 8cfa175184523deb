//! Frames on their way: plain pixels, red, green and blue in turn, a byte each or 16 bits with the least byte first.

use std::io::{self, Read, Write};
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::prelude::*;
use relumine::lut::Lut;

/// Pixels that a thread takes at once.
const CHUNK: usize = 1 << 13;
/// Frames that wait between two threads.
const WAITING: usize = 2;

/// What becomes of a colour.
pub(super) struct Colouring {
    pub(super) table: Lut,
    /// How much of it, 0..1.
    pub(super) strength: f32,
}

impl Colouring {
    /// Recolours a frame.
    pub(super) fn apply(&self, frame: &mut [u8], deep: bool) {
        if deep {
            frame.par_chunks_mut(6 * CHUNK).for_each(|chunk| {
                for pixel in chunk.as_chunks_mut::<6>().0 {
                    let level =
                        |c: usize| f32::from(u16::from_le_bytes([pixel[2 * c], pixel[2 * c + 1]])) / 65535.0;
                    let colour = self.colour([0, 1, 2].map(level));
                    for (bytes, value) in pixel.as_chunks_mut::<2>().0.iter_mut().zip(colour) {
                        *bytes = ((value * 65535.0 + 0.5) as u16).to_le_bytes();
                    }
                }
            });
        } else {
            frame.par_chunks_mut(3 * CHUNK).for_each(|chunk| {
                for pixel in chunk.as_chunks_mut::<3>().0 {
                    *pixel = self
                        .colour(pixel.map(|level| f32::from(level) / 255.0))
                        .map(|value| (value * 255.0 + 0.5) as u8);
                }
            });
        }
    }

    fn colour(&self, colour: [f32; 3]) -> [f32; 3] {
        let full = self.table.apply(colour);
        std::array::from_fn(|c| colour[c] + self.strength * (full[c] - colour[c]))
    }
}

/// What frames are like.
pub(super) struct Frames {
    /// Bytes of each.
    pub(super) bytes: usize,
}

impl Frames {
    /// Takes frames from one pipe to another, through `work`, with reading and writing beside it.
    ///
    /// # Errors
    /// Those of `work`, and of writing; and if the last frame is cut.
    pub(super) fn pass(
        &self,
        mut from: impl Read + Send,
        mut to: impl Write + Send,
        mut work: impl FnMut(&mut [u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (send, frames) = sync_channel(WAITING);
        let (done, results) = sync_channel::<Vec<u8>>(WAITING);
        thread::scope(|scope| {
            let reading = scope.spawn(move || -> io::Result<()> {
                loop {
                    let mut frame = Vec::with_capacity(self.bytes);
                    from.by_ref().take(self.bytes as u64).read_to_end(&mut frame)?;
                    if !frame.is_empty() && frame.len() < self.bytes {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    // Nobody waits for it where work has failed.
                    if frame.is_empty() || send.send(frame).is_err() {
                        return Ok(());
                    }
                }
            });
            let writing = scope.spawn(move || results.iter().try_for_each(|frame| to.write_all(&frame)));
            let worked = frames.into_iter().try_for_each(|mut frame: Vec<u8>| {
                work(&mut frame)?;
                // Where writing has failed, its own error is told.
                done.send(frame).map_err(anyhow::Error::from)
            });
            drop(done);
            writing.join().expect("writing does not panic")?;
            worked?;
            Ok(reading.join().expect("reading does not panic")?)
        })
    }
}

#[cfg(test)]
mod tests {
    use relumine::lut::Lattice;

    use super::*;

    #[test]
    fn colours_are_looked_up_at_both_depths() {
        let table = Lut::new(Lattice::from_fn(5, |[r, g, b]| [b, g * 0.5, 1.0 - r]));
        let half = Colouring { table, strength: 0.5 };
        let mut frame = [200, 100, 50];
        half.apply(&mut frame, false);
        assert!(
            frame.iter().zip([125_u8, 75, 53]).all(|(level, expected)| level.abs_diff(expected) <= 1),
            "{frame:?}"
        );
        let mut deep: Vec<u8> =
            [40000_u16, 20000, 10000].iter().flat_map(|level| level.to_le_bytes()).collect();
        half.apply(&mut deep, true);
        let levels: Vec<_> =
            deep.as_chunks::<2>().0.iter().map(|bytes| i32::from(u16::from_le_bytes(*bytes))).collect();
        for (level, expected) in levels.iter().zip([25000, 15000, 17768]) {
            assert!((level - expected).abs() <= 1, "{levels:?}");
        }
    }

    #[test]
    fn frames_pass_in_order_and_a_cut_one_is_told() {
        let bytes: Vec<u8> = (0..120).collect();
        let mut out = Vec::new();
        let frames = Frames { bytes: 12 };
        let work = |frame: &mut [u8]| {
            frame.iter_mut().for_each(|byte| *byte += 1);
            Ok(())
        };
        frames.pass(bytes.as_slice(), &mut out, work).unwrap();
        assert_eq!(out, (1..121).collect::<Vec<u8>>());
        assert!(frames.pass(&bytes[..50], io::sink(), |_| Ok(())).is_err());
        let refused = frames.pass(bytes.as_slice(), io::sink(), |_| anyhow::bail!("no"));
        assert_eq!(refused.unwrap_err().to_string(), "no");
        // A pipe that takes nothing.
        assert!(frames.pass(bytes.as_slice(), [0; 0].as_mut_slice(), |_| Ok(())).is_err());
    }
}
