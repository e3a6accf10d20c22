"""Lists in a table of SQLite and, where RECSYS_TEST_POSTGRES is the URL of one, of a PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
import sqlalchemy

from recsys.core.errors import ConfigError, RecsysError, RunError
from recsys.export.database import DatabaseTable
from tests.export.test_formats import EVIL, table

POSTGRES = os.environ.get("RECSYS_TEST_POSTGRES", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database, and for PostgreSQL a schema of its own, which is gone afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lists.db'}"
        return
    if not POSTGRES:
        pytest.skip("no PostgreSQL: set RECSYS_TEST_POSTGRES to the URL of one")
    schema = f"test_{uuid4().hex[:12]}"
    engine = sqlalchemy.create_engine(POSTGRES)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.schema.CreateSchema(schema))
    yield str(
        sqlalchemy.make_url(POSTGRES)
        .update_query_dict({"options": f"-csearch_path={schema}"})
        .render_as_string(hide_password=False)
    )
    with engine.begin() as connection:
        connection.execute(sqlalchemy.schema.DropSchema(schema, cascade=True))
    engine.dispose()


def asked(url: str, statement: str) -> list[tuple[Any, ...]]:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(sqlalchemy.text(statement))
        found = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return found


def tables(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    found = sqlalchemy.inspect(engine).get_table_names()
    engine.dispose()
    return found


def test_every_row_is_there_as_it_was(url: str) -> None:
    with DatabaseTable(url, "lists") as database:
        for name in ("Champions", "o'clock"):
            with database.of(name) as rows:
                rows.add(table().slice(0, 7))
                rows.add(table().slice(7))
            assert rows.told() == {"rows": 2 * len(EVIL)}
    columns = ("customer", "rank", "product", "description", "price", "score", "reason", "model")
    found = asked(
        url, f"SELECT {', '.join(columns)} FROM lists WHERE segment = 'o''clock' ORDER BY product, rank"
    )
    wanted = [tuple(row[name] for name in columns) for row in table().to_pylist()]
    assert sorted(map(repr, (row[:5] for row in found))) == sorted(map(repr, (row[:5] for row in wanted)))
    scores = sorted(row[5] for row in found if row[5] is not None)
    assert scores == pytest.approx(sorted(row[5] for row in wanted if row[5] is not None), rel=1e-6)
    assert asked(url, "SELECT COUNT(*) FROM lists") == [(4 * len(EVIL),)]


def test_an_earlier_export_is_replaced(url: str) -> None:
    for count in (9, 4):
        with DatabaseTable(url, "lists") as database:
            database.of("all").add(table().slice(0, count))
    assert asked(url, "SELECT COUNT(*) FROM lists") == [(4,)]


def test_all_or_nothing(url: str) -> None:
    """A first try leaves no table; a later one leaves the rows that were there."""

    def stopped(with_what: BaseException) -> None:
        with DatabaseTable(url, "lists") as database:
            database.of("all").add(table())
            raise with_what

    with pytest.raises(RunError, match="stop"):
        stopped(RunError("stop"))
    assert tables(url) == []
    with DatabaseTable(url, "lists") as database:
        database.of("all").add(table().slice(0, 3))
    with pytest.raises(KeyboardInterrupt):
        stopped(KeyboardInterrupt())
    assert asked(url, "SELECT COUNT(*) FROM lists") == [(3,)]


def test_what_the_database_refuses_changes_nothing(url: str) -> None:
    with DatabaseTable(url, "lists") as database:
        database.of("all").add(table().slice(0, 3))
    index = "CREATE UNIQUE INDEX one ON lists (customer, product)"
    asked(url, index)
    with pytest.raises(RunError, match="cannot be written to"), DatabaseTable(url, "lists") as database:
        database.of("all").add(pa.concat_tables([table(), table()]))
    assert asked(url, "SELECT COUNT(*) FROM lists") == [(3,)]


def test_a_table_of_others_is_left_alone(url: str) -> None:
    asked(url, "CREATE TABLE lists (customer TEXT, thesis TEXT)")
    asked(url, "INSERT INTO lists VALUES ('me', 'years of work')")
    with pytest.raises(RunError, match="not of an earlier export, it holds customer, thesis"):
        DatabaseTable(url, "lists").__enter__()
    assert asked(url, "SELECT * FROM lists") == [("me", "years of work")]
    asked(url, "CREATE VIEW seen AS SELECT * FROM lists")
    with pytest.raises(RunError, match=r"'seen' in .* is a view"):
        DatabaseTable(url, "seen").__enter__()


def test_a_name_is_a_name_whatever_it_holds(url: str) -> None:
    """Quotes, semicolons and SQL in the name of a table are letters of it."""
    asked(url, "CREATE TABLE victim (a INTEGER)")
    name = 'x"; DROP TABLE victim; --'
    with DatabaseTable(url, name) as database:
        database.of("a'); DROP TABLE victim; --").add(table().slice(0, 1))
    assert sorted(tables(url)) == sorted(["victim", name])


@pytest.mark.parametrize("name", ["", "  ", "a\0b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="expected the name of a table"):
        DatabaseTable("sqlite:///lists.db", name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("not a url hunter2", "--to is no URL"),
        ("oracle+nosuch://me:hunter2@host/shop", "install its driver"),
        ("sqlite:////no/such/folder/lists.db", "cannot be written to sqlite:////no/such"),
        (
            "postgresql+psycopg://me:hunter2@127.0.0.1:1/shop?sslmode=disable",
            "cannot be written to postgresql",
        ),
        ("postgresql+psycopg://me@127.0.0.1:1/shop?sslmode=hunter2", '"***"'),
        ("${RECSYS_NO_SUCH_NAME}", "which is not set"),
    ],
)
def test_a_url_that_does_not_work_says_so_without_its_secrets(url: str, expected: str) -> None:
    if url.startswith("postgresql"):
        pytest.importorskip("psycopg")
    with pytest.raises(RecsysError) as caught:
        DatabaseTable(url, "lists").__enter__()
    assert expected in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_place_holds_neither_user_nor_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_TEST_SECRET", "hunter2")
    database = DatabaseTable("postgresql://me:${RECSYS_TEST_SECRET}@host:5432/shop?password=hunter2", "lists")
    assert database.place == "postgresql://host:5432/shop"
