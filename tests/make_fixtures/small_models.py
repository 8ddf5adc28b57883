"""Small random models: what config.json says of them, and their weights."""

import numpy as np

import small_tokenizer

HIDDEN, LAYERS, FEED_FORWARD, CONTEXT = 16, 4, 24, 64
SHORT_CONTEXT = 16  # of gpt2, whose files carry a mask of this size for each layer
VOCABULARY = small_tokenizer.VOCABULARY
EPSILON, ROPE_BASE = 1e-5, 10000.0
LOUD = 0  # the dimension that the long token fills where the head is tied

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
GPT_NEOX = COMMON | {
    "architectures": ["GPTNeoXForCausalLM"],
    "model_type": "gpt_neox",
    "bos_token_id": 0,
    "eos_token_id": 0,
    "hidden_act": "gelu",
    "layer_norm_eps": EPSILON,
    "num_attention_heads": 2,
}
LLAMA = COMMON | {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pretraining_tp": 1,
    "rms_norm_eps": EPSILON,
    "rope_scaling": None,
    "rope_theta": ROPE_BASE,
}
# By folder.
CONFIGS = {
    "gpt_neox": GPT_NEOX
    | {"rotary_emb_base": int(ROPE_BASE), "rotary_pct": 0.25, "use_parallel_residual": True},
    "gpt_neox_sequential": GPT_NEOX  # transformers 5 writes the file itself
    | {
        "rope_parameters": {"partial_rotary_factor": 0.5, "rope_theta": 500.0},
        "use_parallel_residual": False,
    },
    "llama": LLAMA,
    "llama3": LLAMA  # head_dim is not hidden_size / num_attention_heads
    | {
        "eos_token_id": [2, 3],
        "head_dim": 8,
        "rope_scaling": {
            "factor": 8.0,
            "high_freq_factor": 4.0,
            "low_freq_factor": 1.0,
            "original_max_position_embeddings": 32,
            "rope_type": "llama3",
        },
        "rope_theta": 100.0,
        "tie_word_embeddings": True,
    },
    "mistral": COMMON
    | {
        "architectures": ["MistralForCausalLM"],
        "model_type": "mistral",
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "rms_norm_eps": EPSILON,
        "rope_theta": ROPE_BASE,
        "sliding_window": 4,
    },
    "qwen2": COMMON  # the window is there, but not in use
    | {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "attention_dropout": 0.0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "max_window_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1000000.0,
        "sliding_window": 4,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "use_sliding_window": False,
    },
    "opt": {
        "_remove_final_layer_norm": False,
        "activation_dropout": 0.0,
        "activation_function": "relu",
        "architectures": ["OPTForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": 2,
        "do_layer_norm_before": True,
        "dropout": 0.1,
        "eos_token_id": 2,
        "ffn_dim": FEED_FORWARD,
        "hidden_size": HIDDEN,
        "init_std": 0.02,
        "layerdrop": 0.0,
        "max_position_embeddings": CONTEXT,
        "model_type": "opt",
        "num_attention_heads": 4,
        "num_hidden_layers": LAYERS,
        "pad_token_id": 1,
        "prefix": "</s>",
        "torch_dtype": "float16",
        "use_cache": True,
        "vocab_size": small_tokenizer.OPT_ROWS,
        "word_embed_proj_dim": HIDDEN,
    },
    "gpt2": {
        "activation_function": "gelu_new",
        "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.1,
        "bos_token_id": VOCABULARY - 1,
        "embd_pdrop": 0.1,
        "eos_token_id": VOCABULARY - 1,
        "initializer_range": 0.02,
        "layer_norm_epsilon": EPSILON,
        "model_type": "gpt2",
        "n_ctx": SHORT_CONTEXT,
        "n_embd": HIDDEN,
        "n_head": 4,
        "n_inner": None,
        "n_layer": LAYERS,
        "n_positions": SHORT_CONTEXT,
        "resid_pdrop": 0.1,
        "vocab_size": VOCABULARY,
    },
}


def long_token(family: str) -> int:
    """Its embedding is long, as the first token of a real model is."""
    return 2 if family == "opt" else 1


class Draws:
    """Random tensors for one model."""

    def __init__(self, family: str, seed: int):
        self.config, self.long_token = CONFIGS[family], long_token(family)
        self.tied = self.config.get("tie_word_embeddings", True)
        # What is stored as float16 is rounded here, the others when they are written.
        half = self.config.get("torch_dtype") == "float16"
        self.dtype = np.float16 if half else np.float32
        self.generator = np.random.default_rng(seed)

    def normal(self, *shape: int, sd: float, mean: float = 0.0) -> np.ndarray:
        return (mean + sd * self.generator.standard_normal(shape)).astype(self.dtype)

    def matrix(self, rows: int, columns: int, gain: float = 1.0) -> np.ndarray:
        """[rows, columns]; input of unit variance gives output of variance gain²."""
        return self.normal(rows, columns, sd=gain / columns**0.5)

    def linear(self, name: str, rows: int, columns: int, gain: float) -> dict:
        bias = self.normal(rows, sd=0.3)
        return {f"{name}.weight": self.matrix(rows, columns, gain), f"{name}.bias": bias}

    def layer_norm(self, name: str) -> dict:
        weight = self.normal(HIDDEN, mean=1.0, sd=0.2)
        return {f"{name}.weight": weight, f"{name}.bias": self.normal(HIDDEN, sd=0.2)}

    def embedding(self) -> np.ndarray:
        """With one long row. Where it is the head too, that row is long in one dimension."""
        table = self.normal(self.config["vocab_size"], HIDDEN, sd=0.75 if self.tied else 2.0)
        if self.tied:
            table[self.long_token, LOUD] = 60.0
        else:
            table[self.long_token] *= self.dtype(20.0)
        return table

    def quiet(self, norm: dict) -> dict:
        """The last norm, which all but mutes that dimension, or the long token would always win."""
        if self.tied:
            for name, values in norm.items():
                values[LOUD] = 0.0 if name.endswith(".bias") else 0.05
        return norm

    def head(self) -> dict:
        rows = self.config["vocab_size"]
        return {} if self.tied else {"lm_head.weight": self.matrix(rows, HIDDEN, 3.0)}


def gpt_neox(draw: Draws) -> dict[str, np.ndarray]:
    weights = {"gpt_neox.embed_in.weight": draw.embedding()}
    for layer in range(LAYERS):
        at = f"gpt_neox.layers.{layer}"
        weights |= draw.layer_norm(f"{at}.input_layernorm")
        weights |= draw.layer_norm(f"{at}.post_attention_layernorm")
        weights |= draw.linear(f"{at}.attention.query_key_value", 3 * HIDDEN, HIDDEN, 1.3)
        weights |= draw.linear(f"{at}.attention.dense", HIDDEN, HIDDEN, 1.5)
        weights |= draw.linear(f"{at}.mlp.dense_h_to_4h", FEED_FORWARD, HIDDEN, 1.5)
        weights |= draw.linear(f"{at}.mlp.dense_4h_to_h", HIDDEN, FEED_FORWARD, 1.5)
    return weights | draw.quiet(draw.layer_norm("gpt_neox.final_layer_norm")) | draw.head()


def llama(draw: Draws) -> dict[str, np.ndarray]:
    """Also of mistral and qwen2, whose names are the same."""
    heads, kv_heads = (draw.config[f"num_{kind}_heads"] for kind in ("attention", "key_value"))
    width = draw.config.get("head_dim", HIDDEN // heads)
    biased = draw.config["model_type"] == "qwen2"
    weights = {"model.embed_tokens.weight": draw.embedding()}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name, rows, columns, gain in (
            ("self_attn.q_proj", heads * width, HIDDEN, 1.3),
            ("self_attn.k_proj", kv_heads * width, HIDDEN, 1.3),
            ("self_attn.v_proj", kv_heads * width, HIDDEN, 1.3),
            ("self_attn.o_proj", HIDDEN, heads * width, 1.5),
            ("mlp.gate_proj", FEED_FORWARD, HIDDEN, 1.5),
            ("mlp.up_proj", FEED_FORWARD, HIDDEN, 1.5),
            ("mlp.down_proj", HIDDEN, FEED_FORWARD, 1.5),
        ):
            weights[f"{at}.{name}.weight"] = draw.matrix(rows, columns, gain)
            if biased and name[-6:] in ("q_proj", "k_proj", "v_proj"):
                weights[f"{at}.{name}.bias"] = draw.normal(rows, sd=0.3)
        for name in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{at}.{name}.weight"] = draw.normal(HIDDEN, mean=1.0, sd=0.2)
    weights |= draw.quiet({"model.norm.weight": draw.normal(HIDDEN, mean=1.0, sd=0.2)})
    return weights | draw.head()


def opt(draw: Draws) -> dict[str, np.ndarray]:
    """Under the names that OPT 6.7B has; those of 1.3B begin with `model.`"""
    weights = {"decoder.embed_tokens.weight": draw.embedding()}
    # Two more rows than positions: position 0 is row 2.
    weights["decoder.embed_positions.weight"] = draw.normal(CONTEXT + 2, HIDDEN, sd=0.5)
    for layer in range(LAYERS):
        at = f"decoder.layers.{layer}"
        for name in ("q_proj", "k_proj", "v_proj"):
            weights |= draw.linear(f"{at}.self_attn.{name}", HIDDEN, HIDDEN, 1.3)
        weights |= draw.linear(f"{at}.self_attn.out_proj", HIDDEN, HIDDEN, 1.5)
        weights |= draw.layer_norm(f"{at}.self_attn_layer_norm")
        weights |= draw.linear(f"{at}.fc1", FEED_FORWARD, HIDDEN, 1.5)
        weights |= draw.linear(f"{at}.fc2", HIDDEN, FEED_FORWARD, 1.5)
        weights |= draw.layer_norm(f"{at}.final_layer_norm")
    return weights | draw.quiet(draw.layer_norm("decoder.final_layer_norm"))


def gpt2(draw: Draws) -> dict[str, np.ndarray]:
    """Matrices are [input, output]. With the masks that the published files carry."""
    weights = {"wte.weight": draw.embedding()}
    weights["wpe.weight"] = draw.normal(SHORT_CONTEXT, HIDDEN, sd=0.5)
    mask = np.tril(np.ones((1, 1, SHORT_CONTEXT, SHORT_CONTEXT), np.float32))
    for layer in range(LAYERS):
        at = f"h.{layer}"
        for name, rows, columns, gain in (
            ("attn.c_attn", 3 * HIDDEN, HIDDEN, 1.3),
            ("attn.c_proj", HIDDEN, HIDDEN, 1.5),
            ("mlp.c_fc", 4 * HIDDEN, HIDDEN, 1.5),
            ("mlp.c_proj", HIDDEN, 4 * HIDDEN, 1.5),
        ):
            linear = draw.linear(f"{at}.{name}", rows, columns, gain)
            linear[f"{at}.{name}.weight"] = np.ascontiguousarray(linear[f"{at}.{name}.weight"].T)
            weights |= linear
        weights |= draw.layer_norm(f"{at}.ln_1") | draw.layer_norm(f"{at}.ln_2")
        weights |= {f"{at}.attn.bias": mask, f"{at}.attn.masked_bias": np.float32(-1e4).reshape(())}
    return weights | draw.quiet(draw.layer_norm("ln_f"))


def weights(family: str, seed: int) -> dict[str, np.ndarray]:
    """Under the names of Hugging Face."""
    makers = {"gpt_neox": gpt_neox, "opt": opt, "gpt2": gpt2}
    return makers.get(CONFIGS[family]["model_type"], llama)(Draws(family, seed))
