//! Several studies beside each other: what each brings to the comparison, from its tables.

use super::apart::{self, Facts};
use super::dose::ratios_by_delta;
use super::scale::Scale;
use super::setting::finite;
use crate::experiment::{Kind, Origin, RATIO_RULE, repairs};
use crate::figure::counted;
use crate::findings::{Findings, Repairs};
use crate::study::{DeltaUnit, Mode, Study};
use crate::visible;
use std::path::Path;

/// What the columns of [`Compared::tsv`] are.
pub const HEADS: &str = "study\twhat\tat\tvalue\tlow\thigh\n";

/// A study that is compared.
#[derive(Debug, Clone)]
pub struct Compared {
    /// What it is called: its file, or "published".
    pub name: String,
    /// What δ is measured in.
    pub unit: DeltaUnit,
    /// The ratio of the damages by δ.
    pub ratios: Vec<Point>,
    /// What repairs give back.
    pub recoveries: Vec<Recovery>,
    /// Per mode the change of attention entropy by relative depth.
    pub layers: Vec<Depth>,
    /// By experiment the settings that its numbers depend on.
    pub facts: Vec<(Kind, Facts)>,
    /// The study itself.
    pub study: Study,
}

/// A point of a line.
#[derive(Debug, Clone)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// What a hover says after the study's name.
    pub words: String,
}

/// The change of attention entropy by relative depth under one mode.
#[derive(Debug, Clone)]
pub struct Depth {
    /// The mode.
    pub mode: Mode,
    /// δ with its unit.
    pub delta: String,
    /// By relative depth.
    pub points: Vec<Point>,
}

/// What a repair gives back.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Which repair, under which mode, at which δ in which unit: what is compared has the same name.
    pub name: String,
    /// The experiment.
    pub kind: Kind,
    /// The mode.
    pub mode: Mode,
    /// Percent, with its 95 % interval.
    pub percent: (f64, (f64, f64)),
}

impl Point {
    /// Everything about it, of the study `name`.
    #[must_use]
    pub fn hover(&self, name: &str) -> String {
        let interval =
            self.interval.map_or(String::new(), |(low, high)| format!("\n95 % interval {low:.4} to {high:.4}"));
        format!("{name}\n{}{interval}", self.words)
    }

    /// Where it is, and the ends of its interval, parted by tabs.
    fn tsv(&self) -> String {
        let (low, high) = self.interval.map_or((String::new(), String::new()), |(a, b)| (a.to_string(), b.to_string()));
        format!("{}\t{}\t{low}\t{high}", self.x, self.y)
    }
}

impl Recovery {
    /// Everything about it, of the study `name`.
    #[must_use]
    pub fn hover(&self, name: &str) -> String {
        let (value, (from, to)) = self.percent;
        let interval = format!("95 % bootstrap interval over texts and seeds {from:.2} to {to:.2} %");
        format!("{name}\n{}: {value:.2} %\n{interval}", self.name)
    }
}

impl Compared {
    /// All that is drawn of it, a line each, under [`HEADS`].
    #[must_use]
    pub fn tsv(&self) -> String {
        let name = &self.name;
        let mut lines = String::new();
        for point in &self.ratios {
            lines += &format!("{name}\tratio by delta ({})\t{}\n", self.unit.label(), point.tsv());
        }
        for Recovery { name: repair, percent: (value, (low, high)), .. } in &self.recoveries {
            lines += &format!("{name}\trecovery (%), {repair}\t\t{value}\t{low}\t{high}\n");
        }
        for Depth { mode, delta, points } in &self.layers {
            for point in points {
                lines += &format!("{name}\tchange of entropy by depth, {mode}, {delta}\t{}\n", point.tsv());
            }
        }
        lines
    }

