//! What becomes of each claim: a card for each, and a window that says how it was computed.

use super::caption::is_low;
use super::picks::Picks;
use super::shown::Shown;
use crate::app::action::Action;
use crate::app::summary::{At, Card, Judged, Verdicts};
use crate::app::theme::{palette, strong};
use crate::app::widgets::{Tone, note, remark, section};
use crate::experiment::Claim;
use crate::figure::{self, Said, Word};
use egui::accesskit::Role;
use egui::{
    Align, Color32, FontId, Key, Label, Layout, Pos2, Rect, RichText, ScrollArea, Sense, Shape, Stroke, StrokeKind,
    TextStyle, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// How a verdict looks.
trait Look {
    /// The verdict as a title.
    fn at_the_beginning(self) -> &'static str;
    /// Its colour.
    fn colour(self, ui: &Ui) -> Color32;
    /// The second cue: a tick, a cross, a sign of equality, a hollow ring or a dash.
    fn paint(self, ui: &Ui, centre: Pos2);
}

impl Look for Word {
    fn at_the_beginning(self) -> &'static str {
        match self {
            Self::Supported => "Supported",
            Self::Opposite => "Opposite",
            Self::Equivalent => "Equivalent",
            Self::Undecided => "Undecided",
            Self::Preliminary => "Preliminary",
            Self::Untestable => "Not testable",
        }
    }

    fn colour(self, ui: &Ui) -> Color32 {
        let palette = palette(ui);
        match self {
            Self::Supported => palette.good,
            Self::Opposite => palette.error,
            Self::Equivalent => palette.text,
            Self::Undecided => palette.warning,
            Self::Preliminary | Self::Untestable => palette.muted,
        }
    }

    fn paint(self, ui: &Ui, centre: Pos2) {
        let stroke = Stroke::new(2.0, self.colour(ui));
        let at = |x: f32, y: f32| centre + vec2(x, y);
        let shapes = match self {
            Self::Supported => vec![Shape::line(vec![at(-5.0, 0.0), at(-1.5, 4.0), at(5.5, -4.5)], stroke)],
            Self::Opposite => vec![
                Shape::line_segment([at(-4.0, -4.0), at(4.0, 4.0)], stroke),
                Shape::line_segment([at(-4.0, 4.0), at(4.0, -4.0)], stroke),
            ],
            Self::Equivalent => vec![
                Shape::line_segment([at(-5.0, -2.5), at(5.0, -2.5)], stroke),
                Shape::line_segment([at(-5.0, 2.5), at(5.0, 2.5)], stroke),
            ],
            Self::Undecided | Self::Preliminary => vec![Shape::circle_stroke(centre, 4.5, stroke)],
            Self::Untestable => vec![Shape::line_segment([at(-5.0, 0.0), at(5.0, 0.0)], stroke)],
        };
        ui.painter().extend(shapes);
    }
}

impl Card {
    /// The width that it does not go below, where there is room.
    fn needed(&self) -> f32 {
        let count = self.judged.len().max(1) as f32;
        count * COLUMN + (count - 1.0) * ASIDE + 2.0 * INSIDE
    }
}

impl Judged {
    /// What it comes to at the δ that is chosen, or at the one in the middle.
    fn now(&self, picks: &Picks) -> Option<&At> {
        let deltas: Vec<f64> = self.at.iter().map(|at| at.delta).collect();
        let delta = picks.delta_of(&deltas)?;
        self.at.iter().find(|at| at.delta == delta)
    }
}

/// The cards between frames.
#[derive(Default)]
pub struct Cards {
    /// The claim whose window is open.
    open: Option<&'static Claim>,
}

/// How many columns of cards have room.
fn columns(room: f32) -> usize {
    match room {
        room if room >= 880.0 => 3,
        room if room >= 520.0 => 2,
        _ => 1,
    }
}

/// Least width of what stands under a protocol, room between two of them, and between two cards.
const COLUMN: f32 = 172.0;
const ASIDE: f32 = 16.0;
const BETWEEN: f32 = 12.0;

