//! A chart on the page.

use super::axes::{Axis, grid, wrapped};
use super::marks::{self, AXIS, LINE, dashes, paler};
use super::plane::Plane;
use super::stars;
use super::ticks::Ticks;
use crate::figure::picture::{Across, Chart, Cues, Drawn, Form, Ink, Mean, Means, Of, Scale};
use crate::figure::scene::{Paint, Point, Rect, Role, Scene, Shape, Weight};
use crate::figure::style::{MUTED, SHADE, Style};
use crate::study::Mode;

/// A chart, and what is said beside its axes.
#[derive(Debug, Clone)]
pub struct ChartPanel {
    /// What is drawn.
    pub chart: Chart,
    /// What stands beside the axis upwards.
    pub y_label: String,
    /// Modes that are not shown.
    pub hidden: Vec<Mode>,
    /// Ends of the axes, in values, where they are not those of the marks.
    pub limits: [Option<(f64, f64)>; 2],
    /// Whether the labels of either axis are left to a neighbour that shares it.
    pub silent: [bool; 2],
}

/// How far the marks of two modes at one δ stand apart, points.
const APART: f64 = 2.2;

/// Room of a tick's label, points per size of the type: across, upwards.
const ROOM: [f64; 2] = [4.2, 2.6];

impl ChartPanel {
    /// Of `chart`; `y_label` stands beside it.
    #[must_use]
    pub fn new(chart: Chart, y_label: impl Into<String>, hidden: &[Mode]) -> Self {
        Self { chart, y_label: y_label.into(), hidden: hidden.to_vec(), limits: [None; 2], silent: [false; 2] }
    }

    /// Its marks, in positions.
    #[must_use]
    pub fn drawn(&self, style: &Style) -> Drawn {
        let mut drawn = Drawn::of(&self.chart, style.bars, |of| !of.is_hidden(&self.hidden, &[]));
        // Stars are of the difference between the modes: there is none to see where one of them is hidden.
        if [Mode::Angular, Mode::Magnitude].iter().any(|mode| self.hidden.contains(mode)) {
            drawn.stars.clear();
        }
        drawn
    }

    /// How many values have no place: those that are not above 0, on a logarithmic axis.
    #[must_use]
    pub fn without_place(&self, style: &Style) -> usize {
        let shown = self.chart.series.iter().filter(|series| !series.of.is_hidden(&self.hidden, &[]));
        let all: usize = shown.map(|series| series.marks.len()).sum();
        all - self.drawn(style).series.iter().map(|means| means.list.len()).sum::<usize>()
    }

    /// The same with bars of several modes at one δ a little beside each other, or they would lie on one another.
    fn parted(&self, style: &Style, plane: &Plane) -> Drawn {
        let mut drawn = self.drawn(style);
        let is_parted =
            |means: &Means| means.form == Form::Line && matches!(self.chart.series[means.series].of, Of::Mode(_));
        let several = drawn.series.iter().filter(|means| is_parted(means)).count();
        if several < 2 || !matches!(self.chart.x, Across::Value(_)) {
            return drawn;
        }
        let per_point = (plane.x.1 - plane.x.0) / plane.area.width;
        for (i, means) in drawn.series.iter_mut().filter(|means| is_parted(means)).enumerate() {
            let by = APART * (i as f64 - (several as f64 - 1.0) / 2.0) * per_point;
            means.list.iter_mut().for_each(|mean| mean.x += by);
        }
        drawn
    }

    /// What has to be seen upwards, in values, in a plot of `height` points.
    #[must_use]
    pub fn extent(&self, style: &Style, height: f64) -> (f64, f64) {
        let (low, high) = self.plane(style, Rect::new(0.0, 0.0, 3.0 * height, height)).y;
        (self.chart.y.value(low), self.chart.y.value(high))
    }

    /// Where its positions stand; upwards with room for the stars.
    fn plane(&self, style: &Style, area: Rect) -> Plane {
        let drawn = self.drawn(style);
        let in_places = |scale: Scale, limits: Option<(f64, f64)>| {
            let (low, high) = limits?;
            scale.place(low).zip(scale.place(high))
        };
        let x = in_places(self.chart.x.scale(), self.limits[0]).unwrap_or_else(|| self.chart.x_range());
        #[allow(clippy::cast_possible_truncation)] // a height in points
        let all = drawn.range(&self.chart, area.height as f32);
        let chosen = in_places(self.chart.y, self.limits[1]);
        // What is compared with is seen.
        let all = match self.chart.reference.and_then(|value| self.chart.y.place(value)) {
            Some(at) => (all.0.min(at - 0.03 * (all.1 - all.0)), all.1.max(at + 0.03 * (all.1 - all.0))),
            None => all,
        };
        let mut plane = Plane { area, x, y: chosen.unwrap_or(all) };
        if chosen.is_some() || drawn.stars.is_empty() {
            return plane;
        }
        for _ in 0..8 {
            let lines = self.lines(&drawn, &plane);
            let stars = stars::placed(&self.chart, &self.parted(style, &plane), &plane, style, &lines);
            let beyond = stars::beyond(&stars, &plane);
            if beyond <= 0.0 {
                break;
            }
            // What lies above the plane now finds room, a little more each time since stars do not shrink.
            let (low, high) = plane.y;
            let share = ((beyond + 1.0) / area.height).min(0.6);
            plane.y = (low, high + share / (1.0 - share) * (high - low));
        }
        plane
    }

