//! Which questions are asked.

use super::paradigms::ParadigmsField;
use super::settings_of::{self, Fields as Own};
use super::{Around, Place, Trouble, source};
use crate::app::kinds;
use crate::app::source::Source;
use crate::app::theme::palette;
use crate::app::widgets::{choice, note, row, section};
use crate::experiment::Kind;
use crate::study::{Key, Scoring, Setting, Study};
use egui::accesskit::Role;
use egui::collapsing_header::{CollapsingState, paint_default_icon};
use egui::{Align, Align2, DragValue, FontId, Layout, Rect, Sense, Ui, WidgetInfo, pos2, vec2};
use std::collections::BTreeMap;

/// Ways of scoring a sentence, in words.
pub const SCORINGS: [(Scoring, &str); 4] = [
    (Scoring::Sum, "sum of log-probabilities"),
    (Scoring::Mean, "mean of log-probabilities"),
    (Scoring::LmEval, "as lm-evaluation-harness"),
    (Scoring::Minicons, "as minicons"),
];

/// Sources of pairs with a name: value, words, note.
const SOURCES: [(&str, &str, &str); 2] =
    [("demo", "demo", "the demo model's language"), ("blimp", "BLiMP", "67 paradigms, from the Hub")];

/// Texts that are being typed in the section.
#[derive(Default)]
pub struct Fields {
    paradigms: ParadigmsField,
    own: BTreeMap<Kind, Own>,
}

impl Fields {
    /// Lets the fields be written anew from the study.
    pub fn forget_typed(&mut self) {
        self.own.clear();
    }

    /// What is typed for an experiment and is no value.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let of = |(kind, own): (&Kind, &Own)| {
            Some(Trouble { place: Place::Experiment(*kind), words: own.error()?.to_owned() })
        };
        self.own.iter().find_map(of)
    }
}

/// Draws the section.
pub fn show(ui: &mut Ui, study: &mut Study, around: &mut Around, fields: &mut Fields) {
    section(ui, "Experiments", "");
    around.remark(ui, Place::Experiments);
    // The audit of pairs is part of the audit.
    for kind in Kind::tables() {
        ui.push_id(kind.name(), |ui| one(ui, study, around, fields, kind));
        if !kinds::is_on(study, kind) {
            fields.own.remove(&kind);
        }
    }
}

/// One experiment: its name to switch it on and off, its settings in a line that opens, and what is wrong with them.
fn one(ui: &mut Ui, study: &mut Study, around: &mut Around, fields: &mut Fields, kind: Kind) {
    let mut on = kinds::is_on(study, kind);
    let wrong = around.trouble.is_some_and(|trouble| trouble.place == Place::Experiment(kind));
    let id = ui.make_persistent_id("settings");
    let mut fold = CollapsingState::load_with_default_open(ui.ctx(), id, false);
    ui.horizontal(|ui| {
        let changed = ui.checkbox(&mut on, label(kind)).on_hover_text(kind.question()).changed();
        if changed && on {
            kinds::switch_on(study, kind, around.ready.and_then(|ready| ready.shape.as_ref()));
        } else if changed {
            kinds::switch_off(study, kind);
        }
        if on
            && let Some(summary) = settings_of::summary(study, kind)
            && line(ui, &fold, &summary, kind.title())
        {
            fold.toggle(ui);
        }
    });
    if !on {
        return;
    }
    if kind == Kind::Syntax {
        let chosen = ui.indent("pairs", |ui| pairs(ui, study, around, &mut fields.paradigms)).inner;
        if let Some(value) = chosen {
            Source::Pairs.set(study, value);
        }
    }
    let own = fields.own.entry(kind).or_default();
    fold.show_body_unindented(ui, |ui| {
        ui.indent("own", |ui| settings_of::show(ui, study, around, own, kind));
    });
    around.remark(ui, Place::Experiment(kind));
    if wrong
        && let Some(delta) = kinds::default_delta(study)
        && let Some(own @ None) = Setting::Of(kind, Key::Delta).typed_mut::<Option<f64>>(study)
        && ui
            .button(format!("Use δ {}", crate::figure::delta(delta)))
            .on_hover_text("The one in the middle of the study's grid")
            .clicked()
    {
        *own = Some(delta);
    }
}

/// What stands beside the checkbox.
fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Sweep => "Sweep: loss against δ",
        Kind::Syntax => "Minimal pairs: accuracy",
        other => other.title(),
    }
}

/// The settings in a line at the right of the name; true where it was pressed.
fn line(ui: &mut Ui, fold: &CollapsingState, summary: &str, name: &str) -> bool {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let open = fold.is_open();
        let described = format!("Settings of {}", name.to_lowercase());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, &described));
        let ink = if response.hovered() || response.has_focus() { palette(ui).text } else { palette(ui).muted };
        let icon = Rect::from_center_size(pos2(rect.right() - 8.0, rect.center().y), vec2(12.0, 12.0));
        let openness = fold.openness(ui.ctx());
        paint_default_icon(ui, openness, &response.clone().with_new_rect(icon));
        let font = FontId::proportional(12.0);
        let mut job = egui::text::LayoutJob::simple_singleline(summary.to_owned(), font, ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 24.0);
        let galley = ui.painter().layout_job(job);
        let cut = galley.elided;
        let at = Align2::RIGHT_CENTER.anchor_size(pos2(icon.left() - 6.0, rect.center().y), galley.size());
        ui.painter().galley(at.min, galley, ink);
        let response = if cut { response.on_hover_text(summary) } else { response };
        response.clicked()
    })
    .inner
}

/// The settings of the minimal pairs; another source of them, where one was chosen.
fn pairs(ui: &mut Ui, study: &mut Study, around: &mut Around, paradigms: &mut ParadigmsField) -> Option<&'static str> {
    let settings = study.experiments.syntax.as_mut()?;
    let chosen = row(ui, "Pairs", Setting::Of(Kind::Syntax, Key::Pairs).help(), |ui, label| {
        source::field(ui, &mut settings.pairs, "demo, blimp, .jsonl or a folder", (label, "Pair sources"), |ui| {
            source::menu(ui, &SOURCES, (Source::Pairs, "A file or folder…"), around.actions)
        })
    });
    source::missing(ui, Source::Pairs, around);
    row(ui, "Items", Setting::Of(Kind::Syntax, Key::Items).help(), |ui, label| {
        ui.add(DragValue::new(&mut settings.items).range(0..=1_000_000).clamp_existing_to_range(false))
            .labelled_by(label);
        let used = around.ready.and_then(|ready| ready.plan.as_ref().ok()).map(|plan| plan.pairs);
        if let Some(used) = used.filter(|used| *used != settings.items) {
            note(ui, format!("pairs asked for; {used} divide evenly"));
        } else {
            ui.label("pairs");
        }
    });
    row(ui, "Scored by", Setting::Of(Kind::Syntax, Key::Scoring).help(), |ui, _| {
        choice(ui, "Scored by", 176.0, &mut settings.scoring, &SCORINGS);
    });
    let known = around.ready.map_or(&[][..], |ready| &ready.paradigms);
    paradigms.show(ui, &mut settings.paradigms, known);
    chosen
}
