//! Long work, while Python goes on: other threads run, progress is told, and Ctrl-C stops it.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use relumine::watch::{CancelToken, Follow, Progress, Watch};

use crate::failure::Raised;

/// Between looks for signals: what is felt as at once.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Does the work on a thread of its own without the interpreter, which looks for signals meanwhile. `progress` is called with stage, how
/// much of it is done, of how much, and the loss where there is one. What it raises stops the work, and is raised.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&mut Watch<'_>) -> anyhow::Result<T> + Send,
) -> PyResult<T> {
    let token = CancelToken::new();
    let mut teller = progress.map(|progress| Teller { progress, token: token.clone(), raised: None });
    let (result, interrupted) = thread::scope(|scope| {
        let (done, mut finished) = mpsc::channel::<()>();
        let (own, teller) = (token.clone(), &mut teller);
        let worker = scope.spawn(move || {
            // Dropped when the work ends, in whatever way.
            let _done = done;
            let watch = Watch::with_token(own);
            let mut watch = match teller {
                Some(teller) => watch.followed_by(teller),
                None => watch,
            };
            work(&mut watch)
        });
        let mut interrupted = None;
        loop {
            let finished = &mut finished;
            match py.detach(move || finished.recv_timeout(BETWEEN_LOOKS)) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Err(signal) = py.check_signals() {
                token.cancel();
                interrupted.get_or_insert(signal);
            }
        }
        (py.detach(|| worker.join()), interrupted)
    });
    if let Some(raised) = interrupted.or_else(|| teller.and_then(|teller| teller.raised)) {
        return Err(raised);
    }
    match result {
        Ok(result) => result.raised(py),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Tells a callable of Python's.
struct Teller {
    progress: Py<PyAny>,
    token: CancelToken,
    raised: Option<PyErr>,
}

impl Follow for Teller {
    fn progress(&mut self, at: &Progress) {
        if self.raised.is_some() {
            return;
        }
        let stage = serde_json::to_value(at.stage).unwrap_or_default();
        let told = Python::attach(|py| {
            self.progress
                .call1(py, (stage.as_str().unwrap_or_default(), at.done, at.total, at.loss))
                .map(drop)
        });
        if let Err(raised) = told {
            self.token.cancel();
            self.raised = Some(raised);
        }
    }
}
