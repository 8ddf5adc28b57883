//! The reproducibility card of a study: what has to be the same for its numbers to come out again, all of it from the
//! study file.

use super::markdown;
use super::tables::shown;
use crate::corpus::copies;
use crate::error::Result;
use crate::experiment::{Kind, Results};
use crate::store::Store;
use crate::study::{self, Setting, Study};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A card: facts in groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    study: String,
    groups: Vec<Group>,
    canonical: String,
    toml: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Group {
    /// Its name in JSON.
    key: &'static str,
    /// Its name for people.
    title: &'static str,
    facts: Vec<Fact>,
}

#[derive(Debug, Clone, PartialEq)]
struct Fact {
    /// Its name in JSON.
    key: String,
    /// Its name for people.
    name: String,
    /// Null where the file does not say, or where it has no meaning.
    value: Value,
    /// What people read.
    words: Words,
}

impl Fact {
    fn new(key: &str, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let words = vec![words(&value)];
        Self { key: key.to_owned(), name: name.to_owned(), value, words }
    }

    /// The same, which people read as `words`.
    fn read_as(self, words: impl Into<String>) -> Self {
        self.read_in(vec![vec![plain(words)]])
    }

    /// The same, which people read as these lines.
    fn read_in(self, words: Words) -> Self {
        Self { words, ..self }
    }
}

/// What people read, line by line, each of pieces.
pub type Words = Vec<Vec<Piece>>;

/// Words of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As they are.
    Plain(String),
    /// What is written for programs.
    Code(String),
}

impl Piece {
    fn markdown(&self) -> String {
        match self {
            Self::Plain(words) => markdown::text(words),
            Self::Code(words) => markdown::code(words),
        }
    }
}

fn plain(words: impl Into<String>) -> Piece {
    Piece::Plain(words.into())
}

/// A value for people: hashes and what is written for programs as code.
fn words(value: &Value) -> Vec<Piece> {
    let simple = match value {
        Value::Null => "–".to_owned(),
        Value::Bool(is_so) => if *is_so { "yes" } else { "no" }.to_owned(),
        Value::String(text) if text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit()) => {
            return vec![Piece::Code(text.clone())];
        }
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => {
            let mut all = Vec::new();
            for (i, value) in list.iter().enumerate() {
                if i > 0 {
                    all.push(plain(", "));
                }
                all.extend(words(value));
            }
            return all;
        }
        other => other.to_string(),
    };
    vec![plain(simple)]
}

impl Card {
    /// The card of the study file `store`, whose results are `results`.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn of(store: &Store, results: &Results) -> Result<Self> {
        let (toml, mut said, mut batches) = (store.study_toml()?, Said(store.provenance()?), Vec::new());
        store.each_batch(|batch, _| {
            batches.push((batch.experiment, batch.size()));
            Ok(())
        })?;
        let study = &results.study;
        let mut groups = vec![
            of_study(study, results, &mut said),
            said.group(
                "program",
                "Program",
                &[("program_version", "version", "Version"), ("program_commit", "commit", "Commit")],
            ),
            of_model(study, &mut said),
            of_data(study, &store.texts()?, &store.pairs()?, &mut said),
            of_device(&batches, &mut said),
            of_protocol(study),
            of_experiments(results, &batches),
            of_settings(study),
        ];
        groups[1].facts.push(said.continued());
        // What a later version of the program may say.
        let rest = said.0.into_iter().map(|(key, value)| Fact::new(&key, &key, value)).collect::<Vec<_>>();
        if !rest.is_empty() {
            groups.push(Group { key: "further", title: "Further", facts: rest });
        }
        Ok(Self { study: study.name.clone(), groups, canonical: study::canonical(study), toml })
    }

    /// Its groups: the title of each, and its facts as name and words.
    pub fn groups(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = (&str, &Words)>)> {
        self.groups.iter().map(|group| (group.title, group.facts.iter().map(|fact| (fact.name.as_str(), &fact.words))))
    }

    /// It as Markdown: a table for each group.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("# Reproducibility card: {}\n", markdown::text(&self.study));
        let line = |line: &Vec<Piece>| line.iter().map(Piece::markdown).collect::<String>();
        for group in &self.groups {
            text += &format!("\n## {}\n\n| | |\n| :--- | :--- |\n", group.title);
            for fact in &group.facts {
                let words = fact.words.iter().map(line).collect::<Vec<_>>().join("<br>");
                text += &format!("| {} | {words} |\n", markdown::text(&fact.name));
            }
        }
        text
    }

    /// It as a JSON object of objects, one for each group. `toml` is the study as the file has it, and `canonical` its
    /// canonical form, of which `sha256` of `study` is the hash.
    #[must_use]
    pub fn json(&self) -> Value {
        let group = |group: &Group| {
            let facts = group.facts.iter().map(|fact| (fact.key.clone(), fact.value.clone()));
            (group.key.to_owned(), Value::Object(facts.collect()))
        };
        let mut all: Map<String, Value> = self.groups.iter().map(group).collect();
        all.insert("canonical".to_owned(), json!(self.canonical));
        all.insert("toml".to_owned(), json!(self.toml));
        Value::Object(all)
    }
}

