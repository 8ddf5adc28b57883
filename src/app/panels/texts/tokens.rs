//! A text's tokens, coloured by what the disturbance does to their loss.

use super::colours;
use super::rows::signed;
use crate::app::panels::heat_map::{change_colour, ink};
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::app::words::written;
use crate::figure::count;
use crate::figure::picture::exact;
use crate::runner::Sequence;
use egui::accesskit::Role;
use egui::{FontId, Response, Sense, Ui, WidgetInfo, pos2, vec2};

/// Height of a token.
const HEIGHT: f32 = 24.0;

/// The largest size of a change in `sequences`.
#[must_use]
pub fn most(sequences: &[Sequence]) -> f64 {
    let changes = sequences.iter().flat_map(|sequence| (0..sequence.ids.len()).filter_map(|at| sequence.change(at)));
    changes.fold(0.0f64, |most, change| most.max(change.abs())).max(1e-6)
}

/// Draws the tokens of `sequence` as a text, in colours that reach from −`most` to `most`.
pub fn show(ui: &mut Ui, sequence: &Sequence, most: f64) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(1.0, 4.0);
        for position in 0..sequence.ids.len() {
            token(ui, sequence, position, most);
        }
    });
}

/// The bar of the tokens' colours, behind what it is.
pub fn bar(ui: &mut Ui, most: f64) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let end = |value: f64| signed(value);
        let marks = [end(-most), "0".to_owned(), end(most)];
        let marks = [marks[0].as_str(), marks[1].as_str(), marks[2].as_str()];
        let unit =
            "Change of the loss of a token, disturbed minus clean, nats: blue where it falls, orange where it rises";
        colours::bar(ui, 208.0, |share| change_colour(2.0 * share - 1.0), marks, unit);
        note(ui, "Change of each token's loss (nats)");
    });
}

fn token(ui: &mut Ui, sequence: &Sequence, position: usize, most: f64) {
    let font = FontId::proportional(14.0);
    let words = written(&sequence.pieces[position]);
    let change = sequence.change(position);
    let palette = palette(ui);
    let (ground, ink) = match change {
        Some(change) => (change_colour(change / most), ink(change_colour(change / most))),
        None => (palette.grid, palette.text),
    };
    let galley = ui.painter().layout_no_wrap(words, font, ink);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x.max(6.0) + 4.0, HEIGHT), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, ground);
    ui.painter().galley(pos2(rect.left() + 2.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    explain(response, sequence, position);
}

/// Names a token for those who hear it, and says on hover how it was predicted.
pub fn explain(response: Response, sequence: &Sequence, position: usize) {
    let piece = written(&sequence.pieces[position]);
    let name = match sequence.change(position) {
        Some(change) => format!("Token {position} “{piece}”: change {} nats", signed(change)),
        None => format!("Token {position} “{piece}”: not predicted"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_ui_at_pointer(|ui| {
        ui.label(hover(sequence, position));
    });
}

fn hover(sequence: &Sequence, position: usize) -> String {
    let (piece, id) = (written(&sequence.pieces[position]), sequence.ids[position]);
    let head = format!("Token {position} “{piece}” (id {id})");
    let (Some(at), Some(change)) = (position.checked_sub(1), sequence.change(position)) else {
        return format!("{head}\nNothing comes before it, so it is not predicted");
    };
    let (clean, disturbed) = (&sequence.clean, &sequence.disturbed);
    let (Some(before), Some(after)) = (clean.guesses.get(at), disturbed.guesses.get(at)) else { return head };
    let losses = (f64::from(clean.losses[at]), f64::from(disturbed.losses[at]));
    format!(
        "{head}\nLoss {} → {} nats (change {})\nProbability {} → {}\nRank {} → {}\nLikeliest other “{}” {} → “{}” {}",
        exact(losses.0),
        exact(losses.1),
        signed(change),
        probability((-losses.0).exp()),
        probability((-losses.1).exp()),
        count(before.rank),
        count(after.rank),
        written(&before.other),
        probability(before.other_probability),
        written(&after.other),
        probability(after.other_probability),
    )
}

/// Three significant digits.
fn probability(value: f64) -> String {
    if value >= 0.001 { format!("{value:.3}") } else { format!("{value:.1e}") }
}
