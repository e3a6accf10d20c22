"""How sure a mean is: resampled customers, flipped signs, and what a segment of this size can tell.

Bootstrap percentile intervals: Efron, Tibshirani, "An introduction to the bootstrap", 1993, chapter 13. What
a customer weighs in a resample is drawn independently of all others: Hanley, MacGibbon, "Creating
non-parametric bootstrap samples using Poisson frequencies", Computer Methods and Programs in Biomedicine 83,
2006; any law with mean and variance 1 does: Praestgaard, Wellner, "Exchangeably weighted bootstraps of the
general empirical process", Annals of Probability 21, 1993.
Paired sign-flip permutation test: Fisher's, as in Smucker, Allan, Carterette, "A comparison of statistical
significance tests for information retrieval evaluation", CIKM 2007. Holm, "A simple sequentially rejective
multiple test procedure", 1979. Comparing with whoever looks best: Hsu, "Constrained simultaneous confidence
intervals for multiple comparisons with the best", Annals of Statistics 12, 1984. Customers are the unit
throughout: what is resampled, and whose signs flip.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from recsys.core.parallel import over_blocks

CACHE, SHARED, ROOM = 1 << 17, 32, 1 << 24
"""Weights of customers a thread holds at a time: what a core has near (1 MB of float64), or as many as let 32
resamples share one reading of the scores, but never above 128 MB."""
ROUNDING = 1e-12  # sums that differ by less than this share of what was summed are the same
RESAMPLES, FLIPS = 2_000, 10_000
WEIGHTS = bytes(np.repeat(np.arange(6, dtype=np.uint8), [94, 95, 46, 16, 4, 1]))
"""What a random byte weighs a customer: 0 to 5, with mean and variance 1 as Poisson's, and skewness .98."""
ALPHA, POWER = 0.05, 0.8

Scores = NDArray[np.floating]
Array = NDArray[np.float64]


def mean(scores: Scores) -> Array:
    """Column means of (n, m), NaN left out; NaN for a column without a number."""
    defined = ~np.isnan(scores)
    return _ratio(np.where(defined, scores, 0.0).sum(axis=0, dtype=np.float64), defined.sum(axis=0))


def resampled_means(scores: Scores, rng: np.random.Generator, resamples: int = RESAMPLES) -> Scores:
    """Column means of resampled customers; scores: (n, m), NaN undefined; (resamples, m).

    A resample weighs the same customers alike in every column, so that the difference of two columns is
    paired.
    """
    everybody = np.zeros(len(scores), dtype=np.intp)
    return resampled_groups(scores, everybody, [[0]], rng, resamples)[0]


def resampled_groups(
    scores: Scores,
    cell: NDArray[np.integer],
    unions: Sequence[Sequence[int]],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Scores:
    """resampled_means of groups that are unions of cells: (groups, resamples, m).

    cell: (n,) which one each customer is in, from 0. unions: the cells of each group. Everybody is resampled
    once for all groups, and one that is made of others is their sum. As precise as the scores are.
    """
    n, m = scores.shape
    found = np.full((len(unions), resamples, m), np.nan, dtype=scores.dtype)
    if n == 0:
        return found
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(cell.max() + 2)).tolist()
    parts = [_Cell.of(scores[order[a:b]]) for a, b in itertools.pairwise(bounds)]
    step = _at_once(n)
    seeds = rng.spawn(-(-resamples // step))

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, step):
            last = min(first + step, stop)
            drawn = seeds[first // step].bytes((last - first) * n).translate(WEIGHTS)
            weight = np.frombuffer(drawn, dtype=np.uint8).reshape(last - first, n)
            sums = [
                part.sums(weight[:, a:b])
                for part, (a, b) in zip(parts, itertools.pairwise(bounds), strict=True)
            ]
            for at, union in enumerate(unions):
                above, below = (np.sum([sums[one][part] for one in union], axis=0) for part in range(2))
                found[at, first:last] = _ratio(above, below)

    over_blocks(resamples, _share(resamples, step), work)
    return found


def _at_once(n: int) -> int:
    """How many resamples of n customers a thread makes at a time."""
    return max(1, min(max(CACHE // n, SHARED), ROOM // n))


def _share(total: int, step: int) -> int:
    """What a thread takes at a time, in whole steps: a step alone is too soon done."""
    return step * max(1, total // step // 8)


@dataclass(frozen=True, eq=False)
class _Cell:
    """Some customers' scores without gaps, and where a column has them: who is counted there."""

    held: Scores
    gaps: NDArray[np.intp]
    counted: Scores

    @classmethod
    def of(cls, scores: Scores) -> _Cell:
        defined = ~np.isnan(scores)
        gaps = np.flatnonzero(~defined.all(axis=0))
        return cls(np.where(defined, scores, 0), gaps, defined[:, gaps].astype(scores.dtype))

    def sums(self, weight: NDArray[np.uint8]) -> tuple[Array, Array]:
        """Weighted sums and weights of each column; weight: (resamples, customers)."""
        mine = weight.astype(self.held.dtype)
        below = np.repeat(weight.sum(axis=1, dtype=np.float64)[:, None], self.held.shape[1], axis=1)
        below[:, self.gaps] = mine @ self.counted
        return (mine @ self.held).astype(np.float64), below


def interval(draws: Scores, level: float = 1 - ALPHA) -> tuple[Array, Array]:
    """Percentile interval of each column of draws (resamples, m), NaN left out: low and high, (m,)."""
    ordered: Scores = np.sort(draws, axis=0)  # NaN comes last
    last = (~np.isnan(draws)).sum(axis=0) - 1
    column = np.arange(draws.shape[1])
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        place = share * np.maximum(last, 0)
        below = place.astype(np.intp)
        lower, upper = ordered[below, column], ordered[np.minimum(below + 1, np.maximum(last, 0)), column]
        ends.append(np.asarray(lower + (place - below) * (upper - lower), dtype=np.float64))
    return ends[0], ends[1]


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
    step = -(-_at_once(n) // 8) * 8  # whole bytes of coins
    seeds = rng.spawn(-(-flips // step))

    def work(start: int, stop: int) -> None:
        heads = np.empty((step, n))
        for at in range(start, stop, step):
            drawn = min(step, stop - at)
            bits = np.frombuffer(seeds[at // step].bytes(-(-drawn * n // 8)), dtype=np.uint8)
            heads[:drawn] = np.unpackbits(bits, count=drawn * n).reshape(drawn, n)
            np.matmul(heads[:drawn], held, out=found[at : at + drawn])
        found[start:stop] *= 2
        found[start:stop] -= whole

    over_blocks(flips, _share(flips, step), work)
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

    def work(start: int, stop: int) -> None:
        for at in range(start, stop):
            apart = held - held[:, [at]]
            spread = np.sqrt((apart**2).sum(axis=0))
            if spread[best]:
                rivals = np.flatnonzero(spread)
                lead = ((flipped[:, rivals] - flipped[:, [at]]) / spread[rivals]).max(axis=1)
                bar = apart[:, best].sum() / spread[best] - ROUNDING * 2 * size / spread[rivals].min()
                found[at] = (1.0 + (lead >= bar).sum()) / (1.0 + len(flipped))

    over_blocks(held.shape[1], 2, work)
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
