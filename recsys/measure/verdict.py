"""What the scores of a segment say: a winner, a tie, nothing over the baseline, or too little to tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.measure.panel import Panel
from recsys.measure.resample import (
    ALPHA,
    Array,
    Scores,
    customers_needed,
    detectable,
    deviation,
    effect,
    holm,
    interval,
    mean,
    resampled_means,
    sign_flip,
)

WINNER = "winner"
TIE = "tie"
NO_BETTER = "not better than the baseline"
TOO_FEW = "too few customers to tell"


@dataclass(frozen=True)
class Contrast:
    """Recommender `a` less `b` on the same customers.

    low, high: 95 % bootstrap interval. p: paired sign-flip test; p_holm: within its family. effect: mean over
    standard deviation. verdict: better, worse, equivalent (the interval lies within the margin), undecided.
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
    """serve: what follows. among: who ties, in the order of the config. needs: customers, where too few."""

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
    by Holm's procedure, each over all segments: everybody against the baseline, the best against the rest.
    """
    against: list[Contrast] = []
    rivals: list[Contrast] = []
    shown: dict[str, tuple[list[str], Array, int]] = {}
    for segment in panel.segments:
        scores = panel.pooled(segment, windows)
        judged = [name for at, name in enumerate(panel.names) if (~np.isnan(scores[:, at])).any()]
        if not judged:
            continue
        scores = scores[:, [panel.names.index(name) for name in judged]]
        means = mean(scores)
        shown[segment] = judged, means, int((~np.isnan(scores)).any(axis=1).sum())
        least = margin * means[judged.index(baseline)] if baseline in judged else 0.0
        draws = resampled_means(scores, rng)
        best = judged[int(np.argmax(means))]
        theirs = [(name, baseline) for name in judged if name != baseline and baseline in judged]
        own = [(best, name) for name in judged if name != best]
        found = contrasts(segment, judged, scores, draws, theirs + own, least, rng)
        against += found[: len(theirs)]
        rivals += found[len(theirs) :]
    against, rivals = adjusted(against), adjusted(rivals)
    verdicts = {}
    for segment, (judged, means, customers) in shown.items():
        mine = [[one for one in family if one.segment == segment] for family in (against, rivals)]
        verdicts[segment] = decide(segment, judged, means, customers, baseline, *mine)
    return Evidence((*against, *rivals), verdicts)


def contrasts(
    segment: str,
    names: Sequence[str],
    scores: Scores,
    draws: Array,
    pairs: Sequence[tuple[str, str]],
    margin: float,
    rng: np.random.Generator,
) -> list[Contrast]:
    """Each pair of columns on the customers who have both; draws: resampled means of the same columns."""
    if not pairs:
        return []
    left = [names.index(a) for a, _ in pairs]
    right = [names.index(b) for _, b in pairs]
    apart = scores[:, left] - scores[:, right]
    low, high = interval(draws[:, left] - draws[:, right])
    middle, p, size, spread = mean(apart), sign_flip(apart, rng), effect(apart), deviation(apart)
    customers = (~np.isnan(apart)).sum(axis=0)
    return [
        Contrast(
            segment=segment,
            a=a,
            b=b,
            customers=int(customers[at]),
            difference=float(middle[at]),
            low=float(low[at]),
            high=float(high[at]),
            p=float(p[at]),
            p_holm=float("nan"),
            effect=float(size[at]),
            spread=float(spread[at]),
            margin=margin,
        )
        for at, (a, b) in enumerate(pairs)
    ]


def adjusted(family: Sequence[Contrast]) -> list[Contrast]:
    """The family with adjusted p-values and what follows from them."""
    return [
        replace(one, p_holm=p, verdict=_said(one, p))
        for one, p in zip(family, holm(np.array([one.p for one in family])).tolist(), strict=True)
    ]


def _said(one: Contrast, p: float) -> str:
    if p < ALPHA:
        return "better" if one.difference > 0 else "worse"
    return "equivalent" if -one.margin <= one.low and one.high <= one.margin else "undecided"


def decide(
    segment: str,
    judged: Sequence[str],
    means: Array,
    customers: int,
    baseline: str,
    against: Sequence[Contrast],
    rivals: Sequence[Contrast],
) -> Verdict:
    """The verdict of one segment from its adjusted comparisons."""
    best = judged[int(np.argmax(means))]
    if baseline in judged:
        challengers = sorted(against, key=lambda one: -one.difference)
        if not challengers or challengers[0].verdict != "better":
            return _unbeaten(segment, customers, baseline, challengers)
        chief: Contrast | None = challengers[0]
    else:
        chief = max(rivals, key=lambda one: one.p_holm, default=None)
    equals = {one.b for one in rivals if one.verdict != "better" and one.b != baseline}
    among = tuple(name for name in judged if name == best or name in equals)
    if len(among) > 1:
        return Verdict(segment, TIE, among[0], among, customers, None, best, chief)
    return Verdict(segment, WINNER, best, (), customers, None, best, chief)


def _unbeaten(segment: str, customers: int, baseline: str, challengers: Sequence[Contrast]) -> Verdict:
    """Nobody is shown to be better: because nobody is, or because so few customers cannot show it."""
    chief = challengers[0] if challengers else None
    best = chief.a if chief and chief.difference > 0 else baseline
    if chief is None or chief.high <= chief.margin:
        return Verdict(segment, NO_BETTER, baseline, (), customers, None, best, chief)
    needs = customers_needed(max(chief.difference, chief.margin), chief.spread)
    if np.isfinite(needs) and needs > customers:
        return Verdict(segment, TOO_FEW, baseline, (), customers, int(needs), best, chief)
    return Verdict(segment, NO_BETTER, baseline, (), customers, None, best, chief)
