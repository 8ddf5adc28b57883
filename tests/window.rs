//! The window, driven as a person drives it: through the accessibility tree, without a display.

mod drive;
mod hub_server;

use drive::*;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hub_server::table::{Values, parquet};
use hub_server::{Access, Fault, Repository, Server};
use polarscope::app::PolarscopeApp;
use polarscope::study::{Audit, Degrees, Direction, Mode, Reading, Seeds, Tokens};
use std::path::Path;
use std::time::{Duration, Instant};

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
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [0.25]);
    window.get_by_label("Add δ").focus();
    window.step();
    window.get_by_label("Add δ").type_text("0.75");
    window.step();
    window.key_press(egui::Key::Enter);
    window.step();
    window.step();
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [0.25, 0.75]);

    // Layers by the strip: layer 2 of 2–5 is left alone.
    window.get_by_label("Layer 2").click();
    window.step();
    window.step();
    assert_eq!(window.state().study().unwrap().perturbation.layers.to_string(), "3-5");

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
    open_tab(&mut window, "Dissociation");
    press(&mut window, "Loss damage");
    assert!(shows(&window, "0.75"));
    assert!(shows(&window, "angular (nats)"));
    assert!(shows(&window, "mean ± sd over 2 seeds, 4 texts"));
    wait(&mut window, "the bar to say so", |w| shows(w, "Finished: 108 trials in demo.polar"));
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
    assert_eq!(window.state().study().unwrap().name, "Mine");
    assert!(shows(&window, "0.35"));
    assert!(shows(&window, "mine.polar"));
    assert!(!shows(&window, "preliminary"));
}

#[test]
fn the_published_figures_are_opened_and_marked() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = {
        let folder = folder.path().to_owned();
        Harness::builder()
            .with_size([1400.0, 1400.0])
            .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some("published".into())))
    };
    let title = "values printed by arXiv 2602.11169, not a run";
    wait(&mut window, "the published figures", |w| shows(w, title));
    window.step();
    assert!(window.state().messages().any(|message| message.contains("not a run")));
    open_tab(&mut window, "Dissociation");
    assert!(shows(&window, "Published: Pythia-410M (arXiv 2602.11169)") && shows(&window, "7.060 ± 0.049"));
    assert!(!shows(&window, "preliminary"));
    window.check_accessibility();
    // The set-up has the study that they came from, whole, for a run of one's own.
    assert_eq!(window.state().study().unwrap().name, "Pythia-410M, as published");
    assert!(window.state().study().unwrap().experiments.layer_sets.is_some() && !window.state().is_running());
    for (tab, part) in [
        ("Entropy", "What the study printed is not enough for a picture here"),
        ("Repair", "What repairs give back"),
        ("Heads", "What the study printed is not enough for a picture here"),
        ("Displacement", "What the study printed is not enough for a picture here"),
    ] {
        open_tab(&mut window, tab);
        assert!(shows(&window, part) && shows(&window, title), "{tab}");
    }
    open_tab(&mut window, "Overview");

    // Trials are not among what was printed.
    press(&mut window, "File");
    press(&mut window, "Export trials…");
    wait(&mut window, "the question", |w| w.query_by_role_and_label(Role::TextInput, "File").is_some());
    window.step();
    press(&mut window, "Export");
    wait(&mut window, "the answer", |w| w.state().messages().any(|message| message.contains("no trials of them")));
    assert!(!folder.path().join("published-trials.csv").exists());

    // From another study it is a menu away.
    press(&mut window, "File");
    press(&mut window, "New study");
    wait(&mut window, "the demo", |w| !shows(w, title));
    press(&mut window, "File");
    press(&mut window, "Published results"); // open already, and shown again
    wait(&mut window, "the published figures again", |w| shows(w, title));
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
    // What cannot be shown is not left open.
    assert!(window.state().study().is_none() && shows(&window, "Explore the demo"));
}

/// Where a test runs again whose Hub is a server of its own: only a process can have an environment of its own.
const ON_ITS_OWN: &str = "POLARSCOPE_TEST_ON_ITS_OWN";

