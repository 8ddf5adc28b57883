//! The list of settings: where each stands in a study, what it is called, and what becomes of it where a study grows.

use super::{Field, Growth};
use crate::study::experiments::{asked, asked_mut, field_of, field_of_mut, path_of, path_of_table};
use crate::study::{Kind, Study};

/// Declares the settings outside the experiments, in the order in which a study is written. Each has its path in the TOML
/// (and in [`Study`]), its label, the noun of a sentence, and its growth.
macro_rules! settings {
    ($(
        $list:ident: [$($(#[$doc:meta])* $name:ident = $($at:ident).+, $label:literal, $noun:literal, $growth:ident;)*]
    )*) => {
        /// A setting of a study.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $($($(#[$doc])* $name,)*)*
            /// That this experiment is asked at all.
            Asked(Kind),
            /// A setting of an experiment.
            Of(Kind, Key),
        }

        impl Setting {
            $(pub(super) const $list: [Self; settings!(@count $($name)*)] = [$(Self::$name),*];)*

            /// Its name in a study's TOML, with dots: `perturbation.deltas`.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self {
                    $($(Self::$name => settings!(@path $($at).+),)*)*
                    Self::Asked(kind) => path_of_table(kind),
                    Self::Of(kind, key) => path_of(kind, key),
                }
            }

            /// What it is called in a list of settings, in the middle of a sentence: "layers". One of an experiment needs the
            /// experiment's name beside it.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self {
                    $($(Self::$name => $label,)*)*
                    Self::Asked(kind) => kind.name(),
                    Self::Of(_, key) => key.label(),
                }
            }

            /// What it is called in a sentence, with its article where it takes one: "the δ grid".
            #[must_use]
            pub const fn noun(self) -> &'static str {
                match self {
                    $($(Self::$name => $noun,)*)*
                    Self::Asked(_) => "the experiment",
                    Self::Of(_, key) => key.noun(),
                }
            }

            /// What becomes of it where a study extends a study file.
            #[must_use]
            pub fn growth(self) -> Growth {
                match self {
                    $($(Self::$name => Growth::$growth,)*)*
                    Self::Asked(_) => Growth::Frozen,
                    Self::Of(_, key) => key.growth(),
                }
            }

            pub(super) fn field(self, study: &Study) -> Option<&dyn Field> {
                match self {
                    $($(Self::$name => Some(&study.$($at).+),)*)*
                    Self::Asked(kind) => asked(study, kind),
                    Self::Of(kind, key) => field_of(study, kind, key),
                }
            }

            pub(super) fn field_mut(self, study: &mut Study) -> Option<&mut dyn Field> {
                match self {
                    $($(Self::$name => Some(&mut study.$($at).+),)*)*
                    Self::Asked(kind) => asked_mut(study, kind),
                    Self::Of(kind, key) => field_of_mut(study, kind, key),
                }
            }
        }
    };
    (@count $($name:ident)*) => { 0 $(+ { let _ = stringify!($name); 1 })* };
    (@path $first:ident) => { stringify!($first) };
    (@path $first:ident . $second:ident) => { concat!(stringify!($first), ".", stringify!($second)) };
    (@path $first:ident . $second:ident . $third:ident) => {
        concat!(stringify!($first), ".", stringify!($second), ".", stringify!($third))
    };
}

