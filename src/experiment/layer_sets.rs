//! Sets of layers: which layers matter when they are disturbed, and which when their attention is repaired.

use super::inference::{Difference, Differences, claim};
use super::ranking::Ranking;
use super::{Arm, At, Claim, Experiment, Grid, Kind, LayerSet, Pass, Results, Window, one};
use crate::error::Result;
use crate::intervention::Patch;
use crate::lm::Site;
use crate::measure::Quantity;
use crate::study::{Key, LayerSets, Mode, Need, Setting, Wrong};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

impl Experiment for LayerSets {
    fn kind(&self) -> Kind {
        Kind::LayerSets
    }

    fn grid(&self) -> Grid<'_> {
        Grid {
            deltas: Some(one(self.delta)),
            seeds: self.seeds.as_ref(),
            texts: self.texts,
            layers: self.layers.as_ref(),
            other_layers: None,
        }
    }

    fn reads(&self) -> Vec<Quantity> {
        Quantity::ENTROPIES.to_vec()
    }

    fn arms(&self, _mode: Mode, at: &At) -> Result<Vec<(Arm, Pass)>> {
        if self.size >= at.layers.len() {
            let (size, need) = (self.size.to_string(), Need::BelowDisturbed(at.layers.len()));
            return Err(Wrong::Is(Setting::Of(Kind::LayerSets, Key::Size), size, need).into());
        }
        let all = binomial(at.layers.len(), self.size);
        if self.random as u128 > all {
            let (random, disturbed, size) = (self.random, at.layers.len(), self.size);
            return Err(Wrong::TooManySets { random, disturbed, size, all }.into());
        }
        if self.window > at.spec.layers {
            return Err(Wrong::TooWide(self.window, at.spec.layers).into());
        }
        let mut arms = vec![(Arm::Plain, Pass::disturbed(&at.layers))];
        for (i, set) in random_sets(at.study.seed, &at.layers, self.size, self.random).iter().enumerate() {
            arms.push(repaired(Arm::Set(LayerSet::Random(i + 1)), at, set));
        }
        for width in widths(self) {
            let windows = at.spec.layers - width;
            for start in 0..=windows {
                let window = Window { first: start, width };
                arms.push((Arm::Disturbed(window), Pass::disturbed(&window.layers())));
            }
            // Up to the first disturbed layer everything is as in the clean run: there is nothing to repair.
            for start in (at.layers[0] + 1).saturating_sub(width - 1)..=windows {
                let window = Window { first: start, width };
                arms.push(repaired(Arm::RepairedWindow(window), at, &window.layers()));
            }
        }
        Ok(arms)
    }

    fn later_count(&self, _at: &At) -> usize {
        3
    }

    /// The layers whose entropy changes most, least, and those in the middle of that ranking.
    fn later_arms(&self, at: &At, results: &Results) -> Result<Vec<(Arm, Pass)>> {
        let Ranking { layers, .. } = Ranking::of(results, self.kind())?;
        let middle = (layers.len() - self.size) / 2;
        let sets = [(LayerSet::Top, 0), (LayerSet::Middle, middle), (LayerSet::Bottom, layers.len() - self.size)];
        let arm = |(which, from): (LayerSet, usize)| {
            let mut set = layers[from..from + self.size].to_vec();
            set.sort_unstable();
            repaired(Arm::Set(which), at, &set)
        };
        Ok(sets.map(arm).to_vec())
    }

    fn can_plan(&self, arm: Arm, layers: usize, _heads: usize) -> bool {
        match arm {
            Arm::Plain | Arm::Set(LayerSet::Top | LayerSet::Middle | LayerSet::Bottom) => true,
            Arm::Set(LayerSet::Random(draw)) => (1..=self.random).contains(&draw),
            Arm::Disturbed(Window { first, width }) | Arm::RepairedWindow(Window { first, width }) => {
                widths(self).any(|known| known == width) && first.saturating_add(width) <= layers
            }
            _ => false,
        }
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        vec![of.repairs(), of.sets()]
    }

    fn claim(&self, difference: &Difference) -> Option<&'static Claim> {
        let [(first, _), (second, _)] = difference.sides;
        (first == Mode::Angular && second == Mode::Angular).then_some(&claim::LAYER_SPECIFICITY)
    }
}

/// Returns the widths of the windows that `of` asks for.
fn widths(of: &LayerSets) -> impl Iterator<Item = usize> {
    of.singles.then_some(1).into_iter().chain((of.window > 1).then_some(of.window))
}

/// The arm that repairs the attention of `layers`.
fn repaired(arm: Arm, at: &At, layers: &[usize]) -> (Arm, Pass) {
    (arm, Pass::repaired(&at.layers, Patch::whole(&[Site::AttnOut], layers)))
}

/// How many sets of `size` there are among `of`; as many as there can be where they cannot be counted.
fn binomial(of: usize, size: usize) -> u128 {
    let size = size.min(of - size) as u128;
    (1..=size).fold(1, |sets: u128, i| sets.saturating_mul(of as u128 - size + i) / i)
}

/// `count` sets of `size` of `layers`, drawn from the study's seed, each ascending.
fn random_sets(seed: u64, layers: &[usize], size: usize, count: usize) -> Vec<Vec<usize>> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let draw = |_| {
        let mut pool = layers.to_vec();
        // Fisher and Yates, as far as it is needed; 2⁶⁴ is so much larger than the pool that the remainder is fair.
        for i in 0..size {
            #[allow(clippy::cast_possible_truncation)]
            let other = i + (generator.next_u64() % (pool.len() - i) as u64) as usize;
            pool.swap(i, other);
        }
        pool.truncate(size);
        pool.sort_unstable();
        pool
    };
    (0..count).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_counted() {
        assert_eq!([binomial(4, 1), binomial(8, 4), binomial(12, 4), binomial(5, 5)], [4, 70, 495, 1]);
        assert!(binomial(4096, 2048) > 1 << 64);
    }

    #[test]
    fn random_sets_are_sets_and_the_seed_decides() {
        let layers: Vec<usize> = (8..16).collect();
        let sets = random_sets(42, &layers, 4, 50);
        for set in &sets {
            assert!(set.len() == 4 && set.is_sorted_by(|a, b| a < b) && set.iter().all(|l| layers.contains(l)));
        }
        assert_eq!(sets, random_sets(42, &layers, 4, 50));
        assert_ne!(sets, random_sets(43, &layers, 4, 50));
        assert!(layers.iter().all(|layer| sets.iter().any(|set| set.contains(layer))));
    }
}
