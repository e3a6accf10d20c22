"""When the customer's own products are due, worked out by hand and by loops; the rest is in test_simple."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from recsys.core.fold import Known, know
from recsys.core.protocols import Seen
from recsys.core.weighting import COUNT, Weighting
from recsys.recommend.repurchase import Repurchase
from tests.logs import all_of, make_log, random_log

RNG = np.random.default_rng(0)


def diary(cutoff: int, **days: str) -> Known:
    """ann_tea="0 5": ann bought tea on days 0 and 5; what is known at midnight before day `cutoff`."""
    start = np.datetime64("2024-01-01")
    rows = []
    for name, when in days.items():
        who, what = name.split("_")
        rows += [(who, what, f"{who} {day}", str(start + int(day)), 1, 1.0) for day in when.split()]
    return know(make_log(rows), start + cutoff)


def rates(known: Known, rhythm: str = "poisson-gamma", shrink: float = 5.0) -> dict[str, float]:
    fitted = Repurchase(rhythm=rhythm, shrink=shrink).fit(known, RNG)
    rows = fitted.own.tocoo()
    who, what = known.history.customers.take(rows.row), known.history.products.take(rows.col)
    return {f"{w}_{p}": rate for w, p, rate in zip(who, what, rows.data.tolist(), strict=True)}


# -- by hand -----------------------------------------------------------------------------------------

TWO = {"ann_tea": "0 5 10 15 20", "bob_tea": "0"}
"""By day 25 tea was watched for 25 + 25 days and bought again 4 times: 12.5 days a time, whatever the shrink.
So each should have come back 2 times; 4 and 0 are 1 times that on average, and 4 * 3 and 0 are 1.5 times its
square: the variance is 1/2, alpha 2 and beta 2 * 12.5."""


def test_four_returns_in_25_days_are_6_to_come_in_50() -> None:
    assert rates(diary(25, **TWO)) == pytest.approx(
        {"ann_tea": (4 + 2) / (25 + 25), "bob_tea": 2 / (25 + 25)}
    )


def test_what_is_due_every_five_days_is_most_due_after_five() -> None:
    """The product's gap is 5 days and ann's too, so nothing is added to her 20 days; bob's wait is over."""
    found = rates(diary(25, **TWO), "modified-poisson-gamma")
    assert found == pytest.approx({"ann_tea": (4 + 2) / (20 + 25), "bob_tea": 2 / (25 + 25)})


def test_rate_rises_until_the_gap_has_passed_and_falls_after_it() -> None:
    """ann's gaps are 10 days; each product was last bought so many days ago, and everything else is equal."""
    days = {"ann_new": "36 46 56", "ann_due": "30 40 50", "ann_late": "23 33 43", "ann_lost": "0 10 20"}
    found = rates(diary(60, **days), "modified-poisson-gamma", shrink=1e6)
    assert sorted(found, key=lambda name: -found[name]) == ["ann_due", "ann_new", "ann_late", "ann_lost"]
    plain = rates(diary(60, **days), "poisson-gamma", shrink=1e6)
    assert sorted(plain, key=lambda name: -plain[name]) == ["ann_new", "ann_due", "ann_late", "ann_lost"]


def test_two_invoices_of_a_day_are_one_occasion() -> None:
    rows = [("ann", "tea", n, f"2024-01-0{d} 1{n}:00", 1, 1.0) for n, d in [("1", 1), ("2", 1), ("3", 3)]]
    once = [row for row in rows if row[2] != "2"]
    assert rates(all_of(make_log(rows))) == rates(all_of(make_log(once)))


TEA_AGAIN = diary(
    40, ann_tea="20", ann_pot="20", bob_tea="0 10 20", cat_tea="1 11 21", bob_pot="0", cat_pot="1"
)
"""ann bought both once, on the same day; others come back for tea only."""


def test_product_that_nobody_buys_again_is_bought_again_least() -> None:
    found = rates(TEA_AGAIN, shrink=0.5)
    assert found["ann_tea"] > 2 * found["ann_pot"]


