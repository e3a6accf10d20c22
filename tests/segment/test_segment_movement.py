"""Transition tables counted by hand; later groupings matched to earlier ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation
from recsys.segment.movement import ARRIVED, GONE, aligned, moves
from tests.logs import all_of, make_log


def known(places: dict[str, str], names: tuple[str, ...]) -> Known:
    """Customers with one purchase each, in these segments."""
    found = all_of(make_log([(who, "tea", who, "2024-01-01", 1, 1.0) for who in places]))
    codes = np.array([names.index(places[who]) for who in found.history.customers.names], dtype=np.int16)
    return found.with_segments(Segmentation(names, codes, pd.DataFrame(index=range(len(codes)))))


def test_moves_are_counted_by_name() -> None:
    before = known({"ann": "a", "bob": "a", "cem": "b", "dot": "a"}, ("a", "b"))
    after = known({"dot": "a", "eve": "a", "bob": "b", "ann": "b"}, ("a", "b"))
    table = moves(before, after)
    assert table.to_dict("records") == [
        {"from": "a", "to": "a", "customers": 1, "share": pytest.approx(1 / 3)},
        {"from": "a", "to": "b", "customers": 2, "share": pytest.approx(2 / 3)},
        {"from": "b", "to": GONE, "customers": 1, "share": 1.0},
        {"from": ARRIVED, "to": "a", "customers": 1, "share": 1.0},
    ]


def test_without_segments_nobody_moves() -> None:
    here = known({"ann": "a"}, ("a",))
    with pytest.raises(ValueError, match="no segments"):
        moves(here, here.with_segments(None))


def grouping(centers: list[float], names: tuple[str, ...]) -> Segmentation:
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(len(centers)), 20).astype(np.int16)
    return Segmentation(
        names, codes, pd.DataFrame({"tenure": np.repeat(centers, 20) + rng.normal(0, 0.1, len(codes))})
    )


def test_a_later_grouping_is_matched_by_centroid() -> None:
    before = grouping([1.0, 5.0, 9.0], ("low", "mid", "high"))
    after = grouping([9.2, 0.7, 5.1], ("x", "y", "z"))
    assert aligned(before, after) == {"x": "high", "y": "low", "z": "mid"}


def test_one_to_one_even_where_two_are_near_the_same() -> None:
    before = grouping([1.0, 5.0], ("low", "high"))
    after = grouping([1.1, 1.5, 5.0], ("x", "y", "z"))
    assert aligned(before, after) == {"x": "low", "y": None, "z": "high"}


def test_other_features_cannot_be_matched() -> None:
    one = grouping([1.0], ("a",))
    other = Segmentation(one.names, one.codes, one.features.rename(columns={"tenure": "gap_mean"}))
    with pytest.raises(ValueError, match="features are gap_mean: expected tenure"):
        aligned(one, other)
