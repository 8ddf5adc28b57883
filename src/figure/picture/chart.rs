//! A chart: marks with bars or bands over layers, over δ or over names, a series per mode.

use super::Point;
use super::bars::{Bars, Spreads};
use super::look::{Cues, Ink};
use super::scale::{Scale, exact, tick_label};
use crate::figure::number;
use crate::figure::words::with_unit;
use crate::study::Mode;

/// A chart.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// Tells charts apart.
    pub id: &'static str,
    /// What is measured.
    pub title: String,
    /// Its unit; empty where it has none.
    pub unit: &'static str,
    /// What stands below it.
    pub x_label: String,
    /// What it goes over.
    pub x: Across,
    /// The scale of what is measured.
    pub y: Scale,
    /// What is drawn.
    pub series: Vec<Series>,
    /// Lines without marks, by the mode that they are of, in values.
    pub curves: Vec<(Mode, Vec<(f64, f64)>)>,
    /// A value to compare with, a dashed line across.
    pub reference: Option<f64>,
    /// Layers that are disturbed.
    pub shaded: Vec<usize>,
    /// Significance: the x of the marks that it is of, and its words: stars, or "ns".
    pub stars: Vec<(f64, &'static str)>,
    /// What its standard deviations, and its intervals, are over: "seeds".
    pub over: [&'static str; 2],
}

/// What a chart goes over.
#[derive(Debug, Clone, PartialEq)]
pub enum Across {
    /// Layers.
    Layers,
    /// δ, or another number, on a scale.
    Value(Scale),
    /// Names: a mark's x is the number of its name.
    Names(Vec<String>),
}

impl Default for Across {
    fn default() -> Self {
        Self::Value(Scale::Linear)
    }
}

impl Across {
    /// The scale of its positions; that of layers and names is linear.
    #[must_use]
    pub fn scale(&self) -> Scale {
        if let Self::Value(scale) = self { *scale } else { Scale::Linear }
    }

    /// What stands at the tick at `place`, a position.
    #[must_use]
    pub fn tick_label(&self, place: f64) -> String {
        match self {
            Self::Layers => tick_label(place),
            Self::Value(scale) => tick_label(scale.value(place)),
            Self::Names(names) => names.get(nearest(place)).cloned().unwrap_or_default(),
        }
    }
}

/// How marks are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Markers joined by a line.
    Line,
    /// Markers alone.
    Points,
    /// Markers joined by a line, on a band.
    Band,
    /// Bars that stand on 0, of this width in positions; [`super::Drawn`] gives it, and in a chart it is 0.
    Bars(f64),
}

/// Marks of one kind.
#[derive(Debug, Clone)]
pub struct Series {
    /// Of what.
    pub of: Of,
    /// The marks, from left to right.
    pub marks: Vec<Mark>,
    /// How they are drawn.
    pub form: Form,
}

/// What a series is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// A mode.
    Mode(Mode),
    /// Something else of a mode.
    Part(Mode, &'static str),
    /// What is no mode's, in the colour of text.
    Plain(&'static str),
    /// Something to compare with, in the muted colour.
    Aside(&'static str),
    /// One of several studies: its place among them, and its name.
    Study(usize, String),
}

/// A mark.
#[derive(Debug, Clone, Default)]
pub struct Mark {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// How far it may be off.
    pub spreads: Spreads,
    /// Ends of a bar across.
    pub across: Option<(f64, f64)>,
    /// What a hover says after the name of its series.
    pub hover: String,
    /// What it is the mean of; a click leads there.
    pub point: Option<Point>,
}

impl Of {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Mode(mode) => mode.to_string(),
            Self::Part(mode, name) => format!("{mode}, {name}"),
            Self::Plain(name) | Self::Aside(name) => (*name).to_owned(),
            Self::Study(_, name) => name.clone(),
        }
    }

    /// How it looks.
    #[must_use]
    pub fn cues(&self) -> Cues {
        match self {
            Self::Mode(mode) | Self::Part(mode, _) => Cues::of(*mode),
            Self::Plain(_) => Cues { ink: Ink::Text, ..Cues::of(Mode::Angular) },
            Self::Aside(_) => Cues { ink: Ink::Muted, ..Cues::of(Mode::Magnitude) },
            Self::Study(place, _) => Cues::of_study(*place),
        }
    }

    /// Whether it is among what is hidden: its mode, or its name where it is no mode's.
    #[must_use]
    pub fn is_hidden(&self, modes: &[Mode], names: &[&str]) -> bool {
        match self {
            Self::Mode(mode) | Self::Part(mode, _) => modes.contains(mode),
            Self::Plain(name) | Self::Aside(name) => names.contains(name),
            Self::Study(..) => false,
        }
    }
}

impl Series {
    /// Of `of`, without marks so far.
    #[must_use]
    pub fn new(of: Of, form: Form) -> Self {
        Self { of, marks: Vec::new(), form }
    }
}

/// Adds `mark` to the series of `of`, which is drawn in `form` where it begins with it.
pub(super) fn add(list: &mut Vec<Series>, of: Of, form: Form, mark: Mark) {
    match list.iter_mut().find(|series| series.of == of) {
        Some(series) => series.marks.push(mark),
        None => list.push(Series { marks: vec![mark], ..Series::new(of, form) }),
    }
}

/// At most so many marks of a series are read out.
const MOST_READ: usize = 128;

