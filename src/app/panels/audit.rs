//! The audit: what the gap between the modes is made of, on texts and on minimal pairs.

use super::waterfall::{Step, Waterfall};
use super::{Picks, Shown, definitions, empty, records, tools};
use crate::app::theme::{strong, title};
use crate::app::widgets::{Tone, note, remark};
use crate::app::words::counted;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;
use egui::{Align, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    audits: Vec<Audit>,
    setting: String,
}

/// The audit on texts or on pairs.
#[derive(Debug)]
struct Audit {
    kind: Kind,
    /// By δ: the steps, or why there is no gap.
    by_delta: Vec<(f64, Result<Waterfall, String>)>,
    /// Texts or pairs behind it.
    items: usize,
    /// By δ: what makes the gap, and what remains, in a sentence.
    answers: Vec<(f64, String)>,
}

/// The audits, and their tables.
const SHOWN: [(Kind, &str); 2] = [(Kind::Audit, "audit"), (Kind::AuditPairs, "audit_pairs")];

impl Data {
    /// From the tables of shares; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let of = |(kind, id): (Kind, &str)| {
            let items = records::fact(tables, id, "items");
            let n = counted(items, noun(kind).0, noun(kind).1);
            let mut by_delta: Vec<(f64, Result<Waterfall, String>)> = Vec::new();
            for record in &records::of(tables, id, study) {
                let delta = record.number("delta")?;
                if by_delta.last().is_none_or(|(known, _)| *known != delta) {
                    by_delta.push((delta, Ok(Waterfall::default())));
                }
                let (_, outcome) = by_delta.last_mut()?;
                match (record.number("value"), outcome) {
                    (Some(value), Ok(waterfall)) => waterfall.steps.push(Step {
                        name: name(record.text("part")).to_owned(),
                        meaning: format!("{}\nn {n}", record.text("meaning")),
                        is_whole: matches!(record.text("part"), "published gap" | "remains"),
                        value,
                        interval: (
                            record.number("value_low").unwrap_or(f64::NEG_INFINITY),
                            record.number("value_high").unwrap_or(f64::INFINITY),
                        ),
                    }),
                    (None, outcome) => *outcome = Err(record.text("value_missing").to_owned()),
                    (Some(_), Err(_)) => {}
                }
            }
            let answers = answers(tables, id);
            (!by_delta.is_empty()).then_some(Audit { kind, by_delta, items, answers })
        };
        let audits: Vec<Audit> = SHOWN.into_iter().filter_map(of).collect();
        let layers = records::written(&records::disturbed(
            tables,
            audits.first().map_or("audit", |audit| match audit.kind {
                Kind::AuditPairs => "audit_pairs",
                _ => "audit",
            }),
        ));
        let setting = format!("From the published to the strict protocol, layers {layers}.");
        (!audits.is_empty()).then_some(Self { audits, setting })
    }

    fn deltas(&self) -> Vec<f64> {
        let mut deltas: Vec<f64> =
            self.audits.iter().flat_map(|audit| &audit.by_delta).map(|(delta, _)| *delta).collect();
        deltas.sort_by(f64::total_cmp);
        deltas.dedup();
        deltas
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        let deltas = self.deltas();
        let words = "What makes the gap between the modes";
        definitions::hover(ui.label(RichText::new(words).text_style(title())), words);
        let table = if self.audits.iter().any(|audit| audit.kind == Kind::Audit) { "audit" } else { "audit_pairs" };
        tools::row(ui, shown, picks, tools::Tools { deltas: &deltas, table, ..Default::default() }, |_, _| {});
        let delta = picks.delta_of(&deltas);
        let caption = format!("{CAPTION} {}", self.setting);
        super::above_caption(ui, &caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let half = vec2((room.width() - 32.0) / 2.0, room.height());
            for (i, (kind, _)) in SHOWN.into_iter().enumerate() {
                #[allow(clippy::cast_precision_loss)] // two
                let corner = room.min + vec2(i as f32 * (half.x + 32.0), 0.0);
                let cell = Rect::from_min_size(corner, half);
                ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    if let Some(audit) = self.audits.iter().find(|audit| audit.kind == kind) {
                        audit.show(ui, delta, shown, picks);
                    } else {
                        ui.label(RichText::new(unit(kind).0).text_style(strong()));
                        empty::small(ui, shown, kind);
                    }
                });
            }
            ui.allocate_rect(room, Sense::hover());
        });
        note(ui, caption);
    }
}

const CAPTION: &str = "Each hollow bar is a setting's share of the gap, its Shapley value: it leads from the gap before the \
                       setting goes from published to strict to the gap after, averaged over all orders. Whiskers: 95 % \
                       bootstrap interval over items and seeds.";

impl Audit {
    fn show(&self, ui: &mut Ui, delta: Option<f64>, shown: &Shown, picks: &mut Picks) {
        let (heading, of, label) = unit(self.kind);
        let noun = noun(self.kind);
        ui.label(RichText::new(heading).text_style(strong()));
        note(ui, format!("{of}; n {}", counted(self.items, noun.0, noun.1)));
        if let Some((_, words)) = self.answers.iter().find(|(known, _)| Some(*known) == delta) {
            ui.add(Label::new(words).wrap().selectable(true));
        }
        match self.by_delta.iter().find(|(known, _)| Some(*known) == delta) {
            Some((delta, Ok(waterfall))) => {
                let what = delta.to_string();
                waterfall.show(ui, self.kind.name(), &mut picks.charts, (shown.origin(), &what), label);
            }
            Some((delta, Err(why))) => {
                let words = format!("There is no gap to take apart at δ {delta}: {}.", why.trim_end_matches('.'));
                remark(ui, Tone::Plain, &words);
            }
            None => {
                note(ui, "This δ was not audited here.");
            }
        }
    }
}

/// The sentences of the table `id`, by δ.
fn answers(tables: &[Table], id: &str) -> Vec<(f64, String)> {
    let table = tables.iter().find(|table| table.id == id);
    let answers = table.and_then(|table| table.facts.get("answers")?.as_array()).into_iter().flatten();
    answers.filter_map(|one| Some((one["delta"].as_f64()?, one["words"].as_str()?.to_owned()))).collect()
}

/// What is audited, one of them and several.
fn noun(kind: Kind) -> (&'static str, &'static str) {
    if kind == Kind::AuditPairs { ("pair", "pairs") } else { ("text", "texts") }
}

/// What is audited, what the gap is, and its unit.
fn unit(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::AuditPairs => ("On minimal pairs", "Gap: drop in accuracy, angular − magnitude", "percentage points"),
        _ => ("On texts", "Gap: ln (damage angular / damage magnitude)", "ln ratio"),
    }
}

/// A part of the gap in words.
fn name(part: &str) -> &str {
    match part {
        "published gap" => "Gap as published",
        "matching" => "Dose (matching)",
        "coherence" => "Coherence",
        "rotation" => "Rotation",
        "pairing" => "Pairing",
        "remains" => "Remains (strict)",
        other => other,
    }
}
