//! What each δ can do, from the norms of the hidden states that it moves: which share of the tokens the rotation can move
//! so far, and which share of them magnitude turns round.

use super::LayerNorms;
use crate::error::Result;
use crate::lm::{Decoder, Hooks, Site};
use crate::study::{DeltaUnit, Matching, Mode, Rotation, Sign, Study};
use candle_core::{D, DType, Tensor};

/// What is known of every δ of a study's grid, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// By δ.
    pub rows: Vec<AtDelta>,
    /// What it was worked out from, in a sentence.
    pub from: String,
}

/// What is known of one δ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtDelta {
    /// δ in the study's unit.
    pub delta: f64,
    /// Tokens that the rotation moves by δ; none where the study has no angular mode.
    pub reached: Option<Share>,
    /// Tokens that magnitude turns round, 1 − δ/‖h‖ < 0; none where it never shortens.
    pub flipped: Option<Share>,
}

/// A share of the tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// Counted.
    Exactly(f64),
    /// Interpolated between known points of the distribution.
    About(f64),
    /// Beyond the lowest known point.
    Below(f64),
    /// Beyond the highest known point.
    Above(f64),
}

impl Share {
    /// As a number, for a bar.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Exactly(share) | Self::About(share) => share,
            Self::Below(share) => share / 2.0,
            Self::Above(share) => f64::midpoint(share, 1.0),
        }
    }

    /// In words: "93 %", "about 40 %", "under 5 %".
    #[must_use]
    pub fn words(self) -> String {
        let percent = |share: f64| {
            let percent = 100.0 * share;
            match percent {
                0.0 | 100.0 => format!("{percent}\u{a0}%"),
                p if p < 0.1 => "<\u{a0}0.1\u{a0}%".to_owned(),
                p if p > 99.9 => ">\u{a0}99.9\u{a0}%".to_owned(),
                p if !(10.0..=90.0).contains(&p) => format!("{p:.1}\u{a0}%"),
                p => format!("{p:.0}\u{a0}%"),
            }
        };
        let bound = |share: f64| (1000.0 * share).round() / 10.0;
        match self {
            Self::Exactly(share) => percent(share),
            Self::About(share) => format!("about {:.0}\u{a0}%", 100.0 * share),
            Self::Below(share) => format!("under {}\u{a0}%", bound(share)),
            Self::Above(share) => format!("over {}\u{a0}%", bound(share)),
        }
    }

    fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Exactly(share) => Self::Exactly(factor * share),
            Self::About(share) => Self::About(factor * share),
            Self::Below(share) => Self::Below(factor * share),
            // Half of what is above is not above half of it alone, but no more is known.
            Self::Above(share) if factor < 1.0 => Self::About(factor * f64::midpoint(share, 1.0)),
            Self::Above(share) => Self::Above(share),
        }
    }

    /// What is left of all.
    fn rest(self) -> Self {
        match self {
            Self::Exactly(share) => Self::Exactly(1.0 - share),
            Self::About(share) => Self::About(1.0 - share),
            Self::Below(share) => Self::Above(1.0 - share),
            Self::Above(share) => Self::Below(1.0 - share),
        }
    }

    /// Of several layers that have as many tokens each.
    fn mean(shares: &[Self]) -> Self {
        match shares {
            [first, rest @ ..] if rest.iter().all(|share| share == first) => *first,
            shares => Self::About(shares.iter().map(|share| share.value()).sum::<f64>() / shares.len() as f64),
        }
    }
}

/// The most that a rotation moves h, in units of ‖h‖: the whole sphere's width where it is exact; in the published form a
/// push of at most 2‖h‖ in a direction that is all but orthogonal to h, which turns it by atan 2.
fn farthest(study: &Study) -> f64 {
    match study.perturbation.settings(Mode::Angular).rotation {
        Rotation::Exact => 2.0,
        Rotation::Published => (2.0 * (1.0 - 1.0 / 5f64.sqrt())).sqrt(),
    }
}

