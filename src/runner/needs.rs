//! What the passes of an experiment read, and what its clean runs keep for them.

use crate::experiment::{Condition, Experiment};
use crate::lm::{DecoderSpec, Site};
use crate::measure::{AlignmentReader, Quantity};
use std::collections::BTreeSet;

/// What the passes of an experiment need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// What is read off every pass.
    pub reads: Vec<Quantity>,
    /// In these layers.
    pub read_layers: Vec<usize>,
    /// The points of the clean run that its disturbed runs start from, repair from, or are compared with; nothing else is
    /// kept.
    pub kept: BTreeSet<(Site, usize)>,
}

impl Needs {
    /// Of the `conditions` of `experiment`, which reads the layers `read_layers` of a model of `layers` layers.
    #[must_use]
    pub fn of<'a>(
        experiment: &dyn Experiment,
        conditions: impl Iterator<Item = &'a Condition>,
        read_layers: &[usize],
        layers: usize,
    ) -> Self {
        let reads = experiment.reads();
        let mut kept = BTreeSet::from([(Site::ResidPost, layers - 1)]);
        for condition in conditions.filter(|condition| condition.disturbance.is_some()) {
            kept.insert((Site::ResidPost, condition.pass.first_layer()));
            kept.extend(condition.pass.patches.iter().map(|patch| patch.point()));
        }
        if reads.iter().any(|quantity| Quantity::ALIGNMENTS.contains(quantity)) {
            let sites = |layer: &usize| AlignmentReader::NEEDS.map(|site| (site, *layer));
            kept.extend(read_layers.iter().flat_map(sites));
        }
        let read_layers = if reads.is_empty() { Vec::new() } else { read_layers.to_vec() };
        Self { reads, read_layers, kept }
    }

    /// Numbers that the clean run keeps per token of a model of the shape `spec`, in sequences of at most `longest`.
    #[must_use]
    pub fn width(&self, spec: &DecoderSpec, longest: usize) -> usize {
        let of_site = |site: Site| match site {
            Site::Q | Site::Z => spec.heads * spec.head_dim,
            Site::K | Site::V => spec.kv_heads * spec.head_dim,
            Site::AttnScores | Site::Pattern => spec.heads * longest,
            Site::MlpPre | Site::MlpPost => spec.mlp_dim,
            _ => spec.hidden,
        };
        self.kept.iter().map(|(site, _)| of_site(*site)).sum()
    }
}
