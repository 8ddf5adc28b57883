//! Where the panels stand: tabs that can be split, moved beside each other, and put back.

use super::tabs::{self, Bar};
use crate::app::theme::{palette, palette_of};
use crate::figure::View;
use egui::{Color32, Frame, Id, Margin, Response, Stroke, Style, Ui, Visuals, WidgetText};
use egui_tiles::{
    Behavior, Container, ResizeState, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The arrangement of the panels, each of which stands in it once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layout(Tree<View>);

impl Default for Layout {
    fn default() -> Self {
        Self(Tree::new_tabs(Id::unique("panels"), View::ALL.to_vec()))
    }
}

impl Layout {
    /// Takes in the views that it lacks, and leaves out what stands in it twice: one that was remembered may be of another
    /// version. What the user arranged stays.
    pub fn complete(&mut self) {
        let mut seen = BTreeSet::new();
        let panes: Vec<(TileId, View)> = self.panes().collect();
        for (tile, view) in panes {
            if !seen.insert(view) {
                self.0.remove_recursively(tile);
            }
        }
        let Some(root) = self.0.root().filter(|_| !seen.is_empty()) else {
            *self = Self::default();
            return;
        };
        for (i, view) in View::ALL.into_iter().enumerate().filter(|(_, view)| !seen.contains(view)) {
            let tile = self.0.tiles.insert_pane(view);
            // Beside the view that it follows.
            let before = View::ALL[..i].iter().rev().find_map(|before| self.0.tiles.find_pane(before));
            let row = before.and_then(|before| Some((self.0.tiles.parent_of(before)?, before)));
            let (row, place) = row.map_or((root, 0), |(row, before)| {
                let children = self.0.tiles.get_container(row).map(Container::children_vec).unwrap_or_default();
                (row, children.iter().position(|child| *child == before).map_or(0, |at| at + 1))
            });
            self.0.move_tile_to_container(tile, row, place, false);
        }
    }

    /// The views, each with its tile.
    fn panes(&self) -> impl Iterator<Item = (TileId, View)> {
        self.0.tiles.iter().filter_map(|(id, tile)| if let Tile::Pane(view) = tile { Some((*id, *view)) } else { None })
    }

    /// Brings `view` to the front.
    pub fn open(&mut self, view: View) {
        self.0.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == view));
    }

    /// The panels that are seen.
    pub fn seen(&self) -> impl Iterator<Item = View> {
        self.0.active_tiles().into_iter().filter_map(|id| self.0.tiles.get_pane(&id).copied())
    }

    /// The row of tabs that each panel's tab stands in.
    fn bars(&self, ui: &Ui) -> BTreeMap<View, Bar> {
        let mut bars = BTreeMap::new();
        for (id, tile) in self.0.tiles.iter() {
            let Tile::Container(row) = tile else { continue };
            let tabs: Vec<View> = row.children().filter_map(|child| self.0.tiles.get_pane(child).copied()).collect();
            let room = self.0.tiles.rect(*id).map_or(ui.available_width(), |rect| rect.width());
            let bar = Bar::of(ui, &tabs, room);
            bars.extend(tabs.into_iter().map(|tab| (tab, bar)));
        }
        bars
    }

    /// Draws the panels so that they fill `ui`: `pane` draws one, and is told whether it was pressed; `asked` are the views
    /// that a study asks for.
    pub fn show(&mut self, ui: &mut Ui, asked: BTreeSet<View>, pane: &mut dyn FnMut(&mut Ui, View, bool)) {
        let bars = self.bars(ui);
        self.0.ui(&mut Panes { pane, asked, bars }, ui);
    }
}

/// How panels and their tabs are drawn.
struct Panes<'a> {
    pane: &'a mut dyn FnMut(&mut Ui, View, bool),
    asked: BTreeSet<View>,
    bars: BTreeMap<View, Bar>,
}

