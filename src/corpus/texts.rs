//! The study's texts.

use super::jsonl;
use crate::error::{Error, Result};
use crate::hash;
use crate::study::TextChoice;
use serde::Deserialize;
use std::path::Path;

const DEMO: &str = include_str!("../../assets/demo/texts.jsonl");

/// Texts and where they came from.
pub struct Source {
    /// The texts that pass the filter, stripped, in file order.
    pub texts: Vec<String>,
    /// How many texts the source holds in all.
    pub available: usize,
    /// SHA-256 of the source, in hexadecimal.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

/// The texts that `choice` describes: those that pass its filter, at most `limit`.
///
/// # Errors
/// [`Error::Data`] where the source cannot be read, is empty, or no text passes the filter; the message says which.
pub fn load(choice: &TextChoice) -> Result<Source> {
    let path = Path::new(&choice.source);
    let origin = &choice.source;
    let (content, lines) = if origin == "demo" {
        (DEMO.to_owned(), true)
    } else if path.is_file() {
        (jsonl::read(path)?, path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")))
    } else {
        return Err(Error::Data(format!(
            "texts.source \"{origin}\": expected \"demo\" or a text file (one text a line, or .jsonl with a \"text\" \
             field), and there is no such file"
        )));
    };
    let all: Vec<String> = if lines {
        jsonl::parse::<Line>(&content, origin)?.into_iter().map(|(_, line)| line.text).collect()
    } else {
        content.lines().map(ToOwned::to_owned).collect()
    };
    let available = all.iter().filter(|text| !text.trim().is_empty()).count();
    if available == 0 {
        return Err(Error::Data(format!("texts.source \"{origin}\" holds no text")));
    }
    let texts: Vec<String> = all
        .iter()
        .map(|text| text.trim())
        .filter(|text| passes(choice, text))
        .take(choice.limit)
        .map(String::from)
        .collect();
    if texts.is_empty() {
        return Err(Error::Data(format!(
            "texts.source \"{origin}\": none of its {available} texts passes the filter (more than {} and fewer than {} \
             characters, contains \"{}\", does not start with \"{}\")",
            choice.longer_than, choice.shorter_than, choice.must_contain, choice.must_not_start_with
        )));
    }
    Ok(Source { texts, available, sha256: hash::of(content.as_bytes()) })
}

fn passes(choice: &TextChoice, text: &str) -> bool {
    let length = text.chars().count();
    length > choice.longer_than
        && length < choice.shorter_than
        && text.contains(&choice.must_contain)
        && (choice.must_not_start_with.is_empty() || !text.starts_with(&choice.must_not_start_with))
}
