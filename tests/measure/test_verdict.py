"""Verdicts on planted truths: winners, ties, nothing over the baseline, too few to tell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from recsys.core.parallel import threads
from recsys.measure.panel import Panel
from recsys.measure.resample import ALPHA, as_good, customers_needed, flipped_sums, holm
from recsys.measure.segments import ALL, NO_HISTORY
from recsys.measure.verdict import (
    FEWEST,
    NO_BETTER,
    TIE,
    TOO_FEW,
    WINNER,
    Contrast,
    Evidence,
    Verdict,
    decide,
    evidence,
)

Array = NDArray[np.float64]
NAN = float("nan")


def panel(segments: dict[str, dict[str, Array]], window: int = 0) -> Panel:
    """segment -> recommender -> a score per customer; a recommender that is left out is not judged there."""
    names = tuple(dict.fromkeys(name for scores in segments.values() for name in scores))
    rows = [(segment, at) for segment, own in segments.items() for at in range(len(next(iter(own.values()))))]
    scores = [
        [float(segments[segment][name][at]) if name in segments[segment] else NAN for name in names]
        for segment, at in rows
    ]
    return Panel(
        names,
        np.full(len(rows), window, dtype=np.int64),
        np.array([f"{segment}-{at}" for segment, at in rows], dtype=object),
        np.array([segment for segment, _ in rows], dtype=object),
        np.array(scores).reshape(len(rows), len(names)),
    )


def noise(seed: int, n: int, mean: float = 0.3) -> Array:
    """Scores around a mean, between 0 and 1."""
    return np.clip(np.random.default_rng(seed).normal(mean, 0.15, n), 0, 1)


def told(where: Panel, baseline: str = "base", margin: float = 0.05, seed: int = 0) -> Evidence:
    return evidence(where, where.windows, baseline, margin, np.random.default_rng(seed))


def one(scores: dict[str, Array], **more: object) -> Verdict:
    """The verdict of a shop without segments."""
    return told(panel({ALL: scores}), **more).verdicts[ALL]  # type: ignore[arg-type]


def pair(found: Evidence, a: str, b: str, segment: str = ALL) -> Contrast:
    (contrast,) = [c for c in found.contrasts if (c.segment, c.a, c.b) == (segment, a, b)]
    return contrast


# Planted truths


def test_a_planted_winner_wins() -> None:
    found = one({"a": noise(1, 400), "base": noise(2, 400), "b": noise(3, 400, 0.4)})
    assert (found.kind, found.serve, found.best, found.customers) == (WINNER, "b", "b", 400)
    assert str(found) == "winner: b"
    assert found.contrast is not None
    assert (found.contrast.a, found.contrast.b, found.contrast.verdict) == ("b", "base", "better")


def test_planted_ties_are_called_ties() -> None:
    """Two equally good ones, on lists of their own; the better one of chance must not win."""
    found = [
        one({"base": noise(100 + s, 300), "a": noise(200 + s, 300, 0.4), "b": noise(300 + s, 300, 0.4)})
        for s in range(20)
    ]
    assert [v.kind for v in found].count(TIE) >= 19
    for verdict in found:
        assert verdict.kind != TIE or (verdict.among, verdict.serve) == (("a", "b"), "a")
    assert {v.best for v in found} == {"a", "b"}
    assert str(next(v for v in found if v.kind == TIE)) == "tie among a, b"


def test_twins_tie_with_nothing_between_them() -> None:
    scores = noise(4, 200, 0.5)
    where = panel({ALL: {"base": noise(5, 200), "a": scores, "b": scores.copy()}})
    found = told(where)
    assert (found.verdicts[ALL].kind, found.verdicts[ALL].among) == (TIE, ("a", "b"))
    twins = pair(found, "a", "b")
    assert (twins.difference, twins.low, twins.high, twins.effect) == (0, 0, 0, 0)
    assert (twins.p, twins.p_holm, twins.verdict) == (1, 1, "equivalent")


def test_a_winner_of_one_segment_is_found_there_and_not_elsewhere() -> None:
    shop = {
        name: {who: noise(10 * at + shift, 300) for shift, who in enumerate(("base", "a", "b"))}
        for at, name in enumerate(("gold", "tin", "lead"))
    }
    shop["tin"]["b"] = noise(99, 300, 0.38)
    found = told(panel(shop))
    assert (found.verdicts["tin"].kind, found.verdicts["tin"].serve) == (WINNER, "b")
    for name in ("gold", "lead"):
        assert found.verdicts[name].kind in (NO_BETTER, TOO_FEW)
        assert found.verdicts[name].serve == "base"


def test_two_random_recommenders_differ_in_few_of_200_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random lists of 10 of 40 products, before 200 customers who go on to buy some of them."""
    monkeypatch.setattr("recsys.measure.verdict.FLIPS", 1_999)
    differ = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.random((200, 40)) < rng.beta(1, 5, (200, 1))
        truth[:, 0] |= ~truth.any(axis=1)
        shown = [np.argpartition(rng.random((200, 40)), 10, axis=1)[:, :10] for _ in range(2)]
        recall = [np.take_along_axis(truth, lists, axis=1).sum(axis=1) / truth.sum(axis=1) for lists in shown]
        found = told(panel({ALL: dict(zip(("base", "a"), recall, strict=True))}), margin=0.0, seed=seed)
        differ += pair(found, "a", "base").verdict in ("better", "worse")
    assert 1 <= differ <= 16