    /// The study that is called `name` and whose findings these are.
    #[must_use]
    pub fn of(name: String, findings: &Findings) -> Self {
        let study = findings.study();
        Self {
            name,
            unit: study.perturbation.delta_unit,
            ratios: ratios(findings),
            recoveries: recoveries(findings),
            layers: layers(findings),
            facts: KINDS
                .into_iter()
                .filter(|kind| is_there(findings, *kind))
                .map(|kind| (kind, apart::facts(findings, kind)))
                .collect(),
            study: study.clone(),
        }
    }
}

/// The experiments that are compared.
const KINDS: [Kind; 5] = [Kind::Sweep, Kind::AttentionRepair, Kind::Pathways, Kind::NormRepair, Kind::Entropy];

/// Whether something of the experiment `kind` is in.
fn is_there(findings: &Findings, kind: Kind) -> bool {
    match kind {
        Kind::Entropy => !findings.entropy_by_layer().is_empty(),
        kind if repairs(kind) => findings.repairs(kind).is_some(),
        kind => findings.comparison(kind).is_some(),
    }
}

/// What a study is called in a comparison.
#[must_use]
pub fn name(origin: &Origin, file: &Path) -> String {
    match origin {
        Origin::Run => visible::line(&file.file_name().unwrap_or_default().to_string_lossy()).into_owned(),
        Origin::Published { .. } => "published".to_owned(),
    }
}

/// The modes whose layers were read in any of `studies`.
#[must_use]
pub fn modes(studies: &[(usize, &Compared)]) -> Vec<Mode> {
    let mut modes = Vec::new();
    for Depth { mode, .. } in studies.iter().flat_map(|(_, study)| &study.layers) {
        if !modes.contains(mode) {
            modes.push(*mode);
        }
    }
    modes
}

/// A line per study over two axes.
#[derive(Debug)]
pub struct Lines<'a> {
    /// The scale across.
    pub x: Scale,
    /// The scale up.
    pub y: Scale,
    /// What stands below.
    pub x_label: String,
    /// What stands above the upright axis.
    pub y_label: &'static str,
    /// A value of the upright axis that a dashed line marks.
    pub base: f64,
    /// The place of a study, its name and its points.
    pub lines: Vec<(usize, &'a str, &'a [Point])>,
    /// What stands below the picture.
    pub caption: String,
}

