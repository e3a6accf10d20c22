"""How segments buy: each beside all customers, and how each figure is spread."""

from __future__ import annotations

import numpy as np

from recsys.report.charts.spread import histograms, radar
from recsys.report.document import Block, Cell, Column, Section, Table
from recsys.report.groups.noun import Insight, Viewed, picture
from recsys.report.show import decimals, figures
from recsys.report.words import feature_label

MOST = 10  # features in a picture
QUARTERS = (0.25, 0.5, 0.75)


def shapes(seen: Insight) -> Section | None:
    """A radar and the outlines of each figure; None where there is nothing to compare."""
    if seen.views is None:
        return None
    names = list(map(str, seen.views.features))[:MOST]
    blocks: list[Block] = [_histograms(seen.views, names, seen.currency)]
    if len(names) > 2:
        blocks.insert(0, _radar(seen.views, names))
    return Section("How they buy", tuple(blocks))


def spelt(feature: str) -> str:
    """The name of a feature as words."""
    return feature.replace("_", " ")


def _radar(held: Viewed, names: list[str]) -> Block:
    there = [held.names[code] for code in held.there]
    means = held.means[:, : len(names)]
    table = Table(
        "Each segment beside all customers",
        (Column("Figure", number=False), *(Column(name, wraps=True) for name in there)),
        tuple(
            (Cell(spelt(name)), *(Cell(decimals(value)) for value in means[:, at]))
            for at, name in enumerate(names)
        ),
        note="In standard deviations of all customers from their mean; skewed figures by their logarithm.",
    )
    return picture(
        "radar",
        "Each segment beside all customers (dotted), in standard deviations",
        "A radar for each segment; the differences that the cards name.",
        radar(there, [spelt(name) for name in names], means),
        table,
    )


def _histograms(held: Viewed, names: list[str], currency: str) -> Block:
    rows = []
    for name in names:
        values = held.features[name].to_numpy(dtype=float)
        for code in held.there:
            shown = figures(np.quantile(values[held.codes == code], QUARTERS).tolist())
            rows.append((Cell(feature_label(name, currency)), Cell(held.names[code]), *map(Cell, shown)))
    table = Table(
        "Quarters of each figure within each segment",
        (
            Column("Figure", number=False),
            Column("Segment", number=False, wraps=True),
            *map(Column, ("A quarter is below", "Half are below", "Three quarters are below")),
        ),
        tuple(rows),
    )
    return picture(
        "histograms",
        "How each figure is spread within each segment",
        "Outlines of equal area, one for each segment; skewed figures on a log scale.",
        histograms(held.features[names], held.codes, held.names, held.skewed),
        table,
    )
