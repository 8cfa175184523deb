//! The token by which long work is stopped, from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::{Error, Result};

/// What the caller wants to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// Stop iterating and return the picture as it stands; what makes a picture of it is still done.
    Finish,
    /// Stop and return [`Error::Cancelled`].
    Cancel,
}

/// Shared by whoever works and whoever waits: clones are one token. What was asked for is never taken back.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicU8>);

impl CancelToken {
    /// Nothing is asked for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the picture as it stands.
    pub fn finish(&self) {
        self.0.fetch_max(Verdict::Finish as u8, Ordering::Relaxed);
    }

    /// Asks to stop without a result.
    pub fn cancel(&self) {
        self.0.fetch_max(Verdict::Cancel as u8, Ordering::Relaxed);
    }

    /// What was asked for.
    pub fn verdict(&self) -> Verdict {
        match self.0.load(Ordering::Relaxed) {
            0 => Verdict::Continue,
            1 => Verdict::Finish,
            _ => Verdict::Cancel,
        }
    }

    /// Whether there is to be no result: what loops that work in parallel leave early by.
    pub fn is_cancelled(&self) -> bool {
        self.verdict() == Verdict::Cancel
    }

    /// The poll of work that can fail.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_one_token_and_cancelling_outweighs_finishing() {
        let (token, other) = (CancelToken::new(), CancelToken::new());
        let clone = token.clone();
        clone.finish();
        assert_eq!((token.verdict(), other.verdict()), (Verdict::Finish, Verdict::Continue));
        assert!(token.check().is_ok());
        clone.cancel();
        token.finish();
        assert_eq!(clone.verdict(), Verdict::Cancel);
        assert!(matches!(token.check(), Err(Error::Cancelled)));
    }
}
