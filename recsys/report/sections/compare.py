"""Several runs side by side: the same figures of each."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.report.board import Board, Decide
from recsys.report.chance import candidates, chance
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Table
from recsys.report.run import Run
from recsys.report.sections.answer import undecided
from recsys.report.sections.changed import labels
from recsys.report.sections.standings import shaded
from recsys.report.sections.winners import few_note
from recsys.report.show import NONE, change, listing, score
from recsys.report.verdict import Verdict, ranked, verdict
from recsys.report.words import ALL, NEW_PRODUCTS, target


def compare(runs: Sequence[Run], boards: Sequence[Board]) -> Section:
    """A table per target, by the figure that decides in the first run."""
    names = labels(runs)
    decide = boards[0].decide
    blocks: list[Block] = []
    for name in _all_targets(boards):
        blocks += _tables(boards, names, name, decide)
    return Section("The runs side by side", tuple(blocks))


def _all_targets(boards: Sequence[Board]) -> list[str]:
    return list(dict.fromkeys(name for board in boards for name in board.targets))


def _tables(boards: Sequence[Board], names: Sequence[str], name: str, decide: Decide) -> list[Block]:
    segments = list(dict.fromkeys(segment for board in boards for segment in board.segments(name)))
    title = target(name).title
    if not any(board.deciding(decide).decides(name) for board in boards):
        return [Paragraph(f"{title}: {undecided(boards[0].deciding(decide))}", style="caution")]
    rest = tuple(
        _side_by_side(boards, names, name, segment, decide, segment) for segment in segments if segment != ALL
    )
    new = name == NEW_PRODUCTS
    found: list[Block] = [] if new else [_best(boards, names, name, segments, decide)]
    if ALL in segments:
        found.append(
            _side_by_side(boards, names, name, ALL, decide, f"{title}: all judged customers, {decide}")
        )
    if new:
        found.append(_chance(boards, names, decide))
    return [*found, Folded(f"{title}: segment by segment, {decide}", rest)] if rest else found


def _best(
    boards: Sequence[Board], names: Sequence[str], name: str, segments: list[str], decide: Decide
) -> Table:
    found = [[verdict(board.deciding(decide), name, segment) for board in boards] for segment in segments]
    rows = [(Cell(s), *map(_leader, verdicts)) for s, verdicts in zip(segments, found, strict=True)]
    several = any(len(board.windows) > 1 for board in boards)
    return Table(
        f"{target(name).title}: best recommender per segment, {decide}",
        (Column("Segment", number=False, wraps=True), *(Column(n, number=False, wraps=True) for n in names)),
        tuple(rows),
        note=few_note([one for verdicts in found for one in verdicts], several),
    )


def _leader(one: Verdict) -> Cell:
    return Cell(f"{listing(one.best)} {score(one.value)}" + "*" * one.few if one.best else NONE)


def _chance(boards: Sequence[Board], names: Sequence[str], decide: Decide) -> Paragraph:
    """How many products arrived in each run: a list of few holds most of them in any order."""
    told = [
        f"In {label}, {candidates(board)} candidates arrived: {chance(board.deciding(decide), ALL)}. "
        for label, board in zip(names, boards, strict=True)
        if board.arrivals and board.taking_part(NEW_PRODUCTS, ALL)
    ]
    return Paragraph(*told, "No recommender is called best here.", style="caution")


def _side_by_side(
    boards: Sequence[Board], names: Sequence[str], name: str, segment: str, decide: Decide, caption: str
) -> Table:
    boards = [board.deciding(decide) for board in boards]
    who = list(dict.fromkeys(one for board in boards for one in board.taking_part(name, segment)))
    first = ranked({one: boards[0].mean(name, segment, one) for one in who})
    means = [[board.mean(name, segment, one) for one in first] for board in boards]
    # Alone among products new to the shop, a recommender beat nobody.
    alone = [name == NEW_PRODUCTS and len(board.taking_part(name, segment)) < 2 for board in boards]
    columns = [shaded(column, not one) for column, one in zip(means, alone, strict=True)]
    heads = [Column(label) for label in names]
    if len(boards) == 2:
        gaps = (b.value - a.value for a, b in zip(*means, strict=True))
        columns.append([Cell(change(gap)) for gap in gaps])
        heads.append(Column("Difference"))
    rows = zip(first, *columns, strict=True)
    return Table(
        caption,
        (Column("Recommender", number=False), *heads),
        tuple((Cell(one), *cells) for one, *cells in rows),
        note="Difference: the second run minus the first." if len(boards) == 2 else "",
    )
