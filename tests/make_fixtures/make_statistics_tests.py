"""Golden values of the tests, effect sizes and corrections, from SciPy, base R and mpmath.

    python make_statistics_tests.py OUT

writes OUT/statistics_tests.json; needs `Rscript` (r-base-core). Wherever R has the test too, the script asserts that
it and SciPy agree to 1e-9. Noncentral t and what rests on it come from mpmath with 22 digits, McNemar's mid-p from
exact fractions, the log-logistic from SciPy's `curve_fit` polished by mpmath. What cannot be tested has the name of
the error instead of values.
"""

import itertools
import json
import math
import subprocess
import sys
import tempfile
import warnings
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from make_statistics import chacha8, crossed_values, plain, rounded
from scipy import optimize, stats

mp.mp.dps = 22
SIDES = ("two-sided", "greater", "less")


def samples() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Two samples of the same size: small n, ties, zeros, constants, huge effects."""
    generator = np.random.default_rng(21)
    draw = generator.normal
    made = {}
    for n in (2, 3, 4, 5, 8, 13, 14, 16, 30, 50, 51, 80):
        base = rounded(draw(4, 1, n))
        made[f"n{n}_null"] = (rounded(draw(4, 1, n)), base)
        made[f"n{n}_shifted"] = (rounded(base + draw(0.75, 1, n)), base)
        whole = generator.integers(-2, 4, n).astype(float)
        whole[0] = 3.0
        made[f"n{n}_ties_and_zeros"] = (base + whole, base)
    for n in (3, 5, 15, 49):
        base = rounded(draw(4, 1, n))
        step = np.resize([1, -1, 2, -2, 0], n) / 64
        made[f"n{n}_huge"] = (base + 16 + step, base)
    base = rounded(draw(4, 1, 5))
    step = np.array([1, -1, 2, -2, 0.25]) / 64
    made |= {
        "n5_enormous": (base + 2.0**20 + step, base),
        "n5_below": (base - 8 + step, base),
        "n30_p_below_1e-200": (np.tile(base, 6) + 2.0**22 + np.tile(step, 6), np.tile(base, 6)),
        "n5_tiny_t": (base + np.array([1, -1, 0.5, -0.5, 2.0**-16]), base),
        "n30_tiny_t": (np.tile(base, 6) + np.append(np.tile([1, -1], 14), [1, -1 + 2.0**-20]), np.tile(base, 6)),
        "n5_offset": (2.0**30 + base + step, 2.0**30 + base[::-1]),
        "n5_control_about_0": (base, rounded(base - base.mean())),
        "n5_equal_differences": (base + 0.5, base),
        "n5_identical": (base, base),
        "n5_constants": (np.full(5, 2.0), np.full(5, 0.25)),
        "n5_constant_control": (base, np.full(5, 0.25)),
        "n5_without_ties": (base + np.array([1, -2, 3, 4, 5]) / 8, base),
        "n2_huge": (np.array([64.0, 64.5]), np.array([0.25, 0.5])),
    }
    for n in (50, 51):  # the last exact test of ranks, and the first that is not
        steps = np.arange(1, n + 1) * np.where(np.arange(n) % 3 == 0, -1, 1) / 64
        made[f"n{n}_without_ties"] = (np.resize(base, n) + steps, np.resize(base, n))
    return made


def quiet(test):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return test()


def three_sides(test) -> dict:
    """Statistic and p of all three alternatives."""
    results = [quiet(lambda side=side: test(side)) for side in SIDES]
    p = {name: result.pvalue for name, result in zip(("p", "p_greater", "p_less"), results)}
    return {"statistic": results[0].statistic} | p


def t_tests(a, b) -> dict:
    n = len(a)
    varies = [np.ptp(x) > 0 for x in (a, b)]
    tests = {"paired": {"error": "EqualDifferences"}, "student": {"error": "NeitherVaries"}}
    tests["welch"] = tests["student"]
    if np.ptp(a - b) > 0:
        two_sided = stats.ttest_rel(a, b)
        low, high = two_sided.confidence_interval(0.95)
        tests["paired"] = three_sides(lambda side: stats.ttest_rel(a, b, alternative=side))
        tests["paired"] |= {"df": n - 1, "interval": [low, high]}
    if any(varies):
        for name, equal in (("student", True), ("welch", False)):
            test = lambda side: stats.ttest_ind(a, b, equal_var=equal, alternative=side)
            tests[name] = three_sides(test) | {"df": test("two-sided").df}
    return tests


def equivalence(a, b) -> list[dict]:
    """Two one-sided tests by shifting the second sample: p of both and the larger."""
    if np.ptp(a - b) == 0:
        return []
    cases = []
    for bound in (0.125, 1.0, 16.5):
        above = stats.ttest_rel(a + bound, b, alternative="greater").pvalue
        below = stats.ttest_rel(a - bound, b, alternative="less").pvalue
        cases.append({"bound": bound, "above_lower": above, "below_upper": below, "p": max(above, below)})
    return cases


def signed_rank(a, b) -> dict:
    d = a - b
    if not d.any():
        return {"error": "AllZero"}
    positive = stats.rankdata(abs(d[d != 0]))[d[d != 0] > 0].sum()
    # SciPy reports the smaller sum of ranks for the two-sided test, the positive ones' for the others.
    return three_sides(lambda side: stats.wilcoxon(a, b, alternative=side)) | {"statistic": positive}


def sign_flip(a, b) -> dict | None:
    d = a - b
    if not d.any():
        return {"error": "AllZero"}
    if len(d) > 14:
        return None
    mean = lambda x, axis: np.mean(x, axis=axis)
    exact = lambda side: stats.permutation_test(
        (d,), mean, permutation_type="samples", alternative=side, n_resamples=np.inf, vectorized=True
    )
    return three_sides(exact)


def drawn_flips() -> list[dict]:
    """The sign-flip test with the signs that ChaCha8 draws: bit i of the words of a draw, 1 for the other sign."""
    cases = []
    for n, draws, key in ((17, 99, 42), (64, 40, 0), (70, 60, 2**64 - 1)):
        generator = np.random.default_rng(n)
        a, b = (rounded(generator.normal(mean, 1, n)) for mean in (0.3, 0))
        words = chacha8(b"polarscope sign flip 1: " + key.to_bytes(8, "little"), 0)
        sums = []
        for _ in range(draws):
            drawn = [next(words) for _ in range(math.ceil(n / 64))]
            signs = np.array([-1.0 if drawn[i // 64] >> i % 64 & 1 else 1.0 for i in range(n)])
            sums.append(signs @ (a - b))
        # Multiples of 1/64 add up exactly.
        greater, less = (np.sum(np.array(x) >= y) for x, y in ((sums, sum(a - b)), (-np.array(sums), -sum(a - b))))
        p = [float(count + 1) / (draws + 1) for count in (greater, less)]
        p = {"p": min(1, 2 * min(p)), "p_greater": p[0], "p_less": p[1]}
        cases.append({"a": a, "b": b, "draws": draws, "key": str(key)} | p)
    return cases


def nct_cdf(t, df, ncp):
    """P(T <= t) of the noncentral t: the mean of Phi(t s - ncp) over the density of s = chi/sqrt(df)."""
    t, df, ncp = mp.mpf(t), mp.mpf(df), mp.mpf(ncp)
    if t < 0:
        return 1 - nct_cdf(-t, df, -ncp)
    constant = mp.log(2) + df / 2 * mp.log(df / 2) - mp.loggamma(df / 2)
    density = lambda s: mp.exp(constant + (df - 1) * mp.log(s) - df * s * s / 2)
    width = 14 / mp.sqrt(2 * df)
    low, high = max(mp.mpf(0), 1 - width), 1 + width
    ends = {low, high} | {low + (high - low) * i / 8 for i in range(1, 8)}
    if t > 0:
        ends |= {x for x in ((ncp + 4 * i) / t for i in range(-3, 4)) if low < x < high}
    return mp.quad(lambda s: mp.ncdf(t * s - ncp) * density(s), sorted(ends))


def noncentrality(t: float, df: int) -> list[float]:
    """The noncentralities under which t is the 97.5 and the 2.5 percentile."""
    scales = np.sqrt(stats.chi2.ppf((np.arange(2000) + 0.5) / 2000, df) / df)
    far = 20 + 20 * abs(t)
    ends = []
    for share in (0.975, 0.025):
        rough = optimize.brentq(lambda x: np.mean(stats.norm.cdf(t * scales - x)) - share, -far, far)
        x = mp.mpf(rough)  # Newton's method starts there
        h = mp.mpf(10) ** -8 * max(1, abs(x))
        for _ in range(20):
            value = nct_cdf(t, df, x)
            slope = (nct_cdf(t, df, x + h) - value) / h
            change = (value - share) / slope
            x -= change
            if abs(change) < 1e-13 * max(1, abs(x)):
                break
        else:
            raise ValueError((t, df, share))
        ends.append(float(x))
    return ends


def standardised(effect: float, unit: float, df: int) -> dict:
    low, high = noncentrality(effect / unit, df)
    return {"value": effect, "interval": [low * unit, high * unit]}


def effects(a, b) -> dict:
    n = len(a)
    difference = a.mean() - b.mean()
    (s_a, s_b), both = (np.std(x, ddof=1) for x in (a, b)), 2 * n - 2
    results = {name: {"error": "NeitherVaries"} for name in ("cohens_d", "hedges_g", "cohens_d_population")}
    results |= {name: {"error": "EqualValues"} for name in ("glass_delta", "glass_delta_population")}
    results["d_z"] = {"error": "EqualDifferences"}
    if s_a > 0 or s_b > 0:
        d = standardised(difference / math.sqrt((s_a**2 + s_b**2) / 2), math.sqrt(2 / n), both)
        nu = mp.mpf(both)
        j = float(mp.gamma(nu / 2) / mp.sqrt(nu / 2) / mp.gamma((nu - 1) / 2))
        g = {"value": d["value"] * j, "interval": d["interval"]}
        population = difference / math.sqrt((np.var(a) + np.var(b)) / 2)
        results |= {"cohens_d": d, "hedges_g": g, "cohens_d_population": {"value": population}}
    if s_b > 0:
        unit = math.sqrt(1 / n + (s_a / s_b) ** 2 / n)
        results["glass_delta"] = standardised(difference / s_b, unit, n - 1)
        results["glass_delta_population"] = {"value": difference / np.std(b)}
    if np.ptp(a - b) > 0:
        results["d_z"] = standardised(np.mean(a - b) / np.std(a - b, ddof=1), 1 / math.sqrt(n), n - 1)
    return results


def ratio_of_means(a, b) -> dict:
    """Fieller's interval: the roots R of (mean a - R mean b)^2 = t^2 var(a - R b)/n."""
    if np.ptp(a) == 0 and np.ptp(b) == 0:
        return {"error": "NeitherVaries"}
    n = len(a)
    exact = lambda x: [mp.mpf(float(value)) for value in x]
    a, b = exact(a), exact(b)
    mean_a, mean_b = sum(a) / n, sum(b) / n
    product = lambda x, y, mean_x, mean_y: sum((p - mean_x) * (q - mean_y) for p, q in zip(x, y)) / (n - 1)
    t2 = mp.mpf(stats.t.isf(0.025, n - 1)) ** 2 / n
    lead = mean_b**2 - t2 * product(b, b, mean_b, mean_b)
    if lead <= 0:
        return {"error": "DenominatorAboutZero"}
    half = mean_a * mean_b - t2 * product(a, b, mean_a, mean_b)
    last = mean_a**2 - t2 * product(a, a, mean_a, mean_a)
    root = mp.sqrt(half**2 - lead * last)
    return {"value": float(mean_a / mean_b), "interval": [float((half - root) / lead), float((half + root) / lead)]}


