"""Known -> Segmentation: features, reduction, clustering, choosing k, naming, profile."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.segment.kmeans import FittedKMeans, KMeansSegments
    from recsys.segment.profile import profile

__all__ = ["FittedKMeans", "KMeansSegments", "profile"]

_HOME = {"FittedKMeans": "kmeans", "KMeansSegments": "kmeans", "profile": "profile"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found  # importing the submodule `profile` bound its module to that name
    return found
