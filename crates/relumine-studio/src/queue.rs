//! One queue of long work on one thread: what comes first is what people wait for, and the newest of a kind wins.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use relumine::watch::CancelToken;

/// Kinds of work, what people wait for first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A first picture, at once.
    Quick,
    /// A look.
    Solve,
    /// Files.
    Export,
}

impl Kind {
    /// Whether a newer request makes an older one pointless.
    fn newest_wins(self) -> bool {
        self != Self::Export
    }
}

/// Work that is waiting; it runs with a token that may be cancelled already, and then says so.
struct Job {
    id: String,
    kind: Kind,
    token: CancelToken,
    work: Box<dyn FnOnce(CancelToken) + Send>,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Job>,
    running: Option<(String, Kind, CancelToken)>,
    stopped: bool,
}

/// The queue.
pub(crate) struct Queue {
    shared: Shared,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the queue shares with its thread.
#[derive(Clone, Default)]
struct Shared(Arc<(Mutex<Inner>, Condvar)>);

impl Queue {
    /// Starts its thread, which ends when the queue is stopped.
    pub(crate) fn start() -> Self {
        let shared = Shared::default();
        let clone = shared.clone();
        let thread = std::thread::spawn(move || clone.run());
        Self { shared, thread: Mutex::new(Some(thread)) }
    }

    /// Adds work. What it makes pointless is cancelled, and still runs, to say so.
    pub(crate) fn add(&self, id: &str, kind: Kind, work: impl FnOnce(CancelToken) + Send + 'static) {
        let mut inner = self.shared.lock();
        if kind.newest_wins() {
            inner.waiting.iter().filter(|job| job.kind == kind).for_each(|job| job.token.cancel());
            inner
                .running
                .iter()
                .filter(|(_, running, _)| *running == kind)
                .for_each(|(_, _, token)| token.cancel());
        }
        let token = CancelToken::new();
        if inner.stopped {
            token.cancel();
        }
        inner.waiting.push_back(Job { id: id.into(), kind, token, work: Box::new(work) });
        self.shared.0.1.notify_one();
    }

    /// Cancels work by its id; whether there was any.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let inner = self.shared.lock();
        let running = inner.running.iter().map(|(id, _, token)| (id, token));
        let tokens = inner.waiting.iter().map(|job| (&job.id, &job.token)).chain(running);
        tokens.filter(|(known, _)| *known == id).map(|(_, token)| token.cancel()).count() > 0
    }

    /// Cancels everything, takes no more, and waits until nothing runs.
    pub(crate) fn stop(&self) {
        let mut inner = self.shared.lock();
        inner.stopped = true;
        inner.waiting.iter().for_each(|job| job.token.cancel());
        inner.running.iter().for_each(|(_, _, token)| token.cancel());
        drop(inner);
        self.shared.0.1.notify_one();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(Job { token, work, .. }) = self.next() {
            // Work is not to take the queue with it, whatever happens in a decoder.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(token)));
            self.lock().running = None;
        }
    }

    /// Waits for the next; `None` where the queue was stopped and nothing is left.
    fn next(&self) -> Option<Job> {
        let mut inner = self.lock();
        loop {
            // What was cancelled first: it takes no time, and somebody waits to hear of it.
            let first = |(place, job): (usize, &Job)| ((!job.token.is_cancelled(), job.kind), place);
            if let Some((_, place)) = inner.waiting.iter().enumerate().map(first).min() {
                let job = inner.waiting.remove(place)?;
                inner.running = Some((job.id.clone(), job.kind, job.token.clone()));
                return Some(job);
            }
            if inner.stopped {
                return None;
            }
            inner = self.0.1.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_newest_of_a_kind_wins_and_what_is_quick_goes_first() {
        let (queue, (tell, told)) = (Queue::start(), mpsc::channel());
        let (go, wait) = mpsc::channel::<()>();
        queue.add("gate", Kind::Export, move |_| wait.recv().unwrap());
        let job = |name: &'static str| {
            let tell = tell.clone();
            move |token: CancelToken| tell.send((name, token.is_cancelled())).unwrap()
        };
        queue.add("file", Kind::Export, job("file"));
        queue.add("old", Kind::Solve, job("old"));
        queue.add("other file", Kind::Export, job("other file"));
        queue.add("new", Kind::Solve, job("new"));
        queue.add("quick", Kind::Quick, job("quick"));
        assert!(queue.cancel("other file") && !queue.cancel("nothing"));
        go.send(()).unwrap();
        let order: Vec<_> = told.iter().take(5).collect();
        let expected =
            [("old", true), ("other file", true), ("quick", false), ("new", false), ("file", false)];
        assert_eq!(order, expected);
    }

    #[test]
    fn work_that_panics_takes_nothing_with_it() {
        let (queue, (tell, told)) = (Queue::start(), mpsc::channel());
        queue.add("bad", Kind::Export, |_| panic!("on purpose"));
        queue.add("good", Kind::Export, move |_| tell.send(()).unwrap());
        told.recv().unwrap();
        queue.stop();
    }
}
