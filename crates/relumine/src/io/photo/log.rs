//! Whether a photo without a profile is probably footage in a camera's log: grey all over, with neither black nor white.

use super::Source;
use crate::Notice;
use crate::io::samples;

/// Pixels looked at, on a lattice.
const LATTICE: usize = 96;

/// Levels between which nearly all pixels of a log lie: black is at about 0.1, white at 0.6 and lights seldom at 0.8.
const DARKEST: f32 = 0.07;
const LIGHTEST: f32 = 0.78;
/// Saturation, (max − min) / max, that the mean of a log stays below.
const SATURATION: f32 = 0.22;
/// Range of levels that a picture of anything has: less is fog, or a wall.
const RANGE: f32 = 0.2;

/// Says so.
pub(super) fn notice(source: &Source) -> Option<Notice> {
    let (width, height) = (source.pixels.width() as usize, source.pixels.height() as usize);
    if source.profile.is_some() || !source.pixels.color().has_color() || width.min(height) < LATTICE {
        return None;
    }
    let place = |at: usize, side: usize| (2 * at + 1) * side / (2 * LATTICE);
    let colours = (0..LATTICE * LATTICE)
        .map(|at| samples::pixel(&source.pixels, place(at / LATTICE, height), place(at % LATTICE, width)).0);
    let (mut levels, mut saturation) = (Vec::with_capacity(LATTICE * LATTICE), 0.0);
    for [r, g, b] in colours {
        let (least, most) = (r.min(g).min(b), r.max(g).max(b));
        levels.push(0.299 * r + 0.587 * g + 0.114 * b);
        saturation += (most - least) / most.max(1e-6);
    }
    levels.sort_by(f32::total_cmp);
    let quantile = |part: usize| levels[levels.len() * part / 200];
    let (dark, light) = (quantile(1), quantile(199));
    let is_log = dark > DARKEST
        && light < LIGHTEST
        && light - dark > RANGE
        && saturation / (levels.len() as f32) < SATURATION;
    is_log.then_some(Notice::ProbablyLog)
}
