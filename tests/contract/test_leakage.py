"""Whatever happens after the cutoff, every kind's lists stay as they are."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from recsys.core.fold import Fold, Known, Target
from recsys.core.log import TransactionLog
from recsys.core.protocols import Seen
from recsys.core.topk import TopK
from recsys.split import Holdout
from tests.contract.examples import EXAMPLES, Example, segmented
from tests.logs import make_log, random_rows

CUTOFF = "2024-02-20"
LAST = ("c00", "p00", "last", "2024-03-30", 1, 1.0, None)
PAST = [row for row in random_rows(60, customers=20, products=16, lines=320) if row[3] < CUTOFF]
PAST += [("c03", "p02", "r1", "2024-02-10", -1, 3.0, None)]
NEXT = [row for row in random_rows(61, customers=30, products=25, lines=120) if row[3] >= CUTOFF]

FUTURES: dict[str, list[tuple[Any, ...]]] = {
    "nothing happens": [],
    "business as usual": NEXT,
    "other people, products, prices and texts": [
        (f"A{row[0]}", f"A{row[1]}", *row[2:5], 900.0, "a new kind of zebra") for row in NEXT
    ],
    "same products under new names at new prices": [(*row[:5], 777.0, "all new words here") for row in NEXT],
    "everything is brought back": [
        (row[0], row[1], f"back {at}", "2024-02-21", -row[4], row[5], None)
        for at, row in enumerate(PAST)
        if row[4] > 0
    ],
    "one product sells out": [(f"c{i:02}", "p15", f"x{i}", "2024-02-20", 99, 1.0, "p15") for i in range(20)],
}
VIEWS = [("c01", "p03", "2024-01-15", 0.5)]
LATER_VIEWS = [*VIEWS, *((f"c{i:02}", "p04", CUTOFF, 0.5) for i in range(20))]


def log(future: str, *, nets: bool) -> TransactionLog:
    rows = [*PAST, *FUTURES[future], LAST]
    views = VIEWS if future == "nothing happens" else LATER_VIEWS
    return make_log(
        rows,
        nets=nets,
        views=views,
        customer_columns={"country": ["here" if row[3] < CUTOFF else "there" for row in rows]},
        product_columns={"shelf": [f"s{row[1][-1]}" if row[3] < CUTOFF else "moved" for row in rows]},
    )


@cache
def fold(future: str, nets: bool) -> Fold:
    (found,) = Holdout(holdout_days=40).split(log(future, nets=nets))
    assert found.known.cutoff == np.datetime64(CUTOFF)
    return Fold(segmented(found.known), found.future)


def everything_said(known: Known, example: Example) -> list[TopK]:
    """All lists of all customers, and a stranger's."""
    fitted = example.fit(known)
    asked = np.arange(-1, len(known.history.customers), dtype=np.int32)
    return [fitted.recommend(asked, 8, seen=seen) for seen in Seen]


@cache
def said_without_future(example: Example, nets: bool) -> list[TopK]:
    return everything_said(fold("nothing happens", nets).known, example)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
@pytest.mark.parametrize("future", [name for name in FUTURES if name != "nothing happens"])
def test_lists_do_not_depend_on_the_future(example: Example, future: str) -> None:
    nets = future == "everything is brought back"  # set aside, returns are no lines at all
    known = fold(future, nets).known
    before = fold("nothing happens", nets).known
    assert list(known.history.customers.names) == list(before.history.customers.names)
    for one, other in zip(everything_said(known, example), said_without_future(example, nets), strict=True):
        np.testing.assert_array_equal(one.products, other.products)
        np.testing.assert_array_equal(one.scores, other.scores)


@pytest.mark.parametrize("nets", [False, True], ids=["set aside", "netted"])
@pytest.mark.parametrize("future", FUTURES)
def test_known_holds_no_name_text_price_or_attribute_of_the_future(future: str, nets: bool) -> None:
    known, alone = fold(future, nets).known, fold("nothing happens", nets).known
    assert known.catalogue.equals(alone.catalogue)
    assert list(known.history.descriptions.names) == list(alone.history.descriptions.names)
    assert known.history.customer_attributes.equals(alone.history.customer_attributes)
    assert known.history.lines.drop(columns="basket").equals(alone.history.lines.drop(columns="basket"))
    for frame in (known.history.lines, known.history.cancellations, known.history.evidence):
        assert (frame["time"] < np.datetime64(CUTOFF)).all()
    if known.history.gross is not None:
        assert (known.history.gross["time"] < np.datetime64(CUTOFF)).all()


def test_the_future_does_reach_the_truth() -> None:
    """Else the tests above would compare nothing with nothing."""
    usual, none = fold("business as usual", False), fold("nothing happens", False)
    assert usual.truth(Target.ANY).sizes.sum() > 3 * none.truth(Target.ANY).sizes.sum()
    assert len(fold("other people, products, prices and texts", False).arrivals) > 5
