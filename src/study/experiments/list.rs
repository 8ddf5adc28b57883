//! The list of experiments: what each is called, what it asks, and which settings it has. Everything that goes through the
//! experiments (TOML, sets of a study, checkboxes, the order of runs, tables and reports) comes from this list.

use super::settings::{Audit, Heads, LayerSets, Own, Reading, Repairing, Sweep, Syntax};
use crate::study::Study;
use crate::study::setting::{Field, Key, Setting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// Declares the experiments, in the order in which a study runs and shows them: the name of each with its table in a study,
/// the type of its settings, what it is called for people, and what it asks. One that has no table is set with another.
macro_rules! experiments {
    (
        tables: [$(
            $(#[$doc:meta])*
            $kind:ident = $table:ident: $settings:ident, $title:literal, $question:literal;
        )*]
        with: [$(
            $(#[$with_doc:meta])*
            $with:ident = $with_name:ident of $of:ident, $with_title:literal, $with_question:literal;
        )*]
    ) => {
        /// Which experiment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
            $($(#[$with_doc])* $with,)*
        }

        impl Kind {
            /// Every experiment, in the order in which a study runs and shows them.
            pub const ALL: [Self; 0 $(+ { let _ = Self::$kind; 1 })* $(+ { let _ = Self::$with; 1 })*] =
                [$(Self::$kind,)* $(Self::$with,)*];

            /// The experiment whose table in a study has its settings.
            #[must_use]
            pub fn table(self) -> Self {
                match self {
                    $(Self::$with => Self::$of,)*
                    kind => kind,
                }
            }

            /// What it is called in studies and study files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($table),)*
                    $(Self::$with => stringify!($with_name),)*
                }
            }

            /// Returns what it is called for people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)*
                    $(Self::$with => $with_title,)*
                }
            }

            /// Returns what it asks, in sentences.
            #[must_use]
            pub fn question(self) -> &'static str {
                match self {
                    $(Self::$kind => $question,)*
                    $(Self::$with => $with_question,)*
                }
            }
        }

        /// The experiments of a study; one that is absent is not run.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Experiments {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $table: Option<$settings>,
            )*
        }

        impl Kind {
            /// The keys of its settings, and what these are called in its table.
            const fn own(self) -> (&'static [Key], &'static [&'static str]) {
                match self {
                    $(Self::$kind => (<$settings as Own>::KEYS, <$settings as Own>::NAMES),)*
                    $(Self::$with => Self::$of.own(),)*
                }
            }
        }

        /// Whether `study` asks an experiment that has a table.
        pub fn is_asked(study: &Study, kind: Kind) -> bool {
            match kind.table() {
                $(Kind::$kind => study.experiments.$table.is_some(),)*
                $(Kind::$with => false,)*
            }
        }

        /// The settings of an experiment as one field.
        pub fn asked(study: &Study, kind: Kind) -> Option<&dyn Field> {
            match kind.table() {
                $(Kind::$kind => Some(&study.experiments.$table),)*
                $(Kind::$with => None,)*
            }
        }

        /// The same, to be set.
        pub fn asked_mut(study: &mut Study, kind: Kind) -> Option<&mut dyn Field> {
            match kind.table() {
                $(Kind::$kind => Some(&mut study.experiments.$table),)*
                $(Kind::$with => None,)*
            }
        }

        /// A setting of an experiment; none where that is not asked or does not have it.
        pub fn field_of(study: &Study, kind: Kind, key: Key) -> Option<&dyn Field> {
            match kind.table() {
                $(Kind::$kind => study.experiments.$table.as_ref()?.field(key),)*
                $(Kind::$with => None,)*
            }
        }

        /// The same, to be set.
        pub fn field_of_mut(study: &mut Study, kind: Kind, key: Key) -> Option<&mut dyn Field> {
            match kind.table() {
                $(Kind::$kind => study.experiments.$table.as_mut()?.field_mut(key),)*
                $(Kind::$with => None,)*
            }
        }
    };
}

