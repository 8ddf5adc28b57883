//! What a report says in sentences, made from the study and its tables.

use super::html::{List, escaped};
use crate::experiment::{Kind, Origin, Results, repairs};
use crate::figure::{Source, counted, number, tables};
use crate::intervention::Displacement;
use crate::stats::{FEW, Unit, coverage};
use crate::study::{DeltaUnit, Mode, Protocol, Sign, Tokens};
use std::fmt::Write as _;

/// What stands under the title.
pub fn lead(source: &Source) -> String {
    let study = source.study();
    let of = &study.perturbation;
    let printed = match source.origin() {
        Origin::Run => String::new(),
        Origin::Published { source, .. } => format!("; values printed by {source}, not a run"),
    };
    format!(
        "Model {}; protocol {}; layers {}{printed}.",
        study.model.id,
        of.protocol_label(),
        source.findings().layers_in_words()
    )
}

/// What the study asks.
pub fn question(source: &Source) -> String {
    let modes: Vec<String> = source.study().perturbation.modes.iter().map(|mode| meaning(*mode)).collect();
    let mut list = List::default();
    for (name, question) in super::kinds(source) {
        list.add(&format!("<strong>{name}.</strong> {}", escaped(question)));
    }
    format!(
        "<p>What do the direction and the length of a transformer's hidden-state vectors each carry? Hidden states h are moved by \
         the same Euclidean distance δ in different ways, and what breaks is measured. The ways: {}.</p>\n{}",
        escaped(&modes.join("; ")),
        list.written()
    )
}

fn meaning(mode: Mode) -> String {
    match mode {
        Mode::Magnitude => "magnitude, along h itself: h′ = (1 + s·δ/‖h‖)·h".to_owned(),
        Mode::Angular => "angular, around the sphere: h turns until it is δ away, ‖h′‖ = ‖h‖".to_owned(),
        Mode::Isotropic => "isotropic, a control: h′ = h + δ·u with a random unit vector u".to_owned(),
        Mode::Blend(_) => format!("{mode} degrees, between magnitude (0°) and angular (90°)"),
    }
}

/// What was run, setting by setting.
pub fn setting(source: &Source, results: &Results) -> String {
    let study = source.study();
    let of = &study.perturbation;
    let mut list = List::default();
    let mut say = |name: &str, words: &str| list.add(&format!("<strong>{name}:</strong> {}", escaped(words)));
    say(
        "Model",
        &format!("{}, revision {}, weights used as {}", study.model.id, study.model.revision, study.model.dtype),
    );
    say("Texts", &texts(source, results));
    say("Layers whose output is disturbed", &source.findings().layers_in_words());
    say("δ", &format!("{} ({})", joined(&of.deltas), of.delta_unit.label()));
    let seeds: Vec<f64> = of.seeds.values().iter().map(|seed| *seed as f64).collect();
    say("Seeds", &format!("{} (study seed {})", joined(&seeds), study.seed));
    say("Protocol", &of.protocol_label());
    for mode in &of.modes {
        let [matching, coherence, pairing, rotation] = of.settings(*mode).words();
        let words = format!("matching {matching}, coherence {coherence}, pairing {pairing}, rotation {rotation}");
        say(&format!("{mode}"), &words);
    }
    say("Tokens that are moved", &tokens(&of.tokens));
    list.written()
}

