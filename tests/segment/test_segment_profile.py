"""The profile table of two segments, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from recsys.core.segmentation import Segmentation
from recsys.segment import KMeansSegments, profile
from recsys.segment.features import features

NAN = float("nan")
ROWS = [
    ("ann", "cup", "1", "2024-01-01", 2, 5.0),
    ("ann", "pot", "2", "2024-01-11", 1, 40.0),
    ("bob", "cup", "3", "2024-01-21", 3, 5.0),
    ("bob", "cup", "C4", "2024-01-22", -1, 5.0),
    ("cid", "jar", "5", "2024-02-01", 1, 40.0),
]


def segmented(known, names, codes):
    frame = features(known, ["recency", "monetary"])
    return known.with_segments(Segmentation(names, np.array(codes, dtype=np.int16), frame))


@pytest.fixture
def table(known_of):
    return profile(segmented(known_of(ROWS), ("few", "many", "none"), [1, 1, 0])).set_index("segment")


def test_size_and_orders(table):
    assert table["customers"].tolist() == [1, 2, 0]
    assert table["customer_share"].tolist() == pytest.approx([1 / 3, 2 / 3, 0])
    assert table["orders"].tolist() == [1, 3, 0]


def test_revenue_is_less_returns(table):
    assert table["revenue"].tolist() == [40, 50 + 15 - 5, 0]
    assert table["revenue_share"].tolist() == pytest.approx([0.4, 0.6, 0])


def test_revenue_of_netted_lines_is_less_returns_once(known_of):
    known = segmented(known_of(ROWS, netted=True), ("all",), [0, 0, 0])
    assert profile(known)["revenue"].tolist() == [100]


def test_medians(table):
    assert table["median_monetary"].tolist()[:2] == [40, (50 + 10) / 2]
    assert table["median_recency"].tolist()[:2] == [29, (50 + 40) / 2]
    assert np.isnan(table.loc["none", "median_recency"])


def test_best_sellers_by_distinct_buyers(table):
    assert table["top_products"].tolist() == ["jar", "cup; pot", ""]


def test_best_sellers_are_described_where_they_can_be(known_of):
    known = segmented(known_of(ROWS), ("all",), [0, 0, 0])
    named = known.catalogue.assign(description=pd.Series(["RED CUP ", None, "POT"], dtype=object))
    object.__setattr__(known, "catalogue", named)
    assert profile(known)["top_products"].tolist() == ["RED CUP; jar; POT"]


def test_at_most_five_best_sellers(known_of):
    known = known_of([("ann", f"p{i}", "1", "2024-01-01", 1, 1.0) for i in range(9)])
    assert profile(segmented(known, ("all",), [0]))["top_products"].tolist() == ["p0; p1; p2; p3; p4"]


def test_without_prices_revenue_is_unknown(known_of):
    known = known_of([(*row[:5], NAN) for row in ROWS])
    table = profile(segmented(known, ("all",), [0, 0, 0]))
    assert table[["revenue", "revenue_share"]].isna().all(axis=None)
    assert table["customers"].tolist() == [3]


def test_profile_of_fitted_segments_counts_everyone(known_of, shop_rows):
    known = known_of(shop_rows(80))
    fitted = KMeansSegments().fit(known, np.random.default_rng(0))
    table = profile(known.with_segments(fitted.assign(known)))
    assert tuple(table["segment"]) == fitted.names
    assert table["customers"].sum() == 80
    assert table["orders"].sum() == known.history.invoices.sum()
    assert table[["customer_share", "revenue_share"]].sum().tolist() == pytest.approx([1, 1])


def test_no_segments_is_an_error(known_of):
    with pytest.raises(ValueError, match="no segments"):
        profile(known_of(ROWS))
