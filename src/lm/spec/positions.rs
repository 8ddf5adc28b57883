//! How a model knows positions.

/// How a model knows positions.
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    /// By turning queries and keys.
    Rotary(Rotary),
    /// By turning them, in layers with a sliding window otherwise than in those that see everything.
    RotaryByWindow {
        /// In layers that see everything.
        full: Rotary,
        /// In layers with a sliding window.
        sliding: Rotary,
    },
    /// By an embedding that is added to that of the token.
    Learned {
        /// The row of the first position.
        offset: usize,
    },
}

impl Positions {
    /// All rotary embeddings, none where positions are learned.
    pub fn rotaries(&self) -> impl Iterator<Item = &Rotary> {
        match self {
            Self::Rotary(rotary) => [Some(rotary), None],
            Self::RotaryByWindow { full, sliding } => [Some(full), Some(sliding)],
            Self::Learned { .. } => [None, None],
        }
        .into_iter()
        .flatten()
    }
}

/// Rotary position embedding: pairs of the leading dimensions of a head are turned by angles that grow with the position;
/// what is beyond them is left alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotary {
    /// By how much each pair turns from one position to the next, radians.
    pub frequencies: Vec<f32>,
    /// Which dimensions are a pair.
    pub pairs: Pairs,
    /// What turned pairs are multiplied by: the attention factor of YaRN and LongRoPE, else 1.
    pub factor: f32,
    /// The longest sequence for which the frequencies hold, where they do not hold for all.
    pub longest: Option<usize>,
}

/// Which dimensions of a head turn together, where n pairs do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// i and i + n.
    Halves,
    /// 2i and 2i + 1.
    Neighbours,
}

impl Rotary {
    /// Frequencies base^(−2i/dims) for the leading `dims` dimensions of a head, rounded to float32 as the references
    /// have them; pairs are halves.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn new(base: f64, dims: usize) -> Self {
        let frequency = |i: usize| base.powf(-2.0 * i as f64 / dims as f64) as f32;
        let frequencies = (0..dims / 2).map(frequency).collect();
        Self { frequencies, pairs: Pairs::Halves, factor: 1.0, longest: None }
    }
}