    fn axes(&self, style: &Style, plane: &Plane) -> [Axis; 2] {
        let most = |length: f64, room: f64| (length / (room * style.small())).clamp(2.0, 9.0);
        let most = [most(plane.area.width, ROOM[0]), most(plane.area.height, ROOM[1])];
        #[allow(clippy::cast_possible_truncation)] // a width in points
        let x = match &self.chart.x {
            Across::Value(scale) => Ticks::of(*scale, plane.x, most[0]),
            Across::Layers => Ticks::whole(plane.x, plane.area.width / (2.0 * style.small())),
            across @ Across::Names(_) => Ticks {
                major: across
                    .ticks(plane.x, plane.area.width as f32)
                    .into_iter()
                    .map(|at| (at, across.tick_label(at)))
                    .collect(),
                minor: Vec::new(),
            },
        };
        let y = Ticks::of(self.chart.y, plane.y, most[1]);
        let label = |words: &str, length: f64| {
            wrapped(&words.replace('\'', "’"), length.max(40.0), style.font_size, Weight::Regular)
        };
        let marked = !matches!(self.chart.x, Across::Names(_));
        [
            Axis { ticks: x, label: label(&self.chart.x_label, plane.area.width), marked, silent: self.silent[0] },
            Axis { ticks: y, label: label(&self.y_label, plane.area.height), marked: true, silent: self.silent[1] },
        ]
    }

    /// Room around the axes: left, above, right, below, points.
    #[must_use]
    pub fn margins(&self, style: &Style, size: [f64; 2]) -> [f64; 4] {
        let plane = self.plane(style, Rect::new(0.0, 0.0, size[0], size[1]));
        let [x, y] = self.axes(style, &plane);
        [y.left(style), 0.5 * style.small(), style.small(), x.below(style)]
    }

    /// Its lines and curves on the page.
    fn lines(&self, drawn: &Drawn, plane: &Plane) -> Vec<Vec<Point>> {
        let joined = drawn.series.iter().filter(|means| matches!(means.form, Form::Line | Form::Band));
        let path = |list: &[Mean]| list.iter().map(|mean| plane.at(mean.x, mean.y)).collect::<Vec<_>>();
        let mut lines: Vec<Vec<Point>> = joined.map(|means| path(&means.list)).collect();
        for (mode, curve) in &self.chart.curves {
            if !self.hidden.contains(mode) {
                lines.push(self.chart.positions(curve).into_iter().map(|(x, y)| plane.at(x, y)).collect());
            }
        }
        lines
    }

    /// Draws it with its axes around `area`.
    pub fn draw(&self, scene: &mut Scene, style: &Style, area: Rect) {
        let plane = self.plane(style, area);
        let [x, y] = self.axes(style, &plane);
        let drawn = self.drawn(style);
        let parted = self.parted(style, &plane);
        for (from, to) in self.chart.shaded_runs() {
            let [left, right] = [from - 0.5, to + 0.5].map(|at| plane.clamped(at));
            let shade = Rect::between([left, area.y], [right, area.bottom()]);
            scene.add(Role::Frame, Shape::Rect(shade, Paint::fill(SHADE)));
        }
        if matches!(self.chart.x, Across::Value(_)) {
            grid(scene, style, &plane, &x.ticks, true);
        }
        grid(scene, style, &plane, &y.ticks, false);
        if self.chart.y == Scale::Linear && plane.y.0 < 0.0 && plane.y.1 > 0.0 {
            let y = plane.down(0.0);
            scene.line(Role::Frame, &[[area.x, y], [area.right(), y]], Paint::line(MUTED, 0.7 * AXIS));
        }
        if let Some(at) = self.chart.reference.and_then(|value| self.chart.y.place(value)) {
            let y = plane.down(at);
            if plane.y.0 <= at && at <= plane.y.1 {
                let paint = Paint::line(MUTED, 0.7).dashed(&[3.0, 2.0]);
                scene.line(Role::Frame, &[[area.x, y], [area.right(), y]], paint);
            }
        }
        for means in drawn.series.iter().filter(|means| means.form == Form::Band && means.list.len() > 1) {
            let ink = style.ink(self.chart.series[means.series].of.cues().ink);
            band(scene, &plane, &means.list, paler(ink, 0.2));
        }
        for (mode, curve) in self.chart.curves.iter().filter(|(mode, _)| !self.hidden.contains(mode)) {
            let points = self.chart.positions(curve).into_iter().map(|(x, y)| plane.at(x, y)).collect();
            marks::line(scene, style, Cues::of(*mode), points, area);
        }
        // Lines go through the true places; marks of several modes stand a little beside each other.
        for (means, beside) in drawn.series.iter().zip(&parted.series) {
            let cues = self.chart.series[means.series].of.cues();
            if matches!(means.form, Form::Line | Form::Band) {
                let points = means.list.iter().map(|mean| plane.at(mean.x, mean.y)).collect();
                marks::line(scene, style, cues, points, plane.area);
            }
            self.series(scene, style, &plane, beside);
        }
        x.draw_below(scene, style, &plane);
        y.draw_left(scene, style, &plane);
        let stars = stars::placed(&self.chart, &parted, &plane, style, &self.lines(&drawn, &plane));
        for star in stars.into_iter().filter(|star| star.is_on(&plane)) {
            star.draw(scene);
        }
    }

