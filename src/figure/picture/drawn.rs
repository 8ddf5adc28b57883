//! Where the marks of a chart stand: positions on its axes, and what has to be seen of them.

use super::bars::Bars;
use super::chart::{Across, Chart, Form, Mark, Of, Series};
use super::scale::{Scale, round_step};

/// The marks of a chart that are shown, in positions: values on a linear axis, their decimal logarithms on a logarithmic one.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    /// The series that are shown.
    pub series: Vec<Means>,
    /// Significance: x, y and words, which stand above that place.
    pub stars: Vec<(f64, f64, &'static str)>,
    extent: Option<(f64, f64)>,
}

/// The marks of a series that have a place.
#[derive(Debug, Clone)]
pub struct Means {
    /// The number of the series in its chart.
    pub series: usize,
    /// How they are drawn; bars have their width.
    pub form: Form,
    /// The marks.
    pub list: Vec<Mean>,
}

/// A mean and how far it spreads, in positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The number of the mark in its series.
    pub mark: usize,
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// Ends of the error bar; none where there is no spread.
    pub spread: Option<(f64, f64)>,
    /// Ends of a bar across.
    pub across: Option<(f64, f64)>,
}

/// Below every logarithm of a number.
const BELOW: f64 = -400.0;

impl Drawn {
    /// The series of `chart` that `shows` takes, with the bars that were `chosen`, or those that there are.
    #[must_use]
    pub fn of(chart: &Chart, chosen: Bars, shows: impl Fn(&Of) -> bool) -> Self {
        let mut drawn = Self::default();
        let bars = chosen.among(&chart.bars());
        let modes = chart.series.iter().filter(|series| matches!(series.of, Of::Mode(_))).count();
        let mut side = 0_usize;
        for (number, series) in chart.series.iter().enumerate() {
            let beside = beside(chart, series, side, modes);
            side += usize::from(matches!(series.of, Of::Mode(_)));
            if !shows(&series.of) {
                continue;
            }
            let marks = series.marks.iter().enumerate();
            let list: Vec<Mean> = marks.filter_map(|(i, mark)| placed(chart, (i, mark), bars, beside)).collect();
            for mean in &list {
                drawn.see(mean);
            }
            let form = if let Form::Bars(_) = series.form { Form::Bars(width(modes)) } else { series.form };
            drawn.series.push(Means { series: number, form, list });
        }
        drawn.stars = chart.stars.iter().filter_map(|star| above(chart, *star, bars, &shows)).collect();
        drawn
    }

    fn see(&mut self, mean: &Mean) {
        let (low, high) = mean.spread.unwrap_or((mean.y, mean.y));
        let low = if low > BELOW { low.min(mean.y) } else { mean.y };
        let (from, to) = self.extent.unwrap_or((low, high));
        self.extent = Some((from.min(low), to.max(high.max(mean.y))));
    }

    /// What has to be seen of `chart`, from below to above, with 0 on a linear axis, and room for markers and stars in a
    /// plot of `height` points.
    #[must_use]
    pub fn range(&self, chart: &Chart, height: f32) -> (f64, f64) {
        let (low, high) = match (self.extent, chart.y) {
            (None, Scale::Linear) => return (0.0, 1.0),
            (None, Scale::Log) => return (-2.0, 0.0),
            (Some((low, high)), Scale::Linear) => (low.min(0.0), high.max(0.0)),
            (Some(extent), Scale::Log) => extent,
        };
        let has_bars = chart.series.iter().any(|series| matches!(series.form, Form::Bars(_)));
        // Bars that are all 0 stand on an axis of one point.
        let high = if has_bars { high.max(low + 1.0) } else { high };
        let span = if high > low { high - low } else { 1.0 };
        let (high, low) = if high > low { (high, low) } else { (high + 0.5, low - 0.5) };
        // Bars may stand on the edge; markers would be cut in half.
        let below = if low < 0.0 || !has_bars { 0.07 * span } else { 0.0 };
        // Stars need their height also in a low plot.
        let stars = if self.stars.is_empty() { 0.0 } else { f64::from(28.0 / height.max(56.0)) };
        (low - below, high + stars.max(0.08) * span)
    }
}

