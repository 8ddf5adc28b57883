"""Smaller random models, of the families that came later: what config.json says of them, and their
weights, under the names that transformers itself has."""

from pathlib import Path

import numpy as np
import torch
import transformers

LAYERS, VOCABULARY, CONTEXT, ROPE_BASE = 2, 24, 32, 10000.0
LOUD = 0  # the dimension that the long token fills where the head is tied
LONG_TOKEN = 1

COMMON = {
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_size": 8,
    "intermediate_size": 12,
    "max_position_embeddings": CONTEXT,
    "num_attention_heads": 2,
    "num_hidden_layers": LAYERS,
    "num_key_value_heads": 1,
    "torch_dtype": "float16",
    "vocab_size": VOCABULARY,
}
WIDE = COMMON | {"hidden_size": 12}
QWEN_3 = COMMON | {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "attention_bias": False,
    "head_dim": 6,
    "hidden_act": "silu",
    "max_window_layers": 1,
    "rms_norm_eps": 1e-6,
    "rope_scaling": None,
    "rope_theta": 1000000,
    "tie_word_embeddings": True,
    "use_sliding_window": False,
    "sliding_window": 4,
}
GEMMA = COMMON | {
    "architectures": ["GemmaForCausalLM"],
    "model_type": "gemma",
    "attention_bias": False,
    "bos_token_id": 2,
    "eos_token_id": 1,
    "head_dim": 6,
    "hidden_act": "gelu",
    "pad_token_id": 0,
    "rms_norm_eps": 1e-06,
    "rope_theta": ROPE_BASE,
}
GEMMA_2 = GEMMA | {
    "architectures": ["Gemma2ForCausalLM"],
    "model_type": "gemma2",
    "attn_logit_softcapping": 2.0,
    "final_logit_softcapping": 8.0,
    "hidden_act": "gelu_pytorch_tanh",
    "hidden_activation": "gelu_pytorch_tanh",
    "query_pre_attn_scalar": 9,
    "sliding_window": 4,
}
GEMMA_3 = {k: v for k, v in GEMMA.items() if k != "hidden_act"} | {
    "architectures": ["Gemma3ForCausalLM"],
    "model_type": "gemma3_text",
    "hidden_activation": "gelu_pytorch_tanh",
    "query_pre_attn_scalar": 9,
    "rope_local_base_freq": 100,
    "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
    "rope_theta": 1000000,
    "sliding_window": 3,
    "sliding_window_pattern": 2,
}
OLMO_2 = COMMON | {
    "architectures": ["Olmo2ForCausalLM"],
    "model_type": "olmo2",
    "attention_bias": False,
    "hidden_act": "silu",
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 500000,
    "tie_word_embeddings": False,
}
OLMO_3 = OLMO_2 | {
    "architectures": ["Olmo3ForCausalLM"],
    "model_type": "olmo3",
    "layer_types": ["full_attention", "sliding_attention"],
    "sliding_window": 4,
}
PHI_3 = WIDE | {
    "architectures": ["Phi3ForCausalLM"],
    "model_type": "phi3",
    "hidden_act": "silu",
    "original_max_position_embeddings": CONTEXT,
    "pad_token_id": 0,
    "rms_norm_eps": 1e-05,
    "rope_scaling": None,
    "rope_theta": ROPE_BASE,
    "sliding_window": 5,
    "tie_word_embeddings": False,
}
PHI = WIDE | {
    "architectures": ["PhiForCausalLM"],
    "model_type": "phi",
    "hidden_act": "gelu_new",
    "layer_norm_eps": 1e-05,
    "num_key_value_heads": 2,
    "partial_rotary_factor": 0.7,
    "qk_layernorm": False,
    "rope_scaling": None,
    "rope_theta": 100.0,
    "tie_word_embeddings": False,
}
STABLE_LM = WIDE | {
    "architectures": ["StableLmForCausalLM"],
    "model_type": "stablelm",
    "hidden_act": "silu",
    "layer_norm_eps": 1e-05,
    "partial_rotary_factor": 0.7,
    "rope_theta": 100,
    "tie_word_embeddings": False,
    "use_qkv_bias": True,
}
GPT_J = {
    "activation_function": "gelu_new",
    "architectures": ["GPTJForCausalLM"],
    "bos_token_id": 1,
    "eos_token_id": 2,
    "layer_norm_epsilon": 1e-05,
    "model_type": "gptj",
    "n_embd": 12,
    "n_head": 2,
    "n_inner": 12,
    "n_layer": LAYERS,
    "n_positions": CONTEXT,
    "rotary_dim": 4,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
    "vocab_size": VOCABULARY,
}
GPT_NEO = {
    "activation_function": "gelu_new",
    "architectures": ["GPTNeoForCausalLM"],
    "attention_layers": ["global", "local"],
    "attention_types": [[["global", "local"], 1]],
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_size": 8,
    "intermediate_size": None,
    "layer_norm_epsilon": 1e-05,
    "max_position_embeddings": 16,
    "model_type": "gpt_neo",
    "num_heads": 2,
    "num_layers": LAYERS,
    "torch_dtype": "float16",
    "vocab_size": VOCABULARY,
    "window_size": 4,
}
OPT = {
    "_remove_final_layer_norm": False,
    "activation_function": "relu",
    "architectures": ["OPTForCausalLM"],
    "bos_token_id": 2,
    "do_layer_norm_before": True,
    "enable_bias": True,
    "eos_token_id": 2,
    "ffn_dim": 12,
    "hidden_size": 8,
    "layer_norm_elementwise_affine": True,
    "max_position_embeddings": 16,
    "model_type": "opt",
    "num_attention_heads": 2,
    "num_hidden_layers": LAYERS,
    "pad_token_id": 1,
    "torch_dtype": "float16",
    "vocab_size": VOCABULARY,
    "word_embed_proj_dim": 8,
}
# By folder. Those whose name ends in _5 are written by transformers 5 itself.
CONFIGS = {
    "qwen3": QWEN_3,
    "qwen3_window_5": QWEN_3
    | {
        "attention_bias": True,
        "head_dim": 4,
        "rope_theta": 100.0,
        "tie_word_embeddings": False,
        "use_sliding_window": True,
    },
    "gemma": GEMMA,
    "gemma_5": GEMMA
    | {
        "attention_bias": True,
        "head_dim": 4,
        "hidden_act": "gelu_pytorch_tanh",
        "num_key_value_heads": 2,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    },
    "gemma2": GEMMA_2,
    # The caps are those of transformers, 50 and 30, as it is silent on them.
    "gemma2_default_caps": {k: v for k, v in GEMMA_2.items() if "softcapping" not in k}
    | {"head_dim": 4, "query_pre_attn_scalar": 4, "tie_word_embeddings": False},
    "gemma3": GEMMA_3,
    "gemma3_5": GEMMA_3
    | {
        "final_logit_softcapping": 5.0,
        "head_dim": 4,
        "layer_types": ["full_attention", "sliding_attention"],
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    },
    "olmo2": OLMO_2,
    "olmo2_grouped": OLMO_2
    | {
        "attention_bias": True,
        "hidden_size": 12,
        "num_attention_heads": 3,
        "num_key_value_heads": 1,
        "rope_theta": 50.0,
        "tie_word_embeddings": True,
    },
    "olmo3": OLMO_3
    | {
        "rope_scaling": {
            "attention_factor": 1.2,
            "beta_fast": 4,
            "beta_slow": 1,
            "factor": 8.0,
            "original_max_position_embeddings": 16,
            "rope_type": "yarn",
        },
    },
    "olmo3_5": OLMO_3
    | {"layer_types": None, "num_hidden_layers": 4, "num_key_value_heads": 1, "rope_theta": 50.0},
    "phi3": PHI_3,
    "phi3_longrope": PHI_3
    | {
        "max_position_embeddings": 8 * CONTEXT,
        "partial_rotary_factor": 0.7,
        "rope_scaling": {
            "long_factor": [2.0, 4.0],
            "short_factor": [1.25, 1.5],
            "type": "longrope",
        },
        "sliding_window": None,
        "tie_word_embeddings": True,
    },
    "phi": PHI,
    "phi_qk_norm_5": PHI | {"num_key_value_heads": 1, "qk_layernorm": True},
    "stablelm": STABLE_LM,
    "stablelm_parallel": STABLE_LM
    | {
        "num_key_value_heads": 2,
        "qk_layernorm": True,
        "use_parallel_residual": True,
        "use_qkv_bias": False,
    },
    "gptj": GPT_J,
    "gptj_tied": GPT_J
    | {"n_inner": None, "n_embd": 8, "rotary_dim": 2, "tie_word_embeddings": True},
    "gpt_neo": GPT_NEO,
    "gpt_neo_untied_5": GPT_NEO
    | {
        "attention_layers": ["local", "global", "local"],
        "attention_types": [[["local", "global"], 1], [["local"], 1]],
        "intermediate_size": 12,
        "num_layers": 3,
        "tie_word_embeddings": False,
        "window_size": 3,
    },
    "gpt2_by_layer": {
        "activation_function": "gelu_new",
        "architectures": ["GPT2LMHeadModel"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "layer_norm_epsilon": 1e-05,
        "model_type": "gpt2",
        "n_embd": 8,
        "n_head": 2,
        "n_inner": 12,
        "n_layer": LAYERS,
        "n_positions": 16,
        "scale_attn_by_inverse_layer_idx": True,
        "torch_dtype": "float32",
        "vocab_size": VOCABULARY,
    },
    "opt_350m": OPT | {"do_layer_norm_before": False, "word_embed_proj_dim": 6},
    "opt_no_final_norm": OPT
    | {
        "_remove_final_layer_norm": True,
        "enable_bias": False,
        "tie_word_embeddings": False,
    },
}
OTHER_SEEDS = {
    "gemma2_default_caps": 605,
    "gemma3": 206,
    "gemma3_5": 207,
    "olmo3": 310,
    "olmo3_5": 211,
    "phi3_longrope": 213,
    "phi": 214,
    "phi_qk_norm_5": 215,
    "gptj": 218,
    "gpt_neo_untied_5": 221,
}
# What a model is here for: without it, or with another value, logits have to move.
SEEN = {
    "qwen3_window_5": {"sliding_window": 99},
    "gemma": {"hidden_act": "gelu_python"},
    "gemma2": {
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "query_pre_attn_scalar": 6,
        "sliding_window": 99,
    },
    "gemma2_default_caps": {"attn_logit_softcapping": None, "final_logit_softcapping": None},
    "gemma3": {"sliding_window": 99, "sliding_window_pattern": 6, "rope_local_base_freq": 10000},
    "gemma3_5": {"final_logit_softcapping": None, "sliding_window": 99},
    "olmo3": {"rope_scaling": None, "sliding_window": 99},
    "olmo3_5": {"sliding_window": 2},
    "phi3": {"sliding_window": None},
    "phi3_longrope": {"max_position_embeddings": 32},
    "phi": {"partial_rotary_factor": 0.4, "rope_theta": 10000.0},
    "stablelm": {"partial_rotary_factor": 0.4},
    "gptj": {"rotary_dim": 2},
    "gpt_neo": {"window_size": 99},
    "gpt_neo_untied_5": {"attention_layers": ["global", "local", "local"]},
    "opt_350m": {"do_layer_norm_before": True},
    "opt_no_final_norm": {"_remove_final_layer_norm": False},
    "gpt2_by_layer": {"scale_attn_by_inverse_layer_idx": False},
}
# Where one does not do, as rounding would decide something, another one does.
SEED = {name: 100 + i for i, name in enumerate(CONFIGS)} | OTHER_SEEDS
# How much more than usual queries and the head are drawn: for caps to be reached, or as nothing
# norms what the head reads.
LOUDER = {"gemma2_default_caps": (4.0, 4.0), "opt_no_final_norm": (1.0, 0.2)}


def config(folder: str, **changed):
    """As transformers has it."""
    settings = CONFIGS[folder] | changed
    settings = {k: v for k, v in settings.items() if v is not None or k != "layer_types"}
    if isinstance(settings.get("rope_scaling"), dict):  # which transformers writes into
        settings["rope_scaling"] = dict(settings["rope_scaling"])
    return transformers.AutoConfig.for_model(**settings)


def weights(folder: str) -> dict[str, torch.Tensor]:
    """Under the names of transformers, of the type that the config says; a tied head left out."""
    settings, made = CONFIGS[folder], config(folder)
    generator = np.random.default_rng(SEED[folder])
    dtype = getattr(torch, settings["torch_dtype"])
    model = transformers.AutoModelForCausalLM.from_config(made)
    tied = made.tie_word_embeddings
    queries, last = LOUDER.get(folder, (1.0, 1.0))
    plus_one = settings["model_type"].startswith("gemma")

    def normal(shape, sd, mean=0.0):
        return mean + sd * generator.standard_normal(tuple(shape))

    def drawn(name: str, shape) -> np.ndarray:
        part = name.rsplit(".", 1)[0].rsplit(".", 1)[-1]
        if "wte" in name or "embed_tokens" in name:
            table = normal(shape, 0.75 if tied else 2.0)
            if tied:
                table[LONG_TOKEN, LOUD] = 6.0 if "opt" in folder else 60.0  # no norm would mute it
            else:
                table[LONG_TOKEN] *= 4.0 if "opt" in folder else 20.0
            return table / (made.hidden_size**0.5 if plus_one else 1.0)
        if "wpe" in name or "embed_positions" in name:
            return normal(shape, 0.5)
        if name == "lm_head.weight":
            return normal(shape, 3.0 * last / shape[1] ** 0.5)
        if name.endswith(".bias"):
            is_quiet = tied and part in ("ln_f", "norm", "final_layernorm")
            values = normal(shape, 0.2)
            if is_quiet:
                values[LOUD] = 0.0
            return values
        if len(shape) == 1:
            values = normal(shape, 0.2, 1.0)
            if tied and part in ("ln_f", "norm", "final_layernorm"):
                values[LOUD] = 0.05
            return values - 1.0 if plus_one else values
        gain = 1.3 if part[:2] in ("q_", "k_", "v_") or "qkv" in part or "c_attn" in part else 1.5
        gain *= queries if part == "q_proj" else 1.0
        inputs = shape[0] if settings["model_type"] == "gpt2" else shape[1]
        return normal(shape, gain / inputs**0.5)

    state = {
        name: torch.tensor(drawn(name, tensor.shape)).to(dtype)
        for name, tensor in model.state_dict().items()
        if not (tied and name == "lm_head.weight")
    }
    return state


def write_config(folder: Path) -> None:
    """As transformers 5 writes it."""
    made = config(folder.name)
    made.architectures = CONFIGS[folder.name]["architectures"]
    made.dtype = CONFIGS[folder.name]["torch_dtype"]
    made.save_pretrained(folder)
