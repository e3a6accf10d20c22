"""Pictures of segments as SVG: text stays text, lines take the page's colour, two runs draw the same."""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    Axes = Figure = Any

# Okabe and Ito's palette, told apart by those who do not see all colours; then lighter ones of it.
COLOURS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c8c", "#b8a800"),
    *("#66a3cc", "#f0c566", "#66c5ab", "#e0afca", "#9ad3f2", "#e69e66", "#bababa", "#d4cb66"),
)
INK = "#123457"  # stands for the colour of the page's text until the picture is written
SMALL = 9


def sizes(names: Sequence[str], shares: Mapping[str, Sequence[float]]) -> str:
    """Bars of each segment's share of customers, revenue and the like; shares: what -> one for each name."""
    with _drawn(7.2, 0.55 * len(names) + 1.2) as (figure, held):
        axes = figure.add_subplot()
        height = 0.8 / len(shares)
        rows = np.arange(len(names))[::-1]
        for at, (label, values) in enumerate(shares.items()):
            known = np.nan_to_num(np.asarray(values, dtype=float))
            bars = axes.barh(
                rows + 0.4 - (at + 0.5) * height, known, height * 0.9, color=COLOURS[at], label=label
            )
            axes.bar_label(bars, [f"{value:.0%}" for value in known], padding=3, fontsize=8, color=INK)
        axes.set_yticks(rows, names)
        axes.xaxis.set_visible(False)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.02), ncols=len(shares), frameon=False)
        held(figure)
    return held.text


def radar(names: Sequence[str], features: Sequence[str], levels: NDArray[np.float64]) -> str:
    """One small radar for each segment; levels: (segments, features), standard deviations from the mean."""
    columns = min(3, len(names))
    rows = math.ceil(len(names) / columns)
    reach = max(1.0, float(np.nanmax(np.abs(levels))))
    angles = np.linspace(0, 2 * np.pi, len(features), endpoint=False)
    with _drawn(2.9 * columns, 2.9 * rows) as (figure, held):
        for at, name in enumerate(names):
            axes = figure.add_subplot(rows, columns, at + 1, projection="polar")
            around = np.append(angles, angles[0])
            axes.plot(around, np.zeros(len(around)), color=INK, linewidth=0.6, linestyle=":")
            axes.plot(around, np.append(levels[at], levels[at][0]), color=COLOURS[at % len(COLOURS)])
            axes.fill(
                around, np.append(levels[at], levels[at][0]), color=COLOURS[at % len(COLOURS)], alpha=0.25
            )
            axes.set_ylim(-reach, reach)
            axes.tick_params(axis="x", pad=6)
            axes.set_yticks([])
            axes.set_xticks(angles, [one.replace("_", " ") for one in features], fontsize=8)
            axes.set_title(name, fontsize=SMALL, pad=14)
        held(figure)
    return held.text


def histograms(
    frame: pd.DataFrame, codes: NDArray[np.integer], names: Sequence[str], logged: Collection[str]
) -> str:
    """How each feature is spread within each segment: outlines of one area, `logged` ones on a log scale."""
    columns = min(3, frame.shape[1])
    rows = math.ceil(frame.shape[1] / columns)
    with _drawn(2.7 * columns, 2.1 * rows + 0.5) as (figure, held):
        for at, name in enumerate(frame):
            axes = figure.add_subplot(rows, columns, at + 1)
            values = frame[name].to_numpy(dtype=float)
            log = name in logged and values.min() >= 0
            shown = np.log10(values + 1) if log else values
            known = shown[np.isfinite(shown)]
            low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
            edges = np.linspace(low, high if high > low else low + 1, 25)
            for code in range(len(names)):
                own = shown[(codes == code) & np.isfinite(shown)]
                if len(own):
                    axes.hist(
                        own, edges.tolist(), density=True, histtype="step", color=COLOURS[code % len(COLOURS)]
                    )
            axes.set_title(str(name).replace("_", " "), fontsize=SMALL)
            axes.set_yticks([])
            axes.spines[["top", "right", "left"]].set_visible(False)
            if log:
                steps = [step for step in range(math.floor(low), math.ceil(high) + 1) if low <= step <= high]
                axes.set_xticks(steps, [f"{10**step:,.0f}" for step in steps])
            axes.tick_params(labelsize=8)
        _key(figure, names, codes)
        held(figure)
    return held.text


def scatter(
    points: NDArray[np.float64], codes: NDArray[np.integer], names: Sequence[str], labels: Sequence[str]
) -> str:
    """Customers as points, (n, 2) or (n, 3) seen from one side, coloured by segment; labels: of the axes."""
    deep = points.shape[1] == 3
    with _drawn(6.4, 5.2) as (figure, held):
        axes: Any = figure.add_subplot(projection="3d" if deep else None)
        for code in range(len(names)):
            own = points[codes == code]
            style = {"s": 7, "alpha": 0.8, "linewidths": 0, "color": COLOURS[code % len(COLOURS)]}
            style |= {"depthshade": False} if deep else {}
            axes.scatter(*own.T, **style)
        axes.set_xlabel(labels[0], fontsize=SMALL)
        axes.set_ylabel(labels[1], fontsize=SMALL)
        axes.set_xticks([])
        axes.set_yticks([])
        if deep:
            axes.set_zlabel(labels[2], fontsize=SMALL)
            axes.set_zticks([])
            low, high = np.quantile(points, [0.005, 0.995], axis=0)
            axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
            for one in (axes.xaxis, axes.yaxis, axes.zaxis):
                one.set_pane_color((1, 1, 1, 0))
        else:
            axes.spines[["top", "right"]].set_visible(False)
        _key(figure, names, codes)
        held(figure)
    return held.text


