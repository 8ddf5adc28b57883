//! The tables of a study, each made from its findings: a form of output, which nothing reads back.

mod attention;
mod audit;
mod comparison;
mod displacement;
mod dose;
mod effects;
mod fits;
mod inference;
mod printed;
mod published;
mod recovery;
mod verdicts;

use super::made_of::MadeOf;
use super::table::{Rows, Table};
use crate::error::{Error, Result};
use crate::experiment::{Kind, Origin, Results};
use crate::findings::Findings;
use crate::study::{Layers, Mode};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// A table that there is: its name, its title, the experiment that it shows, whether it is short, and what makes it.
struct Known {
    id: &'static str,
    title: &'static str,
    kind: Option<Kind>,
    is_summary: bool,
    make: Make,
    /// Whether a study has what the table needs besides its experiment.
    fits: fn(&Results) -> bool,
}

type Make = fn(&Findings, &Known) -> Option<Table>;

impl Known {
    /// Whether the study has its experiment, or shares of it were printed.
    fn is_asked(&self, findings: &Findings) -> bool {
        self.kind.is_none_or(|kind| findings.has(kind))
    }

    /// It, where a study has to have something besides the experiment.
    const fn only(self, fits: fn(&Results) -> bool) -> Self {
        Self { fits, ..self }
    }
}

const fn summary(id: &'static str, title: &'static str, kind: Kind, make: Make) -> Known {
    Known { id, title, kind: Some(kind), is_summary: true, make, fits: |_| true }
}

const fn detail(id: &'static str, title: &'static str, kind: Option<Kind>, make: Make) -> Known {
    Known { id, title, kind, is_summary: false, make, fits: |_| true }
}

/// Every table, in the order in which they are shown.
const KNOWN: [Known; 28] = [
    summary("damage", "Loss damage", Kind::Sweep, comparison::table),
    summary("syntax", "Accuracy drop", Kind::Syntax, comparison::table),
    summary("entropy", "Entropy", Kind::Entropy, attention::entropy),
    detail("entropy_layers", "Entropy by layer", Some(Kind::Entropy), attention::entropy_layers).only(fits::run),
    detail("entropy_heads", "Entropy by head", Some(Kind::Entropy), attention::entropy_heads).only(fits::run),
    summary("attention_repair", "Attention repair", Kind::AttentionRepair, recovery::table),
    summary("pathways", "Pathways", Kind::Pathways, recovery::table),
    summary("norm_repair", "Norm repair", Kind::NormRepair, recovery::table),
    detail("heads", "Heads", Some(Kind::Heads), attention::heads).only(fits::run),
    summary("heads_repair", "Heads repaired", Kind::Heads, recovery::table).only(fits::repaired_heads),
    summary("layer_sets", "Layer sets", Kind::LayerSets, recovery::table),
    detail("layer_depth", "Layers over the depth", Some(Kind::LayerSets), recovery::depth).only(fits::windows),
    detail("qk_alignment", "Query–key alignment", Some(Kind::QkAlignment), attention::alignment),
    summary("audit", "Audit", Kind::Audit, audit::shares),
    summary("audit_cells", "Audit, all settings", Kind::Audit, audit::cells),
    summary("audit_pairs", "Audit of pairs", Kind::AuditPairs, audit::shares),
    detail("audit_pairs_cells", "Audit of pairs, all settings", Some(Kind::AuditPairs), audit::cells),
    detail("published", "Against the published", None, published::table).only(fits::published),
    detail("displacement", "Displacement", None, displacement::reached).only(fits::run),
    detail("shift", "Final stream", None, displacement::shift).only(fits::run),
    detail("norms", "Norms", None, displacement::norms).only(fits::run),
    detail("position_norms", "Norms by position", None, displacement::position_norms).only(fits::run),
    detail("verdicts", "Verdicts", None, verdicts::table).only(fits::claims),
    detail("statistics", "Statistics", None, inference::statistics).only(fits::compared),
    detail("effects", "Effect sizes", None, effects::table).only(fits::compared),
    detail("dissociation", "Double dissociation", None, inference::dissociation).only(fits::dissociation),
    detail("dose_response", "Dose–response", Some(Kind::Sweep), dose::curves).only(fits::dose),
    detail("regimes", "Two regimes (published form)", Some(Kind::Sweep), dose::regimes).only(fits::regimes),
];

/// The names of all tables.
#[cfg(test)]
pub(super) fn all_ids() -> Vec<&'static str> {
    KNOWN.iter().map(|known| known.id).collect()
}

/// The names of the tables that show the experiment `kind`.
#[cfg(test)]
pub(super) fn ids_of(kind: Kind) -> Vec<&'static str> {
    KNOWN.iter().filter(|known| known.kind == Some(kind)).map(|known| known.id).collect()
}

