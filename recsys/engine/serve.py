"""What is judged is what is served: own lists under the rules, short ones filled by popularity."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from copy import copy
from typing import cast

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Known, Target
from recsys.core.protocols import Fitted, Seen
from recsys.core.topk import TopK
from recsys.engine.candidates import Candidates
from recsys.engine.spec import Experiment
from recsys.recommend.base import Composite, RecommenderModel
from recsys.recommend.popularity import Popularity

SEEN = {Target.ANY: Seen.KEEP, Target.NEW: Seen.DROP}
"""Target `any` keeps what was bought before in the lists, `new` drops it."""


class Workshop:
    """The recommenders of an experiment on one state of knowledge, fitted when they are asked for.

    rng: gives the randomness of a name. A recommender that is part of another is fitted once. seconds: what
    each fit took, without its parts. asked: the parts, and theirs, that each fit asked for.
    """

    def __init__(
        self, models: Mapping[str, RecommenderModel], known: Known, rng: Callable[[str], np.random.Generator]
    ) -> None:
        self._models = models
        self._known = known
        self._rng = rng
        self._parts = {part for model in models.values() for part in getattr(model, "parts", ())}
        self._fitted: dict[str, Fitted] = {}
        self.seconds: dict[str, float] = {}
        self.asked: dict[str, set[str]] = {}
        self._fitting: list[str] = []

    def fitted(self, name: str) -> Fitted:
        """The fitted recommender of this name, and of its parts."""
        if name not in self._fitted:
            self._fitting.append(name)
            try:
                fitted = self._fit(name)
            finally:
                self._fitting.pop()
        else:
            fitted = self._fitted[name]
        for other in self._fitting:
            self.asked[other] |= {name} | self.asked[name]
        return fitted

    def _fit(self, name: str) -> Fitted:
        """Fit it now; what is part of another is kept."""
        self.asked[name] = set()
        start, of_others = time.perf_counter(), sum(self.seconds.values())
        fitted = self.trying(name, self._models[name])
        of_parts = sum(self.seconds.values()) - of_others
        self.seconds[name] = time.perf_counter() - start - of_parts
        if name in self._parts:
            self._fitted[name] = fitted
        return fitted

    def trying(self, name: str, model: RecommenderModel) -> Fitted:
        """Another model under this name, made of the same parts; it is not kept."""
        if isinstance(model, Composite):
            return model.combine(self._known, self._rng(name), self)
        return cast(Fitted, model.fit(self._known, self._rng(name)))  # type: ignore[attr-defined]

    def at(self, known: Known) -> Workshop:
        """The same recommenders on other knowledge."""
        return Workshop(self._models, known, self._rng)


class Server:
    """Lists as they are judged and served: candidates ruled, short lists filled."""

    def __init__(
        self, experiment: Experiment, known: Known, rng: Callable[[str], np.random.Generator]
    ) -> None:
        self.known = known
        self.allowed = experiment.candidates.allowed(known)
        self._filler = Popularity().fit(known, rng("filler"))
        self._workshop = Workshop(experiment.recommenders, known, rng)

    def under(self, candidates: Candidates) -> Server:
        """The same recommenders under other rules on products."""
        other = copy(self)
        other.allowed = candidates.allowed(self.known)
        return other

    def fit(self, name: str) -> Fitted:
        """The fitted recommender of this name."""
        return self._workshop.fitted(name)

    def trying(self, name: str, model: RecommenderModel) -> Fitted:
        """Another model under this name, fitted; see Workshop."""
        return self._workshop.trying(name, model)

    @property
    def fit_seconds(self) -> dict[str, float]:
        """What each fit took so far, without its parts."""
        return self._workshop.seconds

    @property
    def parts(self) -> dict[str, set[str]]:
        """The parts, and theirs, that each fit asked for so far."""
        return self._workshop.asked

    def own(
        self,
        fitted: Fitted,
        customers: NDArray[np.int32],
        k: int,
        target: Target,
        among: NDArray[np.bool_] | None = None,
    ) -> TopK:
        """What the recommender itself says; rows may be short. among: (products,) mask of more rules."""
        return fitted.recommend(customers, k, seen=SEEN[target], allowed=self._both(among))

    def filled(self, own: TopK, target: Target, among: NDArray[np.bool_] | None = None) -> TopK:
        """Short lists filled by whole-history popularity under the same rules; such places have no score."""
        short = np.flatnonzero(own.lengths < own.k)
        if len(short) == 0:
            return own
        spare = self._filler.recommend(
            own.customers[short], own.k, seen=SEEN[target], allowed=self._both(among)
        )
        part = TopK(own.customers[short], own.products[short], own.scores[short]).filled(spare)
        products = own.products.copy()
        products[short] = part.products
        return TopK(own.customers, products, own.scores)

    def _both(self, among: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """What is allowed, of these."""
        if among is None or self.allowed is None:
            return self.allowed if among is None else among
        return self.allowed & among
