"""Baskets become lines of a log: invoice numbers, quantities, prices and the noise, in order of time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.customers import Customers
from recsys.simulate.noise import (
    Lines,
    cancel_some,
    cancellation_times,
    duplicated,
    free_lines,
    joined,
    special_lines,
)
from recsys.simulate.products import Products
from recsys.simulate.purchases import Baskets
from recsys.simulate.settings import Settings
from recsys.simulate.visits import Visits

FIRST_INVOICE = 536_365
PACKS = np.array([1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 36, 48, 72, 96, 120, 144, 192, 288, 576, 1152])
MEDIAN_QUANTITY = 5.2
QUANTITY_SIGMA = 0.85
BULK, BULK_PRICE = 24, 0.85  # from this quantity on, the unit price is this share
GUEST_PRICE = 1.6  # guests pay retail prices


def assemble(
    settings: Settings,
    products: Products,
    customers: Customers,
    visits: Visits,
    baskets: Iterator[Baskets],
    rng: np.random.Generator,
) -> Iterator[Lines]:
    """The whole log in chunks, oldest first; cancellations wait until their own time has come."""
    cancel_minute = cancellation_times(visits.minute, settings.days, rng)
    number, cancel_number = _numbers(visits.minute, cancel_minute)
    waiting: list[Lines] = []
    for chunk in baskets:
        lines = _priced(chunk, number, products, customers, visits, rng)
        waiting.append(cancel_some(lines, cancel_number[chunk.visit], cancel_minute[chunk.visit], rng))
        due, waiting = _split(waiting, int(lines.invoice.max()))
        yield _with_noise(joined([lines, due]), products, customers, rng)
    if len(rest := joined(waiting)):
        yield _with_noise(rest, products, customers, rng)


def _numbers(
    minute: NDArray[np.int64], cancel_minute: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Invoice numbers of visits and of their cancellations (-1: none), counting up in order of time."""
    cancelled = np.flatnonzero(cancel_minute >= 0)
    order = np.argsort(np.concatenate([minute, cancel_minute[cancelled]]), kind="stable")
    number = np.empty(len(order), np.int64)
    number[order] = FIRST_INVOICE + np.arange(len(order))
    cancel_number = np.full(len(minute), -1)
    cancel_number[cancelled] = number[len(minute) :]
    return number[: len(minute)], cancel_number


def _priced(
    baskets: Baskets,
    number: NDArray[np.int64],
    products: Products,
    customers: Customers,
    visits: Visits,
    rng: np.random.Generator,
) -> Lines:
    """Quantities in packs, larger for big spenders and cheap products; prices with a discount for bulk."""
    customer = visits.customer[baskets.visit].astype(np.int64)
    list_price = products.price[baskets.product]
    guest = customer >= customers.identified
    wanted = MEDIAN_QUANTITY * customers.spend[customer] * (list_price / 2) ** -0.5
    wanted = np.where(guest, 0.4 * wanted, wanted) * np.exp(rng.normal(0, QUANTITY_SIGMA, len(customer)))
    pack = np.searchsorted(np.sqrt(PACKS[:-1] * PACKS[1:]), wanted)
    quantity = PACKS[pack]
    factor = np.where(guest, GUEST_PRICE, np.where(quantity >= BULK, BULK_PRICE, 1.0))
    price = np.maximum(np.round(list_price * factor, 2), 0.05)
    invoice = number[baskets.visit]
    never = np.zeros(len(customer), np.bool_)
    return Lines(invoice, never, baskets.product, quantity, visits.minute[baskets.visit], price, customer)


def _split(waiting: list[Lines], last: int) -> tuple[Lines, list[Lines]]:
    """(cancellations numbered below `last`, the others)."""
    lines = joined(waiting)
    due = lines.invoice < last
    return lines.take(due), [lines.take(~due)]


def _with_noise(lines: Lines, products: Products, customers: Customers, rng: np.random.Generator) -> Lines:
    """Specials, free items and duplicates added; sorted by invoice."""
    guest = lines.customer >= customers.identified
    abroad = customers.country[lines.customer] > 0
    special = special_lines(lines, len(products), abroad, guest, rng)
    return duplicated(joined([lines, special, free_lines(lines, len(products), rng)]), rng)