def mcnemar() -> list[dict]:
    counts = [(0, 1), (1, 0), (0, 2), (1, 1), (3, 3), (0, 5), (1, 6), (2, 9), (9, 2), (5, 6), (10, 10), (0, 20), (7, 20)]
    counts += [(25, 25), (30, 51), (49, 2), (12, 100), (100, 101), (150, 200), (0, 200), (3, 500), (480, 520), (1, 1100)]
    cases = []
    for b, c in counts:
        n, fewer = b + c, min(b, c)
        shares = [Fraction(math.comb(n, k), 2**n) for k in range(fewer + 1)]
        exact = stats.binomtest(b, n).pvalue
        p = min(Fraction(1), 2 * sum(shares))
        assert math.isclose(exact, p, rel_tol=1e-9), (b, c)
        mid = sum(shares) * 2 - shares[-1]
        cases.append({"name": f"{b}_{c}", "counts": [b, c], "p": float(p), "mid_p": float(mid)})
    return cases


FAMILIES = [
    [0.03],
    [0.01, 0.04, 0.03, 0.005],
    [0.04, 0.04, 0.04],
    [0.02, 0.021, 0.5, 0.9],
    [1.0, 0.6, 0.5],
    [1e-45, 3e-12, 0.049, 0.0, 0.7, 1e-300],
    [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34],
]


