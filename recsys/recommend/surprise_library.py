"""Everything that touches the library Surprise: its algorithms, its data, and the arrays it learns.

The formulas are those of its `estimate` functions; see the manual, "prediction_algorithms package".
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    from recsys.recommend.surprise_ratings import Surprise

Sides = tuple[NDArray[np.float64], NDArray[np.float64]]


def made(model: Surprise, seed: int) -> Any:
    """The library's algorithm with these parameters; what is null stays as the library has it."""
    import surprise

    def some(**given: Any) -> dict[str, Any]:
        return {name: value for name, value in given.items() if value is not None}

    own, passes = model.algorithm, some(n_epochs=model.iterations)
    all_of = some(lr_all=model.learning_rate, reg_all=model.regularization)
    if own == "svd":
        return surprise.SVD(random_state=seed, **some(n_factors=model.factors), **passes, **all_of)
    if own == "svdpp":
        size = some(n_factors=model.factors)
        return surprise.SVDpp(random_state=seed, cache_ratings=True, **size, **passes, **all_of)
    if own == "nmf":
        both = some(reg_pu=model.regularization, reg_qi=model.regularization)
        return surprise.NMF(random_state=seed, **some(n_factors=model.factors), **passes, **both)
    if own == "baseline":
        both = some(reg_u=model.regularization, reg_i=model.regularization)
        return surprise.BaselineOnly(bsl_options={**passes, **both}, verbose=False)
    if own == "co-clustering":
        groups = some(n_cltr_u=model.clusters, n_cltr_i=model.clusters)
        return surprise.CoClustering(random_state=seed, **groups, **passes)
    if own == "slope-one":
        return surprise.SlopeOne()
    kinds = {
        "knn-basic": surprise.KNNBasic,
        "knn-means": surprise.KNNWithMeans,
        "knn-zscore": surprise.KNNWithZScore,
        "knn-baseline": surprise.KNNBaseline,
    }
    alike = {"name": model.compared_by.replace("-", "_"), "user_based": model.between == "customers"}
    alike |= some(shrinkage=model.shrink)
    counts = some(k=model.neighbours, min_k=model.min_neighbours)
    return kinds[own](sim_options=alike, verbose=False, **counts)


def trainset(stars: sparse.csr_matrix) -> Any:
    """The stars in the library's form; inner ids are rows and columns, each of which holds some."""
    from surprise import Trainset

    customers, products = stars.shape
    ids = ({at: at for at in range(customers)}, {at: at for at in range(products)})
    return Trainset(_lists(stars), _lists(stars.tocsc()), customers, products, stars.nnz, (0, 5), *ids)


def _lists(matrix: Any) -> dict[int, list[tuple[int, float]]]:
    ptr, idx, val = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    slices = enumerate(pairwise(ptr))
    return {at: list(zip(idx[a:b], val[a:b], strict=True)) for at, (a, b) in slices}


def _held(stars: sparse.csr_matrix) -> sparse.csr_matrix:
    """1 where there are stars, 0 stars too."""
    return sparse.csr_matrix((np.ones(stars.nnz), stars.indices, stars.indptr), shape=stars.shape)


# -- scores that are left @ right.T: (customers, d) and (products, d) ------------------------------------


def _biased(found: Any, customers: NDArray[np.float64], products: NDArray[np.float64]) -> Sides:
    """mean + b_u + b_i + customers @ products.T."""
    own = (found.trainset.global_mean + found.bu)[:, None]
    left = np.hstack([customers, own, np.ones_like(own)])
    return left, np.hstack([products, np.ones((len(products), 1)), found.bi[:, None]])


def _svd(found: Any, stars: sparse.csr_matrix) -> Sides:
    return _biased(found, found.pu, found.qi)


def _svdpp(found: Any, stars: sparse.csr_matrix) -> Sides:
    """p_u + |I_u|^-1/2 times the sum of y_j over what u has stars for."""
    held = np.diff(stars.indptr)
    implicit = (_held(stars) @ found.yj) / np.sqrt(held)[:, None]
    return _biased(found, found.pu + implicit, found.qi)


def _nmf(found: Any, stars: sparse.csr_matrix) -> Sides:
    return found.pu, found.qi


def _baseline(found: Any, stars: sparse.csr_matrix) -> Sides:
    return _biased(found, np.empty((stars.shape[0], 0)), np.empty((stars.shape[1], 0)))


def _co_clustering(found: Any, stars: sparse.csr_matrix) -> Sides:
    """Mean of both clusters + how u is above its cluster + how i is above its own."""
    above_u = (found.user_mean - found.avg_cltr_u[found.cltr_u])[:, None]
    above_i = (found.item_mean - found.avg_cltr_i[found.cltr_i])[:, None]
    left = np.hstack([found.avg_cocltr[found.cltr_u], above_u, np.ones_like(above_u)])
    of_cluster = np.eye(len(found.avg_cltr_i))[found.cltr_i]
    return left, np.hstack([of_cluster, np.ones_like(above_i), above_i])


FACTORED: dict[str, Callable[[Any, sparse.csr_matrix], Sides]] = {
    "svd": _svd,
    "svdpp": _svdpp,
    "nmf": _nmf,
    "baseline": _baseline,
    "co-clustering": _co_clustering,
}


# -- the others: fields of FittedNeighbours and FittedSlopes -----------------------------------------------


def neighbourhood(algorithm: str, found: Any, stars: sparse.csr_matrix) -> dict[str, Any]:
    """The four of the KNN family differ in where stars are centred and how they are scaled."""
    of_products = not found.sim_options["user_based"]
    by_y = stars if of_products else stars.T.tocsr()
    mean, ones, shift = found.trainset.global_mean, np.ones(by_y.shape[1]), np.zeros(by_y.shape[0])
    if algorithm == "knn-basic":
        centre, otherwise = 0 * ones, mean * ones
    elif algorithm == "knn-baseline":
        of_x, shift = (found.bi, found.bu) if of_products else (found.bu, found.bi)
        centre = otherwise = mean + of_x
    else:
        centre = otherwise = found.means
    scale = found.sigmas if algorithm == "knn-zscore" else ones
    return {
        "similar": found.sim,
        "stars": by_y,
        "centre": centre,
        "scale": np.where(scale > 0, scale, 1.0),  # 0 where all stars are equal: nothing to scale
        "otherwise": otherwise,
        "shift": shift,
        "of_products": of_products,
        "neighbours": found.k,
        "min_neighbours": found.min_k,
    }


def slopes(found: Any, stars: sparse.csr_matrix) -> dict[str, Any]:
    """The library's dev[i, j] is how many more stars i got than j."""
    common = found.freq > 0
    return {
        "held": _held(stars).astype(np.float32),
        "deviation": np.where(common, found.dev, 0.0).T.astype(np.float32),
        "common": common.astype(np.float32),
        "mean": np.asarray(found.user_mean, dtype=np.float32),
    }
