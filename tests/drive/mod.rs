//! Driving the window through the accessibility tree, without a display.

#![allow(dead_code)] // each file of tests uses some of it

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use polarscope::app::PolarscopeApp;
use polarscope::runner::{Event, Job, Worker};
use polarscope::study::{Audit, Heads, LayerSets, Layers, Reading, Repairing, Seeds, Study, Sweep, Syntax};
use std::path::Path;
use std::time::{Duration, Instant};

pub const PARADIGM: &str = "regular_subject_verb_agreement";

/// The demo, cut down to what takes a second.
pub fn small() -> Study {
    let mut study = Study::demo();
    study.texts.limit = 4;
    study.perturbation.deltas = vec![0.25, 1.0];
    study.perturbation.seeds = Seeds::Count(2);
    study.experiments.sweep = Some(Sweep::default());
    study.experiments.syntax = Some(Syntax { paradigms: vec![PARADIGM.to_owned()], items: 8, ..Syntax::default() });
    study
}

pub type Window = Harness<'static, PolarscopeApp>;

pub fn window(folder: &Path, study: Study) -> Window {
    let folder = folder.to_owned();
    Harness::builder()
        .with_size([1080.0, 1800.0])
        .build_eframe(move |creation| PolarscopeApp::with_study(&creation.egui_ctx, folder, study))
}

/// Steps until `done`, which is looked at once per frame.
pub fn wait(window: &mut Window, what: &str, done: impl Fn(&Window) -> bool) {
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

pub fn shows(window: &Window, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}

/// Runs `study` into `out` without a window.
pub fn run(study: Study, out: &Path) {
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

pub fn value(window: &Window, label: &str) -> String {
    window.get_by_label(label).accesskit_node().value().unwrap_or_default()
}

/// Presses what is called `label`, and lets the window answer.
pub fn press(window: &mut Window, label: &str) {
    window.step(); // a panel finds its height in the frame after the one in which it grows
    window.get_by_label(label).click();
    window.step();
    window.step();
}

/// Opens the tab `name`.
pub fn open_tab(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Tab, name).click();
    for _ in 0..3 {
        window.step();
    }
}

/// Every experiment, on a handful of texts.
pub fn everything() -> Study {
    let mut study = small();
    study.perturbation.deltas = vec![0.5];
    let (delta, texts) = (Some(0.5), Some(3));
    let experiments = &mut study.experiments;
    let reading = Reading { delta, texts, read_layers: Some(Layers::All), ..Reading::default() };
    let repairing = Repairing { delta, texts, ..Repairing::default() };
    experiments.entropy = Some(reading.clone());
    experiments.qk_alignment = Some(reading);
    experiments.attention_repair = Some(repairing.clone());
    experiments.pathways = Some(repairing.clone());
    experiments.norm_repair = Some(repairing);
    experiments.heads = Some(Heads { delta, texts, top: vec![2, 4], singles: 2, ..Heads::default() });
    experiments.layer_sets = Some(LayerSets { delta, texts, size: 2, random: 1, window: 3, ..LayerSets::default() });
    experiments.audit = Some(Audit { texts, items: Some(4), ..Audit::default() });
    study
}

/// The window on the finished study file of `study`.
pub fn finished(folder: &Path, study: Study) -> Window {
    let file = folder.join("finished.polar");
    run(study, &file);
    let folder = folder.to_owned();
    let mut window = Harness::builder()
        .with_size([1440.0, 900.0])
        .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some(file)));
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    for _ in 0..3 {
        window.step();
    }
    window
}

/// What was put on the clipboard since the last frame but one.
pub fn copied(window: &mut Window) -> String {
    for _ in 0..200 {
        let commands = &window.output().platform_output.commands;
        let text = commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = text {
            return text;
        }
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
    panic!("nothing was copied");
}