/// True in the process that a test runs in again, with `server` for its Hub and an empty cache. The test itself waits
/// for that process, and is done.
fn on_its_own(test: &str, server: &Server, more: &[(&str, &str)]) -> bool {
    if std::env::var_os(ON_ITS_OWN).is_some() {
        return true;
    }
    let cache = tempfile::tempdir().unwrap();
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args([test, "--exact", "--nocapture"]).env(ON_ITS_OWN, "1");
    again.env("HF_ENDPOINT", server.url()).env("HF_HOME", cache.path()).envs(more.iter().copied());
    for variable in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_TOKEN_PATH", "HTTP_PROXY", "http_proxy"] {
        again.env_remove(variable);
    }
    let outcome = again.output().unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout) + String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success(), "{said}");
    false
}

/// The demo as a repository of the Hub.
fn remote(id: &str) -> Repository {
    let read = |name: &str| std::fs::read(format!("assets/demo/{name}")).unwrap();
    let model = Repository::model(id).small("config.json", read("config.json"));
    model.small("tokenizer.json", read("tokenizer.json")).large("model.safetensors", read("model.safetensors"))
}

/// The window with the model `id` of the Hub.
fn window_of(folder: &Path, id: &str) -> Window {
    let mut study = small();
    id.clone_into(&mut study.model.id);
    window(folder, study)
}

#[test]
fn every_experiment_has_its_picture_and_its_tables() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), everything());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    for tab in ["Statistics", "Entropy", "Repair", "Heads", "Layers", "Q–K", "Audit", "Displacement"] {
        open_tab(&mut window, tab);
        assert!(shows(&window, "Press Run; this place then shows"), "{tab}");
    }
    press(&mut window, "Run");
    wait(&mut window, "the run to begin", |w| w.state().is_running());
    wait(&mut window, "the run to end", |w| !w.state().is_running());
    wait(&mut window, "all trials", |w| shows(w, "Finished: "));
    wait(&mut window, "the last summary", |w| w.state().trials_shown() > 0 && !shows(w, "preliminary"));
    assert_eq!(window.state().messages().collect::<Vec<_>>(), Vec::<&str>::new());
    // Of each tab the tables: the name of one that is not the first, and what only its heads or its caption have.
    let tabs: [(&str, &[(&str, &str)]); 11] = [
        ("Overview", &[("", "Press a card to see how it was computed")]),
        ("Dissociation", &[("", "angular (nats)"), ("Accuracy drop", "angular (points)")]),
        ("Dose–response", &[("", "why not")]),
        ("Statistics", &[("", "p (Holm)"), ("Effect sizes", "d_z")]),
        ("Entropy", &[("", "p (rises)"), ("Entropy by layer", "of each layer, mean over query positions and heads")]),
        ("Repair", &[("", "Repair: the output of attention."), ("Pathways", "of the MLP, or of both.")]),
        ("Heads", &[("", "change, angular (nats)"), ("Heads repaired", "single heads (layer.head)")]),
        ("Layers", &[("", "over the whole depth"), ("Sets", "the attention of sets of layers")]),
        ("Q–K", &[("", "Top key changed: share of queries")]),
        ("Audit", &[("", "its Shapley value"), ("Audit of pairs, all settings", "drop (points)")]),
        (
            "Displacement",
            &[("", "out of reach (%)"), ("Final stream", "angle (°)"), ("Norms by position", "mean norm")],
        ),
    ];
    for (tab, tables) in tabs {
        open_tab(&mut window, tab);
        for (name, part) in tables {
            if !name.is_empty() {
                press(&mut window, name);
            }
            assert!(shows(&window, part), "{tab}, {name}: \"{part}\"");
        }
        window.check_accessibility();
    }
    for view in ["Single layers", "Windows of 3", "Sets"] {
        open_tab(&mut window, "Layers");
        press(&mut window, view);
    }
    // What is exported is what is shown.
    open_tab(&mut window, "Heads");
    press(&mut window, "Export table…");
    wait(&mut window, "the question", |w| w.query_by_role_and_label(Role::TextInput, "File").is_some());
    let name = window.get_by_role_and_label(Role::TextInput, "File").accesskit_node().value().unwrap_or_default();
    assert!(name.ends_with("-heads_repair.csv"), "{name}");
}

