//! Minimal pairs in BLiMP's form (Warstadt et al. 2020, arXiv 1912.00582).

use super::{blimp, jsonl};
use crate::error::{Error, Result};
use crate::hash;
use crate::hub::Hub;
use crate::study::{Key, Kind, Setting, Syntax, Wrong};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The setting of the source.
const PAIRS: Setting = Setting::Of(Kind::Syntax, Key::Pairs);

macro_rules! demo_file {
    ($paradigm:literal) => {
        ($paradigm, include_str!(concat!("../../assets/demo/pairs/", $paradigm, ".jsonl")))
    };
}

const DEMO: [(&str, &str); 11] = [
    demo_file!("regular_subject_verb_agreement"),
    demo_file!("irregular_subject_verb_agreement"),
    demo_file!("prepositional_attractor_agreement"),
    demo_file!("relative_clause_attractor_agreement"),
    demo_file!("determiner_noun_agreement"),
    demo_file!("reflexive_number_agreement"),
    demo_file!("determiner_noun_agreement_with_adjective"),
    demo_file!("reflexive_attractor_agreement"),
    demo_file!("coordinated_verb_agreement"),
    demo_file!("embedded_clause_agreement"),
    demo_file!("verb_in_relative_clause_agreement"),
];

/// Two sentences that differ in one point of grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The paradigm, BLiMP's `UID`.
    pub paradigm: String,
    /// Its name within the paradigm.
    pub id: String,
    /// The grammatical sentence.
    pub good: String,
    /// The other one.
    pub bad: String,
}

/// Minimal pairs and where they came from.
#[derive(Debug)]
pub struct PairSource {
    /// The pairs, paradigm by paradigm in the order of the study.
    pub pairs: Vec<Pair>,
    /// SHA-256 of their files, in hexadecimal.
    pub sha256: String,
    /// The commit of the data set that they are from, where they are from one.
    pub revision: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    sentence_good: String,
    sentence_bad: String,
    #[serde(rename = "UID")]
    uid: Option<String>,
    #[serde(rename = "pairID", alias = "pair_id")]
    pair_id: Option<serde_json::Value>,
}

/// The pairs that `syntax` asks for.
///
/// # Errors
/// [`Error::data`] where a file cannot be read or is not in BLiMP's form; [`Error::usage`] where a paradigm is not
/// there, or has fewer pairs than are asked for. For a data set of the Hub also as [`Hub::snapshot`].
pub fn load(syntax: &Syntax, hub: &mut Hub<'_>) -> Result<PairSource> {
    let PairSource { pairs, sha256, revision } = whole(syntax, hub)?;
    if pairs.is_empty() {
        return Err(Error::data(Wrong::EmptySource(PAIRS, syntax.pairs.clone())));
    }
    let known: Vec<String> = counted(&pairs).into_iter().map(|(name, _)| name).collect();
    let wanted = if syntax.paradigms.is_empty() { &known } else { &syntax.paradigms };
    let each = syntax.items / wanted.len();
    if each == 0 {
        return Err(Wrong::FewPairs(syntax.items, wanted.len()).into());
    }
    let mut chosen = Vec::new();
    for paradigm in wanted {
        let of_it: Vec<&Pair> = pairs.iter().filter(|pair| pair.paradigm == *paradigm).collect();
        if of_it.is_empty() {
            let (name, source) = (paradigm.clone(), syntax.pairs.clone());
            return Err(Wrong::NoParadigm { name, source, known }.into());
        }
        if of_it.len() < each {
            let (name, there) = (paradigm.clone(), of_it.len());
            let most = there * wanted.len();
            return Err(Wrong::ShortParadigm { items: syntax.items, each, name, there, most }.into());
        }
        chosen.extend(of_it.into_iter().take(each).cloned());
    }
    let mut names: Vec<(&str, &str)> = chosen.iter().map(|pair| (pair.paradigm.as_str(), pair.id.as_str())).collect();
    names.sort_unstable();
    if let Some([(paradigm, id), _]) = names.windows(2).find(|two| two[0] == two[1]) {
        return Err(Error::data(format!("\"{}\": paradigm {paradigm} has the pairID {id} twice", syntax.pairs)));
    }
    Ok(PairSource { pairs: chosen, sha256, revision })
}

/// Every pair of the files that hold what `syntax` asks for.
fn whole(syntax: &Syntax, hub: &mut Hub<'_>) -> Result<PairSource> {
    if syntax.pairs == "blimp" { of_blimp(&syntax.paradigms, hub) } else { of_files(syntax) }
}

