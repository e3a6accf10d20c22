"""The control group: whom it takes, and that nothing but ids and seed decide that."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.core.ids import IdMap
from recsys.engine.control import control_group


def named(number: int, first: int = 0) -> NDArray[np.object_]:
    return IdMap.of(f"c{at}" for at in range(first, first + number)).names


def kept(
    names: NDArray[np.object_], segments: list[NDArray[np.int32]], share: float, seed: int = 7
) -> set[str]:
    return set(names[control_group(names, segments, share, seed)])


def parts(*sizes: int) -> list[NDArray[np.int32]]:
    edges = np.cumsum([0, *sizes])
    return [np.arange(a, b, dtype=np.int32) for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.0, [0, 0, 0]), (0.1, [10, 1, 0]), (0.5, [50, 3, 1]), (0.99, [99, 5, 1])]
)
def test_each_segment_gives_its_share_to_the_nearest_customer(share: float, wanted: list[int]) -> None:
    """Half of 5 is 3 and half of 1 is 1: a half is one more."""
    mask = control_group(named(106), parts(100, 5, 1), share, 7)
    assert [int(mask[at].sum()) for at in parts(100, 5, 1)] == wanted


def test_the_order_of_customers_does_not_matter() -> None:
    names, rng = named(300), np.random.default_rng(1)
    mixed = [rng.permutation(at).astype(np.int32) for at in parts(200, 100)]
    assert kept(names, mixed, 0.2) == kept(names, parts(200, 100), 0.2)
    assert kept(names, parts(200, 100)[::-1], 0.2) == kept(names, parts(200, 100), 0.2)


def test_the_seed_decides() -> None:
    names = named(300)
    assert kept(names, parts(300), 0.2, seed=7) == kept(names, parts(300), 0.2, seed=7)
    overlap = len(kept(names, parts(300), 0.2, seed=7) & kept(names, parts(300), 0.2, seed=8))
    assert overlap < 30  # 12 of 60 by chance


def test_a_smaller_group_is_part_of_a_larger_one() -> None:
    names = named(300)
    assert kept(names, parts(300), 0.1) < kept(names, parts(300), 0.3)


def test_a_later_export_keeps_who_was_in_it() -> None:
    """Forty more customers, whose codes shift everybody's: only the edge moves."""
    earlier, later = kept(named(400), parts(400), 0.1), kept(named(440), parts(440), 0.1)
    assert (len(earlier), len(later)) == (40, 44)
    assert len(earlier & later) >= 34
    back = kept(named(400), parts(400), 0.1)
    assert back == earlier


def test_it_is_drawn_evenly() -> None:
    """Ids in a row, as shops give them, are as likely to be in as any."""
    mask = control_group(named(10_000), parts(10_000), 0.2, 7)
    tenths = mask.reshape(10, 1_000).sum(axis=1)
    assert (abs(tenths - 200) < 4 * np.sqrt(1_000 * 0.2 * 0.8)).all()
    assert int(tenths.sum()) == 2_000


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="expected at least 0 and less than 1"):
        control_group(named(3), parts(3), share, 7)
