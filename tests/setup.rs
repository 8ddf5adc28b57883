//! Setting a study up in the window, driven through the accessibility tree.

mod drive;

use drive::{PARADIGM, Window, copied, press, run, shows, small, wait};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use polarscope::app::PolarscopeApp;
use polarscope::lm::demo_files;
use polarscope::store::Store;
use polarscope::study::{
    Audit, DeltaUnit, Direction, Experiments, Heads, LayerSets, Layers, Mode, Protocol, Reading, Repairing, Rotation,
    Seeds, Study, Tokens,
};
use std::path::Path;
use std::time::Duration;

/// A window in which the whole set-up is seen at once.
fn window(folder: &Path, study: Study) -> Window {
    let folder = folder.to_owned();
    Harness::builder()
        .with_size([1080.0, 3000.0])
        .build_eframe(move |creation| PolarscopeApp::with_study(&creation.egui_ctx, folder, study))
}

fn steps(window: &mut Window, count: usize) {
    for _ in 0..count {
        window.step();
    }
}

/// Opens the fold whose line begins with `name`.
fn open_fold(window: &mut Window, name: &str) {
    window.get_by_label_contains(&format!("{name}  ")).click();
    steps(window, 20);
}

/// Puts `text` in the place of what stands in the field `label` of this role, and leaves it.
fn retype(window: &mut Window, role: Role, label: &str, text: &str) {
    if role == Role::SpinButton {
        window.get_by_role_and_label(role, label).click();
        steps(window, 2);
    } else {
        window.get_by_role_and_label(role, label).focus();
        window.step();
    }
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    match role {
        Role::SpinButton => window.get_by_label(label).type_text(text),
        role => window.get_by_role_and_label(role, label).type_text(text),
    }
    window.step();
    window.key_press(egui::Key::Enter);
    steps(window, 2);
}

/// What stands in the field `label`.
fn value(window: &Window, label: &str) -> String {
    let fields = window.query_all_by_role_and_label(Role::TextInput, label);
    fields.map(|field| field.accesskit_node().value().unwrap_or_default()).collect()
}

fn label_of(node: &egui_kittest::Node) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

fn is_disabled(window: &Window, label: &str) -> bool {
    window.get_by_label(label).accesskit_node().is_disabled()
}

/// Longer than what is typed or dragged in one go.
fn pause() {
    std::thread::sleep(Duration::from_millis(700));
}

const UNDO: (egui::Modifiers, egui::Key) = (egui::Modifiers::COMMAND, egui::Key::Z);
const REDO: (egui::Modifiers, egui::Key) = (egui::Modifiers { shift: true, ..egui::Modifiers::COMMAND }, egui::Key::Z);
const REDO_TOO: (egui::Modifiers, egui::Key) = (egui::Modifiers::COMMAND, egui::Key::Y);

fn keys(window: &mut Window, (modifiers, key): (egui::Modifiers, egui::Key)) {
    window.key_press_modifiers(modifiers, key);
    steps(window, 3);
}

#[test]
fn a_grid_is_made_by_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    study.perturbation.deltas = vec![1.0, 16.0];
    study.perturbation.delta_unit = DeltaUnit::Absolute;
    study.experiments.entropy = Some(Reading { delta: Some(5.0), ..Reading::default() });
    let mut window = window(folder.path(), study);
    steps(&mut window, 2);
    open_fold(&mut window, "Make a grid");
    // Nothing is changed before it is asked for.
    assert!(is_disabled(&window, "Use these 2 δ"));
    retype(&mut window, Role::SpinButton, "How many", "3");
    assert!(shows(&window, "1, 4, 16"));
    press(&mut window, "Use these 3 δ");
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [1.0, 4.0, 16.0]);
    press(&mut window, "Linear");
    press(&mut window, "Use these 3 δ");
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [1.0, 8.5, 16.0]);
    // A rule without a grid says why.
    retype(&mut window, Role::SpinButton, "Greatest δ", "0.5");
    assert!(shows(&window, "To has to be greater than from"));
    assert!(window.query_by_label_contains("Use these").is_none());
    // Fractions are of the median norm, also those of the experiments.
    press(&mut window, "Fractions of the median norm");
    retype(&mut window, Role::TextInput, "Fractions", "0.05, 0.1, 0.5");
    window.check_accessibility();
    press(&mut window, "Use these 3 δ");
    let perturbation = &window.state().study().unwrap().perturbation;
    assert_eq!(
        (perturbation.deltas.as_slice(), perturbation.delta_unit),
        (&[0.05, 0.1, 0.5][..], DeltaUnit::OfLayerMedian)
    );
    assert_eq!(window.state().study().unwrap().experiments.entropy.as_ref().unwrap().delta, Some(0.1));
    window.state().study().unwrap().validate().unwrap();
}

