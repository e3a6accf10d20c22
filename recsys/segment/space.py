"""Where a customer lies: log1p on the skewed features, clipped, standardised, turned to principal axes.

Fitted once; a later customer is placed by the same bounds, means, scales and axes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsys.segment.vocabulary import described

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Space:
    """features: their names, (f,). logged: (f,) 1 where read on a log1p scale, below 0 mirrored.

    grain: (f,) what a feature is divided by first: below it the scale is even, far above it logarithmic.
    low, high: (f,) bounds on that scale. center, scale: (f,) on it too. axes: (components, f).
    """

    features: tuple[str, ...]
    logged: Array
    grain: Array
    low: Array
    high: Array
    center: Array
    scale: Array
    axes: Array

    def level(self, values: Array) -> Array:
        """Raw features (n, f) on the scale that they are compared on."""
        return level(values, self.logged, self.grain)

    def standard(self, values: Array) -> Array:
        """Raw features (n, f) clipped and standardised, (n, f)."""
        return (np.clip(self.level(values), self.low, self.high) - self.center) / self.scale

    def place(self, values: Array) -> Array:
        """Raw features (n, f) to points (n, components)."""
        # einsum, not BLAS: a row's point depends neither on the other rows nor on the number of threads
        return np.einsum("nf,cf->nc", self.standard(values), self.axes)

    def arrays(self) -> dict[str, Array]:
        """What there is to save beside the names."""
        return {part.name: getattr(self, part.name) for part in fields(self) if part.name != "features"}


def level(values: Array, logged: Array, grain: Array) -> Array:
    """log1p of the grains where `logged`; a negative figure is mirrored."""
    return np.where(logged > 0, np.sign(values) * np.log1p(np.abs(values) / grain), values)


def fit_space(
    features: tuple[str, ...],
    values: Array,
    *,
    log: bool = True,
    grain: Mapping[str, float] | None = None,
    clip: float = 0.0,
    unscaled: Collection[str] = (),
    pca: float | int | None = 0.95,
) -> Space:
    """The space of `values`, (n, f).

    grain: what logged features are divided by first, 1 unless said. clip: the share of customers beyond each
    bound (indicators have none). unscaled: features that keep their variance, as indicators do. pca: an
    integer: so many axes; below 1: the fewest that keep this share of the variance; None: the features
    themselves are the axes.
    """
    from sklearn.preprocessing import StandardScaler

    told = [described(name) for name in features]
    logged = np.array([float(log and feature.skewed) for feature in told])
    grains = np.array([(grain or {}).get(name, 1.0) for name in features])
    leveled = level(values, logged, grains)
    bounds = np.tile([[-np.inf], [np.inf]], len(features))
    if clip:
        free = np.array([feature.indicator for feature in told])
        bounds = np.where(free, bounds, np.quantile(leveled, [clip, 1 - clip], axis=0))
    leveled = np.clip(leveled, *bounds)
    scaler = StandardScaler().fit(leveled)
    kept = [name in unscaled or feature.indicator for name, feature in zip(features, told, strict=True)]
    scale = np.where(kept, 1.0, scaler.scale_)
    axes = _axes((leveled - scaler.mean_) / scale, pca)
    return Space(features, logged, grains, bounds[0], bounds[1], scaler.mean_, scale, axes)


def _axes(standard: Array, pca: float | int | None) -> Array:
    from sklearn.decomposition import PCA

    # Standardised columns have variance 1, constant ones 0 up to rounding: one customer, or all alike.
    if pca is None or standard.var(axis=0).max() < 1e-9:
        return np.eye(standard.shape[1])
    wanted = min(pca, *standard.shape) if isinstance(pca, int) else pca if pca < 1 else None
    return np.asarray(PCA(wanted, svd_solver="covariance_eigh").fit(standard).components_)
