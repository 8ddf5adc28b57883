"""What PyTorch transformers gives for a model folder: clean, perturbed and repaired."""

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import transformers

from interventions import REPAIRED, Noise, repair

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()  # gpt2 has tensors that transformers leaves out


class Parts(NamedTuple):
    """What a family calls the parts of a block, and the list of blocks."""

    blocks: str
    ln1: str | None  # none where attention reads the stream itself
    attn: str
    projection: str  # of attention's output
    ln2: str | None  # READ where MLP and attention read the output of one norm
    mlp: str
    ln1_post: str | None = None  # the norm of attention's output
    ln2_post: str | None = None


READ = "what the MLP reads"
LLAMA = Parts(
    "layers", "input_layernorm", "self_attn", "self_attn.o_proj", "post_attention_layernorm", "mlp"
)
OLMO_2 = LLAMA._replace(
    ln1=None, ln2=None, ln1_post="post_attention_layernorm", ln2_post="post_feedforward_layernorm"
)
GEMMA_2 = OLMO_2._replace(ln1="input_layernorm", ln2="pre_feedforward_layernorm")
PARTS = {
    "gpt_neox": LLAMA._replace(attn="attention", projection="attention.dense"),
    "gpt2": Parts("h", "ln_1", "attn", "attn.c_proj", "ln_2", "mlp"),
    "llama": LLAMA,
    "mistral": LLAMA,
    "opt": Parts(
        "decoder.layers",
        "self_attn_layer_norm",
        "self_attn",
        "self_attn.out_proj",
        "final_layer_norm",
        "fc2",
    ),
    "qwen2": LLAMA,
    "qwen3": LLAMA,
    "gemma": LLAMA,
    "gemma2": GEMMA_2,
    "gemma3_text": GEMMA_2,
    "olmo2": OLMO_2,
    "olmo3": OLMO_2,
    "phi3": LLAMA,
    "phi": LLAMA._replace(projection="self_attn.dense", ln2=READ),
    "stablelm": LLAMA,
    "stablelm parallel": LLAMA._replace(ln2=READ),
    "gptj": Parts("h", "ln_1", "attn", "attn.out_proj", READ, "mlp"),
    "gpt_neo": Parts("h", "ln_1", "attn.attention", "attn.attention.out_proj", "ln_2", "mlp"),
}


def parts_of(config) -> Parts:
    parallel = getattr(config, "use_parallel_residual", False) and config.model_type == "stablelm"
    found = PARTS[config.model_type + (" parallel" if parallel else "")]
    of_stream = not getattr(config, "do_layer_norm_before", True)  # OPT-350M
    return found._replace(ln1=None, ln2=None) if of_stream else found


OUTPUTS = ("ln1", "attn", "ln1_post", "ln2", "mlp", "ln2_post")


class Run:
    """One forward pass over one sequence; keeps what passes through the blocks.

    `sites[site][layer]` is [positions, width] at the sites ln1, z (the heads' values before the
    output projection), attn, ln1_post, ln2, mlp, ln2_post and block, as far as there are such.
    """

    def __init__(self, model, ids: list[int], change=None):
        """`change(site, layer, x)` gives what replaces x, or None."""
        self.sites = {site: {} for site in (*OUTPUTS, "z", "block")}

        def passed(site, layer, tensor):
            x = tensor.reshape(len(ids), -1)
            new = change(site, layer, x) if change else None
            self.sites[site][layer] = x if new is None else new
            return tensor if new is None else new.reshape(tensor.shape)

        def on_output(site, layer):
            def hook(_module, _inputs, output):
                if isinstance(output, tuple):
                    return (passed(site, layer, output[0]), *output[1:])
                return passed(site, layer, output)

            return hook

        def on_input(site, layer):
            def hook(_module, inputs, named):
                if inputs:
                    return (passed(site, layer, inputs[0]), *inputs[1:]), named
                new = passed(site, layer, named["hidden_states"])
                return inputs, named | {"hidden_states": new}

            return hook

        hooks = []
        parts = parts_of(model.config)
        for number, block in enumerate(model.base_model.get_submodule(parts.blocks)):
            read = {"z": parts.projection}
            if parts.ln2 == READ:
                read |= {"ln1": parts.attn, "ln2": parts.mlp}
            for site, name in read.items():
                module = block.get_submodule(name)
                hook = on_input(site, number)
                hooks.append(module.register_forward_pre_hook(hook, with_kwargs=True))
            for site in OUTPUTS:
                if site not in read and getattr(parts, site):
                    module = block.get_submodule(getattr(parts, site))
                    hooks.append(module.register_forward_hook(on_output(site, number)))
            hooks.append(block.register_forward_hook(on_output("block", number)))
        with torch.no_grad():
            output = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
        for hook in hooks:
            hook.remove()
        self.block = self.sites["block"]
        self.logits = output.logits[0]
        self.probs = dict(enumerate(attention[0] for attention in output.attentions))
        predicted, targets = self.logits[:-1], torch.tensor(ids[1:])
        self.token_losses = torch.nn.functional.cross_entropy(predicted, targets, reduction="none")
        self.loss = self.token_losses.mean().item()


