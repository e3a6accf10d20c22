"""How well types can be told apart at all: a Bayes classifier with the true parameters.

It sees what a segmenter may see, the invoices before the cutoff, and knows the shop: type shares, weekly
demand, hidden groups, families. Per customer and type it adds the logs of
- the type's share;
- every purchase: base + signature, with the hidden group or family summed out, and the personal list
  summed out by a Polya urn;
- the mean basket, log-normal around the type's median;
- the gaps between visits, relative to their sum: Dirichlet, even for the regular, flat for the others.
The urn, the rhythm's shape and the independence of purchases (a basket holds a product once) are
approximations, so the accuracy is a close estimate of the best possible from below, and not a bound above.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from recsys.simulate.panel import Purchases, first_time
from recsys.simulate.settings import (
    BASKET_SHAPE,
    CLOCK_JITTER,
    FAMILY,
    REPLENISHER,
    TASTE,
    TREND,
    TYPE_NAMES,
    TYPES,
)
from recsys.simulate.visits import DAY
from recsys.simulate.world import World

URN = 18.0  # concentration of the urn: about half of the products on a usual list
REGULAR_SHAPE = 1 / (2 * CLOCK_JITTER**2)  # gamma shape with the clock's spread of gaps


def bayes(world: World, bought: Purchases) -> dict[str, object]:
    """Accuracy over the panel's customers with history, per type, and of always saying the largest type.

    adjusted_rand: of the types that it says with the true ones, to hold segments against.
    """
    from sklearn.metrics import adjusted_rand_score

    history = bought.where(bought.minute < world.cutoff)
    who, row = np.unique(history.customer, return_inverse=True)
    guess = classify(world, history, row, len(who))
    kind = world.customers.kind[who]
    return {
        "accuracy": round(float((guess == kind).mean()), 6),
        "adjusted_rand": round(float(adjusted_rand_score(kind, guess)), 6),
        "largest_type": round(float(np.bincount(kind).max() / len(kind)), 6),
        "customers": len(who),
        "per_type": {
            name: round(float((guess[kind == place] == place).mean()), 6)
            for place, name in enumerate(TYPE_NAMES)
            if (kind == place).any()
        },
        "sees": "invoices before the cutoff",
    }


def classify(world: World, history: Purchases, row: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The likeliest type of each of `count` customers; row: (purchases,) places of their customers."""
    score = np.tile(np.log([t.share for t in TYPES]), (count, 1))
    score += _of_purchases(world, history, row, count)
    score += _of_rhythm_and_size(history, row, count)
    likeliest: NDArray[np.int64] = score.argmax(axis=1)
    return likeliest


def _of_purchases(
    world: World, history: Purchases, row: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """(customers, types) log-likelihood of the products, less that of a pure bestseller buyer."""
    demand, products = world.demand, world.products
    cell = (history.blocks(world.settings), history.product)
    base = demand.base[cell]
    again = ~first_time(history.customer, history.product, len(products))
    total = np.zeros((count, len(TYPES)))
    total[:, REPLENISHER] = np.bincount(row, _urn(history, base), count)
    trend = np.log(TYPES[TREND].base + (1 - TYPES[TREND].base) * demand.hot[cell] / base)
    total[:, TREND] = np.bincount(row, trend, count)
    for kind, share, label in (
        (TASTE, demand.taste[cell], products.group),
        (FAMILY, demand.family[cell], products.family),
    ):
        behaviour = TYPES[kind]
        signature = np.where(again, behaviour.rebuy, 1.0) * share * (1 - behaviour.base)
        gain = np.log1p(signature / (base * behaviour.base))
        labels = int(label.max()) + 1
        gains = np.bincount(row * labels + label[history.product], gain, count * labels).reshape(
            count, labels
        )
        lines = np.bincount(row, minlength=count) * np.log(behaviour.base)
        total[:, kind] = lines + logsumexp(gains, axis=1) - np.log(labels)
    return total


def _urn(history: Purchases, base: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-likelihood of each purchase by a replenisher, less the bestsellers': repeats come from the urn."""
    order = np.argsort(history.customer, kind="stable")
    start = np.searchsorted(history.customer[order], history.customer[order])
    seen = np.empty(len(order))
    seen[order] = np.arange(len(order)) - start  # purchases so far
    key = history.customer * (int(history.product.max()) + 1) + history.product
    order = np.argsort(key, kind="stable")
    times = np.empty(len(order))
    times[order] = np.arange(len(order)) - np.searchsorted(key[order], key[order])  # of this product so far
    own = 1 - TYPES[REPLENISHER].base
    drawn = own * (times + URN * base) / (seen + URN)
    return np.log(TYPES[REPLENISHER].base + drawn / base)


def _of_rhythm_and_size(history: Purchases, row: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """(customers, types) log-likelihood of the mean basket and of the evenness of the gaps."""
    invoice, first, size = np.unique(history.invoice, return_index=True, return_counts=True)
    home = row[first]
    visits = np.bincount(home, minlength=count)
    mean = np.bincount(home, size, count) / visits
    order = np.lexsort((invoice, home))
    gap = np.maximum(np.diff(history.minute[first][order]) / DAY, 0.5)
    same = np.diff(home[order]) == 0
    owner, gap = home[order][1:][same], gap[same]
    part = gap / np.bincount(owner, gap, count)[owner]
    gaps = np.bincount(owner, minlength=count)
    score = np.zeros((count, len(TYPES)))
    for place, behaviour in enumerate(TYPES):
        sigma = np.sqrt(behaviour.basket_sigma**2 + (1 / BASKET_SHAPE + 1 / mean) / visits)
        score[:, place] = -np.log(sigma) - 0.5 * ((np.log(mean) - np.log(behaviour.basket + 1)) / sigma) ** 2
        shape = REGULAR_SHAPE if behaviour.regular else 1.0
        even = (
            gammaln(gaps * shape)
            - gaps * gammaln(shape)
            + (shape - 1) * np.bincount(owner, np.log(part), count)
        )
        score[:, place] += np.where(gaps > 0, even, 0.0)
    return score
