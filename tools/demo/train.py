"""Makes the demo model and its data: run `python train.py --out DIR`.

Everything is drawn from the grammar with fixed seeds: a byte-level BPE
tokenizer, 300 held-out texts, the minimal pairs, and an endless stream of
training sequences for a small GPT-NeoX model.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from grammar import MAX_CHARS, MAX_TOKENS, MIN_CHARS, Grammar, spell
from pairs import PARADIGMS, make_pairs

SEED_TOKENIZER, SEED_TEXTS, SEED_PAIRS, SEED_TRAIN, SEED_MODEL = 11, 12, 13, 14, 15
TEXTS, PAIRS = 300, 100
CONTEXT = 64  # tokens in a training sequence
END_OF_TEXT = "<|endoftext|>"


def make_tokenizer(grammar):
    """Byte-level BPE.  With no limit on the vocabulary the merges end when
    every word of the sample is one token; the language has so few words that
    this happens at about 512."""
    rng = random.Random(SEED_TOKENIZER)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1024, min_frequency=1, special_tokens=[END_OF_TEXT], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator((grammar.text(rng) for _ in range(20000)), trainer)
    return tokenizer


def single_tokens(grammar, tokenizer):
    """Form of a word (" dog", "The", " The", ...) -> id; every one is one token."""
    forms = ["."] + [" " + word for word in grammar.vocabulary()]
    for word in grammar.first_words():
        forms += [word.capitalize(), " " + word.capitalize()]
    ids = {}
    for form in forms:
        (ids[form],) = tokenizer.encode(form).ids
    return ids


def make_texts(grammar, tokenizer):
    rng = random.Random(SEED_TEXTS)
    rows = {}
    while len(rows) < TEXTS:
        text = grammar.text(rng)
        tokens = len(tokenizer.encode(text).ids)
        assert MIN_CHARS <= len(text) <= MAX_CHARS and tokens <= MAX_TOKENS
        rows[text] = {"text": text, "nats": grammar.nats(text, skip_first=True), "tokens": tokens}
    return list(rows.values())


class Stream:
    """Endless training sequences of CONTEXT tokens, each the beginning of a
    stream of sentences, without the sentences of the minimal pairs and
    without the beginnings (two sentences) of the held-out texts."""

    def __init__(self, grammar, ids, texts, pairs):
        self.grammar, self.ids, self.rng = grammar, ids, random.Random(SEED_TRAIN)
        self.banned = {pair[key] for rows in pairs.values() for pair in rows
                       for key in ("sentence_good", "sentence_bad")}
        self.banned |= {". ".join(row["text"].split(". ")[:2]).removesuffix(".") + "."
                        for row in texts}

    def sequence(self):
        row, before = [], None
        while len(row) < CONTEXT:
            words = self.grammar.sample(self.rng)
            sentence = spell(words)
            if sentence in self.banned or f"{before} {sentence}" in self.banned:
                continue
            first = words[0].capitalize()
            row.append(self.ids[" " + first if before else first])
            row += [self.ids[" " + word] for word in words[1:]]
            row.append(self.ids["."])
            before = sentence
        return row[:CONTEXT]

    def batch(self, size):
        return torch.from_numpy(np.array([self.sequence() for _ in range(size)], dtype=np.int64))


# Written out as it is: the published GPT-NeoX models have these keys, and
# every version of transformers reads them.
CONFIG = {
    "architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "torch_dtype": "float16",
    "hidden_size": 128, "num_hidden_layers": 8, "num_attention_heads": 4,
    "intermediate_size": 512, "hidden_act": "gelu", "rotary_pct": 0.25,
    "rotary_emb_base": 10000, "max_position_embeddings": 128, "use_parallel_residual": True,
    "layer_norm_eps": 1e-05, "tie_word_embeddings": False, "initializer_range": 0.02,
    "bos_token_id": 0, "eos_token_id": 0, "use_cache": True,
}


def make_model(vocabulary):
    torch.manual_seed(SEED_MODEL)
    config = {**CONFIG, "torch_dtype": "float32", "use_cache": False, "vocab_size": vocabulary}
    return GPTNeoXForCausalLM(GPTNeoXConfig(**config))


def train(model, stream, steps, size, peak, checkpoint, report=100):
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
        lr=peak, betas=(0.9, 0.98), fused=True)
    warmup = min(200, steps // 10)
    started, total = time.time(), 0.0
    model.train()
    for step in range(steps):
        rate = min((step + 1) / warmup, 0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = peak * max(rate, 0.01)
        batch = stream.batch(size)
        logits = model(input_ids=batch).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
        if (step + 1) % report == 0:
            print(f"step {step + 1:5d}  loss {total / report:.4f} nats/token  "
                  f"{time.time() - started:.0f} s", flush=True)
            total = 0.0
        if (step + 1) % 1000 == 0:
            checkpoint()


def save(model, out):
    """config.json and the float16 weights, under the names of the published
    GPT-NeoX models (transformers 5 calls the last matrix lm_head)."""
    config = {**CONFIG, "vocab_size": model.config.vocab_size}
    (out / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tensors = {name.replace("lm_head.", "embed_out."): t.detach().half().contiguous()
               for name, t in model.state_dict().items()}
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=32, help="sequences a step")
    parser.add_argument("--peak", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)

    grammar = Grammar()
    tokenizer = make_tokenizer(grammar)
    ids = single_tokens(grammar, tokenizer)
    texts = make_texts(grammar, tokenizer)
    rng = random.Random(SEED_PAIRS)
    pairs = {name: make_pairs(grammar, rng, name, PAIRS) for name in PARADIGMS}

    (args.out / "pairs").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(args.out / "tokenizer.json"))
    write_rows(args.out / "texts.jsonl", texts)
    for name, rows in pairs.items():
        write_rows(args.out / "pairs" / f"{name}.jsonl", rows)
    floor = sum(row["nats"] for row in texts) / sum(row["tokens"] - 1 for row in texts)
    print(f"vocabulary {tokenizer.get_vocab_size()}; "
          f"the grammar on the held-out texts: {floor:.4f} nats/token", flush=True)

    model = make_model(tokenizer.get_vocab_size())
    train(model, Stream(grammar, ids, texts, pairs), args.steps, args.batch, args.peak,
          checkpoint=lambda: save(model, args.out))
    save(model, args.out)


if __name__ == "__main__":
    main()
