//! Every command of the window, once: the menus, the command palette and the keys all come from this list.

use super::action::{Action, Ask};
use egui::{Context, Key, KeyboardShortcut, Modifiers, ThemePreference};

/// A command.
#[derive(Debug, Clone)]
pub struct Command {
    /// The menu that it stands in.
    pub place: Place,
    /// A line parts it from the commands of another group.
    pub group: u8,
    /// What it is called; "…" where it asks for more.
    pub words: String,
    /// Its keys.
    pub keys: Option<KeyboardShortcut>,
    /// Other keys for the same.
    pub also: Option<KeyboardShortcut>,
    /// Why it cannot be used now.
    pub why_not: Option<&'static str>,
    /// Whether it is what is chosen, where it is one of several.
    pub chosen: Option<bool>,
    /// What it does.
    pub action: Action,
}

/// A menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Studies and files.
    File,
    /// Settings, back and forth.
    Edit,
    /// How the window looks.
    View,
    /// The panels, a menu within View.
    Panels,
    /// The run.
    Run,
    /// Words about the program.
    Help,
}

impl Place {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Panels => "Panel",
            Self::Run => "Run",
            Self::Help => "Help",
        }
    }
}

/// What the commands depend on.
pub struct State {
    /// The study that is shown; none on the start page.
    pub document: Option<DocumentState>,
    /// How many studies are open.
    pub documents: usize,
    /// The theme.
    pub theme: ThemePreference,
    /// How large everything is drawn.
    pub zoom: f32,
    /// Whether frame times are shown.
    pub frame_times: bool,
    /// Whether the set-up is shown.
    pub set_up: bool,
}

/// The same of the study that is shown.
pub struct DocumentState {
    /// Which.
    pub id: u64,
    /// Whether there are results.
    pub has_results: bool,
    /// Where its run is.
    pub run: RunState,
    /// Whether a change of its settings can be taken back, and whether one can be done again.
    pub history: (bool, bool),
    /// Whether its run would go on with a file.
    pub resumes: bool,
    /// Whether something keeps it from being run.
    pub is_blocked: bool,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// There is none.
    None,
    /// It waits for another to end.
    Queued,
    /// It is going.
    Going,
    /// It waits after a batch.
    Paused,
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// Keys of the command palette, which is no command itself.
pub const PALETTE: KeyboardShortcut = ctrl(Key::P);

const NO_STUDY: &str = "No study is open";
const NO_RESULTS: &str = "There are no results yet: press Run, or open a study file";
const NO_RUN: &str = "No run is going";

/// All commands, in the order of the menus.
#[must_use]
pub fn all(state: &State) -> Vec<Command> {
    let mut list = Vec::with_capacity(64);
    let mut add = |place, group, words: &str, keys, why_not, action| {
        list.push(Command { place, group, words: words.to_owned(), keys, also: None, why_not, chosen: None, action });
    };
    let document = state.document.as_ref();
    let no_study = document.is_none().then_some(NO_STUDY);
    let no_results = (!document.is_some_and(|document| document.has_results)).then_some(NO_RESULTS);

    add(Place::File, 0, "New study", Some(ctrl(Key::N)), None, Action::NewStudy);
    add(Place::File, 0, "Open…", Some(ctrl(Key::O)), None, Action::Ask(Ask::Open));
    add(Place::File, 0, "The demo's finished study", None, None, Action::OpenDemo);
    add(Place::File, 0, "Published results", None, None, Action::OpenPublished);
    add(Place::File, 0, "Start page", Some(KeyboardShortcut::new(Modifiers::ALT, Key::Home)), None, Action::ShowStart);
    add(Place::File, 1, "Save study…", Some(ctrl(Key::S)), no_study, Action::Ask(Ask::SaveStudy));
    add(Place::File, 1, "Export figure…", Some(ctrl_shift(Key::E)), no_results, Action::ExportFigure);
    add(Place::File, 1, "Export table…", Some(ctrl(Key::E)), no_results, Action::Ask(Ask::ExportTable));
    add(Place::File, 1, "Export trials…", None, no_results, Action::Ask(Ask::ExportTrials));
    add(Place::File, 1, "Export report…", None, no_results, Action::Ask(Ask::ExportReport));
    add(Place::File, 1, "Export card…", None, no_results, Action::Ask(Ask::ExportCard));
    add(Place::File, 1, "Export all…", None, no_results, Action::Ask(Ask::ExportAll));
    let close = document.map_or(Action::ShowStart, |document| Action::Close(document.id));
    add(Place::File, 2, "Close study", Some(ctrl(Key::W)), no_study, close);
    add(Place::File, 2, "Quit", Some(ctrl(Key::Q)), None, Action::Quit);

    edit(document, no_study, &mut add);
    run(document, no_study, &mut add);

    let one = (state.documents < 2).then_some("Only one study is open");
    add(Place::View, 0, "Next study", Some(ctrl(Key::PageDown)), one, Action::Next(1));
    add(Place::View, 0, "Previous study", Some(ctrl(Key::PageUp)), one, Action::Next(-1));
    add(Place::View, 0, "Reset layout", None, None, Action::ResetLayout);
    let words = if state.set_up { "Put the set-up away" } else { "Show the set-up" };
    add(Place::View, 0, words, Some(ctrl(Key::B)), no_study, Action::ShowSetUp);
    for (words, keys, to) in [
        ("Larger", ctrl(Key::Plus), state.zoom + 0.1),
        ("Smaller", ctrl(Key::Minus), state.zoom - 0.1),
        ("Normal size", ctrl(Key::Num0), 1.0),
    ] {
        add(Place::View, 2, words, Some(keys), None, Action::Zoom(to));
    }
    add(Place::View, 3, "Log", None, None, Action::ShowLog);

    for (i, tab) in crate::figure::View::ALL.into_iter().enumerate() {
        let keys = DIGITS.get(i).map(|key| ctrl(*key));
        add(Place::Panels, 0, tab.name(), keys, no_study, Action::Show(tab));
    }

    add(
        Place::Help,
        0,
        "Keyboard shortcuts",
        Some(KeyboardShortcut::new(Modifiers::NONE, Key::F1)),
        None,
        Action::ShowShortcuts,
    );
    add(Place::Help, 0, "About Polarscope", None, None, Action::ShowAbout);

    let mut choose = |group, words: &str, chosen, action| {
        let (place, words) = (Place::View, words.to_owned());
        list.push(Command { place, group, words, keys: None, also: None, why_not: None, chosen: Some(chosen), action });
    };
    for (theme, words) in
        [(ThemePreference::Light, "Light"), (ThemePreference::Dark, "Dark"), (ThemePreference::System, "As the system")]
    {
        choose(1, words, state.theme == theme, Action::Theme(theme));
    }
    choose(4, "Frame times", state.frame_times, Action::FrameTimes);
    if let Some(redo) = list.iter_mut().find(|command| command.action == Action::Redo) {
        redo.also = Some(ctrl(Key::Y));
    }
    list.sort_by_key(|command| (command.place as u8, command.group));
    list
}

type Add<'a> = dyn FnMut(Place, u8, &str, Option<KeyboardShortcut>, Option<&'static str>, Action) + 'a;

