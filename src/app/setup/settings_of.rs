//! The settings of one experiment: those that all have, and what some have beside them.

use super::Around;
use super::deltas::DeltasField;
use super::seeds;
use super::typed::{Form, Typed};
use crate::app::widgets::{note, row};
use crate::experiment::Kind;
use crate::figure::counted;
use crate::study::{DELTA, DeltaUnit, Key, Layers, Seeds, Setting, Study};
use egui::{DragValue, Ui};

/// Texts that are being typed for one experiment.
#[derive(Default)]
pub struct Fields {
    deltas: DeltasField,
    seeds: Typed<Seeds>,
    layers: Typed<Layers>,
    others: Typed<Layers>,
    top: Typed<Vec<usize>>,
}

impl Fields {
    /// What is wrong with one of them.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        let layers = self.layers.error().or(self.others.error());
        self.seeds.error().or(layers).or(self.top.error())
    }
}

/// The settings of `kind` in a line: what differs from the study's. None where it is off.
#[must_use]
pub fn summary(study: &Study, kind: Kind) -> Option<String> {
    Setting::Asked(kind).is_set(study).then_some(())?;
    let mut words = Vec::new();
    if let Some(delta) = typed::<Option<f64>>(study, kind, Key::Delta) {
        words.push(format!("δ {}", crate::figure::delta(delta.unwrap_or(DELTA))));
    }
    if let Some(Some(deltas)) = typed::<Option<Vec<f64>>>(study, kind, Key::Deltas) {
        words.push(format!("{} δ", deltas.len()));
    }
    if let Some(Some(texts)) = typed::<Option<usize>>(study, kind, Key::Texts) {
        words.push(counted(*texts, "text", "texts"));
    }
    match typed::<Option<usize>>(study, kind, Key::Items).filter(|_| has_pairs(study)) {
        Some(Some(0)) => words.push("no pairs".to_owned()),
        Some(Some(items)) => words.push(counted(*items, "pair", "pairs")),
        _ => {}
    }
    if let Some(top) = typed::<Vec<usize>>(study, kind, Key::Top).filter(|top| !top.is_empty()) {
        words.push(format!("top {}", listed(top)));
    }
    if let Some(size) = typed::<usize>(study, kind, Key::Size) {
        words.push(format!("sets of {size}"));
    }
    if let Some(Some(seeds)) = typed::<Option<Seeds>>(study, kind, Key::Seeds) {
        words.push(counted(seeds.values().len(), "seed", "seeds"));
    }
    for (key, what) in [(Key::Layers, "layers"), (Key::ReadLayers, "read"), (Key::RepairLayers, "repaired")] {
        if let Some(Some(layers)) = typed::<Option<Layers>>(study, kind, key) {
            words.push(format!("{what} {layers}"));
        }
    }
    Some(if words.is_empty() { "as the study".to_owned() } else { words.join(" · ") })
}

/// A setting of `kind`, where it is on, has that setting, and that is a `T`.
fn typed<T: 'static>(study: &Study, kind: Kind, key: Key) -> Option<&T> {
    Setting::Of(kind, key).typed(study)
}

/// The same, to be changed.
fn typed_mut<T: 'static>(study: &mut Study, kind: Kind, key: Key) -> Option<&mut T> {
    Setting::Of(kind, key).typed_mut(study)
}

/// Whether `study` has minimal pairs.
fn has_pairs(study: &Study) -> bool {
    Setting::Asked(Kind::Syntax).is_set(study)
}

const LAYERS: Form<Layers> =
    Form { write: |layers| layers.to_string(), read: |text| text.parse::<Layers>().map_err(|error| error.to_string()) };

const COUNTS: Form<Vec<usize>> = Form { write: |list| listed(list), read: counts };