#[test]
fn layers_are_dragged_over_preset_and_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    // The thirds at the ends need the model's depth.
    window.step();
    wait(&mut window, "the model's shape", |w| shows(w, "8 layers · hidden 128"));
    let layers = |w: &Window| w.state().study().unwrap().perturbation.layers.to_string();
    for (preset, expected) in
        [("First third", "0-1"), ("Last third", "6-7"), ("All", "all"), ("Middle third", "middle-third")]
    {
        press(&mut window, preset);
        assert_eq!(layers(&window), expected, "{preset}");
        assert_eq!(value(&window, "Layers"), expected);
    }
    // Dragged from 5 to 7: what the first cell becomes, the others become.
    let centre = |w: &Window, layer: usize| w.get_by_label(&format!("Layer {layer}")).rect().center();
    let [from, over, to] = [5, 6, 7].map(|layer| centre(&window, layer));
    window.drag_at(from);
    window.step();
    for at in [over, to] {
        window.hover_at(at);
        window.step();
    }
    window.drop_at(to);
    steps(&mut window, 2);
    assert_eq!(layers(&window), "2-4");
    let [from, to] = [6, 7].map(|layer| centre(&window, layer));
    window.drag_at(from);
    window.step();
    window.hover_at(to);
    window.step();
    window.drop_at(to);
    steps(&mut window, 2);
    assert_eq!(layers(&window), "2-4,6-7");
    retype(&mut window, Role::TextInput, "Layers", "0,3-5");
    assert_eq!(layers(&window), "0,3-5");
    for (layer, on) in [(0, true), (1, false), (4, true)] {
        let name = format!("Layer {layer}");
        let toggled = window.get_by_label(&name).accesskit_node().toggled();
        assert_eq!(toggled, Some(if on { egui::accesskit::Toggled::True } else { egui::accesskit::Toggled::False }));
    }
}

#[test]
fn what_was_changed_is_taken_back_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Edit");
    assert!(is_disabled(&window, "Undo") && is_disabled(&window, "Redo"));
    window.key_press(egui::Key::Escape);
    steps(&mut window, 2);

    // Three steps: letters typed without a pause, a list of seeds, a switch.
    window.get_by_label("Study").focus();
    window.step();
    for letter in ["!", "?"] {
        window.get_by_label("Study").type_text(letter);
        window.step();
    }
    let name = small().name;
    assert_eq!(window.state().study().unwrap().name, format!("{name}!?"));
    retype(&mut window, Role::TextInput, "Seeds", "3, 4");
    assert_eq!(window.state().study().unwrap().perturbation.seeds, Seeds::List(vec![3, 4]));
    window.get_by_role_and_label(Role::CheckBox, "Attention entropy").click();
    steps(&mut window, 2);
    assert!(window.state().study().unwrap().experiments.entropy.is_some());

    keys(&mut window, UNDO);
    assert!(window.state().study().unwrap().experiments.entropy.is_none());
    keys(&mut window, UNDO);
    // The field follows.
    assert_eq!(
        (window.state().study().unwrap().perturbation.seeds.clone(), value(&window, "Seeds").as_str()),
        (Seeds::Count(2), "2")
    );
    keys(&mut window, UNDO);
    assert_eq!((window.state().study().unwrap().clone(), value(&window, "Study")), (small(), name.clone()));
    keys(&mut window, UNDO);
    assert_eq!(window.state().study().unwrap(), &small());
    keys(&mut window, REDO);
    assert_eq!(value(&window, "Study"), format!("{name}!?"));
    keys(&mut window, REDO_TOO);
    assert_eq!(value(&window, "Seeds"), "3, 4");

    // The menu does the same, and says what of.
    press(&mut window, "Edit");
    press(&mut window, "Undo");
    assert_eq!(value(&window, "Seeds"), "2");
    press(&mut window, "Edit");
    assert!(!is_disabled(&window, "Redo"));
    press(&mut window, "Redo");
    assert_eq!(value(&window, "Seeds"), "3, 4");

    // A change forgets what was taken back; a pause parts two changes of one setting.
    keys(&mut window, UNDO);
    press(&mut window, "Remove δ 1");
    keys(&mut window, REDO);
    assert_eq!(
        (window.state().study().unwrap().perturbation.deltas.as_slice(), value(&window, "Seeds").as_str()),
        (&[0.25][..], "2")
    );
    pause();
    window.get_by_label("Add δ").focus();
    window.step();
    window.get_by_label("Add δ").type_text("0.5");
    window.step();
    window.key_press(egui::Key::Enter);
    steps(&mut window, 2);
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [0.25, 0.5]);
    keys(&mut window, UNDO);
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [0.25]);
    keys(&mut window, UNDO);
    assert_eq!(window.state().study().unwrap().perturbation.deltas, [0.25, 1.0]);

    // Another study has a history of its own.
    press(&mut window, "File");
    press(&mut window, "New study");
    keys(&mut window, UNDO);
    assert_eq!(window.state().study().unwrap(), &Study::demo());
}

