//! What the panels show of a study's results; made on the keeper's thread, and shared with the frames.

mod provenance;
mod verdicts;

pub use provenance::Provenance;
pub use verdicts::{At, Card, Judged, Verdicts};

use super::behind::Shelf;
use crate::experiment::{Origin, Results};
use crate::figure::picture::Pictures;
use crate::figure::{self, Table};
use crate::findings::Findings;
use crate::study::Study;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the panels and the table show.
#[derive(Debug)]
pub struct Summary {
    /// The study of the results.
    pub study: Study,
    /// Where the results come from.
    pub origin: Origin,
    /// The study file.
    pub file: PathBuf,
    /// Every table that there are numbers for.
    pub tables: Vec<Table>,
    /// What the panels draw of them.
    pub pictures: Arc<Pictures>,
    /// What becomes of each claim; none where nothing of it is in.
    pub verdicts: Option<Verdicts>,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// The layers that were disturbed.
    pub layers: String,
    /// Trials that are in.
    pub finished: usize,
    /// Trials of the study.
    pub planned: usize,
    /// Whether nothing in it is preliminary.
    pub settled: bool,
    /// Counts the results that were held or opened: another number, another study file.
    pub series: u64,
    /// What all of it is made of: a copy shares the trials with the keeper.
    pub results: Arc<Results>,
    /// The texts and pairs; nothing until they are read, and none of published results.
    pub behind: Shelf,
}

impl Summary {
    /// Whether all trials are in.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.planned > 0 && self.finished >= self.planned
    }

    /// Of `results`, which the study file at `file` holds; `series` counts what was held or opened, and `behind` takes the texts.
    #[must_use]
    pub fn of(results: &Results, file: &Path, series: u64, behind: Shelf) -> Self {
        let findings = Arc::new(Findings::of(results.clone()));
        let tables = figure::tables(&findings);
        // Nothing is left to make while a frame is drawn.
        let pictures = Pictures::of(findings.clone());
        pictures.make_all();
        let verdicts = Verdicts::of(&findings);
        findings.forget_resamples();
        Self {
            study: results.study.clone(),
            origin: results.origin.clone(),
            file: file.to_owned(),
            pictures: Arc::new(pictures),
            verdicts,
            provenance: Provenance::of(results, file),
            tables,
            layers: findings.layers_in_words(),
            finished: results.finished(),
            planned: results.planned,
            settled: results.preliminary().is_none(),
            series,
            results: findings.results().clone(),
            behind,
        }
    }
}
