"""The files that models come in: config.json, safetensors in one piece or in shards, PyTorch
pickles new and old, and the GGUF of the llama."""

import io
import json
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import save

import later_models
import small_tokenizer
from small_models import CONFIGS, CONTEXT, EPSILON, FEED_FORWARD, HIDDEN, LAYERS
from small_models import ROPE_BASE, VOCABULARY


def write_folder(folder: Path, family: str, weights: dict[str, np.ndarray]) -> None:
    """Config, weights and, for some, the tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, CONFIGS[family])
    dtype = torch.bfloat16 if family == "qwen2" else None
    tensors = {name: torch.tensor(weight, dtype=dtype) for name, weight in weights.items()}
    if family == "opt":
        torch.save(tensors, folder / "pytorch_model.bin")
        small_tokenizer.write_opt(folder)
    elif family == "mistral":
        write_shards(folder, tensors, 2)
    else:
        (folder / "model.safetensors").write_bytes(save(tensors, {"format": "pt"}))
    if family in small_tokenizer.SPECIALS:
        tokenizer = small_tokenizer.tokenizer(family).to_str(pretty=False)
        (folder / "tokenizer.json").write_text(tokenizer)


def write_later_folder(folder: Path) -> None:
    """Config and weights of one of the later models."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.name.endswith("_5"):
        later_models.write_config(folder)
    else:
        write_config(folder, later_models.CONFIGS[folder.name])
    tensors = later_models.weights(folder.name)
    (folder / "model.safetensors").write_bytes(save(tensors, {"format": "pt"}))


def write_config(folder: Path, config: dict) -> None:
    if "rope_parameters" in config:  # as transformers 5 writes it
        config = {("dtype" if k == "torch_dtype" else k): v for k, v in config.items()}
        transformers.GPTNeoXConfig(**config).save_pretrained(folder)
    else:
        text = json.dumps(config, indent=2, sort_keys=True)
        (folder / "config.json").write_text(text + "\n")


def write_shards(folder: Path, tensors: dict[str, torch.Tensor], count: int) -> None:
    """About equally many tensors in each, so that a layer is torn apart; with the index."""
    names, where = list(tensors), {}
    length = -(-len(names) // count)
    for shard in range(count):
        file = f"model-{shard + 1:05}-of-{count:05}.safetensors"
        part = names[shard * length : (shard + 1) * length]
        (folder / file).write_bytes(save({n: tensors[n] for n in part}, {"format": "pt"}))
        where |= dict.fromkeys(part, file)
    size = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": dict(sorted(where.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_state(path: Path, folder: Path) -> None:
    """The state that PyTorch itself has of the model: all names, tied tensors in one storage."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float16)
    torch.save(model.state_dict(), path)


def write_legacy(path: Path) -> None:
    """The format of PyTorch before 1.6, which is no zip."""
    tensor = torch.arange(4.0)
    file = io.BytesIO()
    torch.save({"weight": tensor}, file, _use_new_zipfile_serialization=False)

    def pickled(text: str) -> bytes:
        return b"X" + len(text).to_bytes(4, "little") + text.encode()

    # Storages are named by their address, which is another one each time.
    address = str(tensor.untyped_storage()._cdata)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(file.getvalue().replace(pickled(address), pickled("0")))
    assert torch.equal(torch.load(path)["weight"], tensor)


def permuted(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q or k in llama.cpp's order: its rotary embedding turns neighbouring rows.

    Within each head, [first half, second half] becomes [first, second] alternating.
    """
    split = weight.reshape(heads, 2, weight.shape[0] // heads // 2, weight.shape[1])
    return split.swapaxes(1, 2).reshape(weight.shape)


def write_gguf(path: Path, weights: dict[str, np.ndarray]) -> None:
    """The llama as llama.cpp's converter writes it: matrices F16, norms F32."""
    config = CONFIGS["llama"]
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
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
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_rope_dimension_count(HIDDEN // heads)

    specials = len(small_tokenizer.SPECIALS["llama"])
    kinds = [gguf.TokenType.CONTROL] * specials
    kinds += [gguf.TokenType.NORMAL] * (VOCABULARY - specials)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(small_tokenizer.vocabulary("llama"))
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in small_tokenizer.merges("llama")])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)

    for name, weight in weights.items():
        target = names[name.removesuffix(".weight")]
        if target.endswith("attn_q"):
            weight = permuted(weight, heads)
        elif target.endswith("attn_k"):
            weight = permuted(weight, kv_heads)
        dtype = np.float32 if weight.ndim == 1 else np.float16
        writer.add_tensor(f"{target}.weight", np.ascontiguousarray(weight, dtype=dtype))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
