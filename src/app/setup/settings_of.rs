//! The settings of one experiment: those that all have, and what some have beside them.

use super::Around;
use super::deltas::DeltasField;
use super::seeds;
use super::typed::{Form, Typed};
use crate::app::widgets::row;
use crate::experiment::Kind;
use crate::figure::counted;
use crate::study::{DELTA, DeltaUnit, Heads, Key, LayerSets, Layers, Seeds, Setting, Study};
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

/// What the settings of all experiments have: borrowed from those of one.
pub struct Common<'a> {
    /// δ of an experiment at one δ.
    pub delta: Option<&'a mut Option<f64>>,
    /// The grid of one at several.
    pub deltas: Option<&'a mut Option<Vec<f64>>>,
    /// The first so many texts.
    texts: Option<&'a mut Option<usize>>,
    /// The first so many pairs.
    items: Option<&'a mut Option<usize>>,
    seeds: &'a mut Option<Seeds>,
    layers: &'a mut Option<Layers>,
    /// Other layers, and what is done to them.
    others: Option<(&'static str, &'a mut Option<Layers>)>,
    /// What stands in the folded line beside all this.
    more: Option<String>,
}

impl<'a> Common<'a> {
    /// Of `kind` in `study`, where it is on.
    pub fn of(study: &'a mut Study, kind: Kind) -> Option<Self> {
        let of = &mut study.experiments;
        macro_rules! common {
            ($e:expr, $($field:ident: $value:expr),*) => {
                Self {
                    $($field: $value,)*
                    ..Self {
                        delta: None, deltas: None, texts: None, items: None, others: None, more: None,
                        seeds: &mut $e.seeds, layers: &mut $e.layers,
                    }
                }
            };
        }
        Some(match kind {
            Kind::Sweep => {
                let e = of.sweep.as_mut()?;
                common!(e, deltas: Some(&mut e.deltas), texts: Some(&mut e.texts))
            }
            Kind::Syntax => {
                let e = of.syntax.as_mut()?;
                common!(e, deltas: Some(&mut e.deltas))
            }
            Kind::Audit | Kind::AuditPairs => {
                let e = of.audit.as_mut()?;
                let items = of.syntax.is_some().then_some(&mut e.items);
                common!(e, deltas: Some(&mut e.deltas), texts: Some(&mut e.texts), items: items)
            }
            Kind::Entropy | Kind::QkAlignment => {
                let e = if kind == Kind::Entropy { of.entropy.as_mut()? } else { of.qk_alignment.as_mut()? };
                let others = Some(("Read", &mut e.read_layers));
                common!(e, delta: Some(&mut e.delta), texts: Some(&mut e.texts), others: others)
            }
            Kind::AttentionRepair | Kind::Pathways | Kind::NormRepair => {
                let e = match kind {
                    Kind::AttentionRepair => of.attention_repair.as_mut()?,
                    Kind::Pathways => of.pathways.as_mut()?,
                    _ => of.norm_repair.as_mut()?,
                };
                let others = Some(("Repaired", &mut e.repair_layers));
                common!(e, delta: Some(&mut e.delta), texts: Some(&mut e.texts), others: others)
            }
            Kind::Heads => {
                let e = of.heads.as_mut()?;
                let more = (!e.top.is_empty()).then(|| format!("top {}", listed(&e.top)));
                let others = Some(("Repaired", &mut e.repair_layers));
                common!(e, delta: Some(&mut e.delta), texts: Some(&mut e.texts), others: others, more: more)
            }
            Kind::LayerSets => {
                let e = of.layer_sets.as_mut()?;
                let more = Some(format!("sets of {}", e.size));
                common!(e, delta: Some(&mut e.delta), texts: Some(&mut e.texts), more: more)
            }
        })
    }

    /// The settings in a line: what differs from the study's.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut words = Vec::new();
        if let Some(delta) = &self.delta {
            words.push(format!("δ {}", crate::figure::delta(delta.unwrap_or(DELTA))));
        }
        if let Some(Some(deltas)) = &self.deltas {
            words.push(format!("{} δ", deltas.len()));
        }
        if let Some(Some(texts)) = &self.texts {
            words.push(counted(*texts, "text", "texts"));
        }
        match &self.items {
            Some(Some(0)) => words.push("no pairs".to_owned()),
            Some(Some(items)) => words.push(counted(*items, "pair", "pairs")),
            _ => {}
        }
        words.extend(self.more.clone());
        if let Some(seeds) = &self.seeds {
            words.push(counted(seeds.values().len(), "seed", "seeds"));
        }
        if let Some(layers) = &self.layers {
            words.push(format!("layers {layers}"));
        }
        if let Some((what, Some(layers))) = &self.others {
            words.push(format!("{} {layers}", what.to_lowercase()));
        }
        if words.is_empty() { "as the study".to_owned() } else { words.join(" · ") }
    }
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

