//! The panels of a finished study: every one opens without an error and shows the numbers that the study file gives.

mod drive;

use drive::{Window, open_tab, shows, wait};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use polarscope::app::PolarscopeApp;
use polarscope::figure::{Format, Table, number, tables};
use polarscope::findings::Findings;
use polarscope::store::Store;
use polarscope::study::{Seeds, Study};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Every experiment of `configs/demo-all.toml`, on a handful of texts.
fn small() -> Study {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/demo-all.toml");
    let mut study = polarscope::study::load(&path, &[]).unwrap();
    study.texts.limit = 8;
    study.perturbation.deltas = vec![0.2, 0.35, 0.5, 0.75, 1.0];
    study.perturbation.seeds = Seeds::Count(3);
    let of = &mut study.experiments;
    of.syntax.iter_mut().for_each(|syntax| syntax.items = 24);
    for reading in [&mut of.entropy, &mut of.qk_alignment].into_iter().flatten() {
        reading.texts = Some(6);
    }
    for repairing in [&mut of.attention_repair, &mut of.pathways, &mut of.norm_repair].into_iter().flatten() {
        repairing.texts = Some(6);
    }
    of.heads.iter_mut().for_each(|heads| heads.texts = Some(6));
    of.layer_sets.iter_mut().for_each(|sets| sets.texts = Some(4));
    of.audit.iter_mut().for_each(|audit| {
        audit.deltas = Some(vec![0.35, 0.5]);
        (audit.texts, audit.items) = (Some(6), Some(12));
    });
    study
}

/// The study file of a finished run, made once.
fn finished() -> &'static Path {
    static FILE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("all.polar");
        drive::run(small(), &out);
        (folder, out)
    };
    &FILE.get_or_init(make).1
}

/// The tables of that file.
fn all() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| tables(&Findings::of(Store::open(finished()).unwrap().results().unwrap())))
}

/// The records of the table `id` whose fields are as `with` says.
fn records(id: &str, with: &[(&str, Value)]) -> Vec<&'static serde_json::Map<String, Value>> {
    let table = all().iter().find(|table| table.id == id).unwrap_or_else(|| panic!("no table {id}"));
    let is_it = |record: &&serde_json::Map<String, Value>| with.iter().all(|(key, value)| record[*key] == *value);
    table.records.iter().filter(is_it).collect()
}

/// A number of the first of those records.
fn value(id: &str, with: &[(&str, Value)], key: &str) -> f64 {
    let found = records(id, with);
    let record = found.first().unwrap_or_else(|| panic!("no such record of {id}: {with:?}"));
    record[key].as_f64().unwrap_or_else(|| panic!("{id}, {with:?}: no {key}"))
}

/// The window with that file open, of a size.
fn window(size: [f32; 2]) -> Window {
    let file = finished().to_owned();
    let folder = file.parent().unwrap().to_owned();
    let mut window = Harness::builder()
        .with_size(size)
        .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some(file)));
    // What the pointer is over says so at once.
    window.ctx.all_styles_mut(|style| {
        (style.interaction.tooltip_delay, style.interaction.show_tooltips_only_when_still) = (0.0, false);
    });
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    steps(&mut window);
    window
}

fn steps(window: &mut Window) {
    for _ in 0..3 {
        window.step();
    }
}

/// What the pictures say of themselves.
fn pictures(window: &Window) -> Vec<String> {
    window.query_all_by_role(Role::Image).filter_map(|node| node.accesskit_node().label()).collect()
}

/// Asserts that a picture that says `name` also says `part`.
fn says(window: &Window, name: &str, part: &str) {
    let said = pictures(window);
    assert!(
        said.iter().any(|words| words.contains(name) && words.contains(part)),
        "no picture \"{name}\" says \"{part}\": {said:#?}"
    );
}

fn press_first(window: &mut Window, label: &str) {
    window.step();
    let node = window.query_all_by_label(label).next().unwrap_or_else(|| panic!("nothing is called {label}"));
    node.click();
    steps(window);
}

