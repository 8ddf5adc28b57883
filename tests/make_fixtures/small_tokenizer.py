"""A byte-level BPE tokenizer of 96 tokens, small enough to be read by eye.

It covers lower-case letters, digits, the space and the full stop. Two of its merges join
digits: a pre-tokenizer that separates digits (SmolLM's) never uses them, one that does not
(GPT-NeoX's) does, so a wrong pre-tokenizer shows.

OPT's has all bytes, a few merges more, and is written in the files that OPT comes with.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

SPACE = "Ġ"  # how byte-level BPE writes the byte 0x20
VOCABULARY = 96
CHARACTERS = [".", *"0123456789", *"abcdefghijklmnopqrstuvwxyz", SPACE]
SPECIALS = {
    "gpt_neox": ["<|endoftext|>", "<|padding|>"],
    "llama": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
}
# In order of rank; Ġ opens a word.
MERGES = [
    tuple(pair.split("+"))
    for pair in (
        "Ġ+t h+e Ġ+a i+n r+e o+n Ġt+he Ġ+s a+t e+r Ġ+c o+u e+n Ġ+w n+d i+s i+t o+r Ġ+b a+n "
        "Ġ+f e+s Ġ+o in+g Ġ+p Ġa+nd e+d a+l a+r Ġo+f Ġ+in Ġ+m s+t Ġ+d i+c o+m Ġ+h l+e a+s "
        "v+e Ġt+o 1+2 Ġ+1 c+at d+o g+s Ġc+at Ġ+do Ġs+at Ġ+is Ġw+as l+l r+o u+n Ġ+re Ġb+e"
    ).split()
]
OPT_MERGES = MERGES + [
    tuple(pair.split("+")) for pair in "T+he Ã+© ð+Ł ðŁ+Ļ '+t Ġ+Ġ".split()
]
OPT_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
OPT_VOCABULARY = [
    *OPT_SPECIALS,
    *sorted(pre_tokenizers.ByteLevel.alphabet()),
    *(left + right for left, right in OPT_MERGES),
    "<mask>",
]
OPT_ROWS = (len(OPT_VOCABULARY) // 8 + 1) * 8  # more embeddings than tokens, as OPT has
TEXTS = [
    "the cat sat.",
    "the cats sat on the mat and the dogs ran.",
    " the rain is falling",
    "it was 12 in 1912.",
    "in 2026 the 3 dogs ran 12 times.",
    "the  cat   sat ",
    "...12..1",
    "zebra quiz jinx vow",
    "q",
    "",
]

OPT_TEXTS = [
    "</s>the cat</s> sat.",
    "the cat </s> sat</s></s>",
    "<pad><s><unk><mask>",
    "  the cat\n\n sat\t",
    " ",
    "The CAT isn't on the mat, they'll say.",
    "1234567890 ½ ٣",
    "café, naïve — “the”",
    "cafe\u0301 \u212b",
    "東京 the Ωмега",
    "🙂the🙂 👩‍🚀",
    "the\u00a0cat\u3000sat",
]


def vocabulary(family: str) -> list[str]:
    """The tokens in the order of their ids: specials, characters, merges up to 96."""
    tokens = SPECIALS[family] + CHARACTERS
    tokens += [left + right for left, right in merges(family)]
    assert len(tokens) == len(set(tokens)) == VOCABULARY, f"{len(tokens)} tokens"
    return tokens


def merges(family: str) -> list[tuple[str, str]]:
    """As many merges as fill the vocabulary."""
    return MERGES[: VOCABULARY - len(SPECIALS[family]) - len(CHARACTERS)]


def tokenizer(family: str) -> Tokenizer:
    """The tokenizer with the pipeline that SmolLM (for llama) or Pythia (for gpt_neox) has."""
    ids = {token: number for number, token in enumerate(vocabulary(family))}
    result = Tokenizer(models.BPE(vocab=ids, merges=merges(family)))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    if family == "llama":
        digits = pre_tokenizers.Digits(individual_digits=True)
        result.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level])
    else:
        result.normalizer = normalizers.NFC()
        result.pre_tokenizer = byte_level
        result.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=True)
    result.decoder = decoders.ByteLevel()
    result.add_special_tokens([AddedToken(token, special=True) for token in SPECIALS[family]])
    return result


def cases(family: str) -> list[dict]:
    """Texts with their ids, one of them with a special token written out."""
    encode = tokenizer(family).encode
    texts = [*TEXTS, f"{SPECIALS[family][1]}the cat{SPECIALS[family][0]} sat."]
    return [{"text": text, "ids": encode(text).ids} for text in texts]


def write_opt(folder: Path) -> None:
    """vocab.json, merges.txt and two files of settings; no tokenizer.json."""
    ids = {token: number for number, token in enumerate(OPT_VOCABULARY)}
    assert len(ids) == len(OPT_VOCABULARY), "a token is there twice"
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True}
    names = {"bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"}
    specials = {kind: {"content": token} | flags for kind, token in names.items()}
    settings = {kind: token | {"__type": "AddedToken"} for kind, token in specials.items()} | {
        "errors": "replace",
        "add_prefix_space": False,
        "add_bos_token": True,
        "special_tokens_map_file": None,
        "tokenizer_class": "GPT2Tokenizer",
    }
    lines = ["#version: 0.2", *(" ".join(pair) for pair in OPT_MERGES)]
    (folder / "vocab.json").write_text(json.dumps(ids))
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "special_tokens_map.json").write_text(json.dumps(specials))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def opt_cases(folder: Path) -> list[dict]:
    """What transformers' own tokenizer makes of the folder."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return [{"text": text, "ids": tokenizer(text).input_ids} for text in TEXTS + OPT_TEXTS]
