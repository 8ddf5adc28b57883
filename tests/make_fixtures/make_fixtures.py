"""Makes the model fixtures, or checks this code against references made elsewhere.

    python make_fixtures.py OUT
    python make_fixtures.py --check DIR [DIR …]

OUT gets a folder for each model, llama.gguf, sentencepiece.gguf and .json, opt_state.bin and
broken/. A DIR holds config.json, weights, reference.json, reference.npz, noise_strict.npz and
noise_notebook.npz.
"""

import argparse
import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import torch
import transformers

import later_models
import model_files
import small_models
import small_sentencepiece
import small_tokenizer
from reference import reference
from safetensors.numpy import save_file

SEED = {
    "gpt_neox": 12,
    "gpt_neox_sequential": 13,
    "llama": 11,
    "llama3": 21,
    "mistral": 15,
    "qwen2": 21,
    "opt": 17,
    "gpt2": 18,
}
TARGET_LAYERS = [1, 2]
LENGTHS = [3, 6, 6, 9]
STARTS_LARGE = [True, False, True, True]
# The same of the later models, which are smaller.
LATER_TARGETS = [0, 1]
LATER_LENGTHS = [5, 8]
LATER_STARTS = [False, True]
# What is kept of each perturbed run: what the tests read.
KEPT = ("protocol", "mode", "delta", "losses", "disp_mean", "unattainable", "flipped")
DELTAS = [0.1, 0.5, 1.3, 2.6]  # times the median norm of the middle layer


def sequences(generator: np.random.Generator, vocabulary: int, long: int, shape) -> list[list[int]]:
    """Random tokens; `shape` is how many, and whether they start with the token of large norm."""
    seqs = []
    for length, large in shape:
        ids = generator.integers(3, vocabulary, length).tolist()
        seqs.append([long, *ids[1:]] if large else ids)
    return seqs


def draws(generator, lengths: list[int], layers: list[int], hidden: int) -> tuple[dict, dict]:
    """The noise of the strict and of the published protocol."""

    def gaussian(positions):
        return generator.standard_normal((positions, hidden)).astype(np.float32)

    def signs():
        return {
            f"sign_s{s}_l{layer}": generator.choice([-1.0, 1.0], length).astype(np.float32)
            for s, length in enumerate(lengths)
            for layer in layers
        }

    strict = {
        f"noise_s{s}_l{layer}": gaussian(length)
        for s, length in enumerate(lengths)
        for layer in layers
    }
    notebook = {f"noise_T{length}": gaussian(length) for length in dict.fromkeys(lengths)}
    return strict | signs(), notebook | signs()