/// The table `id` of `findings`; nothing else is computed.
///
/// # Errors
/// [`Error::usage`] where there is no such table, the study does not have its experiment, or nothing of it is in yet.
pub fn table(findings: &Findings, id: &str) -> Result<Table> {
    let known = KNOWN.iter().find(|known| known.id == id).ok_or_else(|| {
        let names: Vec<&str> = KNOWN.iter().map(|known| known.id).collect();
        Error::usage(format!("there is no table \"{id}\"; the tables are {}", names.join(", ")))
    })?;
    if let Some(kind) = known.kind.filter(|_| !known.is_asked(findings)) {
        let ends = format!(", which the table \"{id}\" is made of");
        return Err(Error::usage(MadeOf { begins: "the study has no ", kinds: vec![kind], ends }));
    }
    if known.id == "published"
        && let Some(why) = published::missing(findings)
    {
        return Err(Error::usage(why));
    }
    (known.make)(findings, known).ok_or_else(|| {
        Error::usage(format!("the file holds nothing, or nothing yet, that the table \"{id}\" is made of"))
    })
}

/// The names of the tables that the study of `findings` fills when all of its trials are in. Nothing is computed.
#[must_use]
pub fn table_ids(findings: &Findings) -> Vec<&'static str> {
    let fits = |known: &&Known| known.is_asked(findings) && (known.fits)(findings.results());
    KNOWN.iter().filter(fits).map(|known| known.id).collect()
}

/// All tables that `findings` have something for.
#[must_use]
pub fn tables(findings: &Findings) -> Vec<Table> {
    each_table(findings, |table| table)
}

/// What `keep` makes of each table that `findings` have something for: who needs little of large ones keeps little.
pub fn each_table<T: Send>(findings: &Findings, keep: impl Fn(Table) -> T + Sync) -> Vec<T> {
    let there = |known: &&Known| known.is_asked(findings);
    let make = |known: &Known| (known.make)(findings, known).map(&keep);
    findings.make_all();
    if !findings.results().is_complete() {
        // The run needs the cores.
        return KNOWN.iter().filter(there).filter_map(make).collect();
    }
    KNOWN.par_iter().filter(there).filter_map(make).collect()
}

/// The table `known` of `rows`; none where there are none. `what` leads its caption, `facts` its settings.
fn made(findings: &Findings, known: &Known, rows: Rows, what: &str, facts: Map<String, Value>) -> Option<Table> {
    let Rows { columns, cells: rows, records } = rows;
    let (results, study) = (findings.results(), findings.study());
    let perturbation = &study.perturbation;
    let layers = known.kind.and_then(|kind| results.shapes.get(&kind)).map(|shape| shape.layers.clone());
    // What a study printed are means over texts.
    let over = if results.origin == Origin::Run { "texts and seeds" } else { "seeds" };
    let mut all = Map::from_iter([
        ("study".to_owned(), json!(study.name)),
        ("model".to_owned(), json!(study.model.id)),
        ("protocol".to_owned(), json!(perturbation.protocol_label())),
        ("layers".to_owned(), json!(layers)),
        ("delta_unit".to_owned(), json!(perturbation.delta_unit)),
        ("intervals_over".to_owned(), json!(over)),
        ("trials".to_owned(), json!(results.finished())),
        ("trials_planned".to_owned(), json!(results.planned)),
    ]);
    all.extend(facts);
    let layers = layers.map_or(String::new(), |layers| format!("; layers {}", shown(&layers)));
    let state = results.preliminary().map_or_else(String::new, |why| format!(" Preliminary: {why}."));
    let origin = match &results.origin {
        Origin::Run => String::new(),
        Origin::Published { source, .. } => format!(
            "Published values ({source}), printed to three decimals (entropies four, percentages one); not a run of \
             Polarscope. Each seed's value is a mean over the texts or pairs, so that intervals are over seeds alone. "
        ),
    };
    let caption = format!(
        "{origin}{what} Protocol {}{layers}; δ as {}; model {}.{state}",
        perturbation.protocol_label(),
        perturbation.delta_unit.label(),
        study.model.id
    );
    let Known { id, title, kind, is_summary, .. } = *known;
    (!rows.is_empty()).then_some(Table { id, title, kind, is_summary, columns, rows, records, facts: all, caption })
}

/// Layers as people write them.
pub(super) fn shown(layers: &[usize]) -> String {
    Layers::these(layers.to_vec()).map_or_else(|_| "none".to_owned(), |layers| layers.to_string())
}

/// How many seeds stand behind a table, in words.
pub(super) fn seeds(count: usize) -> String {
    if count == 1 { "1 seed".to_owned() } else { format!("{count} seeds") }
}

/// The same, and under which modes the runs of all seeds are one run.
pub(super) fn seeds_and_runs(count: usize, one_run: &[Mode]) -> String {
    match named(one_run) {
        names if names.is_empty() => seeds(count),
        names => format!("{} (one run under {names})", seeds(count)),
    }
}

/// The names of modes: "magnitude and angular".
pub(super) fn named(modes: &[Mode]) -> String {
    modes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
