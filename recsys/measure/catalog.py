"""The metrics of a run, by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recsys.core.protocols import ListMetric, Metric
from recsys.measure.accuracy import NDCG, AtK, AveragePrecision, Hit, Precision, Recall, ReciprocalRank
from recsys.measure.categories import CategoryPrecision, CategoryRecall
from recsys.measure.character import Diversity, Novelty, PopularityLift, PriceRatio
from recsys.measure.context import Aspect
from recsys.measure.lists import Coverage, Gini
from recsys.measure.money import BasketValue, CapturedSpend, Margin, Revenue
from recsys.measure.repeat import RecallExplore, RecallRepeat, RepeatShare

DECIDING: tuple[type[AtK], ...] = (
    Precision,
    Recall,
    AveragePrecision,
    NDCG,
    Hit,
    ReciprocalRank,
    CapturedSpend,
)
"""More is better, whatever the target: one of these may pick a winner."""
TELLING: tuple[type[AtK], ...] = (
    RecallRepeat,
    RecallExplore,
    RepeatShare,
    Revenue,
    Margin,
    BasketValue,
    CategoryPrecision,
    CategoryRecall,
    Novelty,
    Diversity,
    PopularityLift,
    PriceRatio,
)
"""What else is worth knowing of a list; they need what was known before the cutoff."""
NEED_PRICES = tuple(metric.word for metric in DECIDING if Aspect.PAID in metric.needs)
NAMES = tuple(metric.word for metric in DECIDING)


def metrics(ks: Sequence[int], *, money: bool, told: Collection[Aspect] = ()) -> list[Metric]:
    """Every per-customer metric at each k; none that needs prices (`money`) or to be told what is not."""
    held = {*told, Aspect.PAID} if money else {*told} - {Aspect.PAID}
    kinds = [kind for kind in DECIDING + TELLING if kind.needs <= held]
    return [kind(k) for kind in kinds for k in ks]  # type: ignore[misc]


def list_metrics(ks: Sequence[int]) -> list[ListMetric]:
    """Every metric of all lists together at each k."""
    return [kind(k) for kind in (Coverage, Gini) for k in ks]