# Not better, or too few


def test_what_is_alike_is_not_better_with_many_customers() -> None:
    base = noise(6, 1500)
    found = one({"base": base, "a": base + noise(7, 1500) * 0.01 - 0.003})
    assert (found.kind, found.serve, found.needs) == (NO_BETTER, "base", None)
    assert str(found) == "not better than the baseline"


def test_the_same_noise_is_too_few_with_few_and_says_how_many() -> None:
    where = panel({ALL: {"base": noise(8, 40), "a": noise(9, 40, 0.33)}})
    found = told(where)
    apart = pair(found, "a", "base")
    verdict = found.verdicts[ALL]
    assert (verdict.kind, verdict.serve, verdict.best) == (TOO_FEW, "base", "a")
    assert verdict.needs == customers_needed(apart.difference, apart.spread)
    assert str(verdict) == f"too few customers to tell (needs {verdict.needs:,})"


def test_what_is_needed_is_needed_within_the_family() -> None:
    """Alone it would be found; beside 30 like the baseline it is not, so there are not customers enough."""
    n = 100
    scores = {"base": np.zeros(n)} | {f"r{i}": (noise(20 + i, n, 0.5) - 0.5) * 0.2 for i in range(30)}
    scores["worst"] = noise(19, n, 0.5) - 0.9
    draw = np.random.default_rng(5).normal(0, 1, n)
    scores["a"] = 0.1 * ((draw - draw.mean()) / draw.std(ddof=1) + 2.3 / math.sqrt(n))
    found = told(panel({ALL: scores}))
    apart, verdict = pair(found, "a", "base"), found.verdicts[ALL]
    assert apart.p < 0.05 < apart.p_holm
    assert [c.a for c in found.contrasts if c.b == "base" and c.p_holm < ALPHA] == ["worst"]
    assert verdict.kind == TOO_FEW
    assert verdict.needs == customers_needed(apart.difference, apart.spread, ALPHA / 31) > n


def test_one_customer_tells_nothing() -> None:
    found = one({"base": np.array([0.1]), "a": np.array([0.9])})
    assert (found.kind, found.needs, found.serve, found.customers) == (TOO_FEW, None, "base", 1)


@pytest.mark.parametrize(("n", "kind"), [(3, TOO_FEW), (FEWEST - 1, TOO_FEW), (FEWEST, NO_BETTER)])
def test_nobody_who_scores_is_no_proof_of_likeness_among_few(n: int, kind: str) -> None:
    found = told(panel({ALL: {"base": np.zeros(n), "a": np.zeros(n)}}))
    assert found.verdicts[ALL].kind == kind
    assert pair(found, "a", "base").p == 1
    assert (pair(found, "a", "base").verdict == "equivalent") == (kind == NO_BETTER)


