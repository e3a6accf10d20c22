"""Several files: an invoice counts once, and columns may be named differently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recsys.ingest import Clean, load

from .shop import COLUMNS, HEADER, LINES, source

Write = Callable[..., Path]


def test_an_invoice_is_taken_from_the_first_file(csv: Write) -> None:
    csv(*LINES[:4], name="one.csv")
    csv(*LINES[2:], "536365,NEW,x,1,2010-12-01,1.0,17850,N", name="two.csv")
    loaded = load(source(path=["one.csv", "two.csv"]))
    assert list(loaded.ledger["rule"][:3]) == ["read", "repeated-invoice", "duplicates"]
    assert list(loaded.ledger["lines"][:3]) == [11, 3, 1]
    assert "NEW" not in loaded.log.products.names
    assert [file.name for file in loaded.files] == ["one.csv", "two.csv"]


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
