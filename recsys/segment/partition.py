"""How the plane is divided: given points, which cluster each belongs to. Each kind can be saved as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Partition(Protocol):
    """Clusters 0 to size - 1 of any point."""

    kind: ClassVar[str]

    @property
    def size(self) -> int: ...

    def labels(self, points: Array) -> NDArray[np.int64]:
        """The cluster of each point, (n,)."""
        ...

    def memberships(self, points: Array) -> Array | None:
        """The probability of each cluster, (n, size); None where membership is all or nothing."""
        ...

    def ordered(self, order: NDArray[np.int64]) -> Partition:
        """Only these clusters, in this order; those left out hold no point."""
        ...


@dataclass(frozen=True, eq=False)
class Centroids:
    """The nearest centroid; centers: (clusters, components)."""

    kind: ClassVar[str] = "centroids"
    centers: Array

    @property
    def size(self) -> int:
        return len(self.centers)

    def labels(self, points: Array) -> NDArray[np.int64]:
        """The nearest; of equals the first."""
        from scipy.spatial.distance import cdist

        return cdist(points, self.centers, "sqeuclidean").argmin(axis=1)

    def memberships(self, points: Array) -> Array | None:
        return None

    def ordered(self, order: NDArray[np.int64]) -> Centroids:
        return Centroids(self.centers[order])


@dataclass(frozen=True, eq=False)
class Mixture:
    """The likeliest normal distribution of a mixture.

    weights: (clusters,). means: (clusters, c). cholesky: (clusters, c, c) of the precisions.
    """

    kind: ClassVar[str] = "mixture"
    weights: Array
    means: Array
    cholesky: Array

    @property
    def size(self) -> int:
        return len(self.weights)

    def labels(self, points: Array) -> NDArray[np.int64]:
        return self.memberships(points).argmax(axis=1)

    def memberships(self, points: Array) -> Array:
        """Posterior probabilities, (n, clusters), as scikit-learn computes them."""
        from sklearn.mixture import GaussianMixture

        model = GaussianMixture(self.size)
        model.weights_, model.means_, model.precisions_cholesky_ = self.weights, self.means, self.cholesky
        return np.asarray(model.predict_proba(points))

    def ordered(self, order: NDArray[np.int64]) -> Mixture:
        return Mixture(self.weights[order], self.means[order], self.cholesky[order])


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The cluster of the nearest customer of the fit.

    points: (m, components) of those customers. of: (m,) their clusters. shares: (m, clusters) their
    memberships, or (m, 0) without.
    """

    kind: ClassVar[str] = "neighbours"
    points: Array
    of: NDArray[np.int64]
    shares: Array

    @property
    def size(self) -> int:
        return int(self.of.max()) + 1

    def labels(self, points: Array) -> NDArray[np.int64]:
        return self.of[self._nearest(points)]

    def memberships(self, points: Array) -> Array | None:
        return self.shares[self._nearest(points)] if self.shares.shape[1] else None

    def ordered(self, order: NDArray[np.int64]) -> Neighbours:
        place = np.full(self.size, -1, dtype=np.int64)
        place[order] = np.arange(len(order))
        of = place[self.of]
        kept = of >= 0  # customers who are alike in the features can be of several clusters of a map
        shares = self.shares[:, order] if self.shares.shape[1] else self.shares
        return Neighbours(self.points[kept], of[kept], shares[kept])

    def _nearest(self, points: Array) -> NDArray[np.int64]:
        from scipy.spatial import KDTree

        return np.asarray(KDTree(self.points).query(points)[1], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Scores:
    """The segment that the scores of recency, and of frequency and money together, stand for.

    edges: (3, 4) between the five scores of recency (days), frequency, money. table: (5, 5) the segment of
    each recency score and frequency-and-money score, less 1.
    """

    kind: ClassVar[str] = "scores"
    edges: Array
    table: NDArray[np.int64]

    @property
    def size(self) -> int:
        return int(self.table.max()) + 1

    def labels(self, points: Array) -> NDArray[np.int64]:
        recency, frequency, money = (
            np.searchsorted(edges, values, side="left")
            for edges, values in zip(self.edges, points.T, strict=True)
        )
        return self.table[4 - recency, (frequency + money + 1) // 2]

    def memberships(self, points: Array) -> Array | None:
        return None

    def ordered(self, order: NDArray[np.int64]) -> Scores:
        return Scores(self.edges, np.argsort(order)[self.table])


KINDS: dict[str, Any] = {one.kind: one for one in (Centroids, Mixture, Neighbours, Scores)}


def arrays(partition: Any) -> dict[str, Array]:
    """What there is to save of a partition."""
    return {part.name: getattr(partition, part.name) for part in fields(partition)}
