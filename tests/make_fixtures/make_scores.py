"""Golden values of the scores of minimal pairs, from lm-evaluation-harness and minicons.

    python make_scores.py OUT [--blimp FOLDER --smollm2 MODEL [--accuracy ITEMS]]

writes OUT/scores.json. OUT holds the small models of make_fixtures.py. FOLDER holds BLiMP's
.jsonl files and MODEL is SmolLM2-135M-Instruct in Hugging Face layout, in float32; without them
the file keeps the values of both that it has. Of BLiMP the file gets names and numbers, never a
sentence. --accuracy prints, for the first ITEMS pairs of each paradigm, how many are right, and
writes nothing.
"""

import argparse
import json
import logging
import shutil
import tempfile
from importlib import metadata
from pathlib import Path

import datasets
import lm_eval
import torch
import yaml
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from minicons.scorer import IncrementalLMScorer
from transformers import AutoModelForCausalLM, AutoTokenizer

ITEMS = 15
# The last two have sentences of as many words; in most of the others' pairs they differ.
PARADIGMS = [
    "animate_subject_trans",
    "drop_argument",
    "intransitive",
    "adjunct_island",
    "regular_plural_subject_verb_agreement_1",
]
# Of our own, in characters that the small tokenizers have.
PAIRS = [
    ["the cat sat on the mat.", "the cat sat on mat the."],
    ["the dogs ran.", "the dogs ran to the cat and sat in 12 hats."],
    ["it was 12 in 1912.", "it were 12 in 1912."],
    ["in 2026 the 3 dogs ran 12 times.", "in 2026 the 3 dogs ran."],
    ["the rain is falling and the cats ran", "rain is the falling the and cats ran"],
    ["the  cat  sat .", "the cat sat."],
]
# Name, folder, what its tokenizer_config.json says where it is to say something else than it does.
SMALL = [
    ("llama", "llama", {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}),
    ("llama_without_bos", "llama", {"bos_token": None, "eos_token": "<|im_end|>"}),
    ("gpt_neox", "gpt_neox", None),
    ("opt", "opt", None),
]


def task(name: str, rows: list[dict]) -> ConfigurableTask:
    """lm-eval's own task `blimp_{name}` on these rows instead of the Hub's."""
    folder = Path(lm_eval.__file__).parent / "tasks" / "blimp"
    settings = yaml.safe_load((folder / "_template_yaml").read_text())
    del settings["dataset_path"], settings["metadata"]
    split = {settings["validation_split"]: datasets.Dataset.from_list(rows)}
    return ConfigurableTask(
        config=settings | {"task": f"blimp_{name}", "custom_dataset": lambda **_: split}
    )


def lm_eval_scores(lm: HFLM, name: str, rows: list[dict]) -> tuple[list[list[float]], float]:
    """[good, bad] of each pair, and the accuracy that lm-eval reports."""
    found = lm_eval.simple_evaluate(lm, tasks=[task(name, rows)], bootstrap_iters=0)
    samples = sorted(found["samples"][f"blimp_{name}"], key=lambda sample: sample["doc_id"])
    scores = [[score for score, _ in sample["filtered_resps"]] for sample in samples]
    return scores, found["results"][f"blimp_{name}"]["acc,none"]


def minicons_scores(scorer: IncrementalLMScorer, rows: list[dict]) -> dict[str, list]:
    """[good, bad] of each pair; one sentence at a time, so that nothing is padded."""

    def plain(text: str):
        return scorer.tokenizer([text], return_tensors="pt", add_special_tokens=False)

    def each(score) -> list[list]:
        return [[score(row[f"sentence_{kind}"])[0] for kind in ("good", "bad")] for row in rows]

    def both(tokens: torch.Tensor) -> tuple[float, float]:
        return tokens.sum(0).item(), tokens.mean(0).item()

    of_plain = each(lambda text: scorer.sequence_score(plain(text), reduction=both))
    return {
        "sum": [[total for total, _ in pair] for pair in of_plain],
        "mean": [[mean for _, mean in pair] for pair in of_plain],
        "minicons": each(lambda text: scorer.sequence_score([text])),
    }