def load(folder: Path, dtype: torch.dtype):
    """The model with float32 weights, or the same weights widened to float64.

    Also in float64 transformers computes softmax, RMSNorm and the rotary angles in float32.
    """
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not report["missing_keys"], report["missing_keys"]
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
    """Between two numbers, two tensors, or two lists or dictionaries of them."""
    if isinstance(a, dict):
        return max(largest_difference(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return max(largest_difference(*pair) for pair in zip(a, b, strict=True))
    if isinstance(a, torch.Tensor):
        return (a.double() - b.double()).abs().max().item()
    return abs(a - b)


def perturbed_run(model, noise: Noise, number, ids, layers, protocol, mode, delta, patch=None):
    """The run of sequence `number`, and what was moved, by layer; `patch` is a repair."""
    moved = {}

    def change(site, layer, x):
        if site == "block" and layer in layers:
            moved[layer] = noise.move(protocol, mode, delta, number, layer, x)
            return moved[layer].hidden
        return patch(site, layer, x) if patch else None

    run = Run(model, ids, change)
    return run, [moved[layer] for layer in layers]


def repaired_losses(model, noise, clean: list[Run], seqs, layers, repaired, *how) -> dict:
    """By what is repaired in the layers `repaired`, and single heads if those are all `layers`."""
    heads = model.config.num_attention_heads
    names = [name for name, sites in REPAIRED.items() if all(clean[0].sites[s] for s in sites)]
    if repaired == layers:
        names += [f"head_{layer}_{head}" for layer in layers for head in range(heads)]

    def losses(what):
        runs = []
        for number, ids in enumerate(seqs):
            patch = what and repair(what, clean[number].sites, repaired, heads)
            runs.append(perturbed_run(model, noise, number, ids, layers, *how, patch)[0])
        return [run.loss for run in runs]

    found = {"clean": [run.loss for run in clean], "perturbed": losses(None)}
    return found | {name: losses(name) for name in names}


def reference(folder: Path, seqs, layers, deltas, strict: dict, notebook: dict):
    """The contents of reference.json and of reference.npz, and what rounding does.

    `deltas` are absolute, or a function of the norm profile. `strict` and `notebook` are the
    arrays of the noise files.
    """
    single, double = load(folder, torch.float32), load(folder, torch.float64)
    clean = [Run(single, ids) for ids in seqs]
    clean64 = [Run(double, ids) for ids in seqs]
    norms = norm_profile(clean)
    deltas = deltas(norms) if callable(deltas) else deltas
    noise, noise64 = (Noise(strict, notebook, t) for t in (torch.float32, torch.float64))
    rounding = {}

    def compare(kind, run, run64):
        for what in "loss", "token_losses", "logits", "block", "probs":
            name = f"{kind} {what}"
            apart = largest_difference(getattr(run, what), getattr(run64, what))
            rounding[name] = max(rounding.get(name, 0.0), apart)

    arrays = {}
    for s, run in enumerate(clean):
        compare("clean", run, clean64[s])
        arrays[f"logits_s{s}"] = run.logits
        for layer in run.block:
            arrays[f"block_s{s}_l{layer}"] = run.block[layer]
            arrays[f"probs_s{s}_l{layer}"] = run.probs[layer]
    for layer in layers:
        arrays[f"attn_s1_l{layer}"] = clean[1].sites["attn"][layer]
        arrays[f"mlp_s1_l{layer}"] = clean[1].sites["mlp"][layer]
        for site in "ln1_post", "ln2_post":
            if clean[1].sites[site]:
                arrays[f"{site}_s1_l{layer}"] = clean[1].sites[site][layer]

    perturbed = []
    for protocol, mode in itertools.product(("notebook", "strict"), ("magnitude", "angle")):
        for index, delta in enumerate(deltas):
            how = (layers, protocol, mode, delta)
            numbered = list(enumerate(seqs))
            results = [perturbed_run(single, noise, *sequence, *how) for sequence in numbered]
            results64 = [perturbed_run(double, noise64, *sequence, *how) for sequence in numbered]
            for (run, moved), (run64, moved64) in zip(results, results64):
                compare("perturbed", run, run64)
                for layer, layer64 in zip(moved, moved64):
                    apart = largest_difference(layer.displacement, layer64.displacement)
                    rounding["displacement"] = max(rounding.get("displacement", 0.0), apart)
            if index == 1 and (protocol, mode) != ("strict", "magnitude"):
                shown = min(2, len(seqs) - 1)
                run = results[shown][0]
                arrays[f"{protocol}_{mode}_1_logits_s{shown}"] = run.logits
                for layer in layers:
                    arrays[f"{protocol}_{mode}_1_block_s{shown}_l{layer}"] = run.block[layer]

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

    repairs, middle = [], layers[len(layers) // 2]
    for protocol, mode, repaired in (
        ("notebook", "magnitude", layers),
        ("notebook", "angle", layers),
        ("strict", "angle", layers),
        ("notebook", "angle", [middle]),
    ):
        entry = {"protocol": protocol, "mode": mode, "delta": deltas[1]}
        how = (seqs, layers, repaired, *entry.values())
        losses = repaired_losses(single, noise, clean, *how)
        losses64 = repaired_losses(double, noise64, clean64, *how)
        apart = largest_difference(losses, losses64)
        rounding["repaired loss"] = max(rounding.get("repaired loss", 0.0), apart)
        repairs.append(entry | {"layers": repaired, "losses": losses})

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
        "repair": repairs,
        "pairs": minimal_pairs(clean),
    }
    return contents, {name: array.numpy() for name, array in arrays.items()}, rounding
