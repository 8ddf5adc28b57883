"""What PyTorch transformers gives for a model folder: clean, and perturbed under both protocols."""

import itertools
from pathlib import Path

import numpy as np
import torch
import transformers

from interventions import Noise

transformers.utils.logging.disable_progress_bar()


class Run:
    """One forward pass over one sequence; keeps what passes through the blocks."""

    def __init__(self, model, ids: list[int], perturb=None):
        """`perturb(layer, h)` gives the hidden states [positions, hidden] that replace h."""
        self.block, self.attn, self.mlp = {}, {}, {}
        hooks = []

        def hidden(output):
            return (output[0] if isinstance(output, tuple) else output)[0]

        def keep(store, layer):
            def hook(_module, _inputs, output):
                store[layer] = hidden(output)

            return hook

        def block(layer):
            def hook(_module, _inputs, output):
                moved = perturb(layer, hidden(output)) if perturb else None
                self.block[layer] = hidden(output) if moved is None else moved
                if moved is None:
                    return None
                return (moved[None], *output[1:]) if isinstance(output, tuple) else moved[None]

            return hook

        for number, layer in enumerate(model.base_model.layers):
            attention = getattr(layer, "self_attn", None) or layer.attention
            hooks.append(attention.register_forward_hook(keep(self.attn, number)))
            hooks.append(layer.mlp.register_forward_hook(keep(self.mlp, number)))
            hooks.append(layer.register_forward_hook(block(number)))
        with torch.no_grad():
            output = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
        for hook in hooks:
            hook.remove()
        self.logits = output.logits[0]
        self.probs = dict(enumerate(attention[0] for attention in output.attentions))
        predicted, targets = self.logits[:-1], torch.tensor(ids[1:])
        self.token_losses = torch.nn.functional.cross_entropy(predicted, targets, reduction="none")
        self.loss = self.token_losses.mean().item()


def load(folder: Path, dtype: torch.dtype):
    """The model with float32 weights, or the same weights widened to float64.

    Also in float64 transformers computes softmax, RMSNorm and the rotary angles in float32.
    """
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    return model.to(dtype).eval()


def norm_profile(runs: list[Run]) -> list[dict]:
    """Norms of the clean block outputs, by layer; `first` is position 0, `rest` the others."""
    profile = []
    for layer in runs[0].block:
        norms = [run.block[layer].norm(dim=-1).double().numpy() for run in runs]
        everything = np.concatenate(norms)
        first = np.array([values[0] for values in norms])
        rest = np.concatenate([values[1:] for values in norms])
        profile.append(
            {
                "layer": layer,
                "median": np.median(everything),
                "rest_median": np.median(rest),
                "rest_p05": np.percentile(rest, 5),
                "rest_p95": np.percentile(rest, 95),
                "rest_max": rest.max(),
                "first_median": np.median(first),
                "first_max": first.max(),
                "max": everything.max(),
                "mean": everything.mean(),
            }
        )
    return profile


def entropy(run: Run) -> list[list[float]]:
    """[layer][head], mean over queries of −Σ p·log(p + 1e-10), in nats."""
    return [(-(p * (p + 1e-10).log()).sum(-1)).mean(-1).tolist() for p in run.probs.values()]


def minimal_pairs(runs: list[Run]) -> dict:
    """Every pair of sequences (a, b), a taken as the good one; a wins where it is more likely."""
    pairs = list(itertools.combinations(range(len(runs)), 2))
    total = [-run.token_losses.sum().item() for run in runs]
    mean = [-run.loss for run in runs]
    clean = {
        "acc_sum": np.mean([total[a] > total[b] for a, b in pairs]),
        "acc_mean": np.mean([mean[a] > mean[b] for a, b in pairs]),
        "margin_sum": np.mean([total[a] - total[b] for a, b in pairs]),
        "n": len(pairs),
    }
    return {"pairs": [list(pair) for pair in pairs], "clean": clean}


