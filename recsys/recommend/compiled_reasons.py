"""Compiled loops that find which of a customer's own products adds most to the score of a listed one.

Each works on rows start..stop of lists (n, k), whose gaps hold -1, and writes the product with the greatest
addition above 0 to `found` (n, k); of equal additions the product with the lower code. Whole rows are passed
as (indptr, indices, data) of csr matrices; `own` has a row for each list.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def best_sparse(start, stop, lists, own, similar, products, found):
    """An own product i adds own_i * similar_ij to product j; similar: products x products csr."""
    own_ptr, own_idx, own_val = own
    sim_ptr, sim_idx, sim_val = similar
    place = np.full(products, -1, dtype=np.int64)
    best = np.empty(lists.shape[1])
    for row in range(start, stop):
        for r in range(lists.shape[1]):
            if lists[row, r] >= 0:
                place[lists[row, r]] = r
            best[r] = 0.0
        for j in range(own_ptr[row], own_ptr[row + 1]):
            for e in range(sim_ptr[own_idx[j]], sim_ptr[own_idx[j] + 1]):
                r = place[sim_idx[e]]
                if r >= 0:
                    added = np.float64(own_val[j]) * sim_val[e]
                    if added > best[r]:
                        best[r] = added
                        found[row, r] = own_idx[j]
        for r in range(lists.shape[1]):
            if lists[row, r] >= 0:
                place[lists[row, r]] = -1


@njit(nogil=True, cache=True)
def best_dense(start, stop, lists, own, weights, position, found):
    """As best_sparse with dense weights (m, m); position: (products,) row of each, -1 for none."""
    own_ptr, own_idx, own_val = own
    for row in range(start, stop):
        for r in range(lists.shape[1]):
            if lists[row, r] < 0 or position[lists[row, r]] < 0:
                continue
            target = position[lists[row, r]]
            best = 0.0
            for j in range(own_ptr[row], own_ptr[row + 1]):
                at = position[own_idx[j]]
                if at >= 0 and own_val[j] * weights[at, target] > best:
                    best = own_val[j] * weights[at, target]
                    found[row, r] = own_idx[j]


@njit(nogil=True, cache=True)
def best_vectors(start, stop, lists, own, adding, vectors, found):
    """An own product i adds own_i * (adding_i . vector_j); both: (products, d)."""
    own_ptr, own_idx, own_val = own
    for row in range(start, stop):
        for r in range(lists.shape[1]):
            if lists[row, r] < 0:
                continue
            target = vectors[lists[row, r]]
            best = 0.0
            for j in range(own_ptr[row], own_ptr[row + 1]):
                added = 0.0
                for d in range(vectors.shape[1]):
                    added += adding[own_idx[j], d] * target[d]
                added *= own_val[j]
                if added > best:
                    best = added
                    found[row, r] = own_idx[j]


@njit(nogil=True, cache=True)
def best_direction(start, stop, lists, own, people, vectors, least, found):
    """Of scores person . vector_j: the part that lies along the vector of an own product.

    people: (rows, f), one for each list. vectors: (products, f). A part below `least` of the score is none.
    """
    own_ptr, own_idx, _ = own
    size = vectors.shape[1]
    for row in range(start, stop):
        along = np.zeros(own_ptr[row + 1] - own_ptr[row])
        for j in range(len(along)):
            vector = vectors[own_idx[own_ptr[row] + j]]
            length = 0.0
            for a in range(size):
                along[j] += people[row, a] * vector[a]
                length += vector[a] * vector[a]
            along[j] = along[j] / length if length > 0.0 else 0.0
        for r in range(lists.shape[1]):
            if lists[row, r] < 0:
                continue
            target = vectors[lists[row, r]]
            best = 0.0
            for a in range(size):
                best += people[row, a] * target[a]
            if not best > 0.0:
                continue
            best *= least
            for j in range(len(along)):
                part = 0.0
                for a in range(size):
                    part += vectors[own_idx[own_ptr[row] + j], a] * target[a]
                part *= along[j]
                if part > best or (part == best and found[row, r] < 0):
                    best = part
                    found[row, r] = own_idx[own_ptr[row] + j]


@njit(nogil=True, cache=True)
def best_words(start, stop, lists, own, texts, words, found):
    """As best_vectors with sparse vectors; texts: products x words csr."""
    own_ptr, own_idx, own_val = own
    ptr, idx, val = texts
    said = np.zeros(words)
    for row in range(start, stop):
        for r in range(lists.shape[1]):
            target = lists[row, r]
            if target < 0:
                continue
            for w in range(ptr[target], ptr[target + 1]):
                said[idx[w]] = val[w]
            best = 0.0
            for j in range(own_ptr[row], own_ptr[row + 1]):
                added = 0.0
                for w in range(ptr[own_idx[j]], ptr[own_idx[j] + 1]):
                    added += val[w] * said[idx[w]]
                added *= own_val[j]
                if added > best:
                    best = added
                    found[row, r] = own_idx[j]
            for w in range(ptr[target], ptr[target + 1]):
                said[idx[w]] = 0.0


@njit(nogil=True, cache=True)
def best_factors(start, stop, lists, own, vectors, gram, found):
    """Of a factor model: the customer's vector is (gram + sum (c_i - 1) v_i v_i')^-1 sum c_i v_i.

    own: the confidences c. vectors: (products, f) float64. gram: (f, f), V'V and the penalty.
    """
    own_ptr, own_idx, own_val = own
    size = vectors.shape[1]
    for row in range(start, stop):
        count = 0
        for r in range(lists.shape[1]):
            count += lists[row, r] >= 0
        if count == 0 or own_ptr[row] == own_ptr[row + 1]:
            continue
        system, targets = gram.copy(), np.zeros((size, lists.shape[1]))
        for j in range(own_ptr[row], own_ptr[row + 1]):
            vector = vectors[own_idx[j]]
            for a in range(size):
                step = (own_val[j] - 1.0) * vector[a]
                for b in range(size):
                    system[a, b] += step * vector[b]
        for r in range(lists.shape[1]):
            if lists[row, r] >= 0:
                targets[:, r] = vectors[lists[row, r]]
        solved = np.linalg.solve(system, targets)
        for r in range(lists.shape[1]):
            if lists[row, r] < 0:
                continue
            best = 0.0
            for j in range(own_ptr[row], own_ptr[row + 1]):
                added = 0.0
                for a in range(size):
                    added += vectors[own_idx[j], a] * solved[a, r]
                added *= own_val[j]
                if added > best:
                    best = added
                    found[row, r] = own_idx[j]
