//! The tables of a study, each made from its results alone.

mod attention;
mod audit;
mod comparison;
mod displacement;
mod dose;
mod effects;
mod inference;
mod printed;
mod published;
mod recovery;
mod verdicts;

use super::made_of::MadeOf;
use super::table::{Rows, Table};
use crate::error::{Error, Result};
use crate::experiment::{Kind, Origin, Results, prepare};
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
}

type Make = fn(&Results, &Known) -> Option<Table>;

impl Known {
    /// Whether `results` have its experiment, or shares of it that were printed.
    fn is_asked(&self, results: &Results) -> bool {
        let has = |kind| results.shapes.contains_key(&kind) || !printed::recoveries(results, kind).is_empty();
        self.kind.is_none_or(has)
    }
}

const fn summary(id: &'static str, title: &'static str, kind: Kind, make: Make) -> Known {
    Known { id, title, kind: Some(kind), is_summary: true, make }
}

const fn detail(id: &'static str, title: &'static str, kind: Option<Kind>, make: Make) -> Known {
    Known { id, title, kind, is_summary: false, make }
}

/// Every table, in the order in which they are shown.
const KNOWN: [Known; 28] = [
    summary("damage", "Loss damage", Kind::Sweep, comparison::table),
    summary("syntax", "Accuracy drop", Kind::Syntax, comparison::table),
    summary("entropy", "Entropy", Kind::Entropy, attention::entropy),
    detail("entropy_layers", "Entropy by layer", Some(Kind::Entropy), attention::entropy_layers),
    detail("entropy_heads", "Entropy by head", Some(Kind::Entropy), attention::entropy_heads),
    summary("attention_repair", "Attention repair", Kind::AttentionRepair, recovery::table),
    summary("pathways", "Pathways", Kind::Pathways, recovery::table),
    summary("norm_repair", "Norm repair", Kind::NormRepair, recovery::table),
    detail("heads", "Heads", Some(Kind::Heads), attention::heads),
    summary("heads_repair", "Heads repaired", Kind::Heads, recovery::table),
    summary("layer_sets", "Layer sets", Kind::LayerSets, recovery::table),
    detail("layer_depth", "Layers over the depth", Some(Kind::LayerSets), recovery::depth),
    detail("qk_alignment", "Query–key alignment", Some(Kind::QkAlignment), attention::alignment),
    summary("audit", "Audit", Kind::Audit, audit::shares),
    summary("audit_cells", "Audit, all settings", Kind::Audit, audit::cells),
    summary("audit_pairs", "Audit of pairs", Kind::AuditPairs, audit::shares),
    detail("audit_pairs_cells", "Audit of pairs, all settings", Some(Kind::AuditPairs), audit::cells),
    detail("published", "Against the published", None, published::table),
    detail("displacement", "Displacement", None, displacement::reached),
    detail("shift", "Final stream", None, displacement::shift),
    detail("norms", "Norms", None, displacement::norms),
    detail("position_norms", "Norms by position", None, displacement::position_norms),
    detail("verdicts", "Verdicts", None, verdicts::table),
    detail("statistics", "Statistics", None, inference::statistics),
    detail("effects", "Effect sizes", None, effects::table),
    detail("dissociation", "Double dissociation", None, inference::dissociation),
    detail("dose_response", "Dose–response", Some(Kind::Sweep), dose::curves),
    detail("regimes", "Two regimes (published form)", Some(Kind::Sweep), dose::regimes),
];

/// The table `id` of `results`.
///
/// # Errors
/// [`Error::usage`] where there is no such table, the study does not have its experiment, or nothing of it is in yet.
pub fn table(results: &Results, id: &str) -> Result<Table> {
    let known = KNOWN.iter().find(|known| known.id == id).ok_or_else(|| {
        let names: Vec<&str> = KNOWN.iter().map(|known| known.id).collect();
        Error::usage(format!("there is no table \"{id}\"; the tables are {}", names.join(", ")))
    })?;
    if let Some(kind) = known.kind.filter(|_| !known.is_asked(results)) {
        let ends = format!(", which the table \"{id}\" is made of");
        return Err(Error::usage(MadeOf { begins: "the study has no ", kinds: vec![kind], ends }));
    }
    if known.id == "published"
        && let Some(why) = published::missing(results)
    {
        return Err(Error::usage(why));
    }
    (known.make)(results, known).ok_or_else(|| {
        Error::usage(format!("the file holds nothing, or nothing yet, that the table \"{id}\" is made of"))
    })
}

/// All tables that `results` have something for.
#[must_use]
pub fn tables(results: &Results) -> Vec<Table> {
    let there = |known: &&Known| known.is_asked(results);
    if !results.is_complete() {
        // The run needs the cores.
        return KNOWN.iter().filter(there).filter_map(|known| (known.make)(results, known)).collect();
    }
    // What several tables rest on is made first: one that waited for another's would wait for itself.
    prepare(results);
    let _ = results.differences();
    KNOWN.par_iter().filter(there).filter_map(|known| (known.make)(results, known)).collect()
}

/// The table `known` of `rows`; none where there are none. `what` leads its caption, `facts` its settings.
fn made(results: &Results, known: &Known, rows: Rows, what: &str, facts: Map<String, Value>) -> Option<Table> {
    let Rows { columns, cells: rows, records } = rows;
    let study = &results.study;
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
fn named(modes: &[Mode]) -> String {
    modes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