#[test]
fn what_is_typed_and_is_no_value_is_taken_back_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the model's shape", |w| shows(w, "8 layers · hidden 128"));
    press(&mut window, "All");
    retype(&mut window, Role::TextInput, "Seeds", "some");
    assert!(shows(&window, "\"some\" is not a whole number"));
    keys(&mut window, UNDO);
    assert!(!shows(&window, "\"some\" is not a whole number"));
    assert_eq!(value(&window, "Seeds"), "2");
    assert_eq!(window.state().study().unwrap().perturbation.layers, Layers::All);
    keys(&mut window, UNDO);
    assert_eq!(window.state().study().unwrap().perturbation.layers, Layers::MiddleThird);
}

#[test]
fn what_is_typed_where_nothing_else_was_changed_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    retype(&mut window, Role::TextInput, "Seeds", "some");
    assert!(shows(&window, "\"some\" is not a whole number"));
    keys(&mut window, UNDO);
    assert!(!shows(&window, "\"some\" is not a whole number"));
    // The name of the file is no setting of the study: while one types it, its letters are what is taken back.
    press(&mut window, "All");
    window.get_by_label("Results file").focus();
    window.step();
    window.get_by_label("Results file").type_text("x");
    steps(&mut window, 2);
    assert!(value(&window, "Results file").contains('x'));
    keys(&mut window, UNDO);
    assert!(!value(&window, "Results file").contains('x'));
    assert_eq!(window.state().study().unwrap().perturbation.layers, Layers::All);
}

#[test]
fn a_setting_beyond_what_its_control_offers_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    (study.texts.limit, study.texts.shorter_than, study.seed) = (5_000_000, 2_000_000, u64::MAX / 2 + 7);
    study.statistics.equivalence.damage = Some(0.123_456_789);
    let mut window = window(folder.path(), study.clone());
    open_fold(&mut window, "Filter");
    steps(&mut window, 4);
    assert_eq!(window.state().study().unwrap(), &study);
}

/// Whatever is changed in whatever order: as many steps back lead to the beginning, and as many forth to the end.
#[test]
fn every_order_of_changes_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    let boxes =
        ["Angular", "Isotropic", "Attention entropy", "Attention repair", "Heads", "Layer sets", "Layer 3", "Audit"];
    let fields =
        [("Seeds", "3"), ("Seeds", "x"), ("Layers", "1-2"), ("Layers", ""), ("Study", "Other"), ("Add δ", "0.7")];
    let presses = ["All", "First third", "Remove δ 1", "Last third"];
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..80 {
        match draw(8) {
            0..=2 => {
                let name = boxes[draw(boxes.len())];
                let found = window.query_all_by_role(Role::CheckBox).find(|node| label_of(node) == name);
                if let Some(node) = found {
                    node.click_accesskit();
                }
            }
            3 | 4 => {
                let (name, text) = fields[draw(fields.len())];
                retype(&mut window, Role::TextInput, name, text);
            }
            5 => {
                if let Some(node) = window.query_all_by_label(presses[draw(presses.len())]).next() {
                    node.click_accesskit();
                }
            }
            6 => keys(&mut window, UNDO),
            _ => keys(&mut window, REDO),
        }
        steps(&mut window, 2);
        if round % 20 == 19 {
            (0..90).for_each(|_| keys(&mut window, REDO));
            let end = window.state().study().unwrap().clone();
            // What is typed and is no value is taken back first.
            (0..90).for_each(|_| keys(&mut window, UNDO));
            assert_eq!(window.state().study().unwrap(), &small(), "round {round}");
            (0..90).for_each(|_| keys(&mut window, REDO));
            assert_eq!(window.state().study().unwrap(), &end, "round {round}");
        }
    }
}

/// The settings of all experiments.
fn everything() -> Study {
    let mut study = small();
    let (delta, texts) = (Some(0.5), Some(3));
    let experiments = &mut study.experiments;
    experiments.entropy = Some(Reading { delta, texts, ..Reading::default() });
    experiments.qk_alignment = Some(Reading { delta, texts, ..Reading::default() });
    experiments.attention_repair = Some(Repairing { delta, texts, ..Repairing::default() });
    experiments.pathways = Some(Repairing { delta, texts, ..Repairing::default() });
    experiments.norm_repair = Some(Repairing { delta, texts, ..Repairing::default() });
    experiments.heads = Some(Heads { delta, texts, top: vec![2, 4], singles: 2, ..Heads::default() });
    experiments.layer_sets = Some(LayerSets { delta, texts, size: 2, random: 1, window: 3, ..LayerSets::default() });
    experiments.audit = Some(Audit { texts, items: Some(4), ..Audit::default() });
    study
}