/// What the file says of its origin; what was asked for is no longer in it.
struct Said(BTreeMap<String, String>);

/// What the file says in whole numbers.
const COUNTS: [&str; 5] =
    ["schema_version", "model_vocabulary", "texts_available", "texts_passing", "tokens_per_batch"];

impl Said {
    fn fact(&mut self, said: &str, key: &str, name: &str) -> Fact {
        let words = self.0.remove(said);
        let count = words.as_ref().filter(|_| COUNTS.contains(&said)).and_then(|words| words.parse::<u64>().ok());
        count.map_or_else(|| Fact::new(key, name, words), |count| Fact::new(key, name, count))
    }

    /// A group of what stands under these keys in the file: key there, key here, name for people.
    fn group(&mut self, key: &'static str, title: &'static str, facts: &[(&str, &str, &str)]) -> Group {
        let facts = facts.iter().map(|(said, key, name)| self.fact(said, key, name)).collect();
        Group { key, title, facts }
    }

    /// Everything whose key begins with `start`, by the rest of the key.
    fn all(&mut self, start: &str) -> Vec<(String, String)> {
        let (these, others) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key.starts_with(start));
        self.0 = others;
        let these: BTreeMap<String, String> = these;
        these.into_iter().map(|(key, value)| (key[start.len()..].to_owned(), value)).collect()
    }

    /// Which other versions and devices went on with the run.
    fn continued(&mut self) -> Fact {
        let with: Vec<String> = self.all("continued with ").into_iter().map(|(with, _)| with).collect();
        Fact::new("continued_with", "Continued with", with)
    }
}

fn of_study(study: &Study, results: &Results, said: &mut Said) -> Group {
    let facts = vec![
        Fact::new("name", "Name", study.name.as_str()),
        Fact::new("sha256", "SHA-256 of its canonical form", study::hash(study)),
        said.fact("schema_version", "schema_version", "Schema of the study file"),
        Fact::new("trials", "Trials finished", results.finished()),
        Fact::new("trials_planned", "Trials planned", results.planned),
    ];
    Group { key: "study", title: "Study", facts }
}

