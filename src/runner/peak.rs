//! How much memory this process takes while something runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What `work` gives, and the most bytes of memory that this process had meanwhile, sampled every 2 ms: of the memory
/// that no file stands behind, for mapped files are the system's to take back. None where the system does not say.
pub fn peak_memory<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    let (peak, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let result = std::thread::scope(|scope| {
        let sample = || {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(anonymous().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        // Without the thread, what is there at the end is all that is known.
        let _ = std::thread::Builder::new().spawn_scoped(scope, sample);
        // Where `work` panics, nobody may wait for the thread for ever.
        let _end = End(&done);
        work()
    });
    let peak = peak.into_inner().max(anonymous().unwrap_or(0));
    (result, Some(peak).filter(|peak| *peak > 0))
}

/// Says when it is dropped that the work is done.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Bytes of this process's memory that no file stands behind.
#[must_use]
pub fn anonymous() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(1024 * kilobytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_ends_the_measurement() {
        assert!(std::panic::catch_unwind(|| peak_memory(|| std::panic::panic_any("meant"))).is_err());
    }
}
