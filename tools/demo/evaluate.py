"""Prints the figures of the demo model: `python evaluate.py [DIR]`.

The loss on the held-out texts against the grammar's own -log p, and the share
of the minimal pairs in which the good sentence has the higher probability.
The first token of a text or sentence is not scored.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GPTNeoXForCausalLM

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "demo"


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@torch.no_grad()
def nats(model, tokenizer, texts):
    """(-log p without the first token, number of scored tokens) of each text."""
    results = []
    for start in range(0, len(texts), 50):
        rows = [tokenizer.encode(text, add_special_tokens=False).ids
                for text in texts[start:start + 50]]
        width = max(map(len, rows))  # padding on the right: attention is causal
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        logs = model(input_ids=ids).logits[:, :-1].double().log_softmax(-1)
        logs = logs.gather(2, ids[:, 1:, None])[..., 0]
        results += [(-logs[i, :len(row) - 1].sum().item(), len(row) - 1)
                    for i, row in enumerate(rows)]
    return results


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model, info = GPTNeoXForCausalLM.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True)  # float16 weights, float32 sums
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    model.eval()

    texts = read(folder / "texts.jsonl")
    scores = nats(model, tokenizer, [row["text"] for row in texts])
    assert all(n == row["tokens"] - 1 for (_, n), row in zip(scores, texts))
    tokens = sum(n for _, n in scores)
    measured = sum(x for x, _ in scores) / tokens
    exact = sum(row["nats"] for row in texts) / tokens
    mean = sum(x / n for x, n in scores) / len(texts)
    mean_exact = sum(row["nats"] / (row["tokens"] - 1) for row in texts) / len(texts)
    print(f"{len(texts)} held-out texts, {tokens / len(texts) + 1:.1f} tokens a text "
          f"({min(r['tokens'] for r in texts)} to {max(r['tokens'] for r in texts)})")
    print("nats per token             model   grammar   excess")
    print(f"  over all tokens         {measured:.4f}    {exact:.4f}   {measured / exact - 1:+.2%}")
    print(f"  mean over the texts     {mean:.4f}    {mean_exact:.4f}   "
          f"{mean / mean_exact - 1:+.2%}")

    print(f"{'minimal pairs':<44}{'pairs':>5} {'accuracy':>9} {'tokens':>7}")
    for path in sorted((folder / "pairs").glob("*.jsonl")):
        pairs = read(path)
        good = nats(model, tokenizer, [pair["sentence_good"] for pair in pairs])
        bad = nats(model, tokenizer, [pair["sentence_bad"] for pair in pairs])
        right = sum(g < b for (g, _), (b, _) in zip(good, bad)) / len(pairs)
        length = sum(n + 1 for _, n in good + bad) / len(good + bad)
        print(f"  {path.stem:<42}{len(pairs):>5} {right:>9.1%} {length:>7.1f}")


if __name__ == "__main__":
    main()
