"""Compiled loops of the ranking engine; each works on a block of rows and releases the GIL.

A list under construction is a heap with its worst entry on top, so that most products cost one comparison.
Whole rows are passed as (indptr, indices, data) of csr matrices. Code is cached on disk after the first run.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def _worse(score_a, rank_a, score_b, rank_b):
    return score_a < score_b or (score_a == score_b and rank_a > rank_b)


@njit(nogil=True, cache=True)
def _sift_down(products, scores, rank, size):
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        right = child + 1
        if right < size and _worse(
            scores[right], rank[products[right]], scores[child], rank[products[child]]
        ):
            child = right
        if not _worse(scores[child], rank[products[child]], scores[at], rank[products[at]]):
            return
        products[at], products[child] = products[child], products[at]
        scores[at], scores[child] = scores[child], scores[at]
        at = child


@njit(nogil=True, cache=True)
def _offer(products, scores, rank, size, product, score):
    """Put one product into the heap if there is room or it beats the worst; returns the new size."""
    if size < len(products):
        at = size
        products[at] = product
        scores[at] = score
        while at > 0:
            parent = (at - 1) // 2
            if not _worse(scores[at], rank[products[at]], scores[parent], rank[products[parent]]):
                break
            products[at], products[parent] = products[parent], products[at]
            scores[at], scores[parent] = scores[parent], scores[at]
            at = parent
        return size + 1
    if _worse(scores[0], rank[products[0]], score, rank[product]):
        products[0] = product
        scores[0] = score
        _sift_down(products, scores, rank, size)
    return size


@njit(nogil=True, cache=True)
def _finish(products, scores, rank, size):
    """Turn the heap into a list, best first, by taking the worst to the end again and again."""
    for last in range(size - 1, 0, -1):
        products[0], products[last] = products[last], products[0]
        scores[0], scores[last] = scores[last], scores[0]
        _sift_down(products, scores, rank, last)


@njit(nogil=True, cache=True)
def dense_block(block, start, hide_ptr, hide, allowed, rank, products, scores):
    hidden = np.full(len(rank), -1, dtype=np.int64)
    for i in range(block.shape[0]):
        row = start + i
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        size = 0
        for p in range(block.shape[1]):
            score = block[i, p]
            if score > -np.inf and allowed[p] and hidden[p] != row:
                size = _offer(products[row], scores[row], rank, size, p, score)
        _finish(products[row], scores[row], rank, size)


@njit(nogil=True, cache=True)
def _row_times_matrix(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total, touched, met):
    """Add up one row of a @ b into `total`; returns how many places of `touched` it wrote."""
    count = 0
    for j in range(a_ptr[row], a_ptr[row + 1]):
        weight = np.float64(a_val[j])
        middle = a_idx[j]
        for m in range(b_ptr[middle], b_ptr[middle + 1]):
            p = b_idx[m]
            if met[p] != row:
                met[p] = row
                total[p] = 0.0
                touched[count] = p
                count += 1
            total[p] += weight * b_val[m]
    return count


@njit(nogil=True, cache=True)
def product_block(
    start, stop, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, hide_ptr, hide, allowed, rank, products, scores
):
    total = np.zeros(len(rank), dtype=np.float64)
    touched = np.empty(len(rank), dtype=np.int32)
    met = np.full(len(rank), -1, dtype=np.int64)
    hidden = np.full(len(rank), -1, dtype=np.int64)
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        count = _row_times_matrix(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total, touched, met)
        size = 0
        for t in range(count):
            p = touched[t]
            if total[p] > 0 and allowed[p] and hidden[p] != row:
                size = _offer(products[row], scores[row], rank, size, p, np.float32(total[p]))
        _finish(products[row], scores[row], rank, size)


@njit(nogil=True, cache=True)
def rows_block(start, stop, ptr, idx, val, hide_ptr, hide, allowed, rank, products, scores):
    hidden = np.full(len(rank), -1, dtype=np.int64)
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        size = 0
        for j in range(ptr[row], ptr[row + 1]):
            p = idx[j]
            if val[j] > 0 and allowed[p] and hidden[p] != row:
                size = _offer(products[row], scores[row], rank, size, p, val[j])
        _finish(products[row], scores[row], rank, size)


@njit(nogil=True, cache=True)
def order_block(start, stop, order, worth, hide_ptr, hide, width, products, scores):
    hidden = np.full(width, -1, dtype=np.int64)
    k = products.shape[1]
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        size = 0
        for j in range(len(order)):
            if size == k:
                break
            if hidden[order[j]] != row:
                products[row, size] = order[j]
                scores[row, size] = worth[j]
                size += 1


@njit(nogil=True, cache=True)
def neighbours_block(
    start,
    stop,
    a_ptr,
    a_idx,
    a_val,
    b_ptr,
    b_idx,
    b_val,
    left,
    right,
    multiply,
    overlap,
    shrink,
    keep_self,
    allowed,
    rank,
    products,
    scores,
):
    total = np.zeros(len(rank), dtype=np.float64)
    touched = np.empty(len(rank), dtype=np.int32)
    met = np.full(len(rank), -1, dtype=np.int64)
    for row in range(start, stop):
        count = _row_times_matrix(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total, touched, met)
        size = 0
        for t in range(count):
            p = touched[t]
            dot = total[p]
            if (p == row and not keep_self) or dot <= 0 or not allowed[p]:
                continue
            below = left[row] * right[p] if multiply else left[row] + right[p] - overlap * dot
            below += shrink
            if below > 0:
                size = _offer(products[row], scores[row], rank, size, p, np.float32(dot / below))
        _finish(products[row], scores[row], rank, size)