def corrections() -> list[dict]:
    by_scipy = lambda p: stats.false_discovery_control(p, method="bh")
    return [{"name": str(i), "p": p, "benjamini_hochberg": by_scipy(p)} for i, p in enumerate(FAMILIES)]


def noncentral_t() -> list[dict]:
    points = list(itertools.product((1, 2, 4, 28, 280), ((0.0, 0.5), (1.0, 2.0), (-2.0, 1.5), (3.0, 3.0), (30.0, 25.0))))
    points += [(4, (182.0, 150.0)), (4, (1e5, 9e4)), (4, (1e9, 1.1e9)), (1, (60.0, 35.0)), (5000, (70.0, 71.0))]
    points += [(4, (-5.0, -9.0)), (2, (1e-3, 0.0)), (9, (0.25, -3.0))]
    return [
        {"name": str(i), "df": df, "t": t, "ncp": ncp, "cdf": float(nct_cdf(t, df, ncp))}
        for i, (df, (t, ncp)) in enumerate(points)
    ]


def bca() -> list[dict]:
    """SciPy's BCa interval of a mean, with the resamples that it drew."""
    generator = np.random.default_rng(31)
    data = {
        "n5": rounded(generator.normal(2, 1, 5)),
        "n12_skewed": rounded(generator.lognormal(0, 1, 12)),
        "n20_ties": generator.integers(0, 3, 20).astype(float),
        "n8_symmetric": np.array([-4, -3, -2, -1, 1, 2, 3, 4]) / 4,
    }
    cases = []
    for name, values in data.items():
        count, n = 150, len(values)
        drawn = np.random.default_rng(5).integers(0, n, (count, n))
        result = stats.bootstrap((values,), np.mean, n_resamples=count, method="BCa", rng=np.random.default_rng(5))
        assert np.allclose(result.bootstrap_distribution, values[drawn].mean(axis=1))
        low, high = result.confidence_interval
        resamples = [{"texts": np.bincount(row, minlength=n), "seeds": [1]} for row in drawn]
        cases.append({"name": name, "values": values, "resamples": resamples, "bca": [low, high]})
    return cases


