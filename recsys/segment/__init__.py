"""Known -> Segmentation: features, outliers, reduction, clustering, choosing k, naming, profile."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from recsys.segment.profile import profile  # before anyone binds its module to that name

if TYPE_CHECKING:
    from recsys.segment.agglomerative import AgglomerativeSegments
    from recsys.segment.fitted import FittedSegments
    from recsys.segment.gmm import GMMSegments
    from recsys.segment.hdbscan import HDBSCANSegments
    from recsys.segment.kmeans import KMeansSegments
    from recsys.segment.minibatch_kmeans import MiniBatchKMeansSegments
    from recsys.segment.rfm_rules import RFMRules

__all__ = [
    "AgglomerativeSegments",
    "FittedSegments",
    "GMMSegments",
    "HDBSCANSegments",
    "KMeansSegments",
    "MiniBatchKMeansSegments",
    "RFMRules",
    "profile",
]

_HOME = {
    "AgglomerativeSegments": "agglomerative",
    "FittedSegments": "fitted",
    "GMMSegments": "gmm",
    "HDBSCANSegments": "hdbscan",
    "KMeansSegments": "kmeans",
    "MiniBatchKMeansSegments": "minibatch_kmeans",
    "RFMRules": "rfm_rules",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
