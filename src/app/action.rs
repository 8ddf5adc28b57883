//! What the interface asks for; applied once per frame, after everything is drawn.

use super::source::Source;
use crate::experiment::Kind;
use crate::figure::{Format, TableView, View};
use crate::study::Config;
use egui::ThemePreference;
use std::path::PathBuf;

/// A command of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Run the study; `resume` says whether a results file that is there is gone on with.
    Run {
        /// Whether a results file that is there may be continued.
        resume: bool,
    },
    /// Look again at the study that is set up, and what it takes.
    LookAgain,
    /// Wait after the batch in flight.
    Pause,
    /// Go on.
    Resume,
    /// Stop; what is finished is kept.
    Cancel,
    /// Open a study file or a study TOML.
    Open(PathBuf),
    /// Show the figures of the published study.
    OpenPublished,
    /// Open them beside the study that is shown.
    AddPublished,
    /// Set up a study, from the settings of the built-in demo.
    NewStudy,
    /// Set up a study that comes with the program.
    NewFrom(Config),
    /// Open the finished study that comes with the program.
    OpenDemo,
    /// Show the start page.
    ShowStart,
    /// Show an open study.
    ShowDocument(u64),
    /// Show the open study so many places further.
    Next(isize),
    /// Close an open study, once what would be lost was asked about.
    Close(u64),
    /// Do what was asked about.
    Confirm(Confirm),
    /// Bring a panel to the front.
    Show(View),
    /// Put the panels back where they stood at first.
    ResetLayout,
    /// Take a file out of those that were opened lately.
    Forget(PathBuf),
    /// Light or dark.
    Theme(ThemePreference),
    /// How large everything is drawn.
    Zoom(f32),
    /// Show the set-up, or put it away.
    ShowSetUp,
    /// Show frame times, or no more.
    FrameTimes,
    /// Show what was said.
    ShowLog,
    /// Show the keys.
    ShowShortcuts,
    /// Say what the program is.
    ShowAbout,
    /// Write the study that is set up as TOML.
    SaveStudy(PathBuf),
    /// Write a table or the trials.
    Export(Export, PathBuf),
    /// Put the table of this name on the clipboard, as it is looked at.
    CopyTable(&'static str, Format, TableView),
    /// Put this text on the clipboard, and say these words.
    CopyText(String, &'static str),
    /// Show how a figure is exported.
    ExportFigure,
    /// Ask for a path.
    Ask(Ask),
    /// Take the model, texts, pairs or directions that are at a path.
    Use(Source, PathBuf),
    /// Fetch it from the Hub.
    Download(Source),
    /// End the download of what is called so.
    CancelDownload(Source, String),
    /// Look again which devices there are, and how much of their memory is free.
    LookForDevices,
    /// Propose a results file that does not exist.
    FreeName,
    /// Take a message away.
    Dismiss(usize),
    /// Take back the last change of the study.
    Undo,
    /// Make the change again that was taken back last.
    Redo,
    /// Add an experiment with the study's settings.
    Add(Kind),
    /// Close the window.
    Quit,
}

/// What a path is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A study file or study TOML to open.
    Open,
    /// Where the study goes.
    SaveStudy,
    /// Where a table goes.
    ExportTable,
    /// Where the trials go.
    ExportTrials,
    /// Where the report goes.
    ExportReport,
    /// Where the reproducibility card goes.
    ExportCard,
    /// Which folder everything goes into.
    ExportAll,
    /// Where the model, texts, pairs or directions are.
    Source(Source),
}

/// What can be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Export {
    /// The table of this name, as it is looked at.
    Table(&'static str, Format, TableView),
    /// Every trial: as Parquet where the file's name ends so, else as CSV.
    Trials,
    /// The report.
    Report,
    /// The reproducibility card: as JSON where the file's name ends so, else as Markdown.
    Card,
    /// Everything, into a folder.
    All,
}

/// What is asked about before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Closing the window.
    Quit,
    /// Closing an open study.
    Close(u64),
}
