//! Frames of a film: looks that move with what is seen, without flicker.
//!
//! Each scene has key frames, for which the look goes to what they show; what lies between two is between their looks. So what was recognised a
//! little otherwise from frame to frame fades over half a second instead of flickering, and nothing of one scene reaches another.

mod keys;
mod scenes;

pub(crate) use keys::Keys;
pub(crate) use scenes::{AROUND, Scenes, cells};

use anyhow::Result;
use relumine::Look;

/// Frames from one key to the next, unless it is said otherwise.
pub(crate) const BETWEEN: usize = 12;

/// The look of a frame, by those of the keys about it: both the same for a key itself.
pub(crate) fn look(
    place: usize,
    (before, after): (usize, usize),
    mut key: impl FnMut(usize) -> Result<Look>,
) -> Result<Look> {
    let first = key(before)?;
    if before == after {
        return Ok(first);
    }
    let share = (place - before) as f32 / (after - before) as f32;
    Ok(first.toward(&key(after)?, share).map_err(relumine::Error::from)?)
}