experiments! {
    tables: [
        /// Next-token loss against δ.
        Sweep = sweep: Sweep,
            "Sweep",
            "What each δ costs in next-token loss, on the texts.";
        /// Grammatical judgement against δ.
        Syntax = syntax: Syntax,
            "Minimal pairs",
            "In how many minimal pairs the grammatical sentence is the likelier one.";
        /// Attention entropy.
        Entropy = entropy: Reading,
            "Attention entropy",
            "How much more widely, or narrowly, the heads of each layer look when the stream is disturbed.";
        /// Attention outputs repaired.
        AttentionRepair = attention_repair: Repairing,
            "Attention repair",
            "How much of the damage is undone when the output of attention is put back to what it was in the clean run.";
        /// Attention, MLP, and both repaired.
        Pathways = pathways: Repairing,
            "Pathway repair",
            "Which pathway carries the damage: attention, the MLP and both are repaired in turn.";
        /// The outputs of either norm, and of both, repaired.
        NormRepair = norm_repair: Repairing,
            "Norm repair",
            "How much of the damage is undone when the output of either norm, or of both, is put back. Nothing else enters \
                attention and the MLP, so repairing both norms is repairing attention and MLP together.";
        /// Heads ranked by their change of entropy, and repaired.
        Heads = heads: Heads,
            "Heads",
            "Which heads look differently when the stream is disturbed, and what repairing them gives back. The repairs are \
                planned from the entropy ranking, once that is in.";
        /// Sets, single layers and windows, disturbed or repaired.
        LayerSets = layer_sets: LayerSets,
            "Layer sets",
            "Which layers matter: sets of them are repaired, and single layers and windows are disturbed and repaired over \
                the whole depth. The sets by entropy are planned from its ranking, once that is in.";
        /// Queries and keys.
        QkAlignment = qk_alignment: Reading,
            "Queries and keys",
            "How queries and keys move against each other, and how the attention that they make changes.";
        /// The audit on texts.
        Audit = audit: Audit,
            "Audit",
            "Which setting of the protocol makes which part of the gap between the modes: every combination of matching, \
                coherence and rotation is run, of minimal pairs also of pairing.";
    ]
    with: [
        /// The audit on minimal pairs.
        AuditPairs = audit_pairs of Audit,
            "Audit of pairs",
            "The same of minimal pairs, with pairing as a further setting.";
    ]
}

/// The paths of all experiments' tables and settings in a study.
static PATHS: LazyLock<BTreeMap<(Kind, Option<Key>), String>> = LazyLock::new(|| {
    let mut paths = BTreeMap::new();
    for kind in Kind::ALL {
        let table = format!("experiments.{}", kind.table().name());
        let (keys, names) = kind.own();
        paths.extend(keys.iter().zip(names).map(|(key, name)| ((kind, Some(*key)), format!("{table}.{name}"))));
        paths.insert((kind, None), table);
    }
    paths
});

/// The path of the table of the experiment `kind` in a study.
pub fn path_of_table(kind: Kind) -> &'static str {
    PATHS.get(&(kind, None)).map_or("experiments", String::as_str)
}

/// The path of a setting of the experiment `kind`; that of its table where it has no such setting.
pub fn path_of(kind: Kind, key: Key) -> &'static str {
    PATHS.get(&(kind, Some(key))).map_or_else(|| path_of_table(kind), String::as_str)
}

impl Setting {
    /// What an experiment has of the settings that experiments have.
    #[must_use]
    pub fn keys(kind: Kind) -> &'static [Key] {
        kind.own().0
    }
}

impl Kind {
    /// Returns the experiments that have a table of their own in a study, in the same order: the audit's has both.
    pub fn tables() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.table() == *kind)
    }

    /// The experiment of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether its items are minimal pairs; those of the others are texts.
    #[must_use]
    pub fn is_of_pairs(self) -> bool {
        matches!(self, Self::Syntax | Self::AuditPairs)
    }

    /// Whether it sets matching, coherence, pairing and rotation itself. Its noise is then keyed as under the strict
    /// protocol, so that all of its conditions share their draws.
    #[must_use]
    pub fn is_audit(self) -> bool {
        matches!(self, Self::Audit | Self::AuditPairs)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_every_experiment_with_its_settings() {
        let readme = include_str!("../../../README.md");
        let (_, table) = readme.split_once("| table | what it asks | its own settings |").unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        // `name` | words | `key`, `key`
        let names = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        let written: Vec<(Vec<String>, Vec<String>)> = rows
            .map(|row| row.trim_matches('|').split(" | ").collect::<Vec<_>>())
            .map(|cells| (names(cells[0]), names(cells[cells.len() - 1])))
            .collect();
        let listed = Kind::tables().map(|kind| {
            let (_, keys) = kind.own();
            // What all of them have is said below the table.
            let mut own: Vec<String> =
                keys.iter().filter(|key| !["seeds", "layers"].contains(key)).map(|key| (*key).to_owned()).collect();
            own.sort();
            (vec![kind.name().to_owned()], own)
        });
        let written = written.into_iter().map(|(name, mut keys)| {
            keys.sort();
            (name, keys)
        });
        assert_eq!(written.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
    }
}