/// Room between a card's edge and its words.
const INSIDE: f32 = 12.0;

impl Cards {
    /// Draws them into what is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, data: &Verdicts, shown: &mut Shown, picks: &mut Picks) {
        let line = format!(
            "Press a card to see how it was computed. Verdicts: p after Holm over the claim's family, and the 95 % interval.{}",
            if data.absent.is_empty() { String::new() } else { format!(" Not asked: {}.", data.absent.join(", ")) }
        );
        let room = ui.available_width() - 12.0;
        let font = FontId::proportional(12.0);
        let below = ui.painter().layout(line.clone(), font, Color32::BLACK, room).size().y + 8.0;
        ui.spacing_mut().item_spacing.y = 4.0;
        let height = (ui.available_height() - below).max(64.0);
        ScrollArea::vertical().id_salt("cards").auto_shrink([false, true]).max_height(height).show(ui, |ui| {
            self.rows(ui, data, room, picks);
        });
        note(ui, line);
        self.window(ui, data, shown, picks);
    }

    /// The cards, in columns by the width; one that needs more room takes several.
    fn rows(&mut self, ui: &mut Ui, data: &Verdicts, room: f32, picks: &Picks) {
        let columns = columns(room);
        let each = (room - BETWEEN * (columns - 1) as f32) / columns as f32;
        let width = |span: usize| span as f32 * (each + BETWEEN) - BETWEEN;
        let mut rows: Vec<(usize, Vec<(&Card, usize)>)> = Vec::new();
        for card in &data.cards {
            let span = (1..=columns).find(|span| card.needed() <= width(*span)).unwrap_or(columns);
            // Into the first row that has room for it.
            match rows.iter_mut().find(|(taken, _)| *taken + span <= columns) {
                Some((taken, row)) => {
                    *taken += span;
                    row.push((card, span));
                }
                None => rows.push((span, vec![(card, span)])),
            }
        }
        let (top, mut y) = (ui.cursor().min, 0.0);
        for (taken, mut row) in rows {
            // No hole at the end of a row.
            if let Some((_, span)) = row.last_mut() {
                *span += columns - taken;
            }
            let height = row.iter().map(|(card, span)| height(ui, card, width(*span), picks)).fold(0.0_f32, f32::max);
            let mut left = top.x;
            for (card, span) in row {
                let rect = Rect::from_min_size(pos2(left, top.y + y), vec2(width(span), height));
                left += width(span) + BETWEEN;
                if one(ui, card, rect, picks) {
                    self.open = Some(card.claim);
                }
            }
            y += height + BETWEEN;
        }
        ui.allocate_exact_size(vec2(room, (y - BETWEEN).max(0.0)), Sense::hover());
    }

    /// How the claim that is open was computed.
    fn window(&mut self, ui: &Ui, data: &Verdicts, shown: &mut Shown, picks: &mut Picks) {
        let Some(card) = self.open.and_then(|open| data.cards.iter().find(|card| card.claim == open)) else {
            return;
        };
        let mut open = !ui.input(|input| input.key_pressed(Key::Escape));
        let screen = ui.ctx().content_rect();
        let window =
            egui::Window::new(format!("How this was computed: {}", card.claim.subject)).id(ui.scope_id().with("how"));
        let window = window.open(&mut open).resizable(false).collapsible(false);
        window.pivot(egui::Align2::CENTER_TOP).default_pos(screen.center_top() + vec2(0.0, 72.0)).show(
            ui.ctx(),
            |ui| {
                ui.set_width(600.0_f32.min(screen.width() - 96.0));
                let most = (screen.height() - 200.0).max(160.0);
                let scroll = ScrollArea::vertical().max_height(most).min_scrolled_height(most);
                scroll.auto_shrink([false, true]).show(ui, |ui| {
                    // Beside the bar that scrolls it.
                    ui.set_width(ui.available_width() - 14.0);
                    explain(ui, card, shown, picks);
                });
            },
        );
        if !open {
            self.open = None;
        }
    }
}

