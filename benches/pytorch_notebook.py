"""The same sweep in PyTorch: the baseline of benches/engine.rs, which starts this script and reads its answer.

    pytorch_notebook.py JOB.json

JOB.json: {"model": folder in Hugging Face layout, "way": "study" or "batched", "threads": n, "texts": lists of token
ids, "layers": disturbed layers, "deltas": [...], "seeds": n}. The answer is one line of JSON on standard output:
{"seconds", "clean": mean loss in nats, "damage": {mode: by delta, mean over texts and seeds}, "peak_bytes", "torch"}.

study    as the study's notebook: one text at a time, a forward hook on each disturbed layer, the bisection of the
         rotation in Python on whole hidden states, loss by transformers.
batched  as well as plain PyTorch does it: texts sorted by length in batches of 16, padding masked; all vectors of a
         batch disturbed at once; the bisection on one cosine per token; the projection to the vocabulary for the
         positions that predict something, and no others.
"""

import json
import sys
import threading
import time

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

BISECTIONS = 20
BATCH = 16
ROWS = 256  # of logits at a time: faster than all of a batch at once, whose buffers leave the cache


class Study:
    """The hook of the notebook. Directions are cached by shape; the cache lives as long as a condition."""

    def __init__(self, model, layers):
        self.mode = None
        self.cache = {}
        for layer in layers:
            model.gpt_neox.layers[layer].register_forward_hook(self.hook)

    def set(self, mode, delta, seed):
        self.mode, self.delta, self.cache = mode, delta, {}
        torch.manual_seed(seed)

    def hook(self, _module, _inputs, output):
        if self.mode is None:
            return output
        hidden = output[0] if isinstance(output, tuple) else output
        moved = self.magnitude(hidden) if self.mode == "magnitude" else self.angular(hidden)
        return (moved, *output[1:]) if isinstance(output, tuple) else moved

    def magnitude(self, h):
        norm = h.norm(dim=-1, keepdim=True)
        sign = torch.randint(0, 2, norm.shape).float() * 2 - 1
        return h * (1 + sign * self.delta / norm)

    def angular(self, h):
        if h.shape not in self.cache:
            self.cache[h.shape] = F.normalize(torch.randn(h.shape), dim=-1)
        noise = self.cache[h.shape]
        norm = h.norm(dim=-1, keepdim=True)
        unit = h / norm
        low, high = 0.0, 2.0
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            moved = norm * F.normalize(unit + middle * noise, dim=-1)
            if (h - moved).norm(dim=-1).mean().item() < self.delta:
                low = middle
            else:
                high = middle
        return moved


def study(model, job):
    hook = Study(model, job["layers"])
    texts = [torch.tensor([ids]) for ids in job["texts"]]

    def losses():
        return [model(ids, labels=ids).loss.item() for ids in texts]

    yield (None, None), losses()
    for mode, delta, seed in conditions(job):
        hook.set(mode, delta, seed)
        yield (mode, delta), losses()


