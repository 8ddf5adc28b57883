"""Writes the seeds of the corpora that no other file of the repository can be: tiny models in each form of weights.

Python 3 alone, no packages. Run it in this folder; the seeds are the same every time.
"""

import io
import json
import pickle
import struct
import sys
import types
import zipfile
from pathlib import Path

HERE = Path(__file__).parent / "corpus"
# Of the model that `safetensors` and `pickle` in targets.rs are given: GPT-2, one block.
SHAPES = {
    "transformer.wte.weight": (8, 4),
    "transformer.wpe.weight": (8, 4),
    "transformer.ln_f.weight": (4,),
    "transformer.ln_f.bias": (4,),
}
for name, shape in {
    "ln_1.weight": (4,), "ln_1.bias": (4,), "ln_2.weight": (4,), "ln_2.bias": (4,),
    "attn.c_attn.weight": (4, 12), "attn.c_attn.bias": (12,), "attn.c_proj.weight": (4, 4), "attn.c_proj.bias": (4,),
    "mlp.c_fc.weight": (4, 16), "mlp.c_fc.bias": (16,), "mlp.c_proj.weight": (16, 4), "mlp.c_proj.bias": (4,),
}.items():
    SHAPES[f"transformer.h.0.{name}"] = shape


def count(shape):
    product = 1
    for size in shape:
        product *= size
    return product


def values(shape):
    return [(i * 37 % 19 - 9) / 10 for i in range(count(shape))]


def write(target, name, data):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def safetensors(tensors):
    header, body = {}, b""
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def packed(form):
    return {name: (form, shape, struct.pack(f"<{count(shape)}{'f' if form == 'F32' else 'e'}", *values(shape)))
            for name, shape in SHAPES.items()}


