"""A page as Markdown (GitHub's dialect); names cannot break a table or become markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recsys.report.document import (
    Block,
    Cell,
    Column,
    Folded,
    Inline,
    Page,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    Terms,
)
from recsys.report.show import clean

# An underscore inside a word is no markup.
_SPECIAL = re.compile(r"([\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def markdown(page: Page) -> str:
    """The whole page, ending in a newline."""
    lines = [f"# {escape(page.title)}", "", escape(page.subtitle), ""]
    if page.label:
        lines += [f"> **{escape(page.label)}**", ""]
    for section in page.sections:
        lines += _section(section, 2)
    return "\n".join(lines).rstrip() + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = clean(text).replace("\u00a0", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", text)


def _section(section: Section, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {escape(section.title)}", "")
    for block in section.blocks:
        yield from _block(block, level)
    for inner in section.sections:
        yield from _section(inner, level + 1)


def _block(block: Block, level: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from (_sentence(block.parts), "")
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Picture):
        yield from (f"![{escape(block.told)}]({block.file})", "") if block.file else ()
        yield from _table(block.table) if block.table else ()
    elif isinstance(block, Terms):
        yield from (f"- **{escape(term)}**: {escape(meaning)}" for term, meaning in block.items)
        yield ""
    elif isinstance(block, Folded):
        yield from (f"{'#' * min(level + 1, 6)} {escape(block.title)}", "")
        for inner in block.blocks:
            yield from _block(inner, level + 1)
    else:
        yield from ("", *("    " + line for line in block.text.splitlines()), "")


def _sentence(parts: tuple[Inline, ...]) -> str:
    words = (_strong(part.text) if isinstance(part, Strong) else escape(part) for part in parts)
    return "".join(words)


def _strong(text: str) -> str:
    """Bold; a space inside the stars would undo it."""
    inner = escape(text)
    return f"**{inner.rstrip()}**" + inner[len(inner.rstrip()) :]


def _table(table: Table) -> Iterator[str]:
    shown = [at for at, column in enumerate(table.columns) if not column.drawn]
    columns = [table.columns[at] for at in shown]
    yield from (f"**{escape(table.caption)}**", "")
    yield _row([escape(column.label) for column in columns])
    yield _row([_rule(column) for column in columns])
    for cells in table.rows:
        yield _row([_cell(cells[at]) for at in shown])
    yield ""
    if table.note:
        yield from (escape(table.note), "")


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _rule(column: Column) -> str:
    return "---:" if column.number else "---"


def _cell(cell: Cell) -> str:
    below = f" ({escape(cell.below)})" if cell.below else ""
    return (_strong(cell.text) if cell.best and cell.text else escape(cell.text)) + below
