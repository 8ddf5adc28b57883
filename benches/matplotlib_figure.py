"""The dissociation figure as a careful matplotlib user makes it, from the data that Polarscope writes beside it: what the
figures are laid beside, and timed against. matplotlib_figure.py DATA.csv FOLDER [WIDTH_MM]"""

import csv
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import AutoMinorLocator

STYLE = {
    "font.family": "sans-serif", "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "xtick.labelsize": 7,
    "ytick.labelsize": 7, "legend.fontsize": 7, "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "lines.linewidth": 1.1, "lines.markersize": 4.5, "pdf.fonttype": 42, "svg.fonttype": "none", "legend.frameon": False,
}  # fmt: skip
LOOKS = {"magnitude": ("#0B63A8", "s", "--", "//"), "angular": ("#C2410C", "o", "-", "")}


def draw(rows, width):
    figure, axes = plt.subplots(1, 2, figsize=(width / 25.4, 0.43 * width / 25.4), layout="constrained")
    for mode, (colour, marker, line, hatch) in LOOKS.items():
        of = lambda panel: [row for row in rows if row["panel"] == panel and row["series"] == mode]
        numbers = lambda rows, key: [float(row[key]) for row in rows]
        a, b = of("A"), of("B")
        axes[0].errorbar(numbers(a, "x"), numbers(a, "value"), numbers(a, "sd"), color=colour, marker=marker, linestyle=line,
                         capsize=2, elinewidth=0.8, label=mode, markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
        side = -0.2 if mode == "magnitude" else 0.2
        places = [i + side for i in range(len(b))]
        axes[1].bar(places, numbers(b, "value"), 0.38, yerr=numbers(b, "sd"), color=colour if not hatch else "white",
                    edgecolor=colour, hatch=hatch, capsize=2, error_kw={"elinewidth": 0.8}, label=mode)  # fmt: skip
        axes[1].set_xticks(range(len(b)), [row["x"] for row in b])
    for ax, letter, title, label in [(axes[0], "A", "Next-token loss", "Loss damage (nats)"), (axes[1], "B", "Minimal pairs", "Accuracy drop (points)")]:
        ax.set_title(f"$\\bf{{{letter}}}$  {title}", loc="left")
        ax.set_ylabel(label)
        ax.set_xlabel("δ")
        ax.axhline(0, color="0.5", linewidth=0.5)
        ax.yaxis.set_minor_locator(AutoMinorLocator())
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


def main():
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    width = float(sys.argv[3]) if len(sys.argv) > 3 else 183.0
    rows = list(csv.DictReader(data.open(encoding="utf-8")))
    plt.rcParams.update(STYLE)
    times = []
    for _ in range(4):
        start = time.perf_counter()
        figure = draw(rows, width)
        for ending in ["svg", "pdf", "png"]:
            figure.savefig(folder / f"matplotlib.{ending}", dpi=300)
        plt.close(figure)
        times.append(time.perf_counter() - start)
    # The first one finds fonts.
    print(f"{min(times[1:]):.4f}")


if __name__ == "__main__":
    main()
