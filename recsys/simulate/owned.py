"""What taste and family buyers have already: they seldom buy it twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.customers import Customers
from recsys.simulate.descriptions import rank_within
from recsys.simulate.products import Products
from recsys.simulate.settings import FAMILY, TASTE


class Owned:
    """Which products of their own group or family taste and family buyers have bought so far.

    One flag per (such a customer, place within the group or family): far less than customers x products.
    """

    def __init__(self, products: Products, customers: Customers) -> None:
        self._products, self._customers = products, customers
        self._in_group = rank_within(products.group)
        self._in_family = rank_within(products.family)
        width = max(int(self._in_group.max()), int(self._in_family.max())) + 1
        scoped = (customers.kind == TASTE) | (customers.kind == FAMILY)
        self._row = np.where(scoped, np.cumsum(scoped) - 1, -1)
        self._bought = np.zeros((int(scoped.sum()), width), np.bool_)

    def has(self, customer: NDArray[np.int32], product: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True where the customer bought this product of his scope before."""
        row, place = self._place(customer, product)
        found = np.zeros(len(customer), np.bool_)
        inside = place >= 0
        found[inside] = self._bought[row[inside], place[inside]]
        return found

    def add(self, customer: NDArray[np.int32], product: NDArray[np.int64]) -> None:
        """Remember these purchases."""
        row, place = self._place(customer, product)
        inside = place >= 0
        self._bought[row[inside], place[inside]] = True

    def _place(
        self, customer: NDArray[np.int32], product: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(row, column) in the table; column -1: outside the customer's group or family."""
        kind = self._customers.kind[customer]
        place = np.full(len(customer), -1)
        own_group = self._customers.group[customer] == self._products.group[product]
        own_family = self._customers.family[customer] == self._products.family[product]
        np.copyto(place, self._in_group[product], where=(kind == TASTE) & own_group)
        np.copyto(place, self._in_family[product], where=(kind == FAMILY) & own_family)
        return self._row[customer], place
