"""The leaderboard of one target and segment in a terminal: as many metrics as there is room for."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from recsys.report.board import Board, Mean, leads
from recsys.report.chance import candidates, chance
from recsys.report.grid import Slot, drawn
from recsys.report.sections.standings import by_decision
from recsys.report.show import clean, counted
from recsys.report.verdict import verdict
from recsys.report.words import ALL, METRICS, NEW_PRODUCTS, TELLING, figure, metric_label, target
from recsys.report.wrap import longest_piece

# Eight metrics beside a name in 80 columns leave six characters for each.
SHORT = {"precision": "prec", "captured_spend": "spend", "coverage": "cover"}
# A word of more columns than these is split before a metric is left out for it.
_WORD = 24
_HEAD = "recommender"
_REST = "figures beyond accuracy"


def print_standings(board: Board, name: str, segment: str, console: Console) -> list[str]:
    """The table with its title; returns the metrics that found no room."""
    console.print(_title(board, name, segment))
    who = by_decision(board, name, segment)
    means = {m: [board.mean(name, segment, one, m) for one in who] for m in _known(board)}
    means = {metric: column for metric, column in means.items() if any(mean.windows for mean in column)}
    if not means:
        console.print(Text("No figure has a value here."), Text("\n"), sep="", end="")
        return []
    words = [longest_piece(clean(one)) for one in (*who, _HEAD)]
    needed = {metric: _width(metric, column, board.currency) for metric, column in means.items()}
    shown = _fitting(needed, board.decide.metric, console.width - min(max(words), _WORD))
    figures = [needed[metric] for metric in shown]
    longest = max(cell_len(clean(one)) for one in (*who, _HEAD))
    widths = [max(min(longest, console.width - sum(figures) - len(figures)), 1), *figures]
    heads = (Slot(_label(m), "bold" if m == board.decide.metric else "dim") for m in shown)
    rows = [[Slot(_HEAD, "dim"), *heads]]
    compared = name != NEW_PRODUCTS or len(who) > 1
    for at, one in enumerate(who):
        rows.append(
            [Slot(clean(one)), *(_figure(m, means[m][at], means[m], compared, board.currency) for m in shown)]
        )
    for row in rows:
        for line in drawn(row, widths, 1):
            console.print(line, soft_wrap=True)
    console.print()
    left_out = (metric for metric in means if metric not in shown)
    return [metric_label(metric) if metric in METRICS else _REST for metric in left_out]


def _known(board: Board) -> list[str]:
    """Accuracy first: what stands last is left out first. Other packages' metrics: the deciding one."""
    ours = [one for words in (METRICS, TELLING) for one in words if one in board.metrics]
    return ours if board.decide.metric in ours else [board.decide.metric, *ours]


def _width(metric: str, means: list[Mean], currency: str) -> int:
    return max(len(_label(metric)), 6, *(len(figure(metric, mean.value, currency)) for mean in means))


def _fitting(needed: dict[str, int], decide: str, room: int) -> list[str]:
    """Metrics that fit, the last ones left out first; the deciding one stays."""
    shown = list(needed)
    while len(shown) > 1 and sum(needed[one] + 1 for one in shown) > room:
        shown.remove([one for one in shown if one != decide][-1])
    return shown


def _label(metric: str) -> str:
    return SHORT.get(metric, metric)


def _title(board: Board, name: str, segment: str) -> Text:
    people = verdict(board, name, segment).customers
    several = len(board.windows) > 1
    where = "all judged customers" if segment == ALL else clean(segment)
    mean = f", mean of {len(board.windows)} windows" if several else ""
    told = (
        f"\nlists of {board.decide.k}{mean}, {counted(people, 'customer')}{' per window' if several else ''}"
    )
    if name == NEW_PRODUCTS and board.arrivals:
        told += f"\ncandidates: {candidates(board)}; {chance(board, segment)}"
    return Text(f"{target(name).title}: {where}", style="bold").append(told, style="not bold dim")


def _figure(metric: str, mean: Mean, beside: list[Mean], compared: bool, currency: str) -> Slot:
    best = compared and metric not in TELLING and leads(mean, beside)
    return Slot(figure(metric, mean.value, currency), "bold" if best else "")
