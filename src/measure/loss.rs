//! Next-token loss.

/// Loss of a text: the mean of its next-token cross-entropies, in nats.
#[must_use]
pub fn mean_loss(losses: &[f32]) -> f64 {
    losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64
}