fn wrapped(text: &str, style: TextStyle, ink: Color32) -> Label {
    Label::new(RichText::new(text).text_style(style).color(ink)).wrap()
}

/// What a card of this width takes.
fn height(ui: &Ui, card: &Card, width: f32, picks: &Picks) -> f32 {
    let tall = |text: &str, style: TextStyle, width: f32| {
        let font = style.resolve(ui.style());
        ui.painter().layout(text.to_owned(), font, Color32::BLACK, width).size().y + 2.0
    };
    let inside = width - 2.0 * INSIDE;
    let title = tall(card.claim.subject, strong(), inside)
        + if card.claim.says.is_empty() || in_a_line(ui, card, inside) {
            0.0
        } else {
            tall(&card.rest(), TextStyle::Small, inside)
        };
    let column = column(card, inside);
    let judged = card.judged.iter().map(|judged| {
        let now = judged.now(picks);
        let words = now.map_or("", |now| now.estimate.as_str());
        VERDICT
            + tall(&judged.label, TextStyle::Small, column)
            + tall(words, TextStyle::Body, column)
            + if is_low(ui) { 0.0 } else { tall(&judged.headline, TextStyle::Small, column) }
    });
    title + judged.fold(0.0_f32, f32::max) + 4.0 + 2.0 * (INSIDE - 2.0)
}

/// Whether the two parts of a card's title have room beside each other.
fn in_a_line(ui: &Ui, card: &Card, inside: f32) -> bool {
    let wide = |text: &str, style: TextStyle| {
        ui.painter().layout_no_wrap(text.to_owned(), style.resolve(ui.style()), Color32::BLACK).size().x
    };
    !card.claim.says.is_empty()
        && wide(card.claim.subject, strong()) + wide(&card.rest(), TextStyle::Small) + BESIDE <= inside
}

/// Room between the two parts of a card's title.
const BESIDE: f32 = 8.0;

/// Height of the line with the verdict.
const VERDICT: f32 = 22.0;

/// Width of what stands under one protocol.
fn column(card: &Card, inside: f32) -> f32 {
    let count = card.judged.len().max(1) as f32;
    (inside - ASIDE * (count - 1.0)) / count
}

/// Draws a card; true where it was pressed.
fn one(ui: &mut Ui, card: &Card, rect: Rect, picks: &Picks) -> bool {
    let palette = palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("card", card.claim.id)), Sense::click());
    let name = format!("How this was computed: {}", card.claim.subject);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let is_lit = response.hovered() || response.has_focus();
    let line = Stroke::new(1.0, if is_lit { palette.muted } else { palette.line });
    ui.painter().rect(rect, 6.0, palette.side, line, StrokeKind::Inside);
    let inside = rect.shrink2(vec2(INSIDE, INSIDE - 2.0));
    let layout = Layout::top_down(Align::Min);
    ui.scope_builder(UiBuilder::new().id_salt(card.claim.id).max_rect(inside).layout(layout), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        // Lines are as high as their words: nothing in them is pressed.
        ui.spacing_mut().interact_size.y = 0.0;
        if in_a_line(ui, card, inside.width()) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = BESIDE;
                ui.label(RichText::new(card.claim.subject).text_style(strong()).color(palette.text));
                ui.label(RichText::new(card.rest()).small().color(palette.muted));
            });
        } else {
            ui.add(wrapped(card.claim.subject, strong(), palette.text));
            if !card.claim.says.is_empty() {
                ui.add(wrapped(&card.rest(), TextStyle::Small, palette.muted));
            }
        }
        let (top, width) = (ui.cursor().min.y + 2.0, column(card, inside.width()));
        for (i, judged) in card.judged.iter().enumerate() {
            let left = inside.left() + i as f32 * (width + ASIDE);
            let part = Rect::from_min_max(pos2(left, top), pos2(left + width, inside.bottom()));
            if i > 0 {
                let ends = [pos2(left - ASIDE / 2.0, part.top() + 2.0), pos2(left - ASIDE / 2.0, part.bottom())];
                ui.painter().line_segment(ends, Stroke::new(1.0, palette.line));
            }
            ui.scope_builder(UiBuilder::new().id_salt(i).max_rect(part).layout(layout), |ui| {
                let Some(now) = judged.now(picks) else { return };
                ui.add(wrapped(&judged.label, TextStyle::Small, palette.muted));
                verdict(ui, now.said.word, &format!("at δ {}", now.delta));
                ui.add(wrapped(&now.estimate, TextStyle::Body, palette.text));
                if !is_low(ui) {
                    ui.add(wrapped(&judged.headline, TextStyle::Small, palette.muted));
                }
            });
        }
    });
    let mut words = card.claim.expects.to_owned();
    if is_low(ui) {
        // What has no room on the card.
        words.extend(card.judged.iter().map(|judged| format!("\n{}: {}", judged.label, judged.headline)));
    }
    response.on_hover_text(words).clicked()
}

