"""What real logs hold beside purchases: cancellations, postage, manual lines, fees, free items, duplicates.

Everything here is added to the purchases and none of it changes them, so that the protocol's cleaning
gives the purchases back exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.visits import DAY

DUPLICATES = 0.0098  # share of lines that are written twice
CANCELLING = 0.22  # chance that a visit is followed by a cancellation
CANCELLED_LINES = 2.1  # lines of it that are then cancelled, on average
CANCEL_DAYS = 9.0  # mean days until then
FREE = 0.0012  # lines at price zero, per line; guests' have no description


@dataclass(frozen=True)
class Special:
    """A line that is no product: chance per invoice of each sort, and its usual price."""

    code: str
    description: str
    price: float
    home: float  # chance on a purchase of a home customer
    abroad: float  # ... of a customer abroad
    guest: float  # ... of a guest
    cancel: float  # ... on a cancellation, where its quantity is negative


SPECIALS = (
    Special("POST", "POSTAGE", 18.0, 0.001, 0.55, 0.01, 0.03),
    Special("M", "Manual", 7.95, 0.017, 0.017, 0.030, 0.050),
    Special("DOT", "DOTCOM POSTAGE", 185.0, 0.0, 0.0, 0.11, 0.0),
    Special("C2", "CARRIAGE", 50.0, 0.004, 0.03, 0.003, 0.002),
    Special("D", "Discount", 22.97, 0.0, 0.0, 0.0, 0.020),
    Special("BANK CHARGES", "Bank Charges", 15.0, 0.0008, 0.0008, 0.0, 0.004),
    Special("AMAZONFEE", "AMAZON FEE", 5900.0, 0.0, 0.0, 0.0005, 0.006),
    Special("S", "SAMPLES", 19.5, 0.0, 0.0, 0.001, 0.010),
)


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of the log in codes, (lines,)."""

    invoice: NDArray[np.int64]  # number, without the C
    cancels: NDArray[np.bool_]
    item: NDArray[np.int64]  # product; from len(products) on: SPECIALS
    quantity: NDArray[np.int64]
    minute: NDArray[np.int64]
    price: NDArray[np.float64]
    customer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.invoice)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Lines:
        """These rows, in this order."""
        return Lines(*(getattr(self, field.name)[rows] for field in fields(self)))


def joined(parts: list[Lines]) -> Lines:
    """All parts, one after the other."""
    return Lines(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Lines)))


def cancellation_times(minute: NDArray[np.int64], days: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """When each visit is partly cancelled, (visits,) minutes; -1: never, or after the last day."""
    later = minute + np.ceil(rng.exponential(CANCEL_DAYS, len(minute)) * DAY).astype(np.int64)
    chosen = (rng.random(len(minute)) < CANCELLING) & (later < days * DAY)
    return np.where(chosen, later, -1)


def cancel_some(
    lines: Lines, number: NDArray[np.int64], when: NDArray[np.int64], rng: np.random.Generator
) -> Lines:
    """The cancelled copies of some lines; `number` and `when` are those of the cancellation, -1: none.

    Lines of a basket are equally likely to be sent back.
    """
    _, home, size = np.unique(lines.invoice, return_inverse=True, return_counts=True)
    sent = (number >= 0) & (rng.random(len(lines)) * size[home] < CANCELLED_LINES)
    back = lines.take(sent)
    return Lines(
        number[sent],
        np.ones(len(back), np.bool_),
        back.item,
        -back.quantity,
        when[sent],
        back.price,
        back.customer,
    )


def special_lines(
    lines: Lines, products: int, abroad: NDArray[np.bool_], guest: NDArray[np.bool_], rng: np.random.Generator
) -> Lines:
    """Postage, manual lines and fees for the invoices of these lines; abroad, guest: (lines,)."""
    _, first = np.unique(lines.invoice, return_index=True)
    head = lines.take(first)
    parts = []
    for place, special in enumerate(SPECIALS):
        chance = np.where(guest[first], special.guest, np.where(abroad[first], special.abroad, special.home))
        chance = np.where(head.cancels, special.cancel, chance)
        hit = head.take(rng.random(len(head)) < chance)
        price = np.round(special.price * np.exp(rng.normal(0, 0.4, len(hit))), 2)
        quantity = np.where(hit.cancels, -1, 1)
        item = np.full(len(hit), products + place)
        parts.append(Lines(hit.invoice, hit.cancels, item, quantity, hit.minute, price, hit.customer))
    return joined(parts)


def free_lines(lines: Lines, products: int, rng: np.random.Generator) -> Lines:
    """Items at price zero, on some of these invoices."""
    hit = lines.take((rng.random(len(lines)) < FREE) & ~lines.cancels)
    item = rng.integers(0, products, len(hit))
    return Lines(hit.invoice, hit.cancels, item, hit.quantity, hit.minute, np.zeros(len(hit)), hit.customer)


def duplicated(lines: Lines, rng: np.random.Generator) -> Lines:
    """The same lines, some of them written twice, in order of invoice."""
    rows = np.repeat(np.arange(len(lines)), 1 + (rng.random(len(lines)) < DUPLICATES))
    return lines.take(rows[np.argsort(lines.invoice[rows], kind="stable")])
