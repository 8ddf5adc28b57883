//! The tables of what is read off attention.

use super::{Known, made};
use crate::experiment::{Change, tested};
use crate::figure::table::{Line, Rows, Table};
use crate::figure::words::{quantity, with_unit};
use crate::findings::{Findings, HeadEntropies};
use serde_json::{Map, json};

/// The mean over all layers that are read, by both formulas.
pub fn entropy(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = findings.entropy();
    for change in list {
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
    made(findings, known, rows, &caption(findings, known, list, what), facts(findings, known))
}

/// Layer by layer, by the exact formula.
pub fn entropy_layers(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = findings.entropy_by_layer();
    for change in list {
        rows.add(|line| fill(line, change));
    }
    let what = "Attention entropy −Σ p·ln p of each layer, mean over query positions and heads. In the first disturbed layer \
                attention comes before the disturbance; in the one after it, changes of length that turn no vector round \
                pass through the norm unseen.";
    made(findings, known, rows, &caption(findings, known, list, what), facts(findings, known))
}

/// Head by head, by the exact formula.
pub fn entropy_heads(findings: &Findings, known: &Known) -> Option<Table> {
    let HeadEntropies { rows: list, texts, seeds } = findings.entropy_heads();
    let mut rows = Rows::default();
    for of in list {
        rows.add(|line| {
            line.text("mode", "mode", "How the stream is disturbed", &of.mode.to_string());
            line.field("delta", of.delta);
            line.exact("layer", "layer", "The head's layer", of.layer);
            line.exact("head", "head", "Its place in the layer", of.head);
            line.number("clean", "clean (nats)", "Mean over texts of the clean run", Some(of.clean));
            line.number("disturbed", "disturbed (nats)", "Clean plus change", Some(of.clean + of.change.mean));
            line.spread("change", "change (nats)", "Disturbed minus clean: mean ± sd over seeds", Some(of.change));
            line.field("texts", of.items);
        });
    }
    let what = format!(
        "Attention entropy −Σ p·ln p of each head, mean over query positions and texts. Change: each text's disturbed minus \
         its clean entropy, mean ± sd over {}, {texts} texts.",
        super::seeds(*seeds)
    );
    made(findings, known, rows, &what, facts(findings, known))
}

/// Queries, keys and attention, layer by layer.
pub fn alignment(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = findings.alignment();
    for change in list {
        rows.add(|line| fill(line, change));
    }
    let what = "Cosine of q and k: at the same position, before rotary embedding, as published. |change| of logits: of \
                q·k/√d after rotary embedding, over the keys that a query sees. KL divergence: of the disturbed attention \
                from the clean one. Top key changed: share of queries whose most attended key is another. The last three \
                are 0 in the clean run.";
    made(findings, known, rows, &caption(findings, known, list, what), facts(findings, known))
}

fn fill(line: &mut Line, change: &Change) {
    let (name, unit) = quantity(change.quantity);
    line.text("quantity", "quantity", "What is read", &with_unit(name, unit));
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

fn caption(findings: &Findings, known: &Known, list: &[Change], what: &str) -> String {
    let texts = list.iter().map(|change| change.items).min().unwrap_or(0);
    let seeds = super::seeds(list.iter().map(|change| change.change.n).max().unwrap_or(0));
    let read =
        known.kind.and_then(|kind| findings.results().shapes.get(&kind)).map(|shape| super::shown(&shape.read_layers));
    format!(
        "{what} Change: disturbed minus clean, mean ± sd over {seeds}, {texts} texts, with its 95 % bootstrap interval over \
         texts and seeds; t over seeds, two-sided; Holm over {} tests. Layers that are read: {}.",
        tested(list).count(),
        read.unwrap_or_default()
    )
}

fn facts(findings: &Findings, known: &Known) -> Map<String, serde_json::Value> {
    let read = known.kind.and_then(|kind| findings.results().shapes.get(&kind)).map(|shape| &shape.read_layers);
    Map::from_iter([("read_layers".to_owned(), json!(read))])
}

/// Heads by how much their entropy changes.
pub fn heads(findings: &Findings, known: &Known) -> Option<Table> {
    let ranked = findings.ranked_heads()?;
    let mut rows = Rows::default();
    for (rank, head) in ranked.heads.iter().enumerate() {
        rows.add(|line| {
            line.exact("rank", "rank", "By the size of the change", rank + 1);
            line.exact("layer", "layer", "The head's layer", head.layer);
            line.exact("head", "head", "Its place in the layer", head.head);
            line.number("clean", "clean (nats)", "Its clean entropy", Some(head.clean));
            for mode in ranked.modes() {
                let change = ranked.change(mode, head);
                let key = format!("{}_change", mode.to_string().replace(' ', "_"));
                let head = format!("change, {mode} (nats)");
                line.number(&key, &head, "Disturbed minus clean, mean over texts and seeds", change);
            }
        });
    }
    let what = format!(
        "Attention entropy −Σ p·ln p of each head, mean over query positions and texts, and its change, mean over seeds too. \
         Ranked by the size of the change under the {} mode.",
        ranked.mode
    );
    made(findings, known, rows, &what, facts(findings, known))
}
