//! How long the window's own work takes per frame.

use std::time::Duration;

/// The most recent frames.
#[derive(Debug, Clone, Default)]
pub struct FrameTimes {
    recent: Vec<Duration>,
    next: usize,
}

const KEPT: usize = 1000;

impl FrameTimes {
    /// Adds a frame.
    pub fn push(&mut self, time: Duration) {
        if self.recent.len() < KEPT {
            self.recent.push(time);
        } else {
            self.recent[self.next] = time;
            self.next = (self.next + 1) % KEPT;
        }
    }

    /// Forgets all frames.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The newest frame; zero before the first.
    #[must_use]
    pub fn last(&self) -> Duration {
        let before = self.next.checked_sub(1).and_then(|at| self.recent.get(at));
        before.or(self.recent.last()).copied().unwrap_or_default()
    }

    /// How many frames are known, at most the last 1000.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.recent.len()
    }

    /// The time that `percent` of the frames stay within; zero before the first.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.recent.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_recent_frames() {
        let mut times = FrameTimes::default();
        assert_eq!(times.percentile(95), Duration::ZERO);
        for ms in 1..=100 {
            times.push(Duration::from_millis(ms));
        }
        assert_eq!(times.percentile(95), Duration::from_millis(95));
        assert_eq!(times.percentile(100), Duration::from_millis(100));
    }
}