/// Draws the settings of `kind`.
pub fn show(ui: &mut Ui, study: &mut Study, around: &Around, fields: &mut Fields, kind: Kind) {
    let unit = study.perturbation.delta_unit;
    let shared = study.perturbation.deltas.clone();
    let whole = (study.perturbation.seeds.clone(), study.perturbation.layers.clone());
    let texts_of_study =
        around.ready.and_then(|ready| ready.texts.as_ref()).map_or(study.texts.limit, |texts| texts.used);
    let pairs_of_study = study.experiments.syntax.as_ref().map_or(0, |syntax| syntax.items);
    let Some(common) = Common::of(study, kind) else { return };
    let help = |key| Setting::Of(kind, key).help();
    if let Some(delta) = common.delta {
        one_delta(ui, delta, unit);
    }
    if let Some(texts) = common.texts {
        first(ui, "Texts", help(Key::Texts), texts, texts_of_study, 1);
    }
    if let Some(items) = common.items {
        first(ui, "Pairs", help(Key::Items), items, pairs_of_study, 0);
    }
    own(ui, "Seeds", help(Key::Seeds), common.seeds, &whole.0, &mut fields.seeds, &seeds::FORM);
    own(ui, "Layers", help(Key::Layers), common.layers, &whole.1, &mut fields.layers, &LAYERS);
    if let Some((what, layers)) = common.others {
        let (name, hover) = match what {
            "Read" => ("Read layers", help(Key::ReadLayers)),
            _ => ("Repaired layers", help(Key::RepairLayers)),
        };
        let default = common.layers.clone().unwrap_or(whole.1);
        own(ui, name, hover, layers, &default, &mut fields.others, &LAYERS);
    }
    if let Some(deltas) = common.deltas {
        let name = match kind {
            Kind::Sweep => "Sweep δ",
            Kind::Syntax => "Pairs δ",
            _ => "Audit δ",
        };
        own_deltas(ui, name, deltas, &shared, &mut fields.deltas, unit);
    }
    match kind {
        Kind::Heads => study.experiments.heads.iter_mut().for_each(|of| heads(ui, of, fields)),
        Kind::LayerSets => study.experiments.layer_sets.iter_mut().for_each(|of| layer_sets(ui, of)),
        _ => {}
    }
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
        crate::app::widgets::note(ui, unit.label());
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

fn heads(ui: &mut Ui, of: &mut Heads, fields: &mut Fields) {
    row(ui, "Top", Setting::Of(Kind::Heads, Key::Top).help(), |ui, label| {
        fields.top.show(ui, &mut of.top, &COUNTS, (label, 96.0));
        ui.label("heads together");
    });
    row(ui, "One by one", Setting::Of(Kind::Heads, Key::SingleHeads).help(), |ui, label| {
        ui.add(DragValue::new(&mut of.singles).range(0..=10_000).clamp_existing_to_range(false)).labelled_by(label);
        ui.label("heads");
    });
    crate::app::widgets::note(ui, "Planned from the entropy ranking, once that is in.");
}

fn layer_sets(ui: &mut Ui, of: &mut LayerSets) {
    row(ui, "Sets of", Setting::Of(Kind::LayerSets, Key::Size).help(), |ui, label| {
        ui.add(DragValue::new(&mut of.size).range(0..=1000).clamp_existing_to_range(false)).labelled_by(label);
        ui.label("layers,");
        ui.add(DragValue::new(&mut of.random).range(0..=1000).clamp_existing_to_range(false))
            .accessible_name("Random sets");
        ui.label("at random");
    });
    row(ui, "Windows of", Setting::Of(Kind::LayerSets, Key::Window).help(), |ui, label| {
        ui.add(DragValue::new(&mut of.window).range(0..=1000).clamp_existing_to_range(false)).labelled_by(label);
        ui.checkbox(&mut of.singles, "single layers")
            .on_hover_text(Setting::Of(Kind::LayerSets, Key::SingleLayers).help());
    });
    crate::app::widgets::note(ui, "Top, middle and bottom sets are planned from the entropy ranking, once that is in.");
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
        let summary = |study: &mut Study, kind| Common::of(study, kind).map(|common| common.summary());
        assert_eq!(summary(&mut study, Kind::Entropy).as_deref(), Some("δ 0.5"));
        assert_eq!(summary(&mut study, Kind::Sweep).as_deref(), Some("as the study"));
        if let Some(entropy) = &mut study.experiments.entropy {
            entropy.texts = Some(20);
            entropy.read_layers = Some(Layers::All);
        }
        assert_eq!(summary(&mut study, Kind::Entropy).as_deref(), Some("δ 0.5 · 20 texts · read all"));
        assert_eq!(summary(&mut study, Kind::Heads), None);
    }
}
