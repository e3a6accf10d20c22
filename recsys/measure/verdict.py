"""What the scores of a segment say: a winner, a tie, nothing over the baseline, or too little to tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from recsys.measure.panel import Panel
from recsys.measure.resample import (
    ALPHA,
    FLIPS,
    Array,
    Scores,
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
    resampled_means,
)

WINNER = "winner"
TIE = "tie"
NO_BETTER = "not better than the baseline"
TOO_FEW = "too few customers to tell"

FEWEST = 30  # customers below which a bootstrap interval is too narrow to show that nothing differs


@dataclass(frozen=True)
class Contrast:
    """Recommender `a` less `b` on the same customers.

    low, high: 95 % bootstrap interval. p: paired sign-flip test; p_holm: within its family. effect: mean over
    standard deviation. verdict: equivalent (the interval lies within the margin, be it on one side of 0),
    else better or worse, else undecided.
    """

    segment: str
    a: str
    b: str
    customers: int
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    effect: float
    spread: float
    margin: float
    verdict: str = ""

    @property
    def detectable(self) -> float:
        """The least true difference that so many customers find with 80 % power."""
        return detectable(self.spread, self.customers)


@dataclass(frozen=True)
class Verdict:
    """serve: what follows. among: who ties, in the order of the config. needs: customers, where too few.

    contrast: the best, or the best challenger, less the baseline.
    """

    segment: str
    kind: str
    serve: str
    among: tuple[str, ...]
    customers: int
    needs: int | None
    best: str
    contrast: Contrast | None

    def __str__(self) -> str:
        if self.kind == WINNER:
            return f"winner: {self.serve}"
        if self.kind == TIE:
            return f"tie among {', '.join(self.among)}"
        needs = f" (needs {self.needs:,})" if self.needs else ""
        return f"{self.kind}{needs}"


@dataclass(frozen=True, eq=False)
class Evidence:
    """Every comparison of one target in some windows, and each segment's verdict."""

    contrasts: tuple[Contrast, ...]
    verdicts: dict[str, Verdict]


def evidence(
    panel: Panel, windows: Collection[int], baseline: str, margin: float, rng: np.random.Generator
) -> Evidence:
    """Compare all with the baseline, and the best with the rest, in every segment.

    margin: share of the baseline's mean below which a difference does not matter. Two families are adjusted
    by Holm's procedure, each over all segments: everybody against the baseline, and everybody but the
    baseline against the best, which was picked by its looks. Recommenders take part in a segment where they
    are judged on all that any is judged on.
    """
    segments = {name: held for name in panel.segments if (held := _judged(panel, name, windows))}
    rivalry = sum(len([name for name in judged if name != baseline]) for judged, _ in segments.values())
    flips = max(FLIPS, int(2 * rivalry / ALPHA))  # so that the least p-value of a family can tell
    seed = int(rng.integers(2**63))
    against: list[Contrast] = []
    rivals: list[Contrast] = []
    looks: list[float] = []
    for segment, (judged, scores) in segments.items():
        means = mean(scores)
        best = judged[int(np.argmax(means))]
        least = margin * means[judged.index(baseline)] if baseline in judged else 0.0
        first = [(name, baseline) for name in judged if name != baseline and baseline in judged]
        second = [(best, name) for name in judged if best != baseline and name not in (best, baseline)]
        luck = np.random.default_rng([seed, crc32(segment.encode())])  # whatever other segments there are
        draws, flipped = resampled_means(scores, luck), flipped_sums(scores, luck, flips)
        found = contrasts(segment, judged, scores, draws, flipped, first + second, float(least))
        against += found[: len(first)]
        rivals += found[len(first) :]
        good = as_good(scores, flipped, judged.index(best)) if second else np.ones(len(judged))
        looks += [float(good[judged.index(name)]) for _, name in second]
    looks += [1.0] * (rivalry - len(looks))  # the best itself, and all where that is the baseline
    against, rivals = adjusted(against, [one.p for one in against]), adjusted(rivals, looks)
    verdicts = {}
    alpha = ALPHA / max(1, sum(one.p_holm >= ALPHA for one in against))  # where Holm's procedure stopped
    for segment, (judged, scores) in segments.items():
        theirs, own = ([one for one in family if one.segment == segment] for family in (against, rivals))
        verdicts[segment] = decide(segment, judged, mean(scores), len(scores), baseline, theirs, own, alpha)
    return Evidence((*against, *rivals), verdicts)


