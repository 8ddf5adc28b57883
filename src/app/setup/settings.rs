//! The four settings that decide how fair the comparison is, and which tokens are moved.

use super::{Around, Place, Trouble, source};
use crate::app::source::Source;
use crate::app::widgets::{choice, fold, note, row};
use crate::study::{
    Coherence, Direction, Matching, Mode, Pairing, PerMode, Perturbation, Rotation, Sign, Study, Tokens,
};
use egui::{TextEdit, Ui};

/// The positions as they are typed.
#[derive(Default)]
pub struct TokensField {
    text: String,
    /// What the text was made from.
    shown: Option<Tokens>,
    error: Option<String>,
}

/// Draws them, folded. What is wrong with one stands below it, or below the fold where that is closed.
pub fn show(ui: &mut Ui, study: &mut Study, positions: &mut TokensField, around: &mut Around) {
    let perturbation = &mut study.perturbation;
    let summary = summary(perturbation);
    let mut open = false;
    fold(ui, "settings", "Settings", &summary, |ui| {
        open = true;
        per_mode(
            ui,
            "Matching",
            "Whether every token moves by δ, or only their mean",
            &mut perturbation.matching,
            [(Matching::PerToken, "per token"), (Matching::Mean, "mean")],
        );
        per_mode(
            ui,
            "Coherence",
            "Whether the layers share their noise",
            &mut perturbation.coherence,
            [(Coherence::Independent, "independent"), (Coherence::Shared, "shared")],
        );
        per_mode(
            ui,
            "Pairing",
            "Whether the two sentences of a pair share their noise",
            &mut perturbation.pairing,
            [(Pairing::Same, "same"), (Pairing::Separate, "separate")],
        );
        row(ui, "Rotation", "How a vector is turned in the angular mode", |ui, _| {
            let values =
                [(None, "as the protocol"), (Some(Rotation::Exact), "exact"), (Some(Rotation::Published), "published")];
            choice(ui, "Rotation", WIDTH, &mut perturbation.rotation, &values);
        });
        positions.show(ui, &mut perturbation.tokens);
        around.remark(ui, Place::Tokens);
        row(ui, "Sign", "Of magnitude and of blend: whether a vector grows or shrinks", |ui, _| {
            let values =
                [(Sign::Random, "random per token"), (Sign::Grow, "always longer"), (Sign::Shrink, "always shorter")];
            choice(ui, "Sign", WIDTH, &mut perturbation.sign, &values);
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
    let hover = "Towards what angular, isotropic and blend move: \"random\", or a safetensors file with a tensor \
                 \"direction\" [hidden] or [layers, hidden], such as a steering vector";
    let mut typed = match direction {
        Direction::Random => RANDOM.to_owned(),
        Direction::File(path) => path.clone(),
    };
    let before = typed.clone();
    let chosen = row(ui, "Direction", hover, |ui, label| {
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

const WIDTH: f32 = 176.0;

fn per_mode<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    hover: &str,
    value: &mut Option<PerMode<T>>,
    [a, b]: [(T, &str); 2],
) {
    row(ui, name, hover, |ui, _| {
        let each = |angular, magnitude| Some(PerMode::Each { angular, magnitude });
        let (ab, ba) = (format!("angular {}, magnitude {}", a.1, b.1), format!("angular {}, magnitude {}", b.1, a.1));
        let values = [
            (None, "as the protocol"),
            (Some(PerMode::Both(a.0)), a.1),
            (Some(PerMode::Both(b.0)), b.1),
            (each(a.0, b.0), ab.as_str()),
            (each(b.0, a.0), ba.as_str()),
        ];
        choice(ui, name, WIDTH, value, &values);
    });
}

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
        row(ui, "Tokens", "Which tokens are moved", |ui, _| {
            let at = if let Tokens::At(_) = tokens { tokens.clone() } else { Tokens::At(vec![0]) };
            let values = [
                (Tokens::All, "all"),
                (Tokens::AllButFirst, "all but the first"),
                (Tokens::Last, "the last"),
                (at, "at positions"),
            ];
            let now = values.iter().find(|(known, _)| known == tokens).map_or("", |(_, words)| words);
            let combo = egui::ComboBox::from_id_salt("tokens moved").width(WIDTH).selected_text(now);
            let combo = combo.show_ui(ui, |ui| {
                for (value, words) in values {
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

/// The settings as they hold, for the folded line: "per token, independent, same, exact".
fn summary(perturbation: &Perturbation) -> String {
    let [angular, magnitude] = [Mode::Angular, Mode::Magnitude].map(|mode| perturbation.settings(mode));
    // What differs from the usual comes first, as the end may have no room.
    let mut words = Vec::new();
    match &perturbation.tokens {
        Tokens::All => {}
        Tokens::AllButFirst => words.push("all but the first token".to_owned()),
        Tokens::Last => words.push("last token".to_owned()),
        at @ Tokens::At(_) => words.push(format!("tokens {}", written(at))),
    }
    match perturbation.sign {
        Sign::Random => {}
        Sign::Grow => words.push("longer".to_owned()),
        Sign::Shrink => words.push("shorter".to_owned()),
    }
    if perturbation.direction.file().is_some() {
        words.push(perturbation.direction.name());
    }
    let mut push = |angular: &'static str, magnitude: &'static str| {
        words.push(if angular == magnitude { angular.to_owned() } else { format!("{angular}/{magnitude}") });
    };
    let [a, m] = [angular, magnitude].map(|s| if s.matching == Matching::Mean { "mean" } else { "per token" });
    push(a, m);
    let [a, m] = [angular, magnitude].map(|s| if s.coherence == Coherence::Shared { "shared" } else { "independent" });
    push(a, m);
    let [a, m] = [angular, magnitude].map(|s| if s.pairing == Pairing::Separate { "separate" } else { "same" });
    push(a, m);
    let turned = if angular.rotation == Rotation::Exact { "exact" } else { "published" };
    push(turned, turned);
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_as_they_are_written() {
        assert_eq!(positions(&written(&Tokens::At(vec![0, 3, 5]))), Ok(vec![0, 3, 5]));
        assert_eq!(positions(" 4 7;9,"), Ok(vec![4, 7, 9]));
        assert_eq!(positions(""), Ok(Vec::new()));
        assert!(positions("1, last").unwrap_err().contains("\"last\" is not a position"));
    }
}