#[test]
fn every_setting_of_every_experiment_has_a_control() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), everything());
    wait(&mut window, "the estimate", |w| shows(w, " trials"));
    let of_all = ["Seeds", "Layers"];
    let experiments: [(&str, &[&str]); 10] = [
        ("sweep", &["Texts", "Own grid: Sweep δ"]),
        ("minimal pairs", &["Pairs", "Items", "Scored by", "Paradigms  ", "Own grid: Minimal pairs δ"]),
        ("attention entropy", &["δ", "Texts", "Read layers"]),
        ("attention repair", &["δ", "Texts", "Repaired layers"]),
        ("pathway repair", &["δ", "Texts", "Repaired layers"]),
        ("norm repair", &["δ", "Texts", "Repaired layers"]),
        ("heads", &["δ", "Texts", "Repaired layers", "Top", "One by one"]),
        ("layer sets", &["δ", "Texts", "Sets of", "Random sets", "Windows of", "single layers"]),
        ("queries and keys", &["δ", "Texts", "Read layers"]),
        ("audit", &["Texts", "Pairs", "Own grid: Audit δ"]),
    ];
    for (i, (name, settings)) in experiments.iter().enumerate() {
        let line = format!("Settings of {name}");
        // What was put away before moves the lines below it for a while.
        let last = std::cell::Cell::new(f32::NAN);
        wait(&mut window, &format!("{name} stands still"), |w| {
            let now = w.get_by_label(&line).rect().top();
            last.replace(now) == now
        });
        press(&mut window, &line);
        steps(&mut window, 20);
        // Between its line and that of the next experiment.
        let next = experiments.get(i + 1).map(|(next, _)| format!("Settings of {next}"));
        for setting in settings.iter().chain(&of_all) {
            wait(&mut window, &format!("{name}: {setting}"), |w| {
                let top = |label: &String| w.get_by_label(label).rect().top();
                let within = top(&line) - 1.0..next.as_ref().map_or(f32::INFINITY, top);
                w.query_all_by_label_contains(setting).any(|node| within.contains(&node.rect().top()))
            });
        }
        window.check_accessibility();
        press(&mut window, &line);
        steps(&mut window, 20);
    }
}

/// Headings of the set-up, from above.
const SECTIONS: [&str; 5] = ["Model", "Texts", "Perturbation", "Experiments", "Device"];

/// The section that the message stands in which holds `part`; the bar below has it as well, further to the right.
fn section_of(window: &Window, part: &str) -> Option<&'static str> {
    let message = window.query_all_by_label_contains(part).map(|node| node.rect()).find(|rect| rect.left() < 300.0)?;
    // The heading is the first of its name: rows may have it as well.
    let top = |name: &str| {
        let headings = window.query_all_by_label(name).map(|node| node.rect()).filter(|rect| rect.left() < 400.0);
        headings.map(|rect| rect.top()).fold(f32::INFINITY, f32::min)
    };
    SECTIONS.into_iter().rev().find(|name| top(name) < message.top())
}

/// All experiments, with one thing changed.
fn changed(change: impl Fn(&mut Study)) -> Study {
    let mut study = everything();
    change(&mut study);
    study
}

macro_rules! of {
    ($study:ident => $change:expr) => {
        changed(|$study: &mut Study| {
            $change;
        })
    };
}

/// A study that cannot run, a part of what is said of it, and the section in which that stands.
type Case = (Study, &'static str, &'static str);

fn broken_settings() -> Vec<Case> {
    vec![
        (of!(s => s.model.id = "/no/such/model".into()), "there is no such folder or file", "Model"),
        (of!(s => s.texts.source = "/no/such/texts.txt".into()), "there is no such file", "Texts"),
        (of!(s => s.texts.limit = 0), "The number of texts is 0: at least one", "Texts"),
        (of!(s => s.texts.max_tokens = 1), "The number of tokens is 1", "Texts"),
        (of!(s => s.texts.shorter_than = 31), "\"Shorter than\" (31)", "Texts"),
        (of!(s => s.texts.must_contain = "§".into()), "none of its 300 texts passes", "Texts"),
        (of!(s => s.perturbation.modes.clear()), "Choose at least one mode", "Perturbation"),
        (of!(s => s.perturbation.modes = vec![Mode::Angular; 2]), "The modes have angular twice", "Perturbation"),
        (of!(s => s.perturbation.layers = Layers::These(vec![8])), "there is no layer 8", "Perturbation"),
        (of!(s => s.perturbation.deltas.clear()), "The δ grid is empty", "Perturbation"),
        (of!(s => s.perturbation.deltas.push(-1.0)), "The δ grid holds -1", "Perturbation"),
        (of!(s => s.perturbation.deltas.push(f64::NAN)), "The δ grid holds NaN", "Perturbation"),
        (of!(s => s.perturbation.deltas.push(1.0)), "The δ grid holds 1 twice", "Perturbation"),
        (of!(s => s.perturbation.seeds = Seeds::Count(0)), "There is no seed", "Perturbation"),
        (of!(s => s.perturbation.seeds = Seeds::Count(200_000)), "at most 100000 seeds", "Perturbation"),
        (of!(s => s.perturbation.seeds = Seeds::List(vec![1, 1])), "The list of seeds holds 1 twice", "Perturbation"),
        (of!(s => s.perturbation.seeds = Seeds::List(vec![u64::MAX])), "seeds go up to", "Perturbation"),
        (of!(s => s.perturbation.tokens = Tokens::At(Vec::new())), "No token is chosen", "Perturbation"),
        (of!(s => s.perturbation.tokens = Tokens::At(vec![900])), "is long enough to have one", "Perturbation"),
        (
            of!(s => s.perturbation.direction = Direction::File(String::new())),
            "Name a safetensors file, or write random",
            "Perturbation",
        ),
        (
            of!(s => s.perturbation.direction = Direction::File("/no/d.safetensors".to_owned())),
            "/no/d.safetensors: there is no such file",
            "Perturbation",
        ),
    ]
}

