"""Random walks of three steps on the graph of customers and products.

P3alpha: Cooper, Lee, Radinsky, Siantos, "Random walks in recommender systems: exact computation and
simulations", WWW 2014. RP3beta: Paudel, Christoffel, Newell, Bernstein, "Updatable, accurate, diverse, and
scalable recommendations for interactive applications", TiiS 2017. The walk from product i over customers u to
product j has the weight sum_u (x_ui / s_i)^alpha (x_uj / s_u)^alpha, s being row sums; RP3beta divides it by
s_j^beta, which is what keeps bestsellers from collecting everything. Published comparisons (Ferrari Dacrema,
Cremonesi, Jannach, "Are we really making much progress?", RecSys 2019) keep the strongest walks from a
product, may let them add up to 1, and keep of those the strongest ones to a product: `keep` and `normalize`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.weighting import BINARY
from recsys.recommend.base import RecommenderModel, Shelf, WeightingField
from recsys.recommend.item_knn import FittedItemKNN
from recsys.recommend.kernels import Rules, Similarity, neighbours, rank_rows
from recsys.recommend.search import Among, Between


class _Walk(RecommenderModel):
    alpha: Annotated[float, Between(0.2, 2)] = Field(
        1.0, ge=0, description="power of the steps' probabilities"
    )
    neighbours: Annotated[int, Between(20, 1000, log=True)] = Field(
        100, ge=1, description="walks kept for each product"
    )
    keep: Annotated[Literal["from", "to", "both"], Among(("from", "to"))] = Field(
        "from", description="the strongest walks from each product, to each product, or first from, then to"
    )
    normalize: bool = Field(False, description="let the walks from a product add up to 1")
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
        rules = Rules(self.neighbours, None, None, shelf.rank)
        if self.keep == "to":
            walks = neighbours(steps, replace(form, left=form.right, right=form.left), rules).T.tocsr()
        else:
            walks = neighbours(steps, form, rules)
        if self.normalize:
            total = np.asarray(walks.sum(axis=1, dtype=np.float64)).ravel()
            walks.data /= np.repeat(np.maximum(total, np.finfo(float).tiny), np.diff(walks.indptr))
        return FittedItemKNN(shelf, own, _strongest_to(walks, rules) if self.keep == "both" else walks)


def _strongest_to(walks: sparse.csr_matrix, rules: Rules) -> sparse.csr_matrix:
    """The strongest walks to each product (column)."""
    sources, weights = rank_rows(sparse.csr_matrix(walks.T), rules)
    product, place = np.nonzero(sources != NOTHING)
    cells = (sources[product, place], product)
    return sparse.csr_matrix((weights[product, place], cells), shape=walks.shape)


class P3alpha(_Walk):
    """Products reached by a random walk from what the customer bought, over customers alike."""

    kind: Literal["p3alpha"] = "p3alpha"

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        return self._fit(known, 0.0)


class RP3beta(_Walk):
    """Such a random walk that bestsellers cannot dominate."""

    kind: Literal["rp3beta"] = "rp3beta"
    beta: Annotated[float, Between(0, 1)] = Field(
        0.6, ge=0, description="how much a product's total counts against it"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        return self._fit(known, self.beta)
