"""What the segments are: size, worth, habits, and how their number was chosen."""

from __future__ import annotations

import math
from typing import Any

from recsys.report.charts.rows import grouped
from recsys.report.charts.spots import Bubble, bubbles
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Picture, Section, Table
from recsys.report.run import Run
from recsys.report.show import NONE, count, figures, in_money, share, whole_money
from recsys.report.words import feature_label

_PREFIX = "median_"


def segments(run: Run) -> Section | None:
    """The profile at the latest cutoff; nothing where customers were not segmented."""
    if run.profile.empty:
        return None
    latest = run.profile[run.profile["window"] == run.profile["window"].min()]
    rows = latest.to_dict("records")
    told = Paragraph(
        "Segments are found once, at the earliest cutoff, from behaviour known then; later customers are "
        "assigned to them. Figures are of the history before the latest cutoff."
    )
    money = run.currency
    blocks: list[Block] = [_sizes(rows, money), *_shares(rows), _medians(rows, money)]
    blocks += [*_places(rows, money), _products(rows)]
    evidence = (run.manifest.get("segments") or {}).get("evidence") or []
    more = (Folded("How their number was chosen", (_evidence(evidence),)),) if evidence else ()
    return Section(
        "The segments",
        (told, *(it for it in blocks if not isinstance(it, Table) or len(it.columns) > 1), *more),
    )


def _sizes(rows: list[dict[str, Any]], currency: str) -> Table:
    wanted = {
        "customers": ("Customers", count),
        "customer_share": ("Share of customers", share),
        "revenue": (in_money("Revenue", currency), count),
        "revenue_share": ("Share of revenue", share),
        "orders": ("Orders", count),
    }
    there = {key: told for key, told in wanted.items() if key in rows[0]}
    return Table(
        "Size and worth",
        (Column("Segment", number=False), *(Column(label) for label, _ in there.values())),
        tuple(
            (
                Cell(row["segment"]),
                *(_bar(shown(row[key]), row[key], key) for key, (_, shown) in there.items()),
            )
            for row in rows
        ),
    )


def _shares(rows: list[dict[str, Any]]) -> tuple[Picture, ...]:
    """Customers beside revenue, where both are known: a table before it has the figures."""
    if not {"customer_share", "revenue_share"} <= set(rows[0]):
        return ()
    shares = {
        "customers": [float(row["customer_share"]) for row in rows],
        "revenue": [float(row["revenue_share"]) for row in rows],
    }
    told = (
        f"{row['segment']}: {share(row['customer_share'])} of customers, "
        f"{share(row['revenue_share'])} of revenue"
        for row in rows
    )
    names = [str(row["segment"]) for row in rows]
    return (Picture("Shares of customers and revenue", "; ".join(told), grouped(names, shares)),)


def _places(rows: list[dict[str, Any]], currency: str) -> tuple[Picture, ...]:
    """Segments by how long ago and how much their median customer bought; the table has the figures."""
    recency, spend = (f"{_PREFIX}{name}" for name in ("recency", "monetary"))
    if not {recency, spend} <= set(rows[0]):
        return ()
    shown = [
        Bubble(
            str(row["segment"]),
            row[recency],
            row[spend],
            row["customers"],
            f"{count(row['customers'])} customers, last bought {count(row[recency])} days ago, spent "
            f"{whole_money(row[spend], currency)}",
        )
        for row in rows
    ]
    return (
        Picture(
            "A map of the segments",
            "; ".join(f"{one.label}: {one.text}" for one in shown),
            bubbles("days since the last purchase", in_money("spent so far", currency), shown),
            legend="The median customer of each segment; the larger the circle, the more customers.",
        ),
    )


def _bar(text: str, value: float, key: str) -> Cell:
    drawn = key.endswith("_share") and not math.isnan(value)
    return Cell(text, bar=min(max(value, 0.0), 1.0) if drawn else None)


def _medians(rows: list[dict[str, Any]], currency: str) -> Table:
    keys = [key for key in rows[0] if key.startswith(_PREFIX)]
    columns = [figures([row[key] for row in rows]) for key in keys]
    return Table(
        "Habits: the median customer",
        (
            Column("Segment", number=False),
            *(Column(feature_label(key.removeprefix(_PREFIX), currency)) for key in keys),
        ),
        tuple(
            (Cell(row["segment"]), *(Cell(column[at]) for column in columns)) for at, row in enumerate(rows)
        ),
    )


def _products(rows: list[dict[str, Any]]) -> Table:
    there = "top_products" in rows[0]
    heads = (Column("Products", number=False, wide=True),) if there else ()
    return Table(
        "Most bought",
        (Column("Segment", number=False), *heads),
        tuple((Cell(row["segment"]), Cell(row["top_products"] or NONE)) for row in rows) if there else (),
    )


_FIGURES = {
    "inertia": ("Inertia", 1, "spread inside the segments, less is tighter"),
    "silhouette": ("Silhouette", 4, "how well apart they stand, 1 is best"),
    "silhouette_features": ("In the features", 4, "the silhouette in the features instead of on the map"),
    "calinski_harabasz": ("Calinski-Harabasz", 0, "spread between over spread inside, more is better"),
    "davies_bouldin": ("Davies-Bouldin", 3, "how near the most alike are, less is better"),
    "bic": ("BIC", 0, "how badly the mixture explains the customers for its size, less is better"),
    "gap": ("Gap", 3, "how much tighter than customers spread evenly, more is better"),
    "stability": ("Stability", 3, "agreement with segments of bootstrap samples, 1 is best"),
    "smallest": ("Smallest", 3, "share of customers in the smallest segment"),
}
"""Figure: its heading, decimals and meaning; it has a column where any candidate has it."""
_ALWAYS = ("inertia", "silhouette")


def _evidence(evidence: list[dict[str, Any]]) -> Table:
    held = [key for key in _FIGURES if key in _ALWAYS or any(one.get(key) is not None for one in evidence)]
    rows = tuple(
        (
            Cell(str(one.get("k", NONE)), best=bool(one.get("chosen"))),
            *(Cell(_figure(one.get(key), _FIGURES[key][1])) for key in held),
            Cell(_remark(one), best=True),
        )
        for one in evidence
    )
    told = (f"{_FIGURES[key][0]}: {_FIGURES[key][2]}." for key in held)
    notes = (f"{one['note'][0].upper()}{one['note'][1:]}." for one in evidence if one.get("note"))
    return Table(
        "Candidates for the number of segments",
        (
            Column("Segments"),
            *(Column(_FIGURES[key][0]) for key in held),
            Column("Chosen", number=False),
        ),
        rows,
        note=" ".join((*told, *notes)),
    )


def _remark(one: dict[str, Any]) -> str:
    """Whether the candidate was chosen, and whether the inertia bends there."""
    return ", ".join(["chosen"] * bool(one.get("chosen")) + ["elbow"] * bool(one.get("elbow")))


def _figure(value: object, decimals: int) -> str:
    if not isinstance(value, int | float) or math.isnan(value):
        return NONE
    return f"{value:,.{decimals}f}".replace("-", "\u2212")
