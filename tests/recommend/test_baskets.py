"""Invoices as rows, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.recommend.baskets import Baskets
from tests.logs import make_log

LOG = make_log(
    [
        ("bob", "pot", "1", "2024-01-01", 1, 1.0),
        ("ann", "tea", "2", "2024-01-02", 1, 1.0),
        ("ann", "tea", "2", "2024-01-02", 3, 1.0),
        ("ann", "pot", "2", "2024-01-02", 1, 1.0),
        ("bob", "tea", "3", "2024-01-03", 1, 1.0),
        ("ann", "pot", "4", "2024-01-04", 1, 1.0),
        ("cat", "tea", "5", "2024-01-05", 1, 1.0),
    ]
)
POT, TEA = [1, 0], [0, 1]


def test_rows_are_by_customer_and_oldest_first() -> None:
    baskets = Baskets.of(LOG)
    assert baskets.customer.tolist() == [0, 0, 1, 1, 2]
    assert baskets.held.toarray().tolist() == [[1, 1], POT, POT, TEA, TEA]
    assert baskets.count.tolist() == [2, 2, 1]
    assert baskets.later.tolist() == [1, 0, 1, 0, 0]


def test_weights_add_up_by_product() -> None:
    summed = Baskets.of(LOG).by_customer(np.array([0.5, 0.25, 0.0, 2.0, 1.0]))
    assert summed.toarray().tolist() == [[0.75, 0.5], [0.0, 2.0], [0.0, 1.0]]
    assert summed.nnz == 4  # what weighs nothing is not held


def test_codes_may_be_as_large_as_they_get() -> None:
    """Products of customer and invoice codes do not fit in 32 bits."""
    lines = LOG.lines.assign(basket=(LOG.lines["basket"] + np.int32(2**31 - 10)).astype("int32"))
    far, near = Baskets.of(replace(LOG, lines=lines, _matrices={})), Baskets.of(LOG)
    assert far.held.toarray().tolist() == near.held.toarray().tolist()
    assert far.count.tolist() == near.count.tolist()