fn of_blimp(paradigms: &[String], hub: &mut Hub<'_>) -> Result<PairSource> {
    let (tables, commit) = blimp::load(paradigms, hub)?;
    let mut pairs = Vec::new();
    let mut hasher = Sha256::new();
    for table in tables {
        hasher.update(&table.bytes);
        for row in table.rows {
            // As many values as columns.
            let Ok([good, bad, paradigm, id]) = <[String; 4]>::try_from(row) else { continue };
            pairs.push(Pair { paradigm, id, good, bad });
        }
    }
    Ok(PairSource { pairs, sha256: hash::hex(hasher), revision: Some(commit) })
}

fn of_files(syntax: &Syntax) -> Result<PairSource> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut hasher = Sha256::new();
    for (stem, file) in files(syntax)? {
        hasher.update(&file.bytes);
        for (number, line) in jsonl::parse::<Line>(file.content()?, &file.origin)? {
            let id = match line.pair_id {
                Some(serde_json::Value::String(id)) => id,
                Some(other) => other.to_string(),
                None => (number - 1).to_string(),
            };
            let paradigm = line.uid.unwrap_or_else(|| stem.clone());
            pairs.push(Pair { paradigm, id, good: line.sentence_good, bad: line.sentence_bad });
        }
    }
    Ok(PairSource { pairs, sha256: hash::hex(hasher), revision: None })
}

/// The paradigms that the source `pairs` holds, in file order, and how many pairs each has. Those of BLiMP are known
/// without its files.
///
/// # Errors
/// [`Error::data`] as of [`load`].
pub fn paradigms(pairs: &str) -> Result<Vec<(String, usize)>> {
    if pairs == "blimp" {
        return Ok(blimp::PARADIGMS.iter().map(|name| ((*name).to_owned(), blimp::EACH)).collect());
    }
    let all = of_files(&Syntax { pairs: pairs.to_owned(), paradigms: Vec::new(), ..Syntax::default() })?;
    Ok(counted(&all.pairs))
}

/// The paradigms of `pairs` in their order, and how many pairs each has.
fn counted(pairs: &[Pair]) -> Vec<(String, usize)> {
    let mut known: Vec<(String, usize)> = Vec::new();
    for pair in pairs {
        match known.iter_mut().find(|(name, _)| *name == pair.paradigm) {
            Some((_, count)) => *count += 1,
            None => known.push((pair.paradigm.clone(), 1)),
        }
    }
    known
}

/// (stem, file) of each file that may hold the paradigms asked for: those named after them, or
/// all where one of them has no file of its own.
fn files(syntax: &Syntax) -> Result<Vec<(String, jsonl::Text)>> {
    if syntax.pairs == "demo" {
        let files = chosen(&DEMO, |(stem, _)| (*stem).to_owned(), &syntax.paradigms);
        let file = |(stem, text): &(&str, &str)| {
            let (bytes, origin) = (text.as_bytes().to_owned(), format!("demo pairs {stem}"));
            ((*stem).to_owned(), jsonl::Text { bytes, origin })
        };
        return Ok(files.into_iter().map(file).collect());
    }
    let source = Path::new(&syntax.pairs);
    let mut paths: Vec<PathBuf> = if source.is_dir() {
        let entries = std::fs::read_dir(source).map_err(|e| Error::data(format!("{}: {e}", source.display())))?;
        let all = entries.filter_map(|entry| Some(entry.ok()?.path()));
        all.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect()
    } else if source.is_file() {
        vec![source.to_owned()]
    } else {
        return Err(Error::data(Wrong::NoSource(PAIRS, syntax.pairs.clone())));
    };
    paths.sort();
    let stem = |path: &PathBuf| path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let files = chosen(&paths, stem, &syntax.paradigms);
    files.into_iter().map(|path| Ok((stem(path), jsonl::read(path)?))).collect()
}

/// Of `files` those whose stem is wanted; all where nothing in particular is, or something that no stem names.
fn chosen<'a, T>(files: &'a [T], stem: impl Fn(&T) -> String, wanted: &[String]) -> Vec<&'a T> {
    let own = |paradigm: &String| files.iter().any(|file| stem(file) == *paradigm);
    let all = wanted.is_empty() || !wanted.iter().all(own);
    files.iter().filter(|file| all || wanted.contains(&stem(file))).collect()
}
