//! The list of views: each answers one question with a picture and the tables of its numbers, as a tab of the window, as
//! figures, and in a section of the report.

use crate::experiment::Kind;
use serde::{Deserialize, Serialize};

/// A section of the report that figures and tables of views stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What becomes of the claims; the tables say it in sentences.
    Verdicts,
    /// Figures, and tables.
    Figures,
    /// The audit; its tables stand with the others.
    Audit,
    /// How far vectors were moved.
    Displacement,
}

/// Declares the views from left to right. Each has its name on a tab; the title above its picture; what it shows, in the
/// middle of a sentence that also says what would fill it; the experiments that it shows, none where it shows something of all;
/// its tables, and the one with the numbers of its picture; its figures, the first of which is its picture; and the section of
/// the report that it stands in.
macro_rules! views {
    ($(
        $(#[$doc:meta])*
        $view:ident {
            name: $name:literal,
            title: $title:literal,
            what: $what:literal,
            kinds: [$($kind:ident),*],
            tables: [$($table:literal),*],
            behind: $behind:literal,
            figures: [$($figure:literal),*],
            section: $section:ident,
        }
    )*) => {
        /// A view of a study.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum View {
            $($(#[$doc])* $view,)*
        }

        impl View {
            /// All of them, from left to right.
            pub const ALL: [Self; 0 $(+ { let _ = Self::$view; 1 })*] = [$(Self::$view),*];

            /// What stands on its tab.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$view => $name,)* }
            }

            /// What stands above its picture.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$view => $title,)* }
            }

            /// What it shows, in the middle of a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$view => $what,)* }
            }

            /// The experiments that it shows; none where it shows something of all.
            #[must_use]
            pub const fn kinds(self) -> &'static [Kind] {
                match self { $(Self::$view => &[$(Kind::$kind),*],)* }
            }

            /// Its tables.
            #[must_use]
            pub const fn tables(self) -> &'static [&'static str] {
                match self { $(Self::$view => &[$($table),*],)* }
            }

            /// The table with the numbers of its picture; empty where there is none.
            #[must_use]
            pub const fn table(self) -> &'static str {
                match self { $(Self::$view => $behind,)* }
            }

            /// The figures that it is exported as, the first of which is its picture.
            #[must_use]
            pub const fn figures(self) -> &'static [&'static str] {
                match self { $(Self::$view => &[$($figure),*],)* }
            }

            /// The section of the report that it stands in.
            #[must_use]
            pub const fn section(self) -> Section {
                match self { $(Self::$view => Section::$section,)* }
            }
        }
    };
}