def test_the_same_gain_of_three_customers_is_too_few() -> None:
    found = one({"base": np.zeros(3), "a": np.full(3, 0.1)})
    assert (found.kind, found.needs) == (TOO_FEW, FEWEST)


def test_where_all_are_worse_the_baseline_is_the_best() -> None:
    found = one({"a": noise(33, 400, 0.2), "base": noise(34, 400), "b": noise(35, 400, 0.25)})
    assert (found.kind, found.best, found.serve) == (NO_BETTER, "base", "base")
    assert found.contrast is not None
    assert (found.contrast.a, found.contrast.verdict) == ("b", "worse")


def test_the_baseline_alone_is_no_better_than_itself() -> None:
    found = one({"base": noise(30, 50)})
    assert (found.kind, found.serve, found.contrast) == (NO_BETTER, "base", None)


def test_significant_but_too_small_to_matter_is_equivalent() -> None:
    base = noise(31, 1500)
    scores = {"base": base, "a": base + 0.002 + noise(32, 1500) * 0.001}
    assert (one(scores).kind, one(scores).best) == (NO_BETTER, "a")
    assert pair(told(panel({ALL: scores})), "a", "base").p_holm < 0.001
    assert one(scores, margin=0.001).kind == WINNER


# Who is judged


def test_without_the_baseline_the_best_is_held_against_the_rest() -> None:
    where = panel(
        {
            "gold": {"base": noise(40, 200), "a": noise(41, 200), "b": noise(42, 200, 0.5)},
            NO_HISTORY: {"a": noise(43, 200, 0.6), "b": noise(44, 200)},
        }
    )
    found = told(where)
    assert list(found.verdicts) == [ALL, "gold", NO_HISTORY]
    assert (found.verdicts[NO_HISTORY].kind, found.verdicts[NO_HISTORY].serve) == (WINNER, "a")
    assert found.verdicts[NO_HISTORY].contrast is None
    assert found.verdicts[ALL].serve == "b"
    assert found.verdicts[ALL].customers == 200
    lead = pair(found, "a", "b", NO_HISTORY)
    assert (lead.margin, lead.verdict) == (0.0, "better")


def test_the_only_one_who_serves_them_wins() -> None:
    where = panel({"gold": {"base": noise(45, 60), "a": noise(46, 60)}, NO_HISTORY: {"a": noise(47, 5)}})
    verdict = told(where).verdicts[NO_HISTORY]
    assert (verdict.kind, verdict.serve, verdict.customers) == (WINNER, "a", 5)


def test_who_is_not_judged_on_everyone_takes_no_part() -> None:
    a = noise(48, 100, 0.9)
    a[50:] = NAN
    found = told(panel({NO_HISTORY: {"base": noise(49, 100), "a": a, "b": noise(50, 100)}}), margin=0.9)
    assert {(c.a, c.b) for c in found.contrasts} == {("b", "base")}
    assert found.verdicts[NO_HISTORY].customers == 100


def test_customers_whom_nobody_can_score_do_not_count() -> None:
    scores = {"base": noise(51, 100), "a": noise(52, 100)}
    scores = {name: np.where(np.arange(100) < 30, NAN, own) for name, own in scores.items()}
    found = told(panel({ALL: scores}))
    assert found.verdicts[ALL].customers == pair(found, "a", "base").customers == 70


def test_nobody_judged_is_no_verdict() -> None:
    where = panel({"gold": {"base": np.full(3, NAN), "a": np.full(3, NAN)}, "tin": {"base": np.ones(4)}})
    assert list(told(where).verdicts) == [ALL, "tin"]
    nothing = evidence(where, [7], "base", 0.05, np.random.default_rng(0))
    assert (nothing.contrasts, nothing.verdicts) == ((), {})


