"""Segments where customers lie dense: HDBSCAN, which finds their number itself.

Campello, Moulavi, Sander 2013, doi:10.1007/978-3-642-37456-2_14. It calls customers between the dense places
noise; they join the segment of the nearest customer who is none.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.segment.choose import Clusters
from recsys.segment.clustering import Clustering
from recsys.segment.partition import Neighbours


class HDBSCANSegments(Clustering, frozen=True, extra="forbid"):
    """Segments by HDBSCAN; where nothing is dense there is one."""

    most: ClassVar[int | None] = 20_000
    kind: Literal["hdbscan"] = Field("hdbscan", description="How customers are grouped.")
    min_size: int | None = Field(
        None, ge=2, description="Fewest customers in a segment; null: three in a hundred, and at least five."
    )
    min_neighbours: int = Field(5, ge=1, description="Neighbours whose farthest says how dense a place is.")

    def cluster(self, points: NDArray[np.float64], k: int, seed: int) -> Clusters:
        """As many clusters as are dense; k and seed change nothing."""
        from sklearn.cluster import HDBSCAN

        size = self.min_size or max(5, int(np.ceil(0.03 * len(points))))
        labels = np.full(len(points), -1, dtype=np.int64)
        if len(points) > max(size, self.min_neighbours):
            model = HDBSCAN(min_cluster_size=size, min_samples=self.min_neighbours, copy=True)
            labels = model.fit_predict(points).astype(np.int64)
        dense = labels >= 0
        if not dense.any():
            dense, labels = np.ones(len(points), dtype=bool), np.zeros(len(points), dtype=np.int64)
        partition = Neighbours(points[dense], labels[dense], np.empty((int(dense.sum()), 0)))
        return Clusters(partition, partition.labels(points))
