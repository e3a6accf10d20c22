"""A large shop for timings: who bought what, with busy customers, bestsellers and tastes.

Activity of customers is lognormal(0, 1). 40 % of draws come from one Zipf law of exponent 0.8 over all
products, the others from the 50 taste groups: a customer draws from the products of one group, by the same
law inside it. Repeated pairs are merged. At scale 1: 200,000 customers, 20,000 products and 9.6 million
draws, which leave 8.1 million pairs: 7.6 million of history, and a fifteenth that is bought later.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

CUSTOMERS, PRODUCTS, DRAWS = 200_000, 20_000, 9_600_000
GROUPS, GLOBAL_SHARE, EXPONENT = 50, 0.4, 0.8
HELD_OUT = 1 / 15  # of the pairs, as a truth for the metrics


def purchases(scale: float = 1.0, seed: int = 7) -> sparse.csr_matrix:
    """Customers x products, float32, 1 where bought; all three sizes times `scale`."""
    return sized(*(round(size * scale) for size in (CUSTOMERS, PRODUCTS, DRAWS)), seed)


def sized(customers: int, products: int, draws: int, seed: int) -> sparse.csr_matrix:
    """The same of any size."""
    rng = np.random.default_rng(seed)
    activity = rng.lognormal(0.0, 1.0, customers)
    customer = rng.choice(customers, draws, p=activity / activity.sum()).astype(np.int32)
    shelf = rng.permutation(products).astype(np.int32)  # so that a code says nothing of popularity
    product = np.empty(draws, dtype=np.int32)
    everywhere = rng.random(draws) < GLOBAL_SHARE
    product[everywhere] = shelf[_zipf(products, int(everywhere.sum()), rng)]
    inside = np.flatnonzero(~everywhere)
    taste = rng.integers(0, GROUPS, customers)[customer[inside]]
    place = _zipf(products // GROUPS, len(inside), rng)
    product[inside] = shelf[place * GROUPS + taste]
    bought = sparse.csr_matrix(
        (np.ones(draws, dtype=np.float32), (customer, product)), shape=(customers, products)
    )
    bought.sum_duplicates()
    bought.data[:] = 1
    return bought


def parted(bought: sparse.csr_matrix, seed: int = 8) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """The pairs as history and as what is bought later, drawn at random."""
    later = np.random.default_rng(seed).random(bought.nnz) < HELD_OUT
    return _only(bought, ~later), _only(bought, later)


def _only(matrix: sparse.csr_matrix, kept: NDArray[np.bool_]) -> sparse.csr_matrix:
    part = matrix.copy()
    part.data[:] = kept
    part.eliminate_zeros()
    return part


def factors(rows: int, width: int, seed: int) -> NDArray[np.float32]:
    """Normal vectors (rows, width) float32; ranking does not care what they mean."""
    return np.random.default_rng(seed).standard_normal((rows, width), dtype=np.float32)


def _zipf(size: int, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places 0..size-1 with probability proportional to (place + 1) ** -EXPONENT."""
    chance = np.cumsum(np.arange(1, size + 1, dtype=np.float64) ** -EXPONENT)
    return np.searchsorted(chance, rng.random(draws) * chance[-1])
