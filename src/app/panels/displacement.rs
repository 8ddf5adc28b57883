//! How far vectors were moved, where the stream ended, and how long the vectors are.

use super::bars::Spreads;
use super::error_bars::Form;
use super::heat_map::{self, Colours, HeatMap};
use super::plot::{self, Across, Chart, Mark, Of, Series, add};
use super::records::{self, Record};
use super::ticks::Scale;
use super::{Picks, Point, Shown, legend, tools};
use crate::app::widgets::note;
use crate::app::words::{count, counted};
use crate::figure::Table;
use crate::study::{Mode, Study};
use egui::{Align, ComboBox, Layout, Rect, Sense, Ui, UiBuilder, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// The runs that there are, in words.
    runs: Vec<String>,
    moved: Vec<Moved>,
    ends: Vec<Ended>,
    norms: Option<Chart>,
    /// Mean norms, layer by position.
    positions: Option<HeatMap>,
    setting: String,
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
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let mut data = Self {
            runs: Vec::new(),
            moved: Vec::new(),
            ends: Vec::new(),
            norms: norms(tables, study),
            positions: positions(tables, study),
            setting: records::setting(tables, "displacement"),
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
        let experiment = crate::experiment::Kind::from_name(record.text("experiment"));
        let experiment = experiment.map_or_else(|| record.text("experiment"), |kind| crate::app::kinds::name(kind));
        let name = match record.text("arm") {
            "" => experiment.to_owned(),
            arm => format!("{experiment}: {arm}"),
        };
        self.runs.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.runs.push(name);
            self.runs.len() - 1
        })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, "How far vectors are moved", shown.modes(), &mut picks.hidden, false);
        picks.run = picks.run.min(self.runs.len().saturating_sub(1));
        let mut deltas: Vec<f64> =
            self.moved.iter().filter(|moved| moved.run == picks.run).map(|moved| moved.delta).collect();
        deltas.sort_by(f64::total_cmp);
        deltas.dedup();
        let line = tools::Tools { deltas: &deltas, table: "displacement", ..tools::Tools::default() };
        tools::row(ui, shown, picks, line, |ui, picks| {
            let Some(name) = self.runs.get(picks.run) else { return };
            let combo = ComboBox::from_id_salt("runs").width(176.0).selected_text(name.as_str()).show_ui(ui, |ui| {
                for (i, name) in self.runs.iter().enumerate() {
                    ui.selectable_value(&mut picks.run, i, name.as_str());
                }
            });
            combo.response.accessible_name("Run of which the displacement is shown");
        });
        let delta = picks.delta_of(&deltas).unwrap_or_default();
        let mut charts = vec![self.reached(picks.run, delta)];
        charts.extend(self.norms.clone());
        charts.extend(self.ends(picks.run));
        let what = format!("{} {delta}", picks.run);
        let caption = format!("{CAPTION} {}", self.setting);
        super::above_caption(ui, &caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let wide = self.positions.is_some() && room.width() >= 720.0;
            let left =
                if wide { Rect::from_min_size(room.min, vec2(0.68 * room.width(), room.height())) } else { room };
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            ui.scope_builder(inside(left), |ui| {
                let room = vec2(ui.available_width(), ui.available_height() - 24.0);
                ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                    plot::grid(ui, &charts, picks, shown.origin(), &what);
                });
                plot::key(ui, &[Of::Aside(ASKED), Of::Plain(MEDIAN), Of::Aside(FIRST)], picks);
            });
            if let Some(map) = self.positions.as_ref().filter(|_| wide) {
                let right = Rect::from_min_max(left.right_top() + vec2(20.0, 0.0), room.max);
                ui.scope_builder(inside(right), |ui| by_position(ui, map));
            }
            ui.allocate_rect(room, Sense::hover());
        });
        note(ui, caption);
    }

    fn reached(&self, run: usize, delta: f64) -> Chart {
        let at: Vec<&Moved> = self.moved.iter().filter(|moved| moved.run == run && moved.delta == delta).collect();
        let mut series: Vec<Series> = Vec::new();
        let mut asked: Vec<Mark> = Vec::new();
        for moved in at {
            if !asked.iter().any(|mark| mark.x == moved.layer) {
                let hover = format!("layer {}: {}", moved.layer, super::chart::exact(moved.asked));
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
                let exact = super::chart::exact;
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
            Chart { id, title: title.to_owned(), x_label: "δ".to_owned(), series, over: OVER, ..Chart::default() }
        };
        vec![
            chart("final distance", "Final distance", "", |ended| ended.distance),
            chart("final angle", "Final angle (°)", "°", |ended| ended.angle),
        ]
    }
}

/// What the bars are over.
const OVER: [&str; 2] = ["tokens", ""];

const ASKED: &str = "asked";
const MEDIAN: &str = "median norm, 5–95 %";
const FIRST: &str = "first token's norm";

const CAPTION: &str = "Mean over all tokens but the first, seeds and items (n: hover); bars: ± sd over tokens. Final: the stream \
                       after the last layer against the clean one. Norms: clean run, logarithmic axis. No test is made here.";

fn moved(run: usize, record: &Record) -> Option<Moved> {
    let exact = super::chart::exact;
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
    Some(Moved { run, mode: record.mode()?, delta, layer, asked, mean, sd, hover, point })
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
    let kind = crate::experiment::Kind::from_name(record.text("experiment"))?;
    Some(Point { kind, mode: record.mode()?, arm: String::new(), delta: record.number("delta"), layer, head: None })
}

/// Draws the norms by position with their colour bar.
fn by_position(ui: &mut Ui, map: &HeatMap) {
    let room = ui.available_rect_before_wrap();
    let there = || map.values.iter().flatten().copied().filter(|value| *value > 0.0);
    let (low, high) = (there().fold(f64::INFINITY, f64::min), there().fold(f64::MIN_POSITIVE, f64::max));
    let colours = Colours::LogLevels(low.min(high), high);
    let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    let cells = Rect::from_min_max(room.min, room.max - vec2(heat_map::BAR + 12.0, 0.0));
    ui.scope_builder(inside(cells), |ui| map.show(ui, colours, "", None, ""));
    let bar = Rect::from_min_max(room.right_top() - vec2(heat_map::BAR, 0.0), room.max);
    ui.scope_builder(inside(bar), |ui| heat_map::colour_bar(ui, colours, "norm, log"));
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
    let title = "Mean norm by layer and position".to_owned();
    Some(HeatMap { title, axes: ["Layer", "Position"], rows, columns, values, more, unit: "" })
}

fn norms(tables: &[Table], study: &Study) -> Option<Chart> {
    let records = records::of(tables, "norms", study);
    let marks = |key: &str, bar: bool| -> Vec<Mark> {
        let of = |record: &Record| {
            let (layer, y) = (record.number("layer")?, record.number(key)?);
            let ends = record.number("p05").zip(record.number("p95")).filter(|_| bar);
            let between = ends.map_or(String::new(), |(low, high)| {
                format!("\n5 % {}, 95 % {}", super::chart::exact(low), super::chart::exact(high))
            });
            let hover = format!("layer {layer}: {}{between}", super::chart::exact(y));
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