fn broken_experiments() -> Vec<Case> {
    vec![
        (of!(s => s.experiments = Experiments::default()), "Choose at least one experiment", "Experiments"),
        (
            of!(s => s.experiments.sweep.as_mut().unwrap().deltas = Some(Vec::new())),
            "The δ grid is empty",
            "Experiments",
        ),
        (of!(s => s.experiments.sweep.as_mut().unwrap().texts = Some(0)), "The number of texts is 0", "Experiments"),
        (
            of!(s => s.experiments.sweep.as_mut().unwrap().seeds = Some(Seeds::List(vec![7, 7]))),
            "The list of seeds holds 7 twice",
            "Experiments",
        ),
        (
            of!(s => s.experiments.sweep.as_mut().unwrap().layers = Some(Layers::These(vec![9]))),
            "there is no layer 9",
            "Experiments",
        ),
        (of!(s => s.experiments.syntax.as_mut().unwrap().items = 0), "The number of pairs is 0", "Experiments"),
        (
            of!(s => s.experiments.syntax.as_mut().unwrap().paradigms.push(PARADIGM.to_owned())),
            "Paradigms names \"regular_subject_verb_agreement\" twice",
            "Experiments",
        ),
        (
            of!(s => s.experiments.syntax.as_mut().unwrap().items = 90_000),
            "90000 pairs of each paradigm",
            "Experiments",
        ),
        (
            of!(s => s.experiments.syntax.as_mut().unwrap().paradigms.push("none_such".to_owned())),
            "Paradigms: \"none_such\" is not in",
            "Experiments",
        ),
        (
            of!(s => s.experiments.syntax.as_mut().unwrap().pairs = "/no/pairs.jsonl".into()),
            "Source \"/no/pairs.jsonl\"",
            "Experiments",
        ),
        (of!(s => s.experiments.entropy.as_mut().unwrap().delta = None), "δ is not set", "Experiments"),
        (of!(s => s.experiments.pathways.as_mut().unwrap().delta = Some(0.0)), "δ is 0: every δ", "Experiments"),
        (
            of!(s => s.experiments.norm_repair.as_mut().unwrap().repair_layers = Some(Layers::These(vec![11]))),
            "there is no layer 11",
            "Experiments",
        ),
        (of!(s => s.experiments.heads.as_mut().unwrap().top.push(0)), "repaired together holds 0", "Experiments"),
        (of!(s => s.experiments.heads.as_mut().unwrap().top.push(2)), "repaired together holds 2 twice", "Experiments"),
        (of!(s => s.experiments.heads.as_mut().unwrap().top.push(99)), "asks for 99 heads", "Experiments"),
        (of!(s => s.experiments.heads.as_mut().unwrap().singles = 99), "asks for 99 heads", "Experiments"),
        (of!(s => s.experiments.layer_sets.as_mut().unwrap().size = 0), "The size of a set is 0", "Experiments"),
        (of!(s => s.experiments.layer_sets.as_mut().unwrap().size = 4), "The size of a set is 4", "Experiments"),
        (of!(s => s.experiments.layer_sets.as_mut().unwrap().window = 9), "The width of a window is 9", "Experiments"),
        (of!(s => s.perturbation.rotation = Some(Rotation::Exact)), "The audit varies matching", "Experiments"),
        (of!(s => s.statistics.equivalence.damage = Some(0.0)), "The bound of damage is 0", "Experiments"),
    ]
}

