//! What `egui_plot` lacks: means with error bars, joined by a line or standing as bars, and words above them.

use super::look::{self, Look, marker};
use crate::figure::picture::{Form, Mean};
use egui::{Align2, Color32, FontId, Mesh, Pos2, Rect, Shape, Stroke, Ui, vec2};
use egui_plot::{ClosestElem, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};
use std::ops::RangeInclusive;

/// Means of one mode.
pub struct Means {
    base: PlotItemBase,
    points: Vec<PlotPoint>,
    list: Vec<Mean>,
    look: Look,
    form: Form,
}

impl Means {
    /// `name` is what a hover calls them.
    #[must_use]
    pub fn new(name: &str, means: Vec<Mean>, look: Look, form: Form) -> Self {
        let points = means.iter().map(|mean| PlotPoint::new(mean.x, mean.y)).collect();
        Self { base: PlotItemBase::new(name.to_owned()), points, list: means, look, form }
    }

    fn line(&self, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let line: Vec<Pos2> = self.points.iter().map(|point| transform.position_from_point(point)).collect();
        look::line(self.look, &line, shapes);
    }

    fn bar(&self, mean: &Mean, width: f64, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let corner = |x: f64, y: f64| transform.position_from_point(&PlotPoint::new(x, y));
        let rect = Rect::from_two_pos(corner(mean.x - width / 2.0, 0.0), corner(mean.x + width / 2.0, mean.y));
        look::bar(self.look, rect, shapes);
    }

    fn spread(mean: &Mean, ink: Color32, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let at = |x: f64, y: f64| transform.position_from_point(&PlotPoint::new(x, y));
        let stroke = Stroke::new(1.5, ink);
        let ends = [
            mean.spread.map(|(low, high)| (at(mean.x, low), at(mean.x, high), vec2(4.0, 0.0))),
            mean.across.map(|(low, high)| (at(low, mean.y), at(high, mean.y), vec2(0.0, 4.0))),
        ];
        for (low, high, cap) in ends.into_iter().flatten() {
            shapes.push(Shape::line_segment([low, high], stroke));
            for end in [low, high] {
                shapes.push(Shape::line_segment([end - cap, end + cap], stroke));
            }
        }
    }

    /// One mesh from spread to spread.
    fn band(&self, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let mut mesh = Mesh::default();
        let ink = self.look.colour.gamma_multiply(0.22);
        let mut last = false;
        for mean in &self.list {
            let Some((low, high)) = mean.spread else {
                last = false;
                continue;
            };
            for y in [low, high] {
                mesh.colored_vertex(transform.position_from_point(&PlotPoint::new(mean.x, y)), ink);
            }
            #[allow(clippy::cast_possible_truncation)] // a handful of corners
            let next = mesh.vertices.len() as u32;
            if last {
                mesh.add_triangle(next - 4, next - 3, next - 2);
                mesh.add_triangle(next - 3, next - 2, next - 1);
            }
            last = true;
        }
        shapes.push(Shape::mesh(mesh));
    }
}

impl PlotItem for Means {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        match self.form {
            Form::Line | Form::Points | Form::Band => {
                if self.form == Form::Band && self.list.len() > 1 {
                    self.band(transform, shapes);
                } else {
                    for mean in &self.list {
                        Self::spread(mean, self.look.colour, transform, shapes);
                    }
                }
                if self.form != Form::Points {
                    self.line(transform, shapes);
                }
                for (point, mean) in self.points.iter().zip(&self.list) {
                    let at = transform.position_from_point(point);
                    marker(self.look, at, ui.visuals().panel_fill, shapes);
                    if mean.across.is_some() {
                        // Hollow: a point of the curve, not a mean.
                        shapes.push(Shape::circle_filled(at, 2.5, ui.visuals().panel_fill));
                    }
                }
            }
            Form::Bars(width) => {
                for mean in &self.list {
                    self.bar(mean, width, transform, shapes);
                    Self::spread(mean, ui.visuals().text_color(), transform, shapes);
                }
            }
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.look.colour
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::Points(&self.points)
    }

    fn bounds(&self) -> PlotBounds {
        let mut bounds = PlotBounds::NOTHING;
        for mean in &self.list {
            let (low, high) = mean.spread.unwrap_or((mean.y, mean.y));
            bounds.extend_with(&PlotPoint::new(mean.x, low));
            bounds.extend_with(&PlotPoint::new(mean.x, high));
        }
        bounds
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }

    fn find_closest(&self, pointer: Pos2, transform: &PlotTransform) -> Option<ClosestElem> {
        let distance = |(index, point): (usize, &PlotPoint)| {
            let at = transform.position_from_point(point);
            let dist_sq = match self.form {
                Form::Line | Form::Points | Form::Band => pointer.distance_sq(at),
                // A bar is under the pointer over all of its width.
                Form::Bars(width) => {
                    #[allow(clippy::cast_possible_truncation)]
                    let half = (transform.dpos_dvalue_x() * width / 2.0).abs() as f32;
                    if (pointer.x - at.x).abs() <= half { 0.0 } else { pointer.distance_sq(at) }
                }
            };
            ClosestElem { index, dist_sq }
        };
        self.points.iter().enumerate().map(distance).min_by(|a, b| a.dist_sq.total_cmp(&b.dist_sq))
    }
}

/// A line without marks.
pub struct Path {
    base: PlotItemBase,
    points: Vec<PlotPoint>,
    look: Look,
}

impl Path {
    /// Through `points`, positions on the axes.
    #[must_use]
    pub fn new(points: Vec<(f64, f64)>, look: Look) -> Self {
        let points = points.into_iter().map(|(x, y)| PlotPoint::new(x, y)).collect();
        Self { base: PlotItemBase::new("curve".to_owned()), points, look }
    }
}

impl PlotItem for Path {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let line: Vec<Pos2> = self.points.iter().map(|point| transform.position_from_point(point)).collect();
        look::line(self.look, &line, shapes);
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.look.colour
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

/// Words above positions: significance.
pub struct Words {
    base: PlotItemBase,
    above: Vec<(PlotPoint, &'static str)>,
    ink: Color32,
    muted: Color32,
}

impl Words {
    /// Each of `words` stands above its position; "ns" in the muted colour.
    #[must_use]
    pub fn new(words: Vec<(f64, f64, &'static str)>, ink: Color32, muted: Color32) -> Self {
        let words = words.into_iter().map(|(x, y, word)| (PlotPoint::new(x, y), word)).collect();
        Self { base: PlotItemBase::new("significance".to_owned()), above: words, ink, muted }
    }
}

impl PlotItem for Words {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        for (point, word) in &self.above {
            let at = transform.position_from_point(point) - vec2(0.0, 6.0);
            let (font, ink) = if *word == "ns" {
                (FontId::proportional(12.0), self.muted)
            } else {
                (FontId::proportional(16.0), self.ink)
            };
            // Stars hang from the top of their line.
            let at = if *word == "ns" { at } else { at + vec2(0.0, 5.0) };
            ui.fonts_mut(|fonts| shapes.push(Shape::text(fonts, at, Align2::CENTER_BOTTOM, *word, font, ink)));
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.ink
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}
