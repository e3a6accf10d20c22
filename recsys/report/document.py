"""The nouns of a page: sections of paragraphs and tables, said once and rendered twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Strong:
    """A name that stands out in a sentence."""

    text: str


Inline = str | Strong


@dataclass(frozen=True, init=False)
class Paragraph:
    """A sentence or several."""

    kind: ClassVar[str] = "paragraph"
    parts: tuple[Inline, ...]
    style: str

    def __init__(self, *parts: Inline, style: str = "") -> None:
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "style", style)


@dataclass(frozen=True)
class Strip:
    """All values of a row as marks on one line, 0 to 1 of the table's largest; drawn in HTML only."""

    others: tuple[float, ...]
    best: float
    baseline: float | None
    label: str


@dataclass(frozen=True)
class Cell:
    """One entry. heat: shade, 0 to 1. bar: length, 0 to 1. best: set in bold. below: in small letters."""

    text: str = ""
    below: str = ""
    best: bool = False
    heat: float | None = None
    bar: float | None = None
    strip: Strip | None = None


@dataclass(frozen=True)
class Column:
    """A heading; numbers stand right, a drawn column is left out of Markdown, a wide one holds sentences.

    wraps: names in it may take several lines where the table would not fit.
    leads: the column that the rows are sorted by.
    """

    label: str
    number: bool = True
    drawn: bool = False
    wide: bool = False
    wraps: bool = False
    leads: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first cell of a row is its name. legend: what a drawn column shows."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    legend: str = ""


@dataclass(frozen=True)
class Bar:
    """From one value to another, from zero up. text: the figure beside it. lost: what went."""

    label: str
    start: float
    end: float
    text: str
    lost: bool = False


@dataclass(frozen=True)
class Picture:
    """A chart and the table of its figures, unless a table follows it anyway.

    told: what it shows, for those who do not see it. spec: the chart as Vega-Lite, JSON text. file: where it
    lies beside the page, for Markdown, which has the table alone where it lies nowhere. legend: how to read
    it. bars: of each row of the table, for a terminal.
    """

    kind: ClassVar[str] = "picture"
    caption: str
    told: str
    spec: str
    file: str = ""
    table: Table | None = None
    legend: str = ""
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True)
class Verbatim:
    """Text shown as it is, lines kept."""

    kind: ClassVar[str] = "verbatim"
    text: str


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    kind: ClassVar[str] = "terms"
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Folded:
    """Detail that opens on request (and is printed open)."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Table | Picture | Verbatim | Terms | Folded


@dataclass(frozen=True)
class Section:
    """A heading, what stands under it, and smaller sections."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Page:
    """A whole report. label: what must not be overlooked, such as simulated figures. about: its kind."""

    title: str
    subtitle: str
    label: str
    sections: tuple[Section, ...]
    about: str = "recommender report"


def pictures(page: Page) -> Iterator[Picture]:
    """Every chart of the page, in its order."""
    for section in page.sections:
        yield from _of_section(section)


def _of_section(section: Section) -> Iterator[Picture]:
    for block in section.blocks:
        yield from _of_block(block)
    for inner in section.sections:
        yield from _of_section(inner)


def _of_block(block: Block) -> Iterator[Picture]:
    if isinstance(block, Picture):
        yield block
    elif isinstance(block, Folded):
        for inner in block.blocks:
            yield from _of_block(inner)
