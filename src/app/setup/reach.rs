//! What each δ of the grid can do, in a fold under it.

use super::{Around, wrapped};
use crate::app::summary::Summary;
use crate::app::theme::{self, palette};
use crate::app::widgets::note;
use crate::experiment::Origin;
use crate::figure::delta as written;
use crate::measure::{AtDelta, Reach, Share, of_fractions, of_layers};
use crate::study::{Mode, Sign, Study, TextChoice};
use egui::{Color32, CornerRadius, Grid, RichText, Sense, Ui, vec2};
use std::borrow::Cow;

/// Draws it.
pub fn show(ui: &mut Ui, study: &Study, around: &Around) {
    let perturbation = &study.perturbation;
    let shortens = perturbation.modes.contains(&Mode::Magnitude) && perturbation.sign != Sign::Grow;
    if !shortens && !perturbation.modes.contains(&Mode::Angular) {
        return;
    }
    let measured = || around.ready.and_then(|ready| ready.reach.as_ref());
    let of_summary = || around.summary.and_then(|summary| by_summary(study, summary)).map(Cow::Owned);
    let known = of_fractions(study).map(Cow::Owned).or_else(|| measured().map(Cow::Borrowed)).or_else(of_summary);
    let summary = known.as_deref().map_or("once norms are known".to_owned(), words);
    wrapped::fold(ui, "reach", "Reach", &summary, "What each δ can do", |ui| match known.as_deref() {
        Some(known) => table(ui, known),
        None => drop(note(
            ui,
            "Which share of the tokens can be moved by each δ depends on the norms of the model's hidden states. They are \
             known when this study has run, or while a results file of the same model and texts is open; the demo's are \
             measured at once.",
        )),
    });
}

/// What the δ of `study` can do by the norms that `summary` has, where those are of the same model and the same texts.
fn by_summary(study: &Study, summary: &Summary) -> Option<Reach> {
    let there = &summary.study;
    let texts = TextChoice { limit: study.texts.limit, ..there.texts.clone() };
    let same = there.model.id == study.model.id && there.model.revision == study.model.revision && texts == study.texts;
    if summary.origin != Origin::Run || !same {
        return None;
    }
    let name = summary.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    of_layers(study, &summary.results.norms, &name)
}

/// The folded line: where the grid begins to ask for too much.
fn words(reach: &Reach) -> String {
    let first = |is_it: fn(&AtDelta) -> bool| reach.rows.iter().find(|row| is_it(row)).map(|row| row.delta);
    let mut words = Vec::new();
    if reach.rows.iter().any(|row| row.reached.is_some()) {
        let short = |row: &AtDelta| match row.reached {
            Some(Share::Exactly(share)) => share < 1.0,
            Some(Share::About(_) | Share::Below(_)) => true,
            Some(Share::Above(_)) | None => false,
        };
        words.push(
            first(short)
                .map_or(all(reach, "every δ is reached"), |delta| format!("not by all from δ {}", written(delta))),
        );
    }
    if reach.rows.iter().any(|row| row.flipped.is_some()) {
        let flips = |row: &AtDelta| match row.flipped {
            Some(Share::Exactly(share)) => share > 0.0,
            Some(Share::About(_) | Share::Above(_)) => true,
            Some(Share::Below(_)) | None => false,
        };
        words
            .push(first(flips).map_or(all(reach, "nothing flips"), |delta| format!("flips from δ {}", written(delta))));
    }
    words.join(", ")
}

/// `words`, which only counting can be sure of.
fn all(reach: &Reach, words: &str) -> String {
    let counted = |share: Option<Share>| matches!(share, None | Some(Share::Exactly(_)));
    let sure = reach.rows.iter().all(|row| counted(row.reached) && counted(row.flipped));
    if sure { words.to_owned() } else { format!("nearly {words}").replace("nearly nothing", "next to nothing") }
}

fn table(ui: &mut Ui, reach: &Reach) {
    let palette = palette(ui);
    Grid::new("reach").num_columns(3).spacing([16.0, 4.0]).show(ui, |ui| {
        let head = |ui: &mut Ui, text: &str, hover: &str, ink: Color32| {
            let label = ui.label(RichText::new(text).small().color(ink));
            if !hover.is_empty() {
                label.on_hover_text(hover);
            }
        };
        head(ui, "δ", "", palette.muted);
        let reached = "Tokens that the angular mode moves by δ. An exact rotation reaches δ ≤ 2‖h‖, the width of the sphere; the \
                       published one about 1.05‖h‖. Where δ is out of reach, a token goes as far as it can, and is counted.";
        head(ui, "reached, angular", reached, palette.angular);
        let flipped = "Tokens that the magnitude mode turns round, because it shortens them by more than their length: \
                       1 − δ/‖h‖ < 0. Where signs are random, half of the tokens are shortened. They are counted.";
        head(ui, "flipped, magnitude", flipped, palette.magnitude);
        ui.end_row();
        for row in &reach.rows {
            ui.label(RichText::new(written(row.delta)).text_style(theme::small_numbers()));
            for (share, ink) in [(row.reached, palette.angular), (row.flipped, palette.magnitude)] {
                match share {
                    Some(share) => bar(ui, share, ink),
                    None => drop(ui.label(RichText::new("–").small())),
                }
            }
            ui.end_row();
        }
    });
    note(ui, &reach.from);
}

/// A share as a bar and in words.
fn bar(ui: &mut Ui, share: Share, ink: Color32) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(40.0, 8.0), Sense::hover());
        let radius = CornerRadius::same(2);
        ui.painter().rect_filled(rect, radius, palette(ui).line);
        let mut filled = rect;
        #[allow(clippy::cast_possible_truncation)] // a place on the screen
        filled.set_width(rect.width() * share.value().clamp(0.0, 1.0) as f32);
        ui.painter().rect_filled(filled, radius, ink);
        ui.label(RichText::new(share.words()).small());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folded_line_says_where_too_much_is_asked() {
        let row = |delta, reached, flipped| AtDelta { delta, reached: Some(reached), flipped: Some(flipped) };
        let of = |rows| words(&Reach { rows, from: String::new() });
        let all = row(1.0, Share::Exactly(1.0), Share::Exactly(0.0));
        assert_eq!(of(vec![all]), "every δ is reached, nothing flips");
        let some = row(5.0, Share::Exactly(0.9), Share::Exactly(0.2));
        assert_eq!(of(vec![all, some]), "not by all from δ 5, flips from δ 5");
        let about = row(2.0, Share::Above(0.95), Share::Below(0.05));
        assert_eq!(of(vec![about]), "nearly every δ is reached, next to nothing flips");
    }
}
