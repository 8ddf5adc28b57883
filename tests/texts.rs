//! From a number to its texts: the panel that shows them, through the accessibility tree.

mod drive;

use drive::{Window, shows, wait};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use polarscope::app::PolarscopeApp;
use polarscope::experiment::{Arm, Kind, Repaired, Results};
use polarscope::measure::Quantity;
use polarscope::store::Store;
use polarscope::study::{Mode, Reading, Repairing, Seeds, Study, Sweep, Syntax};
use std::path::Path;

/// The demo, cut down to what takes a second.
fn small() -> Study {
    let mut study = Study::demo();
    study.texts.limit = 12;
    study.perturbation.deltas = vec![0.25, 1.0];
    study.perturbation.seeds = Seeds::Count(2);
    study.experiments.sweep = Some(Sweep::default());
    let paradigms = vec!["regular_subject_verb_agreement".to_owned()];
    study.experiments.syntax = Some(Syntax { paradigms, items: 8, ..Syntax::default() });
    study.experiments.attention_repair = Some(Repairing { delta: Some(1.0), ..Repairing::default() });
    study.experiments.entropy = Some(Reading { delta: Some(1.0), ..Reading::default() });
    study
}

fn run(study: Study, out: &Path) -> Results {
    drive::run(study, out);
    Store::open(out).unwrap().results().unwrap()
}

/// The window with the study file at `file` open at its texts.
fn texts_of(file: &Path) -> Window {
    let (folder, file) = (file.parent().unwrap().to_owned(), file.to_owned());
    let mut window = Harness::builder()
        .with_size([1400.0, 1400.0])
        .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some(file)));
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    window.get_by_role_and_label(Role::Tab, "Texts").click();
    window.step();
    wait(&mut window, "the table", |w| w.query_by_role_and_label(Role::ColumnHeader, "Disturbed").is_some());
    window
}

/// The rows that are drawn, from above, as one hears them.
fn rows(window: &Window) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .query_all_by_role(Role::Row)
        .map(|row| (row.rect().top(), row.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, words)| words).collect()
}

fn choose_from(window: &mut Window, list: &str, value: &str) {
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.step();
    window.step();
    window.get_by_role_and_label(Role::Button, value).click();
    for _ in 0..3 {
        window.step();
    }
}

/// Mean over the seeds of the score of `item`, and its clean one.
fn of_item(results: &Results, kind: Kind, arm: Arm, delta: f64, item: usize) -> (f64, f64) {
    let clean = results.scores(results.clean(kind).unwrap()).get(item).unwrap();
    let all = results.series(kind);
    let series = all.iter().find(|s| (s.mode, s.delta, s.arm) == (Mode::Angular, delta, arm)).unwrap();
    let scores = series.seeds.iter().map(|(_, id)| results.scores(*id).get(item).unwrap().value);
    (clean.value, scores.sum::<f64>() / series.seeds.len() as f64)
}

