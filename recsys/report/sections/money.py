"""What the hits were worth: to the customer who came back, and per 1,000 lists sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from recsys.report.board import Board, Mean, leads
from recsys.report.charts.rows import Estimate, estimates
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Picture, Section, Table
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision
from recsys.report.sections.windows import window_labels
from recsys.report.show import count, in_money, share, whole_money
from recsys.report.words import ALL, NEW_PRODUCTS, figure, target

_REVENUE = "revenue_per_1000"
_COLUMNS = {
    "captured_spend": "captured spend",
    _REVENUE: "revenue per 1,000 lists",
    "margin_per_1000": "margin per 1,000 lists",
    "hit": "customers back with a hit",
    "basket_value": "worth of what was hit",
    "price_ratio": "price ratio",
}
_BETTER = ("captured_spend", _REVENUE, "margin_per_1000", "hit", "basket_value")
_TOLD = (
    "What customers then bought of their lists, at the last price before the cutoff and without what they "
    "sent back. It was bought without anybody being sent a list: it shows how much of the coming sales a "
    "list points at, not what it adds to them. Revenue is per 1,000 lists, had every customer with history "
    "been sent one: the many who did not come back count as nothing. Worth of what was hit: what a customer "
    "bought of a list that had a hit, on average."
)


def money(run: Run, board: Board) -> Section | None:
    """A table per target, and revenue by segment with intervals; None without prices."""
    asked = [name for name in board.targets if name != NEW_PRODUCTS and _has(board, name, _REVENUE)]
    if not asked:
        return None
    folded = tuple(_by_segment(run, board, name) for name in asked)
    blocks: list[Block] = [Paragraph(_TOLD)]
    for name in asked:
        blocks += [*_chart(run, board, name), _table(board, name)]
    return Section("Money", (*blocks, Folded("Revenue in each segment, with intervals", folded)))


def _has(board: Board, name: str, metric: str) -> bool:
    return any(board.mean(name, ALL, who, metric).windows for who in board.taking_part(name, ALL))


def _table(board: Board, name: str) -> Table:
    who = by_decision(board, name, ALL)
    shown = [metric for metric in _COLUMNS if _has(board, name, metric)]
    columns = [
        _cells(metric, [board.mean(name, ALL, one, metric) for one in who], board.currency)
        for metric in shown
    ]
    return Table(
        f"{target(name).title}: all customers, lists of {board.decide.k}",
        (Column("Recommender", number=False), *(Column(_COLUMNS[metric]) for metric in shown)),
        tuple((Cell(one), *cells) for one, *cells in zip(who, *columns, strict=True)),
        note="Means over windows." if len(board.windows) > 1 else "",
    )


def _chart(run: Run, board: Board, name: str) -> tuple[Picture, ...]:
    """Revenue of everybody's lists with its interval; nothing where there is none."""
    rows = _latest(run, board, name)
    found = {row["recommender"]: row for row in rows[rows["segment"] == ALL].to_dict("records")}
    shown = [
        Estimate(
            one,
            found[one]["value"],
            found[one]["ci_low"],
            found[one]["ci_high"],
            f"{whole_money(found[one]['value'], board.currency)}, 95 % from {_between(found[one])}",
            strong=one == board.baseline,
        )
        for one in by_decision(board, name, ALL)
        if one in found and found[one]["ci_low"] == found[one]["ci_low"]
    ]
    if not shown:
        return ()
    period = window_labels(run, board)[min(board.windows)]
    return (
        Picture(
            f"{target(name).title}: revenue per 1,000 lists, purchases {period}",
            "; ".join(f"{one.label}: {one.text}" for one in shown),
            estimates(in_money("revenue per 1,000 lists", board.currency), shown, form=",.0f"),
            legend=f"Dots with 95 % intervals over customers; filled: the baseline, {board.baseline}."
            if board.baseline
            else "Dots with 95 % intervals over customers.",
        ),
    )


def _latest(run: Run, board: Board, name: str) -> pd.DataFrame:
    """Revenue in the latest window: an interval is of one window's customers."""
    rows = run.leaderboard
    rows = rows[(rows["metric"] == _REVENUE) & (rows["k"] == board.decide.k) & (rows["target"] == name)]
    return rows[rows["window"] == rows["window"].min()]


def _between(row: Mapping[str, float]) -> str:
    return f"{count(row['ci_low'])} to {count(row['ci_high'])}"


def _cells(metric: str, means: Sequence[Mean], currency: str) -> list[Cell]:
    show = share if metric in ("captured_spend", "hit") else None
    return [
        Cell(
            show(mean.value) if show else figure(metric, mean.value, currency),
            best=metric in _BETTER and leads(mean, means),
        )
        for mean in means
    ]


def _by_segment(run: Run, board: Board, name: str) -> Table:
    rows = _latest(run, board, name).to_dict("records")
    found = {(row["recommender"], row["segment"]): row for row in rows}
    who = [one for one in by_decision(board, name, ALL) if (one, ALL) in found]
    segments = [segment for segment in board.segments(name) if any((one, segment) in found for one in who)]

    def cell(one: str, segment: str) -> Cell:
        row = found.get((one, segment))
        if row is None:
            return Cell()
        top = max(found[other, segment]["value"] for other in who if (other, segment) in found)
        told = f"{whole_money(row['value'], board.currency)} ({_between(row)})"
        return Cell(told, best=0 < row["value"] >= top)

    sent = {segment: max(found[one, segment]["customers"] for one in who) for segment in segments}
    return Table(
        f"{target(name).title}: revenue per 1,000 lists, purchases "
        + window_labels(run, board)[min(board.windows)],
        (
            Column("Recommender", number=False),
            *(Column(f"{segment}: {count(sent[segment])} sent") for segment in segments),
        ),
        tuple((Cell(one), *(cell(one, segment) for segment in segments)) for one in who),
        note="In brackets: 95 % interval over customers, with how many come back left to chance too.",
    )