def multiplicities(generator, count: int, n: int) -> np.ndarray:
    return np.array([np.bincount(generator.integers(0, n, n), minlength=n) for _ in range(count)])


def bootstrap_contrast(value: float, replicates: np.ndarray) -> dict:
    below, above = np.sum(replicates <= 0), np.sum(replicates >= 0)
    p = min(1.0, 2 * (min(below, above) + 1) / (len(replicates) + 1))
    return {"value": value, "interval": np.percentile(replicates, [2.5, 97.5]), "p": p}


def t_contrast(test) -> dict:
    interval = test.confidence_interval(0.95)
    return {"interval": [interval.low, interval.high], "p": test.pvalue}


def crossed_bca(values, weights) -> list[float]:
    """BCa of the mean of texts x seeds: two samples, each with its jackknife."""
    texts, seeds = weights
    replicates = np.einsum("rt,rs,ts->r", texts, seeds, values) / values.size
    mean = values.mean()
    influence = np.concatenate([(values.mean(1) - mean) / len(values), (values.mean(0) - mean) / values.shape[1]])
    a = np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5)
    z0 = stats.norm.ppf((np.mean(replicates < mean) + np.mean(replicates <= mean)) / 2)
    z = stats.norm.ppf([0.025, 0.975])
    return np.quantile(replicates, stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))))


