//! The window, driven as a person drives it: through the accessibility tree, without a display.

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use polarscope::app::PolarscopeApp;
use polarscope::runner::{Event, Job, Worker};
use polarscope::study::{Seeds, Study, Sweep, Syntax};
use std::path::Path;
use std::time::{Duration, Instant};

const PARADIGM: &str = "regular_subject_verb_agreement";

/// The demo, cut down to what takes a second.
fn small() -> Study {
    let mut study = Study::demo();
    study.texts.limit = 4;
    study.perturbation.deltas = vec![0.25, 1.0];
    study.perturbation.seeds = Seeds::Count(2);
    study.experiments.sweep = Some(Sweep::default());
    study.experiments.syntax = Some(Syntax { paradigms: vec![PARADIGM.to_owned()], items: 8, ..Syntax::default() });
    study
}

type Window = Harness<'static, PolarscopeApp>;

fn window(folder: &Path, study: Study) -> Window {
    let folder = folder.to_owned();
    Harness::builder()
        .with_size([1080.0, 1400.0])
        .build_eframe(move |creation| PolarscopeApp::with_study(&creation.egui_ctx, folder, study))
}

/// Steps until `done`, which is looked at once per frame.
fn wait(window: &mut Window, what: &str, done: impl Fn(&Window) -> bool) {
    let start = Instant::now();
    while !done(window) {
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "waited in vain for {what}; messages: {:?}",
            window.state().messages().collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
}

fn shows(window: &Window, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}

/// Runs `study` into `out` without a window.
fn run(study: Study, out: &Path) {
    let worker =
        Worker::start(Job { study, out: out.to_owned(), device: polarscope::device::Choice::Cpu, resume: false })
            .unwrap();
    for event in &worker.events {
        if let Event::Finished(outcome) = event {
            outcome.unwrap();
            return;
        }
    }
}

#[test]
fn a_study_is_set_up_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    window.step();
    wait(&mut window, "the model's shape", |w| shows(w, "8 layers · hidden 128"));

    // Another δ: one chip goes, one is typed.
    window.get_by_label("Remove δ 1").click();
    window.step();
    window.step();
    assert_eq!(window.state().study().perturbation.deltas, [0.25]);
    window.get_by_label("Add δ").focus();
    window.step();
    window.get_by_label("Add δ").type_text("0.75");
    window.step();
    window.key_press(egui::Key::Enter);
    window.step();
    window.step();
    assert_eq!(window.state().study().perturbation.deltas, [0.25, 0.75]);

    // Layers by the strip: layer 2 of 2–5 is left alone.
    window.get_by_label("Layer 2").click();
    window.step();
    window.step();
    assert_eq!(window.state().study().perturbation.layers.to_string(), "3-5");

    // 4 texts and 8 pairs under 2 modes × 2 δ × 2 seeds and the clean run.
    wait(&mut window, "the estimate", |w| shows(w, "108 trials · "));
    window.check_accessibility();
    window.get_by_label("Run").click();
    window.step();
    wait(&mut window, "the run to begin", |w| w.state().is_running());
    wait(&mut window, "the run to end", |w| !w.state().is_running());
    wait(&mut window, "all trials", |w| w.state().trials_shown() == 108);
    window.step();
    assert_eq!(window.state().messages().collect::<Vec<_>>(), Vec::<&str>::new());

    // The table has a row for the new δ, and says what it is made of.
    assert!(shows(&window, "0.75"));
    assert!(shows(&window, "angular (nats)"));
    assert!(shows(&window, "mean ± sd over 2 seeds, 4 texts"));
    assert!(shows(&window, "Finished: 108 trials in demo.polar"));
    assert!(folder.path().join("demo.polar").is_file());
    window.get_by_label("Accuracy drop").click();
    window.step();
    window.step();
    assert!(shows(&window, "angular (points)"));

    // The next run has a name of its own.
    wait(&mut window, "a free name", |w| value(w, "Results file") == "demo-2.polar");
    let times = window.state().frame_times();
    println!(
        "{} frames: median {:?}, 95 % within {:?}, longest {:?}",
        times.frames(),
        times.percentile(50),
        times.percentile(95),
        times.percentile(100)
    );
}

