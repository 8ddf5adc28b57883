//! The export dialog, through the accessibility tree: what it shows, what it writes, and what it says where it cannot.

mod drive;

use drive::*;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;
use std::process::Command;

/// The dialog over the panel `tab` of a small finished study in `folder`.
fn dialog(folder: &Path, tab: &str) -> Window {
    let mut window = finished(folder, small());
    // High enough for all of the controls.
    window.set_size(egui::vec2(1440.0, 1500.0));
    wait(&mut window, "the last summary", |w| w.state().is_settled());
    open_tab(&mut window, tab);
    window.query_all_by_label("Export figure…").next().unwrap().click();
    window.step();
    wait(&mut window, "the preview", |w| shows(w, "Preview: "));
    window
}

/// What the command line writes of the same file.
fn exported(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    let output = command.current_dir(folder).args(["export", "finished.polar"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn the_dialog_writes_the_bytes_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path(), "Dissociation");
    window.check_accessibility();
    assert!(shows(&window, "Preview: Loss and grammatical judgement. "));
    assert!(shows(&window, "183 × "));
    press(&mut window, "89");
    wait(&mut window, "the narrow figure", |w| shows(w, "89 × "));
    press(&mut window, "Letters of panels");
    press(&mut window, "Logarithmic δ");
    press(&mut window, "PNG");
    assert_eq!(value(&window, "File name"), "finished-dissociation");
    press(&mut window, "Export");
    wait(&mut window, "the files", |w| shows(w, "Written: "));
    let arguments = ["--figure", "dissociation", "--width", "89", "--no-letters", "--log", "delta", "--format"];
    for (ending, format) in [("svg", "svg"), ("csv", "csv"), ("txt", "text")] {
        let written = std::fs::read(folder.path().join(format!("finished-dissociation.{ending}"))).unwrap();
        assert!(written == exported(folder.path(), &[&arguments[..], &[format]].concat()), "{ending}");
    }
    assert!(folder.path().join("finished-dissociation.pdf").exists());
    assert!(!folder.path().join("finished-dissociation.png").exists(), "PNG was left out");
}

#[test]
fn what_cannot_be_written_or_drawn_is_said_where_it_arises() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("finished-dose-response.pdf"), "mine").unwrap();
    let mut window = dialog(folder.path(), "Dose–response");
    press(&mut window, "Export");
    wait(&mut window, "the trouble", |w| shows(w, "finished-dose-response.pdf exists already"));
    assert!(!folder.path().join("finished-dose-response.svg").exists(), "what was written before is taken back");
    assert_eq!(std::fs::read_to_string(folder.path().join("finished-dose-response.pdf")).unwrap(), "mine");
    for form in ["SVG", "PDF", "PNG", "Data (CSV)", "Caption (text)"] {
        press(&mut window, form);
    }
    let export = window.get_by_role_and_label(Role::Button, "Export");
    assert!(export.accesskit_node().is_disabled(), "no form is chosen");
    // The window is there as before when the dialog is closed.
    window.key_press(egui::Key::Escape);
    window.step();
    window.step();
    assert!(!shows(&window, "Preview: "));
}

#[test]
fn another_figure_takes_its_name_along_and_copies_go_to_the_clipboard() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path(), "Displacement");
    assert!(shows(&window, "Preview: How far vectors are moved."));
    window.get_by_label("Copy caption").click();
    assert!(copied(&mut window).starts_with("How far vectors are moved."));
    press(&mut window, "Figure");
    press(&mut window, "How long vectors are");
    wait(&mut window, "the other figure", |w| shows(w, "Preview: How long vectors are."));
    assert_eq!(value(&window, "File name"), "finished-norms");
    press(&mut window, "Copy figure");
    wait(&mut window, "the copy", |w| shows(w, "The figure is copied, "));
}

#[test]
fn the_report_and_everything_come_from_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = finished(folder.path(), small());
    wait(&mut window, "the last summary", |w| w.state().is_settled());
    for (command, made) in [
        ("Export report…", "finished-report.html"),
        ("Export card…", "finished-card.md"),
        ("Export all…", "finished-export"),
    ] {
        press(&mut window, "File");
        press(&mut window, command);
        wait(&mut window, "the question", |w| w.query_by_role_and_label(Role::TextInput, "File").is_some());
        press(&mut window, "Export");
        wait(&mut window, made, |w| shows(w, "Exported to "));
        assert!(folder.path().join(made).exists(), "{made}");
        // The message of one is not taken for that of the next.
        wait(&mut window, "the message to pass", |w| !shows(w, "Exported to "));
    }
    let report = std::fs::read(folder.path().join("finished-report.html")).unwrap();
    assert!(report == exported(folder.path(), &["--report"]), "the bytes of the command line");
}