/// The share of the tokens to be shortened: half of them where signs are drawn.
fn shortened(study: &Study) -> Option<f64> {
    let perturbation = &study.perturbation;
    match perturbation.sign {
        _ if !perturbation.modes.contains(&Mode::Magnitude) => None,
        Sign::Grow => None,
        Sign::Random => Some(0.5),
        Sign::Shrink => Some(1.0),
    }
}

/// Of every δ of `study`, ascending, with `below` the share of the tokens of whose norm δ is more than so many times;
/// `mode` says whose settings hold.
fn rows(study: &Study, below: impl Fn(Mode, f64, f64) -> Share) -> Vec<AtDelta> {
    let mut deltas: Vec<f64> =
        study.perturbation.deltas.iter().copied().filter(|delta| delta.is_finite() && *delta > 0.0).collect();
    deltas.sort_by(f64::total_cmp);
    let angular = study.perturbation.modes.contains(&Mode::Angular).then(|| farthest(study));
    let shortened = shortened(study);
    let of = |delta| AtDelta {
        delta,
        reached: angular.map(|farthest| below(Mode::Angular, delta, farthest).rest()),
        flipped: shortened.map(|share| below(Mode::Magnitude, delta, 1.0).scaled(share)),
    };
    deltas.into_iter().map(of).collect()
}

/// Of a study whose δ are fractions of each token's own norm, of which nothing has to be known.
#[must_use]
pub fn of_fractions(study: &Study) -> Option<Reach> {
    let below = |_, delta: f64, times: f64| Share::Exactly(if delta > times { 1.0 } else { 0.0 });
    (study.perturbation.delta_unit == DeltaUnit::OfNorm).then(|| Reach {
        rows: rows(study, below),
        from: "δ are fractions of each token's own norm, so that it holds for every model.".to_owned(),
    })
}

/// How a run differs from a clean pass.
const DEEPER: &str = "Where several layers are disturbed, the later ones meet a stream that has moved already.";

/// Norms of every layer's output, clean: by layer, text and position.
#[derive(Debug, Default)]
pub struct TokenNorms {
    layers: Vec<Vec<Vec<f32>>>,
}

impl Hooks for TokenNorms {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if site == Site::ResidPost {
            let norms = tensor.to_dtype(DType::F32)?.sqr()?.sum(D::Minus1)?.sqrt()?.to_vec2::<f32>()?;
            self.layers[layer].extend(norms);
        }
        Ok(tensor)
    }
}

impl TokenNorms {
    /// Of `sequences`, by one clean pass.
    ///
    /// # Errors
    /// Those of the pass.
    pub fn measure(decoder: &Decoder, sequences: &[Vec<u32>]) -> Result<Self> {
        let layers = decoder.spec().layers;
        let mut norms = Self { layers: vec![Vec::new(); layers] };
        let mut sorted: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        sorted.sort_by_key(|sequence| sequence.len());
        for stack in sorted.chunk_by(|a, b| a.len() == b.len()) {
            let embedded = decoder.embed(stack, &mut norms)?;
            decoder.blocks(embedded, 0..layers, &mut norms)?;
        }
        Ok(norms)
    }

