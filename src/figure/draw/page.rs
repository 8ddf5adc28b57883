//! The page: panels in a grid, letters and titles above them, the legend on top, and below what everything in it rests on.

use super::axes::wrapped;
use super::layout::{BESIDE, DOWN, fixed, lay_out};
use super::legend::{self, Entry};
use super::panel::{Content, Line, Panel, Titles};
use crate::error::{Error, Result};
use crate::figure::scene::{Anchor, Rect, Scene, Text, Weight};
use crate::figure::style::{MUTED, POINTS, Style, TEXT};

/// Panels side by side, in as many columns as there is room for.
#[derive(Debug, Clone)]
pub struct Block {
    /// The panels, from left to right and then downwards.
    pub panels: Vec<Panel>,
    /// At most so many side by side.
    pub columns: usize,
    /// Width of a panel below which fewer stand side by side, points per size of the type.
    pub least: f64,
    /// Whether they share the axis upwards, or the colours, so that they can be compared.
    pub share: bool,
}

/// A figure before it is laid out.
#[derive(Debug, Clone)]
pub struct Page {
    /// From above to below.
    pub blocks: Vec<Block>,
    /// The legend.
    pub legend: Vec<Entry>,
    /// What stands above all: that it is preliminary.
    pub warning: Option<String>,
    /// What stands below all: what it rests on.
    pub note: String,
}

/// Around everything, points.
const EDGE: f64 = 3.0;

impl Block {
    /// Its panels in lines, for a page of this width, points.
    fn lines(self, style: &Style, width: f64) -> Vec<Line> {
        let least = self.least * style.font_size;
        let mut columns = self.columns.clamp(1, self.panels.len().max(1));
        while columns > 1 && (width - BESIDE * (columns - 1) as f64) / (columns as f64) < least {
            columns -= 1;
        }
        // 4 in 3 columns would leave a hole that 2 and 2 do not.
        let rows = self.panels.len().div_ceil(columns.max(1)).max(1);
        let columns = self.panels.len().div_ceil(rows).max(1);
        let mut panels = self.panels;
        if self.share {
            share(&mut panels, columns, style);
        }
        let mut lines = Vec::new();
        while !panels.is_empty() {
            let rest = panels.split_off(columns.min(panels.len()));
            lines.push(Line { panels, columns, first: 0 });
            panels = rest;
        }
        lines
    }
}

/// Gives charts the same ends upwards, and leaves labels to those at the left; the last of the maps side by side has the
/// colour bar of all.
fn share(panels: &mut [Panel], columns: usize, style: &Style) {
    let extent = |panel: &Panel| {
        if let Content::Chart(chart) = &panel.content { Some(chart.extent(style, 120.0)) } else { None }
    };
    let all = panels.iter().filter_map(extent).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let count = panels.len();
    for (i, panel) in panels.iter_mut().enumerate() {
        let is_first = i % columns == 0;
        let is_last = i % columns == columns - 1 || i + 1 == count;
        match &mut panel.content {
            Content::Chart(chart) => {
                chart.limits[1] = chart.limits[1].or(all);
                chart.silent[1] = !is_first;
            }
            Content::Map(map) => {
                map.silent = !is_first;
                map.bar = map.bar.take().filter(|_| is_last);
            }
            Content::Rows(_) | Content::Words(_) => {}
        }
    }
}

impl Page {
    /// Lays it out and draws it.
    ///
    /// # Errors
    /// [`Error::usage`] where the height that was asked for has no room for the panels.
    pub fn draw(self, style: &Style) -> Result<Scene> {
        let width = style.width * POINTS;
        let inside = width - 2.0 * EDGE;
        let note =
            if style.note { wrapped(&self.note, inside, 0.8 * style.font_size, Weight::Regular) } else { Vec::new() };
        let mut lines: Vec<Line> = self.blocks.into_iter().flat_map(|block| block.lines(style, inside)).collect();
        let mut first = 0;
        for line in &mut lines {
            line.first = first;
            first += line.panels.len();
        }
        let several = lines.iter().map(|line| line.panels.len()).sum::<usize>() > 1;
        let title = Titles { titles: style.titles, letters: style.letters && several };

        let warning = self.warning.as_ref().map_or(0.0, |_| 1.7 * style.font_size);
        let legend = legend::height(&self.legend, style, inside);
        let top = EDGE + warning + if legend > 0.0 { legend + 0.8 * style.font_size } else { 0.0 };
        let bottom = 1.2 * 0.8 * style.font_size * note.len() as f64 + if note.is_empty() { 0.0 } else { 6.0 } + EDGE;
        let asked = style.height.map(|height| height * POINTS - top - bottom);
        let rows = lay_out(&lines, style, inside, &title, asked);
        let needed = fixed(&rows) + rows.iter().map(|row| row.least).sum::<f64>();
        if let Some(asked) = asked.filter(|asked| *asked < needed) {
            let millimetres = |room: f64| (room + top + bottom) / POINTS;
            let (asked, needed) = (millimetres(asked).round(), millimetres(needed).ceil());
            return Err(Error::usage(format!(
                "a height of {asked} mm has no room for the panels of this figure; it needs at least {needed} mm"
            )));
        }
        let whole = top + fixed(&rows) + rows.iter().map(|row| row.axes).sum::<f64>() + bottom;
        let height = style.height.map_or(whole, |height| height * POINTS);
        let mut scene = Scene::new(width, height);
        if let Some(words) = &self.warning {
            let at = [EDGE, EDGE + 0.3 * style.font_size];
            scene.words(Text::new(words, at, Anchor::Start, style.font_size, TEXT).below().bold());
        }
        legend::draw(&mut scene, style, &self.legend, [EDGE, EDGE + warning], inside);
        let mut y = top;
        for (line, row) in lines.iter().zip(&rows) {
            y += row.above;
            for (i, panel) in line.panels.iter().enumerate() {
                let area = Rect::new(EDGE + row.begin(i) + row.left[i], y, row.width(i), row.axes);
                title.draw(
                    &mut scene,
                    style,
                    panel,
                    line.first + i,
                    Rect::new(EDGE + row.begin(i), y - row.above, row.cell, row.title),
                );
                scene.areas.push(area);
                panel.content.draw(&mut scene, style, area, row.left[i]);
            }
            y += row.axes + row.below + DOWN;
        }
        for (i, words) in note.iter().rev().enumerate() {
            let size = 0.8 * style.font_size;
            let at = [EDGE, height - EDGE - 0.2 * size - 1.2 * size * i as f64];
            scene.words(Text::new(words, at, Anchor::Start, size, MUTED));
        }
        Ok(scene)
    }
}
