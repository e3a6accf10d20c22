"""Lists as rows of a database table, in one transaction: all of them or none."""

from __future__ import annotations

from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow as pa
import sqlalchemy
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from recsys.core.environment import of_environment
from recsys.core.errors import ConfigError, RunError
from recsys.export.rows import SCHEMA

BATCH = 10_000  # rows sent at a time
COLUMNS = {
    pa.string(): sqlalchemy.Text,
    pa.int32(): sqlalchemy.Integer,
    pa.float32(): sqlalchemy.Float,
    pa.float64(): sqlalchemy.Double,
}


class DatabaseTable:
    """A table that takes the lists of every segment; what an earlier export left in it is replaced.

    It has the columns of a file, with `segment` before them. Nothing is changed unless the block ends well.
    Raises ConfigError for a URL that cannot be used, RunError for a table of others or where the database
    refuses; neither shows a password.
    """

    def __init__(self, url: str, name: str) -> None:
        if not name.strip() or "\0" in name:
            raise ConfigError(f"--table is {name!r}: expected the name of a table, as in lists")
        self.name = name
        self._url = _url(url)
        schema = pa.schema([("segment", pa.string()), *SCHEMA])
        columns = [sqlalchemy.Column(field.name, COLUMNS[field.type]()) for field in schema]
        self._table = sqlalchemy.Table(name, sqlalchemy.MetaData(), *columns)
        self._connection: Connection | None = None
        self._made = False

    @property
    def place(self) -> str:
        """Where the table is, without user and password."""
        at = self._url
        return str(URL.create(at.drivername, host=at.host, port=at.port, database=at.database))

    def __enter__(self) -> DatabaseTable:
        try:
            self._engine = sqlalchemy.create_engine(self._url, poolclass=sqlalchemy.NullPool)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise ConfigError(
                f"--to {self.place!r} cannot be used ({self._bare(error)}): install its driver"
            ) from None
        try:
            self._connection = self._engine.connect()
            self._connection.begin()
            self._ready(self._connection)
        except SQLAlchemyError as error:
            self._end(keep=False)
            raise self._refused(error) from None
        except BaseException:
            self._end(keep=False)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end(keep=error is None)
        except SQLAlchemyError as refused:
            raise self._refused(refused) from None

    def of(self, segment: str) -> SegmentRows:
        """Where the rows of a segment go."""
        return SegmentRows(self, segment)

    def insert(self, segment: str, table: pa.Table) -> None:
        """Add rows of a segment."""
        assert self._connection is not None, "the table is written to inside a with block"
        try:
            for batch in table.to_batches(max_chunksize=BATCH):
                rows = [{"segment": segment, **row} for row in batch.to_pylist()]
                if rows:
                    self._connection.execute(self._table.insert(), rows)
        except SQLAlchemyError as error:
            raise self._refused(error) from None

    def _ready(self, connection: Connection) -> None:
        """The table, empty. Raises RunError where another's stands in its place."""
        looked = sqlalchemy.inspect(connection)
        if self.name in looked.get_view_names():
            raise RunError(
                f"{self.name!r} in {self.place} is a view: expected a table; choose another --table"
            )
        if not looked.has_table(self.name):
            self._table.create(connection)
            self._made = True
            return
        held = [str(column["name"]) for column in looked.get_columns(self.name)]
        wanted = [column.name for column in self._table.columns]
        if held != wanted:
            raise RunError(
                f"table {self.name!r} in {self.place} is not of an earlier export, it holds "
                f"{', '.join(held[:5])}{' …' if len(held) > 5 else ''}: expected none of that name, or one "
                f"with {', '.join(wanted)}; choose another --table"
            )
        connection.execute(self._table.delete())

    def _end(self, keep: bool) -> None:
        """Commit or roll back, and let go; some databases keep tables over a rollback: one made here goes."""
        connection, self._connection = self._connection, None
        try:
            if connection is None:
                return
            if keep:
                connection.commit()
                return
            connection.rollback()
            if self._made and sqlalchemy.inspect(connection).has_table(self.name):
                self._table.drop(connection)
                connection.commit()
        finally:
            if connection is not None:
                connection.close()
            self._engine.dispose()

    def _refused(self, error: SQLAlchemyError) -> RunError:
        return RunError(
            f"table {self.name!r} cannot be written to {self.place} ({self._bare(error)}): expected a "
            "database that takes it; nothing was written, check --to and --table"
        )

    def _bare(self, error: Exception) -> str:
        """The first line of what the database says, without secrets of the URL."""
        said = (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]
        values = [self._url.password, *(str(value) for value in self._url.query.values())]
        for secret in filter(None, values):
            for written in {secret, quote(secret, safe=""), quote_plus(secret)}:
                said = said.replace(written, "***")
        return said


class SegmentRows:
    """The rows of one segment on their way into the table; stands where a TableFile stands."""

    def __init__(self, table: DatabaseTable, segment: str) -> None:
        self.rows = 0
        self._table = table
        self._segment = segment

    def __enter__(self) -> SegmentRows:
        return self

    def __exit__(self, *error: object) -> None: ...

    def add(self, table: pa.Table) -> None:
        """Write one block."""
        self._table.insert(self._segment, table)
        self.rows += table.num_rows

    def told(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {"rows": self.rows}


def _url(text: str) -> URL:
    whole = of_environment(text, "--to")
    try:
        return make_url(whole)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "--to is no URL: expected one of a database, as in sqlite:///lists.db or "
            "postgresql+psycopg://${USER}:${PASSWORD}@host/shop"
        ) from None