#[test]
fn an_experiment_that_is_switched_on_has_settings_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    let names = [
        "Attention entropy",
        "Queries and keys",
        "Attention repair",
        "Pathway repair",
        "Norm repair",
        "Heads",
        "Layer sets",
        "Audit",
    ];
    for name in names {
        window.get_by_role_and_label(Role::CheckBox, name).click_accesskit();
        window.step();
        window.step();
    }
    let study = window.state().study().unwrap();
    study.validate().unwrap();
    // δ are fractions here, so that the library has no default.
    assert_eq!(study.experiments.entropy.as_ref().unwrap().delta, Some(1.0));
    // The demo disturbs four layers, of which no set of four can be chosen.
    assert_eq!(study.experiments.layer_sets.as_ref().unwrap().size, 2);
    wait(&mut window, "another estimate", |w| shows(w, " trials · ") && !shows(w, "108 trials"));
    assert!(!window.get_by_label("Run").accesskit_node().is_disabled());
    window.get_by_label("Settings of heads").click_accesskit();
    window.get_by_label("Settings of layer sets").click_accesskit();
    window.get_by_label("Settings of audit").click_accesskit();
    for _ in 0..20 {
        window.step();
    }
    assert!(shows(&window, "heads together"));
    window.check_accessibility();
    for name in names {
        window.get_by_role_and_label(Role::CheckBox, name).click_accesskit();
        window.step();
        window.step();
    }
    assert_eq!(window.state().study().unwrap().experiments, small().experiments);
}

#[test]
fn a_tab_without_its_experiment_offers_to_add_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    open_tab(&mut window, "Heads");
    assert!(shows(&window, "The study does not ask for this yet"));
    press(&mut window, "Add the heads");
    let study = window.state().study().unwrap();
    assert_eq!(study.experiments.heads.as_ref().unwrap().delta, Some(1.0));
    study.validate().unwrap();
    assert!(shows(&window, "Press Run; this place then shows which heads look differently"));
}

#[test]
fn what_is_wrong_with_an_experiment_is_said_where_it_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    study.experiments.entropy = Some(Reading::default());
    let mut window = window(folder.path(), study);
    window.step();
    window.step();
    assert!(shows(&window, "δ is not set: its default is a length (5), and this study's δ are fractions"));
    assert!(window.get_by_label("Run").accesskit_node().is_disabled());
    window.get_by_label("Use δ 1").click_accesskit();
    for _ in 0..3 {
        window.step();
    }
    assert_eq!(window.state().study().unwrap().experiments.entropy.as_ref().unwrap().delta, Some(1.0));
    assert!(!shows(&window, "δ is not set"));
    assert!(!window.get_by_label("Run").accesskit_node().is_disabled());
}

const PYTHIA: &str = "EleutherAI/pythia-14m";