# Families


def test_every_pair_stands_once_and_the_family_is_all_segments() -> None:
    shop = {
        name: {who: noise(60 + 10 * at + shift, 120, 0.3 + 0.03 * shift) for shift, who in enumerate("xyz")}
        for at, name in enumerate(("gold", "tin"))
    }
    found = told(panel(shop), baseline="x")
    keys = [(c.segment, frozenset((c.a, c.b))) for c in found.contrasts]
    assert len(set(keys)) == len(keys)
    against = [c for c in found.contrasts if c.b == "x"]
    assert len(against) == 3 * 2
    np.testing.assert_allclose([c.p_holm for c in against], holm(np.array([c.p for c in against])))
    assert all(c.p_holm >= c.p for c in found.contrasts)


def test_the_best_is_a_member_of_its_family_and_pays_for_having_been_picked() -> None:
    """Three alike without a baseline: p-values of being as good as any, one of them the best's own."""
    scores = {name: noise(73 + at, 120, 0.3 + 0.018 * at) for at, name in enumerate("xyz")}
    found = told(panel({ALL: scores}), baseline="nobody")
    table = np.column_stack(list(scores.values()))
    best = int(np.argmax(table.mean(axis=0)))
    rest = [at for at in range(3) if at != best]
    p = as_good(table, flipped_sums(table, np.random.default_rng(1), 20_000), best)
    want = holm(np.array([*p[rest], 1.0]))[:2]
    assert [c.a for c in found.contrasts] == ["xyz"[best]] * 2
    np.testing.assert_allclose([c.p_holm for c in found.contrasts], want, atol=0.02)
    assert max(c.p_holm - c.p for c in found.contrasts) > 0.05