fn of_model(study: &Study, said: &mut Said) -> Group {
    let mut group = said.group(
        "model",
        "Model",
        &[
            ("model_id", "id", "Model"),
            ("model_commit", "commit", "Commit"),
            ("model_family", "family", "Family"),
            ("model_shape", "shape", "Shape"),
            ("model_vocabulary", "vocabulary", "Vocabulary"),
            ("weights_stored_as", "weights_stored_as", "Weights stored as"),
            ("dtype", "dtype", "Weights used as"),
        ],
    );
    group.facts.insert(1, Fact::new("revision", "Revision", study.model.revision.as_str()));
    let files = said.all("sha256 ");
    let lines = files.iter().map(|(name, hash)| vec![plain(format!("{name} ")), Piece::Code(hash.clone())]).collect();
    let files: Map<String, Value> = files.into_iter().map(|(name, hash)| (name, hash.into())).collect();
    group.facts.push(Fact::new("files_sha256", "SHA-256 of its files", files).read_in(lines));
    let mut remarks = said.all("remark ");
    remarks.sort_by_key(|(number, _)| number.parse::<usize>().unwrap_or(usize::MAX));
    let remarks: Vec<String> = remarks.into_iter().map(|(_, remark)| remark).collect();
    let lines: Vec<Vec<Piece>> = remarks.iter().map(|remark| vec![plain(remark)]).collect();
    let fact = Fact::new("remarks", "Remarks", remarks);
    group.facts.push(if lines.is_empty() { fact } else { fact.read_in(lines) });
    group
}

fn of_data(
    study: &Study,
    texts: &BTreeMap<usize, String>,
    pairs: &BTreeMap<usize, [String; 4]>,
    said: &mut Said,
) -> Group {
    let copied = [copies(texts.values()), copies(pairs.values().map(|[_, _, good, bad]| (good, bad)))];
    let syntax = study.experiments.syntax.as_ref();
    let direction = study.perturbation.direction.file().map(|_| study.perturbation.direction.name());
    let facts = vec![
        Fact::new("texts", "Texts", study.texts.source.as_str()),
        said.fact("texts_revision", "texts_commit", "Commit of the texts"),
        said.fact("texts_sha256", "texts_sha256", "SHA-256 of the texts"),
        said.fact("texts_available", "texts_available", "Texts in the source, blank ones left out"),
        said.fact("texts_passing", "texts_passing", "Texts that pass the filter"),
        Fact::new("texts_used", "Texts that were used", texts.len()),
        Fact::new("texts_copied", "Copies of others among them", copied[0]),
        Fact::new("pairs", "Minimal pairs", syntax.map(|syntax| syntax.pairs.as_str())),
        said.fact("pairs_revision", "pairs_commit", "Commit of the pairs"),
        said.fact("pairs_sha256", "pairs_sha256", "SHA-256 of the pairs"),
        Fact::new("pairs_used", "Pairs that were used", pairs.len()),
        Fact::new("pairs_copied", "Copies of others among them", copied[1]),
        Fact::new("direction", "File of directions", direction),
        said.fact("direction_sha256", "direction_sha256", "SHA-256 of the directions"),
    ];
    Group { key: "data", title: "Texts and pairs", facts }
}

fn of_device(batches: &[(Kind, usize)], said: &mut Said) -> Group {
    let mut group = said.group(
        "device",
        "Device",
        &[
            ("device", "device", "Device"),
            ("driver", "driver", "Driver"),
            ("tf32", "tf32", "TF32"),
            ("sums_in_16_bits", "sums_in_16_bits", "Sums in 16 bits"),
            ("tokens_per_batch", "tokens_per_batch", "Tokens per batch"),
        ],
    );
    group.facts.push(Fact::new("batches", "Batches", batches.len()));
    let sizes = || batches.iter().map(|(_, size)| *size);
    let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
    let of_batch = Fact::new("trials_per_batch", "Trials per batch", vec![least, most]);
    group.facts.push(of_batch.read_as(format!("{least} to {most}")));
    let parts = said.all("batch ");
    let lines: Vec<String> = parts.iter().map(|(what, parts)| format!("batch {what}: {parts}")).collect();
    group.facts.push(Fact::new("batches_in_parts", "Batches that ran in parts", lines));
    group
}

