"""Which lines go, and why: Narwhals expressions, so the same rules run on Arrow, pandas and Polars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import narwhals as nw

from recsys.ingest.clean import Clean, Floor

ROW = "(row)"
RULE = "(rule)"
DUPLICATE = "(duplicate)"
RETURNS = "returns"
FLOORS: tuple[Literal["quantity", "price"], ...] = ("quantity", "price")


def tagged(
    frame: nw.DataFrame[Any], clean: Clean, *, same: Sequence[str], purchases: Sequence[str]
) -> tuple[nw.DataFrame[Any], list[str]]:
    """The frame with RULE: the position, among the returned names, of the first rule that removes the line.

    Lines that stay have the position after the last name. same: columns in which duplicates agree. Events
    that are no purchases are worth nothing, so that money in the ledger is revenue.
    """
    if "event" in frame.columns:
        worth = nw.when(_purchased(purchases)).then(nw.col("worth")).otherwise(nw.lit(0.0))
        frame = frame.with_columns(worth.alias("worth"))
    if clean.duplicates and "invoice" in frame.columns:
        frame = frame.with_columns(_duplicated(frame, same).alias(DUPLICATE))
    removing = _rules(clean, frame.columns, purchases)
    verdict = nw.lit(len(removing))
    for position, goes in reversed(list(enumerate(removing.values()))):
        verdict = nw.when(goes).then(nw.lit(position)).otherwise(verdict)
    return frame.with_columns(verdict.alias(RULE)), list(removing)


def _rules(clean: Clean, columns: Sequence[str], purchases: Sequence[str]) -> dict[str, nw.Expr]:
    """Name -> which lines it removes, in order; a rule whose column is absent is off."""
    held = set(columns)
    found: dict[str, nw.Expr] = {}
    if "repeated" in held:
        found["repeated-invoice"] = nw.col("repeated")
    if "event" in held:
        found["events"] = ~_purchased(purchases)
    if DUPLICATE in held:
        found["duplicates"] = nw.col(DUPLICATE)
    if clean.missing_customer:
        found["missing-customer"] = nw.col("customer").is_null()
    found["missing-product"] = nw.col("product").is_null()
    found["missing-time"] = nw.col("time").is_null()
    if clean.returns is not None and "invoice" in held:
        found["cancellations"] = nw.col("invoice").fill_null("").str.starts_with(clean.returns.prefix)
    for column in FLOORS:
        floor = clean.floor(column)
        if floor is not None and column in held:
            found[column] = too_little(column, floor)
    if clean.product_code is not None:
        found["product-code"] = ~nw.col("product").fill_null("").str.contains(clean.product_code)
    if "description" in held and clean.missing_description:
        found["missing-description"] = nw.col("description").is_null()
    if "description" in held and clean.descriptions:
        listed = [text.strip() for text in clean.descriptions]
        found["descriptions"] = nw.col("description").fill_null("").is_in(listed)
    if "quantity" in held:  # where the quantity rule lets them pass: a return is no purchase
        found[RETURNS] = nw.col("quantity").fill_null(0.0) < 0
    return found


def _purchased(purchases: Sequence[str]) -> nw.Expr:
    return nw.col("event").fill_null("").is_in(list(purchases))


def too_little(column: str, floor: Floor) -> nw.Expr:
    """Below the floor, or missing."""
    value = nw.col(column)
    return value.is_null() | (value <= 0 if floor.min is None else value < floor.min)


def _duplicated(frame: nw.DataFrame[Any], same: Sequence[str]) -> nw.Series[Any]:
    """Whether an earlier line agrees in all of these columns."""
    rows = frame.select(same).with_row_index(ROW)
    first = rows.unique(subset=list(same), keep="first").get_column(ROW)
    return ~rows.get_column(ROW).is_in(first)