/// A place in `rect` where what the pointer is over says `hint`.
fn find(window: &mut Window, rect: egui::Rect, hint: &str) -> egui::Pos2 {
    let places = (4..40).flat_map(|i| (1..40).map(move |j| (i as f32 / 40.0, j as f32 / 40.0)));
    let mut places = places.map(|(x, y)| rect.min + rect.size() * egui::vec2(x, y));
    let found = places.find(|place| {
        window.hover_at(*place);
        window.step();
        window.step();
        shows(window, hint)
    });
    found.unwrap_or_else(|| panic!("nothing says {hint}"))
}

fn press_at(window: &mut Window, pos: egui::Pos2) {
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        window.event(egui::Event::PointerButton { pos, button, pressed, modifiers: egui::Modifiers::NONE });
        window.step();
    }
    steps(window);
}

/// Where the first picture whose words begin so stands.
fn place_of(window: &Window, name: &str) -> egui::Rect {
    let mut all = window.query_all_by_role(Role::Image);
    let is_it = |node: &egui_kittest::Node| node.accesskit_node().label().is_some_and(|words| words.starts_with(name));
    all.find(is_it).unwrap_or_else(|| panic!("no picture is called {name}")).rect()
}

fn is_open(window: &Window, tab: &str) -> bool {
    let tab = window.get_by_role_and_label(Role::Tab, tab);
    tab.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
}

fn angular() -> (&'static str, Value) {
    ("mode", "angular".into())
}

fn at(delta: f64) -> (&'static str, Value) {
    ("delta", delta.into())
}

/// Every panel.
const TABS: [&str; 14] = [
    "Overview",
    "Dissociation",
    "Dose–response",
    "Statistics",
    "Entropy",
    "Repair",
    "Heads",
    "Layers",
    "Q–K",
    "Audit",
    "Displacement",
    "Texts",
    "Compare",
    "Provenance",
];

