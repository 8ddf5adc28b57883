//! How far vectors were moved, where the stream ended, and how long the vectors are.

use super::bars::Spreads;
use super::chart::{Across, Chart, Form, Mark, Of, Series, add};
use super::heat_map::HeatMap;
use super::scale::{Scale, exact};
use super::setting::finite;
use super::{Point, Setting};
use crate::experiment::{Arm, Kind, Part};
use crate::figure::{count, counted};
use crate::findings::{self, Findings};
use crate::measure::LayerNorms;
use crate::study::Mode;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// The runs that there are, in words.
    pub runs: Vec<String>,
    moved: Vec<Moved>,
    ends: Vec<Ended>,
    /// Norms by layer.
    pub norms: Option<Chart>,
    /// Mean norms, layer by position; their colours go by logarithms.
    pub positions: Option<HeatMap>,
    /// How they were made.
    pub setting: Setting,
    unit: &'static str,
}

/// Displacement in one layer, of all tokens but the first.
#[derive(Debug)]
struct Moved {
    run: usize,
    mode: Mode,
    delta: f64,
    layer: f64,
    asked: f64,
    mean: f64,
    sd: f64,
    tokens: usize,
    hover: String,
    point: Option<Point>,
}

/// The final stream, of all tokens but the first.
#[derive(Debug)]
struct Ended {
    run: usize,
    mode: Mode,
    delta: f64,
    /// (mean, sd): distance, and angle in degrees.
    distance: (f64, f64),
    angle: (f64, f64),
    tokens: usize,
    point: Option<Point>,
}

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let mut data = Self {
            runs: Vec::new(),
            moved: Vec::new(),
            ends: Vec::new(),
            norms: norms(findings),
            positions: positions(findings),
            setting: Setting::of(findings, None, findings.moved().iter().map(|moved| moved.delta)),
            unit: findings.study().perturbation.delta_unit.label(),
        };
        for of in findings.moved().iter().filter(|of| of.part == Part::Rest) {
            let run = data.run(of.kind, of.arm);
            data.moved.extend(moved(run, of));
        }
        for of in findings.ended().iter().filter(|of| of.part == Part::Rest) {
            let run = data.run(of.kind, of.arm);
            data.ends.extend(ended(run, of));
        }
        (data.norms.is_some() || !data.moved.is_empty()).then_some(data)
    }

    /// The place of a run among those that can be chosen.
    fn run(&mut self, kind: Kind, arm: Arm) -> usize {
        let name = if arm.is_plain() { kind.title().to_owned() } else { format!("{}: {arm}", kind.title()) };
        self.runs.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.runs.push(name);
            self.runs.len() - 1
        })
    }

    /// Every δ of a run, which `run` numbers, ascending.
    #[must_use]
    pub fn deltas(&self, run: usize) -> Vec<f64> {
        let of_run = self.moved.iter().filter(|moved| moved.run == run);
        let mut deltas: Vec<f64> = of_run.map(|moved| moved.delta).collect();
        deltas.sort_by(f64::total_cmp);
        deltas.dedup();
        deltas
    }

    /// The charts of a run: how far it moved vectors at `delta`, the norms, and where its stream ended at each δ.
    #[must_use]
    pub fn charts(&self, run: usize, delta: f64) -> Vec<Chart> {
        let mut charts = vec![self.reached(run, delta)];
        charts.extend(self.norms.clone());
        charts.extend(self.ends(run));
        charts
    }

    /// What stands below the picture.
    #[must_use]
    pub fn caption(&self) -> String {
        let fewest =
            self.moved.iter().map(|moved| moved.tokens).chain(self.ends.iter().map(|ended| ended.tokens)).min();
        format!(
            "Mean over all tokens but the first, seeds and items (n at least {}); {CAPTION} {}",
            counted(fewest.unwrap_or(0), "token", "tokens"),
            self.setting.words
        )
    }

    fn reached(&self, run: usize, delta: f64) -> Chart {
        let at: Vec<&Moved> = self.moved.iter().filter(|moved| moved.run == run && moved.delta == delta).collect();
        let mut series: Vec<Series> = Vec::new();
        let mut asked: Vec<Mark> = Vec::new();
        for moved in at {
            if !asked.iter().any(|mark| mark.x == moved.layer) {
                let hover = format!("layer {}: {}", moved.layer, exact(moved.asked));
                asked.push(Mark { x: moved.layer, y: moved.asked, hover, ..Mark::default() });
            }
            let mark = Mark {
                x: moved.layer,
                y: moved.mean,
                spreads: Spreads::sd(moved.sd),
                hover: moved.hover.clone(),
                point: moved.point.clone(),
                ..Mark::default()
            };
            add(&mut series, Of::Mode(moved.mode), Form::Line, mark);
        }
        asked.sort_by(|a, b| a.x.total_cmp(&b.x));
        series.insert(0, Series { marks: asked, ..Series::new(Of::Aside(ASKED), Form::Line) });
        Chart {
            id: "reached",
            title: format!("Displacement, δ {delta}"),
            x_label: "Layer".to_owned(),
            x: Across::Layers,
            series,
            over: OVER,
            ..Chart::default()
        }
    }

    fn ends(&self, run: usize) -> Vec<Chart> {
        let chart = |id, title: &str, unit: &'static str, of: fn(&Ended) -> (f64, f64)| {
            let mut series: Vec<Series> = Vec::new();
            for ended in self.ends.iter().filter(|ended| ended.run == run) {
                let (mean, sd) = of(ended);
                let hover = format!(
                    "δ {}\n{}{unit}, sd {}{unit}\nn {} tokens",
                    ended.delta,
                    exact(mean),
                    exact(sd),
                    count(ended.tokens)
                );
                let (x, spreads, point) = (ended.delta, Spreads::sd(sd), ended.point.clone());
                let mark = Mark { x, y: mean, spreads, hover, point, ..Mark::default() };
                add(&mut series, Of::Mode(ended.mode), Form::Line, mark);
            }
            let x_label = format!("δ ({})", self.unit);
            Chart { id, title: title.to_owned(), unit, x_label, series, over: OVER, ..Chart::default() }
        };
        vec![
            chart("final distance", "Final distance", "", |ended| ended.distance),
            chart("final angle", "Final angle", "°", |ended| ended.angle),
        ]
    }
}

