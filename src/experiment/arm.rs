//! Arms: what tells the conditions of an experiment apart beside mode, δ and seed, with all of their names.

use super::Kind;
use crate::study::{Coherence, Matching, Mode, Pairing, Rotation, Settings, from_word, word};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An arm of an experiment. Its names are those that tables and trials have; a study file holds it as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// Nothing is repaired: the plain disturbed run, off which an experiment reads, and the clean run.
    #[default]
    Plain,
    /// Whole sites are repaired in the layers that are repaired.
    Repaired(Repaired),
    /// A single head is repaired.
    Head {
        /// Its layer.
        layer: usize,
        /// Its place in the layer.
        head: usize,
    },
    /// The first so many heads of the ranking are repaired.
    TopHeads(usize),
    /// The attention of the first so many layers of the ranking is repaired.
    TopLayers(usize),
    /// The attention of a set of layers is repaired.
    Set(LayerSet),
    /// Nothing but these layers is disturbed.
    Disturbed(Window),
    /// The attention of these layers alone is repaired.
    RepairedWindow(Window),
    /// The settings of the protocol are these, in an audit.
    Cell(Cell),
}

/// Sites that are repaired together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repaired {
    /// The output of attention.
    Attention,
    /// The output of the MLP.
    Mlp,
    /// The outputs of attention and the MLP.
    Both,
    /// The output of the first norm.
    Ln1,
    /// The output of the second norm.
    Ln2,
    /// The outputs of both norms.
    BothNorms,
}

/// A set of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerSet {
    /// Those whose attention entropy changes most.
    Top,
    /// Those in the middle of that ranking.
    Middle,
    /// Those whose attention entropy changes least.
    Bottom,
    /// Drawn from the study's seed: the draw's number, from 1.
    Random(usize),
}

/// Neighbouring layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first of them.
    pub first: usize,
    /// How many they are, at least 1.
    pub width: usize,
}

/// A cell of an audit: the settings of the protocol that its mode and its material know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// Whether every token moves by δ, or their mean.
    pub matching: Matching,
    /// Whether the layers share their noise.
    pub coherence: Coherence,
    /// How a vector is turned; of the angular mode only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Whether the sentences of a pair share their noise; of pairs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Pairing>,
}

impl Arm {
    /// Whether nothing is repaired, and all of the study's layers are disturbed by the study's settings.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self == Self::Plain
    }

    /// Whether it is of the map over the depth, which is no hypothesis: a window or a single layer that is repaired.
    #[must_use]
    pub fn is_repaired_window(self) -> bool {
        matches!(self, Self::RepairedWindow(_))
    }

    /// Whether it is a set of layers that was drawn.
    #[must_use]
    pub fn is_random(self) -> bool {
        matches!(self, Self::Set(LayerSet::Random(_)))
    }

    /// Whether the experiment `kind` can have it.
    #[must_use]
    pub fn is_of(self, kind: Kind) -> bool {
        match self {
            Self::Plain => !kind.is_audit(),
            Self::Repaired(Repaired::Attention) => matches!(kind, Kind::AttentionRepair | Kind::Pathways),
            Self::Repaired(Repaired::Mlp | Repaired::Both) => kind == Kind::Pathways,
            Self::Repaired(Repaired::Ln1 | Repaired::Ln2 | Repaired::BothNorms) => kind == Kind::NormRepair,
            Self::Head { .. } | Self::TopHeads(_) | Self::TopLayers(_) => kind == Kind::Heads,
            Self::Set(_) | Self::Disturbed(_) | Self::RepairedWindow(_) => kind == Kind::LayerSets,
            Self::Cell(Cell { pairing, .. }) => match kind {
                Kind::Audit => pairing.is_none(),
                Kind::AuditPairs => pairing.is_some(),
                _ => false,
            },
        }
    }

    /// Whether something is repaired in its runs.
    #[must_use]
    pub fn repairs(self) -> bool {
        match self {
            Self::Plain | Self::Disturbed(_) | Self::Cell(_) => false,
            Self::Repaired(_)
            | Self::Head { .. }
            | Self::TopHeads(_)
            | Self::TopLayers(_)
            | Self::Set(_)
            | Self::RepairedWindow(_) => true,
        }
    }

    /// What it is called by people, with the names of its sites where these say more: "first norm (ln1)".
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Repaired(Repaired::Ln1) => "first norm (ln1)".to_owned(),
            Self::Repaired(Repaired::Ln2) => "second norm (ln2)".to_owned(),
            Self::Repaired(Repaired::Mlp) => "MLP (mlp_out)".to_owned(),
            Self::Repaired(Repaired::Attention) => "attention (attn_out)".to_owned(),
            other => other.to_string(),
        }
    }

    /// What its runs are called where one chooses among all arms of an experiment.
    #[must_use]
    pub fn run(self) -> String {
        match self {
            Self::Plain => "not repaired".to_owned(),
            Self::Disturbed(_) | Self::RepairedWindow(_) | Self::Cell(_) => self.to_string(),
            repaired => format!("repaired: {}", repaired.title()),
        }
    }

    /// The arm of this name; none where no arm has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| number.to_string() == text);
        let simple = [Self::Plain, Self::Set(LayerSet::Top), Self::Set(LayerSet::Middle), Self::Set(LayerSet::Bottom)];
        let repaired = Repaired::ALL.map(Self::Repaired);
        if let Some(known) = simple.into_iter().chain(repaired).find(|arm| arm.to_string() == name) {
            return Some(known);
        }
        match name.split(' ').collect::<Vec<_>>().as_slice() {
            ["head", place] => {
                let (layer, head) = place.split_once('.')?;
                Some(Self::Head { layer: number(layer)?, head: number(head)? })
            }
            ["top", k, "heads"] => Some(Self::TopHeads(number(k)?)),
            ["top", k, "layers"] => Some(Self::TopLayers(number(k)?)),
            ["random", i] => Some(Self::Set(LayerSet::Random(number(i)?))),
            [what @ ("disturb" | "repair"), layers] => {
                let (first, last) = layers.split_once('-').unwrap_or((layers, layers));
                let (first, last) = (number(first)?, number(last)?);
                let window = Window { first, width: last.checked_sub(first)? + 1 };
                let arm = if *what == "disturb" { Self::Disturbed(window) } else { Self::RepairedWindow(window) };
                // "3-3" is no name.
                (arm.to_string() == name).then_some(arm)
            }
            _ => Cell::from_name(name).map(Self::Cell),
        }
    }
}

