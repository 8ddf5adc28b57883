"""Golden values of the statistics, from SciPy.

    python make_statistics.py OUT

writes OUT/statistics.json. Samples are multiples of 1/64, so that differences and means lose
nothing to rounding. JSON has no words for what is not finite: these numbers are the strings
"nan", "inf" and "-inf".
"""

import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy
from scipy import stats


def rounded(values) -> np.ndarray:
    return np.round(np.asarray(values, dtype=float) * 64) / 64


def paired_samples() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pairs of samples (a, b), from no effect to effects whose p is far below 1e-40."""
    draw = np.random.default_rng(3).normal
    base3, base5, base30 = (rounded(draw(4, 1, n)) for n in (3, 5, 30))
    step30 = np.array([1, -1, 2, -2, 0] * 6) / 64
    return {
        "n3_small": (rounded(draw(4.2, 1, 3)), base3),
        "n3_large": (base3 + 2 + np.array([0, 1, -1]) / 64, base3),
        "n5_tiny_t": (base5 + np.array([1, -1, 0.5, -0.5, 0.125]), base5),
        "n5_small": (rounded(base5 + draw(0.5, 1, 5)), base5),
        "n5_negative": (rounded(base5 + draw(-2, 0.5, 5)), base5),
        "n5_large": (base5 + 64 + np.array([1, -1, 0, 2, -2]) / 64, base5),
        "n5_enormous": (base5 + 2.0**30 + np.array([1, -1, 0, 2, -2]) / 64, base5),
        "n30_small": (rounded(base30 + draw(0.2, 1, 30)), base30),
        "n30_moderate": (rounded(base30 + draw(2, 1, 30)), base30),
        "n30_p_below_1e-40": (base30 + 8 + step30, base30),
        "n30_p_below_1e-100": (base30 + 1024 + step30, base30),
        "n30_p_below_1e-200": (base30 + 2.0**22 + step30, base30),
        "n5_identical": (base5, base5),
        "n5_constant_difference": (base5 + 0.5, base5),
        "n5_constant_negative_difference": (base5 - 0.5, base5),
    }


def paired_t(name: str, a: np.ndarray, b: np.ndarray) -> dict:
    """Two-sided, and one-sided both ways, with the 95 % interval of the mean difference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zero variance
        two_sided = stats.ttest_rel(a, b)
        one_sided = {s: stats.ttest_rel(a, b, alternative=s).pvalue for s in ("greater", "less")}
    interval = two_sided.confidence_interval(0.95)
    return {
        "name": name,
        "a": a,
        "b": b,
        "n": len(a),
        "df": two_sided.df,
        "mean_difference": np.mean(a - b),
        "sd_difference": np.std(a - b, ddof=1),
        "t": two_sided.statistic,
        "p": two_sided.pvalue,
        "p_greater": one_sided["greater"],
        "p_less": one_sided["less"],
        "ci95": [interval.low, interval.high],
    }


def independent_t() -> list[dict]:
    """Student's, equal variances assumed."""
    draw = np.random.default_rng(5).normal
    cases = {
        "15_and_15": (rounded(draw(1.5, 1, 15)), rounded(draw(0.5, 1, 15))),
        "5_and_8": (rounded(draw(0, 1, 5)), rounded(draw(0.5, 2, 8))),
        "15_and_15_far": (rounded(draw(200, 1, 15)), rounded(draw(0, 1, 15))),
    }
    results = []
    for name, (a, b) in cases.items():
        test = stats.ttest_ind(a, b, equal_var=True)
        values = {"df": test.df, "t": test.statistic, "p": test.pvalue}
        results.append({"name": name, "a": a, "b": b} | values)
    return results


def student_t_tails() -> list[dict]:
    """P(|T| ≥ t) and the t of a two-sided 5 % test."""
    cases = []
    for df in (1, 2, 4, 28, 29, 280):
        ts = (0.0, 1e-3, 0.5, 2.0, 10.0, 60.0, 1e3, 1e6)
        tails = [{"t": t, "p": 2 * stats.t.sf(t, df)} for t in ts]
        cases.append({"df": df, "critical_t": stats.t.isf(0.025, df), "tails": tails})
    return cases


def descriptions() -> list[dict]:
    """Mean and standard deviations (n − 1, and n)."""
    draw = np.random.default_rng(9).normal
    samples = {
        "n2": rounded([1, 2]),
        "n5": rounded(draw(4, 1, 5)),
        "n30": rounded(draw(-2, 3, 30)),
        "constant": np.full(4, 0.25),
        "large_offset": 2.0**30 + rounded(draw(0, 1, 10)),
    }
    return [
        {
            "name": name,
            "values": values,
            "mean": np.mean(values),
            "sd": np.std(values, ddof=1),
            "population_sd": np.std(values),
        }
        for name, values in samples.items()
    ]


def holm(p_values: list[float]) -> list[float]:
    """Holm's step-down adjustment, in the order of the input."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


HOLM_INPUTS = [
    [0.03],
    [0.01, 0.04, 0.03, 0.005],
    [0.04, 0.04, 0.04],
    [0.02, 0.021, 0.5, 0.9],
    [1.0, 0.6, 0.5],
    [1e-45, 3e-12, 0.049, 0.0, 0.7, 1e-300],
    [],
]


def plain(value):
    """Plain numbers; what is not finite becomes a word."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, np.integer) else value


def main() -> None:
    contents = {
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "descriptions": descriptions(),
        "paired_t": [paired_t(name, a, b) for name, (a, b) in paired_samples().items()],
        "independent_t": independent_t(),
        "student_t": student_t_tails(),
        "holm": [{"p": p, "adjusted": holm(p)} for p in HOLM_INPUTS],
    }
    dump = json.JSONEncoder(allow_nan=False).encode
    lines = []
    for key, value in plain(contents).items():
        if isinstance(value, list):
            value = "[\n" + ",\n".join(dump(item) for item in value) + "\n]"
        else:
            value = dump(value)
        lines.append(f"{dump(key)}: {value}")
    target = Path(sys.argv[1]) / "statistics.json"
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
