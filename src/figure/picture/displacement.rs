//! How far vectors were moved, where the stream ended, and how long the vectors are.

use super::Point;
use super::bars::Spreads;
use super::chart::{Across, Chart, Form, Mark, Of, Series, add};
use super::heat_map::HeatMap;
use super::records::{self, Record};
use super::scale::{Scale, exact};
use crate::experiment::Kind;
use crate::figure::{Table, count, counted};
use crate::study::{Mode, Study};

/// What stands above the picture.
pub const TITLE: &str = "How far vectors are moved";

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
    setting: String,
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
    /// From the tables of displacement, final stream and norms; none where nothing is in.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let mut data = Self {
            runs: Vec::new(),
            moved: Vec::new(),
            ends: Vec::new(),
            norms: norms(tables, study),
            positions: positions(tables, study),
            setting: records::setting(tables, "displacement"),
            unit: study.perturbation.delta_unit.label(),
        };
        for record in records::of(tables, "displacement", study).iter().filter(|record| record.text("tokens") == "rest")
        {
            let run = data.run(record);
            data.moved.extend(moved(run, record));
        }
        for record in records::of(tables, "shift", study).iter().filter(|record| record.text("tokens") == "rest") {
            let run = data.run(record);
            data.ends.extend(ended(run, record));
        }
        (data.norms.is_some() || !data.moved.is_empty()).then_some(data)
    }

    /// The number of the run that `record` is of.
    fn run(&mut self, record: &Record) -> usize {
        let experiment = Kind::from_name(record.text("experiment"));
        let experiment = experiment.map_or_else(|| record.text("experiment"), |kind| kind.title());
        let name = match record.text("arm") {
            "" => experiment.to_owned(),
            arm => format!("{experiment}: {arm}"),
        };
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
            self.setting
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
        let chart = |id, title: &str, unit: &str, of: fn(&Ended) -> (f64, f64)| {
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
            Chart { id, title: title.to_owned(), x_label, series, over: OVER, ..Chart::default() }
        };
        vec![
            chart("final distance", "Final distance", "", |ended| ended.distance),
            chart("final angle", "Final angle (°)", "°", |ended| ended.angle),
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

fn moved(run: usize, record: &Record) -> Option<Moved> {
    let (mean, sd) = (record.number("reached_mean")?, record.number("reached_sd").unwrap_or_default());
    let (layer, asked, delta) = (record.number("layer")?, record.number("asked")?, record.number("delta")?);
    let share = |key: &str| 100.0 * record.number(key).unwrap_or_default();
    let hover = format!(
        "layer {layer}\nreached {}, sd {}\nasked {}\nsmallest {}, largest {}\nout of reach {} %, flipped {} %\nn {} tokens",
        exact(mean),
        exact(sd),
        exact(asked),
        exact(record.number("reached_min").unwrap_or_default()),
        exact(record.number("reached_max").unwrap_or_default()),
        exact(share("share_unattainable")),
        exact(share("share_flipped")),
        count(record.count("count")),
    );
    let point = point(record, Some(record.count("layer")));
    let tokens = record.count("count");
    Some(Moved { run, mode: record.mode()?, delta, layer, asked, mean, sd, tokens, hover, point })
}

fn ended(run: usize, record: &Record) -> Option<Ended> {
    let of = |key: &str| {
        let sd = record.number(&format!("{key}_sd")).unwrap_or_default();
        Some((record.number(&format!("{key}_mean"))?, sd))
    };
    Some(Ended {
        run,
        mode: record.mode()?,
        delta: record.number("delta")?,
        distance: of("distance")?,
        angle: of("angle")?,
        tokens: record.count("count"),
        point: point(record, None),
    })
}

/// The trials behind `record`.
fn point(record: &Record, layer: Option<usize>) -> Option<Point> {
    let kind = Kind::from_name(record.text("experiment"))?;
    Some(Point { kind, mode: record.mode()?, arm: String::new(), delta: record.number("delta"), layer, head: None })
}

/// Mean norms, layer by position; none where nothing was measured.
fn positions(tables: &[Table], study: &Study) -> Option<HeatMap> {
    let records = records::of(tables, "position_norms", study);
    let rows: Vec<usize> = (0..=records.iter().map(|record| record.count("layer")).max()?).collect();
    let columns = records.iter().map(|record| record.count("position")).max()? + 1;
    let (mut values, mut more) = (vec![None; rows.len() * columns], vec![String::new(); rows.len() * columns]);
    for record in &records {
        let at = record.count("layer") * columns + record.count("position");
        values[at] = record.number("mean");
        more[at] = format!("n {}", counted(record.count("texts"), "text", "texts"));
    }
    let title = "Norms by position".to_owned();
    Some(HeatMap { title, axes: ["Layer", "Position"], rows, columns, values, more, unit: "" })
}

fn norms(tables: &[Table], study: &Study) -> Option<Chart> {
    let records = records::of(tables, "norms", study);
    let positions = records::of(tables, "position_norms", study);
    // Tokens of a layer: the first ones of the texts, or all others.
    let count_of = |layer: usize, first: bool| -> usize {
        let is_it = |record: &&Record| record.count("layer") == layer && (record.count("position") == 0) == first;
        positions.iter().filter(is_it).map(|record| record.count("texts")).sum()
    };
    let marks = |key: &str, bar: bool| -> Vec<Mark> {
        let of = |record: &Record| {
            let (layer, y) = (record.number("layer")?, record.number(key)?);
            let ends = record.number("p05").zip(record.number("p95")).filter(|_| bar);
            let between =
                ends.map_or(String::new(), |(low, high)| format!("\n5 % {}, 95 % {}", exact(low), exact(high)));
            let n = count(count_of(record.count("layer"), !bar));
            let hover = format!("layer {layer}: {}{between}\nn {n} tokens", exact(y));
            Some(Mark { x: layer, y, spreads: Spreads::interval(ends), hover, ..Mark::default() })
        };
        records.iter().filter_map(of).collect()
    };
    let series = vec![
        Series { marks: marks("median", true), ..Series::new(Of::Plain(MEDIAN), Form::Band) },
        Series { marks: marks("first_median", false), ..Series::new(Of::Aside(FIRST), Form::Line) },
    ];
    (!records.is_empty()).then(|| Chart {
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
