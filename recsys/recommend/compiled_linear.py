"""Compiled loops of the linear models: sparse weights from parts of X'X, products times products.

`sold` is customers x products by column, as (indptr, indices, data). The terms of SLIM (l1, l2, non_negative,
passes, tolerance) travel as one tuple. A column of weights comes as (counts, sources, values).
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def gram_rows(start, stop, own, sold, gram):
    """Rows start..stop of the whole X'X; own: as `sold`, by row."""
    own_ptr, own_idx, own_val = own
    sold_ptr, sold_idx, sold_val = sold
    row = np.empty(gram.shape[1])
    for product in range(start, stop):
        row[:] = 0.0
        for j in range(sold_ptr[product], sold_ptr[product + 1]):
            customer, weight = sold_idx[j], np.float64(sold_val[j])
            for m in range(own_ptr[customer], own_ptr[customer + 1]):
                row[own_idx[m]] += weight * own_val[m]
        gram[product] = row


@njit(nogil=True, cache=True)
def _gram_of(some, sold, count):
    """X'X of these products alone, (n, n).

    count: (customers,) zeros, and zeros again on return. The columns are laid out by customer first, so that
    a customer costs the square of what they hold of these products, whatever else they bought.
    """
    sold_ptr, sold_idx, sold_val = sold
    n = len(some)
    total = 0
    for a in range(n):
        total += sold_ptr[some[a] + 1] - sold_ptr[some[a]]
        for j in range(sold_ptr[some[a]], sold_ptr[some[a] + 1]):
            count[sold_idx[j]] += 1
    begin = np.empty(total + 1, dtype=np.int64)
    columns, weights = np.empty(total, dtype=np.int64), np.empty(total)
    people, used = 0, 0
    for a in range(n):
        for j in range(sold_ptr[some[a]], sold_ptr[some[a] + 1]):
            customer = sold_idx[j]
            if count[customer] > 0:  # met for the first time: from here on, minus the place that is next
                begin[people] = used
                people += 1
                used += count[customer]
                count[customer] = -(used - count[customer]) - 1
            place = -count[customer] - 1
            columns[place], weights[place] = a, sold_val[j]
            count[customer] -= 1
    begin[people] = used
    gram = np.zeros((n, n))
    for person in range(people):
        for e in range(begin[person], begin[person + 1]):
            for f in range(e, begin[person + 1]):
                gram[columns[e], columns[f]] += weights[e] * weights[f]
    for a in range(n):
        for j in range(sold_ptr[some[a]], sold_ptr[some[a] + 1]):
            count[sold_idx[j]] = 0
        for b in range(a):
            gram[a, b] = gram[b, a]
    return gram


# -- SLIM ----------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def slim_from_all(start, stop, gram, squared, terms):
    """Columns start..stop of the weights, each product explained by all others.

    gram: the whole X'X. squared: its diagonal.
    """
    sources, values, used = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float32), 0
    counts, everything = np.zeros(stop - start, dtype=np.int64), np.arange(len(squared)).astype(np.int32)
    pool = np.empty(1 << 16)
    for product in range(start, stop):
        some = _able(product, everything, gram[product], squared, terms)
        weights, pool = _descend(product, some, gram, squared, pool, terms)
        before = used
        sources, values, used = _keep(some, weights, sources, values, used)
        counts[product - start] = used - before
    return counts, sources[:used], values[:used]


