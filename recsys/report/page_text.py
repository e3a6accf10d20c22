"""A page in a terminal: the same sections, tables as columns, charts as bars of blocks."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from recsys.report.document import (
    Bar,
    Block,
    Cell,
    Column,
    Folded,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
    Terms,
    Verbatim,
)
from recsys.report.show import clean

FULL, HALF = "█", "▌"
BAR = 22  # characters of the longest bar
WIDEST = 100


def print_page(page: Page, console: Console) -> None:
    """All of it, in the console's width."""
    console.print(Text(clean(page.title), style="bold"))
    console.print(Text(clean(page.subtitle), style="dim"))
    if page.label:
        console.print(Text(clean(page.label), style="bold"))
    for section in page.sections:
        _section(section, console)


def _section(section: Section, console: Console) -> None:
    console.print()
    console.print(Text(clean(section.title), style="bold underline"))
    for block in section.blocks:
        _block(block, console)
    for inner in section.sections:
        _section(inner, console)


def _block(block: Block, console: Console) -> None:
    if isinstance(block, Paragraph):
        line = Text()
        for part in block.parts:
            line.append(clean(part)) if isinstance(part, str) else line.append(clean(part.text), "bold")
        console.print(line, width=min(console.width, WIDEST))
    elif isinstance(block, Table):
        _table(block, (), console)
    elif isinstance(block, Picture) and block.bars and block.table:
        _table(block.table, block.bars, console)
    elif isinstance(block, Terms):
        for term, meaning in block.items:
            line = Text(clean(term), style="bold").append(f": {clean(meaning)}", style="not bold")
            console.print(Padding(line, (0, 0, 0, 2)), width=min(console.width, WIDEST))
    elif isinstance(block, Folded):
        console.print(Text(clean(block.title), style="bold"))
        for inner in block.blocks:
            _block(inner, console)
    elif isinstance(block, Verbatim):
        console.print(Text(block.text))
    else:  # a drawing: in words
        console.print(Text(clean(f"{block.caption}: {block.told}")), width=min(console.width, WIDEST))


def _table(table: Table, bars: tuple[Bar, ...], console: Console) -> None:
    shown = [at for at, column in enumerate(table.columns) if not column.drawn]
    grid = Grid(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", show_header=True)
    for at in shown:
        _heading(grid, table.columns[at])
    drawn = bool(bars) and _room(table, shown) + BAR <= console.width
    if drawn:
        grid.add_column("", no_wrap=True)
    most = max((bar.end for bar in bars), default=0.0) or 1.0
    for number, cells in enumerate(table.rows):
        row = [_cell(cells[at]) for at in shown]
        grid.add_row(*row, *([_bar(bars[number], most)] if drawn and number < len(bars) else []))
    console.print()
    console.print(Text(clean(table.caption), style="bold"))
    console.print(grid)
    if table.note:
        console.print(Text(clean(table.note), style="dim"), width=min(console.width, WIDEST))


def _heading(grid: Grid, column: Column) -> None:
    wraps = column.wide or column.wraps
    grid.add_column(
        Text(clean(column.label)),
        justify="right" if column.number else "left",
        no_wrap=not wraps,
        overflow="fold" if wraps else "ellipsis",
    )


def _room(table: Table, shown: list[int]) -> int:
    """Columns of text that the table takes."""
    texts = [[table.columns[at].label, *(cells[at].text for cells in table.rows)] for at in shown]
    return sum(max(map(len, column)) + 1 for column in texts)


def _cell(cell: Cell) -> Text:
    return Text(clean(cell.text), style="bold" if cell.best else "")


def _bar(bar: Bar, most: float) -> Text:
    """Blanks up to where it starts, then blocks; anything at all is seen. most: the longest bar's end."""
    start = round(bar.start / most * BAR)
    halves = round((bar.end / most * BAR - start) * 2)
    if bar.end > bar.start:
        halves = max(halves, 1)
    line = " " * min(start, BAR - 1) + FULL * (halves // 2) + HALF * (halves % 2)
    return Text(line, style="yellow" if bar.lost else "blue")
