"""Segments as normal distributions that overlap: a Gaussian mixture, with each customer's memberships."""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.segment.choose import Clusters
from recsys.segment.numbered import NumberedClustering
from recsys.segment.partition import Mixture


class GMMSegments(NumberedClustering, frozen=True, extra="forbid"):
    """Segments by a mixture of normal distributions, each with its own covariance.

    BIC (Schwarz 1978, doi:10.1214/aos/1176344136) is one more figure by which k: auto ranks.
    """

    kind: Literal["gmm"] = Field("gmm", description="How customers are grouped.")
    starts: int = Field(5, ge=1, description="Runs per k, of which the likeliest is kept.")
    covariance: Literal["full", "tied", "diag", "spherical"] = Field(
        "full", description="Shape of the segments: own ellipsoids, one for all, along the axes, or balls."
    )
    floor: float = Field(
        1e-3, gt=0, description="Least variance of a segment along any axis, which keeps it from collapsing."
    )

    def cluster(self, points: NDArray[np.float64], k: int, seed: int) -> Clusters:
        """At most k clusters; components that nobody is likeliest to belong to are dropped later."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = GaussianMixture(
                min(k, len(points)),
                covariance_type=self.covariance,
                n_init=self.starts,
                reg_covar=self.floor,
                random_state=seed,
            )
            labels = model.fit_predict(points) if len(points) > 1 else None
        if labels is None:
            return Clusters(_around(points[0], self.floor), np.zeros(1, dtype=np.int64))
        cholesky = _matrices(model.precisions_cholesky_, self.covariance, *model.means_.shape)
        partition = Mixture(model.weights_, model.means_, cholesky)
        return Clusters(partition, labels.astype(np.int64), float(model.bic(points)))


def _matrices(
    cholesky: NDArray[np.float64], covariance: str, components: int, axes: int
) -> NDArray[np.float64]:
    """One matrix for each component, (components, axes, axes), whatever the shape of the segments."""
    if covariance == "full":
        return cholesky
    if covariance == "tied":
        return np.repeat(cholesky[None], components, axis=0)
    return np.reshape(cholesky, (components, -1, 1)) * np.eye(axes)


def _around(point: NDArray[np.float64], variance: float) -> Mixture:
    """One component at a single customer."""
    return Mixture(np.ones(1), point[None], np.eye(len(point))[None] / np.sqrt(variance))