#[test]
fn every_message_of_a_study_that_cannot_run_stands_where_it_is_set() {
    let cases = broken_settings().into_iter().chain(broken_experiments());
    for (study, part, section) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut window = window(folder.path(), study);
        wait(&mut window, part, |w| shows(w, part));
        steps(&mut window, 2);
        assert_eq!(section_of(&window, part), Some(section), "{part}");
        assert!(is_disabled(&window, "Run"), "{part}");
    }
}

#[test]
fn a_broken_tokenizer_ends_in_a_message_and_a_mended_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    std::fs::create_dir(&model).unwrap();
    for (name, bytes) in demo_files() {
        std::fs::write(model.join(name), bytes).unwrap();
    }
    let path = model.join("tokenizer.json");
    let whole: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let with = |part: &str, value: serde_json::Value| {
        let mut changed = whole.clone();
        changed[part] = value;
        std::fs::write(&path, changed.to_string()).unwrap();
    };
    // The library panics while it reads this one …
    with("decoder", serde_json::json!([1]));
    let mut study = small();
    study.model.id = model.to_str().unwrap().to_owned();
    let mut window = window(folder.path(), study);
    let words = "not a usable tokenizer.json";
    wait(&mut window, "the message", |w| shows(w, words));
    assert_eq!(section_of(&window, words), Some("Model"));
    assert!(!shows(&window, "Reading the model's shape") && is_disabled(&window, "Run"));
    // … and fails on every text with this one.
    with("model", serde_json::json!({ "type": "Unigram", "vocab": [["a", 0.0]] }));
    retype(&mut window, Role::SpinButton, "At most", "3");
    wait(&mut window, "another message", |w| shows(w, "the tokenizer fails on"));
    std::fs::write(&path, whole.to_string()).unwrap();
    retype(&mut window, Role::SpinButton, "At most", "4");
    wait(&mut window, "the shape", |w| shows(w, "8 layers"));
    wait(&mut window, "no message", |w| !shows(w, "the tokenizer fails on"));
}

#[test]
fn a_file_that_is_mended_is_read_when_one_tries_again() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    std::fs::create_dir(&model).unwrap();
    for (name, bytes) in demo_files() {
        std::fs::write(model.join(name), bytes).unwrap();
    }
    let path = model.join("tokenizer.json");
    let whole: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    // Ids that the model has no embeddings for: the file is read without complaint, and the texts are not.
    let mut broken = whole.clone();
    for id in broken["model"]["vocab"].as_object_mut().unwrap().values_mut() {
        *id = serde_json::json!(id.as_u64().unwrap() + 100_000);
    }
    std::fs::write(&path, broken.to_string()).unwrap();
    let mut study = small();
    study.model.id = model.to_str().unwrap().to_owned();
    let texts = folder.path().join("texts.txt");
    study.texts.source = texts.to_str().unwrap().to_owned();
    std::fs::write(&texts, "The old bridge was closed after the spring flood.\n".repeat(3)).unwrap();
    let mut window = window(folder.path(), study);
    let words = "outside the model's vocabulary";
    wait(&mut window, "the message", |w| shows(w, words));
    assert_eq!(section_of(&window, words), Some("Model"));
    std::fs::write(&path, whole.to_string()).unwrap();
    press(&mut window, "Try again");
    wait(&mut window, "no message", |w| !shows(w, words) && !shows(w, "Try again"));
    // What a setting alone decides is not tried again.
    retype(&mut window, Role::TextInput, "Layers", "9");
    wait(&mut window, "no trials", |w| shows(w, "No trials until"));
    assert!(!shows(&window, "Try again"));
    retype(&mut window, Role::TextInput, "Layers", "2-5");
    // Texts that are gone, and are back.
    std::fs::remove_file(&texts).unwrap();
    retype(&mut window, Role::SpinButton, "At most", "2");
    wait(&mut window, "the offer", |w| shows(w, "Try again"));
    std::fs::write(&texts, "The old bridge was closed after the spring flood.\n".repeat(3)).unwrap();
    press(&mut window, "Try again");
    wait(&mut window, "no offer", |w| !shows(w, "Try again"));
}

#[test]
fn repeated_texts_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().join("texts.txt");
    let lines = [
        "The old bridge was closed after the spring flood.",
        "Most bakers in the village start work before sunrise.",
        "The old bridge was closed after the spring flood.",
        " The old bridge was closed after the spring flood. ",
        "Too short.",
        "Too short.",
    ];
    std::fs::write(&texts, lines.join("\n")).unwrap();
    let mut study = small();
    study.texts.source = texts.to_str().unwrap().to_owned();
    let mut window = window(folder.path(), study);
    // Those that the filter drops do not count.
    let words = "2 of the 4 texts repeat others, so only 2 differ: repeated texts are not independent";
    wait(&mut window, "the warning", |w| shows(w, words));
    assert_eq!(section_of(&window, words), Some("Texts"));
    assert!(!is_disabled(&window, "Run"));
    // As many as are used count.
    retype(&mut window, Role::SpinButton, "At most", "3");
    wait(&mut window, "one that is repeated", |w| shows(w, "1 of the 3 texts repeats another, so only 2 differ"));
    retype(&mut window, Role::SpinButton, "At most", "2");
    wait(&mut window, "nothing to warn of", |w| !shows(w, "not independent"));
}

