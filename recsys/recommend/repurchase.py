"""What the customer bought before, most often (or most lately, or most probably due) bought first.

With a rhythm, the score is the rate per day at which the customer is expected to buy the product again:
Bhagat, Muralidharan, Lobzhanidze, Vishwanath, "Buy it again: modeling repeat purchase recommendations", KDD
2018. Days on which the product was bought count once; n of them came after the first, `span` days after it
the last, `since` days before the cutoff. Its buyers' rates are Gamma(alpha, beta_i), beta_i being alpha times
the days for which product i was watched per repeat purchase, so that the score is

poisson-gamma            (n + alpha) / (span + since + beta_i), the mean of the rate's posterior;
modified-poisson-gamma   (n + alpha) / (span + 2 |gap - since| + beta_i) while since < 2 gap, which is highest
                         when the usual gap has just passed; the same as poisson-gamma from there on.

gap is the customer's mean gap, the product's mean gap counting as one more. The prior is fitted on all buyers
of a product, also those who never came back, by moments; so it holds what the paper multiplies by, the
probability that a product is bought again at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.log import TransactionLog
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.core.weighting import COUNT, Weighting
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_rows
from recsys.recommend.reasons import bought_of
from recsys.recommend.search import Among, Between

Rhythm = Literal["poisson-gamma", "modified-poisson-gamma"]
MOST_ALIKE = 100.0  # alpha where buyers differ no more than chance would make them


class Repurchase(RecommenderModel):
    """The customer's own products by number of invoices, optionally fading with age, or by what is due."""

    kind: Literal["repurchase"] = "repurchase"
    half_life_days: Annotated[
        float | None, Between(7, 365, log=True, or_none=True, when=("rhythm", (None,)))
    ] = Field(None, gt=0, description="a purchase this old counts half; null: all purchases count alike")
    rhythm: Annotated[Rhythm | None, Among((None, *get_args(Rhythm)))] = Field(
        None,
        description="score by the expected rate of buying again: poisson-gamma, or modified-poisson-gamma, "
        "which waits until the product is due; null: by number of invoices",
    )
    shrink: Annotated[float, Between(1, 50, log=True, when=("rhythm", get_args(Rhythm)))] = Field(
        5.0, gt=0, description="with a rhythm: average repeat purchases that count beside a product's own"
    )

    @model_validator(mode="after")
    def _one_clock(self) -> Repurchase:
        if self.rhythm is not None and self.half_life_days is not None:
            raise ValueError(
                f"half_life_days is {self.half_life_days:g} beside rhythm: {self.rhythm}, which weighs the "
                "age of purchases itself: expected one of them; remove half_life_days or rhythm"
            )
        return self

    def fit(self, known: Known, rng: np.random.Generator) -> FittedRepurchase:
        if self.rhythm is not None:
            return FittedRepurchase(Shelf.of(known), rates(known.history, self.rhythm, self.shrink))
        weighting = Weighting("decay", self.half_life_days) if self.half_life_days else COUNT
        own = known.history.matrix(weighting)
        return FittedRepurchase(Shelf.of(known), own.multiply(known.history.bought).tocsr())


@dataclass(frozen=True, eq=False)
class FittedRepurchase(FittedModel):
    """own: customers x products, the weight of what was bought."""

    kind: ClassVar[str] = "repurchase"
    own: sparse.csr_matrix

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_rows(self.own[customers], rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The customer buys them; see core.protocols.Explains."""
        return Reasons.all_of(Why.OWN, bought_of(lists, self.own))


def rates(history: TransactionLog, rhythm: Rhythm, shrink: float) -> sparse.csr_matrix:
    """Customers x products: purchases per day to expect of what each customer bought."""
    pair, again, first, last = occasions(history)
    product = pair % max(len(history.products), 1)
    cutoff = np.ceil((history.end - np.datetime64(0, "s")) / np.timedelta64(1, "D"))
    observed, span, since = cutoff - first, last - first, cutoff - last
    usual = per_repeat(observed, again, product, shrink)
    alpha = prior_shape(again, observed / usual)
    waited = observed
    if rhythm == "modified-poisson-gamma":
        gap = (span + per_repeat(span, again, product, shrink)) / (again + 1)
        waited = np.where(since < 2 * gap, span + 2 * np.abs(gap - since), observed)
    rate = (again + alpha) / (waited + alpha * usual)
    indptr = np.searchsorted(pair, np.arange(len(history.customers) + 1) * len(history.products))
    return sparse.csr_matrix((rate.astype(np.float32), product, indptr), shape=history.shape)


def occasions(
    history: TransactionLog,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of the pairs bought: sorted keys, days of purchase after the first, the first and the last day."""
    pair = history.pair_keys(history.lines)
    day = history.lines["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((day, pair))
    pair, day = pair[order], day[order]
    head = np.diff(pair, prepend=-1) > 0
    starts = np.flatnonzero(head)
    new_day = head | (np.diff(day, prepend=-1) > 0)
    days = np.add.reduceat(new_day, starts, dtype=np.float64)
    last = day[np.append(starts[1:], len(pair)) - 1]
    return pair[starts], days - 1, day[starts].astype(np.float64), last.astype(np.float64)


def per_repeat(
    days: NDArray[np.float64], again: NDArray[np.float64], product: NDArray[np.int64], shrink: float
) -> NDArray[np.float64]:
    """Days of its product for each repeat purchase, `shrink` average ones among them. Shape (pairs,)."""
    average = max(days.sum(), 1.0) / max(again.sum(), 1.0)
    above = np.bincount(product, weights=days) + shrink * average
    return np.asarray((above / (np.bincount(product, weights=again) + shrink))[product])


def prior_shape(again: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """alpha by moments: again ~ Poisson(rate * expected), the variance of rates being their mean^2 / alpha.

    E[n] = E[rate] expected and E[n (n - 1)] = E[rate^2] expected^2, both summed over all pairs.
    """
    mean = again.sum() / expected.sum()
    square = (again * (again - 1)).sum() / (expected**2).sum()
    if not mean:
        return 1.0  # nobody came back: there is nothing to fit
    return float(mean**2 / max(square - mean**2, mean**2 / MOST_ALIKE))
