"""What customers buy again, apart from what is new to them: the two halves of target `any`."""

from __future__ import annotations

import math

from recsys.report.board import Board, Mean
from recsys.report.document import Block, Cell, Column, Paragraph, Section, Table
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision, shaded
from recsys.report.show import NONE, count, share
from recsys.report.words import ALL, figure, target

_ANY = "any"


def repeat(run: Run, board: Board) -> Section | None:
    """How much was bought again, and what each recommender finds of either half."""
    if not any(board.mean(_ANY, ALL, name, "repeat_share").windows for name in board.recommenders):
        return None
    blocks: list[Block] = [Paragraph(_again(run)), _halves(board)]
    if not run.bought_later.empty:
        blocks.append(_by_segment(run, board))
    return Section("Repeat and explore", tuple(blocks))


def mean_share(run: Run, segment: str, part: str, whole: str) -> float:
    """One column of bought_later.csv over another: the mean over windows."""
    rows = run.bought_later[run.bought_later["segment"] == segment]
    shares = [a / b for a, b in zip(rows[part], rows[whole], strict=True) if b > 0]
    return math.fsum(shares) / len(shares) if shares else math.nan


def _again(run: Run) -> str:
    pairs = mean_share(run, ALL, "pairs_before", "pairs")
    money = mean_share(run, ALL, "spend_before", "spend")
    bought, fresh = target(_ANY).title, target("new").title
    told = ""
    if not math.isnan(pairs):
        worth = "" if math.isnan(money) else f", and {share(money)} of what they paid for them"
        told = f"{share(pairs)} of the products that customers with history bought{worth}, were repeats: the "
        told += "same customer had bought that product before. "
    return (
        f"{told}“{bought}” counts these purchases too, so it also rewards a list for what would have been "
        f"bought anyway. “{fresh}” leaves every one of them out, and says nothing of what a good reminder is "
        "worth. Here the same lists are judged on either half."
    )


def _halves(board: Board) -> Table:
    names = by_decision(board, _ANY, ALL)
    means = {
        metric: [board.mean(_ANY, ALL, name, metric) for name in names]
        for metric in ("repeat_share", "recall", "recall_repeat", "recall_explore")
    }
    again = [_share_of_list(mean) for mean in means["repeat_share"]]
    columns = [shaded(means[metric]) for metric in ("recall", "recall_repeat", "recall_explore")]
    return Table(
        f"{target(_ANY).title}, apart: all judged customers, lists of {board.decide.k}",
        (
            Column("Recommender", number=False),
            Column("List bought before"),
            *(Column(label) for label in ("recall", "recall of repeats", "recall of the new")),
        ),
        tuple((Cell(name), *cells) for name, *cells in zip(names, again, *columns, strict=True)),
        note="List bought before: share of the list's products that the customer had bought before.",
    )


def _share_of_list(mean: Mean) -> Cell:
    known = mean.windows > 0
    return Cell(figure("repeat_share", mean.value), bar=mean.value if known else None)


def _by_segment(run: Run, board: Board) -> Table:
    segments = [name for name in board.segments(_ANY) if name in set(run.bought_later["segment"])]
    rows = []
    for name in segments:
        found = run.bought_later[run.bought_later["segment"] == name]
        pairs = mean_share(run, name, "pairs_before", "pairs")
        money = mean_share(run, name, "spend_before", "spend")
        people = Cell(count(float(found["customers"].mean())) if len(found) else NONE)
        rows.append((Cell(name), people, _bar(pairs), _bar(money)))
    return Table(
        "How much of what was bought had been bought before",
        (
            Column("Segment", number=False, wraps=True),
            Column("Buyers"),
            Column("Of the products"),
            Column("Of the money"),
        ),
        tuple(rows),
        note="Means over windows." if len(board.windows) > 1 else "",
    )


def _bar(value: float) -> Cell:
    return Cell(share(value), bar=None if math.isnan(value) else min(max(value, 0.0), 1.0))
