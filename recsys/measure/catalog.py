"""The metrics of a run, by name."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.core.protocols import ListMetric, Metric
from recsys.measure.accuracy import NDCG, AtK, AveragePrecision, Hit, Precision, Recall, ReciprocalRank
from recsys.measure.lists import Coverage
from recsys.measure.money import CapturedSpend, Monetary

PER_CUSTOMER: tuple[type[AtK], ...] = (
    Precision,
    Recall,
    AveragePrecision,
    NDCG,
    Hit,
    ReciprocalRank,
    CapturedSpend,
)
NEED_PRICES = tuple(metric.word for metric in PER_CUSTOMER if issubclass(metric, Monetary))
NAMES = tuple(metric.word for metric in PER_CUSTOMER)


def metrics(ks: Sequence[int], *, money: bool) -> list[Metric]:
    """Every per-customer metric at each k; without prices none that needs them."""
    kinds = [kind for kind in PER_CUSTOMER if money or not issubclass(kind, Monetary)]
    return [kind(k) for kind in kinds for k in ks]  # type: ignore[misc]


def list_metrics(ks: Sequence[int]) -> list[ListMetric]:
    """Every metric of all lists together at each k."""
    return [Coverage(k) for k in ks]
