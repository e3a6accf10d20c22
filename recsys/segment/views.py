"""What pictures of segments show, as arrays: standardised means, directions, a map, silhouettes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsys.core.segmentation import Segmentation
from recsys.segment.criteria import each_silhouette
from recsys.segment.levels import levels
from recsys.segment.tsne import tsne_map
from recsys.segment.vocabulary import is_skewed

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

DRAWN = 1_500  # customers in a scatter plot
PERPLEXITY, MAPPED = 40.0, 3_000  # of the map, and its customers
COMPARED = 5_000  # customers whose silhouettes are drawn
NEAREST = 10  # neighbours on the map


@dataclass(frozen=True, eq=False)
class Cloud:
    """Some customers as points, (n, 2) or (n, 3), and the code of each one's segment, (n,)."""

    points: Array
    codes: Codes


@dataclass(frozen=True, eq=False)
class Views:
    """Segments seen from several sides; all but `features` and `quartiles` on standardised levels.

    names: of all segments, by code. features: one row per customer shown, raw; codes: (n,) their segments;
    skewed: features whose levels are logarithms. means: (segments shown, features), of the segments `there`.
    directions: principal components, each customer's place along them (`cloud`), their share of the variance
    (`explained`) and what they are made of (`loadings`, (directions, features)). map: t-SNE, and of each
    segment shown the share of neighbours on it that are of the same segment (`together`). silhouettes: of the
    customers in `compared`, their segments.
    """

    names: tuple[str, ...]
    features: pd.DataFrame
    codes: Codes
    skewed: frozenset[str]
    there: Codes
    means: Array
    cloud: Cloud
    explained: Array
    loadings: Array
    map: Cloud
    together: Array
    silhouettes: Array
    compared: Codes


def views(found: Segmentation, shown: Collection[str], seed: int) -> Views | None:
    """The views of the customers of the segments `shown`: a picture of few is a picture of persons.

    Features that are unknown of anybody, or alike for all, are left out. None where there is nothing to
    compare: fewer than two segments or features, or no more customers than segments.
    """
    kept = np.isin(np.array(found.names, dtype=object)[found.codes], list(shown))
    codes = found.codes[kept].astype(np.int64)
    frame = found.features[kept].reset_index(drop=True)
    frame = frame.loc[:, frame.notna().all().to_numpy()]
    there = np.unique(codes)
    if len(codes) <= len(found.names) or len(there) < 2:
        return None
    level = levels(frame).to_numpy()
    apart = level.std(axis=0) > 1e-9
    if apart.sum() < 2:
        return None
    frame, level = frame.loc[:, apart], level[:, apart]
    standard = (level - level.mean(axis=0)) / level.std(axis=0)
    rng = np.random.default_rng(seed)
    some, mapped, compared = (_sample(len(codes), most, rng) for most in (DRAWN, MAPPED, COMPARED))
    with threadpool_limits(1):  # sums depend on the number of threads
        points, explained, loadings = _directions(standard, min(3, standard.shape[1]))
        flat = tsne_map(standard[mapped], PERPLEXITY, seed)
        silhouettes = each_silhouette(standard[compared], codes[compared])
        together = _together(flat, codes[mapped], there)
    part = _sample(len(mapped), DRAWN, rng)
    return Views(
        names=found.names,
        features=frame,
        codes=codes,
        skewed=frozenset(name for name in map(str, frame) if is_skewed(name)),
        there=there,
        means=pd.DataFrame(standard).groupby(codes).mean().to_numpy(),
        cloud=Cloud(points[some], codes[some]),
        explained=explained,
        loadings=loadings,
        map=Cloud(flat[part], codes[mapped[part]]),
        together=together,
        silhouettes=silhouettes,
        compared=codes[compared],
    )


def _sample(size: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of at most so many, in order."""
    return np.sort(rng.permutation(size)[:most])


def _directions(standard: Array, most: int) -> tuple[Array, Array, Array]:
    from sklearn.decomposition import PCA

    model = PCA(most, svd_solver="covariance_eigh").fit(standard)
    return model.transform(standard), model.explained_variance_ratio_, model.components_


def _together(flat: Array, codes: Codes, there: Codes) -> Array:
    """Of each segment, the mean share of its customers' neighbours who are of it too."""
    from sklearn.neighbors import NearestNeighbors

    near = min(NEAREST, len(flat) - 1)
    at = NearestNeighbors(n_neighbors=near).fit(flat).kneighbors(return_distance=False)
    same = (codes[at] == codes[:, None]).mean(axis=1)
    return np.array([same[codes == code].mean() if (codes == code).any() else np.nan for code in there])