/// A verdict with its sign, and where it holds.
fn verdict(ui: &mut Ui, word: Word, place: &str) {
    ui.horizontal(|ui| {
        ui.set_height(VERDICT - 2.0);
        ui.spacing_mut().item_spacing.x = 6.0;
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, VERDICT - 2.0), Sense::hover());
        word.paint(ui, rect.center());
        ui.label(RichText::new(word.at_the_beginning()).text_style(strong()).color(word.colour(ui)));
        ui.label(RichText::new(place).small().color(palette(ui).muted));
    });
}

/// What stands over the sentence that can be copied.
const METHODS: &str = "For a methods section";

/// What a claim's verdicts are made of.
fn explain(ui: &mut Ui, card: &Card, shown: &mut Shown, picks: &mut Picks) {
    ui.spacing_mut().item_spacing.y = 4.0;
    let palette = palette(ui);
    let title = if card.claim.says.is_empty() {
        card.claim.subject.to_owned()
    } else {
        format!("{}. {}", card.claim.subject, card.rest())
    };
    ui.add(wrapped(&title, strong(), palette.text));
    ui.add(wrapped(&format!("Expected: {}", card.claim.expects), TextStyle::Body, palette.muted));
    let deltas = card.deltas();
    if deltas.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            ui.label("δ");
            let now = picks.delta_of(&deltas);
            for delta in &deltas {
                let button = egui::Button::selectable(Some(*delta) == now, figure::delta(*delta));
                if ui.add(button).on_hover_text("The verdicts at this δ").clicked() {
                    picks.delta = Some(*delta);
                }
            }
        });
    }
    for judged in &card.judged {
        let Some(now) = judged.now(picks) else { continue };
        section(ui, &format!("Protocol {}", judged.protocol), &judged.headline);
        if !judged.what.is_empty() {
            note(ui, &judged.what);
        }
        verdict(ui, now.said.word, &format!("at δ {}", now.delta));
        ui.add(wrapped(&now.said.sentence, TextStyle::Body, palette.text).selectable(true));
        let Said { numbers, methods, warning, .. } = &now.said;
        for (name, words) in [("Formula", card.claim.formula), ("Numbers", numbers), (METHODS, methods)] {
            if words.is_empty() {
                continue;
            }
            ui.add_space(4.0);
            note(ui, name);
            ui.add(wrapped(words, TextStyle::Body, palette.text).selectable(true));
            if name == METHODS && ui.button("Copy the sentence").on_hover_text("Put it on the clipboard").clicked() {
                shown.actions.push(Action::CopyText(words.to_owned(), "The sentence is copied"));
            }
        }
        if let Some(warning) = warning {
            remark(ui, Tone::Warning, warning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_stand_in_as_many_columns_as_have_room() {
        assert_eq!([300.0, 519.0, 520.0, 879.0, 1040.0, 1900.0].map(columns), [1, 1, 2, 2, 3, 3]);
    }
}
