//! The window as a whole: what one may begin with, several open studies, the commands, and what is remembered.

mod drive;

use drive::*;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use polarscope::app::PolarscopeApp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The window as it starts without a file.
fn started(folder: &Path) -> Window {
    let folder = folder.to_owned();
    let mut window = Harness::builder()
        .with_size([1280.0, 800.0])
        .build_eframe(move |creation| PolarscopeApp::new(creation, folder, None));
    window.step();
    window
}

fn tabs(window: &Window) -> usize {
    window.query_all_by_role(Role::Tab).filter(|tab| label_of(tab).starts_with("Study ")).count()
}

fn label_of(node: &egui_kittest::Node) -> String {
    use egui_kittest::kittest::NodeT;
    node.accesskit_node().label().unwrap_or_default()
}

#[test]
fn the_start_page_leads_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = started(folder.path());
    window.check_accessibility();
    for config in polarscope::study::CONFIGS {
        assert!(window.query_by_label(config.name).is_some(), "{}", config.name);
    }
    press(&mut window, "Pythia-410M, as published");
    assert_eq!(window.state().study().unwrap().model.id, "EleutherAI/pythia-410m");
    press(&mut window, "Start page");
    press(&mut window, "New study");
    assert_eq!(window.state().study().unwrap().model.id, "demo");
    press(&mut window, "Start page");
    press(&mut window, "Published results");
    wait(&mut window, "the published values", |w| shows(w, "not a run"));
    press(&mut window, "Start page");
    press(&mut window, "Open…");
    wait(&mut window, "the question", |w| w.query_by_role_and_label(Role::TextInput, "File").is_some());
    assert_eq!(tabs(&window), 3);
}

#[test]
fn the_demo_opens_with_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = started(folder.path());
    press(&mut window, "Explore the demo");
    wait(&mut window, "its results", |w| w.state().is_settled());
    window.step();
    assert_eq!(window.state().study().unwrap().name, "The demo, every experiment");
    assert!(!shows(&window, "preliminary") && window.state().messages().next().is_none());
    // Once open, it is shown again and not opened twice.
    press(&mut window, "Start page");
    press(&mut window, "Explore the demo");
    assert!(window.state().trials_shown() > 0);
    assert_eq!(tabs(&window), 1);
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("it is read by its path".to_owned())
    }
}

fn drop_on(window: &mut Window, path: &Path) {
    window.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
    window.step();
    window.step();
}

#[test]
fn files_and_models_are_dropped_on_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    run(small(), &path("results.polar"));
    std::fs::write(path("mine.toml"), "name = \"Mine\"\n[experiments.sweep]\n").unwrap();
    std::fs::create_dir(path("a-model")).unwrap();
    let mut window = started(folder.path());
    drop_on(&mut window, &path("results.polar"));
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    drop_on(&mut window, &path("mine.toml"));
    wait(&mut window, "the study", |w| w.state().study().is_some_and(|study| study.name == "Mine"));
    drop_on(&mut window, &path("a-model"));
    assert_eq!(window.state().study().unwrap().model.id, path("a-model").to_string_lossy());
    drop_on(&mut window, &path("weights.gguf"));
    assert_eq!(window.state().study().unwrap().model.id, path("weights.gguf").to_string_lossy());
    assert_eq!(tabs(&window), 4);
}

#[test]
fn one_runs_and_another_waits() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = small();
    long.texts.limit = 100;
    long.perturbation.seeds = polarscope::study::Seeds::Count(10);
    let mut window = window(folder.path(), long);
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Run");
    wait(&mut window, "the run to begin", |w| w.state().is_running());
    press(&mut window, "File");
    press(&mut window, "New study");
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Run");
    wait(&mut window, "the waiting", |w| shows(w, "Waits for demo.polar"));
    assert!(!window.state().is_running());
    // It is let go before its turn, and then waits again.
    press(&mut window, "Cancel");
    wait(&mut window, "the end of waiting", |w| !shows(w, "Waits for"));
    press(&mut window, "Run");
    wait(&mut window, "its turn", |w| w.state().is_running());
    wait(&mut window, "its first trials", |w| w.state().trials_shown() > 0);
    press(&mut window, "Cancel");
    wait(&mut window, "its end", |w| !w.state().is_running());
    let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "polar"));
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn a_run_pauses_goes_on_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = small();
    long.texts.limit = 100;
    long.perturbation.seeds = polarscope::study::Seeds::Count(5);
    let mut window = window(folder.path(), long);
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Run");
    wait(&mut window, "the first trials", |w| w.state().trials_shown() > 0);
    press(&mut window, "Pause");
    let words = |window: &Window| {
        let mut bar = window.query_all_by_label_contains("Paused after trial");
        bar.next().map(|node| label_of(&node))
    };
    wait(&mut window, "the pause", |w| words(w).is_some());
    // No trial is done while it waits.
    let at = words(&window);
    for _ in 0..30 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        window.step();
    }
    assert!(window.state().is_running());
    assert_eq!(words(&window), at);
    press(&mut window, "Resume");
    wait(&mut window, "all trials", |w| shows(w, "Finished: ") && w.state().is_settled());
    assert_eq!(window.state().trials_shown(), (100 + 8) * (1 + 2 * 2 * 5));
}

