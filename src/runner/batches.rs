//! Cutting a plan into batches: before anything runs, from the study and the shapes alone.

use crate::lm::DecoderSpec;

/// A batch by position: (items, conditions).
pub type Cut = (Vec<usize>, Vec<usize>);

/// Operations that a batch aims at: about a second on two cores.
const OPERATIONS: usize = 1 << 38;

/// How many tokens one pass of this model aims at: activations of about 16 MB in the MLP, so that they stay in cache.
#[must_use]
pub fn tokens_per_pass(spec: &DecoderSpec) -> usize {
    ((4 << 20) / spec.mlp_dim).clamp(256, 1024)
}

/// How many tokens a batch of this model aims at: two passes at least, so that two threads have one each, and of a small
/// model as many as end within a second, so that few batches have to be waited for.
#[must_use]
pub fn tokens_per_batch(spec: &DecoderSpec) -> usize {
    let passes = 2 * tokens_per_pass(spec);
    (OPERATIONS / (2 * spec.parameters())).clamp(passes, passes.max(8192))
}

/// Cuts items × conditions into groups of batches of at most about `budget` tokens.
///
/// Items of like length stand together; those of one length run as one pass, so nothing is ever padded. Batches of one
/// group share their items and stand together, so that the work before the first disturbed layer is done once for all of
/// them. Groups come in the order of their first items.
#[must_use]
pub fn cut(lengths: &[Vec<usize>], conditions: usize, budget: usize) -> Vec<Vec<Cut>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|item| &lengths[*item]);
    let tokens = |item: usize| lengths[item].iter().sum::<usize>() * conditions;
    let mut groups = Vec::new();
    let mut rest = order.as_slice();
    while let Some(first) = rest.first() {
        let mut sum = 0;
        let within = |item: &&usize| {
            sum += tokens(**item);
            sum <= budget
        };
        let (items, later) = rest.split_at(rest.iter().take_while(within).count().max(1));
        rest = later;
        // A single item may be more than a batch.
        let parts = if items.len() > 1 { 1 } else { tokens(*first).div_ceil(budget).clamp(1, conditions.max(1)) };
        let all: Vec<usize> = (0..conditions).collect();
        let batches = all.chunks(conditions.div_ceil(parts).max(1)).map(|part| (items.to_vec(), part.to_vec()));
        groups.push(batches.collect::<Vec<Cut>>());
    }
    groups.sort_by_key(|group| group.first().and_then(|(items, _)| items.iter().min().copied()));
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
    fn every_trial_is_in_exactly_one_batch() {
        let lengths: Vec<Vec<usize>> = [5, 9, 5, 5, 64, 9, 2, 5].map(|n| vec![n]).to_vec();
        for (conditions, budget) in [(1, 10), (7, 40), (61, 100), (61, 100_000), (3, 1)] {
            let mut seen = vec![0; lengths.len() * conditions];
            for group in cut(&lengths, conditions, budget) {
                for (items, of_it) in &group {
                    assert_eq!(*items, group[0].0, "a group shares its items");
                    let tokens = items.iter().map(|item| lengths[*item][0]).sum::<usize>() * of_it.len();
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
