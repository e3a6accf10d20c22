"""Compiled loop of Surprise's neighbourhood predictions: every product for a block of customers."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def neighbours_block(
    rows, of_products, similar, ptr, idx, stars, centre, scale, otherwise, shift, k, min_k, scores
):
    """Fill scores (rows x products); see FittedNeighbours for the formula and the arrays.

    of_products: x is a product and y a customer, else the other way round. ptr, idx, stars: y by y, which x
    have which stars.
    """
    best, worth = np.empty(k), np.empty(k)
    for r in range(len(rows)):
        for product in range(scores.shape[1]):
            x, y = (product, rows[r]) if of_products else (rows[r], product)
            held = 0
            for m in range(ptr[y], ptr[y + 1]):
                similarity = similar[x, idx[m]]
                if similarity <= 0 or (held == k and similarity <= best[k - 1]):
                    continue
                at = min(held, k - 1)  # ties: who comes first stays
                while at > 0 and best[at - 1] < similarity:
                    best[at], worth[at] = best[at - 1], worth[at - 1]
                    at -= 1
                best[at] = similarity
                worth[at] = (stars[m] - centre[idx[m]] - shift[y]) / scale[idx[m]]
                held = min(held + 1, k)
            if held < max(min_k, 1):
                scores[r, product] = otherwise[x] + shift[y]
                continue
            total, weight = 0.0, 0.0
            for h in range(held):
                total += best[h] * worth[h]
                weight += best[h]
            scores[r, product] = centre[x] + shift[y] + scale[x] * total / weight
