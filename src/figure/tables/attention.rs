//! The tables of what is read off attention.

use super::{Known, made};
use crate::experiment::{Change, HeadChange, Ranking, Results, changes, tested};
use crate::figure::table::{Line, Rows, Table};
use crate::measure::Quantity;
use crate::stats::Spread;
use crate::study::Mode;
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// What a quantity is called in a table.
fn words(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::EntropyExact => "entropy (nats)",
        Quantity::EntropyPublished => "entropy, published form (nats)",
        Quantity::QkCosine => "cosine of q and k",
        Quantity::LogitChange => "|change| of logits",
        Quantity::AttentionKl => "KL divergence (nats)",
        Quantity::TopKeyChanged => "top key changed (share)",
    }
}

/// The mean over all layers that are read, by both formulas.
pub fn entropy(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = changes(results, known.kind?, &Quantity::ENTROPIES, false);
    for change in &list {
        rows.add(|line| {
            fill(line, change);
            let meaning = "One-sided p that the entropy rises, as the published study tested";
            line.number("p_greater", "p (rises)", meaning, change.test.map(|test| test.p_greater()));
            let meaning = "Disturbed against clean means by seed, with the pooled population sd, as published";
            line.number("d_published", "d (published form)", meaning, change.d_published);
        });
    }
    let what = "Attention entropy −Σ p·ln p, and with 1e-10 added to p inside the logarithm as published: mean over query \
                positions, heads and all layers that are read.";
    made(results, known, rows, &caption(results, known, &list, what), facts(results, known))
}

/// Layer by layer, by the exact formula.
pub fn entropy_layers(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = changes(results, known.kind?, &[Quantity::EntropyExact], true);
    for change in &list {
        rows.add(|line| fill(line, change));
    }
    let what = "Attention entropy −Σ p·ln p of each layer, mean over query positions and heads. In the first disturbed layer \
                attention comes before the disturbance; in the one after it, changes of length that turn no vector round \
                pass through the norm unseen.";
    made(results, known, rows, &caption(results, known, &list, what), facts(results, known))
}

/// Head by head, by the exact formula.
pub fn entropy_heads(results: &Results, known: &Known) -> Option<Table> {
    let (kind, quantity) = (known.kind?, Quantity::EntropyExact);
    let shape = results.shapes.get(&kind)?;
    let clean_id = results.condition(kind, None, "")?;
    let clean = results.mean_reading(clean_id, quantity, None)?;
    let mut rows = Rows::default();
    let (mut texts, mut most) = (usize::MAX, 0);
    for series in results.series(kind).iter().filter(|series| series.arm.is_plain()) {
        let by_seed = series.seeds.iter().filter_map(|(_, id)| results.mean_reading(*id, quantity, Some(clean_id)));
        let mut by_seed: Vec<Vec<f64>> = by_seed.collect();
        if results.is_one_run(series) {
            by_seed.truncate(1);
        }
        let items = series.seeds.iter().map(|(_, id)| results.readings(*id, quantity).count()).filter(|n| *n > 0).min();
        let Some(items) = items.map(|items| results.items_behind(kind, items)) else { continue };
        (texts, most) = (texts.min(items), most.max(by_seed.len()));
        for (at, clean) in clean.iter().enumerate() {
            let changes: Vec<f64> = by_seed.iter().filter_map(|of_seed| of_seed.get(at).copied()).collect();
            let Some(change) = Spread::of(&changes) else { continue };
            rows.add(|line| {
                line.text("mode", "mode", "How the stream is disturbed", &series.mode.to_string());
                line.field("delta", series.delta);
                line.exact("layer", "layer", "The head's layer", shape.read_layers.get(at / shape.heads).copied());
                line.exact("head", "head", "Its place in the layer", at % shape.heads);
                line.number("clean", "clean (nats)", "Mean over texts of the clean run", Some(*clean));
                line.number("disturbed", "disturbed (nats)", "Clean plus change", Some(clean + change.mean));
                line.spread("change", "change (nats)", "Disturbed minus clean: mean ± sd over seeds", Some(change));
                line.field("texts", items);
            });
        }
    }
    let texts = if texts == usize::MAX { 0 } else { texts };
    let what = format!(
        "Attention entropy −Σ p·ln p of each head, mean over query positions and texts. Change: each text's disturbed minus \
         its clean entropy, mean ± sd over {}, {texts} texts.",
        super::seeds(most)
    );
    made(results, known, rows, &what, facts(results, known))
}