impl<'a> Lines<'a> {
    /// The ratio of the damages by δ; `studies` are those that are shown, with their places. One picture for each unit of δ:
    /// lengths and fractions have no axis in common. The caption of the last one is that of all.
    #[must_use]
    pub fn ratios(studies: &[(usize, &'a Compared)]) -> Vec<Self> {
        let there: Vec<(usize, &Compared)> =
            studies.iter().filter(|(_, study)| !study.ratios.is_empty()).copied().collect();
        let mut units: Vec<DeltaUnit> = Vec::new();
        for (_, study) in &there {
            if !units.contains(&study.unit) {
                units.push(study.unit);
            }
        }
        let picture = |x_label: String, of_it: &[(usize, &'a Compared)], caption: String| Self {
            x: Scale::Log,
            y: Scale::Log,
            x_label,
            y_label: "damage angular / damage magnitude",
            base: 1.0,
            lines: of_it.iter().map(|(i, study)| (*i, study.name.as_str(), study.ratios.as_slice())).collect(),
            caption,
        };
        if units.is_empty() {
            let none = format!("None of these studies has a δ with a ratio: it is {RATIO_RULE}.");
            return vec![picture("δ".to_owned(), &[], none)];
        }
        let of_unit = |unit: &DeltaUnit| {
            let of_it: Vec<(usize, &'a Compared)> =
                studies.iter().filter(|(_, study)| !study.ratios.is_empty() && study.unit == *unit).copied().collect();
            picture(format!("δ ({})", unit.label()), &of_it, String::new())
        };
        let mut pictures: Vec<Self> = units.iter().map(of_unit).collect();
        if let Some(last) = pictures.last_mut() {
            let apart = if units.len() > 1 { " Studies that measure δ in another unit stand apart." } else { "" };
            last.caption = format!(
                "With Fieller's 95 % intervals over seeds. A ratio is {RATIO_RULE}. Dashed: no difference.{apart}{}",
                differ_in(&there, &[Kind::Sweep])
            );
        }
        pictures
    }

    /// The change of attention entropy under `mode` by relative depth.
    #[must_use]
    pub fn layers(studies: &[(usize, &'a Compared)], mode: Option<Mode>) -> Self {
        let of = |study: &'a Compared| study.layers.iter().find(|of| Some(of.mode) == mode);
        let there: Vec<(usize, &'a Compared)> =
            studies.iter().filter(|(_, study)| of(study).is_some()).copied().collect();
        let found: Vec<(usize, &str, &Depth)> =
            there.iter().filter_map(|(i, study)| Some((*i, study.name.as_str(), of(study)?))).collect();
        let caption = match found.as_slice() {
            [] => "None of these studies has the attention entropy of its layers. Add the attention entropy to a study and run \
                   it."
                .to_owned(),
            [(_, _, first), ..] => {
                let delta = if found.iter().all(|(_, _, of)| of.delta == first.delta) {
                    first.delta.clone()
                } else {
                    let each = apart::by_value(found.iter().map(|(_, name, of)| (*name, of.delta.as_str())));
                    format!("The studies differ in δ: {each}")
                };
                format!(
                    "{delta}. Mean over seeds and texts, with 95 % bootstrap intervals over both. Depth 0: the first layer; 1: \
                     the last.{}",
                    differ_in(&there, &[Kind::Entropy])
                )
            }
        };
        Self {
            x: Scale::Linear,
            y: Scale::Linear,
            x_label: "Relative depth".to_owned(),
            y_label: "change of attention entropy (nats)",
            base: 0.0,
            lines: found.into_iter().map(|(i, name, of)| (i, name, of.points.as_slice())).collect(),
            caption,
        }
    }

    /// The positions that have to be seen across and up, with room around them.
    #[must_use]
    pub fn extents(&self) -> ((f64, f64), (f64, f64)) {
        let (mut x, mut y) = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
        let see = |range: &mut (f64, f64), place: Option<f64>| {
            if let Some(place) = place {
                *range = (range.0.min(place), range.1.max(place));
            }
        };
        see(&mut y, self.y.place(self.base));
        for point in self.lines.iter().flat_map(|(_, _, points)| points.iter()) {
            see(&mut x, self.x.place(point.x));
            see(&mut y, self.y.place(point.y));
            let (low, high) = point.interval.unwrap_or((point.y, point.y));
            see(&mut y, self.y.place(low));
            see(&mut y, self.y.place(high));
        }
        let wider = |(low, high): (f64, f64)| match () {
            () if low > high => (0.0, 1.0),
            () if high > low => (low - 0.06 * (high - low), high + 0.06 * (high - low)),
            () => (low - 0.5, high + 0.5),
        };
        (wider(x), wider(y))
    }
}

/// What repairs give back in each study, row by row.
#[derive(Debug)]
pub struct Recoveries<'a> {
    /// The repairs, with their modes.
    pub names: Vec<(&'a str, Mode)>,
    /// Ends of the axis.
    pub extent: (f64, f64),
    /// What stands below the picture.
    pub caption: String,
}

impl<'a> Recoveries<'a> {
    /// What stands below the axis.
    pub const LABEL: &'static str = "Recovery (% of the damage)";

    /// What stands in place of the picture where there are no rows.
    pub const NONE: &'static str =
        "None of these studies has a repair whose damage is surely above 0. Add a repair to a study and run it.";

    /// Those of `studies`, but for the modes that are `hidden`.
    #[must_use]
    pub fn of(studies: &[(usize, &'a Compared)], hidden: &[Mode]) -> Self {
        let mut names: Vec<(&str, Mode)> = Vec::new();
        for recovery in studies.iter().flat_map(|(_, study)| &study.recoveries) {
            if !hidden.contains(&recovery.mode) && !names.iter().any(|(name, _)| *name == recovery.name) {
                names.push((&recovery.name, recovery.mode));
            }
        }
        let all = studies.iter().flat_map(|(_, study)| &study.recoveries).map(|recovery| recovery.percent.1);
        let (low, high) = all.fold((0.0_f64, 100.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
        let mut kinds: Vec<Kind> = Vec::new();
        for recovery in studies.iter().flat_map(|(_, study)| &study.recoveries) {
            if !kinds.contains(&recovery.kind) {
                kinds.push(recovery.kind);
            }
        }
        let there: Vec<(usize, &Compared)> =
            studies.iter().filter(|(_, study)| !study.recoveries.is_empty()).copied().collect();
        let caption = format!(
            "With 95 % intervals. A recovery is given only where the damage's own interval lies above 0. Rows are of one δ in one \
             unit.{}",
            differ_in(&there, &kinds)
        );
        Self { names, extent: (low.max(-100.0) - 4.0, high.min(200.0) + 4.0), caption }
    }
}

/// Returns the sentence that says in which settings `studies` differ that have something of one of `kinds`.
fn differ_in(studies: &[(usize, &Compared)], kinds: &[Kind]) -> String {
    let facts: Vec<(&str, &[(Kind, Facts)])> =
        studies.iter().map(|(_, study)| (study.name.as_str(), study.facts.as_slice())).collect();
    apart::sentence(&facts, kinds)
}

/// Angular over magnitude at each δ that has a ratio.
fn ratios(findings: &Findings) -> Vec<Point> {
    let unit = findings.study().perturbation.delta_unit;
    let point = |(delta, ratio, seeds): (f64, crate::stats::Estimate, usize)| {
        let (value, n) = (ratio.value, format!("n {}", counted(seeds, "seed", "seeds")));
        let words = format!("{}: ratio {value:.4}, interval by Fieller, over seeds\n{n}", unit.of(delta));
        Point { x: delta, y: value, interval: finite(ratio.interval), words }
    };
    ratios_by_delta(findings).into_iter().map(point).collect()
}

/// What repairs of whole pathways and norms give back, where a share is given.
fn recoveries(findings: &Findings) -> Vec<Recovery> {
    let unit = findings.study().perturbation.delta_unit;
    let mut all = Vec::new();
    for kind in KINDS.into_iter().filter(|kind| repairs(*kind)) {
        for restored in findings.repairs(kind).into_iter().flat_map(Repairs::restored) {
            let Some((value, (low, high))) =
                restored.share.ok().and_then(|share| Some((share.value, finite(share.interval)?)))
            else {
                continue;
            };
            let experiment = if kind == Kind::Pathways { ", pathways" } else { "" };
            let mode = restored.mode;
            all.push(Recovery {
                name: format!("{}{experiment}, {mode}, {}", restored.arm, unit.of(restored.delta)),
                kind,
                mode,
                percent: (100.0 * value, (100.0 * low, 100.0 * high)),
            });
        }
    }
    all
}

/// The change of attention entropy by relative depth.
fn layers(findings: &Findings) -> Vec<Depth> {
    let unit = findings.study().perturbation.delta_unit;
    let changes = findings.entropy_by_layer();
    // Those that are read may end before the model does; norms are measured in all of it.
    let deepest = findings.results().norms.len().saturating_sub(1);
    let last = changes.iter().filter_map(|change| change.layer).fold(deepest, usize::max).max(1);
    let mut lines: Vec<Depth> = Vec::new();
    for change in changes {
        let Some(layer) = change.layer else { continue };
        let (mode, delta, value) = (change.mode, unit.of(change.delta), change.change.mean);
        let n = format!("n {} seeds × {} texts", change.change.n, change.items);
        let words = format!("{mode}, {delta}, layer {layer} of {last}: change {value:.4} nats\n{n}");
        let x = layer as f64 / last as f64;
        let point = Point { x, y: value, interval: change.interval.and_then(finite), words };
        match lines.iter_mut().find(|known| known.mode == mode && known.delta == delta) {
            Some(known) => known.points.push(point),
            None => lines.push(Depth { mode, delta, points: vec![point] }),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(name: &str, unit: DeltaUnit, delta: f64, layers: &str) -> Compared {
        let point = |x| Point { x, y: 2.0, interval: Some((1.5, 2.5)), words: String::new() };
        let recovery = Recovery {
            name: format!("attention, angular, {}", unit.of(delta)),
            kind: Kind::AttentionRepair,
            mode: Mode::Angular,
            percent: (50.0, (40.0, 60.0)),
        };
        let facts = |kind| (kind, vec![("protocol", "strict".to_owned()), ("disturbed layers", layers.to_owned())]);
        Compared {
            name: name.to_owned(),
            unit,
            ratios: vec![point(delta)],
            recoveries: vec![recovery],
            layers: vec![Depth { mode: Mode::Angular, delta: unit.of(delta), points: vec![point(0.5)] }],
            facts: [Kind::Sweep, Kind::AttentionRepair, Kind::Entropy].map(facts).into(),
            study: Study::default(),
        }
    }

    #[test]
    fn what_is_of_another_delta_or_unit_stands_apart() {
        let all = [
            study("a", DeltaUnit::Absolute, 5.0, "2–5"),
            study("b", DeltaUnit::OfLayerMedian, 5.0, "2–5"),
            study("c", DeltaUnit::Absolute, 5.0, "2–5"),
            study("d", DeltaUnit::Absolute, 2.0, "2–5"),
        ];
        let studies: Vec<(usize, &Compared)> = all.iter().enumerate().collect();
        let names: Vec<&str> = Recoveries::of(&studies, &[]).names.into_iter().map(|(name, _)| name).collect();
        let expected = ["attention, angular, δ 5", "attention, angular, δ 5 × median norm", "attention, angular, δ 2"];
        assert_eq!(names, expected);
        // Units A, B, A, A: each has one axis, and says its unit once.
        let ratios = Lines::ratios(&studies);
        let labels: Vec<&str> = ratios.iter().map(|lines| lines.x_label.as_str()).collect();
        assert_eq!(labels, ["δ (absolute)", "δ (fraction of the layer's median norm)"]);
        let of = |lines: &Lines| lines.lines.iter().map(|(i, name, _)| format!("{i}{name}")).collect::<Vec<_>>();
        assert_eq!((of(&ratios[0]), of(&ratios[1])), (vec!["0a".into(), "2c".into(), "3d".into()], vec!["1b".into()]));
        assert!(ratios[0].caption.is_empty() && ratios[1].caption.contains("in another unit stand apart"));
        let one = &Lines::ratios(&studies[..1]);
        assert!(one.len() == 1 && !one[0].caption.contains("apart"));
        let layers = Lines::layers(&studies, Some(Mode::Angular)).caption;
        assert!(layers.starts_with("The studies differ in δ: δ 5 (a, c), δ 5 × median norm (b), δ 2 (d)."), "{layers}");
        assert!(Lines::layers(&studies[..1], Some(Mode::Angular)).caption.starts_with("δ 5. Mean over"));
        assert!(all[1].tsv().contains("b\trecovery (%), attention, angular, δ 5 × median norm\t"), "{}", all[1].tsv());
        assert!(all[1].tsv().contains("ratio by delta (fraction of the layer's median norm)"));
    }

    #[test]
    fn what_else_differs_is_said_below_the_numbers() {
        let (a, b) = (study("a", DeltaUnit::Absolute, 5.0, "2–5"), study("b", DeltaUnit::Absolute, 5.0, "0–7"));
        let studies = [(0, &a), (1, &b)];
        let said = " The studies differ in: disturbed layers 2–5 (a), 0–7 (b).";
        assert!(Lines::ratios(&studies)[0].caption.ends_with(said));
        assert!(Lines::layers(&studies, Some(Mode::Angular)).caption.ends_with(said));
        assert!(Recoveries::of(&studies, &[]).caption.ends_with(said));
        assert!(!Lines::ratios(&[(0, &a), (1, &a)])[0].caption.contains("differ in"));
    }
}
