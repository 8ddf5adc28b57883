//! Panels: what each shows, the room that it needs, and how it is drawn with its title.

use super::axes::{cut, wrapped};
use super::chart::{self, ChartPanel};
use super::map::MapPanel;
use super::rows::RowsPanel;
use crate::figure::scene::{Anchor, Rect, Scene, Text, Weight};
use crate::figure::style::{MUTED, Style, TEXT};

/// The least height of axes, points.
pub const LOW: f64 = 24.0;

/// A panel with what stands above it.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// What it shows.
    pub content: Content,
}

/// What a panel shows.
#[derive(Debug, Clone)]
pub enum Content {
    /// A chart.
    Chart(Box<ChartPanel>),
    /// A heat map.
    Map(Box<MapPanel>),
    /// Named rows.
    Rows(RowsPanel),
    /// Why there is nothing to show, in words.
    Words(String),
}

/// Panels side by side, in so many columns.
pub struct Line {
    /// The panels.
    pub panels: Vec<Panel>,
    /// The columns.
    pub columns: usize,
    /// The number of the first among all panels of the page.
    pub first: usize,
}

impl Content {
    /// Room around axes of this size in a panel of the width `cell`: left, above, right, below, points.
    pub fn margins(&self, style: &Style, cell: f64, size: [f64; 2]) -> [f64; 4] {
        match self {
            Self::Chart(chart) => chart.margins(style, size),
            Self::Map(map) => map.margins(style, size),
            Self::Rows(rows) => rows.margins(style, cell, size),
            Self::Words(_) => [0.0; 4],
        }
    }

    /// How high its axes are where nothing is said of it, for axes of this width, points.
    pub fn height(&self, style: &Style, cell: f64, width: f64) -> f64 {
        match self {
            Self::Chart(_) => chart::height(width),
            Self::Map(map) => map.height(width),
            Self::Rows(rows) => rows.height(style, cell),
            Self::Words(words) => {
                let lines = wrapped(words, width, style.small(), Weight::Regular).len();
                1.35 * style.small() * lines as f64
            }
        }
    }

    /// The least height of its axes in a panel of the width `cell`.
    pub fn least(&self, style: &Style, cell: f64) -> f64 {
        if let Self::Rows(rows) = self { rows.least(style, cell) } else { LOW }
    }

    /// Draws it with its axes around `area`, `left` of which there is so much room.
    pub fn draw(&self, scene: &mut Scene, style: &Style, area: Rect, left: f64) {
        match self {
            Self::Chart(chart) => chart.draw(scene, style, area),
            Self::Map(map) => map.draw(scene, style, area),
            Self::Rows(rows) => rows.draw(scene, style, area, left),
            Self::Words(words) => {
                for (i, line) in wrapped(words, area.width, style.small(), Weight::Regular).into_iter().enumerate() {
                    let at = [area.x, area.y + 1.35 * style.small() * i as f64];
                    scene.words(Text::new(line, at, Anchor::Start, style.small(), MUTED).below());
                }
            }
        }
    }
}

/// What is written above panels.
pub struct Titles {
    /// Whether titles are.
    pub titles: bool,
    /// Whether letters are.
    pub letters: bool,
}

impl Titles {
    /// The title of a panel in lines.
    fn lines(&self, style: &Style, panel: &Panel, room: f64) -> Vec<String> {
        let before = if self.letters { 1.6 * style.font_size } else { 0.0 };
        if self.titles { wrapped(&panel.title, room - before, style.font_size, Weight::Bold) } else { Vec::new() }
    }

    /// How high it is in a panel of the width `room`, points.
    pub fn height(&self, style: &Style, panel: &Panel, room: f64) -> f64 {
        let lines = self.lines(style, panel, room).len().max(usize::from(self.letters));
        if lines == 0 { 0.0 } else { 1.2 * style.font_size * lines as f64 + 0.5 * style.font_size }
    }

    pub fn draw(&self, scene: &mut Scene, style: &Style, panel: &Panel, number: usize, room: Rect) {
        let mut x = room.x;
        if self.letters {
            let letter = u32::try_from(number).ok().and_then(|number| char::from_u32(u32::from('A') + number % 26));
            let at = [x, room.y];
            let size = 1.15 * style.font_size;
            scene.words(Text::new(letter.unwrap_or('A'), at, Anchor::Start, size, TEXT).below().bold());
            x += 1.6 * style.font_size;
        }
        for (i, line) in self.lines(style, panel, room.width).into_iter().enumerate() {
            let line = cut(&line, room.right() - x, style.font_size, Weight::Bold);
            let at = [x, room.y + 0.1 * style.font_size + 1.2 * style.font_size * i as f64];
            scene.words(Text::new(line, at, Anchor::Start, style.font_size, TEXT).below().bold());
        }
    }
}
