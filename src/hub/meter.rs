//! How far a download is, and every wait of it: whoever asked hears of it all the time and can end it.

use super::Progress;
use crate::error::Result;
use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

/// How often is reported: an order to stop is obeyed within this.
const TICK: Duration = Duration::from_millis(150);

/// The speed is that of the last so many seconds.
const RECENT: Duration = Duration::from_secs(5);

/// Counts bytes and reports them.
pub(super) struct Meter<'a> {
    report: &'a mut dyn FnMut(&Progress) -> Result<()>,
    /// What is reported; whoever knows a part of it sets it.
    pub progress: Progress,
    received: u64,
    recent: VecDeque<(Instant, u64)>,
    last: Instant,
}

impl<'a> Meter<'a> {
    pub fn new(repository: &str, report: &'a mut dyn FnMut(&Progress) -> Result<()>) -> Self {
        let progress = Progress {
            repository: repository.to_owned(),
            file: String::new(),
            done: 0,
            total: 0,
            bytes_per_second: 0.0,
            left: None,
        };
        let now = Instant::now();
        Self { report, progress, received: 0, recent: VecDeque::from([(now, 0)]), last: now }
    }

    /// Whether anything has come over the network.
    pub fn has_received(&self) -> bool {
        self.received > 0
    }

    /// So many bytes came over the network.
    pub fn received(&mut self, bytes: u64) -> Result<()> {
        self.received += bytes;
        self.found(bytes)
    }

    /// So many bytes were there already.
    pub fn found(&mut self, bytes: u64) -> Result<()> {
        self.progress.done += bytes;
        if self.last.elapsed() < TICK { Ok(()) } else { self.tell() }
    }

    /// Reports as it is now.
    pub fn tell(&mut self) -> Result<()> {
        let now = Instant::now();
        self.last = now;
        self.recent.push_back((now, self.received));
        while self.recent.len() > 2 && now.duration_since(self.recent[1].0) > RECENT {
            self.recent.pop_front();
        }
        if let Some((then, received)) = self.recent.front() {
            let seconds = now.duration_since(*then).as_secs_f64();
            let bytes = (self.received - received) as f64;
            self.progress.bytes_per_second = if seconds > 0.0 { bytes / seconds } else { 0.0 };
        }
        let left = self.progress.total.saturating_sub(self.progress.done) as f64 / self.progress.bytes_per_second;
        self.progress.left = Duration::try_from_secs_f64(left).ok();
        (self.report)(&self.progress)
    }

    /// Waits for `work`, and reports meanwhile; an order to stop drops it.
    pub async fn watch<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(TICK, work.as_mut()).await {
                Ok(outcome) => return Ok(outcome),
                Err(_) => self.tell()?,
            }
        }
    }
}