def largest_difference(a, b) -> float:
    """Between two tensors, or two dictionaries of them."""
    if isinstance(a, dict):
        return max(largest_difference(a[key], b[key]) for key in a)
    return (a.double() - b.double()).abs().max().item()


def perturbed_runs(model, noise: Noise, seqs, layers, protocol, mode, delta):
    """Per sequence the run and what was moved, by layer."""
    for number, ids in enumerate(seqs):
        moved = {}

        def perturb(layer, h):
            if layer not in layers:
                return None
            moved[layer] = noise.move(protocol, mode, delta, number, layer, h)
            return moved[layer].hidden

        run = Run(model, ids, perturb)
        yield run, [moved[layer] for layer in layers]


def reference(folder: Path, seqs, layers, deltas, strict: dict, notebook: dict):
    """The contents of reference.json and of reference.npz.

    `deltas` are absolute, or a function of the norm profile. `strict` and `notebook` are the
    arrays of the noise files.
    """
    single, double = load(folder, torch.float32), load(folder, torch.float64)
    clean = [Run(single, ids) for ids in seqs]
    clean64 = [Run(double, ids) for ids in seqs]
    norms = norm_profile(clean)
    deltas = deltas(norms) if callable(deltas) else deltas
    noise, noise64 = (Noise(strict, notebook, t) for t in (torch.float32, torch.float64))

    arrays = {}
    for s, run in enumerate(clean):
        arrays[f"logits_s{s}"] = run.logits
        for layer in run.block:
            arrays[f"block_s{s}_l{layer}"] = run.block[layer]
            arrays[f"probs_s{s}_l{layer}"] = run.probs[layer]
    for layer in layers:
        arrays[f"attn_s1_l{layer}"] = clean[1].attn[layer]
        arrays[f"mlp_s1_l{layer}"] = clean[1].mlp[layer]

    perturbed = []
    for protocol, mode in itertools.product(("notebook", "strict"), ("magnitude", "angle")):
        for index, delta in enumerate(deltas):
            what = (seqs, layers, protocol, mode, delta)
            results = list(perturbed_runs(single, noise, *what))
            results64 = list(perturbed_runs(double, noise64, *what))
            if index == 1 and (protocol, mode) != ("strict", "magnitude"):
                run = results[2][0]
                arrays[f"{protocol}_{mode}_1_logits_s2"] = run.logits
                for layer in layers:
                    arrays[f"{protocol}_{mode}_1_block_s2_l{layer}"] = run.block[layer]

            def reported(field, results=results):
                values = [[getattr(layer, field) for layer in moved] for _, moved in results]
                return [] if values[0][0] is None else values

            disp = [[layer.displacement for layer in moved] for _, moved in results]
            perturbed.append(
                {
                    "protocol": protocol,
                    "mode": mode,
                    "delta": delta,
                    "losses": [run.loss for run, _ in results],
                    "token_losses": [run.token_losses.tolist() for run, _ in results],
                    "disp_mean": [[d.mean().item() for d in moved] for moved in disp],
                    "disp": [[d.tolist() for d in moved] for moved in disp],
                    "m": reported("m"),
                    "unattainable": reported("unattainable"),
                    "flipped": reported("flipped"),
                    "f64_loss": [run.loss for run, _ in results64],
                    "f64_m": reported("m", results64),
                }
            )

    contents = {
        "seqs": seqs,
        "lengths": [len(ids) for ids in seqs],
        "target_layers": layers,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "baseline": {
            "token_losses": [run.token_losses.tolist() for run in clean],
            "losses": [run.loss for run in clean],
            "entropy": [entropy(run) for run in clean],
            "f32_vs_f64": [
                {
                    "logits": largest_difference(a.logits, b.logits),
                    "block": largest_difference(a.block, b.block),
                    "probs": largest_difference(a.probs, b.probs),
                    "loss": abs(a.loss - b.loss),
                }
                for a, b in zip(clean, clean64)
            ],
        },
        "norms": norms,
        "deltas": deltas,
        "perturbed": perturbed,
        "pairs": minimal_pairs(clean),
    }
    return contents, {name: array.numpy() for name, array in arrays.items()}
