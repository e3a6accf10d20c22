"""Segments around centres: K-means, of several starts the one with the least inertia."""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.segment.choose import Clusters
from recsys.segment.numbered import NumberedClustering
from recsys.segment.partition import Centroids

STARTS = 10
"""Runs per k."""


class KMeansSegments(NumberedClustering, frozen=True, extra="forbid"):
    """Segments by K-means."""

    kind: Literal["kmeans"] = Field("kmeans", description="How customers are grouped.")

    def cluster(self, points: NDArray[np.float64], k: int, seed: int) -> Clusters:
        """At most k clusters."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            # A sample may hold fewer distinct points than k; clusters that stay empty are dropped later.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = KMeans(k, n_init=STARTS, random_state=seed).fit(points)
        return Clusters(Centroids(model.cluster_centers_), model.labels_.astype(np.int64))
