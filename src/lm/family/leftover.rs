//! Tensors of the files that no parameter is read from. Nothing is left out for its name alone: what old files carry
//! along is compared with what is computed in its place, and the rest is told of.

use crate::error::{Error, Result};
use crate::lm::checkpoint::{Checkpoint, listed};
use crate::lm::spec::DecoderSpec;
use std::collections::BTreeSet;

/// What the names of tensors, in lower case, have in them that quantized weights come with, after the name of their module.
const QUANTIZED: [&str; 13] = [
    "scale",
    "absmax",
    "amax",
    "quant_map",
    "quant_state",
    "qweight",
    "zeros",
    "zero_point",
    "weight_zp",
    "g_idx",
    "packed",
    "scb",
    "codebook",
];

/// Refuses files that hold scales or other pieces of quantized weights: without them the weights are other ones.
pub fn check_not_quantized(checkpoint: &Checkpoint) -> Result<()> {
    // Pieces are parameters of a module, or belong to one in turn: weight.absmax, weight.quant_state.nf4.
    let is_piece = |name: &String| {
        name.to_lowercase().rsplit('.').take(3).any(|part| QUANTIZED.iter().any(|piece| part.contains(piece)))
    };
    let pieces: Vec<String> = checkpoint.names().into_iter().filter(is_piece).collect();
    if pieces.is_empty() {
        return Ok(());
    }
    Err(Error::data(format!(
        "{}: its weights are quantized, which is not supported in this form: {}; expected the model as it was before \
         that, or a .gguf file of it",
        checkpoint.origin,
        listed(&pieces)
    )))
}

/// What old files carry along.
enum Carried {
    /// The causal mask of a layer.
    Mask,
    /// The number that stood for −∞ in it.
    Masked,
    /// The frequencies of the rotary embedding.
    Frequencies,
}

const CARRIED: [(&str, Carried); 5] = [
    (".attention.bias", Carried::Mask),
    (".attn.bias", Carried::Mask),
    (".attention.masked_bias", Carried::Masked),
    (".attn.masked_bias", Carried::Masked),
    (".rotary_emb.inv_freq", Carried::Frequencies),
];

/// Remarks on the tensors `names`, which nobody asked for.
pub fn remarks(checkpoint: &Checkpoint, spec: &DecoderSpec, names: Vec<String>) -> Vec<String> {
    let (mut masks, mut frequencies, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        let kind = CARRIED.iter().find(|(end, _)| name.ends_with(end)).map(|(_, kind)| kind);
        let numbers = || checkpoint.numbers(&name).unwrap_or_default();
        match kind {
            Some(Carried::Mask)
                if is_causal(&checkpoint.shape(&name).unwrap_or_default(), &numbers(), &spec.windows) => {}
            Some(Carried::Masked) if numbers().iter().all(|number| *number <= -1e4) => {}
            Some(Carried::Mask | Carried::Masked) => masks.push(name),
            Some(Carried::Frequencies) => {
                let numbers = numbers();
                if !spec.positions.rotaries().any(|rotary| are_the_same(&numbers, &rotary.frequencies)) {
                    frequencies.push(name);
                }
            }
            None => unknown.push(name),
        }
    }
    let remark = |names: &[String], what: &str| (!names.is_empty()).then(|| format!("{what}: {}", listed(names)));
    let unknown_to = format!(
        "{} in the files and belong{} to nothing in a {} model as {} describes it; left out",
        if unknown.len() == 1 { "a tensor is".to_owned() } else { format!("{} tensors are", unknown.len()) },
        if unknown.len() == 1 { "s" } else { "" },
        spec.family,
        checkpoint.config.name()
    );
    [
        remark(&masks, "masks in the files are not those of causal attention, which is computed all the same"),
        remark(&frequencies, "rotary frequencies in the files are not those that config.json asks for, which are used"),
        remark(&unknown, &unknown_to),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a mask of the shape […, n, n] lets every query see the keys up to its own, all of them or those in one of the
/// `windows` that layers have, and no other.
fn is_causal(shape: &[usize], mask: &[f32], windows: &[Option<usize>]) -> bool {
    let [before @ .., rows, columns] = shape else { return false };
    let square =
        rows == columns && before.iter().all(|dim| *dim == 1) && rows.checked_mul(*columns) == Some(mask.len());
    let is_of = |window: usize| {
        let sees = |query: usize, key: usize| key <= query && query - key < window;
        mask.chunks(*columns).enumerate().all(|(query, keys)| {
            keys.iter().enumerate().all(|(key, seen)| *seen == f32::from(u8::from(sees(query, key))))
        })
    };
    let kinds: BTreeSet<usize> = windows.iter().map(|window| window.unwrap_or(usize::MAX)).collect();
    square && (is_of(usize::MAX) || kinds.into_iter().any(is_of))
}

/// Whether `stored` are the numbers `computed`, as exactly as their type can hold them.
fn are_the_same(stored: &[f32], computed: &[f32]) -> bool {
    let of_16_bits = |held: fn(f32) -> f32| stored.iter().all(|number| held(*number) == *number);
    let (relative, absolute) = if of_16_bits(|x| half::bf16::from_f32(x).to_f32()) {
        (1.0 / 256.0, 0.0)
    } else if of_16_bits(|x| half::f16::from_f32(x).to_f32()) {
        (1.0 / 2048.0, 6e-8)
    } else {
        (1e-5, 0.0)
    };
    let near = |(a, b): (&f32, &f32)| (a - b).abs() <= relative * b + absolute;
    stored.len() == computed.len() && stored.iter().zip(computed).all(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_causal_or_not() {
        assert!(is_causal(&[1, 1, 2, 2], &[1.0, 0.0, 1.0, 1.0], &[None]));
        assert!(is_causal(&[2, 2], &[1.0, 0.0, 1.0, 1.0], &[Some(1)]));
        assert!(is_causal(&[2, 2], &[1.0, 0.0, 0.0, 1.0], &[None, Some(1)]));
        for (shape, mask) in [
            (vec![2, 2], [1.0, 1.0, 1.0, 1.0]),
            (vec![2, 2], [1.0, 0.0, 0.0, 1.0]),
            (vec![4], [1.0; 4]),
            (vec![1, 4], [1.0; 4]),
            (vec![0, 2, 2], [1.0, 0.0, 1.0, 1.0]),
        ] {
            assert!(!is_causal(&shape, &mask, &[None, Some(2)]), "{shape:?} {mask:?}");
        }
    }

    #[test]
    fn frequencies_are_compared_as_exactly_as_they_are_stored() {
        let computed = crate::lm::Rotary::new(10_000.0, 32).frequencies;
        let other = crate::lm::Rotary::new(20_000.0, 32).frequencies;
        let held = |by: fn(f32) -> f32, of: &[f32]| of.iter().map(|x| by(*x)).collect::<Vec<f32>>();
        for by in [|x| x, |x| half::f16::from_f32(x).to_f32(), |x| half::bf16::from_f32(x).to_f32()] {
            assert!(are_the_same(&held(by, &computed), &computed));
            assert!(!are_the_same(&held(by, &other), &computed));
        }
        let slightly: Vec<f32> = computed.iter().map(|x| x * 1.001).collect();
        assert!(!are_the_same(&slightly, &computed) && !are_the_same(&computed[1..], &computed));
    }
}
