//! From TOML to a [`Study`] and back, with messages for people.

use super::{Setting, Study};
use crate::error::{Error, Result};
use crate::text;
use std::path::Path;

/// Bytes of the largest study: as many as a study file holds.
pub const MOST_BYTES: u64 = 1 << 20;

/// Reads and checks the study in the file at `path`, with `settings` (each `key=value`, see [`with_settings`]).
///
/// # Errors
/// [`Error::usage`] where the file cannot be read or does not hold a valid study; the message names the file, the
/// field, what was found and what was expected.
pub fn load(path: &Path, settings: &[String]) -> Result<Study> {
    let shown = path.display();
    let bytes = text::read_at_most(path, MOST_BYTES)
        .map_err(|why| Error::usage(format!("cannot read the study {shown}: it {why}")))?;
    let text = text::decode(&bytes)
        .map_err(|why| Error::usage(format!("{shown}: not a study in TOML, which is a text file: {why}")))?;
    let read = || {
        let mut table = table(text)?;
        place(&mut table, path.parent().unwrap_or(Path::new("")));
        from_table(table, settings)
    };
    // About a file in TOML, whoever reads it: so in the words of its keys.
    read().map_err(|error| Error::new(error.kind(), format!("{shown}: {error}")))
}

/// Paths in a study are relative to its own file, so that it runs from any folder. What may be something else than a
/// path, a model's name, is taken for one where there is such a file or folder.
fn place(study: &mut toml::Table, base: &Path) {
    for setting in Setting::all() {
        let Some(keywords) = setting.keywords() else { continue };
        let mut names = setting.path().split('.');
        let first = names.next().and_then(|name| study.get_mut(name));
        let value = names.fold(first, |at, name| at.and_then(|value| value.get_mut(name)));
        let Some(path) = value.and_then(|value| setting.file_in(value)) else { continue };
        let placed = base.join(path.as_str());
        if !keywords.contains(&path.as_str()) && (setting != Setting::ModelId || placed.exists()) {
            *path = std::path::absolute(&placed).unwrap_or(placed).to_string_lossy().into_owned();
        }
    }
}

/// The study that `text` holds, checked.
///
/// # Errors
/// As [`with_settings`].
pub fn parse(text: &str) -> Result<Study> {
    with_settings(text, &[])
}

/// The study that `text` holds, with `settings` laid over it, checked. A setting is `key=value` with a dotted key
/// (`perturbation.seeds=3`); its value is read as TOML, or as a plain string where it is not TOML.
///
/// # Errors
/// [`Error::usage`] for text that is no TOML, an unknown key (with the nearest known one), a value of the wrong
/// type or out of its range.
pub fn with_settings(text: &str, settings: &[String]) -> Result<Study> {
    from_table(table(text)?, settings)
}

fn table(text: &str) -> Result<toml::Table> {
    text.parse().map_err(|error: toml::de::Error| Error::usage(format!("not valid TOML: {error}")))
}

fn from_table(mut table: toml::Table, settings: &[String]) -> Result<Study> {
    for setting in settings {
        set(&mut table, setting)?;
    }
    let study: Study = serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        Error::usage(explain(&path, inner.message()))
    })?;
    study.validate()?;
    Ok(study)
}

/// The study as TOML that [`parse`] reads back to the same study.
#[must_use]
pub fn to_toml(study: &Study) -> String {
    // Serialising fails only for types that TOML cannot express, which a test rules out for this one.
    toml::to_string(study).unwrap_or_else(|error| format!("# {error}\n"))
}

fn set(table: &mut toml::Table, setting: &str) -> Result<()> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err(Error::usage(format!("--set {setting}: expected key=value, such as perturbation.seeds=3")));
    };
    let value = format!("value = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let path: Vec<&str> = key.trim().split('.').collect();
    let (last, parents) = path.split_last().unwrap_or((&"", &[]));
    let mut at = table;
    for parent in parents {
        let entry = at.entry((*parent).to_owned()).or_insert_with(|| toml::Table::new().into());
        at = entry
            .as_table_mut()
            .ok_or_else(|| Error::usage(format!("--set {setting}: \"{parent}\" is a value, not a table")))?;
    }
    at.insert((*last).to_owned(), value);
    Ok(())
}

/// Turns serde's message into one that leads with the field and, for an unknown key, names the nearest known one.
fn explain(path: &str, message: &str) -> String {
    let message = message.trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let known = match quoted.split_first() {
        Some((found, known)) if message.starts_with("unknown ") => Some((*found, known)),
        _ => None,
    };
    // serde reports an unknown key either at the key or at the table that holds it.
    let at = |found: &str| match path {
        "." | "" => found.to_owned(),
        path if path.rsplit('.').next() == Some(found) => path.to_owned(),
        path => format!("{path}.{found}"),
    };
    match known {
        Some((found, known)) if message.starts_with("unknown field") => {
            format!("{}: unknown key{}; {}", at(found), nearest(found, known), list("the keys here are", known))
        }
        Some((found, known)) => {
            format!("{path}: \"{found}\" is unknown{}; {}", nearest(found, known), list("expected", known))
        }
        None => {
            let message = ["usize", "u32", "u64"].iter().fold(message.to_owned(), |m, kind| {
                m.replace(&format!("expected {kind}"), "expected a whole number, 0 or more")
            });
            let message = message.replace("expected f64", "expected a number");
            // "expected struct ModelChoice": what is written there is a table.
            match message.split_once("expected struct ") {
                Some((found, _)) => format!("{path}: {found}expected a table; set one of its keys"),
                None => format!("{path}: {message}"),
            }
        }
    }
}

