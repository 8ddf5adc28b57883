//! What experiments read off a pass beside its losses: one number per layer and head.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A quantity that is read per layer and head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Attention entropy −Σ p·ln p, mean over query positions, nats.
    EntropyExact,
    /// The published study's −Σ p·ln(p + 1e-10), mean over query positions, nats.
    EntropyPublished,
    /// Cosine of query and key at the same position, before rotary embedding, mean over positions.
    QkCosine,
    /// |change| of the attention logits q·k/√d after rotary embedding against the clean run, mean over the keys that each
    /// query sees, then over queries.
    LogitChange,
    /// KL divergence Σ p·ln(p/p') of the disturbed attention p' from the clean p, mean over query positions, nats.
    AttentionKl,
    /// Share of query positions whose most attended key is another than in the clean run.
    TopKeyChanged,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EntropyExact,
        Self::EntropyPublished,
        Self::QkCosine,
        Self::LogitChange,
        Self::AttentionKl,
        Self::TopKeyChanged,
    ];

    /// What [`super::EntropyReader`] reads.
    pub const ENTROPIES: [Self; 2] = [Self::EntropyExact, Self::EntropyPublished];

    /// What [`super::AlignmentReader`] reads.
    pub const ALIGNMENTS: [Self; 4] = [Self::QkCosine, Self::LogitChange, Self::AttentionKl, Self::TopKeyChanged];

    /// Whether a disturbance may lower it: the others are distances from the clean run.
    #[must_use]
    pub fn may_fall(self) -> bool {
        matches!(self, Self::EntropyExact | Self::EntropyPublished | Self::QkCosine)
    }

    /// What it can be, with room for rounding, in 16 bits too.
    #[must_use]
    pub fn range(self) -> RangeInclusive<f32> {
        match self {
            Self::EntropyExact | Self::EntropyPublished => -1e-3..=f32::MAX,
            Self::QkCosine => -1.05..=1.05,
            Self::LogitChange => 0.0..=f32::MAX,
            Self::AttentionKl => -1e-2..=f32::MAX,
            Self::TopKeyChanged => 0.0..=1.001,
        }
    }

    /// What it is called in study files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EntropyExact => "entropy_exact",
            Self::EntropyPublished => "entropy_published",
            Self::QkCosine => "qk_cosine",
            Self::LogitChange => "logit_change",
            Self::AttentionKl => "attention_kl",
            Self::TopKeyChanged => "top_key_changed",
        }
    }

    /// The quantity of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.name() == name)
    }
}

/// What was read off a pass of several rows.
#[derive(Debug, Clone)]
pub struct Readings {
    /// The layers that are read.
    layers: Vec<usize>,
    heads: usize,
    /// By quantity: `[rows][read layers, heads]`.
    values: BTreeMap<Quantity, Vec<Vec<f32>>>,
}

impl Readings {
    /// Of `quantities` in `layers`, 0 until they are read.
    #[must_use]
    pub fn new(quantities: &[Quantity], layers: &[usize], heads: usize, rows: usize) -> Self {
        let empty = || vec![vec![0.0; layers.len() * heads]; rows];
        Self { layers: layers.to_vec(), heads, values: quantities.iter().map(|q| (*q, empty())).collect() }
    }

    /// Where `layer` stands among those that are read.
    #[must_use]
    pub fn place(&self, layer: usize) -> Option<usize> {
        self.layers.iter().position(|known| *known == layer)
    }

    /// Takes what was read at [`Readings::place`] `at`: `[rows, heads]`.
    pub fn set(&mut self, quantity: Quantity, at: usize, values: &[f32]) {
        let Some(rows) = self.values.get_mut(&quantity) else { return };
        for (row, values) in rows.iter_mut().zip(values.chunks_exact(self.heads)) {
            row[at * self.heads..][..self.heads].copy_from_slice(values);
        }
    }

    /// Those of one row, by quantity.
    #[must_use]
    pub fn row(&self, row: usize) -> Vec<(Quantity, Vec<f32>)> {
        self.values.iter().filter_map(|(quantity, rows)| Some((*quantity, rows.get(row)?.clone()))).collect()
    }

    /// As many rows of them as there are `rows`, each as the one of these that `rows` names: where a pass starts after
    /// some of the layers, those are the clean run's.
    #[must_use]
    pub fn repeated(&self, rows: &(impl Iterator<Item = usize> + Clone)) -> Self {
        let of = |values: &Vec<Vec<f32>>| rows.clone().map(|row| values[row].clone()).collect();
        Self { values: self.values.iter().map(|(quantity, values)| (*quantity, of(values))).collect(), ..self.clone() }
    }
}
