//! The settings of a study, one by one: what each is called, and how it is read, set and compared.
//!
//! `list.rs` declares them; whatever shows, compares, copies or hashes settings goes through that list.

mod canonical;
mod field;
mod help;
mod list;

pub use canonical::{canonical, hash};
pub use list::{Key, Setting};

use super::experiments::is_asked;
use super::{Direction, Kind, Study, Syntax, TextChoice};
pub(super) use field::Field;
use std::fmt;
use toml::{Table, Value};

/// What becomes of a setting where a study extends a study file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// It stays as it was.
    Frozen,
    /// It may grow: what is in the file stays there.
    Grows,
    /// It may change, since it decides nothing about what is run: a name, how results are judged, and where files are,
    /// whose contents the study file knows.
    Free,
}

/// A setting that two studies have differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Which.
    pub setting: Setting,
    /// Its value in the first study; none where it is not set there.
    pub before: Option<Value>,
    /// Its value in the second.
    pub after: Option<Value>,
}

impl Setting {
    /// The setting at this `path`.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Self::all().find(|setting| setting.path() == path)
    }

    /// Every setting, in the order in which a study is written.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |kind: Kind| {
            let keys = Self::keys(kind).iter().map(move |key| Self::Of(kind, *key));
            std::iter::once(Self::Asked(kind)).chain(keys)
        };
        Self::BEFORE.into_iter().chain(Kind::tables().flat_map(of)).chain(Self::AFTER)
    }

    /// Its value in `study` as TOML has it; none where it is not set. That an experiment is asked is a table without
    /// entries: its settings have values of their own.
    #[must_use]
    pub fn get(self, study: &Study) -> Option<Value> {
        match self {
            Self::Asked(kind) => is_asked(study, kind).then(|| Value::Table(Table::new())),
            _ => self.field(study)?.value(),
        }
    }

    /// Whether `study` sets it.
    #[must_use]
    pub fn is_set(self, study: &Study) -> bool {
        self.get(study).is_some()
    }

    /// Its field in `study`, which is a `T`; none of an experiment that is not asked, or where it is of another type.
    #[must_use]
    pub fn typed<T: 'static>(self, study: &Study) -> Option<&T> {
        self.field(study)?.any().downcast_ref()
    }

    /// The same, to be changed.
    pub fn typed_mut<T: 'static>(self, study: &mut Study) -> Option<&mut T> {
        self.field_mut(study)?.any_mut().downcast_mut()
    }

    /// Sets it in `study`, or takes it away.
    ///
    /// # Errors
    /// The reader's message where it cannot have this value, and where an experiment is not asked that it belongs to.
    pub fn set(self, study: &mut Study, value: Option<Value>) -> Result<(), toml::de::Error> {
        match self.field_mut(study) {
            Some(field) => field.set(value),
            None => Err(serde::de::Error::custom(format!("there is no {self}: its experiment is not asked"))),
        }
    }

    /// The experiment that it is a setting of.
    #[must_use]
    pub fn experiment(self) -> Option<Kind> {
        match self {
            Self::Asked(kind) | Self::Of(kind, _) => Some(kind),
            _ => None,
        }
    }

    /// Words that are no path, where its value is the path of a file or folder; none of a setting that is no path.
    #[must_use]
    pub fn keywords(self) -> Option<&'static [&'static str]> {
        match self {
            Self::ModelId => Some(&["demo"]),
            Self::Source => Some(&TextChoice::KEYWORDS),
            Self::Direction => Some(&[""]),
            Self::Of(Kind::Syntax, Key::Pairs) => Some(&Syntax::KEYWORDS),
            _ => None,
        }
    }

    /// The path in a `value` of it, which is that of a file or folder; none of directions that are drawn.
    pub fn file_in(self, value: &mut Value) -> Option<&mut String> {
        match (self, value) {
            (Self::Direction, Value::Table(table)) => match table.get_mut("file") {
                Some(Value::String(path)) => Some(path),
                _ => None,
            },
            (Self::Direction, _) => None,
            (_, Value::String(path)) => Some(path),
            _ => None,
        }
    }

    /// Whether it decides how results are judged.
    #[must_use]
    pub fn is_of_statistics(self) -> bool {
        Self::AFTER.contains(&self)
    }

    /// What a study that extends another one has to leave as it is; none of what may grow or change.
    fn held(self, study: &Study) -> Option<Value> {
        match self {
            // Whether there are given directions is held; the file's contents are those that the study file knows.
            Self::Direction => self.get(study).map(|value| match study.perturbation.direction {
                Direction::Random => value,
                Direction::File(_) => Value::String("a file".to_owned()),
            }),
            _ if self.growth() == Growth::Frozen => self.get(study),
            _ => None,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// The settings in which two studies differ.
#[must_use]
pub fn differences(a: &Study, b: &Study) -> Vec<Difference> {
    list(a, b, Setting::get)
}

/// The settings in which `new` differs from `old`, and may not where it extends it.
#[must_use]
pub fn held_differences(old: &Study, new: &Study) -> Vec<Difference> {
    let mut differences = list(old, new, Setting::held);
    // An experiment that is new has nothing to differ from.
    let is_new = |kind| Setting::Asked(kind).get(old).is_none();
    differences.retain(|difference| !difference.setting.experiment().is_some_and(is_new));
    differences
}

fn list(a: &Study, b: &Study, value: fn(Setting, &Study) -> Option<Value>) -> Vec<Difference> {
    // As they are written, so that what is not a number does not differ from itself.
    let written = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
    Setting::all()
        .map(|setting| Difference { setting, before: value(setting, a), after: value(setting, b) })
        .filter(|Difference { before, after, .. }| before != after && written(before) != written(after))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Study, parse, to_toml};

    /// The study that sets everything.
    fn everything() -> Study {
        parse(include_str!("../../../configs/demo-all.toml")).unwrap()
    }

    /// The dotted names of what `table` holds, tables of settings opened.
    fn names(within: &str, table: &Table, list: &mut Vec<String>) {
        for (key, value) in table {
            let name = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
            match value {
                Value::Table(inner) if Setting::from_path(&name).is_none() => names(&name, inner, list),
                Value::Table(inner) if name.starts_with("experiments.") && name.matches('.').count() == 1 => {
                    list.push(name.clone());
                    names(&name, inner, list);
                }
                _ => list.push(name),
            }
        }
    }

    #[test]
    fn the_list_has_what_a_study_writes_and_nothing_else() {
        let mut study = everything();
        // What is left out of the TOML where it is not set.
        for setting in Setting::all().filter(|setting| setting.get(&study).is_none()).collect::<Vec<_>>() {
            let value = ["all", "independent", "per-token", "same", "exact"]
                .map(Value::from)
                .into_iter()
                .chain([Value::Float(0.5), Value::Integer(3), Value::Array(vec![Value::Float(0.5)])])
                .find(|value| setting.set(&mut study, Some(value.clone())).is_ok());
            assert!(value.is_some(), "{setting} takes no value");
        }
        let mut written = Vec::new();
        names("", &to_toml(&study).parse().unwrap(), &mut written);
        let mut listed: Vec<String> = Setting::all().map(|setting| setting.path().to_owned()).collect();
        written.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, written);
    }

    #[test]
    fn what_is_read_can_be_set_and_taken_away() {
        let study = everything();
        for setting in Setting::all() {
            let mut other = study.clone();
            let value = if let Setting::Asked(_) = setting { None } else { setting.get(&study) };
            if value.is_some() {
                setting.set(&mut other, value).unwrap();
                assert_eq!(other, study, "{setting}");
            }
        }
        let mut study = Study::demo();
        Setting::Asked(Kind::Sweep).set(&mut study, None).unwrap();
        assert_eq!(study.experiments.sweep, None);
        assert!(Setting::Of(Kind::Sweep, Key::Texts).set(&mut study, Some(Value::Integer(3))).is_err());
        Setting::Asked(Kind::Sweep).set(&mut study, Some(Value::Table(Table::new()))).unwrap();
        Setting::Of(Kind::Sweep, Key::Texts).set(&mut study, Some(Value::Integer(3))).unwrap();
        assert_eq!(study.experiments.sweep.and_then(|sweep| sweep.texts), Some(3));
    }

    #[test]
    fn what_differs_is_named_and_an_experiment_without_settings_counts() {
        let (a, mut b) = (Study::demo(), Study::demo());
        let paths = |a: &Study, b: &Study| -> Vec<&str> {
            differences(a, b).iter().map(|difference| difference.setting.path()).collect()
        };
        assert_eq!(paths(&a, &b), Vec::<&str>::new());
        b.experiments.sweep = None;
        b.perturbation.deltas.push(7.0);
        assert_eq!(paths(&a, &b), ["perturbation.deltas", "experiments.sweep"]);
        b.perturbation.deltas.push(f64::NAN);
        assert_eq!(paths(&b, &b), Vec::<&str>::new());
    }

    #[test]
    fn a_study_that_extends_another_may_grow_and_move() {
        let old = Study::demo();
        let of = |new: &Study| -> Vec<&str> {
            held_differences(&old, new).iter().map(|difference| difference.setting.path()).collect()
        };
        let mut new = old.clone();
        new.name = "Another".to_owned();
        new.perturbation.deltas.push(7.0);
        new.texts.limit += 1;
        new.experiments.heads = Some(crate::study::Heads::default());
        assert_eq!(of(&new), Vec::<&str>::new());
        new.texts.max_tokens = 7;
        new.experiments.sweep = None;
        assert_eq!(of(&new), ["texts.max_tokens", "experiments.sweep"]);
        let mut directed = old.clone();
        directed.perturbation.direction = Direction::File("a".to_owned());
        assert_eq!(of(&directed), ["perturbation.direction"]);
        let mut moved = old.clone();
        moved.perturbation.direction = Direction::File("b".to_owned());
        assert!(held_differences(&directed, &moved).is_empty());
    }
}
