//! How much memory the process has needed, and may need.

/// Peak resident memory of this process in bytes; `None` where the system does not say.
#[cfg(unix)]
pub(crate) fn peak_bytes() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // `ru_maxrss` counts kilobytes, on Apple's systems bytes (their getrusage(2)).
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    u64::try_from(usage.max_rss()).ok().map(|peak| peak * unit)
}

/// Peak resident memory of this process in bytes; `None` where the system does not say.
#[cfg(not(unix))]
pub(crate) fn peak_bytes() -> Option<u64> {
    None
}

/// Bytes of memory that so many photos at work together may take: what two or three large ones need, and no more than three quarters of what the
/// machine has to give.
pub(crate) fn budget(jobs: usize) -> u64 {
    const A_JOB: u64 = 768 << 20;
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let available = system.available_memory();
    (A_JOB * jobs as u64).min(available / 4 * 3)
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn the_peak_grows_with_what_is_held() {
        let before = super::peak_bytes().unwrap();
        let held = vec![1u8; 64 << 20];
        let after = super::peak_bytes().unwrap();
        assert!(after > 60 << 20, "{after} bytes with {} held", held.len());
        assert!(after >= before);
    }
}
