//! The looks of key frames that were needed last.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use relumine::Look;

/// Those of the frames that are at work, and a few more.
const KEPT: usize = 16;

/// Looks of frames, by their places.
#[derive(Default)]
pub(crate) struct Keys(Mutex<VecDeque<(usize, Look)>>);

impl Keys {
    /// The look of a frame, found where it is not kept.
    pub(crate) fn get(&self, place: usize, find: impl FnOnce() -> Result<Look>) -> Result<Look> {
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