/// Whether the experiment `kind` has arms that repair: the published study then drew its directions for each text.
#[must_use]
pub fn repairs(kind: Kind) -> bool {
    let of_heads = [Arm::Head { layer: 0, head: 0 }, Arm::TopHeads(1), Arm::TopLayers(1)];
    let of_sets = [Arm::Set(LayerSet::Top), Arm::RepairedWindow(Window { first: 0, width: 1 })];
    let all = Repaired::ALL.map(Arm::Repaired).into_iter().chain(of_heads).chain(of_sets);
    all.into_iter().any(|arm| arm.repairs() && arm.is_of(kind))
}

impl Repaired {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Attention, Self::Mlp, Self::Both, Self::Ln1, Self::Ln2, Self::BothNorms];

    fn name(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Mlp => "mlp",
            Self::Both => "both",
            Self::Ln1 => "ln1",
            Self::Ln2 => "ln2",
            Self::BothNorms => "both norms",
        }
    }
}

impl Window {
    /// Its layers, ascending.
    #[must_use]
    pub fn layers(self) -> Vec<usize> {
        (self.first..self.first.saturating_add(self.width)).collect()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.width {
            0 | 1 => write!(f, "{}", self.first),
            width => write!(f, "{}-{}", self.first, self.first.saturating_add(width - 1)),
        }
    }
}

impl Cell {
    /// That of `settings` under `mode`, of the audit `kind`.
    #[must_use]
    pub fn of(kind: Kind, mode: Mode, settings: &Settings) -> Self {
        let Settings { matching, coherence, pairing, rotation } = *settings;
        Self {
            matching,
            coherence,
            rotation: (mode == Mode::Angular).then_some(rotation),
            pairing: (kind == Kind::AuditPairs).then_some(pairing),
        }
    }

    /// The words of its settings, in the order in which a name has them.
    fn words(self) -> Vec<String> {
        let all =
            [Some(word(self.matching)), Some(word(self.coherence)), self.rotation.map(word), self.pairing.map(word)];
        all.into_iter().flatten().collect()
    }

