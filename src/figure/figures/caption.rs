//! What stands below a figure: everything that is needed to read it and to find out where it comes from.

use super::Source;
use crate::experiment::Origin;
use crate::study;

/// The caption of a figure that is called `title`, of `studies`, whose marks are what `words` say.
pub fn whole(studies: &[Source], title: &str, words: &str) -> String {
    let preliminary = warning(studies).map_or(String::new(), |why| format!(" {why}."));
    let of: Vec<String> = studies.iter().map(origin).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{title}. {words}{preliminary} {}", of.join(" "))
}

/// Where the numbers of a study come from.
fn origin(source: &Source) -> String {
    let Source { study, .. } = source;
    match source.origin {
        Origin::Run => format!("Model {}; study “{}”, SHA-256 {}.", study.model.id, study.name, study::hash(study)),
        Origin::Published { source: printed, .. } => {
            format!("{}: values printed by {printed}, not a run of Polarscope.", study.model.id)
        }
    }
}

/// "Preliminary: 3,120 of 20,400 trials"; none where nothing is.
pub fn warning(studies: &[Source]) -> Option<String> {
    let of = |source: &Source| {
        let why = source.preliminary.as_ref()?;
        let name = if studies.len() > 1 { format!("{}: ", source.name) } else { String::new() };
        Some(format!("{name}{why}"))
    };
    let all: Vec<String> = studies.iter().filter_map(of).collect();
    (!all.is_empty()).then(|| format!("Preliminary: {}", all.join("; ")))
}

/// What stands in the figure itself: the protocol and the layers of `table`, what the bars are, and that it is no run
/// where it is none.
pub fn note(source: &Source, table: &str, bars: &str) -> String {
    let setting = crate::figure::picture::records::setting(source.tables, table);
    let printed = match source.origin {
        Origin::Run => String::new(),
        Origin::Published { source, .. } => format!("Values printed by {source}, not a run of Polarscope. "),
    };
    let words = format!("{printed}{bars} {setting} Model {}.", source.study.model.id);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
