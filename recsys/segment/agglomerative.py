"""Segments by merging: each customer starts alone, and the two nearest groups are joined, again and again."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.segment.choose import Clusters
from recsys.segment.numbered import NumberedClustering
from recsys.segment.partition import Neighbours


class AgglomerativeSegments(NumberedClustering, frozen=True, extra="forbid"):
    """Segments by agglomerative clustering.

    Whoever came later, or was not drawn, joins the segment of the nearest customer who was merged.
    """

    most: ClassVar[int | None] = 10_000  # distances of all pairs: 400 MB
    kind: Literal["agglomerative"] = Field("agglomerative", description="How customers are grouped.")
    linkage: Literal["ward", "complete", "average", "single"] = Field(
        "ward", description="What makes two groups near: least variance, or farthest, mean, nearest pair."
    )

    def cluster(self, points: NDArray[np.float64], k: int, seed: int) -> Clusters:
        """Exactly k clusters, as far as there are customers."""
        from sklearn.cluster import AgglomerativeClustering

        labels = np.zeros(len(points), dtype=np.int64)
        if len(points) > 1:
            labels = AgglomerativeClustering(min(k, len(points)), linkage=self.linkage).fit_predict(points)
        labels = labels.astype(np.int64)
        return Clusters(Neighbours(points, labels, np.empty((len(points), 0))), labels)
