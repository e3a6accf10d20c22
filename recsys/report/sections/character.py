"""What the lists are like: known or new, alike or mixed, dear or cheap, and how much recommenders agree."""

from __future__ import annotations

import math

from recsys.report.board import Board
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Table
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision
from recsys.report.show import NONE, decimals, share
from recsys.report.words import ALL, NEW_PRODUCTS, figure, metric_label, target

_LISTS = ("coverage", "gini", "novelty", "diversity", "price_ratio", "popularity_lift")
_KINDS = ("category_precision", "category_recall")
_TOLD = (
    "Two recommenders of equal accuracy can differ in what a customer sees; of these figures none is better "
    "the higher it is. Gini: near 1, a few products hold nearly all places. Novelty: how little known the "
    "products are; one more is half as many buyers. Diversity: how different they are from one another. "
    "Price ratio: the list's mean price over what the customer had paid per unit; who buys cheap things by "
    "the dozen makes any list look dear, so compare recommenders and not with 1. Popularity lift: how "
    "popular the products are beside all that the customer had bought; the further above 1, the more the "
    "list leans to bestsellers."
)


def character(run: Run, board: Board) -> Section | None:
    """A table per target, then popularity bias by segment and the overlap of lists."""
    asked = [name for name in board.targets if name != NEW_PRODUCTS and _shown(board, name, _LISTS)]
    asked = [name for name in asked if "novelty" in _shown(board, name, _LISTS)]
    if not asked:
        return None
    blocks: list[Block] = [Paragraph(_TOLD)]
    for name in asked:
        found = f"{target(name).title}: all judged customers, lists of {board.decide.k}"
        blocks.append(_table(board, name, _LISTS, found))
        if kinds := _shown(board, name, _KINDS):
            blocks.append(_table(board, name, kinds, f"{target(name).title}: the right category"))
    lifts = [_lift(board, name) for name in asked if len(board.segments(name)) > 1]
    if lifts:
        blocks.append(Folded("Popularity lift in each segment", tuple(lifts)))
    alike = [_overlap(run, board, name) for name in asked if _pairs(run, name)]
    if alike:
        blocks.append(Folded("How much the recommenders say the same", tuple(alike)))
    return Section("What the lists are like", tuple(blocks))


def _shown(board: Board, name: str, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Those that anybody has a value of."""
    who = board.taking_part(name, ALL)
    return tuple(m for m in metrics if any(board.mean(name, ALL, one, m).windows for one in who))


def _table(board: Board, name: str, metrics: tuple[str, ...], caption: str) -> Table:
    metrics = _shown(board, name, metrics)
    rows = (
        (Cell(who), *(_cell(metric, board.mean(name, ALL, who, metric).value) for metric in metrics))
        for who in by_decision(board, name, ALL)
    )
    heads = (Column(metric_label(metric)) for metric in metrics)
    return Table(caption, (Column("Recommender", number=False), *heads), tuple(rows))


def _cell(metric: str, value: float) -> Cell:
    return Cell(share(value) if metric == "coverage" else figure(metric, value))


def _lift(board: Board, name: str) -> Table:
    segments = board.segments(name)
    rows = (
        (Cell(who), *(Cell(decimals(board.mean(name, s, who, "popularity_lift").value)) for s in segments))
        for who in by_decision(board, name, ALL)
    )
    return Table(
        f"{target(name).title}: popularity lift, lists of {board.decide.k}",
        (Column("Recommender", number=False), *(Column(segment) for segment in segments)),
        tuple(rows),
        note="1: as popular as what the segment's customers had bought. Where it is higher, that segment is "
        "served more of everybody's taste and less of its own.",
    )


def _pairs(run: Run, name: str) -> dict[tuple[str, str], float]:
    """The mean over windows of each pair."""
    rows = run.overlap[run.overlap["target"] == name]
    found: dict[tuple[str, str], list[float]] = {}
    for a, b, value in zip(rows["a"], rows["b"], rows["jaccard"], strict=True):
        if not math.isnan(value):
            found.setdefault((a, b), []).append(value)
    return {pair: math.fsum(values) / len(values) for pair, values in found.items()}


def _overlap(run: Run, board: Board, name: str) -> Table:
    pairs, names = _pairs(run, name), by_decision(board, name, ALL)

    def cell(a: str, b: str) -> Cell:
        value = pairs.get((a, b), pairs.get((b, a), math.nan))
        return Cell(share(value), heat=value) if not math.isnan(value) else Cell("" if a == b else NONE)

    return Table(
        f"{target(name).title}: overlap of lists of {board.decide.k}",
        (Column("Recommender", number=False), *(Column(one) for one in names)),
        tuple((Cell(a), *(cell(a, b) for b in names)) for a in names),
        note="Products that both lists hold over products that either holds (Jaccard), mean over customers. "
        "Two that overlap much are one choice, not two.",
    )