#[test]
fn a_finished_study_stays_open_where_it_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = finished(folder.path(), small());
    let there = window.state().trials_shown();
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Run");
    wait(&mut window, "the run to begin", |w| w.state().is_running());
    assert_eq!(tabs(&window), 2);
    wait(&mut window, "all trials", |w| shows(w, "Finished: ") && w.state().is_settled());
    window.get_by_role_and_label(Role::Tab, "Study finished.polar").click();
    window.step();
    window.step();
    assert_eq!(window.state().trials_shown(), there);
}

#[test]
fn closing_asks_where_something_would_be_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    window.step();
    press(&mut window, "Remove δ 1");
    press(&mut window, "Close Double dissociation on the built-in demo");
    window.step(); // a question only measures itself in its first frame
    assert!(shows(&window, "were changed and are not saved"));
    press(&mut window, "Keep it open");
    assert!(window.state().study().is_some());
    press(&mut window, "Close Double dissociation on the built-in demo");
    window.step();
    press(&mut window, "Close without saving");
    assert!(window.state().study().is_none());
    // A study as it came is closed at once.
    press(&mut window, "New study");
    press(&mut window, "Close Double dissociation on the built-in demo");
    assert!(window.state().study().is_none());
}

fn request_close(window: &mut Window) -> bool {
    let root = egui::ViewportId::ROOT;
    window.input_mut().viewports.entry(root).or_default().events.push(egui::ViewportEvent::Close);
    window.step();
    let cancelled = window
        .output()
        .viewport_output
        .values()
        .flat_map(|output| &output.commands)
        .any(|command| *command == egui::ViewportCommand::CancelClose);
    window.input_mut().viewports.entry(root).or_default().events.clear();
    window.step();
    cancelled
}

#[test]
fn closing_the_window_while_it_runs_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = small();
    long.texts.limit = 100;
    long.perturbation.seeds = polarscope::study::Seeds::Count(20);
    let mut window = window(folder.path(), long);
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    assert!(!request_close(&mut window));
    press(&mut window, "Run");
    wait(&mut window, "the first trials", |w| w.state().trials_shown() > 0);
    assert!(request_close(&mut window));
    assert!(shows(&window, "Resume goes on with it another time"));
    press(&mut window, "Keep it open");
    assert!(window.state().is_running());
    press(&mut window, "Cancel");
    wait(&mut window, "the end", |w| !w.state().is_running());
}

#[test]
fn a_command_is_found_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    for _ in 0..4 {
        window.step();
    }
    window.check_accessibility();
    window.event(Event::Text("panel audit".to_owned()));
    window.step();
    window.step();
    assert!(window.query_by_label("Panel: Overview").is_none());
    window.key_press(Key::Enter);
    for _ in 0..3 {
        window.step();
    }
    assert!(shows(&window, "It would show which setting of the protocol"));
    assert!(window.query_by_label("Find a command").is_none());
    // Signs that no keyboard has are typed as others.
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.step();
    window.step();
    window.event(Event::Text("panel q-k".to_owned()));
    window.step();
    window.key_press(Key::Enter);
    for _ in 0..3 {
        window.step();
    }
    assert!(shows(&window, "It would show how queries, keys"));
    // What cannot be done is not done.
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.step();
    window.step();
    window.event(Event::Text("export trials".to_owned()));
    window.step();
    window.key_press(Key::Enter);
    window.step();
    assert!(window.query_by_role_and_label(Role::TextInput, "File").is_none());
    window.key_press(Key::Escape);
    window.step();
    window.step();
    assert!(window.query_by_label("Find a command").is_none());
}

#[test]
fn a_study_that_was_broken_off_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = small();
    long.texts.limit = 60;
    long.perturbation.seeds = polarscope::study::Seeds::Count(10);
    {
        let mut window = window(folder.path(), long);
        wait(&mut window, "the estimate", |w| shows(w, " trials · "));
        press(&mut window, "Run");
        wait(&mut window, "the first trials", |w| w.state().trials_shown() > 0);
        // The window goes away in the middle of it.
    }
    let mut window = started(folder.path());
    drop_on(&mut window, &folder.path().join("demo.polar"));
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    assert!(window.state().messages().any(|words| words.contains("This study is not finished")));
    wait(&mut window, "the offer", |w| w.query_by_label("Resume run").is_some());
    press(&mut window, "Resume run");
    wait(&mut window, "all trials", |w| shows(w, "Finished: ") && !shows(w, "preliminary"));
}