def test_shrink_makes_products_alike() -> None:
    found = rates(TEA_AGAIN, shrink=1e6)
    assert found["ann_tea"] == pytest.approx(found["ann_pot"], rel=1e-4)


@pytest.mark.parametrize("rhythm", ["poisson-gamma", "modified-poisson-gamma"])
def test_where_nobody_came_back_the_latest_purchase_is_first(rhythm: str) -> None:
    found = rates(diary(30, ann_tea="1", ann_pot="28", bob_tea="15"), rhythm)
    assert found["ann_pot"] > found["bob_tea"] > found["ann_tea"] > 0


def test_looking_is_not_buying() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("bob", "cup", "2", "2024-01-09", 1, 1.0)]
    views = [("ann", "tea", "2024-01-05", 1.0), ("ann", "cup", "2024-01-05", 1.0)]
    assert rates(all_of(make_log(rows, views=views))) == rates(all_of(make_log(rows)))


def test_without_a_rhythm_scores_are_the_counts_they_were() -> None:
    known = all_of(random_log(47))
    for fields, weighting in [({}, COUNT), ({"half_life_days": 20}, Weighting("decay", 20))]:
        own, want = Repurchase(**fields).fit(known, RNG).own, known.history.matrix(weighting)
        for part in ("data", "indices", "indptr"):
            assert getattr(own, part).tobytes() == getattr(want, part).tobytes()


# -- a second opinion --------------------------------------------------------------------------------


@pytest.mark.parametrize("rhythm", ["poisson-gamma", "modified-poisson-gamma"])
def test_loops_over_customers_and_products_agree(rhythm: str) -> None:
    known = all_of(random_log(46, customers=12, products=6, lines=400))
    lines, end, shrink = known.history.lines, known.history.end, 3.0
    days = {
        pair: np.unique((end - part["time"].to_numpy()) // np.timedelta64(1, "D") + 1)[::-1].tolist()
        for pair, part in lines.groupby(["customer", "product"])
    }  # of each pair: how many days before the end it was bought, oldest first
    repeats = {pair: len(when) - 1 for pair, when in days.items()}

    def usual(length: dict[tuple[int, int], float], product: int) -> float:
        average = sum(length.values()) / sum(repeats.values())
        own = [pair for pair in days if pair[1] == product]
        return (sum(length[p] for p in own) + shrink * average) / (sum(repeats[p] for p in own) + shrink)

    watched = {pair: float(when[0]) for pair, when in days.items()}
    span = {pair: float(when[0] - when[-1]) for pair, when in days.items()}
    expected = {pair: watched[pair] / usual(watched, pair[1]) for pair in days}
    mean = sum(repeats.values()) / sum(expected.values())
    square = sum(n * (n - 1) for n in repeats.values()) / sum(e * e for e in expected.values())
    alpha = mean**2 / max(square - mean**2, mean**2 / 100)
    fitted = Repurchase(rhythm=rhythm, shrink=shrink).fit(known, RNG)
    assert fitted.own.nnz == len(days)
    for pair, when in days.items():
        wait, since = watched[pair], when[-1]
        gap = (span[pair] + usual(span, pair[1])) / (repeats[pair] + 1)
        if rhythm == "modified-poisson-gamma" and since < 2 * gap:
            wait = span[pair] + 2 * abs(gap - since)
        want = (repeats[pair] + alpha) / (wait + alpha * usual(watched, pair[1]))
        assert fitted.own[pair] == pytest.approx(want)
    lists = fitted.recommend(np.arange(12, dtype=np.int32), 6, seen=Seen.KEEP)
    assert (np.diff(np.nan_to_num(lists.scores), axis=1) <= 0).all()


def test_half_life_beside_a_rhythm_is_refused_with_a_remedy() -> None:
    with pytest.raises(
        ValidationError, match=r"half_life_days is 60 beside rhythm: .* remove half_life_days"
    ):
        Repurchase(half_life_days=60, rhythm="poisson-gamma")


@pytest.mark.parametrize(("field", "value"), [("half_life_days", 0), ("rhythm", "waltz"), ("shrink", 0)])
def test_impossible_parameters_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Repurchase.model_validate({field: value})
