//! The four settings that decide how fair a comparison of the modes is, laid open: each with a sentence that says what the
//! choice means for it.

use super::wrapped;
use crate::app::widgets::{choice, note, row};
use crate::study::{Coherence, Matching, Mode, Pairing, PerMode, Perturbation, Rotation, Setting};
use egui::Ui;

/// Draws them, folded.
pub fn show(ui: &mut Ui, perturbation: &mut Perturbation) {
    let summary = summary(perturbation);
    let hover = "Matching, coherence, pairing and rotation; where the modes differ, angular before magnitude";
    wrapped::fold(ui, "comparison", "Comparison", &summary, hover, |ui| {
        let of = |perturbation: &Perturbation| [Mode::Angular, Mode::Magnitude].map(|mode| perturbation.settings(mode));
        per_mode(
            ui,
            "Matching",
            Setting::Matching.help(),
            &mut perturbation.matching,
            [(Matching::PerToken, "per token"), (Matching::Mean, "mean")],
        );
        note(ui, matching(of(perturbation).map(|s| s.matching)));
        per_mode(
            ui,
            "Coherence",
            Setting::Coherence.help(),
            &mut perturbation.coherence,
            [(Coherence::Independent, "independent"), (Coherence::Shared, "shared")],
        );
        note(ui, coherence(of(perturbation).map(|s| s.coherence)));
        per_mode(
            ui,
            "Pairing",
            Setting::Pairing.help(),
            &mut perturbation.pairing,
            [(Pairing::Same, "same"), (Pairing::Separate, "separate")],
        );
        note(ui, pairing(of(perturbation).map(|s| s.pairing)));
        row(ui, "Rotation", Setting::Rotation.help(), |ui, _| {
            let values =
                [(None, "as the protocol"), (Some(Rotation::Exact), "exact"), (Some(Rotation::Published), "published")];
            choice(ui, "Rotation", WIDTH, &mut perturbation.rotation, &values);
        });
        note(ui, rotation(of(perturbation)[0].rotation));
        if perturbation.settings_are_overridden()
            && ui.button("All as the protocol").on_hover_text("Takes back what was set here by itself").clicked()
        {
            perturbation.matching = None;
            perturbation.coherence = None;
            perturbation.pairing = None;
            perturbation.rotation = None;
        }
    });
}

/// Width of the lists.
pub const WIDTH: f32 = 176.0;

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

/// What the matching of angular and magnitude means.
fn matching(of: [Matching; 2]) -> &'static str {
    match of {
        [Matching::PerToken, Matching::PerToken] => {
            "Every token moves by exactly δ in both modes, so they are compared at the same distance token by token."
        }
        [Matching::Mean, Matching::Mean] => {
            "All tokens of a text move by the same share of their length in both modes, and only their mean distance is δ: \
             long vectors move further than short ones."
        }
        [Matching::Mean, Matching::PerToken] => {
            "Angular turns all tokens of a text by one angle, so that only their mean distance is δ; magnitude moves each by \
             δ. The modes agree in the mean and not token by token, which is a difference beside direction and length."
        }
        [Matching::PerToken, Matching::Mean] => {
            "Angular moves each token by δ; magnitude stretches all tokens of a text by one share, so that only their mean \
             distance is δ. The modes agree in the mean and not token by token, which is a difference beside direction and \
             length."
        }
    }
}

/// What the coherence of angular and magnitude means.
fn coherence(of: [Coherence; 2]) -> &'static str {
    match of {
        [Coherence::Independent, Coherence::Independent] => {
            "Every layer draws its own noise, so pushes of several layers partly cancel, in both modes alike."
        }
        [Coherence::Shared, Coherence::Shared] => {
            "All layers have the same noise, so their pushes add up, in both modes alike."
        }
        [Coherence::Shared, Coherence::Independent] => {
            "Angular pushes every layer the same way and its pushes add up; those of magnitude partly cancel. That alone can \
             make angular look the more harmful of the two."
        }
        [Coherence::Independent, Coherence::Shared] => {
            "Magnitude has the same signs in every layer and its pushes add up; those of angular partly cancel. That alone \
             can make magnitude look the more harmful of the two."
        }
    }
}

/// What the pairing of angular and magnitude means.
fn pairing(of: [Pairing; 2]) -> &'static str {
    match of {
        [Pairing::Same, Pairing::Same] => {
            "Both sentences of a pair, and a text with and without repair, meet the same noise: what differs between them is \
             not the luck of the draw."
        }
        [Pairing::Separate, Pairing::Separate] => {
            "The two sentences of a pair, and a text with and without repair, meet noise of their own, which adds to what \
             differs between them, in both modes alike."
        }
        [Pairing::Same, Pairing::Separate] => {
            "Under angular the two sentences of a pair meet the same noise, under magnitude noise of their own, which adds to \
             what differs between them: magnitude can look worse on minimal pairs than it is."
        }
        [Pairing::Separate, Pairing::Same] => {
            "Under magnitude the two sentences of a pair meet the same noise, under angular noise of their own, which adds to \
             what differs between them: angular can look worse on minimal pairs than it is."
        }
    }
}

/// What the rotation means.
fn rotation(of: Rotation) -> &'static str {
    match of {
        Rotation::Exact => {
            "A vector is turned by exactly the angle that moves it by δ, and keeps its length; reached wherever δ ≤ 2‖h‖."
        }
        Rotation::Published => {
            "A push that is not orthogonal to the vector, of a size that a search of 20 steps finds: the length is kept and δ \
             is met nearly, but no further than about 1.05‖h‖. Isotropic and blend stay exact."
        }
    }
}

/// The settings as they hold, angular before magnitude: "per token, independent, same, exact".
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Protocol;

    #[test]
    fn the_folded_line_has_the_settings_as_they_hold() {
        let mut perturbation = Perturbation::default();
        assert_eq!(summary(&perturbation), "per token, independent, same, exact");
        perturbation.protocol = Protocol::Published;
        assert_eq!(summary(&perturbation), "mean/per token, shared/independent, same/separate, published");
        perturbation.matching = Some(PerMode::Both(Matching::PerToken));
        assert!(summary(&perturbation).starts_with("per token, shared/"));
    }

    #[test]
    fn every_choice_has_a_sentence_of_its_own() {
        let matchings = [Matching::PerToken, Matching::Mean];
        let coherences = [Coherence::Independent, Coherence::Shared];
        let pairings = [Pairing::Same, Pairing::Separate];
        let mut said = std::collections::BTreeSet::new();
        for i in 0..2 {
            for j in 0..2 {
                said.insert(matching([matchings[i], matchings[j]]));
                said.insert(coherence([coherences[i], coherences[j]]));
                said.insert(pairing([pairings[i], pairings[j]]));
            }
        }
        said.extend([rotation(Rotation::Exact), rotation(Rotation::Published)]);
        assert_eq!(said.len(), 3 * 4 + 2);
        assert!(said.iter().all(|sentence| sentence.ends_with('.')));
    }
}
