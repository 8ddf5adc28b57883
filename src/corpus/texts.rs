//! The study's texts.

use super::table::{Column, Values};
use super::{dataset, jsonl};
use crate::error::{Error, Result};
use crate::hash;
use crate::hub::Hub;
use crate::study::{Setting, TextChoice, Wrong};
use crate::text;
use serde::Deserialize;
use std::path::Path;

const DEMO: &str = include_str!("../../assets/demo/texts.jsonl");

/// Short plain sentences, one topic each, for quick looks. The study had short sentences too, other ones: it did not
/// publish them.
const SHORT: [&str; 10] = [
    "The old bridge was closed after the spring flood.",
    "Most bakers in the village start work before sunrise.",
    "A thin layer of ice covered the lake this morning.",
    "The library keeps its oldest maps in a locked room.",
    "Her brother repairs clocks in a shop near the station.",
    "Copper wires carry the signal from roof to basement.",
    "The goalkeeper stopped three shots in the second half.",
    "Young owls learn to hunt by listening in the dark.",
    "The council voted to plant trees along the main road.",
    "Salt water boils at a higher temperature than fresh water.",
];

/// The raw test split of WikiText-103; WikiText-2 has the same one.
const WIKITEXT: (&str, &str) = ("Salesforce/wikitext", "wikitext-103-raw-v1/test-00000-of-00001.parquet");

/// Texts and where they came from.
pub struct Source {
    /// The texts that pass the filter, stripped, in file order.
    pub texts: Vec<String>,
    /// How many texts the source holds, whether they pass the filter or not; blank ones are none.
    pub available: usize,
    /// How many of those pass the filter.
    pub passing: usize,
    /// SHA-256 of the source, in hexadecimal.
    pub sha256: String,
    /// The commit of the data set that they are from, where they are from one.
    pub revision: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

/// The texts that `choice` describes: those that pass its filter, at most `limit`.
///
/// # Errors
/// [`Error::data`] where the source cannot be read, is empty, or no text passes the filter; the message says which.
/// For a data set of the Hub also as [`Hub::snapshot`].
pub fn load(choice: &TextChoice, hub: &mut Hub<'_>) -> Result<Source> {
    let origin = &choice.source;
    let Whole { texts: all, sha256, revision } = whole(origin, hub)?;
    // A mark within a file is that of another one that was appended to it.
    let stripped = |text: &String| text.trim().trim_start_matches(text::MARK).trim_start().to_owned();
    let all: Vec<String> = all.iter().map(stripped).collect();
    let available = all.iter().filter(|text| !text.is_empty()).count();
    if available == 0 {
        return Err(Error::data(Wrong::EmptySource(Setting::Source, origin.clone())));
    }
    let mut texts: Vec<String> = all.into_iter().filter(|text| passes(choice, text)).collect();
    let passing = texts.len();
    texts.truncate(choice.limit);
    if texts.is_empty() {
        return Err(Error::data(Wrong::NoneTextPasses(Box::new(choice.clone()), available)));
    }
    Ok(Source { texts, available, passing, sha256, revision })
}

/// A source before its texts are filtered.
struct Whole {
    texts: Vec<String>,
    sha256: String,
    revision: Option<String>,
}

fn whole(origin: &str, hub: &mut Hub<'_>) -> Result<Whole> {
    match origin {
        "demo" => lines_of_json(DEMO, origin),
        "short" => Ok(lines(&SHORT.join("\n"))),
        "wikitext" => wikitext(hub),
        path => {
            let path = Path::new(path);
            if !path.is_file() {
                return Err(Error::data(Wrong::NoSource(Setting::Source, origin.to_owned())));
            }
            let file = jsonl::read(path)?;
            let content = file.content()?;
            let json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl"));
            let whole = if json { lines_of_json(content, origin)? } else { lines(content) };
            Ok(Whole { sha256: hash::of(&file.bytes), ..whole })
        }
    }
}

fn lines(content: &str) -> Whole {
    let texts = content.lines().map(ToOwned::to_owned).collect();
    Whole { texts, sha256: hash::of(content.as_bytes()), revision: None }
}

fn lines_of_json(content: &str, origin: &str) -> Result<Whole> {
    let texts = jsonl::parse::<Line>(content, origin)?.into_iter().map(|(_, line)| line.text).collect();
    Ok(Whole { texts, sha256: hash::of(content.as_bytes()), revision: None })
}

/// Each row of the data set is a line of the original file.
fn wikitext(hub: &mut Hub<'_>) -> Result<Whole> {
    let (id, file) = WIKITEXT;
    let column = Column { names: &["text"], values: Values::Text };
    let (tables, commit) = dataset::tables(id, &[file.to_owned()], &[column], hub)?;
    let sha256 = tables.iter().map(|table| hash::of(&table.bytes)).collect();
    let texts = tables.into_iter().flat_map(|table| table.rows).flatten().collect();
    Ok(Whole { texts, sha256, revision: Some(commit) })
}

fn passes(choice: &TextChoice, text: &str) -> bool {
    let length = text.chars().count();
    length > choice.longer_than
        && length < choice.shorter_than
        && text.contains(&choice.must_contain)
        && (choice.must_not_start_with.is_empty() || !text.starts_with(&choice.must_not_start_with))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_text() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("a.txt", "One text.\r\nAnother.\n"), ("a.jsonl", "{\"text\": \"One text.\"}\n")] {
            let path = folder.path().join(name);
            let source = path.display().to_string();
            let choice = TextChoice { source, longer_than: 0, must_contain: ".".to_owned(), ..TextChoice::default() };
            let with = |start: &[u8]| {
                std::fs::write(&path, [start, content.as_bytes()].concat()).unwrap();
                load(&choice, &mut Hub::cache_only())
            };
            let plain = with(b"").unwrap();
            let marked = with(b"\xef\xbb\xbf").unwrap();
            assert_eq!(marked.texts, plain.texts);
            assert_eq!(marked.texts[0], "One text.");
            assert_eq!(marked.sha256, hash::of(&std::fs::read(&path).unwrap()), "the hash is that of the file");
            let error = with(b"\xff\xfe").err().unwrap();
            assert!(error.exit_code() == 65 && error.to_string().contains("UTF-16"), "{error}");
        }
    }

    #[test]
    fn the_short_sentences_pass_the_filter_of_the_study() {
        let source = load(&TextChoice { source: "short".to_owned(), ..TextChoice::default() }, &mut Hub::cache_only());
        let source = source.unwrap();
        assert_eq!((source.texts.len(), source.available, source.revision), (10, 10, None));
        assert!(source.texts.iter().all(|text| (6..=12).contains(&text.split(' ').count())));
    }
}