    fn from_name(name: &str) -> Option<Self> {
        let mut words = name.split(", ");
        let (matching, coherence) = (from_word(words.next()?)?, from_word(words.next()?)?);
        let mut cell = Self { matching, coherence, rotation: None, pairing: None };
        for word in words {
            match (from_word(word), from_word(word)) {
                (Some(rotation), _) if cell.rotation.is_none() && cell.pairing.is_none() => {
                    cell.rotation = Some(rotation);
                }
                (_, Some(pairing)) if cell.pairing.is_none() => cell.pairing = Some(pairing),
                _ => return None,
            }
        }
        Some(cell)
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => Ok(()),
            Self::Repaired(repaired) => f.write_str(repaired.name()),
            Self::Head { layer, head } => write!(f, "head {layer}.{head}"),
            Self::TopHeads(k) => write!(f, "top {k} heads"),
            Self::TopLayers(k) => write!(f, "top {k} layers"),
            Self::Set(LayerSet::Top) => f.write_str("top"),
            Self::Set(LayerSet::Middle) => f.write_str("middle"),
            Self::Set(LayerSet::Bottom) => f.write_str("bottom"),
            Self::Set(LayerSet::Random(i)) => write!(f, "random {i}"),
            Self::Disturbed(window) => write!(f, "disturb {window}"),
            Self::RepairedWindow(window) => write!(f, "repair {window}"),
            Self::Cell(cell) => f.write_str(&cell.words().join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells() -> impl Strategy<Value = Arm> {
        let matching = prop::sample::select(vec![Matching::Mean, Matching::PerToken]);
        let coherence = prop::sample::select(vec![Coherence::Shared, Coherence::Independent]);
        let rotation = prop::option::of(prop::sample::select(vec![Rotation::Published, Rotation::Exact]));
        let pairing = prop::option::of(prop::sample::select(vec![Pairing::Same, Pairing::Separate]));
        (matching, coherence, rotation, pairing).prop_map(|(matching, coherence, rotation, pairing)| {
            Arm::Cell(Cell { matching, coherence, rotation, pairing })
        })
    }

    fn arms() -> impl Strategy<Value = Arm> {
        let window = (0..99_usize, 1..9_usize).prop_map(|(first, width)| Window { first, width });
        let sets = vec![LayerSet::Top, LayerSet::Middle, LayerSet::Bottom, LayerSet::Random(3)];
        prop_oneof![
            Just(Arm::Plain),
            prop::sample::select(Repaired::ALL.to_vec()).prop_map(Arm::Repaired),
            (0..99_usize, 0..99_usize).prop_map(|(layer, head)| Arm::Head { layer, head }),
            (1..99_usize).prop_map(Arm::TopHeads),
            (1..99_usize).prop_map(Arm::TopLayers),
            prop::sample::select(sets).prop_map(Arm::Set),
            window.clone().prop_map(Arm::Disturbed),
            window.prop_map(Arm::RepairedWindow),
            cells(),
        ]
    }

    proptest! {
        #[test]
        fn an_arm_is_known_by_its_name_and_by_its_data(arm in arms()) {
            prop_assert_eq!(Arm::from_name(&arm.to_string()), Some(arm));
            let data = serde_json::to_string(&arm).unwrap();
            prop_assert_eq!(serde_json::from_str::<Arm>(&data).unwrap(), arm, "{}", data);
        }

        #[test]
        fn no_other_words_are_an_arm(name in "[a-z0-9 .,-]{0,16}") {
            prop_assert!(Arm::from_name(&name).is_none_or(|arm| arm.to_string() == name));
        }
    }

    #[test]
    fn an_experiment_has_the_arms_that_are_said_to_be_its_own_and_repairs_where_they_do() {
        let store =
            crate::store::Store::open(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.polar").as_ref()).unwrap();
        let conditions = store.conditions().unwrap();
        for kind in Kind::ALL {
            let of_it = || conditions.values().filter(|condition| condition.experiment == kind);
            assert!(of_it().count() > 1, "the demo's study has every experiment");
            for condition in of_it().filter(|condition| condition.disturbance.is_some()) {
                assert!(condition.arm.is_of(kind), "{condition}");
                assert_eq!(condition.arm.repairs(), !condition.pass.patches.is_empty(), "{condition}");
            }
            assert_eq!(of_it().any(|condition| condition.arm.repairs()), repairs(kind), "{kind}");
        }
    }

    #[test]
    fn names_and_data_are_those_of_study_files() {
        let cell = Cell {
            matching: Matching::PerToken,
            coherence: Coherence::Shared,
            rotation: Some(Rotation::Exact),
            pairing: Some(Pairing::Same),
        };
        for (arm, name, data) in [
            (Arm::Plain, "", r#""plain""#),
            (Arm::Repaired(Repaired::BothNorms), "both norms", r#"{"repaired":"both_norms"}"#),
            (Arm::Head { layer: 3, head: 1 }, "head 3.1", r#"{"head":{"layer":3,"head":1}}"#),
            (Arm::TopHeads(8), "top 8 heads", r#"{"top_heads":8}"#),
            (Arm::Set(LayerSet::Top), "top", r#"{"set":"top"}"#),
            (Arm::Set(LayerSet::Random(2)), "random 2", r#"{"set":{"random":2}}"#),
            (Arm::Disturbed(Window { first: 3, width: 1 }), "disturb 3", r#"{"disturbed":{"first":3,"width":1}}"#),
            (
                Arm::RepairedWindow(Window { first: 3, width: 3 }),
                "repair 3-5",
                r#"{"repaired_window":{"first":3,"width":3}}"#,
            ),
            (
                Arm::Cell(cell),
                "per-token, shared, exact, same",
                r#"{"cell":{"matching":"per-token","coherence":"shared","rotation":"exact","pairing":"same"}}"#,
            ),
        ] {
            assert_eq!((arm.to_string().as_str(), serde_json::to_string(&arm).unwrap().as_str()), (name, data));
        }
        for none in ["3", "top 08 heads", "disturb 5-3", "repair 3-3", "mean", "mean, shared, exact, exact"] {
            assert_eq!(Arm::from_name(none), None, "{none}");
        }
    }
}
