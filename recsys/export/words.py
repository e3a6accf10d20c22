"""Reasons in words, for people who read a list. Each distinct sentence is made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.ids import NOTHING
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK

AGAIN = 3  # days of purchase from which one can speak of a rhythm
NAMING = {
    Why.WITH: "bought with {}",
    Why.LIKE: "similar to {}",
    Why.NEAR: "appeals to the same customers as {}",
}
LATE = 2  # times the usual gap: who waits longer has left the rhythm


@dataclass(frozen=True, eq=False)
class Habit:
    """How customers bought products, one row for each (customer, product) asked for.

    days: on how many days; 0 where never. span, since: days from the first to the last of these, and from
    the last to the first after the end of the log.
    """

    days: NDArray[np.int64]
    span: NDArray[np.int64]
    since: NDArray[np.int64]


class Habits(Protocol):
    """The log's own record of who bought what when."""

    def of(self, customers: NDArray[np.int32], products: NDArray[np.int32]) -> Habit: ...


def in_words(
    reasons: Reasons,
    lists: TopK,
    called: NDArray[np.object_],
    segment: str,
    habits: Habits,
    end: np.datetime64,
) -> pa.Array:
    """A sentence for each place that holds a product, row by row; empty where nothing can be said.

    called: (products,) what a product is called. segment: whose lists they are. end: of the log.
    """
    row, place = np.nonzero(lists.products != NOTHING)
    kinds, others = reasons.kinds[row, place], reasons.products[row, place]
    texts = np.full(len(row), "", dtype=object)
    for kind, form in NAMING.items():
        at = np.flatnonzero(kinds == kind)
        distinct, which = np.unique(others[at], return_inverse=True)
        texts[at] = np.array([form.format(called[code]) for code in distinct], dtype=object)[which]
    texts[kinds == Why.ALIKE] = "bought by customers like you"
    for kind, form in ((Why.BESTSELLER, "bestseller"), (Why.SEGMENT, f"bestseller in {segment}")):
        at = np.flatnonzero(kinds == kind)
        days, which = np.unique(reasons.days[row[at], place[at]], return_inverse=True)
        texts[at] = np.array([_lately(form, float(last)) for last in days], dtype=object)[which]
    at = np.flatnonzero(kinds == Why.OWN)
    if len(at):
        habit = habits.of(lists.customers[row[at]], lists.products[row[at], place[at]])
        told = np.column_stack([habit.days, habit.span, habit.since])
        distinct, which = np.unique(told, axis=0, return_inverse=True)
        words = [_habit(days, span, since, end) for days, span, since in distinct.tolist()]
        texts[at] = np.array(words, dtype=object)[which.ravel()]
    return pa.array(texts, pa.string())


def _lately(form: str, days: float) -> str:
    return form if np.isnan(days) else f"{form}, last {days:g} days"


def _habit(days: int, span: int, since: int, end: np.datetime64) -> str:
    """In a rhythm while the next purchase is not long overdue."""
    if days < 1:
        return ""
    gap = span / max(days - 1, 1)
    if days >= AGAIN and since <= LATE * gap:
        every = round(gap)
        return "you buy this every day" if every <= 1 else f"you buy this every {every} days"
    last = (end - np.timedelta64(1, "s")).astype("datetime64[D]") + 1 - since
    return f"bought on {last}" if days == 1 else f"bought {days} times, last on {last}"