impl Behavior<View> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _id: TileId, tab: &mut View) -> UiResponse {
        let room = ui.max_rect();
        let is_pressed = ui.input(|input| {
            input.pointer.any_pressed() && input.pointer.interact_pos().is_some_and(|at| room.contains(at))
        });
        let frame =
            Frame::NONE.fill(palette(ui).surface).inner_margin(Margin { left: 16, right: 16, top: 8, bottom: 8 });
        frame.show(ui, |ui| (self.pane)(ui, *tab, is_pressed));
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, tab: &View) -> WidgetText {
        tab.name().into()
    }

    fn tab_ui(&mut self, tiles: &mut Tiles<View>, ui: &mut Ui, id: Id, tile: TileId, state: &TabState) -> Response {
        match tiles.get_pane(&tile).and_then(|tab| Some((*tab, *self.bars.get(tab)?))) {
            Some((tab, bar)) => tabs::one(ui, id, tab, bar, state.active, self.asked.contains(&tab)),
            // Containers stand in no tab: every panel is one of its own.
            None => ui.allocate_response(egui::Vec2::ZERO, egui::Sense::hover()),
        }
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn tab_bar_height(&self, _style: &Style) -> f32 {
        tabs::HEIGHT
    }

    fn gap_width(&self, _style: &Style) -> f32 {
        4.0
    }

    fn min_size(&self) -> f32 {
        240.0
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        palette_of(visuals).side
    }

    fn tab_bar_hline_stroke(&self, visuals: &Visuals) -> Stroke {
        Stroke::new(1.0, palette_of(visuals).line)
    }

    fn resize_stroke(&self, style: &Style, state: ResizeState) -> Stroke {
        let palette = palette_of(&style.visuals);
        match state {
            ResizeState::Idle => Stroke::new(1.0, palette.line),
            ResizeState::Hovering | ResizeState::Dragging => Stroke::new(2.0, palette.chosen),
        }
    }

    fn dragged_overlay_color(&self, visuals: &Visuals) -> Color32 {
        palette_of(visuals).surface.gamma_multiply(0.5)
    }

    fn drag_preview_stroke(&self, visuals: &Visuals) -> Stroke {
        Stroke::new(2.0, palette_of(visuals).chosen)
    }

    fn drag_preview_color(&self, visuals: &Visuals) -> Color32 {
        palette_of(visuals).chosen.gamma_multiply(0.15)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of tabs, each with its views from left to right.
    fn rows(layout: &Layout) -> Vec<Vec<View>> {
        let tiles = &layout.0.tiles;
        let views = |tile: &Tile<View>| match tile {
            Tile::Container(row) => row.children().filter_map(|child| tiles.get_pane(child).copied()).collect(),
            Tile::Pane(_) => Vec::new(),
        };
        let mut rows: Vec<Vec<View>> = tiles.tiles().map(views).filter(|row| !row.is_empty()).collect();
        rows.sort();
        rows
    }

    #[test]
    fn a_layout_takes_new_views_in_beside_those_that_they_follow() {
        let all = View::ALL;
        let mut whole = Layout::default();
        whole.complete();
        assert_eq!(whole, Layout::default());
        // Two rows beside each other, without the third and the last view, and with one that stands in both.
        let mut tiles = Tiles::default();
        let row = |tiles: &mut Tiles<View>, views: &[View]| {
            let panes = views.iter().map(|view| tiles.insert_pane(*view)).collect();
            tiles.insert_tab_tile(panes)
        };
        let rest: Vec<View> = all[3..all.len() - 1].iter().rev().copied().collect();
        let rows_of = vec![row(&mut tiles, &all[..2]), row(&mut tiles, &[&rest[..], &all[..1]].concat())];
        let root = tiles.insert_horizontal_tile(rows_of);
        let mut layout = Layout(Tree::new(Id::unique("panels"), root, tiles));
        layout.complete();
        let mut expected = vec![all[..3].to_vec(), [&all[all.len() - 2..], &rest[1..]].concat()];
        let mut found = rows(&layout);
        // Which of the two is left out that stands twice is the tree's own choice.
        for row in &mut found {
            row.retain(|view| *view != all[0]);
        }
        expected[0].remove(0);
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(layout.panes().count(), all.len());
        let mut nothing = Layout(Tree::empty(Id::unique("panels")));
        nothing.complete();
        assert_eq!(nothing, Layout::default());
    }

    #[test]
    fn a_panel_comes_to_the_front() {
        let mut layout = Layout::default();
        layout.open(View::Audit);
        assert_eq!(layout.seen().collect::<Vec<_>>(), [View::Audit]);
    }
}