fn edit(document: Option<&DocumentState>, no_study: Option<&'static str>, add: &mut Add) {
    let (undoes, redoes) = document.map_or((false, false), |document| document.history);
    let busy = document.filter(|document| document.run != RunState::None).map(|_| "A run is going; cancel it first");
    let why = |can: bool, none| no_study.or(busy).or((!can).then_some(none));
    let none = "Nothing was changed since the study was opened";
    add(Place::Edit, 0, "Undo", Some(ctrl(Key::Z)), why(undoes, none), Action::Undo);
    add(Place::Edit, 0, "Redo", Some(ctrl_shift(Key::Z)), why(redoes, "Nothing was taken back"), Action::Redo);
}

fn run(document: Option<&DocumentState>, no_study: Option<&'static str>, add: &mut Add) {
    let is = |what: fn(&DocumentState) -> bool| document.is_some_and(what);
    let state = document.map_or(RunState::None, |document| document.run);
    let (going, queued) = (matches!(state, RunState::Going | RunState::Paused), state == RunState::Queued);
    let resumes = is(|d| d.resumes);
    let why = match () {
        () if no_study.is_some() => no_study,
        () if going => Some("A run is going already"),
        () if queued => Some("It waits for another run to end"),
        () if is(|d| d.is_blocked) => Some("A setting has to be mended first; the bar below says which"),
        () => None,
    };
    let words = if resumes { "Resume run" } else { "Run" };
    add(Place::Run, 0, words, Some(ctrl(Key::Enter)), why, Action::Run { resume: resumes });
    let (words, action) = if state == RunState::Paused { ("Go on", Action::Resume) } else { ("Pause", Action::Pause) };
    add(Place::Run, 0, words, Some(ctrl_shift(Key::Enter)), (!going).then_some(NO_RUN), action);
    let words = if queued { "Do not wait" } else { "Cancel run" };
    add(Place::Run, 0, words, Some(ctrl(Key::Period)), (!going && !queued).then_some(NO_RUN), Action::Cancel);
}

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// The commands whose keys were pressed.
pub fn pressed<'a>(commands: impl Iterator<Item = &'a Command>, context: &Context) -> Vec<Action> {
    let of = |command: &Command| [command.keys, command.also].into_iter().flatten();
    let mut keyed: Vec<(&Command, KeyboardShortcut)> =
        commands.flat_map(|command| of(command).map(move |keys| (command, keys))).collect();
    // Ctrl+Enter would take Ctrl+Shift+Enter as well.
    keyed.sort_by_key(|(_, keys)| !keys.modifiers.shift);
    let mut actions = Vec::new();
    for (command, keys) in keyed {
        if context.input_mut(|input| input.consume_shortcut(&keys)) && command.why_not.is_none() {
            actions.push(command.action.clone());
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn state() -> State {
        State {
            document: None,
            documents: 0,
            theme: ThemePreference::System,
            zoom: 1.0,
            frame_times: false,
            set_up: true,
        }
    }

    #[test]
    fn no_two_commands_have_the_same_keys() {
        let commands = all(&state());
        let mut seen = BTreeSet::new();
        for keys in commands.iter().flat_map(|command| [command.keys, command.also]).flatten().chain([PALETTE]) {
            assert!(seen.insert(format!("{keys:?}")), "{keys:?}");
        }
    }

    #[test]
    fn without_a_study_its_commands_say_why_not() {
        let commands = all(&state());
        for words in ["Run", "Pause", "Cancel run", "Save study…", "Close study", "Overview"] {
            let command = commands.iter().find(|command| command.words == words).unwrap();
            assert!(command.why_not.is_some(), "{words}");
        }
    }
}