fn value(window: &Window, label: &str) -> String {
    window.get_by_label(label).accesskit_node().value().unwrap_or_default()
}

#[test]
fn a_setting_that_cannot_work_is_marked_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    window.step();
    window.get_by_label("Add δ").focus();
    window.step();
    window.get_by_label("Add δ").type_text("0");
    window.step();
    window.key_press(egui::Key::Enter);
    for _ in 0..3 {
        window.step();
    }
    assert!(shows(&window, "The δ grid holds 0: every δ must be a finite number greater than 0"));
    assert!(window.get_by_label("Run").accesskit_node().is_disabled());
    window.get_by_label("Remove δ 0").click();
    for _ in 0..3 {
        window.step();
    }
    assert!(!shows(&window, "The δ grid holds 0"));
    assert!(!window.get_by_label("Run").accesskit_node().is_disabled());
}

#[test]
fn an_error_appears_in_words_and_leaves_the_window_usable() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    window.step();
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    // Somebody else makes a file of the name that was proposed.
    run(small(), &folder.path().join("demo.polar"));
    window.get_by_label("Run").click();
    window.step();
    wait(&mut window, "the error", |w| shows(w, "demo.polar exists and is finished; choose another results file"));
    assert!(!window.state().is_running());
    wait(&mut window, "another name", |w| shows(w, "Use demo-2.polar"));
    window.step(); // a panel finds its height in the frame after the one in which it grows
    window.get_by_label("Use demo-2.polar").click();
    wait(&mut window, "the new name", |w| value(w, "Results file") == "demo-2.polar");
    window.get_by_label("Run").click();
    window.step();
    wait(&mut window, "the run to begin", |w| w.state().is_running());
    wait(&mut window, "all trials", |w| w.state().trials_shown() > 0 && !w.state().is_running());
    assert!(folder.path().join("demo-2.polar").is_file());
}

#[test]
fn a_finished_study_is_extended() {
    let folder = tempfile::tempdir().unwrap();
    run(small(), &folder.path().join("demo.polar"));
    let mut more = small();
    more.perturbation.seeds = Seeds::Count(3);
    let mut window = window(folder.path(), more);
    window.step();
    wait(&mut window, "a free name", |w| value(w, "Results file") == "demo-2.polar");
    window.get_by_label("Results file").focus();
    window.step();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    window.get_by_label("Results file").type_text("demo.polar");
    wait(&mut window, "the choice", |w| w.query_by_label("Extend it").is_some());
    window.step();
    window.get_by_label("Extend it").click();
    wait(&mut window, "all trials", |w| w.state().trials_shown() == (4 + 8) * (1 + 2 * 2 * 3));
    assert!(!folder.path().join("demo-2.polar").exists());
}

#[test]
fn a_study_file_is_opened_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.polar");
    let mut study = small();
    study.name = "Mine".to_owned();
    study.perturbation.deltas = vec![0.35];
    run(study, &file);
    let mut window = {
        let (folder, file) = (folder.path().to_owned(), file.clone());
        Harness::builder()
            .with_size([1080.0, 1400.0])
            .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some(file)))
    };
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    window.step();
    assert_eq!(window.state().study().name, "Mine");
    assert!(shows(&window, "0.35"));
    assert!(shows(&window, "mine.polar"));
    assert!(!shows(&window, "preliminary"));
}

#[test]
fn a_file_that_cannot_be_opened_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.polar"), "no database").unwrap();
    let mut window = {
        let folder = folder.path().to_owned();
        Harness::builder().with_size([1080.0, 1400.0]).build_eframe(move |creation| {
            let file = folder.join("broken.polar");
            PolarscopeApp::new(creation, folder, Some(file))
        })
    };
    wait(&mut window, "the error", |w| shows(w, "broken.polar: not a Polarscope study file"));
    assert!(!window.get_by_label("Run").accesskit_node().is_disabled());
}
