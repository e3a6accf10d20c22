"""Compiled loops of Surprise's neighbourhood predictions: every product for a block of customers, and why.

Arrays as in FittedNeighbours. of_products: x is a product and y a customer, else the other way round. ptr,
idx, stars: y by y, which x have which stars.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def nearest(x, y, similar, ptr, idx, alike, where):
    """The v most alike to x of y's, as many as `alike` has room for; returns how many.

    alike, where: filled with their similarities, greatest first, and with their places in idx.
    """
    k, held = len(alike), 0
    for m in range(ptr[y], ptr[y + 1]):
        similarity = similar[x, idx[m]]
        if similarity <= 0 or (held == k and similarity <= alike[k - 1]):
            continue
        at = min(held, k - 1)  # ties: who comes first stays
        while at > 0 and alike[at - 1] < similarity:
            alike[at], where[at] = alike[at - 1], where[at - 1]
            at -= 1
        alike[at], where[at] = similarity, m
        held = min(held + 1, k)
    return held


@njit(nogil=True, cache=True)
def neighbours_block(
    rows, otherwise, scores, of_products, similar, ptr, idx, stars, centre, scale, shift, k, min_k
):
    """Fill scores (rows x products); see FittedNeighbours for the formula."""
    alike, where = np.empty(k), np.empty(k, dtype=np.int64)
    for r in range(len(rows)):
        for product in range(scores.shape[1]):
            x, y = (product, rows[r]) if of_products else (rows[r], product)
            held = nearest(x, y, similar, ptr, idx, alike, where)
            if held < max(min_k, 1):
                scores[r, product] = otherwise[x] + shift[y]
                continue
            total, weight = 0.0, 0.0
            for h in range(held):
                v = idx[where[h]]
                total += alike[h] * (stars[where[h]] - centre[v] - shift[y]) / scale[v]
                weight += alike[h]
            scores[r, product] = centre[x] + shift[y] + scale[x] * total / weight


@njit(nogil=True, cache=True)
def neighbours_parts(
    rows, listed, greatest, total, own, of_products, similar, ptr, idx, stars, centre, scale, shift, k, min_k
):
    """Of the sum over the v alike to x, for listed products (rows x n), gaps -1.

    greatest: the v that adds most above 0 among those with stars above 0, else -1. total: the sum. own: what
    x itself adds to it.
    """
    alike, where = np.empty(k), np.empty(k, dtype=np.int64)
    for r in range(len(rows)):
        for place in range(listed.shape[1]):
            if listed[r, place] < 0:
                continue
            x, y = (listed[r, place], rows[r]) if of_products else (rows[r], listed[r, place])
            held, best = nearest(x, y, similar, ptr, idx, alike, where), 0.0
            for h in range(held if held >= min_k else 0):
                v = idx[where[h]]
                added = alike[h] * (stars[where[h]] - centre[v] - shift[y]) / scale[v]
                total[r, place] += added
                if v == x:
                    own[r, place] = added
                if added > best and stars[where[h]] > 0:
                    best = added
                    greatest[r, place] = v
