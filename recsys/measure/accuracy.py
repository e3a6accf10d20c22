"""Accuracy of a ranked list against the set of products bought later.

h_i = 1 if the product at rank i is in the truth T, else 0. Each class is one metric at one k; its name reads
as `recall@10`. Scores are float64, one per judged customer, NaN where undefined. Formulas: Manning,
Raghavan, Schütze, "Introduction to information retrieval", 2008, chapter 8; the denominators are the
protocol's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys.core.judged import Judged
from recsys.measure.context import Aspect


@dataclass(frozen=True)
class AtK:
    """A metric of the first k places.

    word: its name without k; letters and _. needs: what it must be told beside lists and truth. decides: more
    is better, whatever the target, so a config may decide by it; read of other packages' metrics.
    """

    k: int
    word: ClassVar[str]
    needs: ClassVar[frozenset[Aspect]] = frozenset()
    decides: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return f"{self.word}@{self.k}"

    def hits(self, judged: Judged) -> NDArray[np.bool_]:
        """The first k columns of the hits; fewer where the lists are shorter."""
        return judged.hits[:, : self.k]


@dataclass(frozen=True)
class Precision(AtK):
    """sum h / k; the denominator is always k."""

    word: ClassVar[str] = "precision"

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return self.hits(judged).sum(axis=1) / self.k


@dataclass(frozen=True)
class Recall(AtK):
    """sum h / |T|."""

    word: ClassVar[str] = "recall"

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return ratio(self.hits(judged).sum(axis=1), judged.truth_sizes)


@dataclass(frozen=True)
class AveragePrecision(AtK):
    """sum_i precision@i h_i / min(|T|, k); its mean over customers is MAP, hence the name map@k."""

    word: ClassVar[str] = "map"

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        found, total = np.zeros(len(judged.hits)), np.zeros(len(judged.hits))
        for place, hit in enumerate(self.hits(judged).T, start=1):  # no array of customers x places
            found += hit
            total += hit * found / place
        return ratio(total, np.minimum(judged.truth_sizes, self.k))


@dataclass(frozen=True)
class NDCG(AtK):
    """sum_i h_i / log2(i + 1) over the same sum with the first min(|T|, k) places all hits.

    Järvelin, Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002. `truncated=False`
    takes an ideal of all |T| places, as some papers do.
    """

    word: ClassVar[str] = "ndcg"
    truncated: bool = True

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        gain = np.zeros(len(judged.hits))
        for hit, worth in zip(self.hits(judged).T, _discount(self.k), strict=False):
            gain += hit * worth
        reach = np.minimum(judged.truth_sizes, self.k) if self.truncated else judged.truth_sizes
        ideal = np.concatenate([[0.0], np.cumsum(_discount(int(reach.max(initial=0))))])
        return ratio(gain, np.take(ideal, reach))


@dataclass(frozen=True)
class Hit(AtK):
    """1 if any of the k products is in the truth."""

    word: ClassVar[str] = "hit"

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return np.asarray(self.hits(judged).any(axis=1), dtype=np.float64)


@dataclass(frozen=True)
class ReciprocalRank(AtK):
    """1 / rank of the first hit, 0 if there is none; its mean is MRR, hence the name mrr@k."""

    word: ClassVar[str] = "mrr"

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        hits = self.hits(judged)
        return ratio(hits.any(axis=1), hits.argmax(axis=1) + 1)


def ratio(above: ArrayLike, below: ArrayLike) -> NDArray[np.float64]:
    """above / below, NaN where there is nothing below."""
    under = np.asarray(below, dtype=np.float64)
    return np.divide(np.asarray(above), under, out=np.full(len(under), np.nan), where=under > 0)


def _discount(places: int) -> NDArray[np.float64]:
    return np.asarray(1.0 / np.log2(np.arange(2, places + 2)))
