//! The settings of the protocol that an audit varies, and the corners that they span between the protocols.

use super::Kind;
use crate::study::{Mode, Protocol, Rotation, Settings};

/// A setting of the protocol that the audit varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// Whether every token moves by δ, or only their mean: dose.
    Matching,
    /// Whether the layers share their noise: coherence.
    Coherence,
    /// How a vector is turned; of the angular mode only.
    Rotation,
    /// Whether the sentences of a pair share their noise; of pairs only.
    Pairing,
}

impl Factor {
    /// Those that an audit of `kind` varies.
    #[must_use]
    pub fn of(kind: Kind) -> &'static [Self] {
        const ALL: [Factor; 4] = [Factor::Matching, Factor::Coherence, Factor::Rotation, Factor::Pairing];
        if kind == Kind::AuditPairs { &ALL } else { &ALL[..3] }
    }

    /// Its name, as the study has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Matching => "matching",
            Self::Coherence => "coherence",
            Self::Rotation => "rotation",
            Self::Pairing => "pairing",
        }
    }

    /// `settings` with this one of `from`.
    fn copy(self, from: Settings, settings: &mut Settings) {
        match self {
            Self::Matching => settings.matching = from.matching,
            Self::Coherence => settings.coherence = from.coherence,
            Self::Rotation => settings.rotation = from.rotation,
            Self::Pairing => settings.pairing = from.pairing,
        }
    }
}

/// The settings of `mode` at a corner between the protocols: those of `factors` whose bit is set in `strict` are the
/// strict protocol's, the others the published one's.
#[must_use]
pub fn corner(kind: Kind, mode: Mode, strict: usize) -> Settings {
    let (to, from) = (Protocol::Strict.settings(mode), Protocol::Published.settings(mode));
    let mut settings = to;
    for (bit, factor) in Factor::of(kind).iter().enumerate() {
        if strict & (1 << bit) == 0 {
            factor.copy(from, &mut settings);
        }
    }
    canonical(mode, settings)
}

/// Rotation means nothing to the magnitude mode: one value stands for both.
pub(super) fn canonical(mode: Mode, settings: Settings) -> Settings {
    Settings { rotation: if mode == Mode::Angular { settings.rotation } else { Rotation::Exact }, ..settings }
}
