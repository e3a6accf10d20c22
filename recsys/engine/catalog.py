"""What exists: a new recommender is one file and one line here; other packages use entry points."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel

from recsys.core.protocols import Fitted
from recsys.recommend.als import ALS
from recsys.recommend.association import Association
from recsys.recommend.base import Composite, RecommenderModel
from recsys.recommend.blend import Blend
from recsys.recommend.content import Content
from recsys.recommend.ease import EASE
from recsys.recommend.fallback import Fallback
from recsys.recommend.graph import P3alpha, RP3beta
from recsys.recommend.implicit_factors import BPR, LMF
from recsys.recommend.item_knn import ItemKNN
from recsys.recommend.per_segment import PerSegment
from recsys.recommend.popularity import Popularity
from recsys.recommend.pure_svd import PureSVD
from recsys.recommend.random import Random
from recsys.recommend.repurchase import Repurchase
from recsys.recommend.segment_bestsellers import SegmentBestsellers
from recsys.recommend.slim import SLIM
from recsys.recommend.slit import SLIT
from recsys.recommend.surprise_ratings import Surprise
from recsys.recommend.tifu_knn import TifuKNN
from recsys.recommend.two_stage import TwoStage
from recsys.recommend.up_cf import UPCF
from recsys.recommend.user_knn import UserKNN
from recsys.segment.agglomerative import AgglomerativeSegments
from recsys.segment.gmm import GMMSegments
from recsys.segment.hdbscan import HDBSCANSegments
from recsys.segment.kmeans import KMeansSegments
from recsys.segment.minibatch_kmeans import MiniBatchKMeansSegments
from recsys.segment.rfm_rules import RFMRules

RECOMMENDERS: tuple[type[RecommenderModel], ...] = (
    Popularity,
    SegmentBestsellers,
    Repurchase,
    ItemKNN,
    UserKNN,
    TifuKNN,
    UPCF,
    Association,
    P3alpha,
    RP3beta,
    EASE,
    SLIM,
    SLIT,
    ALS,
    BPR,
    LMF,
    PureSVD,
    Surprise,
    Content,
    TwoStage,
    Blend,
    PerSegment,
    Fallback,
    Random,
)
SEGMENTERS: tuple[type[BaseModel], ...] = (
    KMeansSegments,
    MiniBatchKMeansSegments,
    GMMSegments,
    AgglomerativeSegments,
    HDBSCANSegments,
    RFMRules,
)


def kind_of(model: type[BaseModel]) -> str:
    """The value of `kind` that chooses this model in a config."""
    return str(model.model_fields["kind"].default)


@cache
def recommenders() -> dict[str, type[RecommenderModel]]:
    """Every kind of recommender, ours first, then those of the entry-point group `recsys.recommenders`."""
    return _with_plugins(RECOMMENDERS, "recsys.recommenders")


@cache
def segmenters() -> dict[str, type[BaseModel]]:
    """Every kind of segmenter, ours first, then those of the entry-point group `recsys.segmenters`."""
    return _with_plugins(SEGMENTERS, "recsys.segmenters")


def _with_plugins(ours: tuple[type[Any], ...], group: str) -> dict[str, type[Any]]:
    found = {kind_of(model): model for model in ours}
    for entry in entry_points(group=group):
        model = entry.load()
        found.setdefault(kind_of(model), model)
    return found


def load_model(folder: Path) -> Fitted:
    """A fitted recommender that `save` wrote, with its parts."""
    stored = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    model = recommenders()[stored["kind"]]
    made_by = model.combine if issubclass(model, Composite) else model.fit  # type: ignore[attr-defined]
    fitted: Any = get_type_hints(made_by)["return"]
    return fitted.load(folder, tuple(load_model(folder / str(at)) for at in range(stored["parts"])))
