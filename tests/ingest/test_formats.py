"""One log, however it is written."""

from __future__ import annotations

import gzip
import sqlite3
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.core.errors import SourceError
from recsys.core.log import TransactionLog
from recsys.ingest import Clean, Source, load, read_csv

from .shop import COLUMNS, HEADER, LINES, source

Write = Callable[..., Path]


def assert_same_log(one: TransactionLog, two: TransactionLog) -> None:
    for name in ("lines", "cancellations", "evidence"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    for name in ("customers", "products", "descriptions"):
        assert list(getattr(one, name).names) == list(getattr(two, name).names)
    assert (one.end, one.customer_columns, one.product_columns) == (
        two.end,
        two.customer_columns,
        two.product_columns,
    )
    assert (one.gross is None) == (two.gross is None)


def typed() -> pd.DataFrame:
    """The shop's lines as a database or a workbook would hold them."""
    rows = [line.split(",") for line in LINES]
    frame = pd.DataFrame(rows, columns=HEADER.split(","))
    return frame.assign(
        units=frame["units"].astype("int64"),
        when=pd.to_datetime(frame["when"]),
        price=frame["price"].astype("float64"),
        customer=pd.to_numeric(frame["customer"]),  # 17850.0, NaN
    )


def as_csv(folder: Path) -> Source:
    (folder / "shop.csv").write_text("\n".join([HEADER, *LINES]))
    return source(path=str(folder / "shop.csv"))


def as_parquet(folder: Path) -> Source:
    pq.write_table(pa.Table.from_pandas(typed()), folder / "shop.parquet")
    return source("parquet", str(folder / "shop.parquet"))


def as_xlsx(folder: Path) -> Source:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.split(","))
    for row in typed().itertuples(index=False):
        invoice, product = (int(v) if v.isdigit() and v[0] != "0" else v for v in (row.invoice, row.product))
        customer = None if pd.isna(row.customer) else row.customer
        values: list[Any] = [invoice, product, row.words, row.units, row.when.to_pydatetime(), row.price]
        sheet.append([*values, customer, row.land])
    book.save(folder / "shop.xlsx")
    return source("xlsx", str(folder / "shop.xlsx"))


def as_sql(folder: Path) -> Source:
    with sqlite3.connect(folder / "shop.db") as connection:
        typed().to_sql("sales", connection, index=False)
    connection.close()
    url = f"sqlite:///{folder / 'shop.db'}"
    return Source(kind="sql", url=url, query="SELECT * FROM sales", columns=COLUMNS)


@pytest.mark.parametrize("write", [as_parquet, as_xlsx, as_sql])
def test_four_formats_give_one_log(write: Callable[[Path], Source], tmp_path: Path) -> None:
    clean = Clean(product_code=r"^\d{5}[A-Za-z]*$")
    one, two = load(as_csv(tmp_path), clean), load(write(tmp_path), clean)
    assert_same_log(one.log, two.log)
    pd.testing.assert_frame_equal(one.ledger, two.ledger)
    assert one.notes == two.notes


def same_as_plain(csv: Write, tmp_path: Path, other: Source) -> None:
    assert_same_log(load(as_csv(tmp_path)).log, load(other).log)


