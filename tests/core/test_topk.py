"""Ranked lists, and what fills the short ones."""

from __future__ import annotations

import numpy as np

from recsys.core.ids import NOTHING
from recsys.core.topk import TopK

NAN = float("nan")


def lists(*rows: list[int]) -> TopK:
    products = np.array(rows, dtype=np.int32)
    scores = np.where(products == NOTHING, np.nan, 1.0 / (1 + np.arange(products.shape[1])))
    return TopK(np.arange(len(rows), dtype=np.int32), products, scores.astype(np.float32))


def test_short_list_is_filled_in_the_order_of_the_other() -> None:
    assert lists([7, -1, -1]).filled(lists([4, 2, 9])).products.tolist() == [[7, 4, 2]]


def test_filling_leaves_out_what_the_list_has() -> None:
    assert lists([7, 2, -1, -1]).filled(lists([2, 7, 5, 1])).products.tolist() == [[7, 2, 5, 1]]


def test_empty_list_becomes_the_other() -> None:
    assert lists([-1, -1]).filled(lists([5, 6])).products.tolist() == [[5, 6]]


def test_full_list_stays() -> None:
    full = lists([1, 2])
    assert full.filled(lists([8, 9])).products.tolist() == [[1, 2]]


def test_other_that_is_short_too_leaves_places_empty_at_the_end() -> None:
    assert lists([3, -1, -1, -1]).filled(lists([3, 5, -1, -1])).products.tolist() == [[3, 5, -1, -1]]
    assert lists([-1, -1]).filled(lists([-1, -1])).products.tolist() == [[-1, -1]]


def test_rows_are_filled_each_on_its_own() -> None:
    own = lists([1, 2, 3], [4, -1, -1], [-1, -1, -1])
    other = lists([9, 8, 7], [4, 5, 6], [2, 1, -1])
    assert own.filled(other).products.tolist() == [[1, 2, 3], [4, 5, 6], [2, 1, -1]]


def test_filled_places_have_no_score_and_own_ones_keep_theirs() -> None:
    scores = lists([7, -1]).filled(lists([4, 2])).scores
    assert scores[0, 0] == 1.0
    assert np.isnan(scores[0, 1])


def test_filling_changes_neither_list() -> None:
    own, other = lists([7, -1]), lists([7, 2])
    own.filled(other)
    assert own.products.tolist() == [[7, -1]]
    assert other.products.tolist() == [[7, 2]]


def test_filling_is_what_a_loop_gives() -> None:
    rng = np.random.default_rng(1)
    own = np.full((200, 6), NOTHING)
    other = np.full((200, 6), NOTHING)
    for row in range(200):
        for into in (own, other):
            size = rng.integers(7)
            into[row, :size] = rng.permutation(12)[:size]
    got = lists(*own.tolist()).filled(lists(*other.tolist())).products
    for row in range(200):
        want = [p for p in own[row] if p != NOTHING]
        want += [p for p in other[row] if p != NOTHING and p not in want]
        assert [p for p in got[row] if p != NOTHING] == want[:6]
        assert (np.diff((got[row] == NOTHING).astype(int)) >= 0).all()


def test_two_of_four_places_are_half() -> None:
    half = lists([1, 2, -1, -1])
    assert half.own_share == 0.5
    assert half.lengths.tolist() == [2]
    assert repr(half) == "TopK(1 lists of 4, 50.0% filled)"


def test_head_is_the_first_places() -> None:
    assert lists([3, 1, -1]).head(2).products.tolist() == [[3, 1]]


def test_empty_lists_hold_nothing() -> None:
    empty = TopK.empty(np.array([0, NOTHING], dtype=np.int32), 2)
    assert (empty.products == NOTHING).all()
    assert np.isnan(empty.scores).all()
    assert empty.own_share == 0.0
    assert TopK.empty(np.empty(0, dtype=np.int32), 2).own_share == 0.0