fn joined(values: &[f64]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn tokens(tokens: &Tokens) -> String {
    match tokens {
        Tokens::All => "all".to_owned(),
        Tokens::AllButFirst => "all but the first of a text".to_owned(),
        Tokens::Last => "the last of a text".to_owned(),
        Tokens::At(list) => {
            format!("positions {}", list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

/// How many texts of which kind.
fn texts(source: &Source, results: &Results) -> String {
    let of = &source.study().texts;
    let used = results.clean(Kind::Sweep).map_or(0, |id| results.scores(id).count());
    let used = if used == 0 {
        format!("at most {}", counted(of.limit, "text", "texts"))
    } else {
        counted(used, "text", "texts")
    };
    let mut filter = format!("longer than {} and shorter than {} characters", of.longer_than, of.shorter_than);
    if !of.must_contain.is_empty() {
        let _ = write!(filter, ", containing “{}”", of.must_contain);
    }
    if !of.must_not_start_with.is_empty() {
        let _ = write!(filter, ", not beginning with “{}”", of.must_not_start_with);
    }
    format!("{used} of “{}”, {filter}, cut after {} tokens", of.source, of.max_tokens)
}

/// Which tokens could not be moved as far as was asked, and which vectors were turned round.
pub fn attainability(source: &Source) -> String {
    let mut list = List::default();
    for mode in &source.study().perturbation.modes {
        let mut all = Displacement::default();
        for moved in source.findings().moved().iter().filter(|moved| moved.mode == *mode) {
            all.merge(&moved.displacement);
        }
        if all.tokens == 0 {
            continue;
        }
        let percent = |count: u64| 100.0 * count as f64 / all.tokens as f64;
        list.add(&format!(
            "{mode}: of all vectors that were moved, {} % could not reach δ, and {} % were turned round (their length fell below 0).",
            number(percent(all.unattainable)),
            number(percent(all.flipped))
        ));
    }
    list.written()
}

/// A paragraph for a paper.
pub fn methods(source: &Source, results: &Results) -> String {
    let study = source.study();
    let of = &study.perturbation;
    let mut parts = vec![format!(
        "We disturbed the hidden states of {} (revision {}) at the output of layers {} by a Euclidean distance δ of {} ({}).",
        study.model.id,
        study.model.revision,
        source.findings().layers_in_words(),
        joined(&of.deltas),
        of.delta_unit.label()
    )];
    parts.extend(of.modes.iter().map(|mode| format!("{}.", method(source, *mode))));
    parts.push(
        "A rotation reaches at most 2‖h‖, and a vector that is shortened by more than its length points the other way; both were \
         counted."
            .to_owned(),
    );
    parts.push(
        "Next-token loss is the mean cross-entropy of a text in nats; damage is the mean over texts of each text's own difference \
         from its clean loss."
            .to_owned(),
    );
    if let Some(syntax) = &study.experiments.syntax {
        let pairs = &syntax.pairs;
        let scoring = crate::study::word(syntax.scoring);
        parts.push(format!(
            "Grammatical judgement is the share of minimal pairs ({pairs}) whose grammatical sentence scores higher (scoring {scoring})."
        ));
    }
    if results.shapes.keys().any(|kind| repairs(*kind)) {
        parts.push(
            "A repair replaces a tensor of the disturbed pass by that of the clean pass (activation patching); recovery is the share \
             of the damage that it undoes, given only where the interval of the damage itself lies above 0."
                .to_owned(),
        );
    }
    if results.shapes.keys().any(|kind| matches!(kind, Kind::Entropy | Kind::Heads | Kind::LayerSets)) {
        parts.push("Attention entropy is −Σ p·ln p, mean over query positions.".to_owned());
    }
    if results.shapes.keys().any(|kind| kind.is_audit()) {
        parts.push(
            "The audit ran every combination of matching, coherence and rotation (of minimal pairs also pairing); the share of a \
             setting is its Shapley value over all orders from the published to the strict protocol."
                .to_owned(),
        );
    }
    parts.push(format!("Behind the experiments are {}.", behind(results)));
    let sample = match study.statistics.unit {
        Unit::Both => "Texts and seeds were resampled together (crossed bootstrap, 95 % percentile intervals)",
        Unit::Seeds => "Seeds were taken as the sample (paired t-tests, Student's 95 % intervals)",
        Unit::Texts => "Texts were taken as the sample (paired t-tests, Student's 95 % intervals)",
    };
    parts.push(format!(
        "{sample}; tests are two-sided at 0.05 and corrected by Holm within their family. The protocol was {}.",
        of.protocol_label()
    ));
    parts.push(format!(
        "All of it was computed with Polarscope {} (study SHA-256 {}).",
        env!("CARGO_PKG_VERSION"),
        crate::study::hash(study)
    ));
    parts.join(" ")
}

/// How many texts or pairs and seeds each experiment has: "80 texts × 5 seeds (sweep)".
fn behind(results: &Results) -> String {
    let of_kind = |kind: &Kind| {
        let conditions = || results.conditions.iter().filter(|(_, of)| of.experiment == *kind);
        let items = conditions().map(|(id, _)| results.scores(*id).count()).max().unwrap_or(0);
        let seeds: std::collections::BTreeSet<u64> =
            conditions().filter_map(|(_, of)| Some(of.disturbance?.seed)).collect();
        let pairs = matches!(kind, Kind::Syntax | Kind::AuditPairs);
        let items = if pairs { counted(items, "pair", "pairs") } else { counted(items, "text", "texts") };
        let seeds = tables::seeds_and_runs(seeds.len(), &results.one_run_modes(*kind));
        (kind.title().to_lowercase(), format!("{items} × {seeds}"))
    };
    let mut sizes: Vec<(String, Vec<String>)> = Vec::new();
    for (name, size) in results.shapes.keys().map(of_kind) {
        match sizes.iter_mut().find(|(known, _)| *known == size) {
            Some((_, names)) => names.push(name),
            None => sizes.push((size, vec![name])),
        }
    }
    sizes.into_iter().map(|(size, names)| format!("{size} ({})", names.join(", "))).collect::<Vec<_>>().join("; ")
}

/// How a mode moves vectors under this study's settings.
fn method(source: &Source, mode: Mode) -> String {
    let of = &source.study().perturbation;
    let [matching, coherence, _, rotation] = of.settings(mode).words();
    let sign = match of.sign {
        Sign::Random => "a random sign s per token",
        Sign::Grow => "s = 1",
        Sign::Shrink => "s = −1",
    };
    let dose = if matching == "mean" {
        "so that the mean displacement of a text's tokens is δ"
    } else {
        "so that every token that can reach it moves by δ"
    };
    let noise = if coherence == "shared" { "the same noise in all layers" } else { "independent noise in each layer" };
    match mode {
        Mode::Magnitude => format!("Under magnitude, h became (1 + s·δ/‖h‖)·h with {sign}, {dose}, with {noise}"),
        Mode::Angular if rotation == "published" => {
            format!(
                "Under angular, h was pushed towards a random direction and brought back to its norm, {dose} (bisection), with {noise}"
            )
        }
        Mode::Angular => {
            format!(
                "Under angular, h was turned by 2·asin(δ/2‖h‖) in the plane of h and a random direction, {dose}, with {noise}"
            )
        }
        Mode::Isotropic => format!("Under isotropic, h became h + δ·u with a random unit vector u, with {noise}"),
        Mode::Blend(_) => {
            format!("Under {mode}, length and direction changed together until h was δ away, with {noise}")
        }
    }
}

/// What the numbers do not say.
pub fn limits(source: &Source, results: &Results, copies: &[String]) -> String {
    let study = source.study();
    let of = &study.perturbation;
    let mut list = List::default();
    let seeds = of.seeds.values().len();
    let sample = match study.statistics.unit {
        Unit::Both => "Intervals are over texts and seeds: they speak of other texts like these and of other noise",
        Unit::Seeds => {
            "Intervals are over seeds alone: they say how well the noise was averaged, and not how far a result holds for other texts"
        }
        Unit::Texts => "Intervals are over texts alone: they do not say how much other noise would change",
    };
    let mut one_run: Vec<Mode> = results.shapes.keys().flat_map(|kind| results.one_run_modes(*kind)).collect();
    one_run.sort_by_key(ToString::to_string);
    one_run.dedup();
    list.add(&format!(
        "<strong>Sample.</strong> {sample}. The study has {} and {}.",
        texts_words(results),
        tables::seeds_and_runs(seeds, &one_run)
    ));
    for remark in copies {
        list.add(&format!("<strong>Copies.</strong> {remark}."));
    }
    if let Some(known) = coverage(seeds).filter(|_| seeds < FEW) {
        list.add(&format!(
            "<strong>Few seeds.</strong> A bootstrap of few values gives intervals that are too narrow: of simulated samples of {} \
             values, 95 % intervals held the truth in {} %, of skewed values in {} %.",
            known.n, known.normal[1], known.exponential[1]
        ));
    }
    list.add("<strong>One model.</strong> Nothing here says how another model would behave.");
    let protocol = match (of.protocol, of.settings_are_overridden()) {
        (Protocol::Strict, false) => {
            "Both modes move every token by δ where it can be reached, with independent noise in each layer: what differs between \
             them is the way in which they move"
        }
        (Protocol::Published, false) => {
            "The modes differ in more than the way in which they move: the angular one matches δ only on average over a text's tokens \
             and repeats its direction in every layer. A gap between them may be dose and coherence as well as direction; an audit takes \
             it apart"
        }
        _ => {
            "Settings of the protocol are overridden; what they are stands under Setting. Where they differ between the modes, so may results"
        }
    };
    list.add(&format!("<strong>Protocol.</strong> {protocol}."));
    if of.delta_unit == DeltaUnit::Absolute {
        list.add("<strong>δ.</strong> Distances are absolute: the same δ is a large part of a short vector and a small one of a long one, so that δ of different models or layers are not alike.");
    }
    list.add("<strong>Attainability.</strong> A rotation reaches at most 2‖h‖, and a vector that is shortened by more than its length points the other way. How many did is said under “How far vectors were moved”.");
    list.written()
}

fn texts_words(results: &Results) -> String {
    let items = results.conditions.iter().filter(|(_, of)| of.disturbance.is_none());
    let most = |pairs: bool| {
        let of_kind = items.clone().filter(|(_, of)| matches!(of.experiment, Kind::Syntax | Kind::AuditPairs) == pairs);
        of_kind.map(|(id, _)| results.scores(*id).count()).max().unwrap_or(0)
    };
    match (most(false), most(true)) {
        (texts, 0) => counted(texts, "text", "texts"),
        (0, pairs) => counted(pairs, "minimal pair", "minimal pairs"),
        (texts, pairs) => {
            format!("{}, {}", counted(texts, "text", "texts"), counted(pairs, "minimal pair", "minimal pairs"))
        }
    }
}