/// The series that are no mode's.
pub const KEY: [Of; 3] = [Of::Aside(ASKED), Of::Plain(MEDIAN), Of::Aside(FIRST)];

/// What stands beside the colours of the norms by position.
pub const POSITIONS_UNIT: &str = "norm, log";

/// What the bars are over.
const OVER: [&str; 2] = ["tokens", ""];

const ASKED: &str = "asked";
const MEDIAN: &str = "median norm, 5–95 %";
const FIRST: &str = "first token's norm";

const CAPTION: &str = "bars: ± sd over tokens. Final: the stream \
                       after the last layer against the clean one. No test is made here.";

/// What is said of the chart of norms beside them.
pub const NORMS: &str = "Norms: clean run, logarithmic axis.";

fn moved(run: usize, of: &findings::Moved) -> Option<Moved> {
    let findings::Moved { mode, delta, layer, displacement, .. } = of;
    let (reached, asked) = (of.reached()?, of.asked());
    let (mean, sd) = (reached.mean, reached.sd.unwrap_or_default());
    let hover = format!(
        "layer {layer}\nreached {}, sd {}\nasked {}\nsmallest {}, largest {}\nout of reach {} %, flipped {} %\nn {} tokens",
        exact(mean),
        exact(sd),
        exact(asked),
        exact(displacement.min),
        exact(displacement.max),
        exact(100.0 * of.share(displacement.unattainable)),
        exact(100.0 * of.share(displacement.flipped)),
        count(reached.n),
    );
    let point = Some(point(of.kind, *mode, of.arm, *delta, Some(*layer)));
    let (mode, delta, layer, tokens) = (*mode, *delta, *layer as f64, reached.n);
    Some(Moved { run, mode, delta, layer, asked, mean, sd, tokens, hover, point })
}

fn ended(run: usize, of: &findings::Ended) -> Option<Ended> {
    let (distance, angle) = (of.distance()?, of.angle()?);
    Some(Ended {
        run,
        mode: of.mode,
        delta: of.delta,
        distance: (distance.mean, distance.sd.unwrap_or_default()),
        angle: (angle.mean, angle.sd.unwrap_or_default()),
        tokens: distance.n,
        point: Some(point(of.kind, of.mode, of.arm, of.delta, None)),
    })
}

/// What a mark is the mean of.
fn point(kind: Kind, mode: Mode, arm: Arm, delta: f64, layer: Option<usize>) -> Point {
    Point { kind, mode, arm, delta: Some(delta), layer, head: None }
}

/// Norms by layer and position.
fn positions(findings: &Findings) -> Option<HeatMap> {
    let norms = &findings.results().position_norms;
    let rows: Vec<usize> = (0..=norms.iter().map(|of| of.layer).max()?).collect();
    let columns = norms.iter().map(|of| of.position).max()? + 1;
    let (mut values, mut more) = (vec![None; rows.len() * columns], vec![String::new(); rows.len() * columns]);
    for of in norms {
        let at = of.layer * columns + of.position;
        values[at] = Some(of.mean).filter(|mean| mean.is_finite());
        more[at] = format!("n {}", counted(of.texts, "text", "texts"));
    }
    let title = "Norms by position".to_owned();
    Some(HeatMap { title, axes: ["Layer", "Position"], rows, columns, values, more, unit: "" })
}

/// Norms by layer.
fn norms(findings: &Findings) -> Option<Chart> {
    let (norms, positions) = (&findings.results().norms, &findings.results().position_norms);
    // Tokens of a layer: the first ones of the texts, or all others.
    let count_of = |layer: usize, first: bool| -> usize {
        let of_layer = positions.iter().filter(|of| of.layer == layer && (of.position == 0) == first);
        of_layer.map(|of| of.texts).sum()
    };
    let marks = |value: fn(&LayerNorms) -> f64, bar: bool| -> Vec<Mark> {
        let of = |(layer, norms): (usize, &LayerNorms)| {
            let (y, ends) = (value(norms), bar.then_some((norms.p05, norms.p95)).and_then(finite));
            let between =
                ends.map_or(String::new(), |(low, high)| format!("\n5 % {}, 95 % {}", exact(low), exact(high)));
            let n = count(count_of(layer, !bar));
            let hover = format!("layer {layer}: {}{between}\nn {n} tokens", exact(y));
            Mark { x: layer as f64, y, spreads: Spreads::interval(ends), hover, ..Mark::default() }
        };
        let there = norms.iter().enumerate().filter(|(_, norms)| value(norms).is_finite());
        there.map(of).collect()
    };
    let series = vec![
        Series { marks: marks(|norms| norms.median, true), ..Series::new(Of::Plain(MEDIAN), Form::Band) },
        Series { marks: marks(|norms| norms.first_median, false), ..Series::new(Of::Aside(FIRST), Form::Line) },
    ];
    (!norms.is_empty()).then(|| Chart {
        id: "norms",
        title: "Norms, clean run".to_owned(),
        x_label: "Layer".to_owned(),
        x: Across::Layers,
        y: Scale::Log,
        series,
        over: ["tokens", "5th to 95th percentile over tokens"],
        ..Chart::default()
    })
}
