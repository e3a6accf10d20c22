"""Segments fixed at a fit: a later customer is placed, set apart or assigned, and never moves a boundary."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation
from recsys.segment import partition as partitions
from recsys.segment import vocabulary
from recsys.segment.columns import Columns
from recsys.segment.outliers import Forest
from recsys.segment.partition import Partition
from recsys.segment.space import Space

ARRAYS, TEXTS = "segments.npz", "segments.json"
OUTLIERS = "Outliers"
UNMEASURED = "Too few lines"
"""Where a feature is unknown: gap_over_lines of customers with a single line."""


@dataclass(frozen=True, eq=False)
class FittedSegments:
    """What is told of a customer, where that lies, whose it is, and what it is called.

    names: the partition's clusters, most valuable first, then those of `apart`. evidence: one row per number
    of segments that was tried. forest: who is an outlier. apart: OUTLIERS and UNMEASURED where there may be.
    """

    columns: Columns
    space: Space
    partition: Partition
    names: tuple[str, ...]
    evidence: tuple[dict[str, Any], ...]
    forest: Forest | None = None
    apart: tuple[str, ...] = ()

    def assign(self, known: Known) -> Segmentation:
        """Every customer with history; features are those at this cutoff."""
        from threadpoolctl import threadpool_limits

        figures = self.columns.of(known)
        with threadpool_limits(1):
            labels, apart = self.labels(figures)
            shares = self.partition.memberships(self._points(figures))
        codes = labels.copy()
        for at in range(apart.shape[1]):
            codes[apart[:, at]] = self.partition.size + at
        if shares is not None:
            shares = np.where(apart.any(axis=1, keepdims=True), 0.0, shares)
            shares = np.concatenate([shares, apart], axis=1).astype(np.float32)
        return Segmentation(self.names, codes.astype(np.int16), figures, self.evidence, shares)

    def labels(self, figures: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Each customer's cluster, (n,), and whether it is set apart instead, (n, len(apart))."""
        values = self._values(figures)
        unknown = np.asarray(np.isnan(values).any(axis=1))
        level = self.space.level(np.nan_to_num(values))
        outlying = np.zeros(len(values), dtype=bool)
        if self.forest is not None:
            outlying = self.forest.outlying(level)
        told = {OUTLIERS: outlying & ~unknown, UNMEASURED: unknown}
        apart = np.zeros((len(values), len(self.apart)), dtype=bool)
        for at, name in enumerate(self.apart):
            apart[:, at] = told[name]
        return self.partition.labels(self._points(figures)), apart

    def with_names(self, order: NDArray[np.int64], names: tuple[str, ...]) -> FittedSegments:
        """These clusters in this order, called so."""
        return replace(self, partition=self.partition.ordered(order), names=names)

    def save(self, folder: Path) -> None:
        """Arrays to segments.npz, texts to segments.json."""
        folder.mkdir(parents=True, exist_ok=True)
        parts = {"space": self.space.arrays(), "partition": partitions.arrays(self.partition)}
        if self.forest is not None:
            parts["forest"] = self.forest.arrays()
        flat: dict[str, Any] = {
            f"{part}.{name}": held for part, arrays in parts.items() for name, held in arrays.items()
        }
        np.savez(folder / ARRAYS, **flat)
        texts = {
            "columns": asdict(self.columns),
            "partition": self.partition.kind,
            "names": self.names,
            "apart": self.apart,
            "evidence": self.evidence,
        }
        (folder / TEXTS).write_text(json.dumps(texts, indent=2, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> FittedSegments:
        """What `save` wrote."""
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        parts: dict[str, dict[str, Any]] = {"space": {}, "partition": {}, "forest": {}}
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            for name in arrays.files:
                part, _, held = name.partition(".")
                parts[part][held] = arrays[name]
        columns = Columns.of_texts(texts["columns"])
        return cls(
            columns,
            Space(columns.names, **parts["space"]),
            partitions.KINDS[texts["partition"]](**parts["partition"]),
            tuple(texts["names"]),
            tuple(texts["evidence"]),
            Forest(**parts["forest"]) if parts["forest"] else None,
            tuple(texts["apart"]),
        )

    def _values(self, figures: pd.DataFrame) -> NDArray[np.float64]:
        return figures[list(self.columns.names)].to_numpy()

    def _points(self, figures: pd.DataFrame) -> NDArray[np.float64]:
        return self.space.place(np.nan_to_num(self._values(figures)))


def by_worth(figures: pd.DataFrame, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes that have customers, by median worth, then mean worth, highest first, then median recency."""
    value = vocabulary.value_of(figures)
    groups = figures.groupby(codes)
    keys = {
        "median": -groups[value].median(),
        "mean": -groups[value].mean(),
        "age": groups["recency"].median(),
    }
    return pd.DataFrame(keys).sort_values(list(keys), kind="stable").index.to_numpy()
