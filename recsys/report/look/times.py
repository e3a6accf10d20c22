"""Purchases per month, weekday and hour."""

from __future__ import annotations

import pandas as pd

from recsys.report.document import Block, Section
from recsys.report.look.daily import daily
from recsys.report.look.noun import Inspection
from recsys.report.look.parts import chart, counts, with_money
from recsys.report.show import day


def times(found: Inspection) -> Section:
    """A chart of lines for each, with customers, invoices and revenue behind it."""
    columns = with_money(("lines", "customers", "invoices", "revenue"), found.priced)
    ends = f"From {day(found.first)} to {day(found.last)}: the first and the last month may be cut."
    blocks: list[Block] = [
        *daily(found.days, _chart("month", found.months, columns, found.currency, ends)),
        _chart("weekday", found.weekdays, columns, found.currency),
    ]
    if len(found.hours):
        hours = found.hours[
            found.hours["lines"].cumsum().gt(0) & found.hours["lines"][::-1].cumsum()[::-1].gt(0)
        ]
        named = hours.assign(hour=[f"{int(hour):02}:00" for hour in hours["hour"]])
        blocks.append(_chart("hour", named, columns, found.currency))
    return Section("When customers buy", tuple(blocks))


def _chart(what: str, frame: pd.DataFrame, columns: list[str], currency: str, note: str = "") -> Block:
    table = counts(f"Purchases per {what}", frame, what.capitalize(), columns, note, currency)
    return chart(f"Lines per {what}", table, frame, "lines")
