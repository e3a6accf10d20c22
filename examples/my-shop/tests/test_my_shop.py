"""The contracts of recsys, and one case of each part that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from my_shop.half_spend import HalfSpend
from my_shop.letters import Letters
from my_shop.rising import Rising
from my_shop.tenure import Tenure

from recsys import testing
from recsys.core.judged import Judged


def test_rising_keeps_the_contract() -> None:
    testing.check_recommender(Rising(days=20))


def test_most_risen_comes_first() -> None:
    known = testing.shop()
    history, days = known.history, 30
    age = history.age_days
    late, early = (
        [
            len({c for c, p in zip(part["customer"], part["product"], strict=True) if p == at})
            for at in range(18)
        ]
        for part in (history.lines[age <= days], history.lines[(age > days) & (age <= 2 * days)])
    )
    growth = [(x + 5) / (y + 5) if x else 0 for x, y in zip(late, early, strict=True)]
    lists = Rising(days=days).fit(known, np.random.default_rng(0)).recommend(np.array([-1], np.int32), 3)
    np.testing.assert_allclose(lists.scores[0], sorted(growth, reverse=True)[:3], rtol=1e-6)


def test_tenure_keeps_the_contract() -> None:
    testing.check_segmenter(Tenure(new_days=20, long_days=60))


def test_the_limits_of_tenure() -> None:
    known = testing.shop()
    found = Tenure(new_days=20, long_days=60).fit(known, np.random.default_rng(0)).assign(known)
    days = found.features["tenure"].to_numpy()
    np.testing.assert_array_equal(found.codes, np.where(days >= 60, 0, np.where(days >= 20, 1, 2)))
    with pytest.raises(ValueError, match="expected fewer than long_days"):
        Tenure(new_days=60, long_days=60)


def test_half_spend_keeps_the_contract() -> None:
    testing.check_metric(HalfSpend)


def test_half_is_enough_and_nothing_is_undefined() -> None:
    hits = np.array([[True, True], [True, False], [False, False]])
    worth = np.array([[2.0, 3.0], [4.0, 0.0], [0.0, 0.0]])
    judged = Judged(
        hits, worth, np.array([3, 2, 0]), np.array([10.0, 9.0, 0.0]), np.zeros((3, 2), np.int32), 9
    )
    np.testing.assert_array_equal(HalfSpend(2).per_customer(judged), [1.0, 0.0, np.nan])
    np.testing.assert_array_equal(HalfSpend(1).per_customer(judged), [0.0, 0.0, np.nan])


def test_letters_keep_the_contract() -> None:
    testing.check_encoder(Letters())


def test_a_plural_is_near() -> None:
    mug, mugs, lamp = Letters().encode(["red mug", "red mugs", "tin lamp"])
    assert mug @ mugs > 0.7 > mug @ lamp
