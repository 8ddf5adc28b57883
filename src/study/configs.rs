//! The studies that come with the program: those of `configs/`.

use super::{Study, parse};
use crate::error::Result;

/// A study that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The name of its file without ".toml", by which the commands know it.
    pub id: &'static str,
    /// The study's name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its text.
    pub toml: &'static str,
}

macro_rules! config {
    ($id:literal, $name:literal, $about:literal) => {
        Config { id: $id, name: $name, about: $about, toml: include_str!(concat!("../../configs/", $id, ".toml")) }
    };
}

/// All of them, small models first.
pub static CONFIGS: [Config; 8] = [
    config!("demo", "Double dissociation on the built-in demo", "Loss and minimal pairs on the built-in model"),
    config!("demo-all", "Demo, every experiment", "Every experiment, the audit too, on the built-in model"),
    config!("pythia-410m", "Pythia-410M, as published", "Every experiment of the published study on its main model"),
    config!("pythia-1.4b", "Pythia-1.4B, as published", "The replication on a larger model of the same family"),
    config!("opt-1.3b", "OPT-1.3B, as published", "The replication on a model with learned positions"),
    config!("tinyllama", "TinyLlama-1.1B, as published", "The replication on a model with RMSNorm"),
    config!("opt-iml-1.3b", "OPT-IML-1.3B, as published", "The replication on an instruction-tuned OPT"),
    config!("zephyr-7b", "Zephyr-7B-beta, as published", "The replication on a chat model of 7 billion parameters"),
];

/// The one that is called `id`.
#[must_use]
pub fn config(id: &str) -> Option<&'static Config> {
    CONFIGS.iter().find(|config| config.id == id)
}

impl Config {
    /// The study.
    ///
    /// # Errors
    /// None with the files as they are; a test reads each.
    pub fn study(&self) -> Result<Study> {
        parse(self.toml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_study_that_can_be_run() {
        for config in CONFIGS {
            let study = config.study().unwrap();
            study.validate().unwrap();
            assert_eq!(study.name, config.name);
            assert_eq!(super::config(config.id), Some(&config));
        }
    }
}