    /// What the δ of `study` can do; none where it disturbs layers that are not there.
    #[must_use]
    pub fn reach(&self, study: &Study) -> Option<Reach> {
        let perturbation = &study.perturbation;
        let layers = perturbation.layers.resolve(self.layers.len()).ok()?;
        let texts = self.layers.first()?.len();
        // By layer: its median, and by text the norms of the tokens that are moved.
        let moved: Vec<(f64, Vec<Vec<f64>>)> = layers.iter().map(|layer| self.moved(*layer, study)).collect();
        let of_unit = |delta: f64, norm: f64, median: f64| match perturbation.delta_unit {
            DeltaUnit::Absolute => delta,
            DeltaUnit::OfNorm => delta * norm,
            DeltaUnit::OfLayerMedian => delta * median,
        };
        let below = |mode: Mode, delta: f64, times: f64| {
            let by_mean = perturbation.settings(mode).matching == Matching::Mean;
            let (mut count, mut all) = (0usize, 0usize);
            for (median, texts) in &moved {
                for tokens in texts.iter().filter(|tokens| !tokens.is_empty()) {
                    all += tokens.len();
                    let exceeds = |norm: f64| of_unit(delta, norm, *median) > times * norm;
                    count += if by_mean {
                        let mean = tokens.iter().sum::<f64>() / tokens.len() as f64;
                        if exceeds(mean) { tokens.len() } else { 0 }
                    } else {
                        tokens.iter().filter(|norm| exceeds(**norm)).count()
                    };
                }
            }
            Share::Exactly(if all == 0 { 0.0 } else { count as f64 / all as f64 })
        };
        let from =
            format!("Counted in a clean pass over {texts} of the texts, in the layers that are disturbed. {DEEPER}");
        Some(Reach { rows: rows(study, below), from })
    }

    fn moved(&self, layer: usize, study: &Study) -> (f64, Vec<Vec<f64>>) {
        let texts = &self.layers[layer];
        let mut rest: Vec<f32> = texts.iter().flat_map(|tokens| tokens.iter().skip(1).copied()).collect();
        rest.sort_unstable_by(f32::total_cmp);
        let at = |i: usize| rest.get(i).map_or(0.0, |norm| f64::from(*norm));
        let median = f64::midpoint(at(rest.len().saturating_sub(1) / 2), at(rest.len() / 2));
        let tokens = &study.perturbation.tokens;
        let of_text = |text: &Vec<f32>| {
            let is_moved = |position: &usize| tokens.contains(*position, text.len());
            (0..text.len()).filter(is_moved).map(|position| f64::from(text[position])).collect()
        };
        (median, texts.iter().map(of_text).collect())
    }
}

impl LayerNorms {
    /// The share of the tokens with a norm below `norm`, as far as three points of the distribution tell.
    fn below(&self, norm: f64) -> Share {
        let part = |from: f64, to: f64| if to > from { (norm - from) / (to - from) } else { 0.0 };
        if norm < self.p05 {
            Share::Below(0.05)
        } else if norm > self.p95 {
            Share::Above(0.95)
        } else if norm < self.median {
            Share::About(0.05 + 0.45 * part(self.p05, self.median))
        } else {
            Share::About(0.5 + 0.45 * part(self.median, self.p95))
        }
    }
}

