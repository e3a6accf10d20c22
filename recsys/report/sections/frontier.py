"""What accuracy costs: the quickest recommender within noise of the best, and who is worth the wait."""

from __future__ import annotations

from typing import Any

from recsys.report.board import Board
from recsys.report.charts.spots import Spot
from recsys.report.charts.spots import frontier as drawn
from recsys.report.document import Block, Cell, Column, Paragraph, Picture, Section, Strong, Table
from recsys.report.run import Run
from recsys.report.show import megabytes, score, seconds
from recsys.report.words import target

_MUCH = 0.8  # of the best's time: more than that is no gain
_LEAST = 0.001  # seconds that a chart can tell from none
_PARTS = (
    "half",
    "a third",
    "a quarter",
    "a fifth",
    "a sixth",
    "a seventh",
    "an eighth",
    "a ninth",
    "a tenth",
)
_TOLD = (
    "Seconds are those of fitting and ranking one window, with the fits of the parts that a recommender is "
    "made of. Within noise of the best is who was compared with it, customer by customer, and not shown to "
    "be worse. Timings differ a little from run to run, so where two are close the choice between them is "
    "no matter."
)
Row = dict[str, Any]


def frontier(run: Run, board: Board) -> Section | None:
    """A sentence, a chart and a table per target; None for a run that did not compare costs."""
    blocks: list[Block] = []
    for name in board.targets:
        rows = run.frontier[(run.frontier["target"] == name) & run.frontier["value"].notna()]
        if len(rows):
            found = rows.sort_values("value", ascending=False, kind="stable").to_dict("records")
            blocks += [_told(name, found), _chart(board, name, found)]
    return Section("Accuracy and cost", (*blocks, Paragraph(_TOLD))) if blocks else None


def part(ratio: float) -> str:
    """A share of something in words: a tenth, 1/25, 80 %."""
    if not 0 < ratio < 0.6:
        return f"{ratio:.0%}"
    whole = round(1 / ratio)
    return _PARTS[whole - 2] if whole <= 10 else f"1/{whole:,}"


def _told(name: str, rows: list[Row]) -> Paragraph:
    best, title = rows[0], Strong(f"{target(name).title}: ")
    cheap = next((row for row in rows if row["cheapest"] == "True"), best)
    ratio = cheap["seconds"] / best["seconds"] if best["seconds"] > 0 else 1.0
    if ratio > _MUCH:
        quicker = "nobody quicker" if cheap is best else "nobody much quicker"
        return Paragraph(
            title,
            Strong(best["recommender"]),
            f" is the most accurate ({score(best['value'])}), and {quicker} is within noise of it: "
            f"{seconds(best['seconds'])} a window.",
            style="finding",
        )
    return Paragraph(
        title,
        Strong(cheap["recommender"]),
        " is within noise of the best, ",
        Strong(best["recommender"]),
        f" ({score(cheap['value'])} beside {score(best['value'])}), and takes {part(ratio)} of its time: "
        f"{seconds(cheap['seconds'])} instead of {seconds(best['seconds'])} a window.",
        style="finding",
    )


def _chart(board: Board, name: str, rows: list[Row]) -> Picture:
    shown = [
        Spot(
            row["recommender"],
            row["seconds"],
            row["value"],
            f"{score(row['value'])} in {seconds(row['seconds'])}",
            strong=row["within_noise_of_best"] == "True",
            edge=row["on_frontier"] == "True",
        )
        for row in rows
    ]
    near = [spot.label for spot in shown if spot.strong]
    return Picture(
        f"{target(name).title}: {board.decide} and seconds a window",
        f"{board.decide} against seconds; within noise of the best: {', '.join(near)}.",
        drawn("seconds a window", str(board.decide), shown, least=_LEAST),
        table=_table(board, name, rows),
        legend="Filled: within noise of the best. The line joins those whom nobody beats in less time.",
    )


def _table(board: Board, name: str, rows: list[Row]) -> Table:
    longest = max(row["seconds"] for row in rows)
    heads = (str(board.decide), "Seconds a window", "Peak memory")
    marks = {
        "within_noise_of_best": "Within noise of the best",
        "on_frontier": "Nobody as good is quicker",
        "on_memory_frontier": "Nobody as good is smaller",
    }
    return Table(
        f"{target(name).title}: what accuracy costs",
        (
            Column("Recommender", number=False),
            *map(Column, heads),
            *(Column(head, number=False) for head in marks.values()),
        ),
        tuple(
            (
                Cell(row["recommender"], best=row["cheapest"] == "True"),
                Cell(score(row["value"])),
                Cell(seconds(row["seconds"]), bar=row["seconds"] / longest if longest > 0 else None),
                Cell(megabytes(row["peak_mb"])),
                *(Cell("yes" if row[mark] == "True" else "") for mark in marks),
            )
            for row in rows
        ),
        note=f"{board.decide}: each customer's mean over windows, as in the comparisons. In bold: the "
        "quickest within noise of the best.",
    )