fn listed(list: &[usize]) -> String {
    list.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn counts(text: &str) -> Result<Vec<usize>, String> {
    let parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty());
    let count = |part: &str| part.parse().map_err(|_| format!("\"{part}\" is not a whole number; write 2, 4, 8"));
    parts.map(count).collect()
}

/// Draws the settings of `kind`: those that it has of the settings of experiments.
pub fn show(ui: &mut Ui, study: &mut Study, around: &Around, fields: &mut Fields, kind: Kind) {
    let unit = study.perturbation.delta_unit;
    let shared = study.perturbation.deltas.clone();
    let (seeds, layers) = (study.perturbation.seeds.clone(), study.perturbation.layers.clone());
    if !Setting::Asked(kind).is_set(study) {
        return;
    }
    let texts_of_study =
        around.ready.and_then(|ready| ready.texts.as_ref()).map_or(study.texts.limit, |texts| texts.used);
    let pairs_of_study = study.experiments.syntax.as_ref().map(|syntax| syntax.items);
    let help = |key| Setting::Of(kind, key).help();
    if let Some(delta) = typed_mut(study, kind, Key::Delta) {
        one_delta(ui, delta, unit);
    }
    if let Some(texts) = typed_mut(study, kind, Key::Texts) {
        first(ui, "Texts", help(Key::Texts), texts, texts_of_study, 1);
    }
    if let Some((pairs, items)) = pairs_of_study.zip(typed_mut(study, kind, Key::Items)) {
        first(ui, "Pairs", help(Key::Items), items, pairs, 0);
    }
    if let Some(own_seeds) = typed_mut(study, kind, Key::Seeds) {
        own(ui, "Seeds", help(Key::Seeds), own_seeds, &seeds, &mut fields.seeds, &seeds::FORM);
    }
    if let Some(own_layers) = typed_mut(study, kind, Key::Layers) {
        own(ui, "Layers", help(Key::Layers), own_layers, &layers, &mut fields.layers, &LAYERS);
    }
    let disturbed = typed::<Option<Layers>>(study, kind, Key::Layers).cloned().flatten().unwrap_or(layers);
    for (key, name) in [(Key::ReadLayers, "Read layers"), (Key::RepairLayers, "Repaired layers")] {
        if let Some(others) = typed_mut(study, kind, key) {
            own(ui, name, help(key), others, &disturbed, &mut fields.others, &LAYERS);
        }
    }
    if let Some(deltas) = typed_mut(study, kind, Key::Deltas) {
        own_deltas(ui, &format!("{} δ", kind.title()), deltas, &shared, &mut fields.deltas, unit);
    }
    if let Some(top) = typed_mut(study, kind, Key::Top) {
        row(ui, "Top", help(Key::Top), |ui, label| {
            fields.top.show(ui, top, &COUNTS, (label, 96.0));
            ui.label("heads together");
        });
    }
    if let Some(singles) = typed_mut(study, kind, Key::SingleHeads) {
        row(ui, "One by one", help(Key::SingleHeads), |ui, label| {
            ui.add(number(singles, 10_000)).labelled_by(label);
            ui.label("heads");
        });
        note(ui, "Planned from the entropy ranking, once that is in.");
    }
    if Setting::keys(kind).contains(&Key::Size) {
        row(ui, "Sets of", help(Key::Size), |ui, label| {
            if let Some(size) = typed_mut(study, kind, Key::Size) {
                ui.add(number(size, 1000)).labelled_by(label);
                ui.label("layers,");
            }
            if let Some(random) = typed_mut(study, kind, Key::Random) {
                ui.add(number(random, 1000)).accessible_name("Random sets");
                ui.label("at random");
            }
        });
    }
    if Setting::keys(kind).contains(&Key::Window) {
        row(ui, "Windows of", help(Key::Window), |ui, label| {
            if let Some(window) = typed_mut(study, kind, Key::Window) {
                ui.add(number(window, 1000)).labelled_by(label);
            }
            if let Some(singles) = typed_mut(study, kind, Key::SingleLayers) {
                ui.checkbox(singles, "single layers").on_hover_text(help(Key::SingleLayers));
            }
        });
        note(ui, "Top, middle and bottom sets are planned from the entropy ranking, once that is in.");
    }
}

