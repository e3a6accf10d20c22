"""Rating models of the library Surprise, on stars made from how often a product was bought.

Hug, "Surprise: A Python library for recommender systems", JOSS 2020; its manual names each algorithm's paper.
A purchase is no rating: stars tell how often it was repeated and nothing of what was not bought, so without
`negatives` these models order products by how often they are bought again, not by whether they are bought.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Field, model_validator
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.recommend.base import RecommenderModel, Shelf
from recsys.recommend.search import Among, Between
from recsys.recommend.surprise_fitted import (
    FittedNeighbours,
    FittedProducts,
    FittedSlopes,
    FittedSurprise,
)
from recsys.recommend.surprise_library import FACTORED, made, neighbourhood, slopes, trainset
from recsys.recommend.surprise_stars import Stars, stars_of, with_none

Algorithm = Literal[
    "svd",
    "svdpp",
    "nmf",
    "baseline",
    "co-clustering",
    "slope-one",
    "knn-basic",
    "knn-means",
    "knn-zscore",
    "knn-baseline",
]
SGD = {"factors", "iterations", "learning_rate", "regularization"}
KNN = {"neighbours", "min_neighbours", "similarity", "shrink", "between"}
TAKES: dict[str, set[str]] = {
    "svd": SGD,
    "svdpp": SGD,
    "nmf": SGD - {"learning_rate"},
    "baseline": {"iterations", "regularization"},
    "co-clustering": {"clusters", "iterations"},
    "slope-one": set(),
} | {name: KNN for name in get_args(Algorithm) if name.startswith("knn")}
KINDS_OF_KNN = tuple(name for name, takes in TAKES.items() if takes is KNN)
MOST = 12_000  # things to compare with each other: the library holds up to five square arrays, 6 GB


class Surprise(RecommenderModel):
    """Products by predicted stars, as the library Surprise predicts them from how often things are bought."""

    kind: Literal["surprise"] = "surprise"
    algorithm: Algorithm = Field("svd", description="which of the library's")
    stars: Annotated[Stars, Among(get_args(Stars))] = Field(
        "log", description="1 to 5 from the number of invoices: its doublings, itself, or its fifth of all"
    )
    negatives: Annotated[int, Between(0, 10)] = Field(
        3, ge=0, description="products not bought, at 0 stars, that are drawn for each product bought"
    )
    factors: Annotated[
        int | None, Between(10, 200, log=True, or_none=True, when=("algorithm", ("svd", "svdpp", "nmf")))
    ] = Field(None, ge=1, description="null: 100 (svd), 20 (svdpp), 15 (nmf)")
    iterations: Annotated[
        int | None,
        Between(
            5,
            100,
            log=True,
            or_none=True,
            when=("algorithm", ("svd", "svdpp", "nmf", "baseline", "co-clustering")),
        ),
    ] = Field(None, ge=1, description="passes; null: 20 (svd, svdpp, co-clustering), 50 (nmf), 10 (baseline)")
    learning_rate: Annotated[
        float | None, Between(0.001, 0.05, log=True, or_none=True, when=("algorithm", ("svd", "svdpp")))
    ] = Field(None, gt=0, description="size of a step; null: 0.005 (svd), 0.007 (svdpp)")
    regularization: Annotated[
        float | None, Between(0.005, 0.5, log=True, or_none=True, when=("algorithm", ("svd", "svdpp", "nmf")))
    ] = Field(
        None,
        ge=0,
        description="null: 0.02 (svd, svdpp), 0.06 (nmf), 15 and 10 (baseline: customers, products)",
    )
    neighbours: Annotated[
        int | None, Between(10, 200, log=True, or_none=True, when=("algorithm", KINDS_OF_KNN))
    ] = Field(None, ge=1, description="knn: how many alike count; null: 40")
    min_neighbours: int | None = Field(None, ge=1, description="knn: fewer alike say nothing; null: 1")
    similarity: Literal["cosine", "msd", "pearson", "pearson-baseline"] | None = Field(
        None, description="knn: of the stars both have; null: msd, for knn-baseline pearson-baseline"
    )
    shrink: float | None = Field(
        None, ge=0, description="pearson-baseline: trusts small overlaps less; null: 100"
    )
    between: Literal["products", "customers"] | None = Field(
        None, description="knn: what is alike; null: products"
    )
    clusters: int | None = Field(
        None, ge=1, description="co-clustering: of customers and of products; null: 3"
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Surprise:
        takes = sorted(TAKES[self.algorithm])
        for name in sorted(set().union(*TAKES.values()) - set(takes)):
            if getattr(self, name) is not None:
                expected = f"expected {', '.join(takes)}" if takes else "it has no parameters"
                raise ValueError(f"{name} says nothing to {self.algorithm}: {expected}; remove {name}")
        if self.shrink is not None and self.compared_by != "pearson-baseline":
            raise ValueError(
                f"shrink says nothing to similarity {self.compared_by}: expected pearson-baseline; "
                "remove shrink"
            )
        return self

    @property
    def compared_by(self) -> str:
        """The similarity, written out."""
        return self.similarity or ("pearson-baseline" if self.algorithm == "knn-baseline" else "msd")

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSurprise:
        whole = stars_of(known.history, self.stars)
        customers, products = (np.unique(part) for part in whole.nonzero())
        stars = whole[customers][:, products]  # the library knows only those who have stars
        if self.negatives:
            stars = with_none(stars, self.negatives, rng)
        self._refuse_too_many(stars)
        found = made(self, int(rng.integers(2**31))).fit(trainset(stars))
        shelf = Shelf.of(known)
        if self.algorithm in FACTORED:
            left, right = FACTORED[self.algorithm](found, stars)
            tall = np.full((whole.shape[0], left.shape[1]), np.nan, dtype=np.float32)
            wide = np.full((whole.shape[1], left.shape[1]), np.nan, dtype=np.float32)
            tall[customers], wide[products] = left, right
            return FittedProducts(shelf, tall, wide)
        place = np.full(whole.shape[0], NOTHING, dtype=np.int32)
        place[customers] = np.arange(len(customers), dtype=np.int32)
        if self.algorithm == "slope-one":
            return FittedSlopes(shelf, place, products.astype(np.int32), **slopes(found, stars))
        near = neighbourhood(self.algorithm, found, stars)
        return FittedNeighbours(shelf, place, products.astype(np.int32), **near)

    def _refuse_too_many(self, stars: sparse.csr_matrix) -> None:
        between = self.between or "products"
        size = stars.shape[0 if between == "customers" else 1]
        if self.algorithm not in FACTORED and size > MOST:
            raise RecommendError(
                f"{self.algorithm} would compare {size:,} {between} with each other: expected at most "
                f"{MOST:,}; choose algorithm: svd or kind: item-knn"
            )
