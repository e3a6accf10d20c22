"""The best list that anybody could have made: only what the customer then bought, dearest first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Truth
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK


def best_lists(
    truth: Truth,
    k: int,
    worth: sparse.csr_matrix,
    *,
    allowed: NDArray[np.bool_] | None = None,
    bought: sparse.csr_matrix | None = None,
) -> TopK:
    """The k products of each truth that are worth most, short where it has fewer; ties: the first code.

    worth: n x products, what decides; a product worth less than nothing is left out. allowed: (products,)
    what may be recommended. bought: n x products, where only what it holds may be. The first places are the
    best shorter list; where nothing is worth less than nothing, no list has more hits.
    """
    pairs = truth.bought
    row = np.repeat(np.arange(len(truth)), truth.sizes)
    value = _at_pairs(pairs, worth)
    kept = value >= 0
    if allowed is not None:
        kept &= allowed[pairs.indices]
    if bought is not None:
        kept &= _at_pairs(pairs, bought) > 0
    row, product, value = row[kept], pairs.indices[kept], value[kept]
    order = np.lexsort((product, -value, row))
    row, product = row[order], product[order]
    place = np.arange(len(row)) - np.searchsorted(row, np.arange(len(truth)))[row]
    inside = place < k
    lists = np.full((len(truth), k), NOTHING, dtype=np.int32)
    lists[row[inside], place[inside]] = product[inside]
    return TopK(truth.customers, lists, np.full(lists.shape, np.nan, dtype=np.float32))


def _at_pairs(pairs: sparse.csr_matrix, values: sparse.csr_matrix) -> NDArray[np.float64]:
    """The value at each stored entry of `pairs`, in its order; 0 where none is stored."""
    if not pairs.nnz:  # scipy looks up no empty selection
        return np.empty(0)
    row = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    return np.asarray(values[row, pairs.indices], dtype=np.float64).ravel()
