//! What becomes of each key of a GGUF file's header. Names and defaults are llama.cpp's.
//!
//! The tables hold every key that a llama.cpp model can have under `llama.` and `tokenizer.ggml.` and that bears on what
//! is computed here. A key that they do not hold is told of; keys under other names, such as `general.`, describe the
//! file.

use super::metadata::{Metadata, as_number};
use crate::lm::checkpoint::config::{DEEPEST, LARGEST};
use candle_core::quantized::gguf_file::Value;

/// What becomes of a key.
enum Fate {
    /// It is read, as a value of this type.
    Applied(Type),
    /// Nothing that is computed here depends on it.
    Inert,
    /// It changes what is computed in a way that is not supported, but where it has one of these values.
    Only(&'static [Is]),
    /// It is left out, as llama.cpp does for this architecture, and told of but where it has one of these values.
    LeftOut(&'static [Is]),
}

/// The type of a value.
#[derive(Clone, Copy)]
enum Type {
    /// A whole number from 1 to this.
    Count(usize),
    /// The number of a token.
    Id,
    /// A number greater than 0.
    Positive,
    /// A number of at least 0.
    Factor,
    Flag,
    Text,
    List,
}

/// A value.
enum Is {
    Number(f64),
    Flag(bool),
    Text(&'static str),
    EmptyList,
}

use Fate::{Applied, Inert, LeftOut, Only};
use Is::{EmptyList, Flag as IsFlag, Number as Equal, Text as IsText};
use Type::{Count, Factor, Flag, Id, List, Positive, Text};

const SIZE: Fate = Applied(Count(LARGEST));

const OFF: Fate = Only(&[Equal(0.0), IsFlag(false)]);
const ONE: Fate = Only(&[Equal(1.0)]);
/// A factor, of which llama.cpp takes 0 for none.
const FACTOR: Fate = Only(&[Equal(0.0), Equal(1.0)]);

/// Keys of the model, after `llama.`.
const MODEL: [(&str, Fate); 46] = [
    ("attention.causal", Only(&[IsFlag(true)])),
    ("attention.clamp_kqv", OFF),
    ("attention.head_count", SIZE),
    ("attention.head_count_kv", SIZE),
    ("attention.key_length", SIZE),
    ("attention.layer_norm_rms_epsilon", Applied(Positive)),
    ("attention.max_alibi_bias", OFF),
    ("attention.output_scale", FACTOR),
    ("attention.scale", OFF),
    ("attention.shared_kv_layers", OFF),
    ("attention.sliding_window", LeftOut(&[Equal(0.0)])),
    ("attention.temperature_scale", OFF),
    ("attention.value_length", SIZE),
    ("attention.value_scale", FACTOR),
    ("attn_logit_softcapping", OFF),
    ("block_count", Applied(Count(DEEPEST))),
    ("context_length", SIZE),
    ("embedding_length", SIZE),
    ("embedding_scale", FACTOR),
    ("expert_count", OFF),
    ("expert_used_count", OFF),
    ("feed_forward_length", SIZE),
    ("final_logit_softcapping", OFF),
    ("hidden_activation", Only(&[IsText("silu"), IsText("swish")])),
    ("interleave_moe_layer_step", OFF),
    ("logit_scale", FACTOR),
    ("nextn_predict_layers", OFF),
    ("pooling_type", Inert),
    ("residual_scale", FACTOR),
    ("rope.dimension_count", SIZE),
    ("rope.dimension_sections", Only(&[EmptyList])),
    ("rope.freq_base", Applied(Positive)),
    ("rope.scale_linear", Applied(Factor)),
    ("rope.scaling.alpha", OFF),
    ("rope.scaling.attn_factor", ONE),
    ("rope.scaling.factor", Applied(Factor)),
    ("rope.scaling.finetuned", Inert),
    ("rope.scaling.original_context_length", Inert),
    ("rope.scaling.type", Applied(Text)),
    ("rope.scaling.yarn_attn_factor", ONE),
    ("rope.scaling.yarn_beta_fast", Inert),
    ("rope.scaling.yarn_beta_slow", Inert),
    ("rope.scaling.yarn_ext_factor", OFF),
    ("tensor_data_layout", Only(&[IsText("Meta AI original pth")])),
    ("use_parallel_residual", OFF),
    ("vocab_size", Inert),
];

/// Keys of the tokenizer, after `tokenizer.ggml.`.
const TOKENIZER: [(&str, Fate); 35] = [
    ("add_bos_token", Applied(Flag)),
    ("add_eos_token", Applied(Flag)),
    ("add_sep_token", OFF),
    ("add_space_prefix", Applied(Flag)),
    ("bos_token_id", Applied(Id)),
    ("cls_token_id", Inert),
    ("eom_token_id", Inert),
    ("eos_token_id", Applied(Id)),
    ("eot_token_id", Inert),
    ("fim_mid_token_id", Inert),
    ("fim_pad_token_id", Inert),
    ("fim_pre_token_id", Inert),
    ("fim_rep_token_id", Inert),
    ("fim_sep_token_id", Inert),
    ("fim_suf_token_id", Inert),
    ("mask_token_id", Inert),
    ("merges", Applied(List)),
    ("middle_token_id", Inert),
    ("model", Applied(Text)),
    ("normalizer.lowercase", OFF),
    ("normalizer.strip_accents", OFF),
    ("padding_token_id", Inert),
    ("pre", Applied(Text)),
    ("precompiled_charsmap", Only(&[EmptyList])),
    ("prefix_token_id", Inert),
    ("remove_extra_whitespaces", OFF),
    ("scores", Applied(List)),
    ("seperator_token_id", Inert), // as llama.cpp spells it
    ("separator_token_id", Inert),
    ("suffix_token_id", Inert),
    ("suppress_tokens", Inert),
    ("token_type", Applied(List)),
    ("token_type_count", Inert),
    ("tokens", Applied(List)),
    ("unknown_token_id", Applied(Id)),
];

/// The keys of the factor of linear scaling: the first that a file has decides, as in llama.cpp.
pub const FACTORS: [&str; 2] = ["llama.rope.scaling.factor", "llama.rope.scale_linear"];

/// What the keys of a header come to.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Why the model cannot be computed.
    pub model: Option<String>,
    /// Why its tokenizer cannot be used.
    pub tokenizer: Option<String>,
    /// What is left out.
    pub remarks: Vec<String>,
}

/// Judges all keys of a header.
pub fn judge(metadata: Metadata) -> Judgement {
    let mut judgement = Judgement::default();
    let mut unknown = Vec::new();
    let mut keys: Vec<&String> = metadata.0.keys().collect();
    keys.sort_unstable();
    for key in keys {
        let value = &metadata.0[key];
        let (table, place, part) = if let Some(part) = key.strip_prefix("llama.") {
            (MODEL.as_slice(), &mut judgement.model, part)
        } else if let Some(part) = key.strip_prefix("tokenizer.ggml.") {
            (TOKENIZER.as_slice(), &mut judgement.tokenizer, part)
        } else {
            continue;
        };
        match table.iter().find(|(name, _)| *name == part).map(|(_, fate)| fate) {
            Some(LeftOut(neutral)) if is_one_of(value, neutral) => {}
            Some(LeftOut(_)) => judgement.remarks.push(format!("{key} is {} and is left out", shown(value))),
            Some(fate) => *place = place.take().or_else(|| trouble(key, value, fate)),
            None => unknown.push(format!("{key:.100}")),
        }
    }
    let [decides, out] = FACTORS;
    if let (Some(used), Some(left)) = (metadata.number(decides), metadata.number(out))
        && used != left
    {
        judgement.remarks.push(format!("{out} is {left} and is left out, since {decides}, which is {used}, decides"));
    }
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        judgement.remarks.push(format!("keys of the file that are not known are left out: {unknown}"));
    }
    judgement
}

/// What is wrong with the value of `key`.
fn trouble(key: &str, value: &Value, fate: &Fate) -> Option<String> {
    match fate {
        Inert | LeftOut(_) => None,
        Applied(wanted) => {
            let number = || as_number(value).filter(|number| number.is_finite());
            let whole = || number().filter(|number| number.fract() == 0.0);
            let fits = match wanted {
                Count(most) => whole().is_some_and(|n| (1.0..=*most as f64).contains(&n)),
                Id => whole().is_some_and(|n| (0.0..=LARGEST as f64).contains(&n)),
                Positive => number().is_some_and(|x| x > 0.0),
                Factor => number().is_some_and(|x| x >= 0.0),
                Flag => matches!(value, Value::Bool(_)),
                Text => matches!(value, Value::String(_)),
                List => matches!(value, Value::Array(_)),
            };
            let wanted = match wanted {
                Count(most) => format!("a whole number from 1 to {most}"),
                Id => format!("the number of a token, from 0 to {LARGEST}"),
                Positive => "a number greater than 0".to_owned(),
                Factor => "a number greater than 0, or 0 for none".to_owned(),
                Flag => "true or false".to_owned(),
                Text => "a text".to_owned(),
                List => "a list".to_owned(),
            };
            (!fits).then(|| format!("{key} is {}; expected {wanted}", shown(value)))
        }
        Only(supported) => {
            (!is_one_of(value, supported)).then(|| format!("{key} is {}, which is not supported", shown(value)))
        }
    }
}

fn is_one_of(value: &Value, these: &[Is]) -> bool {
    these.iter().any(|one| match (one, value) {
        (Is::Flag(wanted), Value::Bool(flag)) => wanted == flag,
        (Is::Text(wanted), Value::String(text)) => wanted == text,
        (Is::EmptyList, Value::Array(list)) => list.is_empty(),
        (Is::Number(wanted), value) => as_number(value) == Some(*wanted),
        _ => false,
    })
}

/// A value in a message.
fn shown(value: &Value) -> String {
    match (value, as_number(value)) {
        (_, Some(number)) => number.to_string(),
        (Value::Array(list), _) => format!("a list of {}", list.len()),
        (Value::String(text), _) => format!("{text:.60?}"),
        (other, _) => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn of(key: &str, value: Value) -> Judgement {
        judge(Metadata(&HashMap::from([(key.to_owned(), value)])))
    }

    #[test]
    fn the_tables_are_sorted_and_hold_a_key_once() {
        for table in [MODEL.as_slice(), &TOKENIZER] {
            let mut names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.len());
        }
    }

    #[test]
    fn what_changes_the_model_is_refused_by_name_and_what_does_not_is_none() {
        for (key, changed, neutral) in [
            ("llama.attention.clamp_kqv", Value::F32(8.0), Value::F32(0.0)),
            ("llama.logit_scale", Value::F32(0.5), Value::F32(1.0)),
            ("llama.expert_count", Value::U32(8), Value::U32(0)),
            ("llama.rope.scaling.attn_factor", Value::F32(1.2), Value::F32(1.0)),
            ("llama.attention.causal", Value::Bool(false), Value::Bool(true)),
            ("llama.rope.freq_base", Value::String("1e4".to_owned()), Value::F32(1e4)),
        ] {
            let trouble = of(key, changed).model.unwrap();
            assert!(trouble.contains(key), "{trouble}");
            assert!(of(key, neutral).model.is_none(), "{key}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_refused_by_their_keys() {
        for (key, value, found) in [
            ("llama.rope.scaling.factor", Value::F32(-2.0), "is -2; expected a number greater than 0, or 0 for none"),
            ("llama.rope.scale_linear", Value::F32(f32::NAN), "is NaN; expected"),
            ("llama.rope.freq_base", Value::F32(0.0), "is 0; expected a number greater than 0"),
            ("llama.attention.layer_norm_rms_epsilon", Value::F32(f32::INFINITY), "is inf; expected"),
            ("llama.attention.head_count", Value::F32(2.5), "is 2.5; expected a whole number from 1 to 16777216"),
            ("llama.attention.head_count_kv", Value::U32(0), "is 0; expected a whole number"),
            ("llama.block_count", Value::U32(4097), "is 4097; expected a whole number from 1 to 4096"),
        ] {
            let trouble = of(key, value).model.unwrap();
            assert!(trouble.starts_with(key) && trouble.contains(found), "{trouble}");
        }
        assert!(of("llama.rope.scaling.factor", Value::F32(0.0)).model.is_none());
        let trouble = of("tokenizer.ggml.bos_token_id", Value::I32(-1)).tokenizer.unwrap();
        assert!(trouble.contains("bos_token_id is -1; expected the number of a token"), "{trouble}");
    }

    #[test]
    fn what_changes_the_tokenizer_leaves_the_model() {
        for (key, changed) in [
            ("tokenizer.ggml.precompiled_charsmap", Value::Array(vec![Value::U8(1)])),
            ("tokenizer.ggml.remove_extra_whitespaces", Value::Bool(true)),
            ("tokenizer.ggml.normalizer.lowercase", Value::Bool(true)),
            ("tokenizer.ggml.add_sep_token", Value::Bool(true)),
            ("tokenizer.ggml.add_bos_token", Value::U32(1)),
        ] {
            let judgement = of(key, changed);
            assert!(judgement.model.is_none() && judgement.tokenizer.unwrap().contains(key));
        }
    }

    #[test]
    fn keys_that_are_not_known_are_told_of() {
        let remark = of("llama.attention.new_thing", Value::F32(2.0)).remarks.concat();
        assert!(remark.contains("llama.attention.new_thing"), "{remark}");
        assert!(of("general.new_thing", Value::F32(2.0)).remarks.is_empty());
    }
}
