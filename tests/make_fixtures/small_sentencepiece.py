"""A SentencePiece BPE as Llama 2 has it, small, in a GGUF of its own with the ids of texts.

It has bytes for what it does not know, pieces that begin with ▁, one control and one user-defined
token beside <unk>, <s> and </s>. The model around it is random and has one layer.
"""

import io
import json
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
from transformers import AutoTokenizer
from transformers.tokenization_utils_base import generate_merges

HIDDEN, FEED_FORWARD, HEADS, CONTEXT = 8, 12, 2, 32
PIECES = 400
CORPUS = """The cat sat on the mat, and the dogs ran. The rain is falling on the hills.
It was 12 in 1912; in 2026 the 3 dogs ran 12 times, and nobody counted them all.
They'll say that the cats weren't there: "the naïve café" was closed on Sundays.
def area(width, height):    return width * height    # indented by  two  and   more
Wörter mit Umlauten, über größere Strecken; été, français, señor, año, España.
Слово за слово, и снова слово. Ἐν ἀρχῇ ἦν ὁ λόγος. 東京 の 天気 は いい です。
and and and then then the other others another bother brother mother together
"""
TEXTS = [
    "The cat sat on the mat, and the dogs ran.",
    "the cat",
    " the cat",
    "  the  cat   sat ",
    "    indented    twice",
    "",
    " ",
    "   ",
    "▁already▁there",
    "▁ and a space",
    "1234567890 in 1912, 3.14 ½ ٣",
    "lines\n\n and\ttabs\r\n",
    "\n",
    "café, naïve — “the”",
    "cafe\u0301 \u212b",
    "東京 の 天気, Ωмега",
    "🙂the🙂 👩‍🚀 \U0001f1e9\U0001f1ea",
    "the\u00a0cat\u3000sat\u200b",
    "aaaaaaa thethethe otherothers",
    "nul\u0000 and \u007f",
    "brothers together, and another mother's bother",
    "<0x41> is no byte",
]
# With special tokens written out, which SentencePiece itself takes for text.
SPECIAL_TEXTS = [
    "<s>the cat</s> sat",
    "the <|user|> cat<|user|>sat",
    "a<unk>b",
    "x <|end|>\n y",
    "</s>",
]


def train() -> sentencepiece.SentencePieceProcessor:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS.splitlines()),
        model_writer=model,
        model_type="bpe",
        vocab_size=PIECES,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        user_defined_symbols=["<|user|>"],
        control_symbols=["<|end|>"],
        num_threads=1,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def kind(model: sentencepiece.SentencePieceProcessor, number: int) -> gguf.TokenType:
    if model.is_unknown(number):
        return gguf.TokenType.UNKNOWN
    if model.is_control(number):
        return gguf.TokenType.CONTROL
    if model.is_byte(number):
        return gguf.TokenType.BYTE
    special = model.id_to_piece(number).startswith("<|")
    return gguf.TokenType.USER_DEFINED if special else gguf.TokenType.NORMAL


def write_gguf(path: Path, model: sentencepiece.SentencePieceProcessor) -> None:
    """As llama.cpp's converter writes a Llama 2; matrices F16, norms F32, the head tied."""
    numbers = range(model.get_piece_size())
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Polarscope test SentencePiece")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([model.id_to_piece(number).encode() for number in numbers])
    writer.add_token_scores([model.get_score(number) for number in numbers])
    writer.add_token_types([kind(model, number) for number in numbers])
    writer.add_bos_token_id(model.bos_id())
    writer.add_eos_token_id(model.eos_id())
    writer.add_unk_token_id(model.unk_id())

    generator = np.random.default_rng(31)

    def matrix(name: str, rows: int, columns: int) -> None:
        weight = generator.standard_normal((rows, columns)) / columns**0.5
        writer.add_tensor(f"{name}.weight", weight.astype(np.float16))

    matrix("token_embd", len(numbers), HIDDEN)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        matrix(f"blk.0.{name}", HIDDEN, HIDDEN)
    matrix("blk.0.ffn_gate", FEED_FORWARD, HIDDEN)
    matrix("blk.0.ffn_up", FEED_FORWARD, HIDDEN)
    matrix("blk.0.ffn_down", HIDDEN, FEED_FORWARD)
    for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(HIDDEN, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def published(model: sentencepiece.SentencePieceProcessor) -> Tokenizer:
    """What the tokenizer.json of Llama 2, TinyLlama and Mistral holds, made by transformers 4."""
    pieces = [model.id_to_piece(number) for number in range(model.get_piece_size())]
    ids = {piece: number for number, piece in enumerate(pieces)}
    merges = generate_merges(ids, {piece: model.get_score(ids[piece]) for piece in pieces})
    result = Tokenizer(
        models.BPE(ids, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    result.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    result.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    for piece in pieces:
        token = kind(model, ids[piece])
        if token in (gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL):
            result.add_special_tokens([AddedToken(piece, special=True, normalized=False)])
        elif token == gguf.TokenType.USER_DEFINED:
            result.add_tokens([AddedToken(piece, normalized=False)])
    result.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", model.bos_id())]
    )
    return result


def write(folder: Path) -> None:
    """sentencepiece.gguf and sentencepiece.json: texts with their ids.

    They are those of the published tokenizer.json, and of SentencePiece for all texts without
    special tokens. transformers 5 reads the GGUF otherwise where a text begins with a space, to
    which it adds none, and after special tokens.
    """
    model = train()
    path = folder / "sentencepiece.gguf"
    write_gguf(path, model)
    tokenizer = published(model)
    from_gguf = AutoTokenizer.from_pretrained(folder, gguf_file=path.name)
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS + SPECIAL_TEXTS]
    for case in cases[: len(TEXTS)]:
        text, ids = case["text"], case["ids"]
        assert ids == [model.bos_id(), *model.encode(text)], text
        assert text[:1] in (" ", "▁") or ids == from_gguf(text).input_ids, text
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (folder / "sentencepiece.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
