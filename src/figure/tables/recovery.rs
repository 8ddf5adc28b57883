//! The tables of the experiments that repair: what each repair gives back, and which layers matter.

use super::{Known, made, printed, seeds};
use crate::experiment::{Of, Recoveries, Recovery};
use crate::figure::table::{Line, Rows, Table};
use crate::figure::words::what_is_repaired;
use crate::findings::{Findings, Repairs};
use serde_json::{Map, json};

/// One row per repair and mode; windows over the depth have a table of their own.
pub fn table(findings: &Findings, known: &Known) -> Option<Table> {
    let kind = known.kind?;
    let recoveries = match findings.repairs(kind)? {
        Repairs::Printed(list) => return printed::table(findings, known, list),
        Repairs::Run(recoveries) => recoveries,
    };
    let mut rows = Rows::default();
    for recovery in Repairs::shown(recoveries) {
        rows.add(|line| fill(line, recovery));
    }
    let what = format!(
        "Repair: {} Damage of the disturbed run, and of the one that is repaired as well, nats, mean ± sd over {}, {} texts. \
         Recovery: (damage − repaired damage)/damage with its 95 % bootstrap interval over texts and seeds, given only where \
         the damage's own interval is above 0. t: paired over seeds, damage against repaired damage, two-sided, or \
         recoveries of the modes against each other; Holm over each of these two families.",
        what_is_repaired(kind),
        seeds(most_seeds(recoveries)),
        recoveries.items,
    );
    let facts = Map::from_iter([("texts".to_owned(), json!(recoveries.items))]);
    made(findings, known, rows, &what, facts)
}

fn fill(line: &mut Line, recovery: &Recovery) {
    let meaning = "What is replaced by its value in the clean run";
    line.named("repair", "repair", meaning, (&recovery.arm.to_string(), &recovery.arm.title()));
    let patches: Vec<String> = recovery.patches.iter().map(ToString::to_string).collect();
    line.field("patches", patches.join(" "));
    let (mode, damage, repaired) = match &recovery.of {
        Of::Mode { mode, damage, repaired } => (mode.to_string(), Some(*damage), Some(*repaired)),
        Of::Difference => ("angular − magnitude".to_owned(), None, None),
    };
    line.text("mode", "mode", "How the stream is disturbed", &mode);
    line.field("delta", recovery.delta);
    line.spread("damage", "damage (nats)", "Without repair: mean ± sd over seeds", damage);
    line.spread("repaired", "repaired (nats)", "With repair: mean ± sd over seeds", repaired);
    let estimate = &recovery.recovery.map_err(|why| why.to_string());
    let meaning = "(damage − repaired damage)/damage with its 95 % bootstrap interval over texts and seeds";
    line.estimate("recovery", "recovery (%)", meaning, estimate, 100.0);
    line.test("Paired over seeds: damage against repaired damage", recovery.test, recovery.p_holm);
    line.field("family", recovery.family);
}

fn most_seeds(recoveries: &Recoveries) -> usize {
    let of = |recovery: &Recovery| match &recovery.of {
        Of::Mode { damage, .. } => damage.n,
        Of::Difference => 0,
    };
    recoveries.rows.iter().map(of).max().unwrap_or(0)
}

/// Which layers matter when they are disturbed, and which when they are repaired: one row per layer or window and mode.
pub fn depth(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for window in findings.windows() {
        rows.add(|line| {
            line.text("layers", "layers", "A layer, or a window of them", &window.window.to_string());
            line.field("width", window.window.width);
            line.text("mode", "mode", "How the stream is disturbed", &window.mode.to_string());
            let meaning = "Where these layers alone are disturbed: mean ± sd over seeds";
            line.spread("damage", "damage (nats)", meaning, Some(window.damage));
            line.interval("damage", "95 % interval", "Bootstrap over texts and seeds", window.interval);
            let estimate = &window.recovery.map_or_else(
                || Err("these layers lie before the first disturbed one".to_owned()),
                |recovery| recovery.map_err(|why| why.to_string()),
            );
            let meaning = "Where the study's layers are disturbed and the attention of these alone is repaired";
            line.estimate("recovery", "recovery (%)", meaning, estimate, 100.0);
        });
    }
    let what = "Each layer, and each window of neighbouring layers, over the whole depth. Damage: where these layers alone \
                are disturbed, nats, mean ± sd over seeds. Recovery: where the study's layers are disturbed and the \
                attention of these alone is repaired, with its 95 % bootstrap interval over texts and seeds; layers up to \
                the first disturbed one have nothing to repair.";
    made(findings, known, rows, what, Map::new())
}
