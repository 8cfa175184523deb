//! One growing buffer a thread: what the kernels gather and transform values in is not allocated again and again.

use std::cell::RefCell;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `work` a buffer of `len` values whose contents are unspecified.
///
/// `work` must not hand work to the thread pool while it holds the buffer: the pool may run another kernel on this very
/// thread, which would find the buffer taken and panic.
pub(crate) fn with_scratch<T>(len: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    SCRATCH.with_borrow_mut(|buffer| {
        if buffer.len() < len {
            buffer.resize(len, 0.0);
        }
        work(&mut buffer[..len])
    })
}