#[test]
fn what_delta_can_do_is_shown_where_norms_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    study.perturbation.deltas = vec![0.01, 50.0];
    let mut window = window(folder.path(), study.clone());
    wait(&mut window, "the norms of the demo", |w| shows(w, "Reach  not by all from δ 50, flips from δ 50"));
    open_fold(&mut window, "Reach");
    for part in ["reached, angular", "flipped, magnitude", "100\u{a0}%", "Counted in a clean pass over 4 of the texts"]
    {
        assert!(shows(&window, part), "{part}");
    }
    window.check_accessibility();

    // Another model's are not known before it has run, or a file of it is open.
    let model = folder.path().join("mine");
    std::fs::create_dir(&model).unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(Path::new("assets/demo").join(file), model.join(file)).unwrap();
    }
    study.model.id = model.to_str().unwrap().to_owned();
    let mut window = self::window(folder.path(), study.clone());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    assert!(shows(&window, "Reach  once norms are known"));
    let file = folder.path().join("mine.polar");
    run(study, &file);
    let mut window = {
        let folder = folder.path().to_owned();
        Harness::builder()
            .with_size([1080.0, 3000.0])
            .build_eframe(move |creation| PolarscopeApp::new(creation, folder, Some(file)))
    };
    wait(&mut window, "the study file", |w| w.state().trials_shown() > 0);
    wait(&mut window, "its norms", |w| shows(w, "Reach  not by all from δ 50, flips from δ 50"));
    open_fold(&mut window, "Reach");
    assert!(shows(&window, "From the norms in mine.polar"));
    assert!(shows(&window, "over 95\u{a0}%") && shows(&window, "under 5\u{a0}%"));
}

#[test]
fn the_protocol_is_laid_open_with_what_each_choice_means() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    steps(&mut window, 2);
    assert!(shows(&window, "Comparison  per token, independent, same, exact"));
    open_fold(&mut window, "Comparison");
    assert!(shows(&window, "Every token moves by exactly δ in both modes"));
    press(&mut window, "Published");
    assert_eq!(window.state().study().unwrap().perturbation.protocol, Protocol::Published);
    for part in [
        "The modes agree in the mean and not token by token",
        "That alone can make angular look the more harmful of the two",
        "magnitude can look worse on minimal pairs than it is",
        "no further than about 1.05‖h‖",
    ] {
        assert!(shows(&window, part), "{part}");
    }
    window.get_by_role_and_label(Role::ComboBox, "Coherence").click();
    window.step();
    press(&mut window, "independent");
    assert!(shows(&window, "pushes of several layers partly cancel, in both modes alike"));
    press(&mut window, "All as the protocol");
    assert!(!window.state().study().unwrap().perturbation.settings_are_overridden());
    window.check_accessibility();
}

#[test]
fn models_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    press(&mut window, "Models");
    assert!(shows(&window, "Of the published study"));
    steps(&mut window, 2);
    window.get_by_label("Find models").type_text("zephyr");
    steps(&mut window, 2);
    assert!(!shows(&window, "EleutherAI/pythia-410m") && shows(&window, "HuggingFaceH4/zephyr-7b-beta"));
    window.check_accessibility();
    window.key_press(egui::Key::Enter);
    steps(&mut window, 3);
    assert_eq!(window.state().study().unwrap().model.id, "HuggingFaceH4/zephyr-7b-beta");
    assert!(window.query_by_label("Find models").is_none());
    // It begins anew when it is opened again.
    press(&mut window, "Models");
    steps(&mut window, 2);
    assert_eq!(value(&window, "Find models"), "");
    press(&mut window, "demo");
    assert_eq!(window.state().study().unwrap().model.id, "demo");
}

#[test]
fn what_differs_from_the_published_settings_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = polarscope::published::study();
    let mut window = window(folder.path(), study.clone());
    steps(&mut window, 2);
    assert!(shows(&window, "As published: no setting differs from the study of Pythia-410M"));
    study.perturbation.protocol = Protocol::Strict;
    study.texts.limit = 300;
    study.perturbation.deltas = vec![0.25, 8.0];
    let mut window = self::window(folder.path(), study);
    steps(&mut window, 2);
    let line = "Differs from the published: protocol\u{a0}strict, δ\u{a0}0.25–8, 300\u{a0}texts";
    press(&mut window, line);
    steps(&mut window, 20);
    for part in ["number of texts", "500", "300", "Pythia-410M", "1, 2, 5, 10, 15, 20", "0.25, 8"] {
        assert!(window.query_all_by_label(part).next().is_some(), "{part}");
    }
    window.check_accessibility();
}

