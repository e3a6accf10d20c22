"""What a stage must offer to take part; each is a structural type, so nothing has to inherit."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Fold, Known
from recsys.core.judged import Judged
from recsys.core.log import TransactionLog
from recsys.core.reasons import Reasons
from recsys.core.segmentation import Segmentation
from recsys.core.topk import TopK


class Seen(StrEnum):
    """Whether a list may hold products the customer bought before: a policy, not a property of a model."""

    KEEP = "keep"
    DROP = "drop"


class Splitter(Protocol):
    """A log into folds, latest first."""

    def split(self, log: TransactionLog) -> list[Fold]: ...


class FittedSegmenter(Protocol):
    """Fitted once, then assigns at any later cutoff."""

    def assign(self, known: Known) -> Segmentation: ...


class Segmenter(Protocol):
    """Hyper-parameters of a way to group customers."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSegmenter: ...


class Fitted(Protocol):
    """Knowledge only; never changes."""

    def recommend(
        self,
        customers: NDArray[np.int32],
        k: int,
        *,
        seen: Seen = Seen.DROP,
        allowed: NDArray[np.bool_] | None = None,
    ) -> TopK:
        """The k best products for each customer code (NOTHING: someone without history).

        allowed: (products,) mask of what may be recommended. Short lists are padded, never filled.
        """
        ...

    def save(self, folder: Path) -> None: ...


class Recommender(Protocol):
    """Hyper-parameters of a recommender, frozen."""

    kind: Any

    def fit(self, known: Known, rng: np.random.Generator) -> Fitted: ...


class Completes(Protocol):
    """Serves people who have no row in the history."""

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        """The k best products to add to each basket; baskets: people x products."""
        ...


class Explains(Protocol):
    """Says what speaks for the products of lists, by its own reckoning."""

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """A reason for each place that holds a product, if there is one; lists may have gaps.

        seen, allowed: what the lists were made by; a model made of others asks its parts by it.
        """
        ...


class RanksNewProducts(Protocol):
    """Ranks products that were first sold after the cutoff, from their descriptions."""

    def rank_new(self, customers: NDArray[np.int32], descriptions: list[str | None], k: int) -> TopK:
        """The k best of these descriptions for each customer; products are positions in the list."""
        ...


class Metric(Protocol):
    """One score per customer, NaN where it is undefined; Recall(k=10).name == "recall@10"."""

    @property
    def name(self) -> str: ...

    def per_customer(self, judged: Judged) -> NDArray[np.float64]: ...


class ListMetric(Protocol):
    """One number for all lists: coverage, Gini."""

    @property
    def name(self) -> str: ...

    def overall(self, judged: Judged) -> float: ...