fn of_protocol(study: &Study) -> Group {
    let of = &study.perturbation;
    let mut settings = Map::new();
    let mut lines = Vec::new();
    for mode in &of.modes {
        let [matching, coherence, pairing, rotation] = of.settings(*mode).words();
        lines.push(vec![plain(format!(
            "{mode}: matching {matching}, coherence {coherence}, pairing {pairing}, rotation {rotation}"
        ))]);
        settings.insert(
            mode.to_string(),
            json!({ "matching": matching, "coherence": coherence, "pairing": pairing, "rotation": rotation }),
        );
    }
    let facts = vec![
        Fact::new("protocol", "Protocol", of.protocol_label()),
        Fact::new("settings", "What it comes to", settings).read_in(lines),
        Fact::new("layers", "Layers", of.layers.to_string()),
        Fact::new("deltas", "δ", of.deltas.clone()),
        Fact::new("delta_unit", "Unit of δ", json!(of.delta_unit)).read_as(of.delta_unit.label()),
        Fact::new("seeds", "Seeds", of.seeds.values()),
        Fact::new("study_seed", "Seed of the study", study.seed),
    ];
    Group { key: "protocol", title: "Protocol and seeds", facts }
}

fn of_experiments(results: &Results, batches: &[(Kind, usize)]) -> Group {
    let fact = |kind: &Kind| {
        let shape = results.shapes.get(kind)?;
        let conditions: Vec<usize> =
            results.conditions.iter().filter(|(_, of)| of.experiment == *kind).map(|(id, _)| *id).collect();
        let trials: usize = conditions.iter().map(|id| results.scores(*id).count()).sum();
        let of_it = batches.iter().filter(|(of, _)| of == kind);
        let planned = of_it.map(|(_, size)| size).sum::<usize>() + shape.later;
        let seeds: std::collections::BTreeSet<u64> = results
            .conditions
            .values()
            .filter(|of| of.experiment == *kind)
            .filter_map(|of| Some(of.disturbance?.seed))
            .collect();
        let value = json!({
            "layers": shape.layers, "read_layers": shape.read_layers, "conditions": conditions.len(),
            "seeds": seeds, "trials": trials, "trials_planned": planned,
        });
        let layers = if shape.layers.is_empty() { "by run".to_owned() } else { shown(&shape.layers) };
        let read =
            if shape.read_layers.is_empty() { String::new() } else { format!("; read {}", shown(&shape.read_layers)) };
        let words = format!(
            "layers {layers}{read}; {} conditions, {}; {trials} of {planned} trials",
            conditions.len(),
            super::tables::seeds_and_runs(seeds.len(), &results.one_run_modes(*kind))
        );
        Some(Fact::new(kind.name(), kind.name(), value).read_as(words))
    };
    Group { key: "experiments", title: "Experiments", facts: Kind::ALL.iter().filter_map(fact).collect() }
}

/// Every setting by its name in the TOML.
fn of_settings(study: &Study) -> Group {
    let mut facts = Vec::new();
    let mut settings: Vec<Setting> = Setting::all().collect();
    settings.sort_unstable_by_key(|setting| setting.path());
    let is_bare = |kind: Kind| !Setting::keys(kind).iter().any(|key| Setting::Of(kind, *key).is_set(study));
    for setting in settings {
        match (setting, setting.get(study)) {
            (Setting::Asked(kind), Some(_)) if is_bare(kind) => {
                facts.push(Fact::new(setting.path(), setting.path(), json!({})).read_as("no settings of its own"));
            }
            (Setting::Asked(_), _) | (_, None) => {}
            (_, Some(value)) => add(setting.path(), value, &mut facts),
        }
    }
    Group { key: "settings", title: "Settings", facts }
}

