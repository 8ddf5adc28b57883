//! Which tokens are moved, with which signs and towards which directions.

use super::comparison::WIDTH;
use super::{Around, Place, Trouble, source};
use crate::app::source::Source;
use crate::app::widgets::{choice, fold, note, row};
use crate::study::{Direction, Perturbation, Setting, Sign, Study, Tokens};
use egui::{TextEdit, Ui};

/// The positions as they are typed.
#[derive(Default)]
pub struct TokensField {
    text: String,
    /// What the text was made from.
    shown: Option<Tokens>,
    error: Option<String>,
}

/// Signs in words.
pub const SIGNS: [(Sign, &str); 3] =
    [(Sign::Random, "random per token"), (Sign::Grow, "always longer"), (Sign::Shrink, "always shorter")];

/// Draws them, folded. What is wrong with one stands below it, or below the fold where that is closed.
pub fn show(ui: &mut Ui, study: &mut Study, positions: &mut TokensField, around: &mut Around) {
    let perturbation = &mut study.perturbation;
    let summary = summary(perturbation);
    let mut open = false;
    fold(ui, "settings", "Settings", &summary, |ui| {
        open = true;
        positions.show(ui, &mut perturbation.tokens);
        around.remark(ui, Place::Tokens);
        row(ui, "Sign", Setting::Sign.help(), |ui, _| {
            choice(ui, "Sign", WIDTH, &mut perturbation.sign, &SIGNS);
        });
        direction(ui, &mut perturbation.direction, around);
        around.remark(ui, Place::Direction);
    });
    if !open {
        around.remark(ui, Place::Tokens);
        around.remark(ui, Place::Direction);
    }
}

/// Random directions, or a file of given ones.
fn direction(ui: &mut Ui, direction: &mut Direction, around: &mut Around) {
    let mut typed = match direction {
        Direction::Random => RANDOM.to_owned(),
        Direction::File(path) => path.clone(),
    };
    let before = typed.clone();
    let chosen = row(ui, "Direction", Setting::Direction.help(), |ui, label| {
        source::field(ui, &mut typed, "random, or a .safetensors file", (label, "Directions"), |ui| {
            let values = [(RANDOM, RANDOM, "drawn for every token and seed")];
            source::menu(ui, &values, (Source::Direction, "A file…"), around.actions)
        })
    });
    if let Some(value) = chosen {
        value.clone_into(&mut typed);
    }
    if typed != before {
        *direction = if typed.trim() == RANDOM { Direction::Random } else { Direction::File(typed) };
    }
    let wrong = around.trouble.is_some_and(|trouble| trouble.place == Place::Direction);
    if direction.file().is_some() && !wrong {
        note(ui, "The same for every token and seed, so that seeds differ in signs alone.");
    }
}

/// What stands in the field of directions where they are drawn.
const RANDOM: &str = "random";

impl TokensField {
    /// What is wrong with the text.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.error.as_ref().map(|words| Trouble { place: Place::Tokens, words: words.clone() })
    }

    fn show(&mut self, ui: &mut Ui, tokens: &mut Tokens) {
        if self.shown.as_ref() != Some(tokens) {
            self.text = written(tokens);
            self.shown = Some(tokens.clone());
            self.error = None;
        }
        row(ui, "Tokens", Setting::Tokens.help(), |ui, _| {
            let at = if let Tokens::At(_) = tokens { tokens.clone() } else { Tokens::At(vec![0]) };
            let values = [Tokens::All, Tokens::AllButFirst, Tokens::Last, at];
            let now = which(tokens);
            let combo = egui::ComboBox::from_id_salt("tokens moved").width(WIDTH).selected_text(now);
            let combo = combo.show_ui(ui, |ui| {
                for value in values {
                    let words = which(&value);
                    ui.selectable_value(tokens, value, words);
                }
            });
            combo.response.accessible_name("Tokens");
        });
        if let Tokens::At(_) = tokens {
            if self.shown.as_ref() != Some(tokens) {
                self.text = written(tokens);
            }
            row(ui, "Positions", "Of the tokens that are moved, from 0: 0, 3, 5", |ui, label| {
                let field = TextEdit::singleline(&mut self.text).desired_width(WIDTH).hint_text("0, 3, 5");
                if ui.add(field).labelled_by(label).changed() {
                    match positions(&self.text) {
                        Ok(list) => {
                            *tokens = Tokens::At(list);
                            self.error = None;
                        }
                        Err(words) => self.error = Some(words),
                    }
                }
            });
        }
        self.shown = Some(tokens.clone());
    }
}

/// Which tokens are moved, in words.
pub fn which(tokens: &Tokens) -> &'static str {
    match tokens {
        Tokens::All => "all",
        Tokens::AllButFirst => "all but the first",
        Tokens::Last => "the last",
        Tokens::At(_) => "at positions",
    }
}

/// Positions as they are typed; nothing for the other choices.
fn written(tokens: &Tokens) -> String {
    let Tokens::At(list) = tokens else { return String::new() };
    list.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn positions(text: &str) -> Result<Vec<usize>, String> {
    let trouble = |part: &str| format!("\"{part}\" is not a position; write whole numbers from 0: 0, 3, 5");
    let parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|_| trouble(part))).collect()
}

/// Tokens, sign and direction, for the folded line: "all tokens, random signs and directions".
fn summary(perturbation: &Perturbation) -> String {
    let tokens = match &perturbation.tokens {
        Tokens::All => "all tokens".to_owned(),
        Tokens::AllButFirst => "all but the first token".to_owned(),
        Tokens::Last => "last token".to_owned(),
        at @ Tokens::At(_) => format!("tokens {}", written(at)),
    };
    let sign = match perturbation.sign {
        Sign::Random => "random signs",
        Sign::Grow => "longer",
        Sign::Shrink => "shorter",
    };
    match (perturbation.sign, perturbation.direction.file()) {
        (Sign::Random, None) => format!("{tokens}, random signs and directions"),
        (_, None) => format!("{tokens}, {sign}, random directions"),
        (_, Some(_)) => format!("{tokens}, {sign}, {}", perturbation.direction.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folded_line_has_what_is_set() {
        let mut perturbation = Perturbation::default();
        assert_eq!(summary(&perturbation), "all tokens, random signs and directions");
        perturbation.sign = Sign::Shrink;
        perturbation.tokens = Tokens::At(vec![0, 3]);
        perturbation.direction = Direction::File("a/steer.safetensors".to_owned());
        assert_eq!(summary(&perturbation), "tokens 0, 3, shorter, steer.safetensors");
    }

    #[test]
    fn positions_are_read_as_they_are_written() {
        assert_eq!(positions(&written(&Tokens::At(vec![0, 3, 5]))), Ok(vec![0, 3, 5]));
        assert_eq!(positions(" 4 7;9,"), Ok(vec![4, 7, 9]));
        assert_eq!(positions(""), Ok(Vec::new()));
        assert!(positions("1, last").unwrap_err().contains("\"last\" is not a position"));
    }
}