#[test]
fn a_model_of_the_hub_is_chosen_downloaded_and_run() {
    let server = Server::start(vec![remote(PYTHIA)]);
    // The first time a million bytes come, and then nothing.
    server.fail(&remote(PYTHIA).etag("model.safetensors"), 1, Fault::StallAfter(1_000_000));
    if !on_its_own("a_model_of_the_hub_is_chosen_downloaded_and_run", &server, &[]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the demo's shape", |w| shows(w, "8 layers · hidden 128"));
    assert!(window.query_by_label("Revision").is_none());

    press(&mut window, "Models");
    press(&mut window, PYTHIA);
    assert_eq!(window.state().study().unwrap().model.id, PYTHIA);
    wait(&mut window, "the offer", |w| shows(w, "EleutherAI/pythia-14m is not on this machine."));
    assert!(window.query_by_label("Revision").is_some());
    // A run would fetch it.
    assert!(!window.get_by_label("Run").accesskit_node().is_disabled());
    window.check_accessibility();

    press(&mut window, "Download: EleutherAI/pythia-14m");
    wait(&mut window, "the part that comes", |w| shows(w, "1 MB of 3 MB · "));
    assert!(shows(&window, "model.safetensors"));
    window.check_accessibility();
    let asked = Instant::now();
    press(&mut window, "Cancel the download of EleutherAI/pythia-14m");
    wait(&mut window, "the end of it", |w| shows(w, "What has come is kept."));
    assert!(asked.elapsed() < Duration::from_millis(500));
    // Config and tokenizer are there, so that the shape is known.
    wait(&mut window, "the shape", |w| shows(w, "The weights of EleutherAI/pythia-14m are not on this machine."));
    assert!(shows(&window, "8 layers · hidden 128"));

    press(&mut window, "Continue the download: EleutherAI/pythia-14m");
    wait(&mut window, "the whole", |w| !shows(w, "on this machine") && !shows(w, "Downloading"));
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    assert!(shows(&window, "8 layers · hidden 128"));
    press(&mut window, "Run");
    wait(&mut window, "all trials", |w| w.state().trials_shown() > 0 && !w.state().is_running());
    assert_eq!(window.state().messages().collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(folder.path().join("pythia-14m.polar").is_file());
}

#[test]
fn a_run_fetches_what_is_missing_and_can_be_cancelled_meanwhile() {
    let server = Server::start(vec![remote("owner/tiny")]);
    server.fail(&remote("owner/tiny").etag("model.safetensors"), 1, Fault::StallAfter(1_000_000));
    if !on_its_own("a_run_fetches_what_is_missing_and_can_be_cancelled_meanwhile", &server, &[]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_of(folder.path(), "owner/tiny");
    wait(&mut window, "the offer", |w| shows(w, "owner/tiny is not on this machine."));
    assert!(shows(&window, "Run downloads what is missing"));
    press(&mut window, "Run");
    wait(&mut window, "the part that comes", |w| shows(w, "Fetching model.safetensors: 1 MB of 3 MB"));
    window.check_accessibility();
    press(&mut window, "Cancel");
    wait(&mut window, "the end", |w| !w.state().is_running());
    press(&mut window, "Run");
    wait(&mut window, "all trials", |w| w.state().trials_shown() > 0 && !w.state().is_running());
}

#[test]
fn a_window_closes_in_the_middle_of_a_download() {
    let server = Server::start(vec![remote("owner/tiny")]);
    server.fail(&remote("owner/tiny").etag("model.safetensors"), 9, Fault::StallAfter(1_000_000));
    if !on_its_own("a_window_closes_in_the_middle_of_a_download", &server, &[]) {
        return;
    }
    for (start, meanwhile) in
        [("Download: owner/tiny", "Downloading owner/tiny"), ("Run", "Fetching model.safetensors")]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut window = window_of(folder.path(), "owner/tiny");
        wait(&mut window, "the offer", |w| shows(w, "not on this machine."));
        press(&mut window, start);
        wait(&mut window, "the part that comes", |w| shows(w, meanwhile));
        let closed = Instant::now();
        drop(window);
        assert!(closed.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn what_the_hub_does_not_give_is_said_in_place() {
    let server = Server::start(vec![Repository { access: Access::Gated, ..remote("owner/gated") }]);
    if !on_its_own("what_the_hub_does_not_give_is_said_in_place", &server, &[]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_of(folder.path(), "owner/misspelt");
    wait(&mut window, "the offer", |w| shows(w, "owner/misspelt is not on this machine."));
    press(&mut window, "Download: owner/misspelt");
    wait(&mut window, "the reason", |w| shows(w, "shows no model \"owner/misspelt\": either the name is misspelt"));
    assert!(!window.get_by_label("Run").accesskit_node().is_disabled());

    // Another name, and it is out of the way.
    window.get_by_role_and_label(Role::TextInput, "Model").focus();
    window.step();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    window.get_by_role_and_label(Role::TextInput, "Model").type_text("owner/gated");
    wait(&mut window, "the other offer", |w| shows(w, "owner/gated is not on this machine."));
    assert!(!shows(&window, "misspelt"));
    press(&mut window, "Download: owner/gated");
    wait(&mut window, "the other reason", |w| shows(w, "the model \"owner/gated\" is gated"));
}

#[test]
fn without_a_network_it_says_so() {
    let server = Server::start(Vec::new());
    if !on_its_own("without_a_network_it_says_so", &server, &[("HF_HUB_OFFLINE", "1")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_of(folder.path(), "owner/tiny");
    wait(&mut window, "the offer", |w| shows(w, "owner/tiny is not on this machine."));
    press(&mut window, "Download: owner/tiny");
    wait(&mut window, "the reason", |w| shows(w, "HF_HUB_OFFLINE is set, so nothing is downloaded"));
}

#[test]
fn texts_and_pairs_of_the_hub_are_offered_too() {
    let rows = vec!["", " = A heading = ", " The bridge was closed after the flood of that spring . "];
    let wikitext = Repository::dataset("Salesforce/wikitext")
        .large("wikitext-103-raw-v1/test-00000-of-00001.parquet", parquet(&[("text", Values::Text(rows))]));
    let server = Server::start(vec![wikitext]);
    if !on_its_own("texts_and_pairs_of_the_hub_are_offered_too", &server, &[]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Text sources");
    press(&mut window, "WikiText-103 (test)");
    press(&mut window, "Pair sources");
    press(&mut window, "BLiMP");
    assert_eq!(window.state().study().unwrap().texts.source, "wikitext");
    assert_eq!(window.state().study().unwrap().experiments.syntax.as_ref().unwrap().pairs, "blimp");
    wait(&mut window, "the offers", |w| {
        shows(w, "WikiText-103 is not on this machine.") && shows(w, "BLiMP is not on this machine.")
    });
    assert!(window.query_by_label("Download: WikiText-103").is_some());
    assert!(window.query_by_label("Download: BLiMP").is_some());
    window.check_accessibility();
    // Two of the 67 paradigms, by what their names have in common.
    window.get_by_label_contains("all 67").click();
    window.step();
    window.step();
    window.get_by_label("Find paradigms").focus();
    window.step();
    window.get_by_label("Find paradigms").type_text("plural subject verb agreement 1");
    window.step();
    press(&mut window, "Only these 2");
    assert_eq!(
        window.state().study().unwrap().experiments.syntax.as_ref().unwrap().paradigms,
        ["irregular_plural_subject_verb_agreement_1", "regular_plural_subject_verb_agreement_1"]
    );
    press(&mut window, "Download: WikiText-103");
    wait(&mut window, "the texts", |w| shows(w, "1 of 2"));
    assert!(!shows(&window, "WikiText-103 is not on this machine."));
    assert!(shows(&window, "BLiMP is not on this machine."));
}

/// Puts `text` in the place of what stands in the field `label`.
fn retype(window: &mut Window, label: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, label).focus();
    window.step();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    window.get_by_role_and_label(Role::TextInput, label).type_text(text);
    window.step();
    window.step();
}

/// Chooses `value` in the list `label`.
fn choose(window: &mut Window, label: &str, value: &str) {
    window.get_by_role_and_label(Role::ComboBox, label).click();
    window.step();
    press(window, value);
}

#[test]
fn modes_tokens_and_directions_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    let blend = |degrees| Mode::Blend(Degrees::new(degrees).unwrap());

    // Every mode, and the degrees of the blend.
    assert!(window.query_by_label("Degrees of the blend").is_none());
    press(&mut window, "Blend");
    press(&mut window, "Isotropic");
    let all = |blend| vec![Mode::Magnitude, Mode::Angular, Mode::Isotropic, blend];
    assert_eq!(window.state().study().unwrap().perturbation.modes, all(blend(45.0)));
    wait(&mut window, "twice the trials", |w| shows(w, "204 trials · "));
    window.check_accessibility();
    let degrees = window.get_by_label("Degrees of the blend");
    degrees.click();
    window.step();
    window.step();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    window.get_by_label("Degrees of the blend").type_text("30");
    window.step();
    window.key_press(egui::Key::Enter);
    window.step();
    window.step();
    assert_eq!(window.state().study().unwrap().perturbation.modes, all(blend(30.0)));
    press(&mut window, "Another blend");
    assert_eq!(window.state().study().unwrap().perturbation.modes[3..], [blend(30.0), blend(45.0)]);
    window.step();
    window.get_all_by_label("Blend").last().unwrap().click();
    window.step();
    press(&mut window, "Isotropic");
    assert_eq!(window.state().study().unwrap().perturbation.modes, [Mode::Magnitude, Mode::Angular, blend(30.0)]);

    // Positions.
    window.get_by_label_contains("Settings  ").click();
    for _ in 0..20 {
        window.step(); // the fold opens
    }
    choose(&mut window, "Tokens", "at positions");
    assert_eq!(window.state().study().unwrap().perturbation.tokens, Tokens::At(vec![0]));
    retype(&mut window, "Positions", "0, 3, 5");
    assert_eq!(window.state().study().unwrap().perturbation.tokens, Tokens::At(vec![0, 3, 5]));
    retype(&mut window, "Positions", "0, x");
    assert!(shows(&window, "\"x\" is not a position"));
    assert!(window.get_by_label("Run").accesskit_node().is_disabled());
    retype(&mut window, "Positions", "900");
    wait(&mut window, "the reason", |w| shows(w, "is long enough to have one of these positions"));
    choose(&mut window, "Tokens", "all");
    wait(&mut window, "nothing to complain of", |w| !shows(w, "positions"));

    // A direction of one's own.
    let file = folder.path().join("dirs.safetensors");
    retype(&mut window, "Direction", file.to_str().unwrap());
    wait(&mut window, "the missing file", |w| shows(w, "dirs.safetensors: there is no such file"));
    assert!(window.get_by_label("Run").accesskit_node().is_disabled());
    let tensor = candle_core::Tensor::ones(128, candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
    candle_core::safetensors::save(&std::collections::HashMap::from([("direction", tensor)]), &file).unwrap();
    press(&mut window, "Directions");
    press(&mut window, "random");
    assert_eq!(window.state().study().unwrap().perturbation.direction, Direction::Random);
    retype(&mut window, "Direction", file.to_str().unwrap());
    wait(&mut window, "the file", |w| !shows(w, "no such file") && shows(w, "156 trials · "));
    assert!(shows(&window, "seeds differ in signs alone"));
    window.check_accessibility();
    press(&mut window, "Run");
    wait(&mut window, "all trials", |w| w.state().trials_shown() == 12 * (1 + 3 * 2 * 2) && !w.state().is_running());
    assert_eq!(window.state().messages().collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_device_is_shown_with_its_memory_and_what_the_study_needs() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "what it needs", |w| shows(w, "for the weights in f32"));
    assert!(shows(&window, " GB free"));
    assert!(shows(&window, "the CPU has no other"));

    // A study for a card, on the CPU: the choice is there, and the reason.
    let mut study = small();
    study.model.dtype = polarscope::study::Dtype::Bf16;
    let mut window = self::window(folder.path(), study);
    if polarscope::device::list().len() == 1 {
        wait(&mut window, "the reason", |w| shows(w, "which only a CUDA device computes in"));
        assert!(window.get_by_label("Run").accesskit_node().is_disabled());
        assert!(window.query_by_role_and_label(Role::ComboBox, "Precision").is_some());
    }
}

#[test]
fn a_model_that_the_device_has_no_room_for_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let big = folder.path().join("big");
    std::fs::create_dir(&big).unwrap();
    let config = std::fs::read_to_string("assets/demo/config.json").unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["hidden_size"] = 65_536.into();
    config["intermediate_size"] = 262_144.into();
    std::fs::write(big.join("config.json"), config.to_string()).unwrap();
    for file in ["tokenizer.json", "model.safetensors"] {
        std::fs::copy(Path::new("assets/demo").join(file), big.join(file)).unwrap();
    }
    let mut window = window_of(folder.path(), big.to_str().unwrap());
    wait(&mut window, "the reason", |w| shows(w, "The study does not fit on "));
    assert!(shows(&window, "What would make it fit"));
    assert!(window.get_by_label("Run").accesskit_node().is_disabled());
    assert!(window.query_by_label("Look again").is_some());
}

#[test]
fn the_shortcuts_close_with_escape() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    press(&mut window, "Help");
    press(&mut window, "Keyboard shortcuts");
    window.step(); // a window only measures itself in its first frame
    assert!(shows(&window, "Normal size"));
    window.key_press(egui::Key::Escape);
    window.step();
    window.step();
    assert!(!shows(&window, "Normal size"));
}

#[test]
fn a_file_of_another_study_is_not_offered_to_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    run(small(), &folder.path().join("mine.polar"));
    let mut other = small();
    other.seed = 7;
    let mut window = window(folder.path(), other);
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    window.get_by_label("Results file").focus();
    window.step();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    window.get_by_label("Results file").type_text("mine.polar");
    wait(&mut window, "the difference", |w| shows(w, "This study differs from the one in the file at the study seed"));
    assert!(window.query_by_label("Extend it").is_none());
    assert!(window.get_by_label("Run").accesskit_node().is_disabled());
}

/// Where the first cell that reads `text` stands, from above.
fn height_of(window: &Window, text: &str) -> f32 {
    window.query_all_by_label(text).map(|node| node.rect().top()).fold(f32::INFINITY, f32::min)
}

#[test]
fn a_table_is_sorted_its_columns_chosen_and_copied_as_it_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    study.perturbation.deltas = vec![0.35, 1.25];
    let mut window = finished(folder.path(), study);
    open_tab(&mut window, "Dissociation");
    press(&mut window, "Loss damage");
    let delta = "δ (fraction of the layer's median norm)";
    let in_order = |window: &Window| {
        let cells = ["0.35", "1.25"].map(|text| {
            // The set-up has these δ as well; the table is below it all.
            let nodes = window.query_all_by_label(text);
            nodes.map(|node| node.rect()).filter(|rect| rect.left() > 400.0).map(|rect| rect.top()).fold(0.0, f32::max)
        });
        cells[0] < cells[1]
    };
    assert!(in_order(&window));
    // Ascending, descending, and the table's own order again.
    window.get_by_role_and_label(Role::ColumnHeader, delta).click();
    window.step();
    window.step();
    assert!(in_order(&window));
    press(&mut window, &format!("{delta}, ascending"));
    assert!(!in_order(&window));
    // A column goes, and what is copied is what is seen.
    press(&mut window, "Columns");
    window.get_by_role_and_label(Role::CheckBox, "t (df)").click();
    window.step();
    window.step();
    window.key_press(egui::Key::Escape);
    window.step();
    window.step();
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "t (df)").is_none());
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "p").is_some());
    press(&mut window, "Copy TSV");
    let tsv = copied(&mut window);
    let rows: Vec<Vec<&str>> = tsv.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0][0], delta);
    assert!(!rows[0].contains(&"t (df)") && rows[0].contains(&"p (Holm)"), "{tsv}");
    assert_eq!([rows[1][0], rows[2][0]], ["1.25", "0.35"]);
    // The export says so too.
    press(&mut window, "Export table…");
    window.step();
    assert!(shows(&window, "Columns that are hidden are left out: 1."));
    assert!(window.query_by_label("LaTeX").is_some());
    window.key_press(egui::Key::Escape);
    window.step();
    press(&mut window, &format!("{delta}, descending"));
    assert!(in_order(&window));
    window.check_accessibility();
}