/// Adds what is set at `path`; a table entry by entry.
fn add(path: &str, value: toml::Value, facts: &mut Vec<Fact>) {
    match value {
        toml::Value::Table(table) => {
            table.into_iter().for_each(|(key, value)| add(&format!("{path}.{key}"), value, facts));
        }
        value => {
            let words = vec![vec![Piece::Code(value.to_string())]];
            let plain = serde_json::to_value(value).unwrap_or_default();
            facts.push(Fact::new(path, path, plain).read_in(words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn demo() -> (Card, Store) {
        let store = Store::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.polar")).unwrap();
        let results = store.results().unwrap();
        (Card::of(&store, &results).unwrap(), store)
    }

    #[test]
    fn a_card_has_everything_that_the_file_says_of_its_origin() {
        let (card, store) = demo();
        let (markdown, json) = (card.markdown(), card.json());
        for (key, value) in store.provenance().unwrap() {
            assert!(markdown.contains(&value), "{key}: {value}\n{markdown}");
            let (words, count) = (format!("\"{value}\""), format!(":{value}"));
            assert!(json.to_string().contains(if COUNTS.contains(&key.as_str()) { &count } else { &words }), "{key}");
        }
        assert!(json.get("further").is_none(), "every key has its place");
        assert_eq!(json["study"]["sha256"], crate::hash::of(json["canonical"].as_str().unwrap().as_bytes()));
        assert_eq!(crate::study::parse(json["toml"].as_str().unwrap()).unwrap(), store.study().unwrap());
        assert_eq!(json["study"]["trials"], json["study"]["trials_planned"]);
        let planned: u64 =
            json["experiments"].as_object().unwrap().values().map(|of| of["trials"].as_u64().unwrap()).sum();
        assert_eq!(json["study"]["trials"], planned);
        assert_eq!(json["protocol"]["seeds"], json!([0, 1, 2, 3, 4]));
        assert_eq!(json["protocol"]["settings"]["angular"]["rotation"], "exact");
        assert_eq!(json["experiments"]["sweep"]["layers"], json!([2, 3, 4, 5]));
        assert_eq!(json["settings"]["perturbation.deltas"], json!([0.1, 0.2, 0.3, 0.5, 0.75, 1.0]));
        assert!(json["device"]["driver"].is_null() && markdown.contains("| Driver | – |"));
        assert!(markdown.contains("\n## Protocol and seeds\n\n| | |\n| :--- | :--- |\n| Protocol | strict |\n"));
        assert!(markdown.contains("| Seeds | 0, 1, 2, 3, 4 |") && markdown.contains("| sweep | layers 2-5; "));
    }

    #[test]
    fn what_was_continued_and_what_ran_in_parts_is_said() {
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut said = Said(BTreeMap::from([
            entry("continued with program_version 0.2.0", "0.2.0"),
            entry("batch 3 ran in parts, for want of memory", "2"),
            entry("device", "cuda:0 A"),
        ]));
        assert_eq!(said.continued().value, json!(["program_version 0.2.0"]));
        let device = of_device(&[], &mut said);
        let parts = device.facts.iter().find(|fact| fact.key == "batches_in_parts").unwrap();
        assert_eq!(parts.words, [[plain("batch 3 ran in parts, for want of memory: 2")]]);
        assert!(said.0.is_empty());
    }

    #[test]
    fn cells_stay_cells() {
        assert_eq!(words(&json!([1, 2.5, "x"])), ["1", ", ", "2.5", ", ", "x"].map(plain));
        let (mut card, _) = demo();
        card.study = "a <b>\u{1b}[2J".to_owned();
        let fact = Fact::new("a|b", "a|b", "one | two\n<three>");
        let hash =
            Fact::new("hash", "hash", "ab".repeat(32)).read_in(vec![vec![plain("x "), Piece::Code("y".into())]; 2]);
        card.groups = vec![Group { key: "only", title: "Only", facts: vec![fact, hash] }];
        assert_eq!(
            card.markdown(),
            "# Reproducibility card: a &lt;b&gt;\\\\u{1b}\\[2J\n\n## Only\n\n| | |\n| :--- | :--- |\n\
             | a\\|b | one \\| two &lt;three&gt; |\n| hash | x `y`<br>x `y` |\n"
        );
    }
}
