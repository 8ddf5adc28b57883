//! Which layers matter: single ones and windows over the depth, disturbed and repaired, and sets of them.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{legend, plot, tools};
use crate::figure::View;
use crate::figure::picture::bars_of;
use crate::figure::picture::layers::{Data, Depth, SETS};
use egui::Ui;

/// The table behind a view: of layers and windows, or of sets.
fn table_of(depth: Option<&Depth>) -> &'static str {
    if depth.is_some() { "layer_depth" } else { "layer_sets" }
}

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Layers.title(), shown.modes(), &mut picks.hidden, false);
        let mut names: Vec<&str> = self.depths.iter().map(|depth| depth.name.as_str()).collect();
        if !self.sets.rows.is_empty() {
            names.push(SETS);
        }
        picks.layers = picks.layers.min(names.len().saturating_sub(1));
        let depth = self.depths.get(picks.layers);
        let bars = depth.map_or(Vec::new(), |depth| bars_of(&depth.charts));
        let table = table_of(depth);
        tools::row(ui, shown, picks, tools::Tools { bars: &bars, table, ..Default::default() }, |ui, picks| {
            for (i, name) in names.iter().enumerate() {
                if tools::switch(ui, picks.layers == i, name).clicked() {
                    picks.layers = i;
                }
            }
        });
        let depth = self.depths.get(picks.layers);
        // The table follows, until another one is chosen under it.
        if picks.layers_table != Some(picks.layers) {
            picks.layers_table = Some(picks.layers);
            picks.table = Some(table_of(depth));
            picks.only = depth.map(|depth| ("width", depth.width));
        }
        let Some(depth) = depth else {
            with_caption(ui, self.sets_caption(), |ui| {
                self.sets.show(ui, "sets of layers", picks, shown.origin());
            });
            return;
        };
        let caption = depth.caption(picks.bars);
        with_caption(ui, &caption, |ui| {
            plot::grid(ui, &depth.charts, picks, shown.origin(), &depth.name);
        });
    }
}
