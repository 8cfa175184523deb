//! Frames on their way from one process to another.

use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Frames that wait between two threads.
const WAITING: usize = 2;

/// What frames are like.
pub(super) struct Frames {
    /// Bytes of each.
    pub(super) bytes: usize,
}

impl Frames {
    /// Takes frames from a pipe through `work` to `write`, with reading and writing beside it.
    ///
    /// # Errors
    /// Those of `work`, and of writing; and if the last frame is cut.
    pub(super) fn pass(
        &self,
        mut from: impl Read + Send,
        mut write: impl FnMut(&[u8]) -> io::Result<()> + Send,
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
            let writing = scope.spawn(move || results.iter().try_for_each(|frame| write(&frame)));
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
    use std::io::Write;

    use super::*;

    #[test]
    fn frames_pass_in_order_and_a_cut_one_is_told() {
        let bytes: Vec<u8> = (0..120).collect();
        let mut out = Vec::new();
        let frames = Frames { bytes: 12 };
        let work = |frame: &mut [u8]| {
            frame.iter_mut().for_each(|byte| *byte += 1);
            Ok(())
        };
        frames.pass(bytes.as_slice(), |frame| out.write_all(frame), work).unwrap();
        assert_eq!(out, (1..121).collect::<Vec<u8>>());
        assert!(frames.pass(&bytes[..50], |_| Ok(()), |_| Ok(())).is_err());
        let refused = frames.pass(bytes.as_slice(), |_| Ok(()), |_| anyhow::bail!("no"));
        assert_eq!(refused.unwrap_err().to_string(), "no");
        // A pipe that takes nothing.
        let refused = |_: &[u8]| Err(io::ErrorKind::BrokenPipe.into());
        assert!(frames.pass(bytes.as_slice(), refused, |_| Ok(())).is_err());
    }
}
