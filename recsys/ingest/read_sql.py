"""One SELECT against a database that is only read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from recsys.core.environment import of_environment
from recsys.core.errors import ConfigError, SourceError
from recsys.ingest.paths import find
from recsys.ingest.raw import Raw, checked_names, encoded
from recsys.ingest.source import Source

WRITES = "insert|update|delete|merge|into"  # what may hide behind WITH and SELECT

PLAIN = (str, int, float, bytes, date, type(None))


def read_sql(source: Source, roots: Sequence[Path]) -> tuple[Raw, str]:
    """The result's columns, and a digest of url (without password), query and content.

    Raises ConfigError for a url or query that cannot be used, SourceError where the database refuses.
    """
    query = _only_reads(source.query or "")
    url = _url(source.url or "")
    names, rows = _fetched(_read_only(url, roots), query, _shown(url))
    if not rows:
        raise SourceError("source.query returns no rows: expected purchases; check its conditions")
    names = checked_names(names, "the result of source.query")
    table = pa.table([_column(values) for values in zip(*rows, strict=True)], names=names)
    said = f"{url.render_as_string(hide_password=True)}\n{query}\n".encode()
    return Raw("the query", encoded(table, names), lambda row: f"row {row + 1}"), _digest(said, table)


def _fetched(url: URL, query: str, shown: str) -> tuple[list[str], Sequence[Any]]:
    """Column names and rows, from a transaction that is rolled back."""
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ConfigError(f"source.url {shown!r} cannot be used ({error}): install its driver") from None
    try:
        with engine.connect() as connection:
            _hold_to_reading(connection)
            # no_parameters: drivers that take %s would read LIKE 'a%' as one
            result = connection.execution_options(no_parameters=True).exec_driver_sql(query)
            rows = result.fetchall()
            connection.rollback()
            return [str(name) for name in result.keys()], rows  # noqa: SIM118 (a Result, not a dict)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        if url.password:
            said = said.replace(str(url.password), "***")
        raise SourceError(
            f"source.query cannot be answered by {shown} ({said}): check source.url and source.query"
        ) from None
    finally:
        engine.dispose()


def _hold_to_reading(connection: Any) -> None:
    """The database's own guard, where it has one."""
    kind = connection.dialect.name
    if kind == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif kind in ("postgresql", "mysql", "mariadb", "oracle"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _only_reads(query: str) -> str:
    """The query without a closing semicolon. ConfigError unless it is one SELECT (or WITH ... SELECT)."""
    bare = re.sub(r"--[^\n]*|/\*.*?\*/", " ", query, flags=re.S)
    bare = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]", "''", bare).strip().rstrip(";").strip()
    if not re.match(r"(select|with)\b", bare, flags=re.I) or ";" in bare:
        raise ConfigError(
            f"source.query starts {query.strip()[:30]!r}: expected one SELECT or WITH ... SELECT"
        )
    writing = re.search(rf"\b({WRITES})\b(?!\s*\()", bare, flags=re.I)  # INSERT( is a function too
    if writing:
        raise ConfigError(f"source.query holds {writing[0]!r}: expected a query that only reads; remove it")
    return query.strip().rstrip(";")


def _url(text: str) -> URL:
    """The URL with ${NAME} taken from the environment."""
    whole = of_environment(text, "source.url")
    try:
        return make_url(whole)
    except (ArgumentError, ValueError):
        raise ConfigError("source.url is no URL: expected e.g. sqlite:///shop.db") from None


def _read_only(url: URL, roots: Sequence[Path]) -> URL:
    """SQLite files opened for reading only, and found first: SQLite would make a missing file."""
    if url.get_backend_name() != "sqlite":
        return url
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigError(f"source.url {_shown(url)!r} names no file: expected e.g. sqlite:///shop.db")
    path = find(url.database, roots, setting="source.url").resolve()
    return url.set(database=path.as_uri(), query={"mode": "ro", "uri": "true"})


def _column(values: tuple[Any, ...]) -> Any:
    """An Arrow column; values of several or of unusual types become text, as in a CSV."""
    if not all(isinstance(value, PLAIN) for value in values):
        values = tuple(value if isinstance(value, PLAIN) else str(value) for value in values)
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values])


def _digest(said: bytes, table: Any) -> str:
    """Of the text and of the table's bytes in Arrow's own format."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return hashlib.sha256(said + sink.getvalue().to_pybytes()).hexdigest()


def _shown(url: URL) -> str:
    return str(url.render_as_string(hide_password=True))
