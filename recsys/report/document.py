"""The nouns of a page: sections of paragraphs and tables, said once and rendered twice."""

from __future__ import annotations

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
class Picture:
    """A drawing; svg: the element, trusted as it is. table: its figures, unless a table follows it anyway.

    told: what it shows, for those who do not see it. file: where it lies beside the page, for Markdown.
    """

    kind: ClassVar[str] = "picture"
    caption: str
    told: str
    svg: str
    file: str = ""
    table: Table | None = None


@dataclass(frozen=True)
class Tick:
    """A step of an axis: where it stands, 0 to 1, and its text."""

    at: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A point; x, y and all that is up or down run 0 to 1, from the left and from below.

    low, high: ends of its interval. label: stands beside it, at label_y, on the left where `leftwards`.
    title: what a pointer is told.
    """

    x: float
    y: float
    label: str = ""
    title: str = ""
    strong: bool = False
    low: float | None = None
    high: float | None = None
    label_y: float = 0.0
    leftwards: bool = False


@dataclass(frozen=True)
class Line:
    """Points, joined."""

    points: tuple[tuple[float, float], ...]
    strong: bool = False


@dataclass(frozen=True)
class Chart:
    """Marks and lines between two axes, drawn in HTML only: a table beside it holds the figures.

    told: what it shows, in a sentence, for those who do not see it. zero: where a line across stands.
    """

    kind: ClassVar[str] = "chart"
    caption: str
    told: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...] = ()
    zero: float | None = None
    legend: str = ""


@dataclass(frozen=True)
class Bar:
    """From one share of the largest value to another, 0 to 1. text: the figure beside it. lost: what went."""

    label: str
    start: float
    end: float
    text: str
    lost: bool = False


@dataclass(frozen=True)
class Bars:
    """One figure drawn as bars, and the table that holds its numbers; Markdown has the table alone."""

    kind: ClassVar[str] = "bars"
    title: str
    bars: tuple[Bar, ...]
    table: Table


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


Block = Paragraph | Table | Bars | Chart | Picture | Verbatim | Terms | Folded


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
