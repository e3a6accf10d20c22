"""X'X of the customers x products matrix: whole, or which of its entries matter most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.log import TransactionLog
from recsys.core.parallel import over_blocks
from recsys.core.weighting import Weighting
from recsys.recommend.base import Shelf
from recsys.recommend.kernels import Rules, Similarity, neighbours

BLOCK = 64  # products
SHARED = 8_192  # products: 256 MB for each weighting


def squared(own: sparse.csr_matrix) -> NDArray[np.float64]:
    """The diagonal. Shape (products,)."""
    weight = own.data.astype(np.float64) ** 2
    return np.asarray(np.bincount(own.indices, weight, own.shape[1]), dtype=np.float64)


def alike(own: sparse.csr_matrix, few: int, shelf: Shelf) -> sparse.csr_matrix:
    """Row = the `few` products most alike to a product by cosine, none of them without a common customer."""
    norms = np.sqrt(squared(own))
    return neighbours(own, Similarity(norms, norms), Rules(few, None, None, shelf.rank))


def shared(history: TransactionLog, weighting: Weighting) -> NDArray[np.float32]:
    """All of it, dense and not to be written to; up to SHARED products it is kept for the next who asks."""
    if len(history.products) > SHARED:
        return whole(history.matrix(weighting))
    return history.once("X'X", weighting, whole)


def whole(own: sparse.csr_matrix) -> NDArray[np.float32]:
    """All of it, dense."""
    from recsys.recommend.compiled_linear import gram_rows

    gram = np.empty((own.shape[1], own.shape[1]), dtype=np.float32)
    rows, columns = parts(own), parts(own.tocsc())
    over_blocks(len(gram), BLOCK, lambda start, stop: gram_rows(start, stop, rows, columns, gram))
    return gram


def parts(matrix: Any) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """A compressed matrix as compiled loops take it."""
    return (
        matrix.indptr.astype(np.int64, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data.astype(np.float32, copy=False),
    )
