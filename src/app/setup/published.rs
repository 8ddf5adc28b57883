//! What differs from the settings of the published study: a line that opens to a list.

use super::values::name;
use super::wrapped;
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::experiment::Kind;
use crate::figure::{counted, delta};
use crate::published;
use crate::study::{self, DELTA, DeltaUnit, Key, Layers, Seeds, Setting, Study};
use crate::visible;
use egui::{RichText, Ui};
use toml::Value;

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is called.
    what: String,
    /// What it is here, as it stands in the line: "protocol strict".
    short: String,
    there: String,
    here: String,
}

/// What the line shows, worked out when the study changes.
#[derive(Default)]
pub struct Line {
    of: Option<Study>,
    /// The name of the model that it was published of.
    name: &'static str,
    list: Vec<Difference>,
}

impl Line {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, study: &Study) {
        if self.of.as_ref() != Some(study) {
            (self.name, self.list) = differences(study);
            self.of = Some(study.clone());
        }
        if self.list.is_empty() {
            let words = format!("As published: no setting differs from the study of {}.", self.name);
            note(ui, words).on_hover_text(source());
            return;
        }
        // A number stays on a line with its name.
        let unbroken = |short: &str| if short.len() < 24 { short.replace(' ', "\u{a0}") } else { short.to_owned() };
        let short: Vec<String> = self.list.iter().map(|difference| unbroken(&difference.short)).collect();
        let words = format!("Differs from the published: {}", visible::line(&short.join(", ")));
        wrapped::fold(ui, "differs from the published", "", &words, &source(), |ui| self.table(ui));
    }

    fn table(&self, ui: &mut Ui) {
        let palette = palette(ui);
        let room = ui.available_width() - 16.0;
        let row = |ui: &mut Ui, cells: [&str; 3], ink| {
            ui.horizontal_top(|ui| {
                for (share, text) in [0.32, 0.34, 0.34].into_iter().zip(cells) {
                    let width = (share * room).floor();
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        ui.add(egui::Label::new(RichText::new(visible::line(text)).small().color(ink)).wrap());
                    });
                }
            });
        };
        ui.spacing_mut().item_spacing.y = 4.0;
        row(ui, ["", self.name, "Here"], palette.muted);
        for Difference { what, there, here, .. } in &self.list {
            row(ui, [what, there, here], palette.text);
        }
        note(ui, source());
    }
}

fn source() -> String {
    format!("The settings of the published study ({}), as far as they can be read.", published::published().source)
}

/// The model whose published study `study` is compared with, and what differs.
#[must_use]
pub fn differences(study: &Study) -> (&'static str, Vec<Difference>) {
    let known = published::model(&study.model.id).or(published::published().models.first());
    let Some(known) = known else { return ("", Vec::new()) };
    let (mut there, mut here) = (spelt_out(known.study()), spelt_out(study.clone()));
    // Names of layers are the same where they are the same layers.
    for layers in [&mut there, &mut here].map(|study| &mut study.perturbation.layers) {
        if let Ok(list) = layers.resolve(known.depth)
            && let Ok(these) = Layers::these(list)
        {
            *layers = these;
        }
    }
    if there.model.id.eq_ignore_ascii_case(&here.model.id) {
        here.model.id.clone_from(&there.model.id);
    }
    let experiments = |study: &Study| -> Vec<Kind> {
        let mut asked: Vec<Kind> = Kind::tables().filter(|kind| Setting::Asked(*kind).is_set(study)).collect();
        asked.sort_unstable_by_key(|kind| kind.name());
        asked
    };
    let (asked, asks) = (experiments(&there), experiments(&here));
    let is_compared = |setting: Setting| match setting.experiment() {
        Some(kind) => asked.contains(&kind) && asks.contains(&kind),
        None => !matches!(setting, Setting::Name | Setting::Seed | Setting::Revision) && !setting.is_of_statistics(),
    };
    let mut differing: Vec<_> =
        study::differences(&there, &here).into_iter().filter(|of| is_compared(of.setting)).collect();
    differing.sort_by_key(|of| (rank(of.setting), of.setting.path()));
    let mut list: Vec<Difference> = differing
        .into_iter()
        .map(|of| {
            let [there, here] =
                [of.before, of.after].map(|value| value.as_ref().map_or("as the study".to_owned(), shown));
            Difference { what: name(of.setting), short: short(of.setting, &here), there, here }
        })
        .collect();
    let names = |kinds: &[Kind], but: &[Kind]| -> Vec<String> {
        kinds.iter().filter(|kind| !but.contains(kind)).map(|kind| kind.title().to_lowercase()).collect()
    };
    let (less, more) = (names(&asked, &asks), names(&asks, &asked));
    if !less.is_empty() || !more.is_empty() {
        let part = |lead: &str, list: &[String]| {
            if list.is_empty() { None } else { Some(format!("{lead} {}", list.join(", "))) }
        };
        let short: Vec<String> = [part("without", &less), part("with", &more)].into_iter().flatten().collect();
        let [there, here] = [names(&asked, &[]), names(&asks, &[])].map(|list| list.join(", "));
        list.push(Difference { what: "experiments".to_owned(), short: short.join(", "), there, here });
    }
    (&known.name, list)
}

