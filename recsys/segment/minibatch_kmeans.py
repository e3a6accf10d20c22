"""K-means for millions: centres learn from batches of customers.

Sculley 2010, doi:10.1145/1772690.1772862.
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.segment.choose import Clusters
from recsys.segment.numbered import NumberedClustering
from recsys.segment.partition import Centroids


class MiniBatchKMeansSegments(NumberedClustering, frozen=True, extra="forbid"):
    """Segments by minibatch K-means."""

    kind: Literal["minibatch-kmeans"] = Field("minibatch-kmeans", description="How customers are grouped.")
    batch: int = Field(4096, ge=1, description="Customers per step.")

    def cluster(self, points: NDArray[np.float64], k: int, seed: int) -> Clusters:
        """At most k clusters."""
        from sklearn.cluster import MiniBatchKMeans
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = MiniBatchKMeans(k, n_init=10, batch_size=self.batch, random_state=seed).fit(points)
        partition = Centroids(model.cluster_centers_.astype(np.float64))
        return Clusters(partition, partition.labels(points))