settings! {
    BEFORE: [
        /// The study's title.
        Name = name, "name", "the name", Free;
        /// The seed that all noise is derived from.
        Seed = seed, "study seed", "the study seed", Frozen;
        /// Which model.
        ModelId = model.id, "model", "the model", Free;
        /// Branch, tag or commit of a repository.
        Revision = model.revision, "revision", "the revision", Frozen;
        /// Type of weights and arithmetic.
        Dtype = model.dtype, "precision", "the precision", Frozen;
        /// Where the texts come from.
        Source = texts.source, "texts", "source", Free;
        /// How many texts.
        Limit = texts.limit, "number of texts", "the number of texts", Grows;
        /// A text has more characters.
        LongerThan = texts.longer_than, "least length of a text", "\"longer than\"", Frozen;
        /// A text has fewer characters.
        ShorterThan = texts.shorter_than, "greatest length of a text", "\"Shorter than\"", Frozen;
        /// A text contains this.
        MustContain = texts.must_contain, "what a text contains", "what a text contains", Frozen;
        /// A text does not start with this.
        MustNotStartWith = texts.must_not_start_with, "what a text does not start with", "what a text does not start with",
            Frozen;
        /// Tokens of a text at most.
        MaxTokens = texts.max_tokens, "tokens of a text", "the number of tokens", Frozen;
        /// Special tokens around a text.
        SpecialTokens = texts.special_tokens, "special tokens", "the special tokens", Frozen;
        /// The protocol.
        Protocol = perturbation.protocol, "protocol", "the protocol", Frozen;
        /// The protocol's matching overridden.
        Matching = perturbation.matching, "matching", "the matching", Frozen;
        /// The protocol's coherence overridden.
        Coherence = perturbation.coherence, "coherence", "the coherence", Frozen;
        /// The protocol's pairing overridden.
        Pairing = perturbation.pairing, "pairing", "the pairing", Frozen;
        /// The protocol's rotation overridden.
        Rotation = perturbation.rotation, "rotation", "the rotation", Frozen;
        /// The modes.
        Modes = perturbation.modes, "modes", "the modes", Grows;
        /// The disturbed layers.
        Layers = perturbation.layers, "layers", "the layers", Frozen;
        /// The δ grid.
        Deltas = perturbation.deltas, "δ", "the δ grid", Grows;
        /// What δ is measured in.
        DeltaUnit = perturbation.delta_unit, "unit of δ", "the unit of δ", Frozen;
        /// The seeds.
        Seeds = perturbation.seeds, "seeds", "the list of seeds", Grows;
        /// The tokens that are moved.
        Tokens = perturbation.tokens, "tokens", "the choice of tokens", Frozen;
        /// The signs of magnitude and blend.
        Sign = perturbation.sign, "sign", "the sign", Frozen;
        /// The directions of angular, isotropic and blend.
        Direction = perturbation.direction, "direction", "the direction", Frozen;
    ]
    AFTER: [
        /// What verdicts are to hold for.
        Unit = statistics.unit, "sample of the verdicts", "the sample of the verdicts", Free;
        /// The bound of equivalence of two damages.
        DamageBound = statistics.equivalence.damage, "bound of equivalence of damage", "the bound of damage", Free;
        /// That of two drops of accuracy.
        AccuracyBound = statistics.equivalence.accuracy, "bound of equivalence of accuracy", "the bound of accuracy", Free;
        /// That of two changes of entropy.
        EntropyBound = statistics.equivalence.entropy, "bound of equivalence of entropy", "the bound of entropy", Free;
        /// That of two recoveries.
        RecoveryBound = statistics.equivalence.recovery, "bound of equivalence of recovery", "the bound of recovery", Free;
        /// That of two changes of the cosine.
        CosineBound = statistics.equivalence.cosine, "bound of equivalence of cosine", "the bound of cosine", Free;
        /// That of the interaction.
        InteractionBound = statistics.equivalence.interaction, "bound of equivalence of interaction",
            "the bound of interaction", Free;
    ]
}

/// Declares the settings that experiments have.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident, $label:literal, $noun:literal, $growth:ident;)*) => {
        /// A setting that experiments have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key {
            $($(#[$doc])* $name,)*
        }

        impl Key {
            fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            const fn noun(self) -> &'static str {
                match self { $(Self::$name => $noun,)* }
            }

            fn growth(self) -> Growth {
                match self { $(Self::$name => Growth::$growth,)* }
            }
        }
    };
}

keys! {
    /// δ of an experiment at one.
    Delta, "δ", "δ", Frozen;
    /// The grid of an experiment at several.
    Deltas, "δ", "the δ grid", Grows;
    /// The seeds.
    Seeds, "seeds", "the list of seeds", Grows;
    /// The first so many texts.
    Texts, "texts", "the number of texts", Grows;
    /// The first so many pairs.
    Items, "pairs", "the number of pairs", Grows;
    /// Where the pairs come from.
    Pairs, "source of pairs", "source", Free;
    /// Which paradigms.
    Paradigms, "paradigms", "paradigms", Frozen;
    /// How a sentence is scored.
    Scoring, "scoring", "the scoring", Frozen;
    /// The disturbed layers.
    Layers, "layers", "the list of layers", Frozen;
    /// The layers that are read.
    ReadLayers, "read layers", "the list of read layers", Frozen;
    /// The layers that are repaired.
    RepairLayers, "repaired layers", "the list of repaired layers", Frozen;
    /// Heads that are repaired together.
    Top, "heads together", "the list of heads that are repaired together", Frozen;
    /// How many heads are repaired one by one.
    SingleHeads, "one by one", "the number of heads that are repaired one by one", Frozen;
    /// Whether single layers are tried.
    SingleLayers, "one by one", "the choice of single layers", Frozen;
    /// Layers of a set.
    Size, "layers of a set", "the size of a set", Frozen;
    /// Random sets.
    Random, "random sets", "the number of random sets", Frozen;
    /// Layers of a window.
    Window, "layers of a window", "the width of a window", Frozen;
}