def test_a_large_family_can_still_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 100 flips no p-value of 20 recommenders could be below .05 / 20: there must be more."""
    monkeypatch.setattr("recsys.measure.verdict.FLIPS", 100)
    n, many = 60, 20
    scores = {"base": np.zeros(n)} | {f"r{i}": np.zeros(n) for i in range(many)} | {"a": noise(70, n, 0.8)}
    apart = pair(told(panel({ALL: scores})), "a", "base")
    assert many / (100 + 1) > ALPHA
    assert apart.verdict == "better"


def test_contrasts_are_what_scipy_gives() -> None:
    base, a = noise(71, 250), noise(72, 250, 0.33)
    apart = pair(told(panel({ALL: {"base": base, "a": a}}), margin=0.1), "a", "base")
    assert apart.difference == pytest.approx(np.mean(a - base))
    assert apart.effect == pytest.approx(np.mean(a - base) / np.std(a - base, ddof=1))
    assert apart.p == pytest.approx(stats.ttest_rel(a, base).pvalue, abs=0.01)
    theirs = stats.bootstrap((a - base,), np.mean, n_resamples=5000, method="percentile", rng=1)
    assert apart.low == pytest.approx(theirs.confidence_interval.low, abs=0.003)
    assert apart.high == pytest.approx(theirs.confidence_interval.high, abs=0.003)
    assert apart.margin == pytest.approx(0.1 * base.mean())
    reach = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert apart.detectable == pytest.approx(reach * np.std(a - base, ddof=1) / math.sqrt(250))


# The rules, on comparisons written by hand


def against(a: str, difference: float, verdict: str, **more: float) -> Contrast:
    values = {"low": difference - 0.1, "high": difference + 0.1, "spread": 0.5, "margin": 0.01} | more
    p = 0.001 if verdict in ("better", "worse") else 0.4
    numbers = {"p": p, "p_holm": p, "effect": 0.1, "customers": 100, **values}
    return Contrast("s", a, "base", difference=difference, verdict=verdict, **numbers)  # type: ignore[arg-type]


def ruled(means: dict[str, float], first: list[Contrast], second: list[Contrast]) -> Verdict:
    return decide("s", list(means), np.array(list(means.values())), 100, "base", first, second)


def test_a_tie_serves_the_first_who_is_better_than_the_baseline() -> None:
    means = {"x": 0.31, "base": 0.3, "y": 0.38, "z": 0.4}
    first = [against("x", 0.01, "undecided"), against("y", 0.08, "better"), against("z", 0.1, "better")]
    second = [
        replace(against("z", 0.09, "undecided"), b="x"),
        replace(against("z", 0.02, "undecided"), b="y"),
    ]
    found = ruled(means, first, second)
    assert (found.kind, found.among, found.serve, found.best) == (TIE, ("x", "y", "z"), "y", "z")


def test_a_steady_gain_counts_although_a_shaky_one_looks_larger() -> None:
    first = [against("shaky", 0.2, "undecided"), against("steady", 0.1, "better")]
    second = [replace(against("shaky", 0.1, "undecided"), b="steady")]
    found = ruled({"base": 0.3, "shaky": 0.5, "steady": 0.4}, first, second)
    assert (found.kind, found.among, found.serve) == (TIE, ("shaky", "steady"), "steady")


def test_better_than_one_who_is_better_than_the_baseline_wins() -> None:
    first = [against("shaky", 0.2, "undecided"), against("steady", 0.1, "better")]
    found = ruled(
        {"base": 0.3, "shaky": 0.5, "steady": 0.4},
        first,
        [replace(against("shaky", 0.1, "better"), b="steady")],
    )
    assert (found.kind, found.serve) == (WINNER, "shaky")


def test_an_equivalent_rival_ties() -> None:
    first = [against("a", 0.2, "better"), against("b", 0.199, "better")]
    found = ruled(
        {"base": 0.3, "a": 0.5, "b": 0.499}, first, [replace(against("a", 0.001, "equivalent"), b="b")]
    )
    assert (found.kind, found.among) == (TIE, ("a", "b"))


def test_not_better_must_hold_for_everyone() -> None:
    """The one ahead is known to be no better by what matters; the other, behind it, may well be."""
    close = against("a", 0.002, "equivalent", low=0.0, high=0.005, spread=0.01)
    means = {"base": 0.3, "a": 0.302, "b": 0.301}
    assert ruled(means, [close, against("b", 0.001, "undecided", high=0.004)], []).kind == NO_BETTER
    found = ruled(means, [close, against("b", 0.001, "undecided", high=0.2)], [])
    assert (found.kind, found.needs) == (TOO_FEW, customers_needed(0.01, 0.5))


def test_enough_customers_to_have_seen_what_matters_is_not_better() -> None:
    seen = against("a", 0.002, "undecided", low=-0.008, high=0.012, spread=0.03)
    assert customers_needed(0.01, 0.03) <= 100
    assert ruled({"base": 0.3, "a": 0.302}, [seen], []).kind == NO_BETTER
    assert ruled({"base": 0.3, "a": 0.32}, [replace(seen, difference=0.02, high=0.03)], []).kind == TOO_FEW


# Repeatable


def test_evidence_does_not_know_other_windows() -> None:
    early = panel({"gold": {"base": noise(80, 80), "a": noise(81, 80, 0.4)}}, window=1)
    late = panel({"tin": {"base": noise(82, 30), "a": noise(83, 30)}}, window=0)
    both = Panel(
        early.names,
        *(
            np.concatenate([getattr(p, field) for p in (late, early)])
            for field in ("window", "customer", "segment", "scores")
        ),
    )
    for where in (early, both):
        found = evidence(where, [1], "base", 0.05, np.random.default_rng(3))
        assert repr(found.contrasts) == repr(told(early, seed=3).contrasts)


def test_the_number_of_threads_changes_nothing() -> None:
    where = panel({ALL: {"base": noise(90, 3000), "a": noise(91, 3000), "b": noise(92, 3000, 0.31)}})
    found = []
    for limit in (1, 2):
        with threads(limit):
            found.append(repr(told(where)))
    assert found[0] == found[1]