impl Chart {
    /// What has to be seen from left to right, in positions: the layers, or 0 and every δ, or the names.
    #[must_use]
    pub fn x_range(&self) -> (f64, f64) {
        let scale = match &self.x {
            Across::Names(names) => return (-0.6, index(names.len().max(1)) - 0.4),
            across => across.scale(),
        };
        let marks = self.series.iter().flat_map(|series| &series.marks).filter_map(|mark| scale.place(mark.x));
        let shaded = self.shaded.iter().map(|layer| index(*layer));
        let (low, high) =
            marks.chain(shaded).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return (0.0, 1.0);
        }
        if self.x == Across::Layers {
            return (low - 0.6, high + 0.6);
        }
        let (low, high) = match scale {
            Scale::Linear if high > 0.0 => (0.0, high),
            _ if high > low => (low, high),
            _ => (high - 0.5, high + 0.5),
        };
        let margin = 0.04 * (high - low);
        (low - margin, high + margin)
    }

    /// `curve` in positions; points that have none are left out.
    #[must_use]
    pub fn positions(&self, curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let scale = self.x.scale();
        curve.iter().filter_map(|(x, y)| Some((scale.place(*x)?, self.y.place(*y)?))).collect()
    }
}

impl Across {
    /// Ticks for the positions within `bounds` of an axis that is `width` points long.
    #[must_use]
    pub fn ticks(&self, bounds: (f64, f64), width: f32) -> Vec<f64> {
        match self {
            Self::Layers => layer_ticks(bounds, width),
            Self::Value(scale) => {
                let ticks = scale.ticks(bounds.0, bounds.1);
                let every = if width < 30.0 * ticks.len() as f32 { 2 } else { 1 };
                ticks.into_iter().step_by(every).collect()
            }
            Self::Names(names) => (0..names.len()).map(index).filter(|at| (bounds.0..=bounds.1).contains(at)).collect(),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a handful
fn index(i: usize) -> f64 {
    i as f64
}

/// Width of a bar; all of them, and gaps between them, take three quarters of the room of a name.
fn width(modes: usize) -> f64 {
    0.76 / index(modes.max(1)) - 0.02
}

/// Marks of several modes at one place stand beside each other.
fn beside(chart: &Chart, series: &Series, side: usize, modes: usize) -> f64 {
    if !matches!(series.of, Of::Mode(_)) {
        return 0.0;
    }
    let from_middle = index(side) - (index(modes) - 1.0) / 2.0;
    match (&chart.x, series.form) {
        (_, Form::Bars(_)) => from_middle * (width(modes) + 0.02),
        (Across::Layers, Form::Line | Form::Points) | (Across::Names(_), _) => 0.12 * from_middle,
        _ => 0.0,
    }
}

/// `mark` in positions; none where it has none.
fn placed(chart: &Chart, (number, mark): (usize, &Mark), bars: Option<Bars>, beside: f64) -> Option<Mean> {
    let scale = chart.x.scale();
    let (x, y) = (scale.place(mark.x)? + beside, chart.y.place(mark.y)?);
    // On a logarithmic axis, a bar whose lower end is not above 0 goes down through the bottom of the plot.
    let spread = bars.and_then(|bars| mark.spreads.ends(mark.y, bars)).and_then(|(low, high)| {
        let high = chart.y.place(high)?;
        Some((chart.y.place(low).unwrap_or(BELOW), high))
    });
    let across = mark.across.map(|(low, high)| (scale.place(low).unwrap_or(BELOW), scale.place(high).unwrap_or(x)));
    Some(Mean { mark: number, x, y, spread, across })
}

/// Where a star stands: above the highest of the marks at its x that are shown; none where there is none.
fn above(
    chart: &Chart,
    (x, words): (f64, &'static str),
    bars: Option<Bars>,
    shows: impl Fn(&Of) -> bool,
) -> Option<(f64, f64, &'static str)> {
    let shown = chart.series.iter().filter(|series| shows(&series.of));
    let tops =
        shown.flat_map(|series| series.marks.iter().map(move |mark| (series.form, mark))).filter_map(|(form, mark)| {
            let end = bars.and_then(|bars| mark.spreads.ends(mark.y, bars)).map_or(mark.y, |(_, high)| high);
            // A bar that goes down ends above at 0.
            (mark.x == x).then_some(if matches!(form, Form::Bars(_)) { end.max(0.0) } else { end })
        });
    Some((chart.x.scale().place(x)?, chart.y.place(tops.reduce(f64::max)?)?, words))
}

/// Whole numbers, as many as have room.
fn layer_ticks((low, high): (f64, f64), width: f32) -> Vec<f64> {
    let step = round_step(high - low, f64::from(width / 28.0).max(2.0)).max(1.0);
    let mut at = (low / step).ceil() * step;
    let mut ticks = Vec::new();
    while at <= high && ticks.len() < 1000 {
        ticks.push(at);
        at += step;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::super::{Spreads, chart::add};
    use super::*;
    use crate::study::Mode;

    fn chart(x: Across, marks: &[(f64, f64, f64)]) -> Chart {
        let mut series = Vec::new();
        for (x, y, sd) in marks {
            let mark = Mark { x: *x, y: *y, spreads: Spreads::sd(*sd), ..Mark::default() };
            add(&mut series, Of::Mode(Mode::Angular), Form::Line, mark);
        }
        Chart { x, series, ..Chart::default() }
    }

    #[test]
    fn a_chart_shows_all_of_its_marks_and_zero() {
        let one = chart(Across::Value(Scale::Linear), &[(1.0, 2.0, 0.5), (2.0, 4.0, 1.0)]);
        let (low, high) = Drawn::of(&one, Bars::Sd, |_| true).range(&one, 200.0);
        assert!(low < 0.0 && high > 5.0 && high < 6.0, "{low} {high}");
        let (left, right) = one.x_range();
        assert!(left < 0.0 && right > 2.0);
        // Hidden marks take no room.
        assert_eq!(Drawn::of(&one, Bars::Sd, |_| false).range(&one, 200.0), (0.0, 1.0));
    }

    #[test]
    fn on_a_logarithmic_axis_what_is_not_above_0_has_no_place() {
        let mut one = chart(Across::Value(Scale::Log), &[(1.0, -2.0, 0.5), (10.0, 4.0, 8.0)]);
        one.y = Scale::Log;
        let drawn = Drawn::of(&one, Bars::Sd, |_| true);
        assert_eq!(drawn.series[0].list.iter().map(|mean| mean.mark).collect::<Vec<_>>(), [1]);
        // The bar goes through the bottom, and makes no room for that.
        let (low, _) = drawn.range(&one, 200.0);
        assert!(low > 0.4, "{low}");
    }

    #[test]
    fn stars_stand_above_the_bars_that_are_shown() {
        let mut one = chart(Across::Value(Scale::Linear), &[(1.0, 2.0, 0.5), (2.0, 4.0, 1.0)]);
        let mark = Mark { x: 2.0, y: 7.0, ..Mark::default() };
        add(&mut one.series, Of::Mode(Mode::Magnitude), Form::Line, mark);
        one.stars = vec![(1.0, "ns"), (2.0, "**")];
        assert_eq!(Drawn::of(&one, Bars::Sd, |_| true).stars, [(1.0, 2.5, "ns"), (2.0, 7.0, "**")]);
        let angular = |of: &Of| *of == Of::Mode(Mode::Angular);
        assert_eq!(Drawn::of(&one, Bars::Sd, angular).stars, [(1.0, 2.5, "ns"), (2.0, 5.0, "**")]);
        assert!(Drawn::of(&one, Bars::Sd, |_| false).stars.is_empty());
        for series in &mut one.series {
            series.form = Form::Bars(0.0);
            series.marks.iter_mut().for_each(|mark| mark.y = -9.0);
        }
        assert_eq!(Drawn::of(&one, Bars::Sd, angular).stars[0].1, 0.0, "bars that go down");
    }

    #[test]
    fn layers_have_whole_numbers_as_ticks() {
        assert_eq!(layer_ticks((-0.6, 3.6), 300.0), [0.0, 1.0, 2.0, 3.0]);
    }
}
