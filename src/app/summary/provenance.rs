//! Where numbers come from, in words: what the study file says of the program, the device, the files, and the study as it
//! was run.

use crate::error::{Interface, Result};
use crate::experiment::{Origin, Results};
use crate::findings::layers_written;
use crate::published;
use crate::store::Store;
use crate::study;
use crate::visible::{self, visible};
use std::path::Path;

/// What is known of where results come from; read on the keeper's thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// What the study file says, by key.
    pub entries: Vec<(String, String)>,
    /// The study as it was run.
    pub toml: String,
    /// Its settings in words, the defaults among them.
    pub settings: Vec<(String, String)>,
    /// Why there is less than there should be.
    pub missing: Option<String>,
}

/// Keys of a study file in words, in the order in which they are shown.
const WORDS: [(&str, &str); 20] = [
    ("source", "Source"),
    ("values", "Values"),
    ("program_version", "Program version"),
    ("program_commit", "Program commit"),
    ("schema_version", "Schema of the file"),
    ("model_id", "Model"),
    ("model_family", "Family"),
    ("model_shape", "Shape"),
    ("model_vocabulary", "Vocabulary"),
    ("model_commit", "Commit of the model"),
    ("weights_stored_as", "Weights stored as"),
    ("dtype", "Weights used as"),
    ("device", "Device"),
    ("driver", "Driver"),
    ("texts_sha256", "SHA-256 of the texts"),
    ("texts_available", "Texts in the source"),
    ("texts_passing", "Texts that pass the filter"),
    ("pairs_sha256", "SHA-256 of the pairs"),
    ("direction_sha256", "SHA-256 of the direction"),
    ("tokens_per_batch", "Tokens per batch"),
];

impl Provenance {
    /// Of `results`, which the study file at `file` holds.
    #[must_use]
    pub fn of(results: &Results, file: &Path) -> Self {
        let toml = study::to_toml(&results.study);
        let settings = settings(results);
        match &results.origin {
            Origin::Published { source, .. } => {
                let entries = vec![
                    ("source".to_owned(), source.clone()),
                    ("values".to_owned(), format!("as printed; no study file holds them (\"{}\")", published::NAME)),
                ];
                Self { entries, toml, settings, missing: None }
            }
            Origin::Run => match read(file) {
                Ok(entries) => Self { entries, toml, settings, missing: None },
                Err(error) => Self { toml, settings, missing: Some(error.words(Interface::Window)), ..Self::default() },
            },
        }
    }

    /// What the file says, in words, the known keys first.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, &str)> {
        let place = |key: &str| WORDS.iter().position(|(known, _)| *known == key);
        let mut lines: Vec<(Option<usize>, String, &str)> = Vec::new();
        for (key, value) in &self.entries {
            let words = match (place(key), key.split_once(' ')) {
                (Some(place), _) => WORDS[place].1.to_owned(),
                (None, Some(("sha256", name))) => format!("SHA-256 of {name}"),
                (None, Some(("remark", number))) => format!("Remark {number}"),
                (None, _) => key.replace('_', " "),
            };
            lines.push((place(key), words, value));
        }
        lines.sort_by_key(|(place, ..)| place.unwrap_or(WORDS.len()));
        lines.into_iter().map(|(_, words, value)| (words, value)).collect()
    }

    /// All of it as text; what cannot be seen in it is written out.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |name: &str, value: &str| format!("{}\t{}", visible::line(name), visible::line(value));
        let entries: Vec<String> = self.lines().iter().map(|(name, value)| line(name, value)).collect();
        let settings: Vec<String> = self.settings.iter().map(|(name, value)| line(name, value)).collect();
        format!("{}\n\n{}\n\n{}", entries.join("\n"), settings.join("\n"), visible(&self.toml))
    }
}

fn read(file: &Path) -> Result<Vec<(String, String)>> {
    Ok(Store::open(file)?.provenance()?.into_iter().collect())
}

/// The settings that decide the comparison, the defaults among them.
fn settings(results: &Results) -> Vec<(String, String)> {
    let study = &results.study;
    let of = &study.perturbation;
    let list = |numbers: &[f64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let modes: Vec<String> = of.modes.iter().map(ToString::to_string).collect();
    let mut all = vec![
        ("Protocol".to_owned(), of.protocol_label()),
        ("Modes".to_owned(), modes.join(", ")),
        ("Layers".to_owned(), of.layers.to_string()),
        ("δ".to_owned(), format!("{} ({})", list(&of.deltas), of.delta_unit.label())),
        ("Seeds".to_owned(), of.seeds.values().len().to_string()),
        ("Study seed".to_owned(), study.seed.to_string()),
    ];
    for mode in &of.modes {
        let [matching, coherence, pairing, rotation] = of.settings(*mode).words();
        let words = format!("matching {matching}, coherence {coherence}, pairing {pairing}, rotation {rotation}");
        all.push((format!("Under {mode}"), words));
    }
    for (kind, shape) in &results.shapes {
        let read = match layers_written(&shape.read_layers) {
            read if read.is_empty() => String::new(),
            read => format!(", read {read}"),
        };
        let disturbed = match layers_written(&shape.layers) {
            layers if layers.is_empty() => "layers by run".to_owned(),
            layers => format!("layers {layers}"),
        };
        all.push((kind.title().to_owned(), format!("{disturbed}{read}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_comes_first_and_everything_is_copied() {
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let of = Provenance {
            entries: vec![
                entry("batch 3 ran in parts, for want of memory", "2"),
                entry("device", "cpu"),
                entry("model_vocabulary", "512"),
                entry("program_version", "0.1.0"),
                entry("sha256 model.safetensors", "abc"),
            ],
            toml: "name = \"it\"\n".to_owned(),
            settings: vec![entry("Protocol", "strict")],
            missing: None,
        };
        let names: Vec<String> = of.lines().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "Program version",
                "Vocabulary",
                "Device",
                "batch 3 ran in parts, for want of memory",
                "SHA-256 of model.safetensors"
            ]
        );
        let text = of.text();
        let hostile = Provenance { entries: vec![entry("model_id", "a\u{1b}[31m\nb")], ..of.clone() };
        assert!(hostile.text().starts_with("Model\ta\\u{1b}[31m\\u{a}b\n"), "{}", hostile.text());
        assert!(
            text.contains("Device\tcpu\n") && text.contains("Protocol\tstrict\n") && text.ends_with("name = \"it\"\n")
        );
    }
}
