"""How sure a mean is: resampled customers, flipped signs, and what a segment of this size can tell.

Bootstrap percentile intervals: Efron, Tibshirani, "An introduction to the bootstrap", 1993, chapter 13.
Paired sign-flip permutation test: Fisher's, as in Smucker, Allan, Carterette, "A comparison of statistical
significance tests for information retrieval evaluation", CIKM 2007. Holm, "A simple sequentially rejective
multiple test procedure", 1979. Comparing with whoever looks best: Hsu, "Constrained simultaneous confidence
intervals for multiple comparisons with the best", Annals of Statistics 12, 1984. Customers are the unit
throughout: what is resampled, and whose signs flip.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from recsys.core.parallel import over_blocks

ROOM = 1 << 22  # weights of customers a thread holds at a time: 32 MB of float64
ROUNDING = 1e-12  # sums that differ by less than this share of what was summed are the same
RESAMPLES, FLIPS = 2_000, 10_000
ALPHA, POWER = 0.05, 0.8

Scores = NDArray[np.floating]
Array = NDArray[np.float64]


def mean(scores: Scores) -> Array:
    """Column means of (n, m), NaN left out; NaN for a column without a number."""
    defined = ~np.isnan(scores)
    return _ratio(np.where(defined, scores, 0.0).sum(axis=0, dtype=np.float64), defined.sum(axis=0))


def resampled_means(scores: Scores, rng: np.random.Generator, resamples: int = RESAMPLES) -> Array:
    """Column means of customers drawn with replacement; scores: (n, m), NaN undefined; (resamples, m).

    A resample draws the same customers for every column, so that the difference of two columns is paired.
    """
    n, defined = len(scores), ~np.isnan(scores)
    held = np.where(defined, scores, 0.0).astype(np.float64)
    gaps = np.flatnonzero(~defined.all(axis=0))
    counted = defined[:, gaps].astype(np.float64)
    found = np.full((resamples, scores.shape[1]), np.nan)
    if n == 0:
        return found
    step = max(1, ROOM // n)
    seeds = rng.spawn(-(-resamples // step))

    def work(start: int, stop: int) -> None:
        drawn = seeds[start // step].integers(0, n, size=(stop - start, n))
        drawn += n * np.arange(stop - start)[:, None]
        times = np.bincount(drawn.ravel(), minlength=n * (stop - start)).reshape(stop - start, n)
        weight = times.astype(np.float64)
        below = np.full((stop - start, scores.shape[1]), float(n))
        below[:, gaps] = weight @ counted
        found[start:stop] = _ratio(weight @ held, below)

    over_blocks(resamples, step, work)
    return found


def interval(draws: Array, level: float = 1 - ALPHA) -> tuple[Array, Array]:
    """Percentile interval of each column of draws (resamples, m): low and high, (m,)."""
    tail = (1 - level) / 2
    missing = np.isnan(draws).sum(axis=0)
    low, high = np.full(draws.shape[1], np.nan), np.full(draws.shape[1], np.nan)
    # Column by column where some draws are undefined, which takes numpy a hundred times as long.
    for columns, quantile in ((missing == 0, np.quantile), (missing > 0, np.nanquantile)):
        columns &= missing < max(len(draws), 1)
        if columns.any():
            low[columns], high[columns] = quantile(draws[:, columns], [tail, 1 - tail], axis=0)
    return low, high


def sign_flip(differences: Scores, rng: np.random.Generator, flips: int = FLIPS) -> Array:
    """Two-sided p-value of each column's mean difference being 0; differences: (n, m), NaN undefined.

    Under the null a customer's difference is as likely to be its opposite. p = (1 + flips at least as far
    from 0) / (1 + flips); 1 where every difference is 0, NaN where there is none.
    """
    undefined = np.isnan(differences)
    held = np.where(undefined, 0.0, differences).astype(np.float64)
    p = as_far(flipped_sums(held, rng, flips), held.sum(axis=0), np.abs(held).sum(axis=0))
    return np.where(undefined.all(axis=0), np.nan, p)


def flipped_sums(scores: Scores, rng: np.random.Generator, flips: int = FLIPS) -> Array:
    """Column sums with each customer's sign by a coin, the same coin for every column; (flips, m).

    A difference of two columns' sums is the sum of their differences: one set of flips does for all pairs.
    """
    n, held = len(scores), np.asarray(scores, dtype=np.float64)
    found = np.zeros((flips, held.shape[1]))
    if n == 0:
        return found
    whole = held.sum(axis=0)
    step = max(8, ROOM // n // 8 * 8)  # whole bytes of coins
    seeds = rng.spawn(-(-flips // step))

    def work(start: int, stop: int) -> None:
        coins = (stop - start) * n
        bits = np.frombuffer(seeds[start // step].bytes(-(-coins // 8)), dtype=np.uint8)
        heads = np.unpackbits(bits, count=coins).reshape(stop - start, n).astype(np.float64)
        found[start:stop] = 2 * (heads @ held) - whole

    over_blocks(flips, step, work)
    return found


def as_far(flipped: Array, whole: Array, size: Array) -> Array:
    """Share of flips, and of what was found, at least as far from 0 as what was found.

    flipped: (flips, m). whole: (m,), what was found. size: (m,), the sum of absolute values behind it.
    """
    far = np.abs(flipped) >= np.abs(whole) - ROUNDING * size
    return (1.0 + far.sum(axis=0)) / (1.0 + len(flipped))


def as_good(scores: Scores, flipped: Array, best: int) -> Array:
    """p-value of each column being as good as any, seen from its distance to the column that looks best.

    scores: (n, m) without NaN; flipped: their flipped_sums. In every flip it is whoever leads there that is
    held against the column, in standard deviations of their difference, so that nobody looks the best only
    for having been picked by its looks. One-sided; 1 for the best itself and for its equals.
    """
    held = np.asarray(scores, dtype=np.float64)
    found, size = np.ones(held.shape[1]), np.abs(held).sum(axis=0).max()
    for at in range(held.shape[1]):
        apart = held - held[:, [at]]
        spread = np.sqrt((apart**2).sum(axis=0))
        if not spread[best]:
            continue
        rivals = np.flatnonzero(spread)
        lead = ((flipped[:, rivals] - flipped[:, [at]]) / spread[rivals]).max(axis=1)
        bar = apart[:, best].sum() / spread[best] - ROUNDING * 2 * size / spread[rivals].min()
        found[at] = (1.0 + (lead >= bar).sum()) / (1.0 + len(flipped))
    return found


def holm(p: Array) -> Array:
    """p-values adjusted for being a family; NaN stays NaN and is no member."""
    adjusted = np.full(len(p), np.nan)
    real = np.flatnonzero(~np.isnan(p))
    order = real[np.argsort(p[real], kind="stable")]
    steps = p[order] * (len(order) - np.arange(len(order)))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return adjusted


def effect(differences: Scores) -> Array:
    """Mean over standard deviation of each column; 0 where nothing differs, NaN where that says nothing."""
    middle = mean(differences)
    return np.where(middle == 0, 0.0, _ratio(middle, deviation(differences)))


def deviation(scores: Scores) -> Array:
    """Sample standard deviation of each column, NaN left out; NaN below two numbers."""
    count, middle = (~np.isnan(scores)).sum(axis=0), mean(scores)
    apart = np.where(np.isnan(scores), 0.0, scores - middle)
    spread = np.sqrt(_ratio((apart**2).sum(axis=0), np.where(count > 1, count - 1, 0)))
    return np.where(spread <= ROUNDING * np.abs(middle), 0.0, spread)


def detectable(spread: float, n: int, alpha: float = ALPHA, power: float = POWER) -> float:
    """The least true mean difference that a paired two-sided test of n customers finds with this power."""
    return _reach(alpha, power) * spread / math.sqrt(n) if n else math.nan


def customers_needed(difference: float, spread: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Customers at which that test finds a true mean difference of this size; infinite for none."""
    return _whole((_reach(alpha, power) * spread) ** 2, difference)


def arm_size(difference: float, spread: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Customers in each arm of an A/B test that finds this difference of two means of equal spread."""
    return _whole(2 * (_reach(alpha, power) * spread) ** 2, difference)


def _whole(above: float, difference: float) -> float:
    """above / difference**2, rounded up; NaN where either says nothing."""
    if not difference:
        return math.inf if above > 0 else math.nan
    found = above / difference / difference
    return float(math.ceil(found * (1 - ROUNDING))) if math.isfinite(found) else found


def _reach(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)


def _ratio(above: Array, below: NDArray[np.number]) -> Array:
    under = np.broadcast_to(np.asarray(below, dtype=np.float64), above.shape)
    return np.divide(above, under, out=np.full(above.shape, np.nan), where=under > 0)
