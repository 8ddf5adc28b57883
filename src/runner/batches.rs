//! Cutting a plan into batches: before anything runs, from the study and the shapes alone.

use crate::lm::DecoderSpec;

/// A batch by position: (items, conditions).
pub type Cut = (Vec<usize>, Vec<usize>);

/// How many tokens a batch of this model aims at: activations of about 32 MB in the MLP, so that they stay in cache
/// and a batch ends within seconds.
#[must_use]
pub fn tokens_per_batch(spec: &DecoderSpec) -> usize {
    ((8 << 20) / spec.mlp_dim).clamp(512, 2048)
}

/// Cuts items × conditions into groups of batches of at most about `budget` tokens.
///
/// All items of a batch have the same lengths, so nothing is ever padded. Batches of one group share their items and
/// stand together, so that the work before the first disturbed layer is done once for all of them. Groups come in the
/// order of their first items.
#[must_use]
pub fn cut(lengths: &[Vec<usize>], conditions: usize, budget: usize) -> Vec<Vec<Cut>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|item| &lengths[*item]);
    let mut groups = Vec::new();
    for same in order.chunk_by(|a, b| lengths[*a] == lengths[*b]) {
        let tokens: usize = lengths[same[0]].iter().sum();
        let together = (budget / (tokens * conditions).max(1)).max(1);
        let parts = (tokens * conditions * together).div_ceil(budget).clamp(1, conditions.max(1));
        for items in same.chunks(together) {
            let all: Vec<usize> = (0..conditions).collect();
            let batches = all.chunks(conditions.div_ceil(parts).max(1)).map(|part| (items.to_vec(), part.to_vec()));
            groups.push(batches.collect::<Vec<Cut>>());
        }
    }
    groups.sort_by_key(|group| group.first().and_then(|(items, _)| items.first().copied()));
    groups
}

/// Merges the groups of several experiments so that all of them advance at the same pace.
#[must_use]
pub fn interleave<T>(experiments: Vec<Vec<T>>) -> Vec<T> {
    let mut ranked: Vec<(f64, T)> = Vec::new();
    for groups in experiments {
        let count = groups.len() as f64;
        ranked.extend(groups.into_iter().enumerate().map(|(i, group)| ((i as f64 + 0.5) / count, group)));
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trial_is_in_exactly_one_batch_and_nothing_is_padded() {
        let lengths: Vec<Vec<usize>> = [5, 9, 5, 5, 64, 9, 2, 5].map(|n| vec![n]).to_vec();
        for (conditions, budget) in [(1, 10), (7, 40), (61, 100), (61, 100_000), (3, 1)] {
            let mut seen = vec![0; lengths.len() * conditions];
            for group in cut(&lengths, conditions, budget) {
                for (items, of_it) in &group {
                    assert_eq!(*items, group[0].0, "a group shares its items");
                    assert!(items.iter().all(|item| lengths[*item] == lengths[items[0]]));
                    let tokens = items.len() * of_it.len() * lengths[items[0]][0];
                    assert!(tokens <= budget || items.len() == 1, "{tokens} tokens for a budget of {budget}");
                    for (item, condition) in items.iter().flat_map(|i| of_it.iter().map(move |c| (i, c))) {
                        seen[item * conditions + condition] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|n| *n == 1));
        }
    }

    #[test]
    fn experiments_advance_together() {
        assert_eq!(interleave(vec![vec![1, 2, 3, 4], vec![10, 20]]), [1, 10, 2, 3, 20, 4]);
    }
}