/// A question after the name of `known` that `found` may have been meant to be; empty where none is like it.
pub(crate) fn nearest(found: &str, known: &[&str]) -> String {
    let best = known.iter().map(|key| (strsim::jaro_winkler(found, key), key)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, key)) if score > 0.6 => format!(", did you mean \"{key}\"?"),
        _ => String::new(),
    }
}

fn list(lead: &str, known: &[&str]) -> String {
    format!("{lead} {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Coherence, Degrees, Matching, Mode, Pairing, Rotation, Seeds};

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_value_has_a_default() {
        let study = parse("[experiments.sweep]").unwrap();
        assert_eq!(study.perturbation.deltas, [1.0, 2.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(study.perturbation.seeds.values(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_demo_study_is_that_of_the_configs() {
        let study = Study::demo();
        assert!(study.name.contains("demo") && study.experiments.sweep.is_some() && study.experiments.syntax.is_some());
    }

    #[test]
    fn every_study_that_comes_along_is_valid_and_survives_its_own_toml() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let study = load(&path, &[]).unwrap();
            assert_eq!(parse(&to_toml(&study)).unwrap(), study, "{}", path.display());
            let published = study.perturbation.protocol == crate::study::Protocol::Published;
            assert_eq!(published, study.model.id != "demo", "{}", path.display());
            seen += 1;
        }
        assert_eq!(seen, 8);
    }

    #[test]
    fn a_study_survives_its_own_toml() {
        let text = "name = \"x\"\n[perturbation]\nprotocol = \"published\"\nlayers = [3, 1, 2]\nseeds = [4, 7]\n\
                    tokens = [0, 5]\ncoherence = { angular = \"shared\", magnitude = \"independent\" }\n\
                    [experiments.sweep]\ndeltas = [0.5]\n[experiments.syntax]\nparadigms = [\"a\"]";
        let study = parse(text).unwrap();
        assert_eq!(parse(&to_toml(&study)).unwrap(), study);
        assert_eq!(study.perturbation.seeds, Seeds::List(vec![4, 7]));
    }

    #[test]
    fn the_published_protocol_treats_the_modes_differently() {
        let perturbation = parse("[perturbation]\nprotocol = \"published\"\n[experiments.sweep]").unwrap().perturbation;
        let angular = perturbation.settings(Mode::Angular);
        assert_eq!((angular.matching, angular.coherence), (Matching::Mean, Coherence::Shared));
        assert_eq!((angular.pairing, angular.rotation), (Pairing::Same, Rotation::Published));
        let magnitude = perturbation.settings(Mode::Magnitude);
        assert_eq!((magnitude.matching, magnitude.coherence), (Matching::PerToken, Coherence::Independent));
        assert_eq!(magnitude.pairing, Pairing::Separate);
        // The study had no blend, and its rotation is one of the angular mode.
        let blend = Mode::Blend(Degrees::new(90.0).unwrap());
        let own = |text: &str| parse(text).unwrap().perturbation.settings(blend);
        let settings = own("[perturbation]\nprotocol = \"published\"\n[experiments.sweep]");
        assert_eq!((settings.matching, settings.rotation), (Matching::PerToken, Rotation::Exact));
        assert_eq!(own("[perturbation]\nrotation = \"published\"\n[experiments.sweep]").rotation, Rotation::Exact);
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let m = message("[perturbation]\ndelta = [1]\n[experiments.sweep]");
        assert!(m.starts_with("perturbation.delta: unknown key, did you mean \"deltas\"?"), "{m}");
        let m = message("[experiments.swep]");
        assert!(m.contains("experiments.swep") && m.contains("did you mean \"sweep\""), "{m}");
        let m = message("sede = 4");
        assert!(m.starts_with("sede: unknown key, did you mean \"seed\""), "{m}");
        let m = message("[perturbation]\nprotocol = \"strikt\"\n[experiments.sweep]");
        assert!(m.contains("perturbation.protocol") && m.contains("did you mean \"strict\""), "{m}");
    }

    #[test]
    fn a_wrong_type_says_what_was_expected() {
        let m = message("[texts]\nlimit = \"many\"\n[experiments.sweep]");
        assert!(
            m.starts_with("texts.limit: ") && m.contains("string \"many\"") && m.contains("expected a whole number"),
            "{m}"
        );
        let m = message("[perturbation]\nlayers = true\n[experiments.sweep]");
        assert!(m.contains("perturbation.layers") && m.contains("middle-third"), "{m}");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (text, part) in [
            ("modes = [{ blend = 120 }]", "perturbation.modes[0]: blend is 120; expected degrees from 0"),
            (
                "modes = [\"angular\", \"angluar\"]",
                "perturbation.modes[1]: \"angluar\" is unknown, did you mean \"angular\"?",
            ),
            ("modes = [{ blnd = 45 }]", "\"blnd\" is unknown, did you mean \"blend\"?"),
            ("modes = [\"blend\"]", "needs its degrees: { blend = 45 }"),
            ("modes = [4]", "perturbation.modes[0]: a mode is \"magnitude\""),
            ("modes = [{ blend = 45 }, { blend = 45.0 }]", "names blend 45 twice"),
            (
                "direction = \"a.safetensors\"",
                "perturbation.direction: \"a.safetensors\" is unknown; expected \"random\" or {",
            ),
            ("direction = { fil = \"a\" }", "\"fil\" is unknown, did you mean \"file\"?"),
            ("direction = { file = \"\" }", "perturbation.direction.file is empty"),
            ("deltas = [0.0]", "greater than 0"),
            ("deltas = [-1.0]", "holds -1"),
            ("deltas = [nan]", "NaN"),
            ("deltas = [inf]", "inf"),
            ("deltas = []", "at least one δ"),
            ("deltas = [1, 1.0]", "twice"),
            ("seeds = 0", "at least one"),
            ("seeds = []", "at least one"),
            ("seeds = [1, 1]", "twice"),
            (&format!("seeds = {:?}", (0..100_001).collect::<Vec<_>>()), "holds 100001 seeds: at most 100000"),
            (&format!("deltas = {:?}", (1..10_002).collect::<Vec<_>>()), "holds 10001 δ: at most 10000"),
            ("modes = []", "modes is empty"),
            ("layers = []", "empty"),
        ] {
            let m = message(&format!("[perturbation]\n{text}\n[experiments.sweep]"));
            assert!(m.contains(part), "{text}: {m}");
        }
        assert!(message("name = \"nothing to do\"").contains("no experiment"));
        let long = format!("name = \"{}\"\n[experiments.sweep]", "x".repeat(501));
        assert!(message(&long).contains("name has 501 characters: at most 500"));
        let long = format!("[model]\nid = \"{}\"\n[experiments.sweep]", "x".repeat(4097));
        assert!(message(&long).contains("model.id has 4097 bytes: at most 4096"));
    }

    #[test]
    fn every_mode_and_a_given_direction_survive_the_round_trip() {
        let blend = |degrees| Mode::Blend(Degrees::new(degrees).unwrap());
        for (modes, expected) in [
            ("\"magnitude\", \"isotropic\", { blend = 45 }", vec![Mode::Magnitude, Mode::Isotropic, blend(45.0)]),
            ("{ blend = 0 }, { blend = 22.5 }", vec![blend(0.0), blend(22.5)]),
        ] {
            let text = format!(
                "[perturbation]\nmodes = [{modes}]\nsign = \"grow\"\ndirection = {{ file = \"a/b.safetensors\" }}\n\
                 [experiments.sweep]"
            );
            let study = parse(&text).unwrap();
            assert_eq!(study.perturbation.modes, expected);
            assert_eq!(parse(&to_toml(&study)).unwrap(), study, "{}", to_toml(&study));
            assert_eq!(study.perturbation.protocol_label(), "strict, sign grow, direction b.safetensors");
        }
    }

    #[test]
    fn a_direction_lies_beside_the_study() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.toml");
        let text = "[perturbation]\ndirection = { file = \"dirs.safetensors\" }\n[experiments.sweep]";
        std::fs::write(&path, text).unwrap();
        let study = load(&path, &[]).unwrap();
        assert_eq!(study.perturbation.direction.file(), Some(folder.path().join("dirs.safetensors").as_path()));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_study() {
        let path = tempfile::tempdir().unwrap().path().with_extension("toml");
        let with = |start: &[u8]| {
            std::fs::write(&path, [start, b"name = \"x\"\n[experiments.sweep]"].concat()).unwrap();
            load(&path, &[])
        };
        assert_eq!(with(b"\xef\xbb\xbf").unwrap().name, "x");
        let error = with(b"\xff\xfe").unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("UTF-16"), "{error}");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn settings_overlay_the_file() {
        let settings = ["perturbation.seeds=3", "model.id=some/folder", "experiments.sweep.texts=7"].map(String::from);
        let study = with_settings("", &settings).unwrap();
        assert_eq!(study.perturbation.seeds.values(), [0, 1, 2]);
        assert_eq!(study.model.id, "some/folder");
        assert_eq!(study.experiments.sweep.unwrap().texts, Some(7));
        let m = with_settings("", &["perturbation".to_owned()]).unwrap_err().to_string();
        assert!(m.contains("key=value"), "{m}");
    }
}