def dissociations() -> list[dict]:
    """Two tasks under the same seeds, by all three units of analysis."""
    generator = np.random.default_rng(41)
    sds = (0.4, 0.2, 0.3)
    made = {
        "double": ((1.5, 0.6), (0.05, 0.2)),
        "none": ((1.0, 1.0), (0.1, 0.1)),
        "one_sided": ((1.5, 0.3), (0.1, 0.1)),
    }
    cases = []
    for name, (losses, errors) in made.items():
        seeds, count = 5, 120
        clean_loss = rounded(generator.normal(4, 0.8, 14))
        clean_error = np.repeat([1.0, 0.0], [2, 18])
        tasks, contrasts = [], []
        drawn_seeds = multiplicities(generator, count, seeds)
        for (angular, magnitude), clean, worst, part in (
            (losses, clean_loss, math.log(50304), 1.0),
            (errors, clean_error, 0.5, 0.1),
        ):
            texts = len(clean)
            a, m = (
                crossed_values(generator, texts, seeds, mean, [part * sd for sd in sds]) for mean in (angular, magnitude)
            )
            drawn = multiplicities(generator, count, texts)
            room = worst - clean.mean()
            difference = a - m
            means = np.einsum("rt,rs,ts->r", drawn, drawn_seeds, difference) / difference.size
            replicates = means / (worst - drawn @ clean / texts)
            contrasts.append((difference.mean() / room, replicates, difference / room))
            resamples = [{"texts": t, "seeds": s} for t, s in zip(drawn, drawn_seeds)]
            task = {"angular": a.ravel(), "magnitude": m.ravel(), "clean": clean, "worst": worst}
            task |= {"resamples": resamples, "angular_bca": crossed_bca(a, (drawn, drawn_seeds))}
            # The contrast in the task's own unit.
            own = bootstrap_contrast(difference.mean(), means)
            tasks.append(task | {"difference": own})
        (x, x_replicates, x_all), (y, y_replicates, y_all) = contrasts
        one = lambda values: t_contrast(stats.ttest_1samp(values, 0)) | {"value": values.mean()}
        expected = {
            "Both": [
                bootstrap_contrast(x, x_replicates),
                bootstrap_contrast(y, y_replicates),
                bootstrap_contrast(x - y, x_replicates - y_replicates),
            ],
            "Seeds": [one(x_all.mean(0)), one(y_all.mean(0)), one(x_all.mean(0) - y_all.mean(0))],
            "Texts": [
                one(x_all.mean(1)),
                one(y_all.mean(1)),
                t_contrast(stats.ttest_ind(x_all.mean(1), y_all.mean(1), equal_var=False)) | {"value": x - y},
            ],
        }
        cases.append({"name": name, "seeds": seeds, "tasks": tasks, "expected": expected})
    return cases


def log_logistics() -> list[dict]:
    """Least squares by SciPy, polished by mpmath at the zero of the gradient; the published mean damages among them."""
    curve = lambda delta, top, half, slope: top / (1 + (half / delta) ** slope)
    deltas = np.array([1, 2, 5, 10, 15, 20.0])
    generator = np.random.default_rng(51)
    made = {
        "published_angular": (deltas, np.array([0.3676, 0.9824, 3.7568, 7.0604, 7.7176, 7.7504])),
        "published_magnitude": (deltas, np.array([0.0086, 0.0422, 0.6996, 3.2624, 4.6002, 5.4328])),
        "exact": (deltas, curve(deltas, 6.0, 5.0, 2.0)),
        "four": (deltas[1:5], curve(deltas[1:5], 8.0, 4.0, 3.0) * np.array([1.02, 0.99, 1.01, 1.0])),
        "shallow": (deltas, curve(deltas, 5.0, 6.0, 0.8) * (1 + 0.01 * generator.normal(size=6))),
        "steep": (deltas, curve(deltas, 5.0, 6.0, 6.0) + 0.05 * generator.normal(size=6)),
        "small_unit": (deltas / 100, 1e-3 * curve(deltas, 5.0, 6.0, 2.0) + 2e-5 * generator.normal(size=6)),
    }
    cases = []
    for name, (x, y) in made.items():
        start = (y.max(), np.median(x), 2.0)
        found, _ = optimize.curve_fit(curve, x, y, p0=start, ftol=1e-15, xtol=1e-15, gtol=1e-15, maxfev=10000)

        def squares(top, half, slope):
            pairs = [(mp.mpf(float(p)), mp.mpf(float(q))) for p, q in zip(x, y)]
            return sum((q - top / (1 + (half / p) ** slope)) ** 2 for p, q in pairs)

        gradient = [
            lambda *p, i=i: mp.diff(squares, p, tuple(int(i == j) for j in range(3))) for i in range(3)
        ]
        if name != "exact":
            found = [float(v) for v in mp.findroot(lambda *p: [g(*p) for g in gradient], list(map(float, found)), tol=1e-20)]
        miss = math.sqrt(float(squares(*map(mp.mpf, map(float, found)))) / max(1, len(x) - 3)) / found[0]
        cases.append({"name": name, "deltas": x, "damages": y, "curve": found, "miss": miss})
    return cases


