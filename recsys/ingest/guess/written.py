"""How a file is written: kind, encoding and separator from its bytes, the decimal mark from its values."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from recsys.core.errors import SourceError
from recsys.ingest.guess.encoding import encoding_of, opened
from recsys.ingest.numbers import numbers, unsigned
from recsys.ingest.source import Columns, Source

MAGIC: dict[bytes, Literal["parquet", "xlsx"]] = {
    b"PAR1": "parquet",
    b"PK\x03\x04": "xlsx",
    b"\xd0\xcf\x11\xe0": "xlsx",
}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MARKS: tuple[tuple[str, str | None], ...] = (
    (".", None),
    (",", None),
    (".", ","),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", "'"),
    (",", "'"),
)
HEAD, RECORDS = 1 << 18, 200
"""Bytes and records by which the separator is told."""
UNKNOWN = Columns(customer="?", product="?", time="?")


@dataclass(frozen=True)
class Written:
    """What a file is, and one line on each thing that was told from it: (what, value, why)."""

    source: Source
    said: tuple[tuple[str, str, str], ...]


def written(path: Path, name: str) -> Written:
    """The file's form. name: the path as it will stand in the source. SourceError for what is no log."""
    try:
        with opened(path) as file:
            head = file.read(HEAD)
    except (OSError, EOFError) as error:
        raise SourceError(f"{path} cannot be read ({error}): expected a log; check the file") from None
    if not head.strip(b"\xef\xbb\xbf\r\n\t "):
        raise SourceError(f"{path} is empty: expected a header and lines; check how it was exported")
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return _book(path, name) if kind == "xlsx" else Written(_form(name, kind), (("kind", kind, ""),))
    return _csv(path, name, head)


def _form(name: str, kind: Literal["csv", "parquet", "xlsx"], **settings: Any) -> Source:
    return Source(kind=kind, path=name, columns=UNKNOWN, **settings)


def _book(path: Path, name: str) -> Written:
    """The sheet with most rows."""
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        rows = {sheet: book.load_sheet(sheet, n_rows=0).total_height for sheet in book.sheet_names}
    except fastexcel.FastExcelError as error:
        raise SourceError(
            f"{path} cannot be read as a workbook ({str(error).splitlines()[0]}): expected CSV, "
            "Parquet or xlsx"
        ) from None
    sheet = max(rows, key=lambda one: rows[one])
    said = [("kind", "xlsx", "")]
    if len(rows) > 1:
        others = ", ".join(one for one in rows if one != sheet)
        said.append(("sheet", sheet, f"the longest; the others are left out: {others}"))
    return Written(_form(name, "xlsx", sheet=sheet if len(rows) > 1 else None), tuple(said))


def _csv(path: Path, name: str, head: bytes) -> Written:
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError(f"{path} holds binary data: expected CSV, Parquet or xlsx; export the log as one")
    encoding, why = encoding_of(path, head)
    separator, columns = _separator(head, encoding, path)
    shown = "'\\t'" if separator == "\t" else f"'{separator}'"
    said = (
        ("kind", "csv", ""),
        ("encoding", encoding, why),
        ("separator", shown, f"the header and the lines below it have {columns} values each"),
    )
    return Written(_form(name, "csv", encoding=encoding, separator=separator), said)


def _separator(head: bytes, encoding: str, path: Path) -> tuple[str, int]:
    """The mark by which most records have as many values as the header."""
    text = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)().decode(head)
    if len(head) == HEAD:
        text = text[: text.rfind("\n") + 1]
    found = {mark: _agreement(text, mark) for mark in SEPARATORS}
    mark = max(found, key=lambda one: found[one])
    _, columns = found[mark]
    if columns < 2:
        first = text.strip().splitlines()[0][:60]
        raise SourceError(
            f"{path} has one column, {first!r}: expected several, set apart by "
            f"{', '.join(SEPARATORS.values())}; check how it was exported"
        )
    return mark, columns


def _agreement(text: str, mark: str) -> tuple[float, int]:
    """Share of records as wide as the header (in tenths), and its width."""
    try:
        widths = [len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=mark), RECORDS) if row]
    except csv.Error:
        return 0.0, 0
    if widths[0] < 2:
        return 0.0, widths[0]
    return round(Counter(widths)[widths[0]] / len(widths), 1), widths[0]


def marks(source: Source, texts: list[Any]) -> tuple[Source, str | None]:
    """The source with the decimal and thousands marks that read most columns, and why; None: nothing to tell.

    texts: distinct values of each text column.
    """
    shape = r"^[+-]?[\d.,' \x{a0}\x{2009}\x{202f}]*\d[\d.,' ]*$"
    plain = [unsigned(text.drop_null()) for text in texts]
    plain = [text for text in plain if len(text) and pc.all(pc.match_substring_regex(text, shape)).as_py()]
    marked = [text for text in plain if pc.any(pc.match_substring_regex(text, r"\d[., ']\d")).as_py()]
    if not marked:
        return source, None
    read = {pair: _read(source, pair, marked) for pair in MARKS}
    pair = max(MARKS, key=lambda one: read[one])  # the first of several
    held = pa.concat_arrays([text.cast(pa.string()) for text in marked])
    example = next(value for value in held.to_pylist() if any(mark in value for mark in ".,"))
    why = f"as in {example!r}"
    if pair[1] is None and pair[0] != "." and _grouped(held, pair[0]):
        pair = (".", ",")
        why += "; always three digits follow, so it parts thousands: check that"
    return source.model_copy(update={"decimal": pair[0], "thousands": pair[1]}), why


def _read(source: Source, pair: tuple[str, str | None], texts: list[Any]) -> int:
    changed = source.model_copy(update={"decimal": pair[0], "thousands": pair[1]})
    return sum(not pc.any(numbers(text, changed)[1]).as_py() for text in texts)


def _grouped(values: Any, mark: str) -> bool:
    """Whether the mark always stands before exactly three digits."""
    held = pc.filter(values, pc.match_substring(values, mark))
    return bool(pc.all(pc.match_substring_regex(held, rf"^[+-]?\d{{1,3}}([{mark}]\d{{3}})+$")).as_py())
