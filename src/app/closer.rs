//! Looking at a trial, on a thread of its own: it loads the model of a study file once, keeps it while that file is looked
//! at, and runs the passes of the trial that was asked for last.

use super::clerk::{Clerk, Lost};
use crate::error::{Error, ErrorKind, Interface};
use crate::hub::Hub;
use crate::runner::{self, Look};
use std::path::PathBuf;
use std::sync::Arc;

/// Which trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The study file.
    pub file: PathBuf,
    /// Tells apart what was opened under one name at different times.
    pub series: u64,
    /// Id of the condition.
    pub condition: usize,
    /// Id of the text or the pair.
    pub item: usize,
    /// The layer whose attention is wanted, should that of all be too much.
    pub layer: usize,
}

/// How far it is.
#[derive(Debug, Clone)]
pub enum State {
    /// Nothing was asked for.
    Idle,
    /// The model is being loaded.
    Loading,
    /// The passes are being run.
    Computing,
    /// They are done.
    Ready(Arc<Look>),
    /// They cannot be run.
    Failed(Failure),
}

/// Why a trial cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub words: String,
    /// Whether the model could not be opened, so that it has to be said which one it was.
    pub of_model: bool,
    /// Whether the Hub may have what is missing.
    pub can_be_fetched: bool,
}

/// The window's side.
pub struct Closer {
    clerk: Clerk<(u64, Ask), (u64, State)>,
    asked: Option<Ask>,
    /// Counts what was asked for.
    number: u64,
    state: State,
}

impl Closer {
    /// Starts the thread.
    #[must_use]
    pub fn start(context: egui::Context) -> Self {
        let work = |loaded: &mut Loaded, (number, ask): (u64, Ask), tell: &dyn Fn((u64, State))| {
            let state = look(loaded, &ask, &|state| tell((number, state)));
            tell((number, state.unwrap_or_else(State::Failed)));
        };
        Self { clerk: Clerk::start("closer", context, work), asked: None, number: 0, state: State::Idle }
    }

    /// How far `ask` is, which is begun where it is not what was asked last.
    pub fn look(&mut self, ask: &Ask) -> &State {
        if self.asked.as_ref() != Some(ask) {
            self.asked = Some(ask.clone());
            self.number += 1;
            let sent = self.clerk.ask((self.number, ask.clone()));
            self.state = sent.map_or_else(|lost| failed(&lost), |()| State::Computing);
        }
        loop {
            match self.clerk.answer() {
                Ok(Some((number, state))) if number == self.number => self.state = state,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(lost) => {
                    if matches!(self.state, State::Loading | State::Computing) {
                        self.state = failed(&lost);
                    }
                    break;
                }
            }
        }
        &self.state
    }

    /// Has the next call of [`Closer::look`] try again.
    pub fn try_again(&mut self) {
        self.asked = None;
    }
}

fn failed(lost: &Lost) -> State {
    State::Failed(Failure { words: lost.words("Running the model"), of_model: false, can_be_fetched: false })
}

/// The model that is loaded, and of which study file.
type Loaded = Option<((PathBuf, u64), runner::Closer)>;

fn look(loaded: &mut Loaded, ask: &Ask, tell: &dyn Fn(State)) -> Result<State, Failure> {
    let key = (ask.file.clone(), ask.series);
    if loaded.as_ref().is_none_or(|(known, _)| *known != key) {
        // One model at a time: there may be no room for two.
        *loaded = None;
        tell(State::Loading);
        let closer = runner::Closer::open(&ask.file, &mut Hub::cache_only()).map_err(|error| failure(&error, true))?;
        *loaded = Some((key, closer));
    }
    tell(State::Computing);
    let Some((_, closer)) = loaded else { return Ok(State::Idle) };
    let look = closer.look(ask.condition, ask.item, ask.layer).map_err(|error| failure(&error, false))?;
    Ok(State::Ready(Arc::new(look)))
}

fn failure(error: &Error, of_model: bool) -> Failure {
    let can_be_fetched = error.kind() == ErrorKind::NotCached;
    // The library speaks of commands that fetch; here is a button.
    let words = if can_be_fetched {
        "The weights are not on this machine, or not all of them".to_owned()
    } else {
        error.words(Interface::Window)
    };
    Failure { words, of_model, can_be_fetched }
}
