"""The truth dealt out anew among customers: what lists still hit, they owe to no customer.

Each judged customer's truth goes to another one, at random, and the lists are judged on it as they are. What
they hit then, they hit because many buy it. No list, personal or not, can be expected to hit more than the
list of what that truth holds most often, which is the same for everybody and knows the future. The past has a
list for everybody too: bestsellers, of the whole history or of its last days, whichever hits most.

A recommender fails if its lists hit more than this one by more than chance (paired sign-flip test, adjusted
for how many recommenders there are), and are more than half way from it to the list that knows the future.
Its lists then hold what will sell, and nothing known in the past says so as well. An honest recommender may
be somewhat better than the past's bestsellers, where it sees a trend sooner: hence half way, and not any
step. Personal ones are usually far below, since they give to each customer what fits that customer.

A recommender that reads each customer's own truth passes here, for that truth has gone to somebody else;
`retold` is there for it. Where the future's list is not better than the past's by more than chance, there is
no step to be on, and this control cannot tell anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Fold, Target
from recsys.core.topk import TopK
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.measure.resample import ALPHA, FLIPS, sign_flip
from recsys.recommend.base import Shelf
from recsys.recommend.popularity import FittedPopularity, Popularity

CUSTOMERS = 5_000  # whose lists are judged on somebody else's truth, per target
HALF_WAY = 0.5
FEW_FLIPS = 2_000  # of the test whether there is a step at all

Scores = NDArray[np.float64]
Random = Callable[[str], np.random.Generator]


@dataclass(frozen=True, eq=False)
class Deal:
    """One target's truth in other hands. rows: who is looked at, of those judged; customers: their codes.

    held: sorted keys, row * products + product, of what each of them was dealt. past, future: share of list
    places that hit, of the lists that are the same for everybody. bestsellers: what the past's list is.
    tells: whether the future's is better than by chance.
    """

    rows: NDArray[np.int64]
    customers: NDArray[np.int32]
    held: NDArray[np.int64]
    past: Scores
    future: Scores
    bestsellers: str
    tells: bool


class Dealt:
    """One window with the truth of each target dealt out anew."""

    def __init__(self, experiment: Experiment, fold: Fold, rng: Random) -> None:
        self._fold = fold
        self._rng = rng
        self._k = experiment.evaluate.decide.k
        self._days = experiment.split.holdout_days
        self._server = Server(experiment, fold.known, rng)
        self._deals: dict[Target, Deal | None] = {}

    def judged(self, lists: TopK, target: Target) -> dict[str, Any] | None:
        """What these lists hit in other hands, beside the two lists for everybody; None for fewer than two.

        found, past, future: mean share of the first k places that hit. way: of `found` from `past` to
        `future`; None where that is no step up. p: of `found` being as `past`, where it is past half way.
        """
        if target not in self._deals:
            self._deals[target] = self._dealt(target)
        deal = self._deals[target]
        if deal is None:
            return None
        scores = self._hits(lists.products[deal.rows], deal.held)
        found, past, future = float(scores.mean()), float(deal.past.mean()), float(deal.future.mean())
        way = (found - past) / (future - past) if future > past else None
        suspect = found > past and (way is None or way > HALF_WAY)
        return {
            "customers": len(scores),
            "found": found,
            "past": past,
            "past_list": deal.bestsellers,
            "future": future,
            "tells": deal.tells,
            "way": way,
            "p": self._p(scores - deal.past, f"dealt {target}", FLIPS) if suspect else None,
        }

    def _dealt(self, target: Target) -> Deal | None:
        truth = self._fold.truth(target)
        if len(truth) < 2:
            return None
        order = self._rng(f"dealt {target}").permutation(len(truth))
        rows, givers = order[:CUSTOMERS], np.roll(order, 1)[:CUSTOMERS]  # nobody gets their own
        customers, dealt = truth.customers[rows], truth.bought[givers]
        held = np.sort(
            np.repeat(np.arange(len(rows)), np.diff(dealt.indptr)) * self._products + dealt.indices
        )

        def hits(fitted: FittedPopularity) -> Scores:
            own = self._server.own(fitted, customers, self._k, target)
            return self._hits(self._server.filled(own, target).products, held)

        past = {name: hits(fitted) for name, fitted in self._bestsellers.items()}
        best = max(past, key=lambda name: float(past[name].mean()))
        demand = np.asarray(truth.bought.sum(axis=0), dtype=np.float64).ravel()
        future = hits(FittedPopularity(Shelf.of(self._fold.known), demand))
        step = future - past[best]
        tells = bool(step.mean() > 0 and self._p(step, f"tells {target}", FEW_FLIPS) < ALPHA)
        return Deal(rows, customers, held, past[best], future, best, tells)

    @property
    def _products(self) -> int:
        return len(self._fold.known.history.products)

    @cached_property
    def _bestsellers(self) -> Mapping[str, FittedPopularity]:
        """What is the same for everybody and known at the cutoff."""
        spans: dict[str, float | None] = {"the whole history": None}
        spans |= {f"the last {days:g} days": days for days in (self._days, self._days / 2, self._days / 4)}
        rng = self._rng("bestsellers")
        return {
            f"bestsellers of {span}": Popularity(window_days=days).fit(self._fold.known, rng)
            for span, days in spans.items()
        }

    def _hits(self, products: NDArray[np.int32], held: NDArray[np.int64]) -> Scores:
        """Share of the first k places of each list that hit; products: (rows, k or more)."""
        shown = products[:, : self._k]
        keys = np.arange(len(shown))[:, None] * self._products + shown
        found = held[np.minimum(np.searchsorted(held, keys), len(held) - 1)] == keys
        return np.asarray((found & (shown >= 0)).mean(axis=1), dtype=np.float64)

    def _p(self, differences: Scores, name: str, flips: int) -> float:
        return float(sign_flip(differences[:, None], self._rng(name), flips)[0])
