//! What the terms in the titles mean, with their formulas.

use egui::Response;

/// Terms, as they stand in titles, and what they mean.
const TERMS: [(&str, &str); 30] = [
    (
        "dissociation",
        "Two modes of the same length δ dissociate where one costs more loss and the other more accuracy. Interaction: (x angular − x magnitude) of the loss − the same of syntax, x being harm as a share of the way from clean to chance.",
    ),
    (
        "loss damage",
        "Damage: mean over texts of each text's own next-token loss minus its clean loss. Loss: −(1/(n − 1))·Σ ln p(token), nats.",
    ),
    ("damage", "Damage: mean over texts of each text's own next-token loss minus its clean loss, nats."),
    (
        "accuracy drop",
        "Clean accuracy minus disturbed accuracy on minimal pairs, percentage points. A pair is right where the grammatical sentence has the larger sum of ln p(token).",
    ),
    (
        "half-effect",
        "Half-effect δ: where the fitted curve saturation/(1 + (half/δ)^slope) reaches half of its saturation.",
    ),
    (
        "dose",
        "Damage against δ, and the log-logistic curve saturation/(1 + (half/δ)^slope) that is nearest to the mean damages by least squares.",
    ),
    (
        "ratio",
        "Ratio: mean damage angular over mean damage magnitude at the same δ, with Fieller's 95 % interval over seeds. It is withheld where the denominator is not told from 0.",
    ),
    (
        "entropy",
        "Attention entropy: −Σ p·ln p over the keys that a query sees, mean over query positions; nats. Change: disturbed minus clean.",
    ),
    (
        "recovery",
        "Recovery: (damage − repaired damage)/damage, where a repair puts a tensor back to what it was in the clean run; 100 %: all of the damage is undone.",
    ),
    (
        "repair",
        "Repair: a tensor of the disturbed pass is replaced by that of the clean pass. Recovery: (damage − repaired damage)/damage.",
    ),
    (
        "cosine of q and k",
        "q·k/(‖q‖·‖k‖) at the same position, before rotary embedding; mean over positions and heads.",
    ),
    ("|change| of logits", "Mean |Δ(q·k/√d)| after rotary embedding, over the keys that a query sees."),
    (
        "kl divergence",
        "KL divergence of the disturbed attention p′ from the clean one p: Σ p·ln(p/p′), mean over queries and heads; nats.",
    ),
    ("top key changed", "Share of queries whose most attended key is another one than in the clean run."),
    (
        "queries, keys",
        "How queries and keys move against each other, q·k/(‖q‖·‖k‖), and how the attention softmax(q·k/√d) that they make changes.",
    ),
    (
        "heads",
        "A head's attention entropy: −Σ p·ln p, mean over query positions and texts. Heads are ranked by the size of its change under the angular mode.",
    ),
    ("layers", "Which layers matter: each is disturbed alone (damage), or its attention is repaired alone (recovery)."),
    (
        "makes the gap",
        "Gap: G = ln(damage angular/damage magnitude); of pairs, the difference of drops. A setting's Shapley share: what changing it from published to strict takes off the gap, averaged over all orders in which the settings are changed.",
    ),
    (
        "displacement",
        "Displacement: ‖h′ − h‖ of the tokens that were moved. Attainability: a rotation reaches at most 2‖h‖; where δ is longer it stops there, and the token is counted as out of reach.",
    ),
    (
        "vectors are moved",
        "Displacement: ‖h′ − h‖ of the tokens that were moved. Attainability: a rotation reaches at most 2‖h‖; where δ is longer it stops there, and the token is counted as out of reach.",
    ),
    ("final distance", "‖h′ − h‖ after the last layer, before the final norm: how far the stream drifts."),
    ("final angle", "arccos(h′·h/(‖h′‖·‖h‖)) after the last layer, before the final norm."),
    (
        "norms",
        "Euclidean norm ‖h‖ of each layer's output in the clean run: the median over tokens, and the 5th to the 95th percentile.",
    ),
    ("mean norm", "Mean over texts of ‖h‖, of each layer's output at each position in the clean run."),
    (
        "what differs",
        "Every difference with its 95 % interval. p: two-sided; after Holm over the family: all δ and repairs of one experiment. d_z: mean difference over the sd of the differences.",
    ),
    (
        "what becomes of",
        "Supported: p after Holm < 0.05 and a 95 % interval on the expected side of 0. Opposite: on the other side. Equivalent: the interval lies within the study's bounds. Undecided: all else.",
    ),
    ("angular", "Angular mode: h turns by θ = 2·asin(δ/2‖h‖) in the plane of h and a random direction; ‖h′‖ = ‖h‖."),
    ("magnitude", "Magnitude mode: h′ = (1 + s·δ/‖h‖)·h, s = ±1: the direction stays."),
    ("isotropic", "Isotropic control: h′ = h + δ·u, u a random unit vector."),
    ("blend", "Blend φ: ‖h′‖ = ‖h‖ + s·δ·cos φ, then turned until ‖h′ − h‖ = δ; 0° is magnitude, 90° angular."),
];

/// What the first term of the list that stands in `words` means; none where there is none.
#[must_use]
pub fn of(words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    TERMS.iter().find(|(term, _)| words.contains(term)).map(|(_, meaning)| *meaning)
}

/// A hover over `response` that says what `words` mean.
pub fn hover(response: Response, words: &str) -> Response {
    match of(words) {
        Some(meaning) => response.on_hover_text(meaning),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_in_titles() {
        assert!(of("A  Loss damage (nats)").is_some_and(|meaning| meaning.contains("next-token loss")));
        assert!(of("KL divergence (nats)").is_some_and(|meaning| meaning.contains("ln(p/p′)")));
        assert!(of("What makes the gap between the modes").is_some_and(|meaning| meaning.contains("Shapley")));
        assert!(of("Attention entropy by layer").is_some_and(|meaning| meaning.contains("−Σ p·ln p")));
        assert_eq!(of("Something else"), None);
    }

    #[test]
    fn every_term_is_found_under_its_own_name() {
        for (term, meaning) in TERMS {
            assert_eq!(term, term.to_lowercase());
            assert!(of(term).is_some() && meaning.ends_with('.'), "{term}");
        }
    }
}