def test_gzip(csv: Write, tmp_path: Path) -> None:
    (tmp_path / "zipped.csv.gz").write_bytes(gzip.compress("\n".join([HEADER, *LINES]).encode()))
    same_as_plain(csv, tmp_path, source(path="zipped.csv.gz"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(csv: Write, encoding: str) -> None:
    csv("1,Ä,Müsli,1,2010-12-01,1.0,Jörg,Österreich", encoding=encoding)
    log = load(source(encoding="utf-8" if encoding == "utf-8-sig" else encoding)).log
    assert list(log.products.names) + list(log.customers.names) == ["Ä", "Jörg"]
    assert list(log.descriptions.names) == ["Müsli"]
    assert list(log.lines["country"]) == ["Österreich"]


def test_semicolons_decimal_commas_and_german_dates(csv: Write, tmp_path: Path) -> None:
    rows = []
    for line in LINES:
        invoice, product, words, units, when, price, customer, land = line.split(",")
        german = datetime.fromisoformat(when).strftime("%d.%m.%Y %H:%M:%S")
        rows.append(
            ";".join([invoice, product, words, units, german, price.replace(".", ","), customer, land])
        )
    csv(*rows, header=HEADER.replace(",", ";"), name="german.csv")
    settings: dict[str, Any] = {"path": "german.csv", "separator": ";", "decimal": ","}
    same_as_plain(csv, tmp_path, source(**settings, date_format="%d.%m.%Y %H:%M:%S"))
    same_as_plain(csv, tmp_path, source(**settings))


def test_thousands(csv: Write) -> None:
    csv('1;A;x;1.000;2010-12-01;"1.234,50";7;N', header=HEADER.replace(",", ";"))
    lines = load(source(separator=";", decimal=",", thousands=".")).log.lines
    assert (lines["quantity"].item(), lines["price"].item()) == (1000.0, 1234.5)


def test_no_break_spaces_between_groups(csv: Write) -> None:
    csv("1;A;x;1\u202f000;2010-12-01;1\u00a0234,50;7;N", header=HEADER.replace(",", ";"))
    lines = load(source(separator=";", decimal=",", thousands=" ")).log.lines
    assert (lines["quantity"].item(), lines["price"].item()) == (1000.0, 1234.5)


def test_quoted_newlines_and_separators(csv: Write) -> None:
    csv('1,A,"two\nlines, and a ""quote""",1,2010-12-01,1.0,7,N', LINES[0])
    assert 'two\nlines, and a "quote"' in load(source()).log.descriptions.names


def test_newlines_where_parsing_is_shared_out(csv: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_csv, "BLOCK", 150)
    csv(*(f'{number},A,"two\nlines",1,2010-12-01,1.0,7,N' for number in range(50)))
    assert len(load(source()).log.lines) == 50


def test_blank_lines_and_a_missing_last_newline(csv: Write) -> None:
    path = csv("", LINES[0], "", LINES[1], header="\n\n" + HEADER)
    path.write_bytes(path.read_bytes().rstrip())
    assert load(source()).ledger["lines"].iloc[0] == 2


def test_column_names_are_tidied(csv: Write, tmp_path: Path) -> None:
    header = HEADER.replace("price", " \u00a0price\u00a0 ").replace("invoice", "\ufeffinvoice")
    csv(*LINES, header=header, name="odd.csv")
    same_as_plain(csv, tmp_path, source(path="odd.csv"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2010-12-01", "2010-12-01T00:00:00"),
        ("2010-12-01 08:26", "2010-12-01T08:26:00"),
        ("2010-12-01T08:26:30.900", "2010-12-01T08:26:30"),
        ("2010-12-01T08:26:30Z", "2010-12-01T08:26:30"),
        ("2010-12-01T08:26:30+02:00", "2010-12-01T08:26:30"),
        ("12/31/2010 8:26", "2010-12-31T08:26:00"),
        ("31/12/2010 8:26", "2010-12-31T08:26:00"),
        ("31.12.2010", "2010-12-31T00:00:00"),
        ("20101231", "2010-12-31T00:00:00"),
        ("31 Dec 2010 20:15", "2010-12-31T20:15:00"),
        ("31 May 2010", "2010-05-31T00:00:00"),
        ("5/5/2010", "2010-05-05T00:00:00"),
    ],
)
def test_dates_that_explain_themselves(csv: Write, written: str, meant: str) -> None:
    csv(f"1,A,x,1,{written},1.0,7,N")
    assert str(load(source()).log.lines["time"].to_numpy()[0]) == meant


@pytest.mark.parametrize(("form", "written"), [("unix", "1291191960"), ("unix-ms", "1291191960000")])
def test_seconds_since_1970(csv: Write, form: str, written: str) -> None:
    csv(f"1,A,x,1,{written},1.0,7,N")
    assert str(load(source(date_format=form)).log.lines["time"].to_numpy()[0]) == "2010-12-01T08:26:00"


def test_stored_types_that_csv_does_not_have(tmp_path: Path) -> None:
    from decimal import Decimal

    table = pa.table(
        {
            "invoice": pa.array([1, 2], pa.int32()),
            "product": pa.array(["A", "B"]).dictionary_encode(),
            "words": pa.array(["", None], pa.large_string()),
            "units": pa.array([Decimal("2.00"), Decimal("3.00")]),
            "when": pa.array(
                [datetime(2010, 12, 1), datetime(2010, 12, 2)], pa.timestamp("ns", "Europe/Berlin")
            ),
            "price": pa.array([1.5, 2.5], pa.float32()),
            "customer": pa.array([Decimal("17850"), Decimal("17850.00")], pa.decimal128(10, 2)),
            "land": pa.nulls(2),
        }
    )
    pq.write_table(table, tmp_path / "shop.parquet")
    log = load(source("parquet", "shop.parquet")).log
    assert list(log.customers.names) == ["17850"]
    assert log.lines["quantity"].tolist() == [2.0, 3.0]
    assert log.lines["time"].dt.hour.tolist() == [1, 1]  # the shop's own clock
    assert len(log.descriptions) == 0
    assert log.lines["country"].isna().all()


def test_text_stored_as_bytes_and_other_oddities(tmp_path: Path) -> None:
    table = pa.table(
        {
            "c": pa.array([b"ann", b"bob"]),
            "p": pa.array([uuid.UUID(int=1), uuid.UUID(int=2)]),
            "t": pa.array([b"2010-12-01", None]),
            "picture": pa.array([b"\xff\xfe", None]),
            "tags": pa.array([["a"], []]),
            "flag": pa.array([True, None]),
        }
    )
    pq.write_table(table, tmp_path / "shop.parquet")
    columns = {"customer": "c", "product": "p", "time": "t"}
    log = load(source("parquet", "shop.parquet", columns, customer_attributes=["flag"])).log
    assert list(log.customers.names) == ["ann"]
    assert list(log.products.names) == ["00000000-0000-0000-0000-000000000001"]
    assert log.lines["flag"].tolist() == ["true"]
    with pytest.raises(SourceError, match=r"column 'picture' of shop\.parquet holds bytes"):
        load(source("parquet", "shop.parquet", columns, customer_attributes=["picture"]))


def test_a_sheet_by_name_and_late_text_in_a_numeric_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("sales")
    sheet.append(HEADER.split(","))
    for number in range(1, 1500):
        sheet.append([number, 71053, "LANTERN", 1, datetime(2010, 12, 1, 8, 26), 3.39, 17850, "Norway"])
    sheet.append([None] * 8)
    sheet.append(["C1500", "85123A", "HEART", -1, datetime(2010, 12, 1, 8, 26), 3.39, 17850, "Norway"])
    book.save(tmp_path / "shop.xlsx")
    loaded = load(source("xlsx", "shop.xlsx", sheet="sales"))
    rows = dict(zip(loaded.ledger["rule"], loaded.ledger["lines"], strict=True))
    assert (rows["read"], rows["cancellations"], rows["kept"]) == (1500, 1, 1499)