#[test]
fn every_panel_shows_what_the_file_holds() {
    let mut window = window([1440.0, 1000.0]);
    for tab in TABS {
        open_tab(&mut window, tab);
        assert_eq!(window.state().messages().collect::<Vec<_>>(), Vec::<&str>::new(), "{tab}");
        window.check_accessibility();
    }

    // The verdict on the loss at the δ in the middle, with its interval.
    open_tab(&mut window, "Overview");
    let loss = [("claim", "loss".into()), ("protocol", "strict".into()), at(0.5)];
    let [estimate, low, high] = ["estimate", "estimate_low", "estimate_high"].map(|key| value("verdicts", &loss, key));
    assert!(shows(&window, &format!("{} nats [{}, {}]", number(estimate), number(low), number(high))));
    assert!(shows(&window, "8 layers, hidden 128") && shows(&window, "complete"));

    open_tab(&mut window, "Dissociation");
    let damage = value("damage", &[at(0.75)], "angular_mean");
    says(&window, "Mean over texts", &format!("{} at δ 0.75", number(damage)));
    let drop = value("syntax", &[at(0.5)], "magnitude_mean");
    says(&window, "Drop on minimal pairs", &format!("{} at δ 0.5", number(drop)));

    open_tab(&mut window, "Dose–response");
    says(&window, "Loss damage and its curve", &format!("{} at δ 0.75", number(damage)));
    let curve = records("dose_response", &[angular()])[0];
    match curve["half"].as_f64() {
        Some(half) => {
            assert!(shows(&window, &format!("half-effect δ {}", number(half))));
            says(&window, "Loss damage and its curve", "angular, half-effect δ: ");
        }
        None => assert!(shows(&window, curve["missing"].as_str().unwrap())),
    }
    let sweep = [("experiment", "sweep".into()), at(1.0)];
    says(&window, "Ratio angular/magnitude", &format!("{} at δ 1", number(value("effects", &sweep, "ratio"))));

    open_tab(&mut window, "Statistics");
    let first = [("experiment", "sweep".into()), at(0.5)];
    says(&window, "Sweep (nats)", &format!("{} [", number(value("statistics", &first, "estimate"))));

    open_tab(&mut window, "Entropy");
    let layer = [angular(), ("layer", "5".into())];
    let change = value("entropy_layers", &layer, "change_mean");
    says(&window, "Change of −Σ p·ln p", &format!("{} at layer 5", number(change)));
    let changes = records("entropy_heads", &[angular()]);
    let most = changes.iter().map(|record| record["change_mean"].as_f64().unwrap()).fold(f64::MIN, f64::max);
    says(&window, "angular, change, 8 × 4", &format!("largest {} nats at layer", number(most)));
    press_first(&mut window, "Disturbed");
    let most = changes.iter().map(|record| record["disturbed"].as_f64().unwrap()).fold(f64::MIN, f64::max);
    says(&window, "angular, disturbed", &format!("largest {} nats at layer", number(most)));

    open_tab(&mut window, "Repair");
    let both = records("pathways", &[angular(), ("repair", "both".into())])[0];
    let words = both["recovery"]
        .as_f64()
        .map_or("angular no ratio".to_owned(), |value| format!("angular {} %", number(100.0 * value)));
    says(&window, "both: ", &words);

    open_tab(&mut window, "Heads");
    let top = records("heads_repair", &[angular(), ("repair", "top 4 heads".into())])[0];
    if let Some(recovery) = top["recovery"].as_f64() {
        says(&window, "Recovery, first k repaired", &format!("{} at k 4", number(100.0 * recovery)));
    }
    says(&window, "angular, disturbed", "nats at layer");

    open_tab(&mut window, "Layers");
    let alone = [angular(), ("layers", "3".into()), ("width", 1.into())];
    let damage = value("layer_depth", &alone, "damage_mean");
    says(&window, "Damage where this layer alone", &format!("{} at layer 3", number(damage)));

    open_tab(&mut window, "Q–K");
    let kl = [angular(), ("layer", "4".into()), ("quantity", "KL divergence (nats)".into())];
    let kl = value("qk_alignment", &kl, "change_mean");
    says(&window, "KL divergence", &format!("{} at layer 4", number(kl)));

    open_tab(&mut window, "Audit");
    let gap = records("audit", &[at(0.5)])[0];
    match gap["value"].as_f64() {
        Some(gap) => says(&window, "Gap (ln ratio)", &format!("Gap as published {} [", number(gap))),
        None => assert!(shows(&window, "There is no gap to take apart")),
    }

    open_tab(&mut window, "Displacement");
    let rest = [("experiment", "sweep".into()), angular(), at(0.5), ("tokens", "rest".into()), ("layer", 3.into())];
    let reached = value("displacement", &rest, "reached_mean");
    says(&window, "Displacement, δ 0.5", &format!("{} at layer 3", number(reached)));
    let longest = records("position_norms", &[]);
    let longest = longest.iter().map(|record| record["mean"].as_f64().unwrap()).fold(f64::MIN, f64::max);
    says(&window, "Norms by position", &format!("largest {} ", number(longest)));

    open_tab(&mut window, "Provenance");
    let known = Store::open(finished()).unwrap().provenance().unwrap();
    for key in ["sha256 model.safetensors", "texts_sha256", "model_shape", "tokens_per_batch"] {
        assert!(shows(&window, &known[key]), "{key}");
    }
    assert!(shows(&window, "name = \"Demo, every experiment\""));
}

