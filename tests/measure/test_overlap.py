"""How alike the lists of recommenders are."""

from __future__ import annotations

import math

import numpy as np

from recsys.core.ids import NOTHING
from recsys.measure.overlap import mean_jaccard


def lists(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.int32)


def test_two_shared_of_four_in_all_is_one_half() -> None:
    found = mean_jaccard([lists([1, 2, 3]), lists([3, 9, 2])])
    assert found.tolist() == [[1.0, 0.5], [0.5, 1.0]]


def test_order_does_not_matter() -> None:
    assert mean_jaccard([lists([1, 2]), lists([2, 1])])[0, 1] == 1.0


def test_customers_weigh_alike() -> None:
    found = mean_jaccard([lists([1, 2], [1, 2]), lists([1, 2], [3, 4])])
    assert found[0, 1] == 0.5


def test_padding_is_shared_with_nobody() -> None:
    found = mean_jaccard([lists([1, NOTHING], [NOTHING, NOTHING]), lists([1, NOTHING], [5, NOTHING])])
    assert found[0, 1] == 0.5


def test_two_empty_lists_are_left_out() -> None:
    nothing = [NOTHING, NOTHING]
    found = mean_jaccard([lists([1, 2], nothing), lists([1, 3], nothing)])
    assert found[0, 1] == 1 / 3
    assert math.isnan(mean_jaccard([lists(nothing), lists(nothing)])[0, 1])


def test_overlap_is_what_sets_give() -> None:
    rng = np.random.default_rng(61)
    held = [
        np.array([rng.permutation(np.r_[np.arange(12), [NOTHING] * 4])[:6] for _ in range(50)], np.int32)
        for _ in range(4)
    ]
    found = mean_jaccard(held)
    for a in range(4):
        for b in range(4):
            pairs = [
                ({*x.tolist()} - {NOTHING}, {*y.tolist()} - {NOTHING})
                for x, y in zip(held[a], held[b], strict=True)
            ]
            want = np.mean([len(x & y) / len(x | y) for x, y in pairs if x | y])
            np.testing.assert_allclose(found[a, b], want, rtol=1e-12)
