"""EASE for many products: each is solved among the products most alike, and no dense inverse is ever held.

Steck, "Markov random fields for collaborative filtering", NeurIPS 2019, section 3. Only the products most
correlated with a product may explain it (3.1). A block is a product with those; its part of X'X is inverted
alone, and the share r of the block that is nearest to the product takes its weights from that inverse; a
weight of which several blocks speak is their mean (3.2). With r = 0 each product's weights are the exact
ridge regression on its neighbours; with all products as neighbours they are EASE's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.parallel import over_blocks
from recsys.recommend.gram import parts

TOGETHER = 4  # blocks that one call solves
CELLS = 1 << 22  # weights that wait to be added up: 64 MB


def sparse_form(
    own: sparse.csr_matrix, alike: sparse.csr_matrix, penalty: NDArray[np.float64], share: float = 0.0
) -> sparse.csr_matrix:
    """B, products x products csr, column j explains product j by its neighbours alone.

    own: customers x products. alike: row = neighbours of a product, the nearer the larger. penalty:
    (products,), added to the diagonal of X'X. share: r, of a block.
    """
    from recsys.recommend.compiled_linear import plan_blocks, solve_blocks, spoken_for

    products = own.shape[1]
    ptr, near = _surroundings(alike)
    size = int(np.diff(ptr).max())
    held = np.bincount(own.indices, minlength=products)
    order = np.lexsort((-held, -np.diff(ptr)))  # the paper's list L: most neighbours first, then most sold
    heads = plan_blocks(order, ptr, near, share)
    sold = parts(own.tocsc())
    total, times = np.zeros(len(near)), np.zeros(len(near), dtype=np.int32)
    chunk = TOGETHER * max(1, CELLS // (TOGETHER * size * spoken_for(size, share)))
    for first in range(0, len(heads), chunk):
        some = heads[first : first + chunk]
        found: dict[int, Any] = {}

        def work(
            start: int, stop: int, some: NDArray[np.int64] = some, found: dict[int, Any] = found
        ) -> None:
            found[start] = solve_blocks(some[start:stop], ptr, near, sold, own.shape[0], penalty, share)

        over_blocks(len(some), TOGETHER, work)
        for start in sorted(found):  # in this order, whichever thread was first
            positions, values = found[start]
            np.add.at(total, positions, values)
            np.add.at(times, positions, 1)
    weights = (total / np.maximum(times, 1)).astype(np.float32)
    columns = sparse.csc_matrix((weights, near, ptr), shape=(products, products))
    columns.eliminate_zeros()
    return sparse.csr_matrix(columns)


def _surroundings(alike: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Each product with its neighbours, nearest first, itself the very first: (indptr, indices)."""
    products = alike.shape[0]
    row = np.repeat(np.arange(products), np.diff(alike.indptr))
    other = row != alike.indices
    row = np.concatenate([np.arange(products), row[other]])
    near = np.concatenate([np.arange(products), alike.indices[other]]).astype(np.int32)
    worth = np.concatenate([np.full(products, np.inf), alike.data[other]])
    order = np.lexsort((near, -worth, row))
    ptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=products))])
    return ptr.astype(np.int64), near[order]