def silhouettes(values: NDArray[np.float64], codes: NDArray[np.integer], names: Sequence[str]) -> str:
    """Each customer's silhouette, sorted within the segment; the dashed line is the mean."""
    with _drawn(6.4, 4.2) as (figure, held):
        axes = figure.add_subplot()
        top = 0
        for code in reversed(range(len(names))):
            own = np.sort(values[codes == code])
            if not len(own):
                continue
            rows = np.arange(top, top + len(own))
            axes.fill_betweenx(rows, 0, own, color=COLOURS[code % len(COLOURS)], alpha=0.8, linewidth=0)
            axes.text(-0.01, rows.mean(), names[code], ha="right", va="center", fontsize=8, color=INK)
            top += len(own) + max(5, len(values) // 100)
        axes.axvline(float(values.mean()), color=INK, linewidth=0.8, linestyle="--")
        axes.set_xlim(min(-0.05, float(values.min())), max(0.1, float(values.max())) * 1.02)
        axes.set_yticks([])
        axes.set_xlabel("silhouette", fontsize=SMALL)
        axes.spines[["top", "right", "left"]].set_visible(False)
        held(figure)
    return held.text


def elbow(evidence: pd.DataFrame) -> str:
    """Inertia and silhouette for each number of segments; the ring is the one that was chosen."""
    with _drawn(6.4, 2.8) as (figure, held):
        for at, name in enumerate(("inertia", "silhouette")):
            axes = figure.add_subplot(1, 2, at + 1)
            axes.plot(evidence["k"], evidence[name], "o-", color=COLOURS[0], markersize=4)
            chosen = evidence[evidence["chosen"].astype(bool)]
            axes.plot(chosen["k"], chosen[name], "o", markersize=10, markerfacecolor="none", color=COLOURS[5])
            axes.set_title(name, fontsize=SMALL)
            axes.set_xlabel("segments", fontsize=SMALL)
            axes.set_xticks(evidence["k"])
            axes.tick_params(labelsize=8)
            axes.spines[["top", "right"]].set_visible(False)
        held(figure)
    return held.text


def transitions(table: pd.DataFrame, order: Sequence[str]) -> str:
    """Bands from where customers were (left) to where they are (right), as wide as there are customers."""
    left = [name for name in order if name in set(table["from"])]
    right = [name for name in order if name in set(table["to"])]
    total = float(table["customers"].sum())
    gap = 0.02
    starts, ends = _stacked(table, "from", left, total, gap), _stacked(table, "to", right, total, gap)
    colour = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(order)}
    with _drawn(8.4, 0.5 * max(len(left), len(right)) + 2.2) as (figure, held):
        axes = figure.add_subplot()
        curve = np.linspace(0, 1, 40)
        bend = curve**2 * (3 - 2 * curve)
        filled: dict[tuple[str, str], float] = dict.fromkeys(
            [("from", n) for n in left] + [("to", n) for n in right], 0.0
        )
        ordered = table.assign(
            a=table["from"].map({n: i for i, n in enumerate(left)}),
            b=table["to"].map({n: i for i, n in enumerate(right)}),
        ).sort_values(["a", "b"])
        into = {}
        for row in ordered.sort_values(["b", "a"]).itertuples():
            into[row.a, row.b] = ends[right[row.b]] - filled["to", right[row.b]]
            filled["to", right[row.b]] += row.customers / total
        for row in ordered.itertuples():
            wide = row.customers / total
            first = starts[left[row.a]] - filled["from", left[row.a]]
            filled["from", left[row.a]] += wide
            upper = first + (into[row.a, row.b] - first) * bend
            axes.fill_between(curve, upper - wide, upper, color=colour[left[row.a]], alpha=0.45, linewidth=0)
        for names, at, side, where in ((left, starts, "from", -0.02), (right, ends, "to", 1.02)):
            for name in names:
                size = table.loc[table[side] == name, "customers"].sum()
                bar = (0.0, 0.012) if side == "from" else (0.988, 1.0)
                axes.fill_between(bar, at[name] - size / total, at[name], color=colour[name], linewidth=0)
                axes.text(
                    where,
                    at[name] - size / total / 2,
                    f"{name}  {size:,}",
                    ha="right" if side == "from" else "left",
                    va="center",
                    fontsize=8,
                    color=INK,
                )
        axes.set_xlim(-0.62, 1.62)
        axes.axis("off")
        held(figure)
    return held.text


def _stacked(
    table: pd.DataFrame, side: str, names: Sequence[str], total: float, gap: float
) -> dict[str, float]:
    """The upper edge of each name's bar, the first at the top."""
    found, top = {}, 1.0 + gap * len(names)
    for name in names:
        found[name] = top
        top -= table.loc[table[side] == name, "customers"].sum() / total + gap
    return found


def _key(figure: Figure, names: Sequence[str], codes: NDArray[np.integer]) -> None:
    """The colours of the segments that are drawn."""
    from matplotlib.patches import Patch

    patches = [
        Patch(color=COLOURS[code % len(COLOURS)], label=names[code]) for code in np.unique(codes).tolist()
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=2, frameon=False, fontsize=8)


class _Held:
    """Takes a finished figure as SVG text."""

    text = ""

    def __call__(self, figure: Figure) -> None:
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        found = text.getvalue()
        self.text = found[found.index("<svg") :].replace(INK, "currentColor")


@contextmanager
def _drawn(width: float, height: float) -> Iterator[tuple[Figure, _Held]]:
    """A figure in inches, without a window; settings hold for its length only."""
    import matplotlib
    from matplotlib.figure import Figure as Made

    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "recsys",
        "font.family": "sans-serif",
        "font.size": SMALL,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.labelcolor": INK,
    }
    with matplotlib.rc_context(style):
        yield Made(figsize=(width, height), layout="constrained"), _Held()
