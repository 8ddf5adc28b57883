//! Where the panels stand: tabs that can be split, moved beside each other, and put back.

use super::tabs::{self, Bar, Tab};
use super::{Panels, Shown};
use crate::app::theme::{palette, palette_of};
use egui::{Color32, Frame, Id, Margin, Response, Stroke, Style, Ui, Visuals, WidgetText};
use egui_tiles::{Behavior, ResizeState, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The arrangement of the panels, each of which stands in it once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layout(Tree<Tab>);

impl Default for Layout {
    fn default() -> Self {
        Self(Tree::new_tabs(Id::unique("panels"), Tab::ALL.to_vec()))
    }
}

impl Layout {
    /// Whether every panel stands in it once: one that was remembered may be of another version.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let panes =
            || self.0.tiles.tiles().filter_map(|tile| if let Tile::Pane(tab) = tile { Some(*tab) } else { None });
        self.0.root().is_some()
            && panes().count() == Tab::ALL.len()
            && panes().collect::<BTreeSet<_>>().len() == Tab::ALL.len()
    }

    /// Brings `tab` to the front.
    pub fn open(&mut self, tab: Tab) {
        self.0.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == tab));
    }

    /// The panels that are seen.
    fn seen(&self) -> impl Iterator<Item = Tab> {
        self.0.active_tiles().into_iter().filter_map(|id| self.0.tiles.get_pane(&id).copied())
    }

    /// The row of tabs that each panel's tab stands in.
    fn bars(&self, ui: &Ui) -> BTreeMap<Tab, Bar> {
        let mut bars = BTreeMap::new();
        for (id, tile) in self.0.tiles.iter() {
            let Tile::Container(row) = tile else { continue };
            let tabs: Vec<Tab> = row.children().filter_map(|child| self.0.tiles.get_pane(child).copied()).collect();
            let room = self.0.tiles.rect(*id).map_or(ui.available_width(), |rect| rect.width());
            let bar = Bar::of(ui, &tabs, room);
            bars.extend(tabs.into_iter().map(|tab| (tab, bar)));
        }
        bars
    }

    /// Draws the panels so that they fill `ui`.
    pub fn show(&mut self, ui: &mut Ui, panels: &mut Panels, shown: &mut Shown) {
        if !self.seen().any(|tab| tab == panels.focus)
            && let Some(first) = self.seen().next()
        {
            panels.focus = first;
        }
        let bars = self.bars(ui);
        self.0.ui(&mut Panes { panels, shown, bars }, ui);
    }
}

/// How panels and their tabs are drawn.
struct Panes<'a, 'b> {
    panels: &'a mut Panels,
    shown: &'a mut Shown<'b>,
    bars: BTreeMap<Tab, Bar>,
}

impl Behavior<Tab> for Panes<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _id: TileId, tab: &mut Tab) -> UiResponse {
        let room = ui.max_rect();
        if ui.input(|input| {
            input.pointer.any_pressed() && input.pointer.interact_pos().is_some_and(|at| room.contains(at))
        }) {
            self.panels.focus = *tab;
        }
        let frame =
            Frame::NONE.fill(palette(ui).surface).inner_margin(Margin { left: 16, right: 16, top: 8, bottom: 8 });
        frame.show(ui, |ui| self.panels.pane(ui, *tab, self.shown));
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, tab: &Tab) -> WidgetText {
        tab.name().into()
    }

    fn tab_ui(&mut self, tiles: &mut Tiles<Tab>, ui: &mut Ui, id: Id, tile: TileId, state: &TabState) -> Response {
        match tiles.get_pane(&tile).and_then(|tab| Some((*tab, *self.bars.get(tab)?))) {
            Some((tab, bar)) => tabs::one(ui, id, tab, bar, state.active, tab.is_asked_for(self.shown)),
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

    #[test]
    fn a_layout_that_lacks_a_panel_is_not_whole() {
        assert!(Layout::default().is_whole());
        assert!(!Layout(Tree::new_tabs(Id::unique("panels"), Tab::ALL[1..].to_vec())).is_whole());
        let mut twice = Tab::ALL.to_vec();
        twice[1] = twice[0];
        assert!(!Layout(Tree::new_tabs(Id::unique("panels"), twice)).is_whole());
    }

    #[test]
    fn a_panel_comes_to_the_front() {
        let mut layout = Layout::default();
        layout.open(Tab::Audit);
        assert_eq!(layout.seen().collect::<Vec<_>>(), [Tab::Audit]);
    }
}
