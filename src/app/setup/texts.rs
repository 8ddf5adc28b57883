//! Which texts, and what they look like to the model.

use super::{Around, Place, source};
use crate::app::prepare::TextPreview;
use crate::app::source::Source;
use crate::app::theme::palette;
use crate::app::widgets::{Tone, choice, fold, note, remark, row, section};
use crate::app::words::written;
use crate::figure::count;
use crate::study::{Setting, SpecialTokens, Study};
use egui::text::LayoutJob;
use egui::{Align, DragValue, FontId, ScrollArea, TextEdit, TextFormat, Ui};

/// Special tokens in words.
pub const SPECIAL: [(SpecialTokens, &str); 3] = [
    (SpecialTokens::Tokenizer, "as the tokenizer does"),
    (SpecialTokens::None, "none"),
    (SpecialTokens::Bos, "beginning of sequence only"),
];

/// Sources with a name: value, words, note.
const SOURCES: [(&str, &str, &str); 3] = [
    ("demo", "demo", "the demo model's language"),
    ("short", "short", "10 plain sentences"),
    ("wikitext", "WikiText-103 (test)", "from the Hub"),
];

/// Draws the section.
pub fn show(ui: &mut Ui, study: &mut Study, around: &mut Around) {
    let preview = around.ready.and_then(|ready| ready.texts.as_ref());
    let used = preview.map_or(String::new(), |p| format!("{} of {}", count(p.used), count(p.passing)));
    section(ui, "Texts", &used);
    let chosen = row(ui, "Source", Setting::Source.help(), |ui, label| {
        source::field(ui, &mut study.texts.source, "demo, wikitext, .txt or .jsonl", (label, "Text sources"), |ui| {
            source::menu(ui, &SOURCES, (Source::Texts, "A file…"), around.actions)
        })
    });
    if let Some(value) = chosen {
        Source::Texts.set(study, value);
    }
    around.remark(ui, Place::Texts);
    source::missing(ui, Source::Texts, around);
    let texts = &mut study.texts;
    row(ui, "At most", Setting::Limit.help(), |ui, label| {
        ui.add(DragValue::new(&mut texts.limit).range(0..=1_000_000).clamp_existing_to_range(false)).labelled_by(label);
        ui.label("texts of");
        ui.add(DragValue::new(&mut texts.max_tokens).range(0..=100_000).clamp_existing_to_range(false))
            .accessible_name("Tokens per text");
        ui.label("tokens");
    });
    around.remark(ui, Place::TextCount);
    if let Some(preview) = preview.filter(|preview| preview.repeated > 0) {
        remark(ui, Tone::Warning, &repeated(preview)).on_hover_text(
            "Statistics take every text for a case of its own. A text that is there twice adds no case, but makes intervals \
             narrower and p smaller than they should be.",
        );
    }
    let starts = match texts.must_not_start_with.as_str() {
        "" => String::new(),
        start => format!(", not starting with \"{start}\""),
    };
    let contains = match texts.must_contain.as_str() {
        "" => String::new(),
        part => format!(", with \"{part}\""),
    };
    let pass = preview.map_or(String::new(), |p| format!("{} of {} pass: ", count(p.passing), count(p.available)));
    let summary = format!(
        "{pass}{}–{} characters{contains}{starts}",
        texts.longer_than + 1,
        texts.shorter_than.saturating_sub(1)
    );
    fold(ui, "filter", "Filter", &summary, |ui| {
        row(ui, "Longer than", Setting::LongerThan.help(), |ui, label| {
            ui.add(DragValue::new(&mut texts.longer_than).range(0..=1_000_000).clamp_existing_to_range(false))
                .labelled_by(label);
            ui.label("characters");
        });
        row(ui, "Shorter than", Setting::ShorterThan.help(), |ui, label| {
            ui.add(DragValue::new(&mut texts.shorter_than).range(0..=1_000_000).clamp_existing_to_range(false))
                .labelled_by(label);
            ui.label("characters");
        });
        row(ui, "Contains", Setting::MustContain.help(), |ui, label| {
            ui.add(TextEdit::singleline(&mut texts.must_contain).desired_width(96.0)).labelled_by(label);
        });
        row(ui, "Not starting", Setting::MustNotStartWith.help(), |ui, label| {
            ui.add(TextEdit::singleline(&mut texts.must_not_start_with).desired_width(96.0)).labelled_by(label);
        });
        row(ui, "Special tokens", Setting::SpecialTokens.help(), |ui, _| {
            choice(ui, "Special tokens", 160.0, &mut texts.special_tokens, &SPECIAL);
        });
    });
    around.remark(ui, Place::Filter);
    if let Some(preview) = preview {
        let summary = format!("tokens of the first {}", preview.first.len());
        fold(ui, "texts preview", "Preview", &summary, |ui| tokens(ui, preview));
    }
}

/// The warning of repeated texts.
fn repeated(preview: &TextPreview) -> String {
    let (repeated, used) = (preview.repeated, preview.used);
    let repeat = if repeated == 1 { "repeats another" } else { "repeat others" };
    format!(
        "{} of the {} texts {repeat}, so only {} differ: repeated texts are not independent, and make results look surer \
         than they are.",
        count(repeated),
        count(used),
        count(used - repeated)
    )
}

fn tokens(ui: &mut Ui, preview: &TextPreview) {
    note(ui, format!("Each shade is one token; the longest text here has {}.", preview.longest));
    ScrollArea::vertical().id_salt("tokens").max_height(200.0).auto_shrink([false, true]).show(ui, |ui| {
        let palette = palette(ui);
        for text in &preview.first {
            let mut job = LayoutJob::default();
            for (i, piece) in text.iter().enumerate() {
                let format = TextFormat {
                    font_id: FontId::proportional(12.0),
                    color: palette.text,
                    background: palette.tokens[i % 2],
                    valign: Align::Center,
                    ..TextFormat::default()
                };
                job.append(&written(piece), 0.0, format);
            }
            ui.add(egui::Label::new(job).wrap());
        }
    });
}
