//! The tables that every study has: how far vectors were moved, how far the stream ended from the clean one, and how long
//! the vectors are.

use super::{Known, made};
use crate::experiment::{Kind, Part, Results, Series};
use crate::figure::table::{Line, Rows, Table};
use crate::intervention::Displacement;
use crate::measure::Shift;
use serde_json::Map;
use std::collections::BTreeMap;

/// The runs without repair: repaired ones are moved in the same way.
fn runs(results: &Results) -> Vec<(Kind, Series<'_>)> {
    let of_kind = |kind| results.series(kind).into_iter().map(move |series| (kind, series));
    let all = Kind::ALL.into_iter().filter(|kind| results.shapes.contains_key(kind)).flat_map(of_kind);
    all.filter(|(_, series)| series.arm.patches.is_empty()).collect()
}

fn lead(line: &mut Line, kind: Kind, series: &Series) {
    line.text("experiment", "experiment", "Of which experiment", kind.name());
    line.text("mode", "mode", "How the stream is disturbed", &series.mode.to_string());
    line.text("arm", "run", "Which of the experiment's runs", &series.arm.name);
    line.exact("delta", "δ", "As the study has it", series.delta);
}

/// Mean and standard deviation from sums; none of nothing.
fn mean_and_sd(tokens: u64, sum: f64, squares: f64) -> (Option<f64>, Option<f64>) {
    let n = tokens as f64;
    let mean = (tokens > 0).then(|| sum / n);
    let sd = (tokens > 1).then(|| ((squares - sum * sum / n).max(0.0) / (n - 1.0)).sqrt());
    (mean, sd)
}

/// Displacement asked and reached, layer by layer, the first token apart.
pub fn reached(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for (kind, series) in runs(results) {
        let mut all: BTreeMap<(usize, Part), Displacement> = BTreeMap::new();
        for (_, id) in &series.seeds {
            for (layer, part, displacement) in results.displacements(*id) {
                all.entry((layer, part)).or_default().merge(displacement);
            }
        }
        for ((layer, part), moved) in all {
            rows.add(|line| {
                lead(line, kind, &series);
                line.exact("layer", "layer", "The layer whose output is moved", layer);
                line.text("tokens", "tokens", "The first token of each sequence, or the rest", part.name());
                line.field("count", moved.tokens);
                let n = moved.tokens.max(1) as f64;
                let (mean, sd) = mean_and_sd(moved.tokens, moved.sum, moved.sum_of_squares);
                line.number("asked", "asked", "Mean δ that was asked for", Some(moved.asked / n));
                line.number("reached_mean", "reached", "Mean ‖h′ − h‖ over tokens and seeds", mean);
                line.number("reached_sd", "sd", "Standard deviation over tokens and seeds", sd);
                line.number("reached_min", "min", "Smallest", Some(moved.min));
                line.number("reached_max", "max", "Largest", Some(moved.max));
                let share = |count: u64| Some(count as f64 / n);
                let meaning = "Tokens whose δ was out of reach";
                line.share("share_unattainable", "out of reach (%)", meaning, share(moved.unattainable));
                let meaning = "Vectors that were turned round";
                line.share("share_flipped", "flipped (%)", meaning, share(moved.flipped));
            });
        }
    }
    let what = "Displacement ‖h′ − h‖ of the tokens that were moved, over all seeds and items of the runs without repair; the \
                first token of a sequence apart from the rest.";
    made(results, known, rows, what, Map::new())
}

/// Distance and angle of the final stream from the clean one.
pub fn shift(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for (kind, series) in runs(results) {
        for part in Part::ALL {
            let mut all = Shift::default();
            for shift in series.seeds.iter().filter_map(|(_, id)| results.shift(*id, part)) {
                all.merge(shift);
            }
            if all.tokens == 0 {
                continue;
            }
            rows.add(|line| {
                lead(line, kind, &series);
                line.text("tokens", "tokens", "The first token of each sequence, or the rest", part.name());
                line.field("count", all.tokens);
                let (mean, sd) = mean_and_sd(all.tokens, all.distance, all.distance_squares);
                line.number("distance_mean", "distance", "Mean ‖h′ − h‖ after the last layer", mean);
                line.number("distance_sd", "sd", "Standard deviation over tokens and seeds", sd);
                let (mean, sd) = mean_and_sd(all.tokens, all.angle, all.angle_squares);
                line.number("angle_mean", "angle (°)", "Mean angle between h′ and h after the last layer", mean);
                line.number("angle_sd", "sd (°)", "Standard deviation over tokens and seeds", sd);
            });
        }
    }
    let what = "The residual stream after the last layer, before the final norm: its distance and its angle from the clean \
                run's, over all tokens, seeds and items of the runs without repair; the first token of a sequence apart \
                from the rest.";
    made(results, known, rows, what, Map::new())
}

/// Norms of every layer's output.
pub fn norms(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for (layer, norms) in results.norms.iter().enumerate() {
        rows.add(|line| {
            line.exact("layer", "layer", "The layer", layer);
            line.number("first_median", "first token", "Median over the texts' first tokens", Some(norms.first_median));
            line.number("median", "median", "Over all other tokens", Some(norms.median));
            line.number("p05", "5 %", "5th percentile over all other tokens", Some(norms.p05));
            line.number("p95", "95 %", "95th percentile over all other tokens", Some(norms.p95));
        });
    }
    let what = "Euclidean norms of each layer's output in the clean run, over the study's texts.";
    made(results, known, rows, what, Map::new())
}

/// The same by position.
pub fn position_norms(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for norms in &results.position_norms {
        rows.add(|line| {
            line.exact("layer", "layer", "The layer", norms.layer);
            line.exact("position", "position", "0 for the first token", norms.position);
            line.exact("texts", "texts", "How many texts are so long", norms.texts);
            line.number("mean", "mean norm", "Over those texts", Some(norms.mean));
        });
    }
    let what = "Mean Euclidean norm of each layer's output at each position in the clean run.";
    made(results, known, rows, what, Map::new())
}