/// Queries, keys and attention, layer by layer.
pub fn alignment(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = changes(results, known.kind?, &Quantity::ALIGNMENTS, true);
    for change in &list {
        rows.add(|line| fill(line, change));
    }
    let what = "Cosine of q and k: at the same position, before rotary embedding, as published. |change| of logits: of \
                q·k/√d after rotary embedding, over the keys that a query sees. KL divergence: of the disturbed attention \
                from the clean one. Top key changed: share of queries whose most attended key is another. The last three \
                are 0 in the clean run.";
    made(results, known, rows, &caption(results, known, &list, what), facts(results, known))
}

fn fill(line: &mut Line, change: &Change) {
    line.text("quantity", "quantity", "What is read", words(change.quantity));
    line.text("mode", "mode", "How the stream is disturbed", &change.mode.to_string());
    line.field("delta", change.delta);
    let layers = change.layer.map_or_else(|| "all read".to_owned(), |layer| layer.to_string());
    line.text("layer", "layer", "The layer", &layers);
    line.number("clean", "clean", "Mean over texts of the clean run", Some(change.clean));
    line.spread("change", "change", "Disturbed minus clean: mean ± sd over seeds", Some(change.change));
    line.interval("change", "95 % interval", "Bootstrap over texts and seeds", change.interval);
    line.field("texts", change.items);
    line.test("Over seeds: whether the change is 0", change.test, change.p_holm);
}

fn caption(results: &Results, known: &Known, list: &[Change], what: &str) -> String {
    let texts = list.iter().map(|change| change.items).min().unwrap_or(0);
    let seeds = super::seeds(list.iter().map(|change| change.change.n).max().unwrap_or(0));
    let read = known.kind.and_then(|kind| results.shapes.get(&kind)).map(|shape| super::shown(&shape.read_layers));
    format!(
        "{what} Change: disturbed minus clean, mean ± sd over {seeds}, {texts} texts, with its 95 % bootstrap interval over \
         texts and seeds; t over seeds, two-sided; Holm over {} tests. Layers that are read: {}.",
        tested(list).count(),
        read.unwrap_or_default()
    )
}

fn facts(results: &Results, known: &Known) -> Map<String, serde_json::Value> {
    let read = known.kind.and_then(|kind| results.shapes.get(&kind)).map(|shape| &shape.read_layers);
    Map::from_iter([("read_layers".to_owned(), json!(read))])
}

/// The change of each head, by layer and place.
type Changes = BTreeMap<(usize, usize), f64>;

/// Heads by how much their entropy changes.
pub fn heads(results: &Results, known: &Known) -> Option<Table> {
    let ranking = Ranking::of(results, known.kind?).ok()?;
    let mut rows = Rows::default();
    let place = |head: &HeadChange| (head.layer, head.head);
    let modes: Vec<(Mode, Changes)> = results
        .study
        .perturbation
        .modes
        .iter()
        .filter_map(|mode| {
            let heads = Ranking::of_mode(results, known.kind?, *mode).ok()?.heads;
            Some((*mode, heads.iter().map(|head| (place(head), head.change)).collect()))
        })
        .collect();
    for (rank, head) in ranking.heads.iter().enumerate() {
        rows.add(|line| {
            line.exact("rank", "rank", "By the size of the change", rank + 1);
            line.exact("layer", "layer", "The head's layer", head.layer);
            line.exact("head", "head", "Its place in the layer", head.head);
            line.number("clean", "clean (nats)", "Its clean entropy", Some(head.clean));
            for (mode, heads) in &modes {
                let change = heads.get(&place(head)).copied();
                let key = format!("{}_change", mode.to_string().replace(' ', "_"));
                let head = format!("change, {mode} (nats)");
                line.number(&key, &head, "Disturbed minus clean, mean over texts and seeds", change);
            }
        });
    }
    let what = format!(
        "Attention entropy −Σ p·ln p of each head, mean over query positions and texts, and its change, mean over seeds too. \
         Ranked by the size of the change under the {} mode.",
        ranking.mode
    );
    made(results, known, rows, &what, facts(results, known))
}