#[test]
fn from_the_table_to_the_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.polar");
    let results = run(small(), &file);
    let store = Store::open(&file).unwrap();
    let (texts, pairs) = (store.texts().unwrap(), store.pairs().unwrap());
    drop(store);
    let mut window = texts_of(&file);
    wait(&mut window, "the rows", |w| rows(w).len() == 12);

    // The trials are named, their mean is that of the file, and so is a row.
    let mean = |delta| {
        let changes = (0..12)
            .map(|item| of_item(&results, Kind::Sweep, Arm::Plain, delta, item))
            .map(|(clean, value)| value - clean);
        changes.sum::<f64>() / 12.0
    };
    let sentence = "angular, δ 1, mean over 2 seeds, sweep: 12 texts; mean change ";
    let words = window.get_by_label_contains(sentence).accesskit_node().value().unwrap();
    let shown: f64 = words[sentence.len()..].split(' ').next().unwrap().parse().unwrap();
    assert!((shown - mean(1.0)).abs() < 0.006, "{words}: {}", mean(1.0));
    let (clean, disturbed) = of_item(&results, Kind::Sweep, Arm::Plain, 1.0, 3);
    let row = format!("Loss clean {clean:.3}; Disturbed {disturbed:.3}; Change (nats) {:+.3}", disturbed - clean);
    assert!(
        rows(&window)[3].starts_with("Text 3: ") && rows(&window)[3].ends_with(&row),
        "{:?}, {row}",
        rows(&window)[3]
    );
    window.check_accessibility();

    // Another δ, another mean.
    choose_from(&mut window, "δ", "δ 0.25");
    wait(&mut window, "the other δ", |w| shows(w, "angular, δ 0.25, mean over 2 seeds, sweep: 12 texts"));
    choose_from(&mut window, "δ", "δ 1");
    wait(&mut window, "the first δ", |w| shows(w, "angular, δ 1, mean over 2 seeds, sweep: 12 texts"));

    // Sorted by the change, the largest on top.
    for head in ["Change (nats)", "Change (nats), ascending"] {
        window.get_by_role_and_label(Role::ColumnHeader, head).click();
        let next = if head.ends_with("ing") { "Change (nats), descending" } else { "Change (nats), ascending" };
        wait(&mut window, next, |w| w.query_by_role_and_label(Role::ColumnHeader, next).is_some());
    }
    let change = |item: usize| of_item(&results, Kind::Sweep, Arm::Plain, 1.0, item);
    let most = (0..12).max_by(|a, b| (change(*a).1 - change(*a).0).total_cmp(&(change(*b).1 - change(*b).0))).unwrap();
    assert!(rows(&window)[0].starts_with(&format!("Text {most}: ")), "{:?}", rows(&window));

    // A filter leaves those that have the word.
    let word = texts[&most].split_whitespace().max_by_key(|word| word.len()).unwrap().trim_matches('.').to_lowercase();
    let having = texts.values().filter(|text| text.to_lowercase().contains(&word)).count();
    window.get_by_label("Filter").focus();
    window.step();
    window.get_by_label("Filter").type_text(&word);
    wait(&mut window, "the filter", |w| rows(w).len() == having);
    assert!(having == 12 || shows(&window, &format!("{having} of 12 have these words")));

    // Its tokens, computed again, are those of the file's trial of the first seed.
    window.get_by_role_and_label(Role::Row, &rows(&window)[0]).click();
    window.step();
    wait(&mut window, "the tokens", |w| shows(w, "Token 1 “"));
    assert!(shows(&window, "seed 0, the first of 2") && shows(&window, "computed again; it is that of the study file"));
    for map in ["Attention, clean, layer 3, mean of heads", "Attention, disturbed, layer 3, mean of heads"] {
        assert!(window.query_by_label(map).is_some(), "{map}");
    }
    choose_from(&mut window, "Head", "head 2");
    choose_from(&mut window, "Layer", "layer 5");
    assert!(window.query_by_label("Attention, change, layer 5, head 2").is_some());
    window.check_accessibility();

    // What was read off the same texts, in the layer and the head that are looked at.
    window.get_by_label("Clear").click();
    window.step();
    choose_from(&mut window, "Experiment", "Attention entropy");
    let clean = results.clean(Kind::Entropy);
    let all = results.series(Kind::Entropy);
    let series = all.iter().find(|series| series.mode == Mode::Angular).unwrap();
    let place = results.shapes[&Kind::Entropy].read_layers.iter().position(|layer| *layer == 5).unwrap();
    let changes = series
        .seeds
        .iter()
        .map(|(_, id)| results.mean_reading(*id, Quantity::EntropyExact, clean).unwrap()[4 * place + 2]);
    let change = changes.sum::<f64>() / 2.0;
    let part = "mean change of “Entropy (nats)” in layer 5, head 2 ";
    wait(&mut window, "the entropy", |w| shows(w, part));
    let words = window.get_by_label_contains(part).accesskit_node().value().unwrap().replace('−', "-");
    let shown: f64 = words.split(part).nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((shown - change).abs() < 0.006, "{words}: {change}");

    // A repaired run of the same text.
    choose_from(&mut window, "Experiment", "Attention repair");
    choose_from(&mut window, "Arm", "repaired: attention (attn_out)");
    let repaired = of_item(&results, Kind::AttentionRepair, Arm::Repaired(Repaired::Attention), 1.0, most).1;
    wait(&mut window, "the repaired run", |w| {
        shows(w, "attention repair, repaired: attention")
            && rows(w).iter().any(|row| row.contains(&format!("Disturbed {repaired:.3}")))
    });
    wait(&mut window, "its tokens", |w| shows(w, "computed again; it is that of the study file"));

    // A pair: margins, and both sentences.
    window.get_by_label("Close the text").click();
    window.step();
    window.get_by_label("Pairs of the study").click();
    let scores = results.scores(results.clean(Kind::Syntax).unwrap());
    let (good, bad) = scores.get(2).unwrap().sentences.unwrap();
    let margin = format!("Margin clean {:.3}", good - bad).replace('-', "−");
    wait(&mut window, "the pairs", |w| rows(w).len() == 8 && rows(w).iter().any(|row| row.contains(&margin)));
    let sorted = rows(&window).iter().find(|row| row.starts_with("Pair 2: ")).cloned().unwrap();
    assert!(sorted.contains(&pairs[&2][2]) && sorted.contains(&margin), "{sorted}");
    window.get_by_role_and_label(Role::Row, &sorted).click();
    wait(&mut window, "the sentences", |w| shows(w, "Margin disturbed, up to token 1"));
    assert!(shows(&window, "it is that of the study file"));
    window.check_accessibility();
}