@njit(nogil=True, cache=True)
def slim_from_near(start, stop, sold, customers, near_ptr, near_idx, terms):
    """Columns start..stop of the weights, product p explained by near_idx[near_ptr[p] : near_ptr[p + 1]]."""
    sources, values, used = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float32), 0
    counts, count = np.zeros(stop - start, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    pool = np.empty(1 << 16)
    for product in range(start, stop):
        near = np.append(near_idx[near_ptr[product] : near_ptr[product + 1]], np.int32(product))
        last = len(near) - 1
        gram = _gram_of(near, sold, count)
        squared = np.diag(gram).copy()
        some = _able(last, np.arange(last).astype(np.int32), gram[last], squared, terms)
        weights, pool = _descend(last, some, gram, squared, pool, terms)
        before = used
        sources, values, used = _keep(near[some], weights, sources, values, used)
        counts[product - start] = used - before
    return counts, sources[:used], values[:used]


@njit(nogil=True, cache=True)
def _keep(some, weights, sources, values, used):
    for t in np.flatnonzero(weights):
        if used == len(values):
            sources = np.concatenate((sources, np.empty(used, dtype=np.int32)))
            values = np.concatenate((values, np.empty(used, dtype=np.float32)))
        sources[used], values[used] = some[t], weights[t]
        used += 1
    return sources, values, used


@njit(nogil=True, cache=True)
def _able(product, near, row, squared, terms):
    """The products whose weight may leave 0, strongest first, so that few rise only to fall again.

    row: X'X of the product. The gradient of non-negative weights on non-negative data only ever falls: what
    starts below l1 stays at 0.
    """
    l1, l2, non_negative, _, _ = terms
    able = (near != product) & (squared[near] > 0)
    if non_negative:
        able &= row[near] > l1
    some = near[able]
    return some[np.argsort(-np.abs(row[some]) / np.sqrt(squared[some] + l2))]


@njit(nogil=True, cache=True)
def _descend(product, some, gram, squared, pool, terms):
    """The weights of `some` in explaining the product, and the pool, which may have grown.

    A row of `gram` is gathered at `some` into the pool once its weight first leaves 0. Passes over all
    coordinates take turns with passes over those that are not 0.
    """
    _, _, _, passes, tolerance = terms
    n = len(some)
    gradient, diagonal, weights = np.empty(n), squared[some], np.zeros(n)
    _gather(gram[product], some, gradient)
    at, held, turns, most = np.full(n, -1, dtype=np.int64), 0, 0, np.inf
    while turns < passes and most > tolerance:
        most = 0.0
        turns += 1
        for t in range(n):
            new = _best(gradient[t], weights[t], diagonal[t], terms)
            step = new - weights[t]
            if step == 0.0:
                continue
            if at[t] < 0:
                if (held + 1) * n > len(pool):
                    pool = np.concatenate((pool, np.empty(max(n, len(pool)))))
                at[t] = held * n
                held += 1
                _gather(gram[some[t]], some, pool[at[t] : at[t] + n])
            weights[t] = new
            _take_off(gradient, step, pool[at[t] : at[t] + n])
            most = max(most, abs(step))
        active = np.flatnonzero(weights)
        if most > tolerance and len(active):
            turns += _settle(active, at[active], pool, diagonal, weights, gradient, passes - turns, terms)
    return weights, pool


@njit(nogil=True, cache=True)
def _settle(active, at, pool, diagonal, weights, gradient, passes, terms):
    """Descend over the active coordinates alone until they rest; returns the passes it took.

    at: where in the pool the row of each of them begins.
    """
    tolerance = terms[4]
    n, turns, most = len(active), 0, np.inf
    before, pull, small = weights[active], gradient[active], np.empty((n, n))
    for a in range(n):
        _gather(pool[at[a] :], active, small[a])
    while turns < passes and most > tolerance:
        most = 0.0
        turns += 1
        for a in range(n):
            t = active[a]
            new = _best(pull[a], weights[t], diagonal[t], terms)
            step = new - weights[t]
            if step != 0.0:
                weights[t] = new
                _take_off(pull, step, small[a])
                most = max(most, abs(step))
    for a in range(n):
        _take_off(gradient, weights[active[a]] - before[a], pool[at[a] : at[a] + len(gradient)])
    return turns


@njit(nogil=True, cache=True)
def _best(gradient, weight, diagonal, terms):
    """The minimum along one coordinate: a soft threshold, without its negative side where none may be."""
    l1, l2, non_negative, _, _ = terms
    pull = gradient + weight * diagonal
    if pull > l1:
        return (pull - l1) / (diagonal + l2)
    if non_negative or pull >= -l1:
        return 0.0
    return (pull + l1) / (diagonal + l2)


@njit(nogil=True, cache=True)
def _take_off(gradient, step, row):
    for t in range(len(gradient)):
        gradient[t] -= step * row[t]


@njit(nogil=True, cache=True)
def _gather(row, some, out):
    for t in range(len(some)):
        out[t] = row[some[t]]


# -- EASE ----------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def plan_blocks(order, ptr, near, share):
    """The products whose surroundings are solved, so that every product is among the nearest of one.

    order: all products. ptr, near: each product's surroundings, nearest first, itself the very first.
    share: of the surroundings that a block speaks for.
    """
    waiting = np.ones(len(order), dtype=np.bool_)
    heads = np.empty(len(order), dtype=np.int64)
    used = 0
    for head in order:
        if waiting[head]:
            heads[used] = head
            used += 1
            waiting[near[ptr[head] : ptr[head] + spoken_for(ptr[head + 1] - ptr[head], share)]] = False
    return heads[:used]


@njit(nogil=True, cache=True)
def spoken_for(size, share):
    """Products of a block of this size whose weights are read off its inverse."""
    return max(1, int(np.ceil(size * share)))


@njit(nogil=True, cache=True)
def solve_blocks(heads, ptr, near, sold, customers, penalty, share):
    """The weights that the blocks of these heads give, as (positions in `near`, values).

    Position m with ptr[j] <= m < ptr[j + 1] is the weight of product near[m] in the column of product j.
    """
    room = 0
    for head in heads:
        room += (ptr[head + 1] - ptr[head]) * spoken_for(ptr[head + 1] - ptr[head], share)
    positions, values, used = np.empty(room, dtype=np.int64), np.empty(room), 0
    count = np.zeros(customers, dtype=np.int64)
    place = np.full(len(ptr) - 1, -1, dtype=np.int64)
    for head in heads:
        block = near[ptr[head] : ptr[head + 1]]
        gram = _gram_of(block, sold, count)
        for a in range(len(block)):
            gram[a, a] += penalty[block[a]]
            place[block[a]] = a
        some = spoken_for(len(block), share)
        inverse = np.linalg.solve(gram, np.eye(len(block))[:, :some].copy())
        for b in range(some):
            column = block[b]
            for m in range(ptr[column], ptr[column + 1]):
                a = place[near[m]]
                if a >= 0:
                    positions[used], values[used] = m, 0.0 if a == b else -inverse[a, b] / inverse[b, b]
                    used += 1
        place[block] = -1
    return positions[:used], values[:used]