def _judged(panel: Panel, segment: str, windows: Collection[int]) -> tuple[list[str], Array] | None:
    """Who is judged on all that any is judged on, and their pooled scores; None where nobody is."""
    scores = panel.pooled(segment, windows)
    count = (~np.isnan(scores)).sum(axis=0)
    if not count.any():
        return None
    full = np.flatnonzero(count == count.max())
    scores = scores[:, full]
    return [panel.names[at] for at in full], scores[~np.isnan(scores).any(axis=1)]


def contrasts(
    segment: str,
    names: Sequence[str],
    scores: Scores,
    draws: Scores,
    flipped: Array,
    pairs: Sequence[tuple[str, str]],
    margin: float,
) -> list[Contrast]:
    """Each pair of columns of scores, (n, m) without NaN; draws: resampled means; flipped: flipped sums."""
    left = [names.index(a) for a, _ in pairs]
    right = [names.index(b) for _, b in pairs]
    apart = scores[:, left] - scores[:, right]
    low, high = interval(draws[:, left] - draws[:, right])
    size = np.abs(scores).sum(axis=0)
    p = as_far(flipped[:, left] - flipped[:, right], apart.sum(axis=0), size[left] + size[right])
    middle, spread, strength = mean(apart), deviation(apart), effect(apart)
    return [
        Contrast(
            segment=segment,
            a=a,
            b=b,
            customers=len(scores),
            difference=float(middle[at]),
            low=float(low[at]),
            high=float(high[at]),
            p=float(p[at]),
            p_holm=float("nan"),
            effect=float(strength[at]),
            spread=float(spread[at]),
            margin=margin,
        )
        for at, (a, b) in enumerate(pairs)
    ]


def adjusted(family: Sequence[Contrast], p: Sequence[float]) -> list[Contrast]:
    """The family with adjusted p-values and what follows from them; p may have more, of those not shown."""
    found = np.fmax(holm(np.asarray(p, dtype=np.float64))[: len(family)], [one.p for one in family])
    return [
        replace(one, p_holm=p_holm, verdict=_said(one, p_holm))
        for one, p_holm in zip(family, found.tolist(), strict=True)
    ]


def _said(one: Contrast, p: float) -> str:
    if one.customers >= FEWEST and -one.margin <= one.low and one.high <= one.margin:
        return "equivalent"
    if p < ALPHA:
        return "better" if one.difference > 0 else "worse"
    return "undecided"


def decide(
    segment: str,
    judged: Sequence[str],
    means: Array,
    customers: int,
    baseline: str,
    against: Sequence[Contrast],
    rivals: Sequence[Contrast],
    alpha: float = ALPHA,
) -> Verdict:
    """The verdict of one segment from its adjusted comparisons.

    alpha: the level at which Holm's procedure stopped. A tie may hold somebody who looks good but is not
    shown to be better than the baseline: the first who is gets served.
    """
    best = judged[int(np.argmax(means))]
    challengers = sorted(against, key=lambda one: -one.difference)
    better = {one.a for one in challengers if one.verdict == "better"}
    if baseline in judged and not better:
        return _unbeaten(segment, customers, baseline, challengers, alpha)
    equals = {one.b for one in rivals if one.verdict != "better"}
    among = tuple(name for name in judged if name == best or name in equals)
    serve = next((name for name in among if name in better), best if better else among[0])
    kind, tied = (TIE, among) if len(among) > 1 else (WINNER, ())
    return Verdict(segment, kind, serve, tied, customers, None, best, challengers[0] if better else None)


def _unbeaten(
    segment: str, customers: int, baseline: str, challengers: Sequence[Contrast], alpha: float
) -> Verdict:
    """Nobody is shown to be better: because nobody is, or because so few customers cannot show it."""
    chief = challengers[0] if challengers else None
    best = chief.a if chief and chief.difference > 0 else baseline
    for one in challengers:
        if one.customers >= FEWEST and one.high <= one.margin:
            continue
        needs = customers_needed(max(one.difference, one.margin), one.spread, alpha)
        needs = max(needs, FEWEST) if np.isfinite(needs) else needs
        if one.difference > one.margin or customers < FEWEST or customers < needs < np.inf:
            told = int(needs) if customers < needs < np.inf else None
            return Verdict(segment, TOO_FEW, baseline, (), customers, told, best, chief)
    return Verdict(segment, NO_BETTER, baseline, (), customers, None, best, chief)