#[test]
fn the_arrow_keys_choose_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.polar");
    let mut study = small();
    study.experiments.syntax = None;
    run(study, &file);
    let mut window = texts_of(&file);
    wait(&mut window, "the rows", |w| rows(w).len() == 12);
    window.get_by_role_and_label(Role::Table, "Texts: arrow keys move, Enter chooses").focus();
    window.step();
    for key in [egui::Key::ArrowDown, egui::Key::ArrowDown, egui::Key::ArrowUp, egui::Key::Enter] {
        window.key_press(key);
        window.step();
    }
    wait(&mut window, "the tokens", |w| shows(w, "Token 1 “"));
    assert!(window.query_by_label("Text 1").is_some(), "the second row was chosen");
    assert!(window.query_by_label("Pairs of the study").is_none(), "there is nothing to switch to");
}

#[test]
fn weights_that_are_gone_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    std::fs::create_dir(&model).unwrap();
    for (name, bytes) in polarscope::lm::demo_files() {
        std::fs::write(model.join(name), bytes).unwrap();
    }
    let file = folder.path().join("small.polar");
    let mut study = small();
    (study.experiments.syntax, study.experiments.attention_repair, study.experiments.entropy) = (None, None, None);
    study.model.id = model.to_string_lossy().into_owned();
    run(study, &file);
    let weights = std::fs::read(model.join("model.safetensors")).unwrap();
    std::fs::remove_file(model.join("model.safetensors")).unwrap();
    let mut window = texts_of(&file);
    wait(&mut window, "the rows", |w| rows(w).len() == 12);
    window.get_by_role_and_label(Role::Row, &rows(&window)[0]).click();
    wait(&mut window, "the reason", |w| shows(w, "The study was run with"));
    assert!(shows(&window, "model.safetensors SHA-256 ") && shows(&window, &model.to_string_lossy()));
    window.check_accessibility();
    assert!(window.query_by_label("Fetch the model").is_none(), "a folder is not fetched");
    // They are back.
    std::fs::write(model.join("model.safetensors"), weights).unwrap();
    // The set-up offers it as well.
    window.query_all_by_label("Try again").for_each(|button| button.click_accesskit());
    wait(&mut window, "the tokens", |w| shows(w, "Token 1 “"));
}

#[test]
fn published_results_have_no_texts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_owned();
    let mut window = Harness::builder()
        .with_size([1400.0, 900.0])
        .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some("published".into())));
    wait(&mut window, "the published figures", |w| shows(w, "not a run"));
    window.get_by_role_and_label(Role::Tab, "Texts").click();
    window.step();
    wait(&mut window, "the words", |w| shows(w, "The study printed means only"));
}

#[test]
fn weights_that_the_hub_may_have_can_be_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.polar");
    let mut study = small();
    (study.experiments.syntax, study.experiments.attention_repair, study.experiments.entropy) = (None, None, None);
    run(study, &file);
    // As if it had been run with a repository that is not on this machine.
    let connection = rusqlite::Connection::open(&file).unwrap();
    let sql = "UPDATE study SET toml = replace(toml, 'id = \"demo\"', 'id = \"nobody/not-on-this-machine\"')";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    drop(connection);
    let mut window = texts_of(&file);
    wait(&mut window, "the rows", |w| rows(w).len() == 12);
    window.get_by_role_and_label(Role::Row, &rows(&window)[0]).click();
    wait(&mut window, "the reason", |w| shows(w, "The study was run with nobody/not-on-this-machine, revision main"));
    let fetch = window.get_by_role_and_label(Role::Button, "Fetch the model");
    assert!(!fetch.accesskit_node().is_disabled());
}
