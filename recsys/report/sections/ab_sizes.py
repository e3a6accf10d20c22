"""How large an A/B test has to be to find what was seen here, and whether a segment is as large."""

from __future__ import annotations

import math
from typing import Any

from recsys.report.board import Board
from recsys.report.document import Block, Cell, Column, Inline, Paragraph, Section, Strong, Table
from recsys.report.run import Run
from recsys.report.show import NONE, change, count, counted, share
from recsys.report.words import ALL, target

_HIT = "hit"
_TOLD = (
    "What was seen here was bought without anybody being sent a list; only a test shows what lists change. "
    "In such a test one group gets what the policy serves and another, as large, what the baseline would. "
    "These are the sizes at which it finds the difference that the latest window showed, with 80 % power at "
    "a level of 5 % (two-sided), if it lasts as long as a window; they count customers to send lists to, of "
    "whom only some come back. What a window showed is uncertain too: half of a difference takes four "
    "times as many."
)
Row = dict[str, Any]


def ab_sizes(run: Run, board: Board) -> Section | None:
    """A sentence and a table per target; None for a run that sized no tests."""
    blocks: list[Block] = []
    for name in board.targets:
        rows = run.ab_sizes[run.ab_sizes["target"] == name].to_dict("records")
        if rows:
            blocks += [_told(board, name, rows), _table(board, name, rows)]
    return Section("From here to an A/B test", (Paragraph(_TOLD), *blocks)) if blocks else None


def _told(board: Board, name: str, rows: list[Row]) -> Paragraph:
    """Everybody together, then the segments that can tell by themselves."""
    title = Strong(f"{target(name).title}: ")
    whole = next(
        (row for row in rows if row["segment"] == ALL and row["metric"] == board.decide.metric), None
    )
    if whole is None:
        return Paragraph(title, "no segment can be sent lists.", style="finding")
    if whole["tells"] == "same":
        return Paragraph(
            title, "the baseline itself is served, so there is nothing to test.", style="finding"
        )
    hit = next((row for row in rows if row["segment"] == ALL and row["metric"] == _HIT), whole)
    parts: list[Inline] = [
        title,
        f"you have {counted(whole['customers'], 'customer')} with history, of whom "
        f"{share(whole['comes_back'])} come back within a window. To see {change(whole['difference'])} "
        f"{board.decide}, a test needs {_size(whole)} in each group: ",
        Strong("it can tell" if whole["tells"] == "yes" else "it cannot tell"),
        f". {_hits(hit)}" if hit is not whole else ".",
    ]
    alone = [row["segment"] for row in rows if row["tells"] == "yes" and row["metric"] == board.decide.metric]
    alone = [segment for segment in alone if segment != ALL]
    if alone:
        parts.append(f" By themselves, these segments can tell: {', '.join(alone)}.")
    return Paragraph(*parts, style="finding")


def _hits(row: Row) -> str:
    can = "which it has" if row["tells"] == "yes" else "which it has not"
    return f"To see {change(row['difference'])} in the share with a hit, it needs {_size(row)}, {can}."


def _size(row: Row) -> str:
    return (
        count(row["customers_per_arm"])
        if math.isfinite(row["customers_per_arm"])
        else "more than anybody has"
    )


def _table(board: Board, name: str, rows: list[Row]) -> Table:
    by = {(row["segment"], row["metric"]): row for row in rows}
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    segments = list(dict.fromkeys(row["segment"] for row in rows))
    heads = [column for metric in metrics for column in _heads(f"{metric}@{board.decide.k}")]
    return Table(
        f"{target(name).title}: customers in each group of a test",
        (
            Column("Segment", number=False, wraps=True),
            Column("Customers"),
            Column("Come back"),
            Column("Serve", number=False, wraps=True),
            *heads,
        ),
        tuple(_row(segment, [by[segment, metric] for metric in metrics]) for segment in segments),
        note=f"Difference: to {board.baseline}, on the latest window. Can find: the least difference that "
        "all customers of the segment, in two groups, find.",
    )


def _heads(metric: str) -> tuple[Column, ...]:
    return (
        Column(f"{metric}: difference"),
        Column("each group"),
        Column("can find"),
        Column("can tell", number=False),
    )


def _row(segment: str, rows: list[Row]) -> tuple[Cell, ...]:
    first = rows[0]
    cells = [
        Cell(segment),
        Cell(count(first["customers"])),
        Cell(share(first["comes_back"])),
        Cell(first["served"] or "the policy"),
    ]
    for row in rows:
        arm = row["customers_per_arm"]
        same = row["tells"] == "same"
        cells += [
            Cell(change(row["difference"])),
            Cell(count(arm) if math.isfinite(arm) else NONE),
            Cell(NONE if math.isnan(row["detectable"]) else f"{row['detectable']:.4f}"),
            Cell("the baseline is served" if same else row["tells"], best=row["tells"] == "yes"),
        ]
    return tuple(cells)