/// A whole number up to `most`.
fn number(value: &mut usize, most: usize) -> DragValue<'_> {
    DragValue::new(value).range(0..=most).clamp_existing_to_range(false)
}

/// The one δ of an experiment.
fn one_delta(ui: &mut Ui, delta: &mut Option<f64>, unit: DeltaUnit) {
    row(ui, "δ", &format!("The distance by which hidden states are moved, {}", unit.label()), |ui, label| {
        let mut value = delta.unwrap_or(DELTA);
        let speed = (value / 50.0).clamp(0.001, 1.0);
        let field =
            DragValue::new(&mut value).range(0.0..=1e6).clamp_existing_to_range(false).speed(speed).max_decimals(6);
        if ui.add(field).labelled_by(label).changed() {
            *delta = Some(value);
        }
        note(ui, unit.label());
    });
}

/// The first so many of something, or all of the study's.
fn first(ui: &mut Ui, name: &str, hover: &str, value: &mut Option<usize>, all: usize, least: usize) {
    row(ui, name, hover, |ui, label| {
        let mut count = value.unwrap_or(all);
        let field = DragValue::new(&mut count).range(least..=1_000_000).clamp_existing_to_range(false);
        if ui.add(field).labelled_by(label).changed() {
            *value = Some(count);
        }
        let words = format!("All of the study's {}", name.to_lowercase());
        if ui.selectable_label(value.is_none(), "All").on_hover_text(words).clicked() {
            *value = None;
        }
    });
}

/// A setting of its own, or the study's.
fn own<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    hover: &str,
    value: &mut Option<T>,
    default: &T,
    field: &mut Typed<T>,
    form: &Form<T>,
) {
    row(ui, name, hover, |ui, label| {
        let mut now = value.clone().unwrap_or_else(|| default.clone());
        field.show(ui, &mut now, form, (label, 96.0));
        if now != *value.as_ref().unwrap_or(default) {
            *value = Some(now);
        }
        if ui.selectable_label(value.is_none(), "As the study").clicked() {
            *value = None;
            *field = Typed::default();
        }
    });
}

/// An experiment's own δ grid, where it has one.
fn own_deltas(
    ui: &mut Ui,
    name: &str,
    own: &mut Option<Vec<f64>>,
    shared: &[f64],
    field: &mut DeltasField,
    unit: DeltaUnit,
) {
    let mut on = own.is_some();
    if ui.checkbox(&mut on, "Own δ grid").accessible_name(format!("Own grid: {name}")).changed() {
        *own = on.then(|| shared.to_vec());
    }
    if let Some(deltas) = own {
        field.show(ui, name, deltas, unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::kinds;

    #[test]
    fn lists_of_counts_are_read_back() {
        assert_eq!(counts("2, 4,8"), Ok(vec![2, 4, 8]));
        assert_eq!(counts(&listed(&[1, 16])), Ok(vec![1, 16]));
        assert!(counts("2, many").is_err());
    }

    #[test]
    fn the_folded_line_says_what_is_set() {
        let mut study = Study::demo();
        kinds::switch_on(&mut study, Kind::Entropy, None);
        assert_eq!(summary(&study, Kind::Entropy).as_deref(), Some("δ 0.5"));
        assert_eq!(summary(&study, Kind::Sweep).as_deref(), Some("as the study"));
        if let Some(entropy) = &mut study.experiments.entropy {
            entropy.texts = Some(20);
            entropy.read_layers = Some(Layers::All);
        }
        assert_eq!(summary(&study, Kind::Entropy).as_deref(), Some("δ 0.5 · 20 texts · read all"));
        assert_eq!(summary(&study, Kind::Heads), None);
    }
}
