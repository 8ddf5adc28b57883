//! The four settings that decide how fair the comparison is, and which tokens are moved.

use crate::app::widgets::{choice, fold, row};
use crate::study::{Coherence, Matching, Mode, Pairing, PerMode, Perturbation, Rotation, Sign, Study, Tokens};
use egui::Ui;

/// Draws them, folded.
pub fn show(ui: &mut Ui, study: &mut Study) {
    let perturbation = &mut study.perturbation;
    let summary = summary(perturbation);
    fold(ui, "settings", "Settings", &summary, |ui| {
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
        row(ui, "Rotation", "How a vector is turned", |ui, _| {
            let values =
                [(None, "as the protocol"), (Some(Rotation::Exact), "exact"), (Some(Rotation::Published), "published")];
            choice(ui, "Rotation", WIDTH, &mut perturbation.rotation, &values);
        });
        tokens(ui, &mut perturbation.tokens);
        row(ui, "Sign", "Of the magnitude mode", |ui, _| {
            let values =
                [(Sign::Random, "random per token"), (Sign::Grow, "always longer"), (Sign::Shrink, "always shorter")];
            choice(ui, "Sign", WIDTH, &mut perturbation.sign, &values);
        });
    });
}

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

fn tokens(ui: &mut Ui, tokens: &mut Tokens) {
    row(ui, "Tokens", "Which tokens are moved", |ui, _| {
        let values = [(Tokens::All, "all"), (Tokens::AllButFirst, "all but the first"), (Tokens::Last, "the last")];
        let now = values.iter().find(|(known, _)| known == tokens).map(|(_, words)| (*words).to_owned());
        let now = now.unwrap_or_else(|| match tokens {
            Tokens::At(list) => format!("at {list:?}"),
            _ => String::new(),
        });
        let combo = egui::ComboBox::from_id_salt("tokens moved").width(WIDTH).selected_text(now).show_ui(ui, |ui| {
            for (value, words) in values {
                if ui.selectable_label(*tokens == value, words).clicked() {
                    *tokens = value;
                }
            }
        });
        combo.response.accessible_name("Tokens");
    });
}

/// The settings as they hold, for the folded line: "per token, independent, same, exact".
fn summary(perturbation: &Perturbation) -> String {
    let [angular, magnitude] = [Mode::Angular, Mode::Magnitude].map(|mode| perturbation.settings(mode));
    let mut words = Vec::new();
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
