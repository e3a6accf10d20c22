"""Names say value, rhythm and recency, and no two are alike."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.segment.naming import name_segments

RFM = ("recency", "frequency", "monetary")


def names(*groups, columns=RFM, size=10):
    """The names of segments of `size` like customers, each with these figures."""
    frame = pd.DataFrame([g for g in groups for _ in range(size)], columns=list(columns), dtype=float)
    return name_segments(frame, np.repeat(np.arange(len(groups)), size).astype(np.int16), len(groups))


def test_value_rhythm_and_recency():
    assert names((5, 9, 900), (60, 3, 90), (200, 1, 80), (90, 1, 7)) == (
        "High-value frequent active",
        "Mid-value repeat cooling",
        "Mid-value one-time lapsed",
        "Low-value one-time cooling",
    )


def test_one_invoice_is_one_time_however_rare_that_is():
    assert names((1, 2, 9), (1, 1, 9)) == ("Mid-value frequent cooling", "Mid-value one-time cooling")


def test_like_names_get_a_word_for_what_tells_them_apart():
    assert names((5, 9, 900), (60, 3, 90), (50, 3, 80), (200, 1, 7))[1:3] == (
        "Mid-value repeat cooling older",
        "Mid-value repeat cooling newer",
    )


def test_the_word_is_for_the_feature_that_differs_most():
    told = names(
        (9, 9, 900, 3),
        (60, 3, 90, 900),
        (60, 3, 80, 1),
        (200, 1, 7, 2),
        columns=(*RFM, "basket_units"),
    )
    assert told[1:3] == ("Mid-value repeat cooling bulk", "Mid-value repeat cooling piecemeal")


def test_three_of_a_name_are_told_apart_in_turn():
    best, worst = [(1, 9, 900), (2, 8, 800)], [(200, 1, 7), (300, 1, 6)]
    assert names(*best, (60, 3, 90), (60, 3, 80), (50, 3, 80), *worst)[2:5] == (
        "Mid-value repeat cooling older upper",
        "Mid-value repeat cooling older lower",
        "Mid-value repeat cooling newer",
    )


def test_segments_that_do_not_differ_are_numbered():
    assert names((5, 2, 9), (5, 2, 9)) == ("Mid-value repeat cooling", "Mid-value repeat cooling 2")


def test_without_money_units_say_the_value():
    columns = ("recency", "frequency", "units")
    assert names((5, 9, 900), (60, 3, 9), (90, 1, 1), columns=columns)[0].startswith("High-value")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 4)] * 4), min_size=1, max_size=9))
def test_names_are_unique_and_fit_for_a_file(groups):
    told = names(*groups, columns=(*RFM, "products"), size=3)
    assert len({name.lower() for name in told}) == len(groups)
    assert all(name.replace(" ", "").replace("-", "").isalnum() for name in told)
