"""Golden values of the statistics, from SciPy and NumPy.

    python make_statistics.py OUT

writes OUT/statistics.json. Samples are multiples of 1/64, so that differences and means lose
nothing to rounding. JSON has no words for what is not finite: these numbers are the strings
"nan", "inf" and "-inf".
"""

import itertools
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


def one_sample_t() -> list[dict]:
    """Whether the mean of a sample is a given one."""
    draw = np.random.default_rng(4).normal
    cases = {
        "n2": (rounded([1, 2.5]), 1.0),
        "n5_against_0": (rounded(draw(0.3, 0.2, 5)), 0.0),
        "n5_below": (rounded(draw(3, 1, 5)), 7.5),
        "n30_far": (rounded(draw(100, 1, 30)), 0.0),
        "n5_constant": (np.full(5, 0.25), 0.5),
    }
    results = []
    for name, (values, expected) in cases.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zero variance
            test = stats.ttest_1samp(values, expected)
            sides = {s: stats.ttest_1samp(values, expected, alternative=s).pvalue for s in ("greater", "less")}
        results.append(
            {
                "name": name,
                "values": values,
                "expected": expected,
                "df": test.df,
                "t": test.statistic,
                "p": test.pvalue,
                "p_greater": sides["greater"],
                "p_less": sides["less"],
            }
        )
    return results


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
        for side in ("greater", "less"):
            values[f"p_{side}"] = stats.ttest_ind(a, b, equal_var=True, alternative=side).pvalue
        results.append({"name": name, "a": a, "b": b} | values)
    return results


def effect_sizes() -> list[dict]:
    """Cohen's d and Glass's delta, each with the sample and with the population standard deviation."""
    draw = np.random.default_rng(6).normal
    samples = {
        "5_and_5": (rounded(draw(2, 1, 5)), rounded(draw(0, 0.5, 5))),
        "5_and_8": (rounded(draw(-1, 1, 5)), rounded(draw(0.5, 2, 8))),
        "15_and_15": (rounded(draw(0, 1, 15)), rounded(draw(0, 1, 15))),
        "1_and_4": (rounded([3.0]), rounded(draw(0, 1, 4))),
    }
    results = []
    for name, (a, b) in samples.items():
        difference = np.mean(a) - np.mean(b)
        squares = np.sum((a - np.mean(a)) ** 2) + np.sum((b - np.mean(b)) ** 2)
        sizes = {
            "cohens_d": difference / np.sqrt(squares / (len(a) + len(b) - 2)),
            "cohens_d_population": difference / np.sqrt((np.var(a) + np.var(b)) / 2),
            "glass_delta": difference / np.std(b, ddof=1),
            "glass_delta_population": difference / np.std(b),
        }
        results.append({"name": name, "a": a, "b": b} | sizes)
    return results


def percentile_intervals() -> list[dict]:
    """2.5 and 97.5 percentiles, linearly interpolated."""
    generator = np.random.default_rng(10)
    replicates = {
        "n40": generator.normal(size=40),
        "n41": rounded(generator.normal(size=41)),  # the percentiles fall on values
        "n100_skewed": generator.exponential(size=100),
        "n200_tied": generator.integers(-3, 4, 200) / 4,
        "n333_large_offset": 2.0**30 + rounded(generator.normal(size=333)),
        "constant": np.full(50, 0.1),
    }
    return [
        {"name": name, "values": values, "ci95": np.percentile(values, [2.5, 97.5])}
        for name, values in replicates.items()
    ]


def shapley_by_orders(values: np.ndarray) -> np.ndarray:
    """Each factor's v before less v after its turn, averaged over all orders."""
    n = len(values).bit_length() - 1
    shares = np.zeros(n)
    for order in itertools.permutations(range(n)):
        mask = 0
        for factor in order:
            shares[factor] += values[mask] - values[mask | 1 << factor]
            mask |= 1 << factor
    return shares / math.factorial(n)


def shapley() -> list[dict]:
    draw = np.random.default_rng(11).normal
    sets = [rounded(draw(2, 1, 2**n)) for n in range(7)]
    # Three factors that add up (1, 2, 4 are lost), and three of which the last two act only together.
    sets.append(np.array([7.0 - mask for mask in range(8)]))
    sets.append(np.array([3.0 - (mask & 1) - 2.0 * (mask >> 1 == 3) for mask in range(8)]))
    return [{"values": values, "shares": shapley_by_orders(values)} for values in sets]


def crossed_values(generator, texts: int, seeds: int, mean: float, sds: tuple[float, float, float]) -> np.ndarray:
    """Two-way layout [text, seed]: normal effects of text and of seed, and a normal rest."""
    of_text, of_seed, rest = sds
    return (
        mean
        + of_text * generator.normal(size=(texts, 1))
        + of_seed * generator.normal(size=(1, seeds))
        + rest * generator.normal(size=(texts, seeds))
    )


