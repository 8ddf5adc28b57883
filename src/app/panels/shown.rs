//! What the panels of a study show, and where their commands go.

use super::view;
use crate::app::action::Action;
use crate::app::summary::Summary;
use crate::experiment::Origin;
use crate::study::{DeltaUnit, Mode, Study};
use std::sync::Arc;

/// What the panels show.
pub struct Shown<'a> {
    /// The summary; none before the first results.
    pub summary: Option<&'a Summary>,
    /// The summaries of the other studies that are open.
    pub others: &'a [Arc<Summary>],
    /// The study that is set up.
    pub study: &'a Study,
    /// Whether a run is going, or waits for another to end.
    pub going: bool,
    /// Whether something keeps it from being run.
    pub is_blocked: bool,
    /// Whether it waits.
    pub waits: bool,
    /// Commands.
    pub actions: &'a mut Vec<Action>,
}

impl<'a> Shown<'a> {
    /// The modes of the results.
    pub fn modes(&self) -> &'a [Mode] {
        &self.summary.map_or(self.study, |summary| &summary.study).perturbation.modes
    }

    pub fn origin(&self) -> view::Origin {
        view::Origin {
            series: self.summary.map_or(0, |summary| summary.series),
            complete: self.summary.is_some_and(Summary::is_complete),
            has_trials: self.summary.is_some_and(|summary| summary.origin == Origin::Run),
            unit: self.summary.map_or(DeltaUnit::Absolute, |summary| summary.study.perturbation.delta_unit),
        }
    }
}