def torch_file(root):
    """What torch.save writes of tensors, without torch: a zip with a pickle and the storages beside it."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    sys.modules.update({"torch": torch, "torch._utils": utils})

    class FloatStorage:
        pass

    FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
    torch.FloatStorage = FloatStorage

    def _rebuild_tensor_v2():
        pass

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    storages = {}

    class Stored:
        def __init__(self, key, size):
            self.key, self.size = key, size

    class Tensor:
        def __init__(self, shape):
            self.shape = shape
            self.key = str(len(storages))
            storages[self.key] = struct.pack(f"<{count(shape)}f", *values(shape))

        def __reduce__(self):
            strides, step = [], 1
            for size in reversed(self.shape):
                strides.insert(0, step)
                step *= size
            return _rebuild_tensor_v2, (Stored(self.key, count(self.shape)), 0, self.shape, tuple(strides), False, {})

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", FloatStorage, value.key, "cpu", value.size) if isinstance(value, Stored) else None

    def built(value):
        return {k: built(v) for k, v in value.items()} if isinstance(value, dict) else Tensor(value)

    stream = io.BytesIO()
    Pickler(stream, protocol=2).dump(built(root))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        def add(name, data):
            file.writestr(zipfile.ZipInfo(f"archive/{name}"), data)

        add("data.pkl", stream.getvalue())
        add("byteorder", b"little")
        for key, data in storages.items():
            add(f"data/{key}", data)
        add("version", b"3\n")
    return out.getvalue()


def gguf_value(value):
    if isinstance(value, bool):
        return 7, struct.pack("<?", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, str):
        text = value.encode()
        return 8, struct.pack("<Q", len(text)) + text
    kinds = [gguf_value(item) for item in value]
    return 9, struct.pack("<IQ", kinds[0][0], len(kinds)) + b"".join(data for _, data in kinds)


def gguf(metadata, shapes):
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(shapes), len(metadata))
    for key, value in metadata.items():
        kind, data = gguf_value(value)
        header += struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + data
    body = b""
    for name, shape in shapes.items():
        header += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", len(shape))
        header += struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack("<IQ", 0, len(body))
        data = struct.pack(f"<{count(shape)}f", *values(shape))
        body += data + b"\0" * (-len(data) % 32)
    return header + b"\0" * (-len(header) % 32) + body


def gguf_model(tokenizer, more=()):
    metadata = {
        "general.architecture": "llama", "llama.block_count": 1, "llama.embedding_length": 4,
        "llama.feed_forward_length": 8, "llama.attention.head_count": 1, "llama.context_length": 16,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0, **tokenizer, **dict(more),
    }
    shapes = {"token_embd.weight": (12, 4), "output_norm.weight": (4,)}
    for name, shape in {
        "attn_norm": (4,), "attn_q": (4, 4), "attn_k": (4, 4), "attn_v": (4, 4), "attn_output": (4, 4),
        "ffn_norm": (4,), "ffn_gate": (8, 4), "ffn_up": (8, 4), "ffn_down": (4, 8),
    }.items():
        shapes[f"blk.0.{name}.weight"] = shape
    return gguf(metadata, shapes)


SENTENCEPIECE = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "<0x20>", "▁", "a", "b", "▁a", "ab", "c", "▁ab", "."],
    "tokenizer.ggml.scores": [0.0, 0.0, 0.0, 0.0, -1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0],
    "tokenizer.ggml.token_type": [2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1, 1],
    "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.unknown_token_id": 0,
}
BYTE_LEVEL = {
    "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe",
    "tokenizer.ggml.tokens": ["<s>", "a", "b", "Ġ", "Ġa", "ab", "c", "d", "1", "2", "12", "."],
    "tokenizer.ggml.merges": ["Ġ a", "a b", "1 2"],
    "tokenizer.ggml.token_type": [3] + [1] * 11, "tokenizer.ggml.bos_token_id": 0,
}

write("safetensors", "f32", safetensors(packed("F32")))
write("safetensors", "f16", safetensors(packed("F16")))
write("safetensors", "directions", safetensors({"direction": ("F32", (4,), struct.pack("<4f", 1, 2, 3, 4))}))
write("pickle", "whole", torch_file(SHAPES))
write("pickle", "nested", torch_file({"epoch": {}, "state_dict": {f"module.{name}": s for name, s in SHAPES.items()}}))
write("gguf", "sentencepiece", gguf_model(SENTENCEPIECE))
write("gguf", "byte-level", gguf_model(BYTE_LEVEL))
write("gguf", "scaled", gguf_model(BYTE_LEVEL, [("llama.rope.scaling.type", "linear"), ("llama.rope.scaling.factor", 2.0)]))


def tokenizer(model, **parts):
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
             "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model}
    return json.dumps({**whole, **parts}, ensure_ascii=False)


def added(number, content):
    return {"id": number, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True}


BPE = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
       "fuse_unk": False, "byte_fallback": False, "ignore_merges": True,
       "vocab": {"<s>": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "Ġ": 5, "Ġa": 6, ".": 7}, "merges": [["a", "b"], ["Ġ", "a"]]}
UNIGRAM = {"type": "Unigram", "unk_id": 0, "byte_fallback": False,
           "vocab": [["<unk>", 0.0], ["▁", -1.0], ["a", -2.0], ["b", -2.5], ["▁ab", -3.0], ["c", -3.5], [".", -4.0]]}
WORDS = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
         "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "##b": 4, "cat": 5, "the": 6, ".": 7}}
TOKENIZERS = {
    "bpe": tokenizer(
        BPE, added_tokens=[added(0, "<s>")],
        pre_tokenizer={"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": r"\p{N}{1,3}|\s+(?!\S)|\s+"}, "behavior": "Isolated", "invert": False},
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        post_processor={"type": "TemplateProcessing",
                        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                        "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
        decoder={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}),
    "unigram": tokenizer(
        UNIGRAM,
        normalizer={"type": "Sequence", "normalizers": [
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "Prepend", "prepend": "▁"},
            {"type": "NFKC"}, {"type": "Strip", "strip_left": True, "strip_right": True}]},
        pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        decoder={"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}),
    "words": tokenizer(
        WORDS, added_tokens=[added(1, "[CLS]"), added(2, "[SEP]")],
        normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                    "lowercase": True},
        pre_tokenizer={"type": "BertPreTokenizer"},
        post_processor={"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        decoder={"type": "WordPiece", "prefix": "##", "cleanup": True}),
}

# Each of a kind that was found to panic in the tokenizers library, to take all memory or never to end.
BROKEN = {
    "cut-in-decoder": TOKENIZERS["bpe"][: TOKENIZERS["bpe"].index('"decoder"') + 14],
    "charsmap-of-three-bytes": tokenizer(UNIGRAM, normalizer={"type": "Precompiled", "precompiled_charsmap": "AQID"}),
    "charsmap-longer-than-it-is": tokenizer(UNIGRAM, normalizer={"type": "Precompiled", "precompiled_charsmap": "/P///wAAAAA="}),
    "template-without-its-token": tokenizer(BPE, post_processor={
        "type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<none>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [], "special_tokens": {}}),
    "pieces-of-length-0": tokenizer(BPE, pre_tokenizer={"type": "FixedLength", "length": 0}),
    "replaces-nothing": tokenizer(BPE, normalizer={"type": "Replace", "pattern": {"Regex": ""}, "content": "a"}),
    "doubles-forty-times": tokenizer(BPE, normalizer={"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}] * 40}),
    "merges-that-are-no-tokens": tokenizer({**BPE, "merges": [["a", "b"], ["b", "zz"]]}),
    "merge-of-an-empty-token": tokenizer({**BPE, "vocab": {**BPE["vocab"], "": 8}, "merges": [["", "a"]]}),
    "strips-more-than-there-is": tokenizer(BPE, decoder={"type": "Strip", "content": " ", "start": 1 << 62, "stop": 1 << 62}),
    "words-without-an-unknown": tokenizer({**WORDS, "unk_token": "none"}, pre_tokenizer={"type": "WhitespaceSplit"}),
    "scores-that-are-none": tokenizer({**UNIGRAM, "vocab": [], "unk_id": 3}),
}

for target, texts in {
    "tokenizer": {**TOKENIZERS, **BROKEN},
    "jsonl": {
        "texts": '{"text": "A sentence that is longer than thirty characters, as texts have to be."}\n\n{"text": "Short."}\n',
        "pairs": '{"sentence_good": "The cats sleep.", "sentence_bad": "The cats sleeps.", "UID": "agreement", "pairID": "0"}\n'
                 '{"sentence_good": "She saw herself.", "sentence_bad": "She saw himself.", "pair_id": 1}\n',
        "lines": "\ufeffOne text in each line, longer than thirty characters.\r\n = A heading = \r\nThe second text is here, and it is long enough.",
    },
    "config": {
        "gpt_neox": '{"model_type": "gpt_neox", "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 16, '
                    '"vocab_size": 32, "max_position_embeddings": 64, "rotary_pct": 0.5, "rotary_emb_base": 10000, "use_parallel_residual": true}',
        "llama3": '{"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 2, '
                  '"intermediate_size": 16, "vocab_size": 32, "max_position_embeddings": 64, "rope_theta": 500000.0, "rope_scaling": {"rope_type": '
                  '"llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}',
        "qwen2": '{"model_type": "qwen2", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 2, '
                 '"intermediate_size": 16, "vocab_size": 32, "max_position_embeddings": 64, "use_sliding_window": true, "sliding_window": 4, '
                 '"layer_types": ["full_attention", "sliding_attention"], "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"}}',
        "mistral": '{"model_type": "mistral", "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 16, '
                   '"vocab_size": 32, "max_position_embeddings": 64, "sliding_window": null, "quantization_config": {"quant_method": "gptq"}}',
        "opt": '{"model_type": "opt", "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "ffn_dim": 16, "vocab_size": 32, '
               '"max_position_embeddings": 64, "do_layer_norm_before": true, "word_embed_proj_dim": 8}',
    },
}.items():
    for name, text in texts.items():
        write(target, name, text.encode())
