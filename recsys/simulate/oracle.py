"""The best that can be done: rankings by the true chance of buying, scored on what was then bought."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.simulate.chances import Chances, halves, table_of
from recsys.simulate.panel import Purchases
from recsys.simulate.settings import TYPE_NAMES
from recsys.simulate.world import World

K = 10
KEPT = 100  # products per customer in the written sample


def judged(world: World, bought: Purchases, limit: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Customers with history and a reachable truth, at most `limit` of them at random; sorted."""
    before, after = halves(world, bought)
    known = np.isin(after.product, before.product)
    both = np.intersect1d(before.customer, after.customer[known])
    return np.sort(rng.choice(both, limit, replace=False)) if len(both) > limit else both


def scores(world: World, bought: Purchases, true: Chances) -> pd.DataFrame:
    """type, target, metric, customers, value: means over judged customers of each type, and of all.

    precision, recall, map and ndcg are of the protocol; `expected_precision` is what the chances promise.
    """
    before, after = halves(world, bought)
    catalogue = np.bincount(before.product, minlength=len(world.products)) > 0
    owned = table_of(before, true.customers, len(world.products))
    truth = table_of(after, true.customers, len(world.products)) & catalogue
    kind = np.array(TYPE_NAMES)[world.customers.kind[true.customers]]
    parts = []
    for target, hidden in (("any", np.zeros_like(owned)), ("new", owned)):
        score = np.where(catalogue & ~hidden, true.probability, -1.0)
        part = _per_customer(score, truth & ~hidden).assign(target=target, type=kind)
        parts += [part, part.assign(type="all")]
    long = pd.concat(parts).dropna().melt(["type", "target"], var_name="metric")
    long["type"] = pd.Categorical(long["type"], [*TYPE_NAMES, "all"])
    means = long.groupby(["type", "target", "metric"], observed=True)["value"].agg(["size", "mean"])
    table = means.reset_index().rename(columns={"size": "customers", "mean": "value"})
    return table.assign(type=table["type"].astype(str)).round({"value": 6})


def written_sample(world: World, true: Chances, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """customer, product, probability: the likeliest products of at most `count` customers."""
    rows = np.sort(rng.permutation(len(true.customers))[:count])
    best = np.argsort(-true.probability[rows], axis=1, kind="stable")[:, :KEPT]
    names = np.array(world.customers.names())[true.customers[rows]]
    table = pd.DataFrame(
        {
            "customer": np.repeat(names, best.shape[1]),
            "product": world.products.code[best.ravel()],
            "probability": np.take_along_axis(true.probability[rows], best, axis=1).ravel(),
        }
    )
    return table[table["probability"] > 0]


def _per_customer(score: NDArray[np.float64], truth: NDArray[np.bool_]) -> pd.DataFrame:
    """The protocol's metrics at K, one row per customer; NaN where the truth is empty."""
    best = np.argsort(-score, axis=1, kind="stable")[:, :K]
    hit = np.take_along_axis(truth, best, axis=1).astype(np.float64)
    count = truth.sum(axis=1).astype(np.float64)
    count[count == 0] = np.nan
    discount = 1 / np.log2(np.arange(2, hit.shape[1] + 2))
    reach = np.minimum(np.nan_to_num(count, nan=1.0), K).astype(np.int64)
    ideal = np.cumsum(discount)[np.minimum(reach, hit.shape[1]) - 1]
    precision_at = np.cumsum(hit, axis=1) / np.arange(1, hit.shape[1] + 1)
    known = ~np.isnan(count)
    return pd.DataFrame(
        {
            "precision@10": np.where(known, hit.sum(axis=1) / K, np.nan),
            "recall@10": hit.sum(axis=1) / count,
            "map@10": np.where(known, (precision_at * hit).sum(axis=1) / reach, np.nan),
            "ndcg@10": np.where(known, hit @ discount / ideal, np.nan),
            "expected_precision@10": np.where(
                known, np.maximum(np.take_along_axis(score, best, axis=1), 0).sum(axis=1) / K, np.nan
            ),
        }
    )
