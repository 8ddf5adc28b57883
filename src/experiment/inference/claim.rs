//! The claims of the published study.

use crate::study::Study;

/// A claim of the published study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Its name in tables.
    pub id: &'static str,
    /// What it is about, in a word or two.
    pub name: &'static str,
    /// What it is about, as a heading.
    pub subject: &'static str,
    /// What it says of that, in a few words; empty where the subject says it.
    pub says: &'static str,
    /// What has to hold, as a hypothesis of one difference.
    pub expects: &'static str,
    /// What is computed.
    pub formula: &'static str,
    /// What the two sides of the difference are called.
    pub sides: [&'static str; 2],
    /// Whether the difference is expected above 0.
    pub is_above_zero: bool,
    /// Within which the two sides are called equivalent.
    pub bound: Bound,
}

impl Claim {
    /// Returns its subject and what it says: "Loss: angular harms more than magnitude".
    #[must_use]
    pub fn title(&self) -> String {
        if self.says.is_empty() { self.subject.to_owned() } else { format!("{}: {}", self.subject, self.says) }
    }
}

/// Which of the study's bounds of equivalence holds for a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Of two damages.
    Damage,
    /// Of two drops in accuracy.
    Accuracy,
    /// Of two changes of entropy.
    Entropy,
    /// Of two changes of the cosine of queries and keys.
    Cosine,
    /// Of two recoveries.
    Recovery,
    /// Of two simple effects.
    Interaction,
}

impl Bound {
    /// What `study` sets it to.
    #[must_use]
    pub fn of(self, study: &Study) -> Option<f64> {
        let bounds = &study.statistics.equivalence;
        match self {
            Self::Damage => bounds.damage,
            Self::Accuracy => bounds.accuracy,
            Self::Entropy => bounds.entropy,
            Self::Cosine => bounds.cosine,
            Self::Recovery => bounds.recovery,
            Self::Interaction => bounds.interaction,
        }
    }
}

/// Loss: angular harms more than magnitude.
pub const LOSS: Claim = Claim {
    id: "loss",
    name: "loss",
    subject: "Loss",
    says: "angular harms more than magnitude",
    expects: "At equal δ, next-token loss rises more under the angular than under the magnitude disturbance",
    formula: "D = mean over texts and seeds of (loss − clean loss); difference = D angular − D magnitude",
    sides: ["damage under angular", "damage under magnitude"],
    is_above_zero: true,
    bound: Bound::Damage,
};

/// Syntax: magnitude harms more than angular.
pub const SYNTAX: Claim = Claim {
    id: "syntax",
    name: "syntax",
    subject: "Syntax",
    says: "magnitude harms more than angular",
    expects: "At equal δ, accuracy on minimal pairs falls more under the magnitude than under the angular disturbance",
    formula: "A = 100 · mean over pairs and seeds of (judged right clean − judged right disturbed); \
              difference = A angular − A magnitude",
    sides: ["drop in accuracy under angular", "drop in accuracy under magnitude"],
    is_above_zero: false,
    bound: Bound::Accuracy,
};

/// Double dissociation of loss and syntax.
pub const DISSOCIATION: Claim = Claim {
    id: "dissociation",
    name: "dissociation",
    subject: "Double dissociation of loss and syntax",
    says: "",
    expects: "Angular harms loss more and magnitude harms syntax more, each in shares of what can be lost",
    formula: "I = (x angular − x magnitude) of loss − (x angular − x magnitude) of syntax; \
              x = damage/(ln vocabulary − clean loss), and drop/(clean accuracy − ½)",
    sides: ["angular − magnitude in loss", "angular − magnitude in syntax"],
    is_above_zero: true,
    bound: Bound::Interaction,
};

/// Entropy: angular spreads attention more.
pub const ENTROPY: Claim = Claim {
    id: "entropy",
    name: "entropy",
    subject: "Entropy",
    says: "angular spreads attention more",
    expects: "Attention entropy rises more under the angular than under the magnitude disturbance",
    formula: "H = mean over texts, seeds, layers, heads and queries of −Σ p ln p; \
              difference = (H − clean H) angular − (H − clean H) magnitude",
    sides: ["change of entropy under angular", "change of entropy under magnitude"],
    is_above_zero: true,
    bound: Bound::Entropy,
};

/// Attention repair: gives back more of the angular damage.
pub const ATTENTION_REPAIR: Claim = Claim {
    id: "attention_repair",
    name: "attention repair",
    subject: "Attention repair",
    says: "gives back more of the angular damage",
    expects: "Repairing attention takes back a larger share of the angular than of the magnitude damage",
    formula: "R = 100 · (damage − damage repaired)/damage; difference = R angular − R magnitude",
    sides: ["recovery under angular", "recovery under magnitude"],
    is_above_zero: true,
    bound: Bound::Recovery,
};

/// Norm repair: gives back more of the magnitude damage.
pub const NORM_REPAIR: Claim = Claim {
    id: "norm_repair",
    name: "norm repair",
    subject: "Norm repair",
    says: "gives back more of the magnitude damage",
    expects: "Repairing both norms takes back a larger share of the magnitude than of the angular damage",
    formula: "R = 100 · (damage − damage repaired)/damage; difference = R angular − R magnitude",
    sides: ["recovery under angular", "recovery under magnitude"],
    is_above_zero: false,
    bound: Bound::Recovery,
};

/// Layers: those whose entropy changes most matter most.
pub const LAYER_SPECIFICITY: Claim = Claim {
    id: "layer_specificity",
    name: "layer specificity",
    subject: "Layers",
    says: "those whose entropy changes most matter most",
    expects: "Repairing attention in the layers whose entropy changes most takes back more of the angular damage \
              than in those where it changes least, and than in random ones",
    formula: "R = 100 · (damage − damage repaired)/damage; difference = R of the top layers − R of the others",
    sides: ["recovery by the top layers", "recovery by the others"],
    is_above_zero: true,
    bound: Bound::Recovery,
};

/// Q·K: angular takes queries and keys apart.
pub const QK_ALIGNMENT: Claim = Claim {
    id: "qk_alignment",
    name: "query–key alignment",
    subject: "Q·K",
    says: "angular takes queries and keys apart",
    expects: "The cosine of queries and keys falls more under the angular than under the magnitude disturbance",
    formula: "c = mean over texts, seeds, layers, heads and positions of cos(q, k), before rotary embedding; \
              difference = (c − clean c) angular − (c − clean c) magnitude",
    sides: ["change of the cosine under angular", "change of the cosine under magnitude"],
    is_above_zero: false,
    bound: Bound::Cosine,
};

/// All of them, in the order in which they are shown.
pub const CLAIMS: [Claim; 8] =
    [LOSS, SYNTAX, DISSOCIATION, ENTROPY, ATTENTION_REPAIR, NORM_REPAIR, LAYER_SPECIFICITY, QK_ALIGNMENT];
