"""The metrics of a run, by name; other packages add some through the entry-point group `recsys.metrics`.

Such a metric is a class like those of `measure.accuracy`: `AtK` with a `word`, made with `k`. Where it sets
`decides` and needs nothing but prices, a config may decide by it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from importlib.metadata import entry_points

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
OF_ALL_LISTS = (Coverage, Gini)
NAMES = tuple(metric.word for metric in DECIDING)
GROUP = "recsys.metrics"


@cache
def plugins() -> tuple[type[AtK], ...]:
    """The metrics of installed packages; a word that is taken stays with whom it was."""
    taken = {metric.word for metric in DECIDING + TELLING} | {metric.word for metric in OF_ALL_LISTS}
    found: dict[str, type[AtK]] = {}
    for entry in entry_points(group=GROUP):
        metric = entry.load()
        if metric.word not in taken:
            found.setdefault(metric.word, metric)
    return tuple(found.values())


def deciding() -> dict[str, type[AtK]]:
    """The metrics that may pick a winner, by word."""
    more = (metric for metric in plugins() if metric.decides and metric.needs <= {Aspect.PAID})
    return {metric.word: metric for metric in (*DECIDING, *more)}


def needs_prices(word: str) -> bool:
    """Whether this deciding metric is undefined on a log without prices."""
    return Aspect.PAID in deciding()[word].needs


def metrics(ks: Sequence[int], *, money: bool, told: Collection[Aspect] = ()) -> list[Metric]:
    """Every per-customer metric at each k; none that needs prices (`money`) or to be told what is not."""
    held = {*told, Aspect.PAID} if money else {*told} - {Aspect.PAID}
    kinds = [kind for kind in DECIDING + TELLING + plugins() if kind.needs <= held]
    return [kind(k) for kind in kinds for k in ks]  # type: ignore[misc]


def list_metrics(ks: Sequence[int]) -> list[ListMetric]:
    """Every metric of all lists together at each k."""
    return [kind(k) for kind in OF_ALL_LISTS for k in ks]
