"""Random walks of three steps on the graph of customers and products.

P3alpha: Cooper, Lee, Radinsky, Siantos, "Random walks in recommender systems: exact computation and
simulations", WWW 2014. RP3beta: Paudel, Christoffel, Newell, Bernstein, "Updatable, accurate, diverse, and
scalable recommendations for interactive applications", TiiS 2017. The walk from product i over customers u to
product j has the weight sum_u (x_ui / s_i)^alpha (x_uj / s_u)^alpha, s being row sums; RP3beta divides it by
s_j^beta, which is what keeps bestsellers from collecting everything.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.weighting import BINARY
from recsys.recommend.base import RecommenderModel, Shelf, WeightingField
from recsys.recommend.item_knn import FittedItemKNN
from recsys.recommend.kernels import Rules, Similarity, neighbours


class _Walk(RecommenderModel):
    alpha: float = Field(1.0, ge=0, description="power of the steps' probabilities")
    neighbours: int = Field(100, ge=1, description="products kept for each product")
    weighting: WeightingField = BINARY

    def _fit(self, known: Known, beta: float) -> FittedItemKNN:
        shelf = Shelf.of(known)
        own = known.history.matrix(self.weighting)
        weights = own.astype(np.float64)
        of_product = np.asarray(weights.sum(axis=0)).ravel()
        of_customer = np.asarray(weights.sum(axis=1)).ravel()
        # One half of the customer's factor on each side of the dot product.
        some = np.maximum(of_customer, np.finfo(float).tiny)
        half = np.repeat(some ** (-self.alpha / 2), np.diff(own.indptr))
        steps = sparse.csr_matrix(
            ((weights.data**self.alpha * half).astype(np.float32), own.indices, own.indptr), shape=own.shape
        )
        form = Similarity(of_product**self.alpha, of_product**beta)
        return FittedItemKNN(
            shelf, own, neighbours(steps, form, Rules(self.neighbours, None, None, shelf.rank))
        )


class P3alpha(_Walk):
    """Products reached by a random walk from what the customer bought, over customers alike."""

    kind: Literal["p3alpha"] = "p3alpha"

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        return self._fit(known, 0.0)


class RP3beta(_Walk):
    """Such a random walk that bestsellers cannot dominate."""

    kind: Literal["rp3beta"] = "rp3beta"
    beta: float = Field(0.6, ge=0, description="how much a product's total counts against it")

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        return self._fit(known, self.beta)