class Models:
    """One model as both packages have it."""

    def __init__(self, folder: Path):
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.lm = HFLM(pretrained=model, tokenizer=self.tokenizer, batch_size=1)
        # It may give its tokenizer a token for padding.
        self.scorer = IncrementalLMScorer(model, "cpu", AutoTokenizer.from_pretrained(folder))

    def scores(self, name: str, rows: list[dict]) -> tuple[dict[str, list], float]:
        """[good, bad] of each pair by scoring, and the accuracy that lm-eval reports."""
        of_lm_eval, accuracy = lm_eval_scores(self.lm, name, rows)
        return minicons_scores(self.scorer, rows) | {"lm-eval": of_lm_eval}, accuracy


def small(out: Path) -> list[dict]:
    rows = [{"sentence_good": good, "sentence_bad": bad} for good, bad in PAIRS]
    entries = []
    for name, source, settings in SMALL:
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent) / source
            shutil.copytree(out / source, folder)
            if settings:
                (folder / "tokenizer_config.json").write_text(json.dumps(settings))
            models = Models(folder)
            entry = {"model": source, "tokenizer_config": settings}
            entry |= {"prefix": models.lm.prefix_token_id, "scores": models.scores(name, rows)[0]}
            entries.append(entry)
    return entries


def rows_of(blimp: Path, paradigm: str, items: int) -> list[dict]:
    lines = (blimp / f"{paradigm}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:items]]


def of_blimp(blimp: Path, models: Models) -> list[dict]:
    entries = []
    for paradigm in PARADIGMS:
        rows = rows_of(blimp, paradigm, ITEMS)
        names = {"paradigm": paradigm, "pairs": [row["pairID"] for row in rows]}
        entries.append(names | {"scores": models.scores(paradigm, rows)[0]})
    return entries


def print_accuracies(blimp: Path, models: Models, items: int) -> None:
    for paradigm in PARADIGMS:
        scores, reported = models.scores(paradigm, rows_of(blimp, paradigm, items))
        right = {kind: sum(good > bad for good, bad in of_it) for kind, of_it in scores.items()}
        closest = {kind: min(abs(a - b) for a, b in of_it) for kind, of_it in scores.items()}
        print(f"{paradigm}: right {right} of {items}; lm-eval's own accuracy {reported:.4f}")
        print("  smallest difference", {kind: f"{apart:.1e}" for kind, apart in closest.items()})


def shortened(value):
    """9 significant digits hold a float32 exactly."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def write(path: Path, contents: dict) -> None:
    """A line for each model and each paradigm."""
    dump = json.JSONEncoder(separators=(",", ":")).encode
    lines = []
    for key, value in shortened(contents).items():
        if key in ("small", "smollm2"):
            lines.append(f"{dump(key)}:[\n" + ",\n".join(dump(entry) for entry in value) + "\n]")
        else:
            lines.append(f"{dump(key)}:{dump(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder of the fixtures")
    parser.add_argument("--blimp", type=Path, metavar="FOLDER")
    parser.add_argument("--smollm2", type=Path, metavar="MODEL")
    parser.add_argument("--accuracy", type=int, metavar="ITEMS")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    large = arguments.blimp and arguments.smollm2
    if arguments.accuracy:
        if not large:
            parser.error("--accuracy needs --blimp and --smollm2")
        print_accuracies(arguments.blimp, Models(arguments.smollm2), arguments.accuracy)
        return
    path = arguments.out / "scores.json"
    if large:
        smollm2 = of_blimp(arguments.blimp, Models(arguments.smollm2))
    else:
        smollm2 = json.loads(path.read_text())["smollm2"]
    packages = ("lm_eval", "minicons", "torch", "transformers")
    contents = {"versions": {name: metadata.version(name) for name in packages}, "pairs": PAIRS}
    write(path, contents | {"small": small(arguments.out), "smollm2": smollm2})


if __name__ == "__main__":
    main()