def ask_r(questions: list[tuple]) -> tuple[dict, str]:
    """Answers of base R by (name, test)."""
    join = lambda values: ",".join(repr(float(value)) for value in values)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines("\t".join([name, test, *map(join, arguments)]) + "\n" for name, test, *arguments in questions)
        file.flush()
        script = Path(__file__).with_name("make_statistics_tests.R")
        out = subprocess.run(["Rscript", str(script), file.name], capture_output=True, text=True, check=True).stdout
    lines = [line.split("\t") for line in out.splitlines()]
    return {(x[0], x[1]): [float(value) for value in x[2].split(",")] for x in lines[:-1]}, lines[-1][1]


def agree(found, expected, tolerance=1e-9) -> None:
    for a, b in zip(found, expected, strict=True):
        assert math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-200), (found, expected)


def compare_with_r(contents: dict) -> str:
    """Asserts that R says the same, and adds what it says where SciPy has no such test."""
    questions = []
    for case in contents["samples"]:
        for test in ("paired", "student", "welch"):
            # R refuses what is constant up to 10 digits.
            if "error" not in case[test] and not case["name"].endswith(("offset", "enormous", "1e-200")):
                questions.append((case["name"], test, case["a"], case["b"]))
        if "error" not in case["signed_rank"]:
            d = abs(case["a"] - case["b"])
            plain_ranks = len(set(d)) == len(d) and d.all()
            if plain_ranks and len(d) <= 50:
                questions.append((case["name"], "signed_rank_exact", case["a"], case["b"]))
            elif len(d) > 13:
                questions.append((case["name"], "signed_rank_normal", case["a"], case["b"]))
    questions += [(case["name"], "mcnemar", case["counts"]) for case in contents["mcnemar"]]
    for test in ("holm", "benjamini_hochberg"):
        questions += [(case["name"], test, case["p"]) for case in contents["corrections"]]
    near = [case for case in contents["noncentral_t"] if abs(case["ncp"]) < 37]
    questions += [(case["name"], "noncentral_t", [case[x] for x in ("t", "df", "ncp")]) for case in near]
    answers, version = ask_r(questions)
    by_name = {key: {case.get("name"): case for case in contents[key]} for key in contents}
    for (name, test), answer in answers.items():
        if test in ("paired", "student", "welch"):
            case = by_name["samples"][name][test]
            agree(answer[:5], [case[x] for x in ("statistic", "p", "p_greater", "p_less", "df")])
            if test == "paired":
                agree(answer[5:], case["interval"])
        elif test.startswith("signed_rank"):
            case = by_name["samples"][name]["signed_rank"]
            agree(answer[:4], [case[x] for x in ("statistic", "p", "p_greater", "p_less")])
        elif test == "mcnemar":
            agree(answer, [by_name["mcnemar"][name]["p"]])
        elif test == "noncentral_t":
            # R's series is good to about 1e-11 in absolute terms.
            assert abs(answer[0] - by_name["noncentral_t"][name]["cdf"]) < 1e-10, (name, answer)
        elif test == "benjamini_hochberg":
            agree(answer, by_name["corrections"][name][test])
        else:
            by_name["corrections"][name][test] = answer
    print(f"{version} agrees in {len(answers)} cases")
    return version


def main() -> None:
    contents = {
        "samples": [
            {"name": name, "a": a, "b": b}
            | t_tests(a, b)
            | {"equivalence": equivalence(a, b), "signed_rank": signed_rank(a, b), "sign_flip": sign_flip(a, b)}
            | effects(a, b)
            | {"ratio_of_means": ratio_of_means(a, b)}
            for name, (a, b) in samples().items()
        ],
        "drawn_flips": drawn_flips(),
        "mcnemar": mcnemar(),
        "corrections": corrections(),
        "noncentral_t": noncentral_t(),
        "bca": bca(),
        "dissociations": dissociations(),
        "log_logistics": log_logistics(),
    }
    version = compare_with_r(contents)
    versions = {"scipy": scipy.__version__, "numpy": np.__version__, "mpmath": mp.__version__, "r": version}
    dump = json.JSONEncoder(allow_nan=False).encode
    lines = []
    for key, value in plain({"versions": versions} | contents).items():
        text = dump(value) if isinstance(value, dict) else "[\n" + ",\n".join(dump(item) for item in value) + "\n]"
        lines.append(f"{dump(key)}: {text}")
    (Path(sys.argv[1]) / "statistics_tests.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
