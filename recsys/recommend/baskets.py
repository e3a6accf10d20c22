"""Invoices as rows: whose they are, how many of that customer came later, and what they held."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.log import TransactionLog


@dataclass(frozen=True, eq=False)
class Baskets:
    """One row per invoice, grouped by customer and oldest first within one.

    held: baskets x products, 1 where the invoice held the product. count: (customers,) invoices of each.
    """

    held: sparse.csr_matrix
    count: NDArray[np.int64]

    @classmethod
    def of(cls, history: TransactionLog) -> Baskets:
        """The invoices of a log; views and carts are none."""
        lines = history.lines
        customers, products = history.shape
        basket = lines["basket"].to_numpy().astype(np.int64)
        width = int(basket.max()) + 1 if len(basket) else 1
        key = lines["customer"].to_numpy().astype(np.int64) * width + basket  # basket codes ascend with time
        found, row = np.unique(key, return_inverse=True)
        ones = np.ones(len(row), dtype=np.float32)
        held = sparse.csr_matrix((ones, (row, lines["product"].to_numpy())), shape=(len(found), products))
        held.data[:] = 1.0  # a product on two lines of an invoice is held once
        return cls(held, np.bincount(found // width, minlength=customers))

    @cached_property
    def customer(self) -> NDArray[np.int64]:
        """Whose each invoice is. Shape (baskets,)."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @cached_property
    def later(self) -> NDArray[np.int64]:
        """How many invoices of the same customer came later: 0 for the latest. Shape (baskets,)."""
        return np.repeat(np.cumsum(self.count), self.count) - 1 - np.arange(self.held.shape[0])

    def by_customer(self, weight: NDArray[np.float64]) -> sparse.csr_matrix:
        """Customers x products: the sum of the weights (baskets,) of the invoices that held the product."""
        indptr = np.concatenate([[0], np.cumsum(self.count)])
        rows = sparse.csr_matrix(
            (weight, np.arange(len(weight)), indptr), shape=(len(self.count), len(weight))
        )
        summed = sparse.csr_matrix(rows @ self.held).astype(np.float32)
        summed.eliminate_zeros()
        summed.sort_indices()
        return summed