class Batched:
    """The hook for padded batches; `mask` [batch, positions, 1] is 1 where a token is real."""

    def __init__(self, model, layers):
        self.mode = None
        for layer in layers:
            model.gpt_neox.layers[layer].register_forward_hook(self.hook)

    def set(self, mode, delta, seed):
        self.mode, self.delta, self.noise = mode, delta, None
        torch.manual_seed(seed)

    def texts(self, mask):
        self.mask, self.tokens = mask, mask.sum(1, keepdim=True)

    def hook(self, _module, _inputs, output):
        if self.mode is None:
            return output
        h = output[0] if isinstance(output, tuple) else output
        norm = torch.linalg.vector_norm(h, dim=-1, keepdim=True)
        if self.mode == "magnitude":
            sign = torch.randint(0, 2, norm.shape).float().mul_(2 * self.delta).sub_(self.delta)
            moved = h * (1 + sign / norm)
        else:
            moved = self.angular(h, norm)
        return (moved, *output[1:]) if isinstance(output, tuple) else moved

    def angular(self, h, norm):
        if self.noise is None or self.noise.shape[0] < h.shape[1]:
            self.noise = F.normalize(torch.randn(64, h.shape[2]), dim=-1)
        u = self.noise[: h.shape[1]]
        cosine = (h * u).sum(-1, keepdim=True) / norm
        sine = (1 - cosine * cosine).clamp_min_(0).sqrt_()
        weighted = 2 * norm * self.mask / self.tokens
        low = torch.zeros(h.shape[0], 1, 1)
        high = torch.full_like(low, 2.0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            half_angle = torch.atan2(middle * sine, 1 + middle * cosine) / 2
            below = (weighted * half_angle.sin()).sum(1, keepdim=True) < self.delta
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        scale = (1 + 2 * middle * cosine + middle * middle).rsqrt()
        return torch.addcmul(h * scale, middle * norm * scale, u)


def batched(model, job):
    hook = Batched(model, job["layers"])
    head = model.get_output_embeddings().weight
    order = sorted(range(len(job["texts"])), key=lambda i: len(job["texts"][i]))
    batches = []
    for start in range(0, len(order), BATCH):
        texts = [torch.tensor(job["texts"][i]) for i in order[start : start + BATCH]]
        ids = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True)
        lengths = torch.tensor([len(text) for text in texts])
        mask = torch.arange(ids.shape[1]) < lengths[:, None]
        predicting = mask[:, 1:].flatten().nonzero().squeeze(1)
        text_of = torch.arange(len(texts)).repeat_interleave(lengths - 1)
        batches.append((ids, mask, predicting, ids[:, 1:].flatten()[predicting], text_of, lengths))

    def losses():
        all_losses = []
        for ids, mask, predicting, targets, text_of, lengths in batches:
            hook.texts(mask.unsqueeze(-1).float())
            # Causal attention never looks at the padding, which stands on the right: no mask is needed.
            hidden = model.gpt_neox(ids, use_cache=False).last_hidden_state
            hidden = hidden[:, :-1].flatten(0, 1)[predicting]
            tokens = torch.cat(
                [
                    F.cross_entropy(F.linear(h, head), t, reduction="none")
                    for h, t in zip(hidden.split(ROWS), targets.split(ROWS))
                ]
            )
            sums = torch.zeros(len(lengths)).index_add_(0, text_of, tokens)
            all_losses += (sums / (lengths - 1)).tolist()
        return all_losses

    yield (None, None), losses()
    for mode, delta, seed in conditions(job):
        hook.set(mode, delta, seed)
        yield (mode, delta), losses()


def conditions(job):
    for mode in ["magnitude", "angular"]:
        for delta in job["deltas"]:
            for seed in range(job["seeds"]):
                yield mode, delta, seed


def anonymous():
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssAnon:"))


def main():
    job = json.load(open(sys.argv[1]))
    torch.set_num_threads(job["threads"])
    torch.set_num_interop_threads(1)
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32).eval()
    way = {"study": study, "batched": batched}[job["way"]]
    peak, done = [0], threading.Event()

    def watch():
        while not done.wait(0.01):
            peak[0] = max(peak[0], anonymous())

    if sys.platform == "linux":
        threading.Thread(target=watch, daemon=True).start()
    with torch.inference_mode():
        model(torch.tensor(job["texts"][:1]))  # warms caches and threads
        start = time.perf_counter()
        of_condition = {}
        for condition, losses in way(model, job):
            of_condition.setdefault(condition, []).append(sum(losses) / len(losses))
        seconds = time.perf_counter() - start
    done.set()
    mean = {condition: sum(runs) / len(runs) for condition, runs in of_condition.items()}
    clean = mean.pop((None, None))
    damage = {}
    for (mode, _), loss in mean.items():
        damage.setdefault(mode, []).append(loss - clean)
    answer = {"seconds": seconds, "clean": clean, "damage": damage, "peak_bytes": peak[0], "torch": torch.__version__}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
