"""Intervals, p-values and sizes, beside scipy, plain loops and what can be counted by hand."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from recsys.core.parallel import threads
from recsys.measure import resample
from recsys.measure.resample import (
    ALPHA,
    WEIGHTS,
    arm_size,
    as_far,
    as_good,
    customers_needed,
    detectable,
    deviation,
    effect,
    flipped_sums,
    holm,
    interval,
    mean,
    resampled_groups,
    resampled_means,
    sign_flip,
)

Array = NDArray[np.float64]
NAN = float("nan")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def like_scores(seed: int, shape: tuple[int, ...]) -> Array:
    """Most customers score nothing, the rest anything: as average precision does; its mean is 0.4 * 0.3."""
    draw = rng(seed)
    return np.where(draw.random(shape) < 0.4, draw.beta(1.5, 3.5, shape), 0.0)


# Means and spreads


def test_undefined_scores_are_left_out_of_the_mean() -> None:
    found = mean(np.array([[1.0, NAN], [0.0, NAN], [NAN, NAN]]))
    np.testing.assert_array_equal(found, [0.5, NAN])


def test_float32_is_summed_in_double() -> None:
    one = np.float32(0.1)
    assert mean(np.full((100_000, 1), one)) == pytest.approx(float(one), abs=1e-12)


def test_spread_of_one_and_three_is_the_root_of_two() -> None:
    found = deviation(np.array([[1.0, 5.0], [3.0, NAN], [NAN, NAN]]))
    np.testing.assert_allclose(found, [math.sqrt(2), NAN])


def test_effect_is_the_mean_in_standard_deviations() -> None:
    apart = rng(1).normal(0.3, 1.0, (50, 3))
    apart[::7, 1] = NAN
    want = np.nanmean(apart, axis=0) / np.nanstd(apart, axis=0, ddof=1)
    np.testing.assert_allclose(effect(apart), want)


def test_effect_of_nothing_is_zero_and_of_a_constant_says_nothing() -> None:
    same = np.full((1000, 1), 0.3) - 0.2  # their mean is off by rounding, so they seem to vary
    assert effect(np.zeros((5, 1))) == 0
    assert deviation(same) == 0
    assert np.isnan(effect(same))
    assert np.isnan(effect(np.array([[0.5]])))


# Bootstrap


def of_three(scores: tuple[float, ...]) -> dict[float, float]:
    """How likely each weighted mean of three customers is, NaN left out; None where nobody weighs."""
    law, found = np.bincount(np.frombuffer(WEIGHTS, dtype=np.uint8)) / len(WEIGHTS), defaultdict(float)
    for weights in product(range(len(law)), repeat=3):
        held = [(score, weight) for score, weight in zip(scores, weights, strict=True) if score == score]
        below = sum(weight for _, weight in held)
        value = round(sum(score * weight for score, weight in held) / below, 9) if below else None
        found[value] += math.prod(law[weight] for weight in weights)
    return found


def test_a_customer_weighs_one_on_average_give_or_take_one() -> None:
    weights = np.frombuffer(WEIGHTS, dtype=np.uint8)
    assert (len(weights), weights.mean(), weights.var()) == (256, 1.0, 1.0)
    assert stats.skew(weights) == pytest.approx(stats.poisson(1).stats("s"), abs=0.02)


@pytest.mark.parametrize("scores", [(0.0, 0.1, 1.0), (0.0, NAN, 1.0), (NAN, NAN, 1.0)])
def test_resampled_means_are_distributed_as_all_weights_of_three_customers(scores: tuple[float, ...]) -> None:
    found = resampled_means(np.column_stack([scores, np.full(3, 5.0)]), rng(2), 60_000)
    for value, share in of_three(scores).items():
        same = np.isnan(found[:, 0]) if value is None else np.isclose(found[:, 0], value, atol=1e-8)
        assert same.mean() == pytest.approx(share, abs=0.008), value
    assert (found[~np.isnan(found[:, 1]), 1] == 5.0).all()


def test_groups_are_resampled_as_they_are_alone_and_a_union_as_its_cells() -> None:
    scores, cell = like_scores(90, (400, 3)), np.arange(400) % 3
    scores[5, 0] = scores[40:60, 2] = NAN
    groups = resampled_groups(scores, cell, [[0, 1, 2], [0], [2, 0]], rng(91), 300)
    assert groups.shape == (3, 300, 3)
    for got, at in zip(groups, ([0, 1, 2], [0], [0, 2]), strict=True):
        alone = scores[np.isin(cell, at)]
        np.testing.assert_allclose(got.mean(axis=0), np.nanmean(alone, axis=0), rtol=0.02)
        spread = np.nanstd(alone, axis=0) / np.sqrt((~np.isnan(alone)).sum(axis=0))
        np.testing.assert_allclose(got.std(axis=0), spread, rtol=0.2)
    whole = resampled_groups(np.ones((400, 1)), cell, [[0, 1, 2]], rng(91), 300)
    assert (whole == 1).all()


def test_single_precision_is_kept_for_what_is_stored_in_it() -> None:
    scores = like_scores(92, (500, 2)).astype(np.float32)
    one, two = (resampled_means(values, rng(93), 100) for values in (scores, scores.astype(np.float64)))
    np.testing.assert_allclose(one, two, rtol=1e-5)


def test_one_resample_draws_the_same_customers_for_every_column() -> None:
    a = rng(4).random(200)
    draws = resampled_means(np.column_stack([a, a + 1, a]), rng(5), 300)
    np.testing.assert_allclose(draws[:, 1] - draws[:, 0], 1.0, atol=1e-12)
    np.testing.assert_allclose(draws[:, 2], draws[:, 0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_interval_is_what_scipy_gives(level: float) -> None:
    a, b = like_scores(6, (300,)), like_scores(7, (300,)) + 0.05
    draws = resampled_means(np.column_stack([a, b]), rng(8), 20_000)
    low, high = interval(np.column_stack([draws, draws[:, 0] - draws[:, 1]]), level)
    off = 0.12 * np.array([a.std(), b.std(), (a - b).std()]) / math.sqrt(300)
    for at, values in enumerate((a, b, a - b)):
        theirs = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=20_000,
            batch=2_000,
            confidence_level=level,
            method="percentile",
            rng=rng(9),
        ).confidence_interval
        assert low[at] == pytest.approx(theirs.low, abs=off[at])
        assert high[at] == pytest.approx(theirs.high, abs=off[at])


def test_interval_is_numpys_quantile_where_some_draws_are_undefined() -> None:
    draws = np.where(rng(94).random((501, 9)) < 0.3, NAN, rng(95).random((501, 9)))
    np.testing.assert_allclose(interval(draws), np.nanquantile(draws, [0.025, 0.975], axis=0), rtol=1e-13)


def test_interval_cuts_the_tails() -> None:
    low, high = interval(np.arange(1001.0)[:, None], 0.9)
    assert (low[0], high[0]) == (pytest.approx(50), pytest.approx(950))


def test_interval_of_nothing_is_undefined() -> None:
    low, high = interval(np.column_stack([np.full(9, NAN), np.r_[NAN, np.ones(8)]]))
    np.testing.assert_array_equal([low, high], [[NAN, 1.0], [NAN, 1.0]])
    assert np.isnan(interval(resampled_means(np.empty((0, 2)), rng()))).all()


def test_interval_of_one_customer_is_that_customer() -> None:
    low, high = interval(resampled_means(np.array([[0.3, NAN]]), rng()))
    np.testing.assert_array_equal([low, high], [[0.3, NAN], [0.3, NAN]])


@pytest.mark.parametrize("n", [200, 400])
def test_intervals_cover_what_they_promise(n: int) -> None:
    """2,000 shops at once: a column each; of one recommender, and of the difference of two that are alike."""
    truth = 0.4 * 0.3
    alone = like_scores(10 + n, (n, 2000))
    apart = alone - np.where(rng(n).random(alone.shape) < 0.5, alone, like_scores(11 + n, alone.shape))
    for scores, true in ((alone, truth), (apart, 0.0)):
        low, high = interval(resampled_means(scores, rng(12)))
        assert 0.93 <= ((low <= true) & (true <= high)).mean() <= 0.97


# Flipped signs


@pytest.mark.parametrize(
    "differences",
    [
        [0.3, -0.1, 0.2, 0.25, 0.05, -0.02, 0.4, 0.11],
        [1.0, 1.0, 1.0, -1.0, 0.0, 0.0, 1.0, 0.0, 1.0],
        [-0.1] * 7,
        [0.5, 0.5, -0.5, -0.5, 0.5],
    ],
    ids=["any", "ties and zeros", "all worse", "one up"],
)
def test_sign_flip_is_scipys_exact_permutation_test(differences: list[float]) -> None:
    apart = np.array(differences)
    theirs = stats.permutation_test(
        (apart, np.zeros_like(apart)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert sign_flip(apart[:, None], rng(13), 60_000)[0] == pytest.approx(theirs.pvalue, abs=0.007)


def test_seven_worse_of_seven_is_two_in_128() -> None:
    assert sign_flip(np.full((7, 1), -0.1), rng(14), 100_000)[0] == pytest.approx(2 / 128, abs=0.001)


def test_nothing_differs_is_one_and_nobody_is_undefined() -> None:
    apart = np.array([[0.0, NAN, NAN], [0.0, NAN, 0.5], [0.0, NAN, -0.5]])
    np.testing.assert_array_equal(sign_flip(apart, rng(), 100), [1.0, NAN, 1.0])
    np.testing.assert_array_equal(sign_flip(np.empty((0, 2)), rng(), 100), [NAN, NAN])


def test_one_customer_never_tells() -> None:
    assert sign_flip(np.array([[0.9]]), rng(), 500)[0] == 1.0


def test_undefined_differences_are_as_though_not_there() -> None:
    apart = like_scores(15, (60, 1)) - 0.08
    with_gaps = np.insert(apart, range(0, 60, 3), NAN, axis=0)
    assert sign_flip(with_gaps, rng(16), 40_000)[0] == pytest.approx(
        sign_flip(apart, rng(17), 40_000)[0], abs=0.01
    )


def test_ties_survive_rounding() -> None:
    """0.1 + 0.2 - 0.3 is 0 but for the last bit, so every flip is as far from 0 as what was found."""
    assert sign_flip(np.array([[0.1], [0.2], [-0.3]] * 7), rng(18), 4000) == 1.0


def test_the_scale_of_scores_does_not_matter() -> None:
    apart = like_scores(18, (300, 1)) - 0.09
    tiny = sign_flip(apart * 2.0**-60, rng(18), 4000)
    assert tiny == sign_flip(apart, rng(18), 4000) < 0.5


def test_the_difference_of_sums_is_the_sum_of_differences() -> None:
    scores = like_scores(19, (80, 3))
    sums = flipped_sums(scores, rng(20), 999)
    apart = flipped_sums(scores[:, [0]] - scores[:, [2]], rng(20), 999)
    np.testing.assert_allclose(sums[:, 0] - sums[:, 2], apart[:, 0], atol=1e-12)
    assert np.unique(flipped_sums(np.ones((2, 1)), rng(21), 400)).tolist() == [-2.0, 0.0, 2.0]
    assert flipped_sums(np.ones((1, 1)), rng(21), 4000).mean() == pytest.approx(0, abs=0.05)


def test_as_far_counts_what_was_found_too() -> None:
    flipped = np.array([[3.0], [-2.0], [1.0], [0.0]])
    assert as_far(flipped, np.array([-2.0]), np.array([9.0]))[0] == 3 / 5


# Many tests


def test_holm_by_hand() -> None:
    found = holm(np.array([0.01, NAN, 0.04, 0.03, 0.9]))
    np.testing.assert_allclose(found, [0.04, NAN, 0.09, 0.09, 0.9])


def test_holm_of_nobody() -> None:
    assert holm(np.empty(0)).tolist() == []
    assert np.isnan(holm(np.array([NAN, NAN]))).all()


def test_holm_rejects_what_its_steps_reject() -> None:
    """Step down: the k-th smallest of m is rejected while p < alpha / (m - k + 1)."""
    for seed in range(30):
        p = rng(seed).beta(0.3, 2.0, 12).round(3)
        adjusted = holm(p)
        for alpha in (0.01, 0.05, 0.2):
            rejected = set()
            for step, at in enumerate(np.argsort(p, kind="stable")):
                if p[at] >= alpha / (len(p) - step):
                    break
                rejected.add(int(at))
            assert set(np.flatnonzero(adjusted < alpha).tolist()) == rejected


def test_with_no_true_difference_the_family_stays_at_its_level() -> None:
    """2,000 shops of 200 customers in each of 3 segments, 4 recommenders against a baseline in each."""
    p = []
    for segment in range(3):
        scores = like_scores(30 + segment, (200, 2000, 5))
        apart = (scores[:, :, 1:] - scores[:, :, :1]).reshape(200, -1)
        p.append(sign_flip(apart, rng(40 + segment), 999).reshape(2000, 4))
    family = np.concatenate(p, axis=1)
    wrong = np.mean([(holm(row) < ALPHA).any() for row in family])
    assert 0.025 <= wrong <= 0.06
    assert (family < ALPHA).mean() == pytest.approx(0.05, abs=0.006)


def test_looking_for_the_best_first_makes_no_differences() -> None:
    """2,000 shops where 6 recommenders are alike: holding the best against the rest must not find a loser.

    The plain paired tests would, in nearly twice as many shops as they may.
    """
    scores = like_scores(50, (200, 2000, 6))
    flipped = flipped_sums(scores.reshape(200, -1), rng(51), 799).reshape(799, 2000, 6)
    wrong, plain = 0, 0
    for shop in range(2000):
        own, sums = scores[:, shop], flipped[:, shop]
        best = int(np.argmax(mean(own)))
        wrong += bool((holm(as_good(own, sums, best)) < ALPHA).any())
        rest = [at for at in range(6) if at != best]
        apart = own[:, [best]] - own[:, rest]
        p = as_far(sums[:, [best]] - sums[:, rest], apart.sum(axis=0), np.abs(apart).sum(axis=0))
        plain += bool((holm(p) < ALPHA).any())
    assert wrong / 2000 <= 0.06
    assert plain / 2000 > 0.08


def test_as_good_is_what_a_loop_gives() -> None:
    scores = like_scores(52, (40, 4))
    scores[:, 0] += 0.05
    sums = flipped_sums(scores, rng(53), 199)
    best = 0
    for at in range(4):
        spread = [math.sqrt(((scores[:, a] - scores[:, at]) ** 2).sum()) for a in range(4)]
        bar = (scores[:, best] - scores[:, at]).sum() / spread[best] if at != best else 0.0
        far = 0
        for flip in sums:
            leads = [(flip[a] - flip[at]) / spread[a] for a in range(4) if a != at]
            far += max(leads) >= bar - 1e-9
        want = (1 + far) / 200 if at != best else 1.0
        assert as_good(scores, sums, best)[at] == pytest.approx(want)


def test_twins_are_as_good_and_the_worst_is_not() -> None:
    a = like_scores(54, (300,))
    scores = np.column_stack([a, a, a * 0.2])
    found = as_good(scores, flipped_sums(scores, rng(55), 999), 0)
    assert found[:2].tolist() == [1.0, 1.0]
    assert found[2] == 1 / 1000


# Sizes


def paired_power(difference: float, spread: float, n: int, alpha: float) -> float:
    """Power of the two-sided paired t-test, from the noncentral t distribution."""
    bar = stats.t.ppf(1 - alpha / 2, n - 1)
    shift = difference / spread * math.sqrt(n)
    return float(stats.nct.sf(bar, n - 1, shift) + stats.nct.cdf(-bar, n - 1, shift))


@pytest.mark.parametrize("n", [200, 5_000])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_what_is_detectable_is_found_four_times_in_five(n: int, alpha: float) -> None:
    least = detectable(0.31, n, alpha)
    assert paired_power(least, 0.31, n, alpha) == pytest.approx(0.8, abs=0.02)
    assert customers_needed(least, 0.31, alpha) == n


@pytest.mark.parametrize(("difference", "spread"), [(0.01, 0.2), (-0.05, 0.33), (0.5, 0.7)])
def test_sizes_are_the_first_that_reach_the_power(difference: float, spread: float) -> None:
    """A plain search over n: power of the two-sided normal test of one mean, and of two arms."""
    bar = stats.norm.ppf(0.975)
    n = np.arange(1, 40_000)
    for found, error in (
        (customers_needed(difference, spread), spread / np.sqrt(n)),
        (arm_size(difference, spread), spread * np.sqrt(2 / n)),
    ):
        power = stats.norm.sf(bar - abs(difference) / error)
        assert found == n[np.argmax(power >= 0.8)]


def test_half_a_deviation_takes_32_customers_or_63_in_each_arm() -> None:
    """Cohen, "Statistical power analysis", 1988, has 34 and 64 by the t-test."""
    assert customers_needed(0.5, 1.0) == 32
    assert arm_size(0.5, 1.0) == 63


def test_sizes_that_say_nothing() -> None:
    assert customers_needed(0.0, 1.0) == math.inf
    assert customers_needed(1e-300, 1.0) == math.inf
    assert math.isnan(customers_needed(0.0, 0.0))
    assert math.isnan(customers_needed(0.1, NAN))
    assert math.isnan(customers_needed(NAN, 0.1))
    assert math.isnan(arm_size(0.1, NAN))
    assert math.isnan(detectable(0.1, 0))
    assert math.isnan(detectable(NAN, 1))


# Repeatable


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "ROOM", 1 << 14)  # many blocks
    scores = like_scores(60, (700, 3))
    scores[::5, 1] = NAN
    found = []
    for limit in (1, 2):
        with threads(limit):
            draws = resampled_means(scores, rng(61), 500)
            found.append((draws.tobytes(), flipped_sums(np.nan_to_num(scores), rng(62), 900).tobytes()))
    assert found[0] == found[1]
    assert len(np.unique(draws[:, 0])) > 400  # no block repeats another


def test_scores_are_left_as_they_are() -> None:
    scores = np.array([[0.5, NAN], [0.25, 1.0]])
    before = scores.copy()
    resampled_means(scores, rng(), 50)
    sign_flip(scores, rng(), 50)
    np.testing.assert_array_equal(scores, before)
