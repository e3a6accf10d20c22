"""Association rules counted by hand, and against loops over pairs of products."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse

from recsys.core.protocols import Seen
from recsys.core.weighting import COUNT
from recsys.recommend import association
from recsys.recommend.association import Association, FittedAssociation
from tests.logs import all_of, make_log, random_log

RNG = np.random.default_rng(0)
BASKETS = ["tea pot", "tea pot cup", "tea", "cup", "tea cup jam"]
"""tea in 4 of 5, pot in 2, cup in 3, jam in 1; tea with pot 2, tea with cup 2, pot with cup 1."""


def shop(who: str = "abcde"):  # type: ignore[no-untyped-def]
    """Those invoices, one a day, of the customers named by these letters."""
    return all_of(
        make_log(
            (who[day], what, str(day), f"2024-01-0{day + 1}", 1, 1.0)
            for day, basket in enumerate(BASKETS)
            for what in basket.split()
        )
    )


KNOWN = shop()
NAMES = KNOWN.history.products.names


def rules(**fields: object) -> dict[str, tuple[float, ...]]:
    """Support, confidence and lift of each rule, the best rule first."""
    fitted = Association.model_validate({"min_support": 1, "min_lift": 0, **fields}).fit(KNOWN, RNG)
    table = fitted.table(NAMES)
    return {
        f"{row.antecedent} > {row.consequent}": (row.support, row.confidence, row.lift)
        for row in table.itertuples()
    }


def completed(fitted: FittedAssociation, basket: str) -> dict[str, float]:
    row = sparse.csr_matrix([[float(name in basket.split()) for name in NAMES]], dtype=np.float32)
    lists = fitted.complete(row, 4)
    real = lists.products[0] >= 0
    return dict(zip(NAMES[lists.products[0][real]], lists.scores[0][real].tolist(), strict=True))


# -- the rules ---------------------------------------------------------------------------------------


def test_half_of_the_teas_come_with_a_pot_and_every_pot_with_tea() -> None:
    found = rules()
    assert found["tea > pot"] == pytest.approx((2 / 5, 2 / 4, 5 * 2 / (4 * 2)))
    assert found["pot > tea"] == pytest.approx((2 / 5, 2 / 2, 5 * 2 / (4 * 2)))
    assert found["tea > cup"] == pytest.approx((2 / 5, 2 / 4, 5 * 2 / (4 * 3)))
    assert found["jam > cup"] == pytest.approx((1 / 5, 1 / 1, 5 * 1 / (1 * 3)))
    assert len(found) == 2 * 5  # every pair but jam with pot, both ways


def test_support_is_the_number_of_joint_invoices() -> None:
    assert set(rules(min_support=2)) == {"tea > pot", "pot > tea", "tea > cup", "cup > tea"}
    assert rules(min_support=3) == rules(min_support=99) == {}


def test_rules_as_sure_as_asked_for_are_kept() -> None:
    assert set(rules(min_confidence=1.0)) == {"pot > tea", "jam > tea", "jam > cup"}
    assert "tea > pot" in rules(min_confidence=0.5)
    assert "tea > pot" not in rules(min_confidence=0.51)


def test_rules_as_strong_as_asked_for_are_kept() -> None:
    """Pots and cups meet in 1 of 5 invoices, by chance they would in 2 * 3 / 5 of one."""
    assert "cup > pot" in rules(min_lift=5 / 6)
    assert "cup > pot" not in rules(min_lift=0.84)
    assert set(rules(min_lift=1.25)) == {"tea > pot", "pot > tea"} | {
        f"{a} > {b}" for a, b in [("jam", "tea"), ("tea", "jam"), ("jam", "cup"), ("cup", "jam")]
    }


@pytest.mark.parametrize(("score", "best"), [("confidence", 1.0), ("lift", 5 / 3), ("leverage", 2 / 25)])
def test_table_starts_with_the_best(score: str, best: float) -> None:
    table = Association(min_support=1, min_lift=0, score=score).fit(KNOWN, RNG).table()
    assert table[score].is_monotonic_decreasing
    assert table[score][0] == pytest.approx(best)
    assert table["invoices"].tolist() == (table["support"] * 5).round().tolist()
    assert table["antecedent"].dtype.kind == "i"  # codes, where no names are given


def test_an_invoice_with_a_product_on_two_lines_holds_it_once() -> None:
    rows = [("ann", what, "1", "2024-01-01", n, 1.0) for n in (1, 2) for what in ("tea", "pot")]
    table = Association(min_support=1).fit(all_of(make_log(rows)), RNG).table()
    assert table[["invoices", "confidence", "lift"]].to_numpy().tolist() == [[1, 1.0, 1.0]] * 2


# -- what they are used for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aggregate", "score", "want"),
    [
        ("max", "confidence", {"cup": 1.0, "tea": 1.0}),
        ("sum", "confidence", {"cup": 1.5, "tea": 2.0}),
        ("max", "lift", {"cup": 5 / 3, "tea": 5 / 4}),
        ("sum", "lift", {"cup": 5 / 3 + 5 / 6, "tea": 5 / 4 + 5 / 4}),
        ("max", "leverage", {"cup": 2 / 25, "tea": 2 / 25}),
        ("sum", "leverage", {"cup": 2 / 25 - 1 / 25, "tea": 2 / 25 + 1 / 25}),
    ],
)
def test_strangers_basket_of_pot_and_jam(aggregate: str, score: str, want: dict[str, float]) -> None:
    """pot > tea, cup and jam > tea, cup: 1, 1/2 and 1, 1 by confidence."""
    model = Association(min_support=1, min_lift=0, score=score, aggregate=aggregate)
    assert completed(model.fit(KNOWN, RNG), "pot jam") == pytest.approx(want)


@pytest.mark.parametrize("aggregate", ["max", "sum"])
def test_rule_below_chance_recommends_nothing_by_leverage(aggregate: str) -> None:
    fitted = Association(min_support=1, min_lift=0, score="leverage", aggregate=aggregate).fit(KNOWN, RNG)
    assert "cup" not in completed(fitted, "pot")
    assert "tea" in completed(fitted, "pot")


def test_last_invoice_alone_may_speak() -> None:
    """ann bought tea and pot, pots and cups, ..., at last tea, cup and jam."""
    known = shop("aaaaa")
    model = Association(min_support=1, min_lift=0, score="confidence", basket="last")
    lists = model.fit(known, RNG).recommend(np.array([0], np.int32), 4, seen=Seen.KEEP)
    found = dict(zip(NAMES[lists.products[0]], lists.scores[0], strict=True))
    want = {"tea": 2 / 3 + 1, "cup": 1 / 2 + 1, "jam": 1 / 4 + 1 / 3, "pot": 1 / 2 + 1 / 3}
    assert found == pytest.approx(want)


def test_weighting_counts_what_was_bought_twice_twice() -> None:
    known = shop("aaabb")
    one, two = (
        Association(min_support=1, min_lift=0, score="confidence", weighting=weighting).fit(known, RNG)
        for weighting in ("binary", "count")
    )
    np.testing.assert_array_equal(two.own.toarray(), known.history.matrix(COUNT).toarray())
    jam = [
        fitted.recommend(np.array([0], np.int32), 1).scores[0, 0]  # a: tea three times, cup once
        for fitted in (one, two)
    ]
    assert jam == pytest.approx([1 / 4 + 1 / 3, 3 / 4 + 1 / 3])


# -- a second opinion --------------------------------------------------------------------------------


@pytest.mark.parametrize("score", ["confidence", "lift", "leverage"])
@pytest.mark.parametrize("aggregate", ["max", "sum"])
@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_loops_over_pairs_agree(
    score: str, aggregate: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(association, "ANTECEDENTS", at_once)
    known = all_of(random_log(45))
    baskets = [set(part["product"]) for _, part in known.history.lines.groupby("basket")]
    worth = np.zeros((20, 20))
    for i, j in permutations(range(20), 2):
        both = sum({i, j} <= basket for basket in baskets)
        first, second = (sum(p in basket for basket in baskets) for p in (i, j))
        confidence, lift = both / first, both * len(baskets) / (first * second)
        if both >= 2 and confidence >= 0.1 and lift >= 1.1:
            leverage = both / len(baskets) - first * second / len(baskets) ** 2
            worth[i, j] = {"confidence": confidence, "lift": lift, "leverage": leverage}[score]
    model = Association(
        min_support=2, min_confidence=0.1, min_lift=1.1, score=score, aggregate=aggregate, weighting="log"
    )
    fitted = model.fit(known, RNG)
    np.testing.assert_allclose(fitted.worth.toarray(), worth, rtol=1e-6)
    own = known.history.matrix(model.weighting).toarray()
    lists = fitted.recommend(np.arange(len(own), dtype=np.int32), 20, seen=Seen.KEEP)
    for who in range(len(own)):
        each = own[who][:, None] * worth
        want = each.max(axis=0) if aggregate == "max" else each.sum(axis=0)
        real = lists.products[who] >= 0
        np.testing.assert_allclose(lists.scores[who][real], want[lists.products[who][real]], rtol=1e-5)
        assert real.sum() == (want > 0).sum()


@pytest.mark.parametrize(
    ("field", "value"), [("min_support", 0), ("min_confidence", 1.1), ("min_lift", -1), ("score", "support")]
)
def test_impossible_parameters_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Association.model_validate({field: value})
