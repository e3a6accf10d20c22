"""Public logs: where they live, under which licence, and the facts that tell a whole copy from another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Facts:
    """What is in a sheet; a copy that differs is not taken."""

    lines: int
    invoices: int
    customers: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Part:
    """One sheet of the workbook, and the Parquet file that it becomes."""

    sheet: str
    file: str
    facts: Facts


@dataclass(frozen=True)
class Dataset:
    """A zipped workbook with a public home.

    member: the one file in the zip that is read. columns: of every sheet, in order: invoice, product,
    description, quantity, time, price, customer, country. limit: bytes beyond which zip or workbook are
    not what they say they are.
    """

    name: str
    title: str
    url: str
    licence: str
    megabytes: float
    member: str
    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    limit: int = 300 * MEGABYTE

    @property
    def lines(self) -> int:
        """Lines of all parts."""
        return sum(part.facts.lines for part in self.parts)


YEAR_ONE = Facts(525_461, 28_816, 4_383, datetime(2009, 12, 1, 7, 45), datetime(2010, 12, 9, 20, 1))
YEAR_TWO = Facts(541_909, 25_900, 4_372, datetime(2010, 12, 1, 8, 26), datetime(2011, 12, 9, 12, 50))
# The second workbook has one line more of the same invoices: 1,067,371 in all, as its home states.
YEAR_TWO_AGAIN = Facts(541_910, 25_900, 4_372, datetime(2010, 12, 1, 8, 26), datetime(2011, 12, 9, 12, 50))

ONLINE_RETAIL = Dataset(
    name="online-retail",
    title="UCI Online Retail (Chen 2015), a British gift shop, 2010-12 to 2011-12",
    url="https://archive.ics.uci.edu/static/public/352/online+retail.zip",
    licence="CC BY 4.0",
    megabytes=22.6,
    member="Online Retail.xlsx",
    columns=(
        *("InvoiceNo", "StockCode", "Description", "Quantity"),
        *("InvoiceDate", "UnitPrice", "CustomerID", "Country"),
    ),
    parts=(Part("Online Retail", "online_retail.parquet", YEAR_TWO),),
)
ONLINE_RETAIL_II = Dataset(
    name="online-retail-ii",
    title="UCI Online Retail II (Chen 2019), the same shop, 2009-12 to 2011-12",
    url="https://archive.ics.uci.edu/static/public/502/online+retail+ii.zip",
    licence="CC BY 4.0",
    megabytes=43.5,
    member="online_retail_II.xlsx",
    columns=(
        *("Invoice", "StockCode", "Description", "Quantity"),
        *("InvoiceDate", "Price", "Customer ID", "Country"),
    ),
    parts=(
        Part("Year 2009-2010", "online_retail_II_2009-2010.parquet", YEAR_ONE),
        Part("Year 2010-2011", "online_retail_II_2010-2011.parquet", YEAR_TWO_AGAIN),
    ),
)
KNOWN = {dataset.name: dataset for dataset in (ONLINE_RETAIL, ONLINE_RETAIL_II)}