def chacha8(seed: bytes, stream: int):
    """The 64-bit numbers of ChaCha8 (64-bit counter from 0, 64-bit stream), after RFC 8439's block function."""
    words = lambda data: [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
    rotate = lambda x, n: (x << n | x >> 32 - n) & 0xFFFFFFFF
    columns = [(i, 4 + i, 8 + i, 12 + i) for i in range(4)]
    diagonals = [(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4) for i in range(4)]
    for counter in itertools.count():
        ends = counter.to_bytes(8, "little") + stream.to_bytes(8, "little")
        start = words(b"expand 32-byte k" + seed + ends)
        block = start.copy()
        for _ in range(4):
            for a, b, c, d in columns + diagonals:
                for first, second, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                    block[first] = (block[first] + block[second]) & 0xFFFFFFFF
                    block[third] = rotate(block[third] ^ block[first], turn)
        block = [(x + y) & 0xFFFFFFFF for x, y in zip(block, start)]
        for low, high in zip(block[::2], block[1::2]):
            yield high << 32 | low


def resamples() -> list[dict]:
    """Which texts and seeds a key draws: place floor(n * x / 2^64) for each 64-bit number x."""
    cases = []
    for texts, seeds, count, key in ((8, 4, 5, 42), (281, 5, 2, 0), (3, 1, 4, 2**64 - 1)):
        seed = b"polarscope bootstrap 1: " + key.to_bytes(8, "little")
        generators = chacha8(seed, 0), chacha8(seed, 1)
        drawn = []
        for _ in range(count):
            counts = []
            for n, numbers in zip((texts, seeds), generators):
                places = [n * next(numbers) >> 64 for _ in range(n)]
                counts.append(np.bincount(places, minlength=n))
            drawn.append({"texts": counts[0], "seeds": counts[1]})
        cases.append({"texts": texts, "seeds": seeds, "key": str(key), "resamples": drawn})
    return cases


def bootstrap_sd(values: np.ndarray) -> float:
    """Standard deviation of the mean over all resamples of texts and seeds, exactly.

    With a_t and b_s the deviations of the text and seed means from the mean and e_ts the rest, the multinomial draws
    give the variance sum(a^2)/T^2 + sum(b^2)/S^2 + sum(e^2)/(T*S)^2; the three parts are uncorrelated because a, b
    and the rows and columns of e add up to 0.
    """
    texts, seeds = values.shape
    a = values.mean(axis=1, keepdims=True) - values.mean()
    b = values.mean(axis=0, keepdims=True) - values.mean()
    e = values - values.mean() - a - b
    return math.sqrt((a**2).sum() / texts**2 + (b**2).sum() / seeds**2 + (e**2).sum() / (texts * seeds) ** 2)


def crossed() -> list[dict]:
    """Means of resamples with given draws, and what rests on them: interval, log ratio, recovery.

    `first` and `second` are two measures of the same texts and seeds, `[text, seed]`. A statistic is null where
    it is not to be given.
    """
    generator = np.random.default_rng(12)
    rest = (0.5, 0.2, 0.3)
    layouts = {
        "8_texts_3_seeds": ((8, 3), (4.0, rest), (2.5, rest)),
        "30_texts_5_seeds": ((30, 5), (0.7, rest), (0.6, rest)),
        "one_seed": ((12, 1), (2.0, rest), (1.0, rest)),
        "one_text": ((1, 6), (4.0, rest), (3.0, rest)),
        "second_about_0": ((10, 4), (3.0, rest), (0.0, rest)),
        "first_about_0": ((10, 4), (0.0, rest), (3.0, rest)),
        "first_below_0": ((10, 4), (-3.0, rest), (-1.0, rest)),
    }
    results = []
    for name, ((texts, seeds), *layout) in layouts.items():
        first, second = (crossed_values(generator, texts, seeds, *part) for part in layout)
        drawn, means = [], []
        for _ in range(80):
            rows, columns = generator.integers(0, texts, texts), generator.integers(0, seeds, seeds)
            drawn.append(
                {
                    "texts": np.bincount(rows, minlength=texts),
                    "seeds": np.bincount(columns, minlength=seeds),
                }
            )
            means.append([values[np.ix_(rows, columns)].mean() for values in (first, second)])
        a, b = np.array(means).T
        intervals = [np.percentile(replicates, [2.5, 97.5]) for replicates in (a, b)]
        above = [low > 0 for low, _ in intervals]
        assert all(min(x) > 0 for x, is_above in zip((a, b), above) if is_above)  # no replicate at a limit
        ratio = repair = None
        if all(above):
            replicates = np.percentile(np.log(a / b), [2.5, 97.5])
            ratio = {"value": math.log(first.mean() / second.mean()), "ci95": replicates}
        if above[0]:
            replicates = np.percentile(1 - b / a, [2.5, 97.5])
            repair = {"value": 1 - second.mean() / first.mean(), "ci95": replicates}
        results.append(
            {
                "name": name,
                "seeds": seeds,
                "first": first.ravel(),
                "second": second.ravel(),
                "first_bootstrap_sd": bootstrap_sd(first),
                "resamples": drawn,
                "first_means": a,
                "second_means": b,
                "first_ci95": intervals[0],
                "difference_ci95": np.percentile(a - b, [2.5, 97.5]),
                "log_ratio": ratio,
                "recovery": repair,
            }
        )
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
        "one_sample_t": one_sample_t(),
        "independent_t": independent_t(),
        "effect_sizes": effect_sizes(),
        "student_t": student_t_tails(),
        "holm": [{"p": p, "adjusted": holm(p)} for p in HOLM_INPUTS],
        "percentile_intervals": percentile_intervals(),
        "shapley": shapley(),
        "resamples": resamples(),
        "crossed": crossed(),
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
