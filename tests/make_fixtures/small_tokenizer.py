"""A byte-level BPE tokenizer of 96 tokens, small enough to be read by eye.

It covers lower-case letters, digits, the space and the full stop. Two of its merges join
digits: a pre-tokenizer that separates digits (SmolLM's) never uses them, one that does not
(GPT-NeoX's) does, so a wrong pre-tokenizer shows.
"""

from tokenizers import AddedToken, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors

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
