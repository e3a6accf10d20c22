"""Every fault is said with its value, what was expected, and what to do."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy
from pydantic import ValidationError

from recsys.core.errors import ConfigError, RecsysError, SourceError
from recsys.ingest import Clean, Source, find, load

from .shop import COLUMNS, HEADER, LINES, source

Write = Callable[..., Path]
ROW = "1,A,x,{units},{when},{price},7,N"


def row(units: str = "1", when: str = "2010-12-01", price: str = "1.0") -> str:
    return ROW.format(units=units, when=when, price=price)


def fails(
    given: Source, *parts: str, clean: Clean | None = None, kind: type[RecsysError] = SourceError
) -> None:
    with pytest.raises(kind) as caught:
        load(given, clean)
    for part in parts:
        assert part in str(caught.value)


def test_missing_file_lists_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "elsewhere"))
    (tmp_path / "shop.csv").touch()
    fails(source(path="shp.csv"), "'shp.csv' is not there; did you mean 'shop.csv'?: looked for shp.csv",
          "then data/shp.csv", f"then {tmp_path}/elsewhere/shp.csv", "set RECSYS_DATA_DIR")  # fmt: skip


def test_places_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "env"))
    for place in ("env", "data", "root"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "log.csv").touch()
        wanted = find("log.csv", [tmp_path / "root"]).resolve()
        assert wanted == (tmp_path / place / "log.csv").resolve()


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").mkdir()
    fails(source(), "'shop.csv' is a folder: expected a file")


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("\n \n")
    fails(source(), "shop.csv is empty: expected a header and lines")


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_header_only(tmp_path: Path, end: str) -> None:
    (tmp_path / "shop.csv").write_text(HEADER + end)
    fails(source(), "shop.csv holds a header and no lines")


def test_binary_given_as_csv(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_bytes(bytes(range(256)) * 20)
    fails(source(), "shop.csv holds binary data: expected CSV")


@pytest.mark.parametrize(("head", "kind"), [(b"PAR1", "parquet"), (b"PK\x03\x04", "xlsx")])
def test_another_format_given_as_csv(tmp_path: Path, head: bytes, kind: str) -> None:
    (tmp_path / "shop.csv").write_bytes(head + bytes(100))
    fails(source(), f"looks like {kind}: set source.kind: {kind}")


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_csv_given_as_another_format(csv: Write, kind: str) -> None:
    csv(*LINES)
    fails(source(kind), "shop.csv cannot be read as", "set source.kind")


def test_torn_gzip(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([HEADER, *LINES * 2000]).encode(), compresslevel=0)
    (tmp_path / "shop.csv.gz").write_bytes(whole[: len(whole) // 2])
    fails(source(path="shop.csv.gz"), "shop.csv.gz cannot be read")
    (tmp_path / "shop.csv.gz").write_text(HEADER)
    fails(source(path="shop.csv.gz"), "expected a whole .gz file")


def test_missing_column_names_the_nearest(csv: Write) -> None:
    csv(*LINES)
    fails(
        source(columns={**COLUMNS, "price": "prise"}),
        "column 'prise' (source.columns.price) is not in shop.csv",
        "did you mean 'price'?",
        "invoice, product, words, units, when, price, customer, land",
        "correct source.columns.price",
    )


def test_missing_alternatives_and_attributes(csv: Write) -> None:
    csv(*LINES)
    fails(source(columns={**COLUMNS, "price": ["a", "b"]}), "column 'a' or 'b' (source.columns.price)")
    fails(source(customer_attributes=["age"]), "column 'age' (source.attribute age) is not in shop.csv")


def test_decimal_comma_where_a_point_was_expected(csv: Write) -> None:
    csv(*LINES[:3], '1,A,x,1,2010-12-01,"2,55",7,N')
    fails(source(), "column 'price' holds '2,55' (line 5): expected a number; set source.decimal: ','")


@pytest.mark.parametrize(
    ("value", "settings", "remedy"),
    [
        ("1,234.50", {}, "set source.thousands: ','"),
        ("1.234,50", {}, "set source.thousands: '.' and source.decimal: ','"),
        ("1.234,50", {"decimal": ","}, "set source.thousands: '.'"),
        ("2.55", {"decimal": ",", "thousands": "."}, "set source.thousands: null and source.decimal: '.'"),
        ("GBP 2.55", {}, "mend the value"),
        ("£2,55", {}, "set source.decimal: ','"),
        ("inf", {}, "mend the value"),
        ("1e999", {}, "mend the value"),
        ("1 234,50", {}, "set source.thousands: ' ' and source.decimal: ','"),
        ("1.234", {"decimal": ","}, "set source.thousands: '.'"),
    ],
)
def test_numbers_that_cannot_be_read(csv: Write, value: str, settings: dict[str, Any], remedy: str) -> None:
    csv(row(price=f'"{value}"'))
    fails(source(**settings), f"column 'price' holds '{value}' (line 2): expected a number; {remedy}")


def test_currency_signs_are_no_part_of_a_number(csv: Write) -> None:
    """The same lines; a blank, also one that does not break, may stand between."""
    written = ["£2.55", "2.55 £", "£\u00a02.55", "2.55"]
    csv(*(row(price=price) for price in written))
    assert load(source(), Clean(duplicates=False)).log.lines["price"].tolist() == [2.55] * 4
    csv(row(price="-£3"), row(price="£-3"), row(price='"£1,234.50"'))
    prices = load(source(thousands=","), Clean(duplicates=False, price=False)).log.lines["price"]
    assert prices.tolist() == [-3, -3, 1234.5]


def test_amounts_of_two_currencies_are_not_added(csv: Write) -> None:
    csv(row(price="£2.55"), row(price="£3"), row(price="$2.55"))
    fails(source(), "column 'price' holds '$2.55' (line 4)", "amounts of several currencies do not add up")


def test_lines_are_counted_as_a_person_sees_them(csv: Write) -> None:
    csv('1,A,"two\nlines",1,2010-12-01,1.0,7,N', "", row(), row(units="many"))
    fails(source(), "column 'units' holds 'many' (line 6)")


def test_date_that_does_not_fit_the_rest(csv: Write) -> None:
    csv(row(), row(), row(when="yesterday"))
    fails(
        source(), "column 'when' holds 'yesterday' (line 4): expected an ISO date", "set source.date_format"
    )


def test_the_odd_date_is_named_and_not_the_first(csv: Write) -> None:
    csv(row(when="31.12.2010"), row(when="31.12.2010"), row(when="2010-12-31"))
    fails(source(), "column 'when' holds '2010-12-31' (line 4)")


def test_date_that_does_not_fit_its_format(csv: Write) -> None:
    csv(row(when="31.12.2010 08:26"), row(when="12/31/2010 8:26"))
    fails(source(date_format="%d.%m.%Y %H:%M"), "holds '12/31/2010 8:26' (line 3)",
          "expected a date written '%d.%m.%Y %H:%M'", "e.g. '%m/%d/%Y %H:%M'")  # fmt: skip


@pytest.mark.parametrize("when", ["31.02.2010", "2010-02-30", "2010-13-01"])
def test_days_that_do_not_exist(csv: Write, when: str) -> None:
    csv(row(when=when))
    fails(source(), f"column 'when' holds '{when}' (line 2)")
    fails(source(date_format="%d.%m.%Y"), f"column 'when' holds '{when}' (line 2)")


def test_ambiguous_dates(csv: Write) -> None:
    csv(row(when="1/12/2010 8:26"), row(when="2/12/2010 8:26"))
    fails(source(), "holds '1/12/2010 8:26' (line 2)", "'%d/%m/%Y %H:%M' and '%m/%d/%Y %H:%M' both fit",
          "set source.date_format")  # fmt: skip


def test_numbers_as_dates(tmp_path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"c": ["a"], "p": ["b"], "t": [20101231]}).to_parquet(tmp_path / "shop.parquet")
    columns = {"customer": "c", "product": "p", "time": "t"}
    fails(source("parquet", "shop.parquet", columns), "column 't' holds 20101231 (row 1)", "e.g. '%Y%m%d'")
    given = source("parquet", "shop.parquet", columns, date_format="%Y%m%d")
    assert str(load(given).log.end) == "2011-01-01T00:00:00"


@pytest.mark.parametrize(
    ("when", "form"), [("1291191960", "unix"), ("1291191960000", "unix-ms"), ("999999999.5", "unix")]
)
def test_counts_since_1970_name_their_format(csv: Write, when: str, form: str) -> None:
    csv(row(when=when))
    fails(source(), f"column 'when' holds '{when}' (line 2)", f"e.g. '{form}'")
    load(source(date_format=form))


def test_wrong_encoding(csv: Write) -> None:
    csv(*LINES[:2], "1,A,Müsli,1,2010-12-01,1.0,7,N", encoding="cp1252")
    fails(source(), "in line 4, which is not utf-8", "set source.encoding: cp1252")
    csv(*LINES, encoding="utf-16")
    fails(source(), "shop.csv is UTF-16", "set source.encoding: utf-16")
    with pytest.raises(ValidationError, match="encoding 'utf-9' is unknown"):
        source(encoding="utf-9")


def test_duplicate_column_names(csv: Write) -> None:
    csv(*LINES, header=HEADER.replace("land", "price"))
    fails(source(), "column 'price' is in shop.csv twice: expected each name once")


def test_duplicate_column_names_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([*HEADER.split(",")[:-1], "price"])
    book.active.append(LINES[0].split(","))
    book.save(tmp_path / "shop.xlsx")
    fails(source("xlsx", "shop.xlsx"), "column 'price' is in shop.xlsx twice")


def test_other_separator(csv: Write) -> None:
    csv(*LINES, header=HEADER.replace(",", ";"))
    fails(source(), f"found one column '{HEADER.replace(',', ';')}'", "set source.separator: ';'")


def test_ragged_line(csv: Write) -> None:
    csv(*LINES[:2], LINES[2] + ",more")
    fails(source(), "shop.csv has 9 values in line 4, and 8 columns: expected as many")


def test_line_of_one_value(csv: Write) -> None:
    csv(*LINES[:2], "more")
    fails(source(), "shop.csv has 1 value in line 4, and 8 columns: expected as many")


def test_quote_that_is_never_closed(csv: Write) -> None:
    csv(*LINES, '1,A,"x,1,2010-12-01,1.0,7,N', *LINES)
    fails(source(), "shop.csv")


def test_empty_workbook_and_unknown_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Sales"
    book.active.append(HEADER.split(","))
    book.save(tmp_path / "shop.xlsx")
    fails(source("xlsx", "shop.xlsx"), "sheet 'Sales' of shop.xlsx holds no lines")
    fails(
        source("xlsx", "shop.xlsx", sheet="sale"), "sheet 'sale' is not in shop.xlsx; did you mean 'Sales'?"
    )


def test_pattern_that_cannot_be_used(csv: Write) -> None:
    csv(*LINES)
    with pytest.raises(ValidationError, match="is no regular expression"):
        Clean(product_code="(")
    clean = Clean(product_code=r"^(?=\d)")
    fails(source(), "cannot be used", "without look-around", clean=clean, kind=ConfigError)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "sql", "path": "a.csv", "url": "sqlite:///x", "query": "SELECT 1"}, "remove source.path"),
        ({"kind": "csv", "path": "a.csv", "url": "sqlite:///x"}, "remove source.url"),
        ({"kind": "csv"}, "set source.path"),
        ({"kind": "csv", "path": []}, r"\[\]: expected a name or a list of names"),
        ({"kind": "csv", "path": "a.csv", "sheet": "x"}, "remove source.sheet"),
        ({"kind": "csv", "path": "a.csv", "thousands": "."}, "expected two marks"),
        ({"kind": "csv", "path": "a.csv", "events": {}}, "set source.columns.event"),
        ({"kind": "csv", "path": "a.csv", "paht": "b"}, "paht"),
        ({"kind": "csv", "path": "a.csv", "date_format": "%Y-%Q"}, "date_format '%Y-%Q' cannot be used"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Source(columns=COLUMNS, **settings)


@pytest.mark.parametrize(
    ("settings", "place", "said"),
    [
        ({"price": {"minn": 1}}, ("price", "minn"), "Extra inputs"),
        ({"cancellations": {"mode": "foo"}}, ("cancellations", "mode"), "'drop', 'net' or 'keep'"),
        ({"quantity": 3}, ("quantity",), "3: expected true, false or {min: NUMBER}"),
        ({"cancellations": "net"}, ("cancellations",), "'net': expected true, false or {mode: drop|net|keep"),
    ],
)
def test_a_mistake_in_clean_is_told_once(settings: dict[str, Any], place: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Clean(**settings)
    (mistake,) = caught.value.errors()
    assert mistake["loc"] == place
    assert said in mistake["msg"]


@pytest.mark.parametrize(
    ("settings", "place", "said"),
    [
        ({"decimal": ";"}, ("decimal",), '\';\' is unknown: expected "." or ","'),
        ({"thousands": ";"}, ("thousands",), """';' is unknown: expected null, ".", ",", " " or"""),
        ({"path": 3}, ("path",), "3: expected a name or a list of names; put numbers in quotes"),
        ({"columns": {**COLUMNS, "price": 3}}, ("columns", "price"), "3: expected a name or a list of names"),
        ({"customer_attributes": 3}, ("customer_attributes",), "3: expected [column, ...] or {name: column}"),
    ],
)
def test_a_mistake_in_source_is_told_once(
    settings: dict[str, Any], place: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Source(**{"kind": "csv", "path": "a.csv", "columns": COLUMNS} | settings)
    (mistake,) = caught.value.errors()
    assert mistake["loc"] == place
    assert said in mistake["msg"]


def test_clean_survives_writing() -> None:
    clean = Clean(cancellations=False, price=False, quantity={"min": 2})
    assert Clean.model_validate_json(clean.model_dump_json()) == clean


class TestSql:
    """A database is only read, and its password never shown."""

    @pytest.fixture(autouse=True)
    def _shop(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("CREATE TABLE sales (c, p, t)")
            connection.execute("INSERT INTO sales VALUES ('a', 'b', '2010-12-01')")
        connection.close()

    def given(self, query: str = "SELECT * FROM sales", url: str = "sqlite:///shop.db") -> Source:
        return Source(
            kind="sql", url=url, query=query, columns={"customer": "c", "product": "p", "time": "t"}
        )

    def test_with_is_a_query_too(self) -> None:
        loaded = load(
            self.given("WITH s AS (SELECT c, p, replace(t, 'x', '') AS t FROM sales) SELECT * FROM s;")
        )
        assert len(loaded.log.lines) == 1
        assert loaded.files == ()

    def test_digest_follows_the_content(self, tmp_path: Path) -> None:
        before = load(self.given()).sha256
        assert load(self.given()).sha256 == before
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("INSERT INTO sales VALUES ('a', 'c', '2010-12-01')")
        connection.close()
        assert load(self.given()).sha256 != before

    @pytest.mark.parametrize(
        "query",
        [
            "DELETE FROM sales",
            "SELECT 1; DROP TABLE sales",
            "WITH x AS (SELECT 1) DELETE FROM sales",
            "",
            "/* */",
        ],
    )
    def test_only_reading_is_accepted(self, query: str) -> None:
        fails(self.given(query), "source.query", "expected", kind=ConfigError)

    def test_words_in_literals_do_not_matter(self) -> None:
        load(self.given("SELECT c, p, t FROM sales WHERE c <> 'drop; delete' -- update"))

    def test_odd_file_names_and_value_types(self, tmp_path: Path) -> None:
        (tmp_path / "shop.db").rename(tmp_path / "my shop %20?.db")
        with pytest.raises(SourceError):
            load(self.given(url="sqlite:///my shop.db"))
        (tmp_path / "my shop %20?.db").rename(tmp_path / "my shop #1.db")
        load(self.given(url="sqlite:///my shop #1.db"))

    def test_missing_database_is_not_created(self, tmp_path: Path) -> None:
        fails(
            self.given(url="sqlite:///other.db"), "source.url 'other.db' is not there", "set RECSYS_DATA_DIR"
        )
        with pytest.raises(SourceError, match=r"; correct source\.url$"):
            load(self.given(url=f"sqlite:///{tmp_path}/other.db"))
        assert not (tmp_path / "other.db").exists()

    def test_unknown_table_and_no_rows(self) -> None:
        fails(self.given("SELECT * FROM absent"), "cannot be answered", "no such table: absent")
        fails(self.given("SELECT * FROM sales WHERE c = 'z'"), "returns no rows")

    def test_percent_signs_reach_the_database(self) -> None:
        """A driver that takes %s must not be given parameters, or it reads LIKE 'a%' as one."""
        bare: list[str] = []

        def note(cursor: Any, statement: str, context: Any) -> None:
            bare.append(statement)

        sqlalchemy.event.listen(sqlalchemy.Engine, "do_execute_no_params", note)
        try:
            load(self.given("SELECT * FROM sales WHERE p LIKE 'b%'"))
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "do_execute_no_params", note)
        assert bare == ["SELECT * FROM sales WHERE p LIKE 'b%'"]

    def test_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fails(self.given(url="sqlite:///${SHOP_DB}"), "${SHOP_DB}, which is not set", kind=ConfigError)
        monkeypatch.setenv("SHOP_DB", "shop.db")
        load(self.given(url="sqlite:///${SHOP_DB}"))

    @pytest.mark.parametrize("url", ["nonsense", "sqlite://", "nosuch://u:secret@host/db"])
    def test_urls_that_cannot_be_used(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"source\.url") as caught:
            load(self.given(url=url))
        assert "secret" not in str(caught.value)
