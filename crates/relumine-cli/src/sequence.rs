//! Frames of a film: looks that move with what is seen, without flicker.
//!
//! Each scene has key frames, for which the look goes to what they show; what lies between two is between their looks, along the motion of the
//! picture. So what was recognised a little otherwise from frame to frame fades over half a second instead of flickering, and nothing of one scene
//! reaches another.

mod keys;
mod scenes;

pub(crate) use keys::Keys;
pub(crate) use scenes::{AROUND, Scenes, small};

use anyhow::Result;
use relumine::Look;

/// Frames from one key to the next, unless it is said otherwise.
pub(crate) const BETWEEN: usize = 12;

/// The look of a frame, by those of the keys about it.
pub(crate) fn look(
    place: usize,
    scenes: &Scenes,
    mut key: impl FnMut(usize) -> Result<Look>,
) -> Result<Look> {
    let (before, after) = scenes.keys_about(place);
    let first = key(before)?;
    if before == after {
        return Ok(first);
    }
    let share = (place - before) as f32 / (after - before) as f32;
    let motions = [scenes.motion(before, place), scenes.motion(place, after).back()];
    Ok(first.toward(&key(after)?, share, motions).map_err(relumine::Error::from)?)
}
