//! What Hugging Face's Llama and GGUF call the same tensors.

/// (Hugging Face's name, GGUF's name) of the tensors that stand once.
const TOP: [(&str, &str); 3] = [
    ("model.embed_tokens.weight", "token_embd.weight"),
    ("model.norm.weight", "output_norm.weight"),
    ("lm_head.weight", "output.weight"),
];

/// The same of those that every block has.
const OF_A_BLOCK: [(&str, &str); 9] = [
    ("input_layernorm.weight", "attn_norm.weight"),
    ("self_attn.q_proj.weight", "attn_q.weight"),
    ("self_attn.k_proj.weight", "attn_k.weight"),
    ("self_attn.v_proj.weight", "attn_v.weight"),
    ("self_attn.o_proj.weight", "attn_output.weight"),
    ("post_attention_layernorm.weight", "ffn_norm.weight"),
    ("mlp.gate_proj.weight", "ffn_gate.weight"),
    ("mlp.up_proj.weight", "ffn_up.weight"),
    ("mlp.down_proj.weight", "ffn_down.weight"),
];

/// The GGUF name of the tensor that Hugging Face's Llama calls `name`.
pub fn gguf_name(name: &str) -> Option<String> {
    if let Some((_, top)) = TOP.iter().find(|(hugging_face, _)| *hugging_face == name) {
        return Some((*top).to_owned());
    }
    let (layer, part) = name.strip_prefix("model.layers.")?.split_once('.')?;
    let (_, part) = OF_A_BLOCK.iter().find(|(hugging_face, _)| *hugging_face == part)?;
    Some(format!("blk.{layer}.{part}"))
}

/// Whether a GGUF file calls a tensor as Hugging Face does, and so as no reader of GGUF files looks for it.
pub fn is_foreign(name: &str) -> bool {
    gguf_name(name).is_some()
}

/// The inverse of [`gguf_name`].
pub fn hugging_face_name(name: &str) -> Option<String> {
    if let Some((top, _)) = TOP.iter().find(|(_, gguf)| *gguf == name) {
        return Some((*top).to_owned());
    }
    let (layer, part) = name.strip_prefix("blk.")?.split_once('.')?;
    let (part, _) = OF_A_BLOCK.iter().find(|(_, gguf)| *gguf == part)?;
    Some(format!("model.layers.{layer}.{part}"))
}