def absolute_deltas(norms: list[dict]) -> list[float]:
    median = norms[len(norms) // 2]["rest_median"]
    return [round(float(share * median), 2) for share in DELTAS]


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Like np.savez, not compressed (candle's reader has no deflate), with smaller entries."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = io.BytesIO()
            np.save(entry, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), entry.getvalue())


def shortened(value, digits: int):
    """9 significant digits hold a float32 exactly."""
    if isinstance(value, dict):
        return {key: shortened(item, digits) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def write_json(path: Path, contents: dict, digits: int = 9) -> None:
    """One line for each key, and for each perturbed or repaired run."""
    dump = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    lines = []
    for key, value in shortened(contents, digits).items():
        if key in ("perturbed", "repair"):
            value = "[\n" + ",\n".join(dump(entry) for entry in value) + "\n]"
        else:
            value = dump(value)
        lines.append(f"{dump(key)}:{value}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def require_all_regimes(contents: dict, rounding: dict) -> None:
    """The perturbations must reach every branch, and float32 must decide nothing."""

    def values(field, mode, protocol):
        entries = [e for e in contents["perturbed"] if e["protocol"] == protocol]
        return np.array([e[field] for e in entries if e["mode"] == mode])

    for protocol in "notebook", "strict":
        assert values("flipped", "magnitude", protocol).any(), "no sign is flipped"
    m = values("m", "angle", "notebook")
    assert (m > 1.9999).any() and (m < 1).any(), "the bisection never or always saturates"
    assert (m == values("f64_m", "angle", "notebook")).all(), "rounding decides a bisection step"
    unattainable = values("unattainable", "angle", "strict")
    assert unattainable.any() and not unattainable.all(), "all rotations are alike"
    limits = {"perturbed loss": 1e-5, "repaired loss": 1e-5, "perturbed logits": 4e-5}
    for what, limit in limits.items():
        assert rounding[what] < limit, f"{what}: {rounding[what]}"
    for entry in (e for e in contents["repair"] if "ln" in e["losses"]):
        apart = np.abs(np.subtract(entry["losses"]["ln"], entry["losses"]["both"])).max()
        assert apart < 1e-5, "repairing both norms is repairing attention and MLP"


def require_features(family: str, arrays: dict) -> None:
    """What a family is here for must be seen in it."""
    config = small_models.CONFIGS[family]
    if family == "mistral":
        seen = (arrays["probs_s3_l0"] > 0).sum(-1)
        assert (seen.max(-1) == config["sliding_window"]).all(), "the window is not seen"
    if family == "llama3":
        scaling, width = config["rope_scaling"], config["head_dim"]
        length = scaling["original_max_position_embeddings"]
        cuts = [length / scaling["high_freq_factor"], length / scaling["low_freq_factor"]]
        waves = 2 * math.pi * config["rope_theta"] ** (np.arange(0, width, 2) / width)
        regimes = {int(regime) for regime in np.searchsorted(cuts, waves)}
        assert regimes == {0, 1, 2}, "wavelengths have to be kept, blended and stretched"


def make(out: Path, family: str) -> None:
    folder = out / family
    weights = small_models.weights(family, SEED[family])
    model_files.write_folder(folder, family, weights)
    generator = np.random.default_rng(SEED[family] + 1)
    vocabulary, long = small_models.CONFIGS[family]["vocab_size"], small_models.long_token(family)
    seqs = sequences(generator, vocabulary, long, zip(LENGTHS, STARTS_LARGE))
    strict, notebook = draws(generator, LENGTHS, TARGET_LAYERS, small_models.HIDDEN)
    write_npz(folder / "noise_strict.npz", strict)
    write_npz(folder / "noise_notebook.npz", notebook)
    settings = (seqs, TARGET_LAYERS, absolute_deltas)
    contents, arrays, rounding = reference(folder, *settings, strict, notebook)
    report(family, contents, rounding)
    require_all_regimes(contents, rounding)
    require_features(family, arrays)
    kind = small_models.CONFIGS[family]["model_type"]
    contents = {"model": family, "kind": kind} | contents | {"perturbed": kept(contents)}
    if family == "opt":
        contents["tokenizer_cases"] = small_tokenizer.opt_cases(folder)
        model_files.write_state(out / "opt_state.bin", folder)
    elif family in small_tokenizer.SPECIALS:
        contents["tokenizer_cases"] = small_tokenizer.cases(family)
    if family == "llama":
        model_files.write_gguf(out / "llama.gguf", weights)
    write_json(folder / "reference.json", contents)
    write_npz(folder / "reference.npz", arrays)


def kept(contents: dict) -> list[dict]:
    return [{key: entry[key] for key in KEPT} for entry in contents["perturbed"]]


def require_seen(folder: Path, seqs: list[list[int]], arrays: dict) -> None:
    """What a later model is here for must be seen in its logits."""
    weights = later_models.weights(folder.name)
    for key, value in later_models.SEEN.get(folder.name, {}).items():
        config = later_models.config(folder.name, **{key: value})
        config._attn_implementation = "eager"
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
        model.load_state_dict(weights, strict=False)
        with torch.no_grad():
            logits = model(torch.tensor([seqs[-1]])).logits[0].numpy()
        apart = np.abs(logits - arrays[f"logits_s{len(seqs) - 1}"]).max()
        # Twice what the tests allow.
        assert apart > 2e-4, f"{folder.name}: {key} moves the logits by {apart} alone"


def make_later(out: Path, name: str) -> None:
    """A later model: one file of arrays and noise, and no more numbers than the tests read."""
    folder = out / name
    model_files.write_later_folder(folder)
    config = later_models.config(name)
    generator = np.random.default_rng(later_models.SEED[name] + 1)
    shape = list(zip(LATER_LENGTHS, LATER_STARTS))
    seqs = sequences(generator, config.vocab_size, later_models.LONG_TOKEN, shape)
    strict, notebook = draws(generator, LATER_LENGTHS, LATER_TARGETS, config.hidden_size)
    settings = (seqs, LATER_TARGETS, absolute_deltas)
    contents, arrays, rounding = reference(folder, *settings, strict, notebook)
    report(name, contents, rounding)
    require_all_regimes(contents, rounding)
    require_seen(folder, seqs, arrays)
    baseline = {k: v for k, v in contents["baseline"].items() if k != "f32_vs_f64"}
    del contents["norms"]
    contents |= {"baseline": baseline, "perturbed": kept(contents)}
    contents = {"model": name, "kind": config.model_type} | contents
    # Their losses say as much.
    arrays = {k: v for k, v in arrays.items() if "_1_logits_" not in k}
    arrays |= {f"strict.{k}": v for k, v in strict.items()}
    arrays |= {f"notebook.{k}": v for k, v in notebook.items()}
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(tensors, folder / "reference.safetensors")
    write_json(folder / "reference.json", contents, digits=8)


def report(family: str, contents: dict, rounding: dict) -> None:
    """What the README says of the fixtures."""
    losses = np.round(contents["baseline"]["losses"], 2)
    print(f"{family}: losses {losses}, deltas {contents['deltas']}")
    for what, apart in rounding.items():
        print(f"  f32 − f64, {what}: {apart:.1e}")


def check(folder: Path) -> bool:
    """Prints how far this code is from the references in `folder`; true if they agree."""
    theirs = json.loads((folder / "reference.json").read_text())
    noise = [dict(np.load(folder / f"noise_{name}.npz")) for name in ("strict", "notebook")]
    settings = (theirs["seqs"], theirs["target_layers"], theirs["deltas"])
    ours, arrays, _ = reference(folder, *settings, *noise)
    found = {}

    def compare(what, a, b):
        flat_a, flat_b = (np.array(flatten(x), dtype=float) for x in (a, b))
        assert flat_a.shape == flat_b.shape, what
        apart = np.abs(flat_a - flat_b).max() if flat_a.size else 0.0
        found[what] = max(found.get(what, 0.0), apart)

    for name, array in np.load(folder / "reference.npz").items():
        words = [word for word in name.split("_") if not word[-1].isdigit()]
        compare(f"array {'_'.join(words)}", arrays[name], array)
    for field in ("token_losses", "losses", "entropy"):
        compare(f"clean {field}", ours["baseline"][field], theirs["baseline"][field])
    compare("norms", ours["norms"], theirs["norms"])
    compare("pairs", ours["pairs"], theirs["pairs"])
    fields = ("token_losses", "losses", "disp_mean", "disp", "m", "unattainable", "f64_loss")
    own_entries = {(e["protocol"], e["mode"], e["delta"]): e for e in ours["perturbed"]}
    for entry in theirs["perturbed"]:
        own = own_entries[entry["protocol"], entry["mode"], entry["delta"]]
        for field in fields:
            compare(f"perturbed {field}", own[field], entry[field])
    own_repairs = {(e["protocol"], e["mode"], *e["layers"]): e for e in ours["repair"]}
    for entry in theirs["repair"]:
        own = own_repairs[entry["protocol"], entry["mode"], *entry["layers"]]
        assert own["losses"].keys() == entry["losses"].keys(), "other places are repaired"
        compare("repair delta", own["delta"], entry["delta"])
        compare("repaired losses", own["losses"], entry["losses"])
    print(folder.name)
    for what, apart in found.items():
        print(f"  {what}: {apart:.1e}")
    return max(found[f"{kind} losses"] for kind in ("clean", "perturbed", "repaired")) < 2e-5


def flatten(value) -> list:
    """The numbers in nested lists and dictionaries, in order."""
    if isinstance(value, dict):
        return [x for key in sorted(value) for x in flatten(value[key])]
    if isinstance(value, (list, np.ndarray)):
        return [x for item in value for x in flatten(item)]
    return [value]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, nargs="?", help="folder for the fixtures")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the later models these alone")
    parser.add_argument("--check", type=Path, nargs="+", metavar="DIR", default=[])
    arguments = parser.parse_args()
    if not arguments.out and not arguments.check:
        parser.error("give OUT or --check DIR")
    if arguments.out:
        for name in arguments.only or later_models.CONFIGS:
            make_later(arguments.out, name)
    if arguments.out and not arguments.only:
        for family in small_models.CONFIGS:
            make(arguments.out, family)
        model_files.write_legacy(arguments.out / "broken" / "legacy.bin")
        small_sentencepiece.write(arguments.out)
    if not all([check(folder) for folder in arguments.check]):
        raise SystemExit("the losses disagree")


if __name__ == "__main__":
    main()
