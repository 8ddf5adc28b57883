"""Small random models: weights, config.json, model.safetensors and the GGUF of the llama."""

import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import save_file

import small_tokenizer

HIDDEN, LAYERS, FEED_FORWARD, CONTEXT = 16, 4, 24, 64
VOCABULARY = small_tokenizer.VOCABULARY
HEADS = {"gpt_neox": 2, "llama": 4}
KV_HEADS = 2
LARGE_TOKEN = 1  # its embedding is long, as the first token of a real model is
EPSILON, ROPE_BASE = 1e-5, 10000.0

COMMON = {
    "hidden_size": HIDDEN,
    "initializer_range": 0.02,
    "intermediate_size": FEED_FORWARD,
    "max_position_embeddings": CONTEXT,
    "num_hidden_layers": LAYERS,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
    "use_cache": True,
    "vocab_size": VOCABULARY,
}
CONFIGS = {
    "gpt_neox": COMMON
    | {
        "architectures": ["GPTNeoXForCausalLM"],
        "model_type": "gpt_neox",
        "bos_token_id": 0,
        "eos_token_id": 0,
        "hidden_act": "gelu",
        "layer_norm_eps": EPSILON,
        "num_attention_heads": HEADS["gpt_neox"],
        "rotary_emb_base": int(ROPE_BASE),
        "rotary_pct": 0.25,
        "use_parallel_residual": True,
    },
    "llama": COMMON
    | {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "num_attention_heads": HEADS["llama"],
        "num_key_value_heads": KV_HEADS,
        "pretraining_tp": 1,
        "rms_norm_eps": EPSILON,
        "rope_scaling": None,
        "rope_theta": ROPE_BASE,
    },
}


class Draws:
    """Random tensors, rounded to float16 as they are stored."""

    def __init__(self, seed: int):
        self.generator = np.random.default_rng(seed)

    def normal(self, *shape: int, sd: float, mean: float = 0.0) -> np.ndarray:
        return (mean + sd * self.generator.standard_normal(shape)).astype(np.float16)

    def matrix(self, rows: int, columns: int, gain: float = 1.0) -> np.ndarray:
        """[rows, columns]; input of unit variance gives output of variance gain²."""
        return self.normal(rows, columns, sd=gain / columns**0.5)

    def embedding(self) -> np.ndarray:
        table = self.normal(VOCABULARY, HIDDEN, sd=2.0)
        table[LARGE_TOKEN] *= np.float16(20.0)
        return table


def gpt_neox(seed: int) -> dict[str, np.ndarray]:
    """Weights under the names of Hugging Face."""
    draw = Draws(seed)

    def linear(name: str, rows: int, columns: int, gain: float) -> dict:
        bias = draw.normal(rows, sd=0.3)
        return {f"{name}.weight": draw.matrix(rows, columns, gain), f"{name}.bias": bias}

    def norm(name: str) -> dict:
        weight = draw.normal(HIDDEN, mean=1.0, sd=0.2)
        return {f"{name}.weight": weight, f"{name}.bias": draw.normal(HIDDEN, sd=0.2)}

    weights = {"gpt_neox.embed_in.weight": draw.embedding()}
    for layer in range(LAYERS):
        at = f"gpt_neox.layers.{layer}"
        weights |= norm(f"{at}.input_layernorm") | norm(f"{at}.post_attention_layernorm")
        weights |= linear(f"{at}.attention.query_key_value", 3 * HIDDEN, HIDDEN, 1.3)
        weights |= linear(f"{at}.attention.dense", HIDDEN, HIDDEN, 1.5)
        weights |= linear(f"{at}.mlp.dense_h_to_4h", FEED_FORWARD, HIDDEN, 1.5)
        weights |= linear(f"{at}.mlp.dense_4h_to_h", HIDDEN, FEED_FORWARD, 1.5)
    weights |= norm("gpt_neox.final_layer_norm")
    return weights | {"lm_head.weight": draw.matrix(VOCABULARY, HIDDEN, 3.0)}


def llama(seed: int) -> dict[str, np.ndarray]:
    """Weights under the names of Hugging Face."""
    draw = Draws(seed)
    kv = HIDDEN // HEADS["llama"] * KV_HEADS
    weights = {"model.embed_tokens.weight": draw.embedding()}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name, rows, columns, gain in (
            ("self_attn.q_proj", HIDDEN, HIDDEN, 1.3),
            ("self_attn.k_proj", kv, HIDDEN, 1.3),
            ("self_attn.v_proj", kv, HIDDEN, 1.3),
            ("self_attn.o_proj", HIDDEN, HIDDEN, 1.5),
            ("mlp.gate_proj", FEED_FORWARD, HIDDEN, 1.5),
            ("mlp.up_proj", FEED_FORWARD, HIDDEN, 1.5),
            ("mlp.down_proj", HIDDEN, FEED_FORWARD, 1.5),
        ):
            weights[f"{at}.{name}.weight"] = draw.matrix(rows, columns, gain)
        for name in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{at}.{name}.weight"] = draw.normal(HIDDEN, mean=1.0, sd=0.2)
    weights["model.norm.weight"] = draw.normal(HIDDEN, mean=1.0, sd=0.2)
    return weights | {"lm_head.weight": draw.matrix(VOCABULARY, HIDDEN, 3.0)}


def write_folder(folder: Path, family: str, weights: dict[str, np.ndarray]) -> None:
    """config.json, model.safetensors and tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    config = json.dumps(CONFIGS[family], indent=2, sort_keys=True)
    (folder / "config.json").write_text(config + "\n")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "tokenizer.json").write_text(small_tokenizer.tokenizer(family).to_str(pretty=False))


def permuted(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q or k in llama.cpp's order: its rotary embedding turns neighbouring rows.

    Within each head, [first half, second half] becomes [first, second] alternating.
    """
    split = weight.reshape(heads, 2, weight.shape[0] // heads // 2, weight.shape[1])
    return split.swapaxes(1, 2).reshape(weight.shape)


def write_gguf(path: Path, weights: dict[str, np.ndarray]) -> None:
    """The llama as llama.cpp's converter writes it: matrices F16, norms F32."""
    names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    parts = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    for layer in range(LAYERS):
        names |= {f"model.layers.{layer}.{k}": f"blk.{layer}.{v}" for k, v in parts.items()}

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Polarscope test llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_vocab_size(VOCABULARY)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS["llama"])
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_rope_dimension_count(HIDDEN // HEADS["llama"])

    specials = len(small_tokenizer.SPECIALS["llama"])
    kinds = [gguf.TokenType.CONTROL] * specials
    kinds += [gguf.TokenType.NORMAL] * (VOCABULARY - specials)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(small_tokenizer.vocabulary("llama"))
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in small_tokenizer.merges("llama")])
    writer.add_bos_token_id(CONFIGS["llama"]["bos_token_id"])
    writer.add_eos_token_id(CONFIGS["llama"]["eos_token_id"])
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)

    for name, weight in weights.items():
        target = names[name.removesuffix(".weight")]
        if target.endswith("attn_q"):
            weight = permuted(weight, HEADS["llama"])
        elif target.endswith("attn_k"):
            weight = permuted(weight, KV_HEADS)
        dtype = np.float32 if weight.ndim == 1 else np.float16
        writer.add_tensor(f"{target}.weight", np.ascontiguousarray(weight, dtype=dtype))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
