//! The tables that every study has: how far vectors were moved, how far the stream ended from the clean one, and how long
//! the vectors are.

use super::{Known, made};
use crate::experiment::{Arm, Kind};
use crate::figure::table::{Line, Rows, Table};
use crate::findings::Findings;
use crate::study::Mode;
use serde_json::Map;

fn lead(line: &mut Line, kind: Kind, mode: Mode, arm: Arm, delta: f64) {
    line.text("experiment", "experiment", "Of which experiment", kind.name());
    line.text("mode", "mode", "How the stream is disturbed", &mode.to_string());
    line.text("arm", "run", "Which of the experiment's runs", &arm.to_string());
    line.exact("delta", "δ", "As the study has it", delta);
}

/// Displacement asked and reached, layer by layer, the first token apart.
pub fn reached(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for of in findings.moved() {
        let moved = &of.displacement;
        rows.add(|line| {
            lead(line, of.kind, of.mode, of.arm, of.delta);
            line.exact("layer", "layer", "The layer whose output is moved", of.layer);
            line.text("tokens", "tokens", "The first token of each sequence, or the rest", of.part.name());
            line.field("count", moved.tokens);
            let reached = of.reached();
            line.number("asked", "asked", "Mean δ that was asked for", Some(of.asked()));
            let meaning = "Mean ‖h′ − h‖ over tokens and seeds";
            line.number("reached_mean", "reached", meaning, reached.map(|reached| reached.mean));
            let meaning = "Standard deviation over tokens and seeds";
            line.number("reached_sd", "sd", meaning, reached.and_then(|reached| reached.sd));
            line.number("reached_min", "min", "Smallest", Some(moved.min));
            line.number("reached_max", "max", "Largest", Some(moved.max));
            let share = |count: u64| Some(of.share(count));
            let meaning = "Tokens whose δ was out of reach";
            line.share("share_unattainable", "out of reach (%)", meaning, share(moved.unattainable));
            line.share("share_flipped", "flipped (%)", "Vectors that were turned round", share(moved.flipped));
        });
    }
    let what = "Displacement ‖h′ − h‖ of the tokens that were moved, over all seeds and items of the runs without repair; the \
                first token of a sequence apart from the rest.";
    made(findings, known, rows, what, Map::new())
}

/// Distance and angle of the final stream from the clean one.
pub fn shift(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for of in findings.ended() {
        rows.add(|line| {
            lead(line, of.kind, of.mode, of.arm, of.delta);
            line.text("tokens", "tokens", "The first token of each sequence, or the rest", of.part.name());
            line.field("count", of.shift.tokens);
            let [distance, angle] = [of.distance(), of.angle()];
            let meaning = "Mean ‖h′ − h‖ after the last layer";
            line.number("distance_mean", "distance", meaning, distance.map(|distance| distance.mean));
            let meaning = "Standard deviation over tokens and seeds";
            line.number("distance_sd", "sd", meaning, distance.and_then(|distance| distance.sd));
            let of_angle = "Mean angle between h′ and h after the last layer";
            line.number("angle_mean", "angle (°)", of_angle, angle.map(|angle| angle.mean));
            line.number("angle_sd", "sd (°)", meaning, angle.and_then(|angle| angle.sd));
        });
    }
    let what = "The residual stream after the last layer, before the final norm: its distance and its angle from the clean \
                run's, over all tokens, seeds and items of the runs without repair; the first token of a sequence apart \
                from the rest.";
    made(findings, known, rows, what, Map::new())
}

/// Norms of every layer's output.
pub fn norms(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for (layer, norms) in findings.results().norms.iter().enumerate() {
        rows.add(|line| {
            line.exact("layer", "layer", "The layer", layer);
            line.number("first_median", "first token", "Median over the texts' first tokens", Some(norms.first_median));
            line.number("median", "median", "Over all other tokens", Some(norms.median));
            line.number("p05", "5 %", "5th percentile over all other tokens", Some(norms.p05));
            line.number("p95", "95 %", "95th percentile over all other tokens", Some(norms.p95));
        });
    }
    let what = "Euclidean norms of each layer's output in the clean run, over the study's texts.";
    made(findings, known, rows, what, Map::new())
}

/// The same by position.
pub fn position_norms(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for norms in &findings.results().position_norms {
        rows.add(|line| {
            line.exact("layer", "layer", "The layer", norms.layer);
            line.exact("position", "position", "0 for the first token", norms.position);
            line.exact("texts", "texts", "How many texts are so long", norms.texts);
            line.number("mean", "mean norm", "Over those texts", Some(norms.mean));
        });
    }
    let what = "Mean Euclidean norm of each layer's output at each position in the clean run.";
    made(findings, known, rows, what, Map::new())
}
