//! Plain pixels with the times of their frames, as the least Matroska that ffmpeg reads (RFC 9559): one track of uncompressed video, a cluster
//! a frame.

use std::io::{self, Write};

/// A size that is not known before the end.
const UNKNOWN: [u8; 8] = [1, 255, 255, 255, 255, 255, 255, 255];

/// Writes what comes before frames of this size.
pub(super) fn header(to: &mut impl Write, [width, height]: [usize; 2], deep: bool) -> io::Result<()> {
    let number = |id: &[u8], value: u64| element(id, &value.to_be_bytes());
    let text = |id: &[u8], value: &str| element(id, value.as_bytes());
    let fourcc = [b'R', b'G', b'B', if deep { 48 } else { 24 }];
    let head = [
        number(&[0x42, 0x86], 1),
        number(&[0x42, 0xF7], 1),
        number(&[0x42, 0xF2], 4),
        number(&[0x42, 0xF3], 8),
        text(&[0x42, 0x82], "matroska"),
        number(&[0x42, 0x87], 2),
        number(&[0x42, 0x85], 2),
    ];
    let video = [
        number(&[0xB0], width as u64),
        number(&[0xBA], height as u64),
        element(&[0x2E, 0xB5, 0x24], &fourcc),
    ];
    let track = [
        number(&[0xD7], 1),
        number(&[0x73, 0xC5], 1),
        number(&[0x83], 1),
        text(&[0x86], "V_UNCOMPRESSED"),
        element(&[0xE0], &video.concat()),
    ];
    // Times are in nanoseconds.
    let info =
        [number(&[0x2A, 0xD7, 0xB1], 1), text(&[0x4D, 0x80], "relumine"), text(&[0x57, 0x41], "relumine")];
    to.write_all(&element(&[0x1A, 0x45, 0xDF, 0xA3], &head.concat()))?;
    to.write_all(&[0x18, 0x53, 0x80, 0x67])?;
    to.write_all(&UNKNOWN)?;
    to.write_all(&element(&[0x15, 0x49, 0xA9, 0x66], &info.concat()))?;
    to.write_all(&element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track.concat())))
}

/// Writes a frame that comes at this time, in nanoseconds.
pub(super) fn frame(to: &mut impl Write, time: u64, pixels: &[u8]) -> io::Result<()> {
    let time = element(&[0xE7], &time.to_be_bytes());
    // The first track, at the cluster's time, a key frame.
    let block = [0x81, 0, 0, 0x80];
    let in_block = block.len() + pixels.len();
    let head = [&[0xA3][..], &size(in_block)].concat();
    to.write_all(&[0x1F, 0x43, 0xB6, 0x75])?;
    to.write_all(&size(time.len() + head.len() + in_block))?;
    [&time, &head, &block[..], pixels].iter().try_for_each(|part| to.write_all(part))
}

fn element(id: &[u8], data: &[u8]) -> Vec<u8> {
    [id, &size(data.len()), data].concat()
}

/// A size, in eight bytes of which the first bits say so.
fn size(bytes: usize) -> [u8; 8] {
    (bytes as u64 | 1 << 56).to_be_bytes()
}
