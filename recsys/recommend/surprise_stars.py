"""Stars for the library Surprise, made from how often a product was bought.

With n the number of a customer's invoices that hold the product (views and carts add their weights), the
stars of what was bought are whole numbers from 1 to 5:

log       1 + floor(log2 n), at most 5: 1, 2-3, 4-7, 8-15, 16 and more invoices
count     floor(n), at most 5
quantile  1 + floor(5 * share of all pairs of a customer and a product they bought that have a smaller n)

Products drawn from those a customer did not buy have 0 stars. All are whole, since the library's SlopeOne and
CoClustering cut fractions off.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import sparse

from recsys.core.log import TransactionLog
from recsys.core.weighting import COUNT

Stars = Literal["log", "count", "quantile"]


def stars_of(history: TransactionLog, by: Stars) -> sparse.csr_matrix:
    """Customers x products, 1 to 5 where bought; float64."""
    times = sparse.csr_matrix(history.matrix(COUNT).multiply(history.bought), dtype=np.float64)
    n = np.floor(times.data)
    if by == "log":
        found = 1 + np.floor(np.log2(n))
    elif by == "count":
        found = n
    else:
        found = 1 + np.floor(5 * np.searchsorted(np.sort(n), n) / len(n))
    times.data = np.minimum(found, 5.0)
    times.sort_indices()
    return times


def with_none(stars: sparse.csr_matrix, per_product: int, rng: np.random.Generator) -> sparse.csr_matrix:
    """The same with 0 stars, stored, for so many products not bought as were bought times `per_product`.

    They are drawn evenly; one that was bought, or was drawn before, is not drawn again.
    """
    customers, products = stars.shape
    row = np.repeat(np.arange(customers), np.diff(stars.indptr))
    draws = np.repeat(row, per_product)
    drawn = draws * products + rng.integers(products, size=len(draws))
    own = row * products + stars.indices
    pair = np.concatenate([own, np.setdiff1d(drawn, own)])
    order = np.argsort(pair)
    data = np.concatenate([stars.data, np.zeros(len(pair) - len(own))])[order]
    indptr = np.searchsorted(pair[order], np.arange(customers + 1) * products)
    return sparse.csr_matrix((data, pair[order] % products, indptr), shape=stars.shape)