#[test]
fn a_card_says_what_becomes_of_a_claim_and_how_that_was_computed() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    study.experiments.audit = Some(Audit { texts: Some(4), items: Some(0), ..Audit::default() });
    let mut window = finished(folder.path(), study);
    // What was not asked is listed, and nothing else is missing.
    assert!(shows(&window, "Not asked: "));
    assert!(shows(&window, "query–key alignment"));
    let card = "How this was computed: Loss";
    assert!(window.query_by_role_and_label(Role::Button, card).is_some());
    // The same claim under the study's protocol and in the audit, side by side.
    for protocol in ["published", "strict"] {
        assert!(shows(&window, &format!("{protocol} (audit)")), "{protocol}");
    }
    window.check_accessibility();
    press(&mut window, card);
    window.step();
    for part in ["Expected: ", "Protocol strict", "Formula", "Numbers", "For a methods section"] {
        assert!(shows(&window, part), "{part}");
    }
    window.check_accessibility();
    let button = window.query_all_by_label("Copy the sentence").next().unwrap();
    button.click();
    window.step();
    let sentence = copied(&mut window);
    assert!(sentence.len() > 40, "{sentence}");
    window.key_press(egui::Key::Escape);
    window.step();
    window.step();
    assert!(!shows(&window, "Expected: "));
}

#[test]
fn the_statistics_tab_draws_the_tests_and_warns_of_few_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = finished(folder.path(), small());
    open_tab(&mut window, "Statistics");
    assert!(shows(&window, "What differs, and how surely"));
    let words = "2 seeds: where they make the spread, a 95\u{a0}% bootstrap interval holds the truth in 49.6\u{a0}%";
    assert!(shows(&window, words));
    choose(&mut window, "Tests of", "Minimal pairs (points)");
    assert!(height_of(&window, "Sample:").is_finite());
    window.check_accessibility();
}
