"""How much the recommenders of a run say the same, at the deciding list length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Target
from recsys.core.topk import TopK
from recsys.engine.spec import Experiment
from recsys.engine.store import RunFolder
from recsys.measure.overlap import mean_jaccard

COLUMNS = ["window", "target", "k", "a", "b", "jaccard", "customers"]
CUSTOMERS = 2_000
"""Customers whose lists are kept to be compared: evenly many of them, the same for every recommender."""


def some_lists(lists: TopK, k: int) -> NDArray[np.int32]:
    """The first k places of at most CUSTOMERS lists, evenly spaced."""
    at = np.linspace(0, len(lists) - 1, min(len(lists), CUSTOMERS)).round().astype(np.intp)
    return lists.products[at, :k]


def overlaps(folder: RunFolder, experiment: Experiment, windows: Iterable[int]) -> list[dict[str, Any]]:
    """A row per pair of recommenders in each window and target, in the order of the config."""
    rows = []
    names, k = list(experiment.recommenders), experiment.evaluate.decide.k
    for window in windows:
        for target in map(Target, experiment.evaluate.targets):
            lists = [folder.lists(window, target, name) for name in names]
            found = mean_jaccard(lists)
            rows += [
                {"window": window, "target": str(target), "k": k, "a": names[a], "b": names[b]}
                | {"jaccard": float(found[a, b]), "customers": len(lists[0])}
                for a in range(len(names))
                for b in range(a + 1, len(names))
            ]
    return rows
