"""The change of a mean, split between who was there and how they were served."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.measure.mix import split

NAN = math.nan
Side = dict[str, tuple[int, float]]


def test_other_people_with_the_same_results_are_all_mix() -> None:
    parts = split({"good": (50, 0.4), "poor": (50, 0.2)}, {"good": (25, 0.4), "poor": (75, 0.2)})
    assert sum(one.mix for one in parts) == pytest.approx(0.25 - 0.3)
    assert [one.model for one in parts] == [0, 0]


def test_the_same_people_with_other_results_are_all_model() -> None:
    parts = split({"good": (50, 0.4), "poor": (50, 0.2)}, {"good": (5, 0.2), "poor": (5, 0.2)})
    assert [one.mix for one in parts] == [0, 0]
    assert [one.model for one in parts] == [pytest.approx(-0.1), 0]


def test_by_hand() -> None:
    """Shares 1/4 to 3/4, results .4 to .2: mix .5 x .3, model -.2 x .5."""
    part = split({"a": (1, 0.4), "b": (3, 0.0)}, {"a": (3, 0.2), "b": (1, 0.0)})[0]
    assert (part.mix, part.model) == (pytest.approx(0.15), pytest.approx(-0.1))


def test_a_segment_that_was_not_there_is_all_mix() -> None:
    parts = split({"a": (4, 0.2)}, {"a": (2, 0.2), "new": (2, 0.6)})
    assert [one.segment for one in parts] == ["a", "new"]
    assert parts[1].model == 0
    assert sum(one.mix for one in parts) == pytest.approx(0.2)


sides = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1
).filter(lambda side: any(count for count, _ in side.values()))


@given(sides, sides)
def test_parts_sum_to_the_change(
    before: dict[str, tuple[int, float]], after: dict[str, tuple[int, float]]
) -> None:
    def mean(side: dict[str, tuple[int, float]]) -> float:
        return sum(n * m for n, m in side.values()) / sum(n for n, _ in side.values())

    total = sum(one.mix + one.model for one in split(before, after))
    assert total == pytest.approx(mean(after) - mean(before), abs=1e-12)
