//! The damage as a function of δ, with its fit.

use super::{Picks, Shown};
use crate::figure::Table;
use crate::study::Study;
use egui::Ui;

/// What is drawn.
#[derive(Debug)]
pub struct Data {}

impl Data {
    /// Of the `tables` of `study`.
    pub fn of(_tables: &[Table], _study: &Study) -> Option<Self> {
        None
    }

    /// Draws it.
    pub fn show(&self, _ui: &mut Ui, _shown: &mut Shown, _picks: &mut Picks) {}
}
