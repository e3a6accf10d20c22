"""Customers grouped by how they buy: K-means on reduced features, fitted once and then only assigned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, field_validator, model_validator

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation
from recsys.segment import choose, vocabulary
from recsys.segment.naming import name_segments
from recsys.segment.space import Space, fit_space

ARRAYS, TEXTS = "segments.npz", "segments.json"


class KMeansSegments(BaseModel, frozen=True, extra="forbid"):
    """Segments by K-means; the `segments:` section of a config."""

    kind: Literal["kmeans"] = Field("kmeans", description="How customers are grouped.")
    features: Literal["rfm", "behaviour"] | tuple[str, ...] = Field(
        "rfm",
        description="rfm (recency, frequency, monetary), behaviour (all eleven), or a list of feature names.",
    )
    k: Annotated[int, Field(strict=True, ge=1, le=100)] | Literal["auto"] = Field(
        "auto", description="Number of segments, or auto: the best silhouette within k_min to k_max."
    )
    k_min: int = Field(4, ge=2, le=100, description="Fewest segments that k: auto tries.")
    k_max: int = Field(8, ge=2, le=100, description="Most segments that k: auto tries.")
    explained_variance: float = Field(
        0.95, gt=0, le=1, description="Share of the features' variance that the PCA axes keep."
    )

    @field_validator("features", mode="before")
    @classmethod
    def _features_exist(cls, value: Any) -> Any:
        if isinstance(value, str):
            vocabulary.check_preset(value)
        elif isinstance(value, list | tuple):
            vocabulary.check_names([str(name) for name in value])
        return value

    @model_validator(mode="after")
    def _range_in_order(self) -> KMeansSegments:
        if self.k_min > self.k_max:
            raise ValueError(f"k_min is {self.k_min}: expected at most k_max, which is {self.k_max}")
        return self

    def fit(self, known: Known, rng: np.random.Generator) -> FittedKMeans:
        """Space, centroids and names from what is known at this cutoff."""
        names = vocabulary.chosen(self.features, priced=known.history.priced)
        figures = _figures(known, names)
        # Sorted, so that the order of the customers does not matter.
        values = _sorted_rows(figures[list(names)].to_numpy())
        space = fit_space(names, values, self.explained_variance)
        points = space.place(values)
        wanted = None if self.k == "auto" else self.k
        ks = choose.candidates(points, wanted, self.k_min, self.k_max)
        trials = choose.choose(points, ks, rng)
        notes = _notes(known, wanted or self.k_min, trials[0].k)
        return _described(space, trials[0].centroids, choose.evidence(trials, notes), figures)


@dataclass(frozen=True, eq=False)
class FittedKMeans:
    """A space, one centroid per segment in it, and the segments' names, fixed at the fit.

    centroids: (segments, components), most valuable segment first.
    """

    space: Space
    centroids: NDArray[np.float64]
    names: tuple[str, ...]
    evidence: tuple[dict[str, Any], ...]

    def assign(self, known: Known) -> Segmentation:
        """Every customer with history to the nearest centroid; features are those at this cutoff."""
        figures = _figures(known, self.space.features)
        codes = _nearest(self.space, self.centroids, figures)
        return Segmentation(self.names, codes, figures, self.evidence)

    def save(self, folder: Path) -> None:
        """Arrays to segments.npz, texts to segments.json."""
        folder.mkdir(parents=True, exist_ok=True)
        space = self.space
        np.savez(
            folder / ARRAYS,
            center=space.center,
            scale=space.scale,
            axes=space.axes,
            centroids=self.centroids,
        )
        texts = {"features": space.features, "names": self.names, "evidence": self.evidence}
        (folder / TEXTS).write_text(json.dumps(texts, indent=2, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> FittedKMeans:
        """What `save` wrote."""
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            space = Space(tuple(texts["features"]), arrays["center"], arrays["scale"], arrays["axes"])
            return cls(space, arrays["centroids"], tuple(texts["names"]), tuple(texts["evidence"]))


def _figures(known: Known, names: tuple[str, ...]) -> pd.DataFrame:
    """The features clustered on, and those that name and order segments; row = customer code."""
    from recsys.segment.features import features

    naming = vocabulary.chosen("rfm", priced=known.history.priced)
    return features(known, dict.fromkeys((*names, *naming)))


def _nearest(space: Space, centroids: NDArray[np.float64], figures: pd.DataFrame) -> NDArray[np.int16]:
    """The code of each customer's nearest centroid."""
    from scipy.spatial.distance import cdist

    points = space.place(figures[list(space.features)].to_numpy())
    return cdist(points, centroids, "sqeuclidean").argmin(axis=1).astype(np.int16)


def _described(
    space: Space,
    centroids: NDArray[np.float64],
    evidence: tuple[dict[str, Any], ...],
    figures: pd.DataFrame,
) -> FittedKMeans:
    """Segments put in order of worth, and named."""
    ordered = centroids[_by_worth(figures, _nearest(space, centroids, figures))]
    codes = _nearest(space, ordered, figures)
    return FittedKMeans(space, ordered, name_segments(figures, codes, len(ordered)), evidence)


def _by_worth(figures: pd.DataFrame, codes: NDArray[np.int16]) -> NDArray[np.int64]:
    """Codes that have customers, by median worth, then mean worth, highest first, then median recency."""
    value = vocabulary.value_of(figures)
    groups = figures.groupby(codes)
    keys = {
        "median": -groups[value].median(),
        "mean": -groups[value].mean(),
        "age": groups["recency"].median(),
    }
    return pd.DataFrame(keys).sort_values(list(keys), kind="stable").index.to_numpy()


def _sorted_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.lexsort(values.T)]


def _notes(known: Known, asked: int, found: int) -> list[str]:
    """What a reader of the report must know about how k was chosen."""
    notes = []
    customers = len(known.history.customers)
    if not known.history.priced:
        notes.append("the log has no prices: units stand in for money")
    if found < asked:
        notes.append(f"{found} instead of {asked} segments: {customers:,} customers do not make more")
    if customers > choose.SAMPLE:
        notes.append(f"k was chosen among {choose.SAMPLE:,} of {customers:,} customers, drawn at random")
    return notes