/// `study` with what its experiments leave to a default.
fn spelt_out(mut study: Study) -> Study {
    if study.perturbation.delta_unit == DeltaUnit::Absolute {
        for setting in Kind::tables().map(|kind| Setting::Of(kind, Key::Delta)) {
            if !setting.is_set(&study) {
                // Where the experiment is asked and has one.
                drop(setting.set(&mut study, Some(Value::Float(DELTA))));
            }
        }
    }
    if let Seeds::List(list) = &study.perturbation.seeds
        && let Ok(count) = u32::try_from(list.len())
        && list.iter().copied().eq(0..u64::from(count))
    {
        study.perturbation.seeds = Seeds::Count(count);
    }
    study
}

/// What matters most comes first.
fn rank(setting: Setting) -> usize {
    let order = [
        Setting::ModelId,
        Setting::Protocol,
        Setting::Matching,
        Setting::Coherence,
        Setting::Pairing,
        Setting::Rotation,
        Setting::Modes,
        Setting::Layers,
        Setting::Deltas,
        Setting::DeltaUnit,
        Setting::Seeds,
        Setting::Source,
        Setting::Limit,
    ];
    let after = if setting.experiment().is_some() { 2 } else { 1 };
    order.iter().position(|known| *known == setting).unwrap_or(order.len() + after)
}

/// A value in the list.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        // Words of the TOML as people write them; what has a dot or a slash is a name of its own.
        Value::String(text) if !text.contains(['/', '.']) => text.replace('_', " "),
        Value::String(text) => text.clone(),
        Value::Float(number) => delta(*number),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Table(table) => {
            table.iter().map(|(key, value)| format!("{key} {}", shown(value))).collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    }
}

/// A setting and its value in the line.
fn short(setting: Setting, here: &str) -> String {
    let number = here.parse::<usize>().ok();
    match (setting, number) {
        (Setting::Limit, Some(limit)) => counted(limit, "text", "texts"),
        (Setting::Seeds, Some(seeds)) => counted(seeds, "seed", "seeds"),
        (Setting::Deltas, _) => format!("δ {}", span(here)),
        (Setting::DeltaUnit, _) => match here {
            "of norm" => "δ of the token's norm".to_owned(),
            "of layer median" => "δ of the median norm".to_owned(),
            other => format!("δ {other}"),
        },
        _ => format!("{} {}", name(setting), span(here)),
    }
}

/// A long list of numbers by its ends: "0.1–20".
fn span(list: &str) -> String {
    let numbers: Option<Vec<f64>> = list.split(", ").map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([first, .., last]) => format!("{first}–{last}"),
        _ => list.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Protocol, parse};

    fn shorts(study: &Study) -> Vec<String> {
        differences(study).1.into_iter().map(|difference| difference.short).collect()
    }

    #[test]
    fn the_published_study_differs_in_nothing() {
        for model in &published::published().models {
            let mut study = model.study();
            assert_eq!(differences(&study), (model.name.as_str(), Vec::new()));
            // Other words for the same.
            study.model.id = study.model.id.to_uppercase();
            let count = u64::try_from(study.perturbation.seeds.values().len()).unwrap();
            study.perturbation.seeds = Seeds::List((0..count).collect());
            if study.perturbation.layers == "8-15".parse().unwrap() && model.depth == 24 {
                study.perturbation.layers = Layers::MiddleThird;
            }
            study.name = "Mine".to_owned();
            assert_eq!(shorts(&study), Vec::<String>::new(), "{}", model.name);
        }
    }

    #[test]
    fn what_differs_is_named_with_what_it_is_here() {
        let mut study = published::study();
        study.perturbation.protocol = Protocol::Strict;
        study.perturbation.deltas = vec![0.25, 1.0, 8.0];
        study.texts.limit = 300;
        study.experiments.heads = None;
        study.experiments.entropy.as_mut().unwrap().texts = None;
        let expected =
            ["protocol strict", "δ 0.25–8", "300 texts", "attention entropy: texts as the study", "without heads"];
        assert_eq!(shorts(&study), expected);
        let (name, list) = differences(&study);
        assert_eq!(
            (name, list[1].there.as_str(), list[1].here.as_str()),
            ("Pythia-410M", "1, 2, 5, 10, 15, 20", "0.25, 1, 8")
        );
    }

    #[test]
    fn the_demo_is_compared_with_the_first_model() {
        let (name, list) = differences(&parse(include_str!("../../../configs/demo.toml")).unwrap());
        assert_eq!(name, "Pythia-410M");
        assert_eq!(list[0].short, "model demo");
        // The middle third is the same of every depth.
        assert!(!list.iter().any(|difference| difference.what == "layers"), "{list:?}");
        assert!(list.iter().any(|difference| difference.short == "δ of the median norm"));
    }
}