impl Chart {
    /// What its bars can stand for.
    #[must_use]
    pub fn bars(&self) -> Vec<Bars> {
        let marks = || self.series.iter().flat_map(|series| &series.marks);
        Bars::ALL.into_iter().filter(|bars| marks().any(|mark| mark.spreads.has(*bars))).collect()
    }

    /// Returns what stands above it: what is measured, and its unit.
    #[must_use]
    pub fn heading(&self) -> String {
        with_unit(&self.title, self.unit)
    }

    /// Returns what its bars are where `chosen` was asked for: "± sd over seeds".
    fn bars_are(&self, chosen: Bars) -> Option<String> {
        chosen.among(&self.bars()).map(|bars| match bars {
            Bars::Sd => format!("± sd over {}", self.over[0]),
            Bars::Se => format!("± se over {}", self.over[0]),
            Bars::Interval => self.over[1].to_owned(),
        })
    }

    /// Returns the sentence that says what its bars are where `chosen` was asked for: "Bars: ± sd over seeds."
    #[must_use]
    pub fn bars_words(&self, chosen: Bars) -> String {
        let noun = if self.series.iter().any(|series| series.form == Form::Band) { "Bands" } else { "Bars" };
        self.bars_are(chosen).map_or(String::new(), |bars| format!("{noun}: {bars}."))
    }

    /// Everything that it shows, in words: of the series that `shows` takes.
    #[must_use]
    pub fn summary(&self, shows: impl Fn(&Of) -> bool) -> String {
        let place = |mark: &Mark| match &self.x {
            Across::Layers => format!("layer {}", tick_label(mark.x)),
            Across::Value(_) if self.x_label.starts_with('δ') => format!("δ {}", tick_label(mark.x)),
            Across::Value(_) => format!("{} {}", self.x_label, tick_label(mark.x)),
            Across::Names(names) => {
                let name = names.get(nearest(mark.x)).map_or("", String::as_str);
                if self.x_label.starts_with('δ') { format!("δ {name}") } else { name.to_owned() }
            }
        };
        let of_series = |series: &Series| {
            let marks: Vec<String> =
                series.marks.iter().take(MOST_READ).map(|m| format!("{} at {}", number(m.y), place(m))).collect();
            format!("{}: {}", series.of.name(), marks.join(", "))
        };
        let all: Vec<String> = self.series.iter().filter(|series| shows(&series.of)).map(of_series).collect();
        format!("{}, {}", self.heading(), all.join("; "))
    }

    /// Neighbouring layers that are disturbed, as positions of the first and the last of them.
    #[must_use]
    pub fn shaded_runs(&self) -> Vec<(f64, f64)> {
        runs(&self.shaded)
    }
}

/// Returns the sentence that says what the bars of two charts are where `chosen` was asked for, with the charts' names
/// where the bars differ.
pub(super) fn bars_of_both([first, second]: [(&str, &Chart); 2], chosen: Bars) -> String {
    match (first.1.bars_are(chosen), second.1.bars_are(chosen)) {
        (Some(one), Some(other)) if one != other => format!("Bars: {}, {one}; {}, {other}.", first.0, second.0),
        (Some(_), _) => first.1.bars_words(chosen),
        (None, _) => second.1.bars_words(chosen),
    }
}

/// What the bars of `charts` can stand for.
#[must_use]
pub fn bars_of<'a>(charts: impl IntoIterator<Item = &'a Chart>) -> Vec<Bars> {
    let there: Vec<Vec<Bars>> = charts.into_iter().map(Chart::bars).collect();
    Bars::ALL.into_iter().filter(|bars| there.iter().any(|of| of.contains(bars))).collect()
}

/// Neighbouring layers as ranges.
fn runs(layers: &[usize]) -> Vec<(f64, f64)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for layer in layers {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == *layer => *to = *layer,
            _ => runs.push((*layer, *layer)),
        }
    }
    runs.into_iter().map(|(from, to)| (from as f64, to as f64)).collect()
}

/// The name that stands nearest to a position.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an index that became a position
fn nearest(at: f64) -> usize {
    at.round().max(0.0) as usize
}

/// A value with its interval, for a hover: "0.0123\n95 % interval 0.01 to 0.015".
pub(super) fn hover(value: f64, unit: &str, interval: Option<(f64, f64)>) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let of = interval.map(|(low, high)| format!("\n95 % interval {} to {}", exact(low), exact(high)));
    format!("{}{unit}{}", exact(value), of.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_painted_is_said_and_bars_say_what_they_are() {
        let mut series = Vec::new();
        for (x, y, sd) in [(0.5, 0.0123, 0.5), (2.0, 4.0, 1.0)] {
            let mark = Mark { x, y, spreads: Spreads::sd(sd), ..Mark::default() };
            add(&mut series, Of::Mode(Mode::Angular), Form::Line, mark);
        }
        let title = "Damage".to_owned();
        let one = Chart { title, x_label: "δ".to_owned(), series, over: ["seeds", "it"], ..Chart::default() };
        assert_eq!(one.summary(|_| true), "Damage, angular: 0.0123 at δ 0.5, 4.00 at δ 2");
        assert_eq!(one.summary(|of| !of.is_hidden(&[Mode::Angular], &[])), "Damage, ");
        assert_eq!(one.bars(), [Bars::Sd]);
        assert_eq!(one.bars_words(Bars::Interval), "Bars: ± sd over seeds.", "what was asked for is not there");
    }

    #[test]
    fn layers_stand_together_in_runs() {
        assert_eq!(runs(&[2, 3, 4, 7]), [(2.0, 4.0), (7.0, 7.0)]);
    }
}
