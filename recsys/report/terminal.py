"""The outcome in a terminal: a table per target and segment, then a summary that fits a screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recsys.report.board import Board, Mean, board_of, leads
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision
from recsys.report.show import NONE, clean, count, listing, score
from recsys.report.verdict import Verdict, verdict
from recsys.report.words import ALL, METRICS, NEW_PRODUCTS, NO_HISTORY, target

# Eight metrics beside a name in 80 columns leave six characters for each.
_SHORT = {"precision": "prec", "captured_spend": "spend", "coverage": "cover"}


def print_tables(run: Run, console: Console) -> None:
    """Every table, then the summary, which is what stays on the screen."""
    board = board_of(run)
    for name in board.targets:
        for segment in _segments(board, name):
            console.print(_standings(board, name, segment))
            console.print()
    console.print(_summary(board))
    _close(run, board, console)


def _segments(board: Board, name: str) -> list[str]:
    if name == NEW_PRODUCTS:  # one recommender at most: its segments are in the report
        return [ALL] if board.taking_part(name, ALL) else []
    return board.segments(name) + ([NO_HISTORY] if board.has_no_history(name) else [])


def _standings(board: Board, name: str, segment: str) -> Table:
    who = by_decision(board, name, segment)
    means = {m: [board.mean(name, segment, one, m) for one in who] for m in board.metrics if m in METRICS}
    means = {metric: column for metric, column in means.items() if any(mean.windows for mean in column)}
    table = _bare(_title(board, name, segment))
    table.add_column("recommender", overflow="fold")
    for metric in means:
        style = "bold" if metric == board.decide.metric else ""
        table.add_column(Text(_SHORT.get(metric, metric), style=style), justify="right", no_wrap=True)
    for at, one in enumerate(who):
        table.add_row(Text(clean(one)), *(_figure(column[at], column) for column in means.values()))
    return table


def _title(board: Board, name: str, segment: str) -> Text:
    people = count(verdict(board, name, segment).customers)
    several = len(board.windows) > 1
    where = "all judged customers" if segment == ALL else clean(segment)
    mean = f", mean of {len(board.windows)} windows" if several else ""
    title = Text(f"{target(name).title}: {where}", style="bold")
    return title.append(
        f"\nlists of {board.decide.k}{mean}, {people} customers{' per window' if several else ''}",
        style="not bold dim",
    )


def _figure(mean: Mean, beside: list[Mean]) -> Text:
    return Text(score(mean.value), style="bold" if leads(mean, beside) else "")


def _summary(board: Board) -> Table:
    over = f", mean of {len(board.windows)} windows" if len(board.windows) > 1 else ""
    against = f" (baseline: {clean(board.baseline)})" if board.baseline else ""
    table = _bare(Text(f"Best by {board.decide}{over}{against}", style="bold"))
    table.add_column("segment", overflow="fold")
    table.add_column("best recommender", overflow="fold")
    for label in (str(board.decide), "baseline", "customers"):
        table.add_column(label, justify="right", no_wrap=True)
    for name in board.targets:
        table.add_row(Text(target(name).title, style="bold"))
        for segment in _segments(board, name):
            table.add_row(*_line(verdict(board, name, segment)))
    return table


def _line(one: Verdict) -> tuple[Text, ...]:
    best = clean(listing(one.best)) if one.best else NONE
    return (
        Text("  " + clean(one.segment)),
        Text(best, style="bold"),
        Text(score(one.value), style="bold"),
        Text(score(one.baseline_value)),
        Text(count(one.customers)),
    )


def _close(run: Run, board: Board, console: Console) -> None:
    console.print(
        Text("Means without a measure of certainty: a small difference may be chance.", style="dim")
    )
    if (run.manifest.get("input") or {}).get("simulated"):
        console.print(Text("Figures from a simulated shop.", style="bold"))
    page = run.folder / "report.html"
    # A path is for copying: it must not be broken at the edge.
    console.print(Text(f"Report: {page}" if page.is_file() else f"Run: {run.folder}"), soft_wrap=True)


def _bare(title: Text) -> Table:
    return Table(
        title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim"
    )
