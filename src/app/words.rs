//! Numbers, times and the library's messages, in the window's words.

use crate::hub::Progress;
use crate::runner::size;
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

/// The library speaks of fields and of the command line's options; the window has controls for them.
const REWORDED: [(&str, &str); 30] = [
    ("statistics.equivalence.", "The bound of "),
    ("model.dtype = \"bf16\", which halves the weights", "weights in bf16, which are half as large"),
    ("a smaller texts.max_tokens, which shrinks a batch", "fewer tokens per text, which shrinks a batch"),
    ("--device cpu, which uses the machine's own memory", "the CPU, which uses the machine's own memory"),
    ("model.dtype is", "The weights are set to"),
    ("set it to \"f32\" on the CPU", "set them to f32, or choose a CUDA device"),
    ("perturbation.deltas holds", "The δ grid holds"),
    ("perturbation.deltas is", "The δ grid is"),
    ("perturbation.seeds", "The list of seeds"),
    (
        "perturbation.modes is empty: name \"magnitude\", \"angular\", \"isotropic\", { blend = 45 } or several",
        "Choose at least one mode",
    ),
    ("perturbation.modes names", "The modes have"),
    ("perturbation.tokens is an empty list", "No token is chosen"),
    ("perturbation.tokens: no sequence", "Tokens: no sequence"),
    (
        "perturbation.direction.file is empty: name a safetensors file, or set direction to \"random\"",
        "Name a safetensors file, or write random",
    ),
    ("texts.limit is 0", "The number of texts is 0"),
    ("texts.max_tokens", "The number of tokens"),
    ("texts.shorter_than", "\"Shorter than\""),
    ("texts.longer_than", "\"longer than\""),
    ("texts.source", "Source"),
    ("experiments.syntax.pairs", "Source"),
    ("experiments.syntax.paradigms", "Paradigms"),
    (
        "experiments.audit sets matching, coherence, pairing and rotation itself: leave them out of [perturbation]",
        "The audit varies matching, coherence, pairing and rotation itself: set them to \"as the protocol\"",
    ),
    (
        "the study has no experiment: add [experiments.sweep] or another one",
        "Choose at least one experiment: without one there is nothing to run",
    ),
    (", or extend this one with --resume", ""),
    ("so name another file with --out", "so choose another results file"),
    ("the study differs from the one in the file at", "This study differs from the one in the file at"),
    ("the study does not fit", "The study does not fit"),
    ("name another file with --out", "choose another results file"),
    ("add --resume to go on with it", "press Resume to go on with it"),
    ("run again with --resume", "press Resume"),
];

/// What the settings of experiments are called in the window, and how their sentences go on.
const SETTINGS: [(&str, &str); 14] = [
    ("deltas ", "The δ grid "),
    ("delta holds", "δ is"),
    ("delta ", "δ "),
    ("seeds ", "The list of seeds "),
    ("texts ", "The number of texts "),
    ("items ", "The number of pairs "),
    ("top ", "The list of heads that are repaired together "),
    ("singles ", "The number of heads that are repaired one by one "),
    ("size ", "The size of a set "),
    ("window ", "The width of a window "),
    ("random ", "The number of random sets "),
    ("layers ", "The list of layers "),
    ("read_layers ", "The list of read layers "),
    ("repair_layers ", "The list of repaired layers "),
];

/// `message` about a setting of an experiment, in the window's words: it stands where the setting is.
fn of_experiment(message: &str) -> Option<String> {
    let (_, rest) = message.strip_prefix("experiments.")?.split_once('.')?;
    let (theirs, ours) = SETTINGS.iter().find(|(theirs, _)| rest.starts_with(theirs))?;
    let rest = rest[theirs.len()..].replace("perturbation.delta_unit is a fraction", "this study's δ are fractions");
    Some(format!("{ours}{}{rest}", if theirs.ends_with(' ') { "" } else { " " }).replace("is  ", "is "))
}

/// `message` of the library, in the window's words.
#[must_use]
pub fn reworded(message: &str) -> String {
    let message = of_experiment(message).unwrap_or_else(|| message.to_owned());
    REWORDED.iter().fold(message, |message, (theirs, ours)| message.replace(theirs, ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Choice, Found, Limit, Room};
    use crate::runner::Memory;
    use crate::study::Dtype;

    #[test]
    fn times_are_for_people() {
        assert_eq!(
            [0.2, 3.4, 52.0, 240.0, 9000.0].map(about),
            ["less than 1 s", "about 3 s", "about 50 s", "about 4 min", "about 2.5 h"]
        );
        assert_eq!(clock(Duration::from_millis(24_400)), "0:24");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }

    #[test]
    fn options_of_the_command_line_are_not_spoken_of() {
        let message = reworded(
            "a.polar exists and is unfinished; add --resume to go on with it, or name another file with --out",
        );
        assert!(!message.contains("--"), "{message}");
        let memory = Memory { weights: 6_000_000_000, activations: 500_000_000, clean: 20_000_000, mapped: 0 };
        let (total, free) = (7_000_000_000, 6_500_000_000);
        let rooms = vec![Room { limit: Limit::Device, total, free }];
        let found = Found { choice: Choice::Cuda(0), name: "a card".to_owned(), total, free, rooms };
        let message = reworded(&memory.require(Dtype::F32, &found).unwrap_err().to_string());
        for theirs in ["--", "texts.", "model."] {
            assert!(!message.contains(theirs), "{message}");
        }
        assert!(message.contains("fewer tokens per text"), "{message}");
    }
}
