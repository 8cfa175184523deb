//! When frames come that do not come evenly: ffmpeg tells it, which reads the video once more for it.

use std::io::{self, BufRead, BufReader};
use std::process::ChildStdout;

use super::ffmpeg::Running;

/// The times of frames, one by one.
pub(super) struct Times<R> {
    lines: io::Lines<R>,
    /// Seconds of a tick, as a fraction.
    tick: [u64; 2],
}

impl Times<BufReader<ChildStdout>> {
    pub(super) fn of(running: &mut Running) -> Self {
        Self::new(BufReader::new(running.stdout()))
    }
}

impl<R: BufRead> Times<R> {
    fn new(source: R) -> Self {
        Self { lines: source.lines(), tick: [0, 1] }
    }

    /// When the next frame comes, in nanoseconds.
    ///
    /// # Errors
    /// If no line tells it.
    pub(super) fn next(&mut self) -> io::Result<u64> {
        let untold = || io::Error::new(io::ErrorKind::InvalidData, "ffmpeg does not tell when a frame comes");
        loop {
            let line = self.lines.next().ok_or_else(untold)??;
            if let Some(tick) = line.strip_prefix("#tb 0:") {
                let (n, d) = tick.trim().split_once('/').ok_or_else(untold)?;
                let parsed = n.parse().ok().zip(d.parse().ok()).filter(|(_, d)| *d > 0);
                self.tick = parsed.map(|(n, d)| [n, d]).ok_or_else(untold)?;
            } else if !line.starts_with('#') {
                // Stream, decoding time, presentation time, and more.
                let ticks = line.split(',').nth(2).and_then(|field| field.trim().parse::<u64>().ok());
                let [n, d] = self.tick.map(u128::from);
                let ns = u128::from(ticks.ok_or_else(untold)?) * n * 1_000_000_000;
                return u64::try_from((ns + d / 2) / d).map_err(|_| untold());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_framecrc() {
        let told = "#software: Lavf59\n#tb 0: 1/15360\n#dimensions 0: 16x16\n0,          0,          0,        1,      768, 0x1\n\
                    0,        512,        512,        1,      768, 0x2\n0,       1024,      90000,        1,      768, 0x3\n";
        let mut times = Times::new(told.as_bytes());
        let found: Vec<_> = std::iter::from_fn(|| times.next().ok()).collect();
        assert_eq!(found, [0, 33_333_333, 5_859_375_000]);
        assert!(Times::new(&b"0, x, y\n"[..]).next().is_err());
    }
}
