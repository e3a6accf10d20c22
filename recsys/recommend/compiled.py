"""Compiled loops of the ranking engine; each works on a block of rows and releases the GIL.

Products stand on a shelf in the order that breaks ties, and are named by their place on it: of two equal
scores the earlier place wins, so a scan along the shelf only has to look for what is strictly better than the
worst entry of the list. It does so 64 places at a time. A list under construction is a heap with its worst
entry on top. Whole rows are passed as (indptr, indices, data) of csr matrices. Code is cached on disk after
the first run.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit

STEP = 64  # places whose scores are compared at once
FEW = 8  # a row whose additions are this many times fewer than the places is not scanned but walked


@njit(nogil=True, cache=True)
def _sift_down(places, scores, size):
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        right = child + 1
        if right < size and (
            scores[right] < scores[child]
            or (scores[right] == scores[child] and places[right] > places[child])
        ):
            child = right
        if scores[child] > scores[at] or (scores[child] == scores[at] and places[child] < places[at]):
            return
        places[at], places[child] = places[child], places[at]
        scores[at], scores[child] = scores[child], scores[at]
        at = child


@njit(nogil=True, cache=True)
def _offer(places, scores, size, place, score):
    """Put one place into the heap if there is room or it beats the worst; returns the new size."""
    if size < len(places):
        at = size
        places[at] = place
        scores[at] = score
        while at > 0:
            parent = (at - 1) // 2
            if scores[at] > scores[parent] or (scores[at] == scores[parent] and places[at] < places[parent]):
                break
            places[at], places[parent] = places[parent], places[at]
            scores[at], scores[parent] = scores[parent], scores[at]
            at = parent
        return size + 1
    if score > scores[0] or (score == scores[0] and place < places[0]):
        places[0] = place
        scores[0] = score
        _sift_down(places, scores, size)
    return size


@njit(nogil=True, cache=True)
def _scan(values, first, places, scores, size, floor):
    """Offer every value above `floor`, at places `first` and on, in order; returns the new size."""
    k = len(places)
    bar = max(floor, scores[0]) if size == k else floor
    for start in range(0, len(values), STEP):
        part = values[start : start + STEP]
        some = np.int8(0)
        if len(part) == STEP:
            for i in range(STEP):  # a constant length and a narrow type: this becomes vector code
                some |= np.int8(part[i] > bar)
        else:
            some = np.int8(1)
        if some:
            for i in range(len(part)):
                if part[i] > bar:
                    size = _offer(places, scores, size, first + start + i, np.float32(part[i]))
                    if size == k:
                        bar = max(floor, scores[0])
    return size


@njit(nogil=True, cache=True)
def _finish(places, scores, size, shelf):
    """Turn the heap into a list of products, best first, by taking the worst to the end again and again."""
    for last in range(size - 1, 0, -1):
        places[0], places[last] = places[last], places[0]
        scores[0], scores[last] = scores[last], scores[0]
        _sift_down(places, scores, last)
    for i in range(size):
        places[i] = shelf[places[i]]


# -- dense scores ------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def tile_block(tile, first, hide_ptr, hide, cursor, sizes, places, scores):
    """Scan a tile of scores (rows x places from `first`), which is overwritten where hidden.

    cursor: how far each row has come in `hide`; sizes: in its heap. Both go on from tile to tile.
    """
    width = tile.shape[1]
    for row in range(tile.shape[0]):
        h = cursor[row]
        while h < hide_ptr[row + 1] and hide[h] < first + width:
            tile[row, hide[h] - first] = -np.inf
            h += 1
        cursor[row] = h
        sizes[row] = _scan(tile[row], first, places[row], scores[row], sizes[row], np.float32(-np.inf))


@njit(nogil=True, cache=True)
def weights_block(rows, weights, first, state, start, stop):
    """Sparse rows times dense weights (m x places from `first`), scanned as they come; see `tile_block`."""
    ptr, idx, val = rows
    hide_ptr, hide, cursor, sizes, places, scores = state
    total = np.empty((1, weights.shape[1]), dtype=np.float32)
    for row in range(start, stop):
        total[:] = 0.0
        for j in range(ptr[row], ptr[row + 1]):
            value = val[j]
            part = weights[idx[j]]
            for p in range(len(part)):
                total[0, p] += value * part[p]
        one = slice(row, row + 1)
        tile_block(
            total, first, hide_ptr[row : row + 2], hide, cursor[one], sizes[one], places[one], scores[one]
        )


@njit(nogil=True, cache=True)
def finish_block(sizes, shelf, places, scores):
    for row in range(len(sizes)):
        _finish(places[row], scores[row], sizes[row], shelf)


# -- sparse scores -----------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def _add_up(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total):
    """Add row `row` of a @ b to `total`; returns how many additions that took."""
    count = 0
    for j in range(a_ptr[row], a_ptr[row + 1]):
        weight = np.float64(a_val[j])
        middle = a_idx[j]
        for m in range(b_ptr[middle], b_ptr[middle + 1]):
            total[b_idx[m]] += weight * b_val[m]
        count += b_ptr[middle + 1] - b_ptr[middle]
    return count


@njit(nogil=True, cache=True)
def _raise_to(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total):
    """As _add_up, but the largest product of two entries in place of their sum."""
    count = 0
    for j in range(a_ptr[row], a_ptr[row + 1]):
        weight = np.float64(a_val[j])
        middle = a_idx[j]
        for m in range(b_ptr[middle], b_ptr[middle + 1]):
            total[b_idx[m]] = max(total[b_idx[m]], weight * b_val[m])
        count += b_ptr[middle + 1] - b_ptr[middle]
    return count


@njit(nogil=True, cache=True)
def product_block(
    start,
    stop,
    a_ptr,
    a_idx,
    a_val,
    b_ptr,
    b_idx,
    b_val,
    largest,
    hide_ptr,
    hide,
    place,
    shelf,
    lists,
    scores,
):
    """b's columns are places; those past the shelf's end are not on it. largest: no sums, see _raise_to."""
    end = len(shelf)
    total = np.zeros(end + 1, dtype=np.float64)
    for row in range(start, stop):
        if largest:
            count = _raise_to(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total)
        else:
            count = _add_up(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total)
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            total[place[hide[h]]] = 0.0
        total[end] = 0.0
        size = 0
        if count * FEW < end:
            for j in range(a_ptr[row], a_ptr[row + 1]):
                for m in range(b_ptr[a_idx[j]], b_ptr[a_idx[j] + 1]):
                    p = b_idx[m]
                    if total[p] > 0:
                        size = _offer(lists[row], scores[row], size, p, np.float32(total[p]))
                    total[p] = 0.0
        else:
            size = _scan(total[:end], 0, lists[row], scores[row], 0, np.float32(0))
            total[:] = 0.0
        _finish(lists[row], scores[row], size, shelf)


@njit(nogil=True, cache=True)
def rows_block(start, stop, ptr, idx, val, hide_ptr, hide, place, shelf, lists, scores):
    end = len(shelf)
    hidden = np.full(end + 1, -1, dtype=np.int64)
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[place[hide[h]]] = row
        hidden[end] = row
        size = 0
        for j in range(ptr[row], ptr[row + 1]):
            p = place[idx[j]]
            if val[j] > 0 and hidden[p] != row:
                size = _offer(lists[row], scores[row], size, p, val[j])
        _finish(lists[row], scores[row], size, shelf)


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
def _similarity(dot, left, right, multiply, overlap, shrink):
    below = (left * right if multiply else left + right - overlap * dot) + shrink
    return dot / below if below > 0 else 0.0


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
    place,
    shelf,
    lists,
    scores,
):
    """left: by product; right: by place; see kernels.Similarity."""
    end = len(shelf)
    total = np.zeros(end + 1, dtype=np.float64)
    for row in range(start, stop):
        count = _add_up(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total)
        if not keep_self:
            total[place[row]] = 0.0
        total[end] = 0.0
        size = 0
        if count * FEW < end:
            for j in range(a_ptr[row], a_ptr[row + 1]):
                for m in range(b_ptr[a_idx[j]], b_ptr[a_idx[j] + 1]):
                    p = b_idx[m]
                    if total[p] > 0:
                        alike = _similarity(total[p], left[row], right[p], multiply, overlap, shrink)
                        if alike > 0:
                            size = _offer(lists[row], scores[row], size, p, np.float32(alike))
                    total[p] = 0.0
        else:
            for p in range(end):
                total[p] = _similarity(total[p], left[row], right[p], multiply, overlap, shrink)
            size = _scan(total[:end], 0, lists[row], scores[row], 0, np.float32(0))
            total[:] = 0.0
        _finish(lists[row], scores[row], size, shelf)
