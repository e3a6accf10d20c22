"""`kind: sql` on a real server; $RECSYS_TEST_POSTGRES is its URL. Nothing is written to it."""

from __future__ import annotations

import os

import pytest

from recsys.core.errors import SourceError
from recsys.ingest import Loaded, Source, load

URL = os.environ.get("RECSYS_TEST_POSTGRES", "")
pytestmark = pytest.mark.skipif(not URL, reason="no PostgreSQL: set RECSYS_TEST_POSTGRES to the URL of one")

COLUMNS = {
    "customer": "customer",
    "product": "product",
    "time": "moment",
    "invoice": "invoice",
    "quantity": "units",
    "price": "price",
}
SALES = """
    SELECT * FROM (VALUES
        (1, 17850, 'tea%', timestamptz '2024-01-01 08:26+00', 2, 1.25, gen_random_uuid(), '{a,b}'::text[]),
        (2, 17850, 'cup', timestamptz '2024-07-01 08:26+00', 1, 2.50, NULL, NULL)
    ) AS sales (invoice, customer, product, moment, units, price, token, tags)
"""


def answer(query: str) -> Loaded:
    return load(Source(kind="sql", url="${RECSYS_TEST_POSTGRES}", query=query, columns=COLUMNS))


def test_the_servers_own_types() -> None:
    log = answer(SALES).log
    assert list(log.customers.names) == ["17850"]
    assert log.spend.tolist() == [2.5, 2.5]
    assert log.lines["time"].dt.date.astype(str).tolist() == ["2024-01-01", "2024-07-01"]


def test_percent_signs() -> None:
    assert len(answer(f"{SALES} WHERE product LIKE 't%' AND units % 2 = 0").log.lines) == 1


def test_the_transaction_only_reads() -> None:
    asked = SALES.replace("SELECT *", "SELECT *, current_setting('transaction_read_only') AS guard")
    assert len(answer(f"SELECT * FROM ({asked}) AS s WHERE guard = 'on'").log.lines) == 2


def test_unknown_table() -> None:
    with pytest.raises(SourceError, match=r'relation "absent" does not exist'):
        answer("SELECT * FROM absent")
