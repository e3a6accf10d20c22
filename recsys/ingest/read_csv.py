"""A CSV file as text: nothing is guessed, so ids keep their zeros and faults keep their line numbers."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.csv as arrow_csv

from recsys.core.errors import SourceError
from recsys.ingest.raw import Raw, checked_names, encoded
from recsys.ingest.source import Source

SEPARATORS = {";": "';'", "\t": "'\\t'", "|": "'|'", ",": "','"}
MAGIC = {b"PAR1": "parquet", b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xlsx"}
BLOCK = 4 << 20  # bytes per parsing task: enough tasks for two cores, and a bound on one line's length


def read_csv(source: Source, path: Path) -> Raw:
    """Every column as text. Raises SourceError for what is no CSV file or not the one described."""
    _refuse_other_formats(path)
    blank, header = _header(source, path)
    names = checked_names(header, path.name)
    _refuse_other_separator(source, path, names)
    table = _parse(source, path, len(names), blank)
    return Raw(path.name, encoded(table, names), _lines(source, path))


def _parse(source: Source, path: Path, width: int, blank: int) -> Any:
    """All records as dictionary-encoded text, by several threads."""
    labels = [str(position) for position in range(width)]
    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "error"

    try:
        return arrow_csv.read_csv(
            str(path),
            read_options=arrow_csv.ReadOptions(
                column_names=labels,
                skip_rows=blank,
                skip_rows_after_names=1,
                block_size=BLOCK,
                encoding="utf8" if _is_utf8(source) else source.encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=source.separator, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(labels, pa.dictionary(pa.int32(), pa.string())),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except (UnicodeDecodeError, pa.ArrowInvalid, OSError, EOFError) as error:
        raise _explained(error, source, path, width) from None


def _explained(error: Exception, source: Source, path: Path, width: int) -> SourceError:
    """What the parser tripped over, with its line."""
    try:
        for number, record in _records(source, path):
            if record and len(record) != width:
                held = "1 value" if len(record) == 1 else f"{len(record)} values"
                return SourceError(
                    f"{path.name} has {held} in line {number}, and {width} columns: expected "
                    f"as many; quote values that hold {source.separator!r}, or mend the line"
                )
    except UnicodeDecodeError:
        return _wrong_encoding(source, path)
    except (csv.Error, OSError, EOFError) as fault:
        return SourceError(f"{path.name} cannot be read ({fault}): expected CSV; write the file again")
    return SourceError(
        f"{path.name} cannot be read ({error}): expected CSV; look for a quote that is never closed"
    )


def _wrong_encoding(source: Source, path: Path) -> SourceError:
    """Names the first line that does not decode."""
    remedy = "set source.encoding: cp1252" if _is_utf8(source) else "set source.encoding: utf-8"
    with _opened_bytes(path) as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return SourceError(
                f"{path.name} is UTF-16: expected {source.encoding}; set source.encoding: utf-16"
            )
        file.seek(0)
        for number, line in enumerate(file, start=1):
            try:
                line.decode(source.encoding)
            except UnicodeDecodeError as error:
                seen = line[max(error.start - 10, 0) : error.end + 5]
                return SourceError(
                    f"{path.name} holds {seen!r} in line {number}, which is not {source.encoding}: expected "
                    f"{source.encoding}; {remedy}"
                )
    return SourceError(f"{path.name} is not {source.encoding}: {remedy}")


def _refuse_other_formats(path: Path) -> None:
    with _opened_bytes(path) as file:
        try:
            head = file.read(4096)
        except (OSError, EOFError) as error:
            raise SourceError(
                f"{path.name} cannot be unpacked ({error}): expected a whole .gz file"
            ) from None
    if not head.strip(b"\xef\xbb\xbf\r\n\t "):
        raise SourceError(f"{path.name} is empty: expected a header and lines; check how it was exported")
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            raise SourceError(f"{path.name} is no CSV file but looks like {kind}: set source.kind: {kind}")
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{path.name} holds binary data: expected CSV; check source.path and source.kind")


def _header(source: Source, path: Path) -> tuple[int, list[str]]:
    """Blank lines before the header, and the header. SourceError where no line follows."""
    blank = 0
    names: list[str] = []
    try:
        for _, record in _records(source, path):
            if names and record:
                return blank, names
            if record:
                names = record
            elif not names:
                blank += 1
    except UnicodeDecodeError:
        raise _wrong_encoding(source, path) from None
    except (csv.Error, OSError, EOFError) as error:
        raise SourceError(f"{path.name} cannot be read ({error}): expected CSV; check the file") from None
    raise SourceError(f"{path.name} holds a header and no lines: expected purchases below it")


def _refuse_other_separator(source: Source, path: Path, names: list[str]) -> None:
    if len(names) > 1:
        return
    for mark, shown in SEPARATORS.items():
        if mark != source.separator and mark in names[0]:
            raise SourceError(
                f"found one column {names[0]!r} in {path.name}: expected several; set source.separator: "
                f"{shown}"
            )


def _lines(source: Source, path: Path) -> Callable[[int], str]:
    """Row position -> "line 12": the line on which the record starts, the header being line 1."""

    def where(row: int) -> str:
        filled = (number for number, record in _records(source, path) if record)
        next(filled)  # the header
        for position, number in enumerate(filled):
            if position == row:
                return f"line {number}"
        return f"row {row + 1}"

    return where


def _records(source: Source, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they start on; slow, for headers and for explaining faults."""
    encoding = "utf-8-sig" if _is_utf8(source) else source.encoding
    with _opened_text(path, encoding) as file:
        reader = csv.reader(file, delimiter=source.separator)
        start = 1
        for record in reader:
            yield start, record
            start = reader.line_num + 1


def _is_utf8(source: Source) -> bool:
    return source.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")


def _opened_bytes(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _opened_text(path: Path, encoding: str) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")