/// What the δ of `study` can do where of the norms only those of `all` layers are known, from `name`; none where it
/// disturbs layers that are not there.
#[must_use]
pub fn of_layers(study: &Study, all: &[LayerNorms], name: &str) -> Option<Reach> {
    let perturbation = &study.perturbation;
    let layers = perturbation.layers.resolve(all.len()).ok().filter(|layers| !layers.is_empty())?;
    let below = |mode: Mode, delta: f64, times: f64| {
        let by_mean = perturbation.settings(mode).matching == Matching::Mean;
        let of_layer = |layer: &usize| {
            let norms = all[*layer];
            let length = if perturbation.delta_unit == DeltaUnit::OfLayerMedian { delta * norms.median } else { delta };
            // Means of texts are not in the file; the median stands for them.
            if by_mean {
                Share::About(if length > times * norms.median { 1.0 } else { 0.0 })
            } else {
                norms.below(length / times)
            }
        };
        Share::mean(&layers.iter().map(of_layer).collect::<Vec<_>>())
    };
    let from = format!(
        "From the norms in {name}, of which 5, 50 and 95\u{a0}% are known by layer; each text's first token is left out. \
         {DEEPER}"
    );
    Some(Reach { rows: rows(study, below), from })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Layers, PerMode, Protocol, Tokens};

    fn study(deltas: &[f64], unit: DeltaUnit) -> Study {
        let mut study = Study::demo();
        study.perturbation.deltas = deltas.to_vec();
        study.perturbation.delta_unit = unit;
        study.perturbation.layers = Layers::All;
        study
    }

    /// One layer, two texts: norms 100, 1, 2 and 100, 4.
    fn norms() -> TokenNorms {
        TokenNorms { layers: vec![vec![vec![100.0, 1.0, 2.0], vec![100.0, 4.0]]] }
    }

    fn shares(study: &Study) -> Vec<(f64, f64)> {
        let rows = norms().reach(study).unwrap().rows;
        let rounded = |share: Share| (1e6 * share.value()).round() / 1e6;
        rows.iter().map(|row| (rounded(row.reached.unwrap()), row.flipped.map_or(0.0, rounded))).collect()
    }

    #[test]
    fn tokens_are_counted() {
        // δ ≤ 2‖h‖ is reached; of those with ‖h‖ < δ half are to be shortened.
        let mut study = study(&[0.5, 3.0, 1000.0], DeltaUnit::Absolute);
        assert_eq!(shares(&study), [(1.0, 0.0), (0.8, 0.2), (0.0, 0.5)]);
        study.perturbation.sign = Sign::Shrink;
        assert_eq!(shares(&study)[1], (0.8, 0.4));
        study.perturbation.sign = Sign::Grow;
        assert_eq!(norms().reach(&study).unwrap().rows[1].flipped, None);
        study.perturbation.tokens = Tokens::AllButFirst;
        assert_eq!(shares(&study)[1].0, 0.666_667);
        // The median of 1, 2, 4 is 2.
        study.perturbation.delta_unit = DeltaUnit::OfLayerMedian;
        study.perturbation.deltas = vec![1.5];
        assert_eq!(shares(&study)[0].0, 0.666_667);
        study.perturbation.layers = Layers::These(vec![3]);
        assert_eq!(norms().reach(&study), None);
    }

    #[test]
    fn matching_by_the_mean_reaches_a_text_or_not() {
        let mut study = study(&[5.0], DeltaUnit::Absolute);
        study.perturbation.tokens = Tokens::AllButFirst;
        study.perturbation.matching = Some(PerMode::Both(Matching::Mean));
        // Means 1.5 and 4: twice the second is more than 5, and both are less than 5.
        assert_eq!(shares(&study), [(0.333_333, 0.5)]);
    }

    #[test]
    fn the_published_rotation_reaches_less() {
        let mut study = study(&[1.5], DeltaUnit::OfNorm);
        assert_eq!(of_fractions(&study).unwrap().rows[0].reached, Some(Share::Exactly(1.0)));
        assert_eq!(of_fractions(&study).unwrap().rows[0].flipped, Some(Share::Exactly(0.5)));
        study.perturbation.protocol = Protocol::Published;
        assert_eq!(of_fractions(&study).unwrap().rows[0].reached, Some(Share::Exactly(0.0)));
        study.perturbation.delta_unit = DeltaUnit::Absolute;
        assert_eq!(of_fractions(&study), None);
    }

    #[test]
    fn nothing_is_known_of_no_layers() {
        assert_eq!(of_layers(&study(&[5.0], DeltaUnit::Absolute), &[], "a.polar"), None);
    }

    #[test]
    fn three_points_say_how_much_they_know() {
        let points = [LayerNorms { p05: 10.0, median: 20.0, p95: 40.0, first_median: 100.0 }; 2];
        let study = study(&[5.0, 15.0, 30.0, 200.0], DeltaUnit::Absolute);
        let rows = of_layers(&study, &points, "a.polar").unwrap().rows;
        let words = |share: Option<Share>| share.unwrap().words();
        let reached: Vec<String> = rows.iter().map(|row| words(row.reached)).collect();
        assert_eq!(reached, ["over 95\u{a0}%", "over 95\u{a0}%", "about 72\u{a0}%", "under 5\u{a0}%"]);
        let flipped: Vec<String> = rows.iter().map(|row| words(row.flipped)).collect();
        assert_eq!(flipped, ["under 2.5\u{a0}%", "about 14\u{a0}%", "about 36\u{a0}%", "about 49\u{a0}%"]);
    }
}
