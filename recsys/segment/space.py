"""Where a customer lies: log1p on the skewed features, standardised, reduced by PCA.

Fitted once; a later customer is placed by the same means, scales and axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.segment.vocabulary import FEATURES


@dataclass(frozen=True, eq=False)
class Space:
    """features: their names, (f,). center, scale: (f,) on the log1p scale. axes: (components, f)."""

    features: tuple[str, ...]
    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64]

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw features (n, f) to points (n, components)."""
        standard = (_unskewed(self.features, values) - self.center) / self.scale
        # einsum, not BLAS: a row's point depends neither on the other rows nor on the number of threads
        return np.einsum("nf,cf->nc", standard, self.axes)


def fit_space(features: tuple[str, ...], values: NDArray[np.float64], explained_variance: float) -> Space:
    """The fewest axes that keep this share of the variance of `values`, (n, f)."""
    from sklearn.preprocessing import StandardScaler

    level = _unskewed(features, values)
    scaler = StandardScaler().fit(level)
    axes = _axes(scaler.transform(level), explained_variance)
    return Space(features, scaler.mean_, scaler.scale_, axes)


def _axes(standard: NDArray[np.float64], explained_variance: float) -> NDArray[np.float64]:
    from sklearn.decomposition import PCA

    # Standardised columns have variance 1, constant ones 0 up to rounding: one customer, or all alike.
    if standard.var(axis=0).max() < 0.5:
        return np.eye(standard.shape[1])
    wanted = explained_variance if explained_variance < 1 else None
    return np.asarray(PCA(wanted, svd_solver="covariance_eigh").fit(standard).components_)


def _unskewed(features: tuple[str, ...], values: NDArray[np.float64]) -> NDArray[np.float64]:
    skewed = np.array([FEATURES[name].skewed for name in features])
    return np.where(skewed, np.log1p(np.where(skewed, values, 0.0)), values)
