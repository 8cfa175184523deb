//! Codecs are blocking calls of seconds that poll nothing. They run on a thread of their own, for which the caller waits no longer
//! than its token lets it: what is given up on ends by itself, unheard.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{Limits, read};
use crate::watch::CancelToken;
use crate::{Error, PhotoError, Result};

const BETWEEN_POLLS: Duration = Duration::from_millis(10);

/// Does `work` on a thread of its own, on which nothing else runs; `lost` makes an error of the reason why there is no result, where
/// the thread cannot be started or panics.
pub(super) fn aside<T: Send + 'static>(
    token: &CancelToken,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    lost: impl FnOnce(String) -> Error,
) -> Result<T> {
    token.check()?;
    let (sender, receiver) = channel();
    // Whoever waited may be gone.
    let job = move || drop(sender.send(work()));
    if let Err(error) = thread::Builder::new().name("relumine codec".into()).spawn(job) {
        return Err(lost(error.to_string()));
    }
    loop {
        match receiver.recv_timeout(BETWEEN_POLLS) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => token.check()?,
            Err(RecvTimeoutError::Disconnected) => return Err(lost("the codec broke down".into())),
        }
    }
}

/// Reads a file and makes something of its bytes, [aside].
pub(crate) fn open<T: Send + 'static>(
    path: &Path,
    limits: &Limits,
    token: &CancelToken,
    make: impl FnOnce(&[u8], &Path, &Limits) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (file, limits) = (path.to_owned(), *limits);
    let lost = |reason| Error::Photo { path: path.into(), problem: PhotoError::Damaged { reason } };
    aside(token, move || make(&read(&file, &limits)?, &file, &limits), lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(reason: String) -> Error {
        Error::Photo { path: "lost".into(), problem: PhotoError::Damaged { reason } }
    }

    #[test]
    fn what_blocks_is_left_alone_once_it_is_cancelled() {
        let token = CancelToken::new();
        let (release, held) = channel::<()>();
        let clone = token.clone();
        let result = aside(
            &token,
            move || {
                clone.cancel();
                // Until the test is over: nobody who waited for this would ever get there.
                let _ = held.recv();
                Ok(())
            },
            lost,
        );
        assert!(matches!(result, Err(Error::Cancelled)));
        drop(release);
        assert!(matches!(aside(&token, || Ok(1), lost), Err(Error::Cancelled)));
    }

    #[test]
    fn a_codec_that_panics_is_an_error() {
        let result = aside(&CancelToken::new(), || -> Result<()> { panic!("as some codec might") }, lost);
        assert!(matches!(result, Err(Error::Photo { problem: PhotoError::Damaged { .. }, .. })));
        assert_eq!(aside(&CancelToken::new(), || Ok(7), lost).unwrap(), 7);
    }
}
