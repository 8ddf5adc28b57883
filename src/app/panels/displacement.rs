//! How far vectors were moved, where the stream ended, and how long the vectors are.

use super::plot::{self, Chart, Mark, Of, Series};
use super::records::{self, Record};
use super::ticks::Scale;
use super::{Picks, Shown, legend};
use crate::app::widgets::note;
use crate::app::words::count;
use crate::figure::Table;
use crate::study::{Mode, Study};
use egui::{Align, ComboBox, Layout, Ui, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// The runs that there are, in words.
    runs: Vec<String>,
    moved: Vec<Moved>,
    ends: Vec<Ended>,
    norms: Option<Chart>,
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
}

impl Data {
    /// From the tables of displacement, final stream and norms; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let mut data = Self { runs: Vec::new(), moved: Vec::new(), ends: Vec::new(), norms: norms(tables, study) };
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
    pub fn show(&self, ui: &mut Ui, shown: &Shown, picks: &mut Picks) {
        legend::heading(ui, "How far vectors are moved", shown.modes(), &mut picks.hidden, false);
        picks.run = picks.run.min(self.runs.len().saturating_sub(1));
        let mut deltas: Vec<f64> =
            self.moved.iter().filter(|moved| moved.run == picks.run).map(|moved| moved.delta).collect();
        deltas.sort_by(f64::total_cmp);
        deltas.dedup();
        let delta = picks.delta_of(&deltas);
        ui.horizontal(|ui| {
            if let Some(name) = self.runs.get(picks.run) {
                let combo =
                    ComboBox::from_id_salt("runs").width(176.0).selected_text(name.as_str()).show_ui(ui, |ui| {
                        for (i, name) in self.runs.iter().enumerate() {
                            ui.selectable_value(&mut picks.run, i, name.as_str());
                        }
                    });
                combo.response.accessible_name("Run of which the displacement is shown");
                ui.add_space(8.0);
                ui.label("δ");
            }
            for one in &deltas {
                let button = egui::Button::selectable(Some(*one) == delta, one.to_string());
                if ui.add(button).on_hover_text("Displacement at this δ").clicked() {
                    picks.delta = Some(*one);
                }
            }
        });
        let delta = delta.unwrap_or_default();
        let mut charts = vec![self.reached(picks.run, delta)];
        charts.extend(self.norms.clone());
        charts.extend(self.ends(picks.run));
        let what = format!("{} {delta}", picks.run);
        super::above_caption(ui, CAPTION, |ui| {
            let key = 24.0;
            let room = vec2(ui.available_width(), ui.available_height() - key);
            ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                plot::grid(ui, &charts, &mut picks.charts, shown.origin(), &what, &picks.hidden);
            });
            plot::key(ui, &[Of::Aside(ASKED), Of::Plain(MEDIAN), Of::Aside(FIRST)]);
        });
        note(ui, CAPTION);
    }

    fn reached(&self, run: usize, delta: f64) -> Chart {
        let at: Vec<&Moved> = self.moved.iter().filter(|moved| moved.run == run && moved.delta == delta).collect();
        let mut series: Vec<Series> = Vec::new();
        let mut asked: Vec<Mark> = Vec::new();
        for moved in at {
            if !asked.iter().any(|mark| mark.x == moved.layer) {
                let hover = format!("layer {}: {}", moved.layer, super::chart::exact(moved.asked));
                asked.push(Mark { x: moved.layer, y: moved.asked, bar: None, hover });
            }
            let bar = Some((moved.mean - moved.sd, moved.mean + moved.sd));
            let mark = Mark { x: moved.layer, y: moved.mean, bar, hover: moved.hover.clone() };
            match series.iter_mut().find(|series| series.of == Of::Mode(moved.mode)) {
                Some(series) => series.marks.push(mark),
                None => series.push(Series { of: Of::Mode(moved.mode), marks: vec![mark] }),
            }
        }
        asked.sort_by(|a, b| a.x.total_cmp(&b.x));
        series.insert(0, Series { of: Of::Aside(ASKED), marks: asked });
        Chart {
            id: "reached",
            title: format!("Displacement, δ {delta}"),
            x_label: "Layer".to_owned(),
            y: Scale::Linear,
            by_layer: true,
            series,
            shaded: Vec::new(),
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
                let mark = Mark { x: ended.delta, y: mean, bar: Some((mean - sd, mean + sd)), hover };
                match series.iter_mut().find(|series| series.of == Of::Mode(ended.mode)) {
                    Some(series) => series.marks.push(mark),
                    None => series.push(Series { of: Of::Mode(ended.mode), marks: vec![mark] }),
                }
            }
            Chart {
                id,
                title: title.to_owned(),
                x_label: "δ".to_owned(),
                y: Scale::Linear,
                by_layer: false,
                series,
                shaded: Vec::new(),
            }
        };
        vec![
            chart("final distance", "Final distance", "", |ended| ended.distance),
            chart("final angle", "Final angle (°)", "°", |ended| ended.angle),
        ]
    }
}

const ASKED: &str = "asked";
const MEDIAN: &str = "median norm, 5–95 %";
const FIRST: &str = "first token's norm";

const CAPTION: &str = "Markers: mean over all tokens but the first, seeds and items; bars: ± sd over tokens. Final: the stream \
                       after the last layer, its distance from the clean one and its angle to it. Norms: of each layer's \
                       output, logarithmic axis. The first token stands apart in the tables.";

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
    Some(Moved { run, mode: record.mode()?, delta, layer, asked, mean, sd, hover })
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
    })
}

fn norms(tables: &[Table], study: &Study) -> Option<Chart> {
    let records = records::of(tables, "norms", study);
    let marks = |key: &str, bar: bool| -> Vec<Mark> {
        let of = |record: &Record| {
            let (layer, y) = (record.number("layer")?, record.number(key)?);
            let bar = record.number("p05").zip(record.number("p95")).filter(|_| bar);
            let between = bar.map_or(String::new(), |(low, high)| {
                format!("\n5 % {}, 95 % {}", super::chart::exact(low), super::chart::exact(high))
            });
            Some(Mark { x: layer, y, bar, hover: format!("layer {layer}: {}{between}", super::chart::exact(y)) })
        };
        records.iter().filter_map(of).collect()
    };
    let series = vec![
        Series { of: Of::Plain(MEDIAN), marks: marks("median", true) },
        Series { of: Of::Aside(FIRST), marks: marks("first_median", false) },
    ];
    (!records.is_empty()).then(|| Chart {
        id: "norms",
        title: "Norms, clean run".to_owned(),
        x_label: "Layer".to_owned(),
        y: Scale::Log,
        by_layer: true,
        series,
        shaded: Vec::new(),
    })
}
