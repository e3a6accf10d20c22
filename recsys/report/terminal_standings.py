"""The leaderboard of one target and segment in a terminal: as many metrics as there is room for."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from recsys.report.board import Board, Mean, leads
from recsys.report.chance import candidates, chance
from recsys.report.grid import Slot, drawn
from recsys.report.sections.standings import by_decision
from recsys.report.show import clean, counted, score
from recsys.report.verdict import verdict
from recsys.report.words import ALL, METRICS, NEW_PRODUCTS, metric_label, target
from recsys.report.wrap import longest_piece

# Eight metrics beside a name in 80 columns leave six characters for each.
SHORT = {"precision": "prec", "captured_spend": "spend", "coverage": "cover"}
# A word of more columns than these is split before a metric is left out for it.
_WORD = 24
_HEAD = "recommender"


def print_standings(board: Board, name: str, segment: str, console: Console) -> list[str]:
    """The table with its title; returns the metrics that found no room."""
    console.print(_title(board, name, segment))
    who = by_decision(board, name, segment)
    means = {m: [board.mean(name, segment, one, m) for one in who] for m in board.metrics if m in METRICS}
    means = {metric: column for metric, column in means.items() if any(mean.windows for mean in column)}
    if not means:
        console.print(Text("No figure has a value here."), Text("\n"), sep="", end="")
        return []
    words = [longest_piece(clean(one)) for one in (*who, _HEAD)]
    shown = _fitting(list(means), board.decide.metric, console.width - min(max(words), _WORD))
    figures = [max(len(_label(metric)), 6) for metric in shown]
    longest = max(cell_len(clean(one)) for one in (*who, _HEAD))
    widths = [max(min(longest, console.width - sum(figures) - len(figures)), 1), *figures]
    heads = (Slot(_label(m), "bold" if m == board.decide.metric else "dim") for m in shown)
    rows = [[Slot(_HEAD, "dim"), *heads]]
    compared = name != NEW_PRODUCTS or len(who) > 1
    for at, one in enumerate(who):
        rows.append([Slot(clean(one)), *(_figure(means[m][at], means[m], compared) for m in shown)])
    for row in rows:
        for line in drawn(row, widths, 1):
            console.print(line, soft_wrap=True)
    console.print()
    return [metric_label(metric) for metric in means if metric not in shown]


def _fitting(metrics: list[str], decide: str, room: int) -> list[str]:
    """Metrics that fit, the last ones left out first; the deciding one stays."""
    shown = list(metrics)
    while len(shown) > 1 and sum(max(len(_label(one)), 6) + 1 for one in shown) > room:
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


def _figure(mean: Mean, beside: list[Mean], compared: bool) -> Slot:
    return Slot(score(mean.value), "bold" if compared and leads(mean, beside) else "")
