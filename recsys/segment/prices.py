"""What a customer pays for a unit, and how often less than usual."""

from __future__ import annotations

from typing import Any

import narwhals as nw

Frame = nw.DataFrame[Any]
PRICES = {"price_level", "discount_share"}
DISCOUNT = 0.95
"""Below this share of the product's median price a line counts as bought at a discount."""


def prices(lines: Frame) -> Frame:
    """One row per customer with a priced line: price_level and discount_share.

    lines: customer, product, price (unknown where it is null or NaN).
    """
    priced = lines.select("customer", "product", "price").filter(nw.col("price").is_finite())
    usual = priced.group_by("product").agg(usual=nw.col("price").median())
    return (
        priced.join(usual, on="product", how="left")
        .select(
            "customer",
            "price",
            discounted=(nw.col("price") < DISCOUNT * nw.col("usual")).cast(nw.Float64),
        )
        .group_by("customer")
        .agg(price_level=nw.col("price").mean(), discount_share=nw.col("discounted").mean())
    )
