//! What stands below a figure: everything that is needed to read it and to find out where it comes from.

use super::Source;
use crate::experiment::Origin;
use crate::figure::names::short;
use crate::figure::picture::Setting;
use crate::study;

/// The caption of a figure that is called `title`, of `studies`, whose marks are what `words` say.
pub fn whole(studies: &[Source], title: &str, words: &str) -> String {
    let preliminary = warning(studies).map_or(String::new(), |why| format!(" {why}."));
    let mut of: Vec<String> = studies.iter().filter_map(run).collect();
    of.extend(printed(studies));
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{title}. {words}{preliminary} {}", of.join(" "))
}

/// Which run the numbers of a study are of; none where they were printed.
fn run(source: &Source) -> Option<String> {
    let study = source.study();
    let is_run = *source.origin() == Origin::Run;
    is_run.then(|| format!("Model {}; study “{}”, SHA-256 {}.", short(&study.model.id), study.name, study::hash(study)))
}

/// Which studies are values that were printed; none where none is.
fn printed(studies: &[Source]) -> Option<String> {
    let of = |source: &Source| {
        let Origin::Published { source: printed, .. } = source.origin() else { return None };
        Some((source.study().model.id.clone(), printed.clone()))
    };
    let printed: Vec<(String, String)> = studies.iter().filter_map(of).collect();
    let (_, by) = printed.first()?;
    let models: Vec<&str> = printed.iter().map(|(model, _)| model.as_str()).collect();
    Some(format!("{}: values printed by {by}, not a run of Polarscope.", models.join(", ")))
}

/// "Preliminary: 3,120 of 20,400 trials"; none where nothing is.
pub fn warning(studies: &[Source]) -> Option<String> {
    let of = |source: &Source| {
        let why = source.preliminary()?;
        let name = if studies.len() > 1 { format!("{}: ", source.name) } else { String::new() };
        Some(format!("{name}{why}"))
    };
    let all: Vec<String> = studies.iter().filter_map(of).collect();
    (!all.is_empty()).then(|| format!("Preliminary: {}", all.join("; ")))
}

/// What stands in the figure itself: the protocol, the layers and the δ of `setting`, what the bars are, and that it is no
/// run where it is none.
pub fn note(source: &Source, setting: &Setting, bars: &str) -> String {
    let printed = match source.origin() {
        Origin::Run => String::new(),
        Origin::Published { source, .. } => format!("Values printed by {source}, not a run of Polarscope. "),
    };
    let delta = setting.delta.map_or(String::new(), |delta| format!(" δ {delta}."));
    let words = format!("{printed}{bars}{delta} {} Model {}.", setting.words, short(&source.study().model.id));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