    fn series(&self, scene: &mut Scene, style: &Style, plane: &Plane, means: &Means) {
        let cues = self.chart.series[means.series].of.cues();
        let ink = style.ink(cues.ink);
        let is_hollow = matches!(self.chart.series[means.series].of, Of::Part(..));
        for mean in means.list.iter().filter(|mean| plane.sees(mean.x)) {
            if let Form::Bars(width) = means.form {
                let zero = 0.0_f64.clamp(plane.y.0, plane.y.1);
                let end = mean.y.clamp(plane.y.0, plane.y.1);
                let half = width / 2.0;
                let rect = Rect::between(plane.at(mean.x - half, zero), plane.at(mean.x + half, end));
                marks::bar(scene, style, cues, rect);
            }
            if let Some(ends) = mean.spread.filter(|_| means.form != Form::Band || means.list.len() == 1) {
                let ink = if matches!(means.form, Form::Bars(_)) { style.ink(Ink::Text) } else { ink };
                marks::upright(scene, plane, mean.x, ends, ink);
            }
            if !plane.holds(mean.x, mean.y) || matches!(means.form, Form::Bars(_)) {
                continue;
            }
            if let Some(ends) = mean.across {
                marks::level(scene, plane, plane.down(mean.y), ends, ink);
            }
            marks::marker(scene, style, cues, plane.at(mean.x, mean.y), is_hollow);
        }
    }
}

/// How high the axes of a chart are where nothing is said of it, for axes of this width, points.
#[must_use]
pub fn height(width: f64) -> f64 {
    (0.68 * width).clamp(96.0, 190.0)
}

/// From spread to spread.
fn band(scene: &mut Scene, plane: &Plane, list: &[Mean], fill: [u8; 3]) {
    let mut piece: Vec<&Mean> = Vec::new();
    let mut close = |piece: &mut Vec<&Mean>| {
        let point = |mean: &&Mean, high: bool| {
            let (low, top) = mean.spread.unwrap_or((mean.y, mean.y));
            plane.at(mean.x, if high { top } else { low })
        };
        if piece.len() > 1 {
            let above = piece.iter().map(|mean| point(mean, true));
            let points = above.chain(piece.iter().rev().map(|mean| point(mean, false))).collect();
            let shape = Shape::Path { points, closed: true, paint: Paint::fill(fill).with_opacity(0.75) };
            scene.add_within(Role::Guide, shape, plane.area);
        }
        piece.clear();
    };
    for mean in list {
        if mean.spread.is_some() { piece.push(mean) } else { close(&mut piece) }
    }
    close(&mut piece);
}

/// The sample of a series in a legend: its line, its marker, its bar, in a box of this width.
pub const SAMPLE: f64 = 17.0;

/// Draws the sample of a series of `form` with its left end at `at`.
pub fn sample(scene: &mut Scene, style: &Style, cues: Cues, form: Form, is_hollow: bool, [x, y]: Point) {
    match form {
        Form::Bars(_) => {
            let rect = Rect::new(x + 3.0, y - 3.0, SAMPLE - 6.0, 6.0);
            marks::bar(scene, style, cues, rect);
        }
        Form::Points => marks::marker(scene, style, cues, [x + SAMPLE / 2.0, y], is_hollow),
        Form::Line | Form::Band => {
            if form == Form::Band {
                let rect = Rect::new(x, y - 3.0, SAMPLE, 6.0);
                scene.add(Role::Aside, Shape::Rect(rect, Paint::fill(paler(style.ink(cues.ink), 0.2))));
            }
            let paint = Paint::line(style.ink(cues.ink), LINE).dashed(dashes(cues.line));
            scene.line(Role::Aside, &[[x, y], [x + SAMPLE, y]], paint);
            marks::marker(scene, style, cues, [x + SAMPLE / 2.0, y], false);
        }
    }
}
