"""Customers unlike the rest: an isolation forest, fitted once and kept as arrays.

Liu, Ting, Zhou, "Isolation Forest", ICDM 2008. scikit-learn grows the trees; walking them is done here, so
that a saved forest needs no pickle.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEAF = -1


@dataclass(frozen=True, eq=False)
class Forest:
    """Nodes of all trees in one row.

    roots: (trees,) node of each root. feature, threshold, left, right: (nodes,); left is LEAF at a leaf.
    path: (nodes,) steps to a leaf, with what its customers would take on. usual: the path of a random tree.
    bound: the score above which a customer is an outlier.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Array
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    path: Array
    usual: Array
    bound: Array

    def scores(self, values: Array) -> Array:
        """How soon each customer is alone, between 0 and 1: 1 at once. values: (n, features); (n,)."""
        held = values.astype(np.float32)  # as the trees were grown
        total, row = np.zeros(len(held)), np.arange(len(held))
        for root in self.roots:
            node = np.full(len(held), root)
            while (inner := self.left[node] != LEAF).any():
                below = held[row, self.feature[node]] <= self.threshold[node]
                node = np.where(inner, np.where(below, self.left[node], self.right[node]), node)
            total += self.path[node]
        return np.asarray(2.0 ** (-total / (len(self.roots) * self.usual)))

    def outlying(self, values: Array) -> NDArray[np.bool_]:
        """Who is an outlier. values: (n, features); (n,)."""
        return self.scores(values) > self.bound

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What there is to save."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


def grow(values: Array, share: float, seed: int) -> Forest:
    """The forest that sets aside this share of the customers; values: (n, features)."""
    from sklearn.ensemble import IsolationForest

    model = IsolationForest(contamination=share, random_state=seed).fit(values)
    trees = [tree.tree_ for tree in model.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])
    left, right, path = [], [], []
    for start, tree in zip(starts[:-1], trees, strict=True):
        inner = tree.children_left != LEAF
        left.append(np.where(inner, tree.children_left + start, LEAF))
        right.append(np.where(inner, tree.children_right + start, LEAF))
        path.append(tree.compute_node_depths() - 1.0 + usual_path(tree.n_node_samples))
    forest = Forest(
        roots=starts[:-1].astype(np.int64),
        feature=np.maximum(np.concatenate([tree.feature for tree in trees]), 0).astype(np.int64),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        left=np.concatenate(left).astype(np.int64),
        right=np.concatenate(right).astype(np.int64),
        path=np.concatenate(path),
        usual=np.maximum(usual_path(np.array([model.max_samples_])), 1e-9),
        bound=np.array(np.inf),
    )
    scores = forest.scores(values)
    # above, not at: customers who are all alike have no outlier among them
    bound = np.quantile(scores, 1 - share) if np.ptp(scores) > 0 else np.inf
    return Forest(**{**forest.arrays(), "bound": np.array(bound)})


def usual_path(customers: NDArray[np.int64]) -> Array:
    """Mean path of an unsuccessful search in a random binary tree (equation 1 of the paper)."""
    n = customers.astype(np.float64)
    many = np.maximum(n, 3.0)
    harmonic = np.log(many - 1.0) + np.euler_gamma
    long = 2.0 * harmonic - 2.0 * (many - 1.0) / many
    return np.where(n > 2, long, np.where(n == 2, 1.0, 0.0))
