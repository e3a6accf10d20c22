"""How accuracy fades as lists grow old, and so how often to retrain."""

from __future__ import annotations

from typing import Any

from recsys.report.board import Board
from recsys.report.charts.course import Course, Step, courses
from recsys.report.document import Block, Cell, Column, Inline, Paragraph, Picture, Section, Strong, Table
from recsys.report.run import Run
from recsys.report.sections.decision import chosen
from recsys.report.sections.standings import by_decision
from recsys.report.show import change, count, percent_change, score
from recsys.report.words import ALL, target

_TOLD = (
    "What was fitted at an earlier cutoff was asked for lists of the customers who bought in a later "
    "window, and they were judged on that window beside the fresh lists: the same customers, known at both "
    "cutoffs, and the same purchases. A product that the older recommender could not know counts as missed, "
    "for that is part of what age costs. Each age is judged on the windows that have it: compare it with the "
    "fresh lists beside it."
)
Row = dict[str, Any]


def ageing(run: Run, board: Board) -> Section | None:
    """A sentence, a chart and a table per target; None for one window, or a run that did not ask."""
    blocks: list[Block] = []
    for name in board.targets:
        rows = run.ageing[(run.ageing["target"] == name) & run.ageing["change"].notna()].to_dict("records")
        if rows:
            who = _who(run, board, name, rows)
            blocks += [_said(name, who, [row for row in rows if row["recommender"] == who])]
            blocks.append(_chart(board, name, who, rows))
    return Section("How often to retrain", (Paragraph(_TOLD), *blocks)) if blocks else None


def _who(run: Run, board: Board, name: str, rows: list[Row]) -> str:
    """Whom the shop is served, else the best, of those who were judged at an age."""
    decided = chosen(run, name)
    served = decided[decided["segment"] == ALL]["policy_serves"].tolist() if len(decided) else []
    there = {row["recommender"] for row in rows}
    return str(next(one for one in [*served, *by_decision(board, name, ALL), *sorted(there)] if one in there))


def _said(name: str, who: str, rows: list[Row]) -> Paragraph:
    """The earliest loss that is shown decides; where none is, that is said."""
    first, last = rows[0], rows[-1]
    worse = next((row for row in rows if row["change_high"] < 0), None)
    told = worse or first
    parts: list[Inline] = [
        Strong(f"{target(name).title}: "),
        "lists of ",
        Strong(who),
        f" {_days(told['days'])} older ",
    ]
    if worse is None:
        parts += [
            f"are not shown to be worse ({percent_change(told['change'])}, {_between(told)})",
            f"; nor are those {_days(last['days'])} older" if last is not first else "",
            f". Nothing here asks for retraining within {_days(last['days'])}; longer was not tried.",
        ]
    else:
        loss = f"{abs(told['change']):.0%}"
        parts += [
            f"find {loss} less ({_between(told)}). ",
            Strong(f"Retrain every {_days(told['days'])} or more often"),
            ".",
        ]
        if worse is not first:
            parts.append(
                f" At {_days(first['days'])} no loss is shown yet ({percent_change(first['change'])})."
            )
    return Paragraph(*parts, style="finding")


def _between(row: Row) -> str:
    low, high = percent_change(row["change_low"]), percent_change(row["change_high"])
    return f"95 % interval {low} to {high}, {count(row['customers'])} customers"


def _days(days: float) -> str:
    return f"{days:.0f} days" if days != 1 else "1 day"


def _chart(board: Board, name: str, who: str, rows: list[Row]) -> Picture:
    names = dict.fromkeys(row["recommender"] for row in rows)
    shown = [_course(one, [row for row in rows if row["recommender"] == one], one == who) for one in names]
    return Picture(
        f"{target(name).title}: {board.decide} of older lists, less that of fresh ones",
        f"Change of {board.decide} by age of the lists; {who} stands out.",
        courses("days older than fresh lists", f"change of {board.decide}", shown, form=".0%"),
        table=_table(board, name, rows),
        legend=f"In strong colour: {who}, with its 95 % interval over customers.",
    )


def _course(name: str, rows: list[Row], strong: bool) -> Course:
    steps = [
        Step(
            row["days"],
            row["change"],
            f"{percent_change(row['change'])}, {_days(row['days'])} older",
            row["change_low"] if strong else None,
            row["change_high"] if strong else None,
        )
        for row in rows
    ]
    return Course(name, (Step(0, 0.0, "fresh"), *steps), strong)


def _table(board: Board, name: str, rows: list[Row]) -> Table:
    order = by_decision(board, name, ALL)
    found = sorted(rows, key=lambda row: (row["days"], order.index(row["recommender"])))
    return Table(
        f"{target(name).title}: {board.decide} as lists grow old",
        (
            Column("Recommender", number=False),
            Column("Days older"),
            Column("Customers"),
            Column("Fresh"),
            Column("Older"),
            Column("Difference"),
            Column("95 % interval", number=False),
            Column("Change"),
        ),
        tuple(
            (
                Cell(row["recommender"]),
                Cell(count(row["days"])),
                Cell(count(row["customers"])),
                Cell(score(row["fresh"])),
                Cell(score(row["value"])),
                Cell(change(row["difference"])),
                Cell(f"{change(row['ci_low'])} to {change(row['ci_high'])}"),
                Cell(percent_change(row["change"]), best=row["change_high"] < 0),
            )
            for row in found
        ),
        note="In bold: a change that its interval sets apart from none.",
    )