views! {
    /// What becomes of each claim.
    Overview {
        name: "Overview",
        title: "What becomes of each claim",
        what: "what becomes of each claim",
        kinds: [],
        tables: ["verdicts"],
        behind: "verdicts",
        figures: [],
        section: Verdicts,
    }
    /// Loss and accuracy against δ.
    Dissociation {
        name: "Dissociation",
        title: "Loss and grammatical judgement",
        what: "what each δ costs in loss, and in grammatical judgement",
        kinds: [Sweep, Syntax],
        tables: ["damage", "syntax", "dissociation"],
        behind: "damage",
        figures: ["dissociation"],
        section: Figures,
    }
    /// The damage as a function of δ.
    Dose {
        name: "Dose–response",
        title: "Dose–response",
        what: "how the damage grows with δ, and at which δ half of it is done",
        kinds: [Sweep],
        tables: ["dose_response", "regimes"],
        behind: "dose_response",
        figures: ["dose-response"],
        section: Figures,
    }
    /// Every test.
    Statistics {
        name: "Statistics",
        title: "What differs, and how surely",
        what: "every test with its effect, interval and p, and the verdicts that they lead to",
        kinds: [],
        tables: ["statistics", "effects"],
        behind: "statistics",
        figures: ["statistics"],
        section: Figures,
    }
    /// Attention entropy by layer.
    Entropy {
        name: "Entropy",
        title: "Attention entropy by layer",
        what: "how the entropy of attention changes, layer by layer",
        kinds: [Entropy],
        tables: ["entropy", "entropy_layers", "entropy_heads"],
        behind: "entropy_layers",
        figures: ["entropy-layers", "entropy-heads"],
        section: Figures,
    }
    /// What repairs give back.
    Repair {
        name: "Repair",
        title: "What repairs give back",
        what: "how much of the damage is undone when attention, the MLP or the norms are repaired",
        kinds: [AttentionRepair, Pathways, NormRepair],
        tables: ["attention_repair", "pathways", "norm_repair"],
        behind: "attention_repair",
        figures: ["repair", "mechanism"],
        section: Figures,
    }
    /// Heads.
    Heads {
        name: "Heads",
        title: "Heads",
        what: "which heads look differently, and what repairing them gives back",
        kinds: [Heads],
        tables: ["heads", "heads_repair"],
        behind: "heads_repair",
        figures: ["heads"],
        section: Figures,
    }
    /// Layers over the depth.
    Layers {
        name: "Layers",
        title: "Layers",
        what: "which layers matter when they are disturbed, and which when they are repaired",
        kinds: [LayerSets],
        tables: ["layer_sets", "layer_depth"],
        behind: "layer_sets",
        figures: ["layer-sets"],
        section: Figures,
    }
    /// Queries and keys.
    Alignment {
        name: "Q–K",
        title: "Queries, keys and attention by layer",
        what: "how queries, keys and the attention that they make change, layer by layer",
        kinds: [QkAlignment],
        tables: ["qk_alignment"],
        behind: "qk_alignment",
        figures: ["qk"],
        section: Figures,
    }
    /// What makes the gap between the modes.
    Audit {
        name: "Audit",
        title: "What makes the gap between the modes",
        what: "which setting of the protocol makes which part of the gap between the modes",
        kinds: [Audit, AuditPairs],
        tables: ["audit", "audit_cells", "audit_pairs", "audit_pairs_cells"],
        behind: "audit",
        figures: ["audit"],
        section: Audit,
    }
    /// How far vectors are moved.
    Displacement {
        name: "Displacement",
        title: "How far vectors are moved",
        what: "how far vectors were moved, where the stream ended, and how long the vectors are",
        kinds: [],
        tables: ["displacement", "shift", "norms", "position_norms"],
        behind: "displacement",
        figures: ["displacement", "norms"],
        section: Displacement,
    }
    /// The texts and pairs behind the numbers.
    Texts {
        name: "Texts",
        title: "Texts and pairs",
        what: "which texts and pairs are behind a number, and which of their tokens",
        kinds: [],
        tables: [],
        behind: "",
        figures: [],
        section: Figures,
    }
    /// Several studies beside each other.
    Compare {
        name: "Compare",
        title: "Studies beside each other",
        what: "several studies beside each other",
        kinds: [],
        tables: ["published"],
        behind: "published",
        figures: ["compare", "replication"],
        section: Figures,
    }
    /// Where the numbers come from.
    Provenance {
        name: "Provenance",
        title: "Where the numbers come from",
        what: "what was run: model, texts, program, device, and their checksums",
        kinds: [],
        tables: [],
        behind: "",
        figures: [],
        section: Figures,
    }
}

impl Default for View {
    fn default() -> Self {
        Self::ALL[0]
    }
}

impl View {
    /// The view under whose picture the table `id` stands.
    #[must_use]
    pub fn of_table(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.tables().contains(&id))
    }

    /// The view whose figure `id` is.
    #[must_use]
    pub fn of_figure(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.figures().contains(&id))
    }

    /// The figure that its picture is exported as; none where it has no picture of its own.
    #[must_use]
    pub fn figure(self) -> Option<&'static str> {
        self.figures().first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{figures, tables};

    #[test]
    fn every_table_and_every_figure_stands_in_one_view() {
        for (there, of) in [
            (tables::all_ids(), View::tables as fn(View) -> &'static [&'static str]),
            (figures::all_ids(), View::figures),
        ] {
            let mut listed: Vec<&str> = View::ALL.into_iter().flat_map(|view| of(view).iter().copied()).collect();
            let mut there = there;
            listed.sort_unstable();
            there.sort_unstable();
            assert_eq!(listed, there);
        }
    }

    #[test]
    fn every_experiment_stands_in_a_view_and_fills_a_table_of_it() {
        for kind in Kind::ALL {
            let shown = |view: &View| view.kinds().contains(&kind);
            let view = View::ALL.into_iter().find(shown).unwrap_or_else(|| panic!("no view shows {kind}"));
            let filled = tables::ids_of(kind);
            assert!(filled.iter().any(|id| view.tables().contains(id)), "{kind}: {filled:?} of {view:?}");
        }
    }
}
