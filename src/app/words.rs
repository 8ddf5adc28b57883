//! Numbers and times, in the window's words.

use crate::hub::Progress;
use crate::runner::size;
use crate::visible;
use std::time::Duration;

/// An estimate of a time for people: "about 50 s", "about 4 min", "about 2.5 h".
#[must_use]
pub fn about(seconds: f64) -> String {
    if !seconds.is_finite() {
        "a time that cannot be estimated".to_owned()
    } else if seconds < 1.0 {
        "less than 1 s".to_owned()
    } else if seconds < 10.0 {
        format!("about {seconds:.0} s")
    } else if seconds < 95.0 {
        format!("about {:.0} s", (seconds / 5.0).round() * 5.0)
    } else if seconds < 5700.0 {
        format!("about {:.0} min", seconds / 60.0)
    } else if seconds < 172_800.0 {
        format!("about {:.1} h", seconds / 3600.0)
    } else {
        format!("about {:.0} days", seconds / 86_400.0)
    }
}

/// A time that is left, as a clock: "0:24", "1:02:03".
#[must_use]
pub fn clock(left: Duration) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_millis() >= 500);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How far a download is: "212 MB of 1.62 GB".
#[must_use]
pub fn fetched(progress: &Progress) -> String {
    match progress.total {
        0 => "Asking the Hub for the list of files".to_owned(),
        total => format!("{} of {}", size(progress.done), size(total)),
    }
}

/// How fast a download is: "24 MB/s"; empty while nothing is known of it.
#[must_use]
pub fn speed(progress: &Progress) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bytes = progress.bytes_per_second as u64;
    if progress.total == 0 { String::new() } else { format!("{}/s", size(bytes)) }
}

/// Memory that is free and there: "22.1 of 25.2 GB free".
#[must_use]
pub fn memory(free: u64, total: u64) -> String {
    format!("{:.1} of {:.1} GB free", free as f64 / 1e9, total as f64 / 1e9)
}

/// A piece as it is shown: a line break has a sign, and what cannot be seen is written out.
#[must_use]
pub fn written(piece: &str) -> String {
    visible::line(&piece.replace(['\n', '\r'], "↵").replace('\t', "→")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        assert_eq!(
            [0.2, 3.4, 52.0, 240.0, 9000.0].map(about),
            ["less than 1 s", "about 3 s", "about 50 s", "about 4 min", "about 2.5 h"]
        );
        assert_eq!(clock(Duration::from_millis(24_400)), "0:24");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