#[test]
fn what_is_chosen_in_one_panel_holds_in_all() {
    let mut window = window([1440.0, 1000.0]);
    // A mode that is hidden.
    open_tab(&mut window, "Dissociation");
    says(&window, "Mean over texts", "angular: ");
    press_first(&mut window, "Show angular");
    for picture in pictures(&window) {
        assert!(picture.contains("magnitude: ") && !picture.contains("angular: "), "{picture}");
    }
    open_tab(&mut window, "Entropy");
    assert!(pictures(&window).iter().all(|picture| !picture.contains("angular")), "{:?}", pictures(&window));
    press_first(&mut window, "Show angular");
    says(&window, "Change of −Σ p·ln p", "angular: ");
    // What bars are.
    assert!(shows(&window, "Bands: ± sd over seeds."));
    press_first(&mut window, "95 %");
    assert!(shows(&window, "Bands: 95 % bootstrap interval over texts and seeds."));
    open_tab(&mut window, "Dissociation");
    assert!(shows(&window, "Bars: 95 % t interval over seeds."));
    // δ.
    open_tab(&mut window, "Audit");
    // The set-up at the left and the table below have it, too.
    let nodes = window.query_all_by_label("0.35").filter(|node| node.rect().left() > 400.0);
    nodes.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).unwrap().click();
    steps(&mut window);
    open_tab(&mut window, "Displacement");
    says(&window, "Displacement, δ 0.35", "at layer 3");
    // The axes of damage against δ.
    open_tab(&mut window, "Dose–response");
    press_first(&mut window, "Log δ");
    says(&window, "Loss damage and its curve", "at δ 0.35");
    window.check_accessibility();
}

