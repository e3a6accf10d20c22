"""The recommenders that can be worked out by hand: popularity, segments, repurchase, random, fallback."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.core.errors import RecommendError
from recsys.core.fold import Known, know
from recsys.core.protocols import Fitted, Seen
from recsys.core.segmentation import Segmentation
from recsys.recommend.fallback import Fallback
from recsys.recommend.popularity import Popularity
from recsys.recommend.random import Random
from recsys.recommend.repurchase import Repurchase
from recsys.recommend.segment_bestsellers import SegmentBestsellers
from tests.contract.examples import workshop
from tests.logs import all_of, make_log, random_log

RNG = np.random.default_rng(0)
ROWS = [
    ("ann", "tea", "1", "2024-01-01", 1, 2.0),
    ("ann", "tea", "2", "2024-01-11", 1, 2.0),
    ("ann", "pot", "2", "2024-01-11", 1, 50.0),
    ("bob", "tea", "3", "2024-01-12", 1, 2.0),
    ("bob", "cup", "3", "2024-01-12", 9, 1.0),
    ("cat", "cup", "4", "2024-01-20", 1, 1.0),
    ("cat", "cup", "4", "2024-01-20", 1, 1.0),
]
KNOWN = know(make_log(ROWS), np.datetime64("2024-01-21"))
ANN, BOB, CAT = 0, 1, 2


def named(
    fitted: Fitted, customer: int, k: int = 5, *, seen: Seen = Seen.KEEP, known: Known = KNOWN
) -> list[str]:
    lists = fitted.recommend(np.array([customer], np.int32), k, seen=seen)
    return [name for name in known.history.products.take(lists.products[0]) if name is not None]


# -- popularity --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "order", "scores"),
    [
        ("buyers", ["cup", "tea", "pot"], [2, 2, 1]),
        ("lines", ["cup", "tea", "pot"], [3, 3, 1]),
        ("units", ["cup", "tea", "pot"], [11, 3, 1]),
        ("revenue", ["pot", "cup", "tea"], [50, 11, 6]),
    ],
)
def test_popularity_by(by: str, order: list[str], scores: list[float]) -> None:
    fitted = Popularity(by=by).fit(KNOWN, RNG)
    assert named(fitted, ANN) == order
    assert fitted.recommend(np.array([ANN], np.int32), 3, seen=Seen.KEEP).scores[0].tolist() == scores


def test_dropping_what_was_bought_leaves_the_rest() -> None:
    assert named(Popularity().fit(KNOWN, RNG), ANN, seen=Seen.DROP) == ["cup"]
    assert named(Popularity().fit(KNOWN, RNG), CAT, seen=Seen.DROP) == ["tea", "pot"]


def test_last_ten_days_count_from_the_cutoff() -> None:
    """The cutoff is 21 January 00:00; the 11th is exactly ten days before it."""
    assert named(Popularity(window_days=10).fit(KNOWN, RNG), ANN) == ["cup", "tea", "pot"]
    assert named(Popularity(window_days=9.5).fit(KNOWN, RNG), ANN) == ["cup", "tea"]
    assert named(Popularity(window_days=1).fit(KNOWN, RNG), ANN) == ["cup"]


def test_ties_in_a_window_go_by_the_whole_history() -> None:
    rows = [*ROWS, ("dan", "pot", "5", "2024-01-20", 1, 1.0), ("eve", "pot", "6", "2024-01-05", 1, 1.0)]
    known = know(make_log(rows), np.datetime64("2024-01-21"))  # pot: 3 buyers; cup: 2; one each on the 20th
    assert named(Popularity(window_days=1).fit(known, RNG), ANN, known=known) == ["pot", "cup"]


def test_one_invoice_of_a_customer_is_one_buyer() -> None:
    assert Popularity().fit(KNOWN, RNG).demand.tolist() == [2, 1, 2]


# -- segment bestsellers -----------------------------------------------------------------------------


def test_each_segment_has_its_own_bestsellers() -> None:
    codes = np.array([0, 1, 1], dtype=np.int16)
    known = KNOWN.with_segments(Segmentation(("gold", "tin"), codes, pd.DataFrame(index=range(3))))
    fitted = SegmentBestsellers().fit(known, RNG)
    assert named(fitted, ANN) == ["tea", "pot"]  # a tie, broken by all buyers
    assert named(fitted, BOB) == named(fitted, CAT) == ["cup", "tea"]
    both = fitted.recommend(np.array([CAT, ANN, BOB], np.int32), 1, seen=Seen.KEEP)
    assert KNOWN.history.products.take(both.products[:, 0]).tolist() == ["cup", "tea", "cup"]


def test_segment_nobody_is_in_is_no_error() -> None:
    codes = np.array([2, 2, 0], dtype=np.int16)
    known = KNOWN.with_segments(Segmentation(("a", "b", "c"), codes, pd.DataFrame(index=range(3))))
    assert named(SegmentBestsellers().fit(known, RNG), ANN) == ["tea", "cup", "pot"]


def test_without_segments_it_says_what_to_add() -> None:
    with pytest.raises(RecommendError, match=r"no segments to work with: expected .*; add segments"):
        SegmentBestsellers().fit(KNOWN, RNG)


# -- repurchase --------------------------------------------------------------------------------------


def test_own_products_by_number_of_invoices() -> None:
    fitted = Repurchase().fit(KNOWN, RNG)
    assert named(fitted, ANN) == ["tea", "pot"]
    assert named(fitted, BOB) == ["cup", "tea"]  # once each: the tie goes to the name, both have two buyers
    assert named(fitted, CAT) == ["cup"]
    assert fitted.recommend(np.array([CAT], np.int32), 1, seen=Seen.KEEP).scores.tolist() == [[1.0]]


def test_dropping_what_was_bought_leaves_nothing() -> None:
    assert named(Repurchase().fit(KNOWN, RNG), ANN, seen=Seen.DROP) == []


def test_fading_prefers_the_latest() -> None:
    """Tea twenty and ten days ago, pot ten: with a half-life of a day, tea is barely more than pot."""
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 2.0),
        ("ann", "tea", "2", "2024-01-02", 1, 2.0),
        ("ann", "pot", "3", "2024-01-20", 1, 2.0),
    ]
    known = all_of(make_log(rows))
    assert named(Repurchase().fit(known, RNG), 0, known=known) == ["tea", "pot"]
    faded = Repurchase(half_life_days=5).fit(known, RNG)
    assert named(faded, 0, known=known) == ["pot", "tea"]
    scores = faded.recommend(np.array([0], np.int32), 2, seen=Seen.KEEP).scores[0]
    assert scores == pytest.approx([0.5 ** (1 / 5), 0.5 ** (20 / 5) + 0.5 ** (19 / 5)])


def test_what_was_only_viewed_is_not_bought_again() -> None:
    known = all_of(
        make_log(ROWS, views=[("cat", "tea", "2024-01-20", 0.9), ("cat", "cup", "2024-01-20", 0.9)])
    )
    assert named(Repurchase().fit(known, RNG), CAT) == ["cup"]


# -- random ------------------------------------------------------------------------------------------


def test_every_product_has_an_equal_chance() -> None:
    """400 customers, 20 products: each comes first about 20 times; chi-squared, 19 degrees of freedom."""
    known = all_of(random_log(30, customers=400, products=20, lines=6000))
    everyone = np.arange(len(known.history.customers), dtype=np.int32)
    first = (
        Random().fit(known, np.random.default_rng(1)).recommend(everyone, 1, seen=Seen.KEEP).products[:, 0]
    )
    count = np.bincount(first, minlength=20)
    expected = len(everyone) / 20
    assert ((count - expected) ** 2 / expected).sum() < 43.8  # the 0.1% point


def test_customers_get_different_lists_and_a_list_does_not_depend_on_who_else_asks() -> None:
    fitted = Random().fit(all_of(random_log(31)), np.random.default_rng(1))
    lists = fitted.recommend(np.arange(30, dtype=np.int32), 5, seen=Seen.KEEP).products
    assert len({tuple(row) for row in lists}) > 20
    assert (
        fitted.recommend(np.array([7], np.int32), 5, seen=Seen.KEEP).products[0].tolist() == lists[7].tolist()
    )


def test_another_seed_draws_another_list() -> None:
    known = all_of(random_log(31))
    one, other = (Random().fit(known, np.random.default_rng(seed)) for seed in (1, 2))
    everyone = np.arange(30, dtype=np.int32)
    assert (one.recommend(everyone, 5).products != other.recommend(everyone, 5).products).any()


# -- fallback ----------------------------------------------------------------------------------------

PARTS = workshop({"own": Repurchase(), "all": Popularity()}, KNOWN)


def test_short_list_goes_on_with_the_next_part() -> None:
    fitted = Fallback(parts=("own", "all")).combine(KNOWN, RNG, PARTS)
    assert named(fitted, ANN) == ["tea", "pot", "cup"]
    assert named(fitted, ANN, seen=Seen.DROP) == ["cup"]
    assert named(fitted, -1) == ["cup", "tea", "pot"]
    assert fitted.serves_newcomers


def test_order_of_parts_is_the_order_of_choice() -> None:
    fitted = Fallback(parts=("all", "own")).combine(KNOWN, RNG, PARTS)
    assert named(fitted, ANN) == ["cup", "tea", "pot"]


def test_fallback_without_popular_parts_serves_nobody_new() -> None:
    fitted = Fallback(parts=("own", "own")).combine(KNOWN, RNG, PARTS)
    assert not fitted.serves_newcomers
    assert named(fitted, -1) == []