#[cfg(unix)]
#[test]
fn the_command_that_is_copied_runs_the_study_that_is_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = everything();
    study.name = "It's \"mine\"".to_owned();
    study.experiments.layer_sets = None;
    study.experiments.heads = None;
    study.perturbation.modes = vec![Mode::Magnitude, Mode::Angular, Mode::Isotropic];
    study.perturbation.seeds = Seeds::List(vec![3]);
    // A path that is not the terminal's.
    let texts = folder.path().join("my texts.txt");
    std::fs::write(&texts, "The cat sees the dog near the old house.\nThe dogs see a bird near the small house.\n")
        .unwrap();
    study.texts.source = texts.to_str().unwrap().to_owned();
    let mut window = window(folder.path(), study.clone());
    wait(&mut window, "the estimate", |w| shows(w, " trials"));
    window.step();
    window.get_by_label("Copy as command line").click();
    window.step();
    let line = copied(&mut window);
    assert!(line.starts_with("polarscope run demo"), "{line}");
    let binary = Path::new(env!("CARGO_BIN_EXE_polarscope"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let terminal = tempfile::tempdir().unwrap();
    let outcome = std::process::Command::new("sh")
        .args(["-c", &line])
        .env("PATH", path)
        .current_dir(terminal.path())
        .output()
        .unwrap();
    assert!(outcome.status.success(), "{line}\n{}", String::from_utf8_lossy(&outcome.stderr));
    let file = terminal.path().join("demo.polar");
    assert_eq!(Store::open(&file).unwrap().study().unwrap(), study);

    // What would not run is not copied.
    press(&mut window, "Remove δ 1");
    press(&mut window, "Remove δ 0.25");
    assert!(is_disabled(&window, "Copy as command line"));
}

#[test]
fn precision_and_memory_stand_with_the_device() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "what it needs", |w| shows(w, "Memory: The study needs "));
    let meter = window.query_all_by_label_contains("Memory: ").next().unwrap();
    let share = meter.accesskit_node().numeric_value().unwrap();
    assert!(share > 0.0 && share < 100.0, "{share}");
    let precision = window.get_by_role_and_label(Role::ComboBox, "Precision");
    // Without a card there is nothing to choose.
    assert_eq!(precision.accesskit_node().is_disabled(), polarscope::device::list().len() == 1);
    // How results are judged is a part of the study as well.
    open_fold(&mut window, "Verdicts");
    press(&mut window, "Bound of damage");
    assert_eq!(window.state().study().unwrap().statistics.equivalence.damage, Some(0.1));
    assert!(shows(&window, "1 bound of equivalence"));
    window.check_accessibility();
}

#[test]
fn what_is_wrong_with_the_results_file_is_told_before_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), small());
    wait(&mut window, "the estimate", |w| shows(w, " trials · "));
    std::fs::write(folder.path().join("begun.polar"), []).unwrap();
    retype(&mut window, Role::TextInput, "Results file", "begun.polar");
    wait(&mut window, "what is there", |w| shows(w, "ended before its first trial; Run makes it anew"));
    assert!(!is_disabled(&window, "Run"));
    retype(&mut window, Role::TextInput, "Results file", "none/a.polar");
    let words = "cannot be written: there is no folder";
    wait(&mut window, "the message", |w| shows(w, words));
    assert!(is_disabled(&window, "Run") && !shows(&window, "--out"));
    // The bar has room for it: nothing is kept free for the progress of a run that is not there.
    let says =
        |node: &egui_kittest::Node| node.accesskit_node().value().is_some_and(|text| text.starts_with("The results"));
    let bar = window.query_all_by_label_contains(words).find(says);
    let width = bar.expect("the bar says why").rect().width();
    assert!(width > 600.0, "{width}");
    retype(&mut window, Role::TextInput, "Results file", " ");
    wait(&mut window, "the hint", |w| shows(w, "Name a file for the results"));
}

#[test]
fn a_name_of_signs_that_cannot_be_seen_is_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut study = small();
    study.name = "red \u{1b}[31m\u{202e}".to_owned();
    study.perturbation.deltas = vec![1e30];
    let mut window = window(folder.path(), study);
    wait(&mut window, "the message", |w| shows(w, "δ goes up to 1e18"));
    assert!(shows(&window, "Study red \\u{1b}[31m\\u{202e}"));
    // The field that it is typed in has it as it is.
    assert!(!shows(&window, "\u{1b}"));
    assert!(window.query_by_label("Remove δ 1e30").is_some());
    assert!(!shows(&window, "0000000"));
    assert!(shows(&window, "Mend what is marked in the set-up"));
}