#[test]
fn the_data_behind_a_picture_are_copied() {
    let mut window = window([1440.0, 1000.0]);
    open_tab(&mut window, "Q–K");
    window.query_all_by_label("Copy data").next().unwrap().click();
    let table = all().iter().find(|table| table.id == "qk_alignment").unwrap();
    for _ in 0..200 {
        window.step();
        let commands = &window.output().platform_output.commands;
        let text = commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = text {
            assert_eq!(text, table.render(Format::Tsv));
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("nothing was copied");
}

#[test]
fn a_chart_is_zoomed_and_reset_and_a_mark_leads_to_its_trials() {
    let mut window = window([1440.0, 1000.0]);
    open_tab(&mut window, "Dissociation");
    let rect = window.query_all_by_role(Role::Image).next().unwrap().rect();
    let reset = "Reset the view of Mean over texts (nats)";
    assert!(window.query_by_label(reset).is_none());
    window.hover_at(rect.center());
    window.step();
    window.event(egui::Event::Zoom(1.5));
    steps(&mut window);
    assert!(window.query_by_label(reset).is_some());
    // The view stays in other tabs, until it is reset.
    open_tab(&mut window, "Entropy");
    open_tab(&mut window, "Dissociation");
    assert!(window.query_by_label(reset).is_some());
    window.get_by_label(reset).click();
    steps(&mut window);
    steps(&mut window);
    assert!(window.query_by_label(reset).is_none());
    // Somewhere in the chart is a mark.
    let place = find(&mut window, rect, "click: the trials behind it");
    assert!(shows(&window, "n 3 seeds × 8 texts"));
    press_at(&mut window, place);
    assert!(is_open(&window, "Texts"));
}

#[test]
fn what_compares_two_offers_the_trials_of_both() {
    let mut window = window([1440.0, 1000.0]);
    open_tab(&mut window, "Statistics");
    let rect = place_of(&window, "Sweep");
    let place = find(&mut window, rect, "click: the trials behind it");
    press_at(&mut window, place);
    assert!(shows(&window, "Trials of"));
    window.get_by_role_and_label(Role::Button, "magnitude").click();
    steps(&mut window);
    assert!(is_open(&window, "Texts"));
    wait(&mut window, "the trials", |w| shows(w, "magnitude, δ "));
    // A gap of the audit has two sides as well; a share of it is made of all cells.
    open_tab(&mut window, "Audit");
    let rect = place_of(&window, "Gap (ln ratio)");
    let place = find(&mut window, rect, "click: the table of all cells below");
    press_at(&mut window, place);
    assert!(shows(&window, "The full factorial of the settings"));
    let place = find(&mut window, rect, "Remains (strict)\n");
    press_at(&mut window, place);
    window.get_by_role_and_label(Role::Button, "angular").click();
    steps(&mut window);
    assert!(is_open(&window, "Texts"));
    wait(&mut window, "the trials", |w| shows(w, "per-token, independent, exact"));
}

#[test]
fn a_map_is_zoomed_and_reset() {
    let mut window = window([1440.0, 1000.0]);
    open_tab(&mut window, "Displacement");
    let reset = "Reset the view of Norms by position";
    let rect = place_of(&window, "Norms by position");
    assert!(window.query_by_label(reset).is_none());
    window.hover_at(rect.center());
    window.step();
    window.event(egui::Event::Zoom(2.0));
    steps(&mut window);
    window.get_by_label(reset).click();
    steps(&mut window);
    steps(&mut window);
    assert!(window.query_by_label(reset).is_none());
    let rect = place_of(&window, "Norms, clean run");
    find(&mut window, rect, " tokens");
}

#[test]
fn the_table_of_layers_follows_their_view() {
    let mut window = window([1440.0, 1000.0]);
    open_tab(&mut window, "Layers");
    let rows = |window: &Window, words: &str| window.query_all_by_label(words).count();
    // Of single layers, of windows, and of sets.
    assert!(shows(&window, "over the whole depth") && rows(&window, "0-2") == 0);
    press_first(&mut window, "Windows of 3");
    assert!(shows(&window, "over the whole depth") && rows(&window, "0-2") > 0);
    press_first(&mut window, "Sets");
    assert!(shows(&window, "the attention of sets of layers"));
}

#[test]
fn a_small_window_gives_its_room_to_the_pictures() {
    let mut window = window([853.0, 533.0]);
    assert!(window.query_by_label("Results file").is_none() && !shows(&window, "What the results say of"));
    window.get_by_label("Show the set-up (Ctrl+B)").click();
    steps(&mut window);
    assert!(window.query_by_label("Results file").is_some());
    window.get_by_label("Put the set-up away (Ctrl+B)").click();
    steps(&mut window);
    window.get_by_label("Open the table").click();
    steps(&mut window);
    steps(&mut window);
    assert!(window.query_by_label("Results file").is_none() && shows(&window, "What the results say of"));
    // It stands below what is seen.
    window.get_by_label("Fold the table away").click_accesskit();
    steps(&mut window);
    assert!(!shows(&window, "What the results say of"));
}

#[test]
fn what_a_study_printed_says_its_source_and_offers_no_trials() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = {
        let folder = folder.path().to_owned();
        Harness::builder()
            .with_size([1440.0, 1000.0])
            .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some("published".into())))
    };
    let start = Instant::now();
    while !shows(&window, "values printed by arXiv 2602.11169") {
        assert!(start.elapsed() < Duration::from_mins(10), "waited in vain for the published figures");
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
    open_tab(&mut window, "Provenance");
    assert!(shows(&window, "What is known of them") && shows(&window, "as printed; no study file holds them"));
    open_tab(&mut window, "Dissociation");
    says(&window, "Mean over texts", "7.06 at δ 10");
    let rect = window.query_all_by_role(Role::Image).next().unwrap().rect();
    for i in 0..400 {
        let (x, y) = ((i % 20) as f32 / 20.0, (i / 20) as f32 / 20.0);
        window.hover_at(rect.min + rect.size() * egui::vec2(x, y));
        window.step();
        assert!(!shows(&window, "click: the trials behind it"));
    }
}

#[test]
fn panels_have_room_in_a_small_window() {
    // The last is smaller than the window lets itself be made, which is what a zoom of 200 % comes to.
    for size in [[1280.0, 800.0], [1024.0, 640.0], [640.0, 400.0]] {
        let mut window = window(size);
        for tab in TABS {
            // By its role: a tab that is scrolled out of sight cannot be clicked.
            window.get_by_role_and_label(Role::Tab, tab).click_accesskit();
            steps(&mut window);
            assert_eq!(window.state().messages().collect::<Vec<_>>(), Vec::<&str>::new(), "{tab}");
            window.check_accessibility();
        }
    }
}

#[test]
fn every_table_of_the_study_is_listed_before_anything_is_computed() {
    let findings = Findings::of(Store::open(finished()).unwrap().results().unwrap());
    let made: Vec<&str> = all().iter().map(|table| table.id).collect();
    assert_eq!(polarscope::figure::table_ids(&findings), made);
}
