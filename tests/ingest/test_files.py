"""Several files: a line of an invoice counts once, and columns may be named differently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from recsys.ingest import Clean, Loaded, load

from .shop import COLUMNS, HEADER, LINES, source

Write = Callable[..., Path]


def rows(loaded: Loaded) -> dict[str, int]:
    return dict(zip(loaded.ledger["rule"], loaded.ledger["lines"], strict=True))


def test_a_line_of_two_files_is_taken_from_the_first(csv: Write) -> None:
    csv(*LINES[:4], name="one.csv")
    csv(*LINES[2:], "536365,NEW,x,1,2010-12-01,1.0,17850,N", name="two.csv")
    loaded = load(source(path=["one.csv", "two.csv"]))
    assert list(loaded.ledger["rule"][:3]) == ["read", "repeated-invoice", "duplicates"]
    assert list(loaded.ledger["lines"][:3]) == [11, 2, 1]
    assert "NEW" in loaded.log.products.names
    assert [file.name for file in loaded.files] == ["one.csv", "two.csv"]


def test_numbers_that_start_again_lose_nothing(csv: Write) -> None:
    csv("1,A,x,1,2010-12-01,1.0,7,N", "2,A,x,1,2010-12-02,1.0,8,N", name="2010.csv")
    csv("1,A,x,1,2011-12-01,1.0,7,N", "2,A,x,1,2010-12-02,1.0,9,N", name="2011.csv")
    loaded = load(source(path=["2010.csv", "2011.csv"]))
    assert rows(loaded)["repeated-invoice"] == 0
    assert loaded.log.lines["basket"].tolist() == [0, 1, 2, 3]
    assert loaded.log.lines["time"].dt.year.tolist() == [2010, 2010, 2010, 2011]


def test_an_invoice_cut_in_two_is_one_basket(csv: Write) -> None:
    csv(LINES[0], name="one.csv")
    csv(LINES[1], name="two.csv")
    lines = load(source(path=["one.csv", "two.csv"])).log.lines
    assert lines["basket"].tolist() == [0, 0]


def test_the_nth_line_answers_the_nth(csv: Write) -> None:
    """One, two and three of the same line: three in all."""
    for name, times in (("one.csv", 1), ("two.csv", 2), ("three.csv", 3)):
        csv(*[LINES[0]] * times, name=name)
    loaded = load(source(path=["one.csv", "two.csv", "three.csv"]), Clean(duplicates=False))
    assert (rows(loaded)["repeated-invoice"], rows(loaded)["kept"]) == (3, 3)


def test_a_file_may_store_single_precision(csv: Write, tmp_path: Path) -> None:
    csv(*LINES[:2])
    pd.read_csv(tmp_path / "shop.csv", dtype={"price": "float32"}).to_parquet(tmp_path / "one.parquet")
    pd.read_csv(tmp_path / "shop.csv").to_parquet(tmp_path / "two.parquet")
    loaded = load(source("parquet", ["one.parquet", "two.parquet"]))
    assert rows(loaded)["repeated-invoice"] == 2


def test_much_overlap_is_noted(csv: Write) -> None:
    csv(*LINES, name="one.csv")
    csv(*LINES[:2], *(f"9{n},A,x,1,2010-12-01,1.0,7,N" for n in range(6)), name="two.csv")
    csv(*(f"8{n},A,x,1,2010-12-01,1.0,7,N" for n in range(9)), LINES[0], name="three.csv")
    notes = [n for n in load(source(path=["one.csv", "two.csv", "three.csv"])).notes if "earlier" in n]
    assert len(notes) == 1
    assert notes[0].startswith("file 2 of source.path: 2 of its 8 lines (25%) stand in earlier files")
    columns = {role: name for role, name in COLUMNS.items() if role != "invoice"}
    without = load(source(path=["one.csv", "two.csv"], columns=columns))
    assert "no invoice is mapped: a line that two files hold counts twice" in without.notes


def test_two_files_give_the_log_of_one(csv: Write) -> None:
    csv(*LINES)
    csv(*LINES[:2], name="one.csv")
    csv(*LINES[2:], name="two.csv", header=HEADER.replace("price", "unit price"))
    one = load(source()).log
    two = load(source(path=["two.csv", "one.csv"], columns={**COLUMNS, "price": ["price", "unit price"]})).log
    assert one.lines.equals(two.lines)
    assert list(one.customers.names) == list(two.customers.names)


def test_lines_without_an_invoice_are_not_repeated(csv: Write) -> None:
    csv(",A,x,1,2010-12-01,1.0,7,N", name="one.csv")
    csv(",B,x,1,2010-12-01,1.0,7,N", name="two.csv")
    assert len(load(source(path=["one.csv", "two.csv"])).log.lines) == 2


def test_one_file_has_no_row_for_repeats(csv: Write) -> None:
    csv(*LINES)
    assert "repeated-invoice" not in set(load(source()).ledger["rule"])


def test_duplicates_need_every_column_to_agree(csv: Write) -> None:
    csv(LINES[0] + ",till 1", LINES[0] + ",till 2", LINES[0] + ",till 2", header=HEADER + ",till")
    loaded = load(source(), Clean())
    assert dict(zip(loaded.ledger["rule"], loaded.ledger["lines"], strict=True))["duplicates"] == 1


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_row_numbers_do_not_hide_duplicates(csv: Write, name: str) -> None:
    csv("0," + LINES[0], "1," + LINES[0], header=f"{name},{HEADER}")
    assert len(load(source()).log.lines) == 1


def test_files_may_store_a_column_differently(csv: Write) -> None:
    csv(LINES[0] + ",41,", LINES[1] + ",42,", header=HEADER + ",age,tier", name="one.csv")
    csv(LINES[2] + ",old,7", header=HEADER + ",age,tier", name="two.csv")
    log = load(source(path=["one.csv", "two.csv"], customer_attributes=["age", "tier"])).log
    assert log.lines["age"].tolist() == ["41", "42", "old"]
    assert log.lines["tier"].tolist()[2] == 7.0


def test_the_order_of_files_is_part_of_the_digest(csv: Write) -> None:
    csv(*LINES[:4], name="one.csv")
    csv(*LINES[4:], name="two.csv")
    digests = [
        load(source(path=list(names))).sha256 for names in (("one.csv", "two.csv"), ("two.csv", "one.csv"))
    ]
    assert digests[0] != digests[1]
