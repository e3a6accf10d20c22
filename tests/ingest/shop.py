"""A shop of two customers, small enough to be cleaned by hand."""

from __future__ import annotations

from typing import Any

from recsys.ingest import Source

HEADER = "invoice,product,words,units,when,price,customer,land"
LINES = [
    "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
    "536365,71053,LANTERN,6,2010-12-01 08:27:00,3.39,17850,United Kingdom",
    "536366,00123,MUG,1,2010-12-02 10:00:00,1.50,13047,Norway",
    "536366,00123,MUG,1,2010-12-02 10:00:00,1.50,13047,Norway",
    "536367,71053,LANTERN,2,2010-12-03 11:00:00,3.39,,France",
    "C536368,71053,LANTERN,-1,2010-12-03 12:00:00,3.39,17850,United Kingdom",
    "536369,POST,POSTAGE,1,2010-12-04 09:00:00,18.00,13047,Norway",
    "536370,71053,LANTERN,2,2010-12-05 23:59:59,3.39,13047,Norway",
]
COLUMNS = {
    "customer": "customer",
    "product": "product",
    "time": "when",
    "invoice": "invoice",
    "quantity": "units",
    "price": "price",
    "description": "words",
    "country": "land",
}


def source(kind: str = "csv", path: Any = "shop.csv", columns: Any = None, **settings: Any) -> Source:
    """A source of this shop's columns."""
    return Source(kind=kind, path=path, columns=COLUMNS if columns is None else columns, **settings)
