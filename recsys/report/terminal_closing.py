"""The summary that stays on the screen: who is best per target and segment, and where to be careful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from recsys.report.board import Board
from recsys.report.chance import chance_recall, recall
from recsys.report.grid import Slot, drawn
from recsys.report.sections.answer import undecided
from recsys.report.sections.winners import few_note
from recsys.report.show import NONE, clean, count, counted, listing, score
from recsys.report.terminal_standings import SHORT
from recsys.report.verdict import Verdict, verdict
from recsys.report.words import ALL, NEW_PRODUCTS, target
from recsys.report.wrap import longest_piece

Row = tuple[Slot, ...]


def print_closing(board: Board, places: Mapping[str, Sequence[str]], console: Console) -> None:
    """A row per segment of each target that was decided; products new to the shop stand apart."""
    ranked = {name: segments for name, segments in places.items() if name != NEW_PRODUCTS}
    found = {name: [verdict(board, name, s) for s in segments] for name, segments in ranked.items()}
    decided = {name: verdicts for name, verdicts in found.items() if board.decides(name)}
    if decided:
        _print_best(board, decided, console)
    if len(decided) < len(found):
        names = [target(name).title for name in found if name not in decided]
        console.print(Text(f"{listing(names)}: {undecided(board)}"))
    new = [verdict(board, NEW_PRODUCTS, segment) for segment in places.get(NEW_PRODUCTS, ())]
    for line in _new_products(board) if new else ():
        console.print(Text(line))
    if note := few_note(
        [*(one for verdicts in found.values() for one in verdicts), *new], len(board.windows) > 1
    ):
        console.print(Text(note, style="bold"))


def _print_best(board: Board, found: Mapping[str, Sequence[Verdict]], console: Console) -> None:
    over = f", mean of {len(board.windows)} windows" if len(board.windows) > 1 else ""
    against = f" (baseline: {clean(board.baseline)})" if board.baseline else ""
    console.print(Text(f"Best by {board.decide}{over}{against}", style="bold"))
    decide = f"{SHORT.get(board.decide.metric, board.decide.metric)}@{board.decide.k}"
    heads = ("segment", "best recommender", decide, "baseline", "customers")
    rows = [_row(one) for verdicts in found.values() for one in verdicts]
    keep, widths = _layout([tuple(Slot(head) for head in heads), *rows], console.width)
    _print_row([Slot(heads[at], "dim") for at in keep], widths, console)
    at = 0
    for name, verdicts in found.items():
        console.print(Text(target(name).title, style="bold"))
        for row in rows[at : at + len(verdicts)]:
            _print_row([row[column] for column in keep], widths, console)
        at += len(verdicts)


def _row(one: Verdict) -> Row:
    return (
        Slot("  " + clean(one.segment), hang=4),
        Slot(clean(listing(one.best)) if one.best else NONE, "bold", hang=2),
        Slot(score(one.value), "bold"),
        Slot(score(one.baseline_value)),
        # The blank keeps the figures in line where others have a mark.
        Slot(count(one.customers) + ("*" if one.few else " ")),
    )


def _layout(rows: Sequence[Row], width: int) -> tuple[list[int], list[int]]:
    """Which columns are shown, and how wide: the baseline gives way first, then the customers."""
    natural = [max(cell_len(row[at].text) for row in rows) for at in range(5)]
    words = [max(longest_piece(row[at].text) for row in rows) for at in range(2)]
    words[0] = min(words[0] + 4, natural[0])
    keep = [0, 1, 2, 3, 4]
    for gives_way in (3, 4):
        if width - sum(natural[at] + 1 for at in keep[2:]) - 1 < sum(words):
            keep.remove(gives_way)
    room = width - sum(natural[at] + 1 for at in keep[2:]) - 1
    segment = natural[0] if sum(natural[:2]) <= room else _share(natural, words, room)
    best = min(natural[1], room - segment)
    return keep, [max(segment, 1), max(best, 1), *(natural[at] for at in keep[2:])]


def _share(natural: Sequence[int], words: Sequence[int], room: int) -> int:
    """The segments' part of too little room: half, less where they need less, more where they may have it."""
    part = max(room // 2, room - natural[1])
    part = max(min(part, natural[0], room - words[1]), words[0])
    return min(part, max(room - 8, 1))


def _print_row(row: Sequence[Slot], widths: Sequence[int], console: Console) -> None:
    for line in drawn(row, widths, 2):
        console.print(line, soft_wrap=True)


def _new_products(board: Board) -> list[str]:
    """A plain line per entrant: one alone is not best, and chance reaches much with few products."""
    k, whole = board.decide.k, verdict(board, NEW_PRODUCTS, ALL)
    lines = []
    for entry in whole.ranking:
        mean = recall(board, ALL, entry.recommender)
        luck = chance_recall(board, ALL, entry.recommender)
        beside = f", by chance {score(luck)}" if luck == luck else ""
        people = counted(whole.customers, "customer") + "*" * whole.few
        figure = f"{clean(entry.recommender)} recall@{k} {score(mean.value)}{beside}"
        lines.append(f"New to the shop: {figure} ({people}).")
    return lines
