"""Configs of every kind in the catalog; a kind without one fails `test_every_kind_has_an_example`.

A new recommender gets one line here and inherits every contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from recsys.core.fold import Known
from recsys.core.protocols import Fitted
from recsys.core.segmentation import Segmentation
from recsys.engine import catalog
from recsys.engine.serve import Workshop
from recsys.recommend.base import Composite, RecommenderModel


@dataclass(frozen=True, eq=False)
class Example:
    """A config entry, and what this kind promises beyond the common contract.

    collaborative: learns from other customers, so it must answer the checkerboard.
    draws: what a customer gets depends on codes (a random start or draw, a tie), so renaming may change it.
    needs: "descriptions", "segments" or "lessons": refuses with RecommendError without them.
    relative: scores depend on what else is in the list, or ties on whom a part was fitted on.
    parts: entries of the config that `parts` names.
    """

    config: Mapping[str, Any]
    collaborative: bool = False
    draws: bool = False
    needs: str = ""
    relative: bool = False
    parts: Mapping[str, Example] = field(default_factory=dict)

    def __str__(self) -> str:
        said = [f"{name}={value}" for name, value in self.config.items() if name not in ("kind", "parts")]
        return " ".join([self.config["kind"], *said, *self.parts])

    @property
    def model(self) -> RecommenderModel:
        """The recommender, made as the config makes it."""
        return catalog.recommenders()[self.config["kind"]].model_validate(dict(self.config))

    @property
    def models(self) -> dict[str, RecommenderModel]:
        """The parts by name, and theirs."""
        found = {name: part.model for name, part in self.parts.items()}
        for part in self.parts.values():
            found |= part.models
        return found

    def fit(self, known: Known, seed: int = 5) -> Fitted:
        """Fitted, with its parts."""
        model = self.model
        rng = np.random.default_rng(seed)
        if isinstance(model, Composite):
            return model.combine(known, rng, workshop(self.models, known, seed))
        return model.fit(known, rng)  # type: ignore[attr-defined, no-any-return]


def workshop(models: Mapping[str, RecommenderModel], known: Known, seed: int = 5) -> Workshop:
    """Recommenders that a composite may ask for, each from the same seed."""
    return Workshop(models, known, lambda name: np.random.default_rng(seed))


def plain(kind: str, **fields: Any) -> Example:
    return Example({"kind": kind, **fields})


def knn(**fields: Any) -> Example:
    return Example({"kind": "item-knn", **fields}, collaborative=True)


def made_of(
    kind: str, needs: str = "", relative: bool = False, draws: bool = False, **fields: Any
) -> Example:
    """A recommender made of those fields that are examples; it needs and draws what they do."""
    parts = {name: value for name, value in fields.items() if isinstance(value, Example)}
    plain = {name: value for name, value in fields.items() if name not in parts}
    return Example(
        {"kind": kind, "parts": list(parts), **plain},
        needs=needs or next((part.needs for part in parts.values() if part.needs), ""),
        draws=draws or any(part.draws for part in parts.values()),
        relative=relative,
        parts=parts,
    )


def first_of(**parts: Example) -> Example:
    return made_of("fallback", **parts)


ALS = Example(
    {"kind": "als", "factors": 6, "iterations": 12, "regularization": 0.05}, collaborative=True, draws=True
)
CONTENT = Example({"kind": "content"}, needs="descriptions")
SEGMENTS = Example({"kind": "segment-bestsellers"}, needs="segments")
LESSONS = {"trees": 10, "min_leaf": 5, "window_days": 20}
DECAY = {"kind": "decay", "half_life_days": 30}

EXAMPLES: tuple[Example, ...] = (
    plain("popularity"),
    plain("popularity", window_days=20),
    plain("popularity", by="revenue"),
    plain("popularity", by="units"),
    SEGMENTS,
    Example({"kind": "segment-bestsellers", "by": "lines", "window_days": 45}, needs="segments"),
    plain("repurchase"),
    plain("repurchase", half_life_days=20),
    plain("repurchase", rhythm="poisson-gamma"),
    plain("repurchase", rhythm="modified-poisson-gamma", shrink=2.0),
    knn(),
    knn(similarity="jaccard"),
    plain("item-knn", keep_self=True, neighbours=3),
    knn(similarity="tfidf", weighting="count", score_with="plain"),
    knn(similarity="bm25", weighting="log", neighbours=9),
    knn(similarity="dice"),
    knn(similarity="lift", shrink=0.1),
    knn(similarity="conditional", alpha=0.7),
    knn(similarity="asymmetric", alpha=0.3, neighbours_of="target"),
    knn(similarity="tversky", tversky=(0.5, 1.5), neighbours_of="target", neighbours=6),
    knn(similarity="bm25", score_with="features", normalize=True),
    Example({"kind": "ease", "l2": 5.0}, collaborative=True),
    Example({"kind": "ease", "l2": 2.0, "weighting": DECAY}, collaborative=True),
    plain("ease", max_products=7, approximate=False),
    Example({"kind": "ease", "l2": 5.0, "approximate": True, "neighbours": 8}, collaborative=True),
    plain("ease", max_products=7, neighbours=4, alpha=0.5, block_share=0.4),
    Example({"kind": "slim", "l1": 0.1, "l2": 2.0}, collaborative=True),
    Example({"kind": "slim", "neighbours": 6, "l2": 5.0, "weighting": DECAY, "l1": 0.01}, collaborative=True),
    plain("slim", l1=0.01, l2=2.0, non_negative=False, neighbours=None),
    plain("slit", l2=2.0, horizon_days=20),  # a checkerboard of one day has no later days to learn from
    plain("slit", l2=5.0, horizon_days=10, stride_days=5, max_products=7, weighting="log"),
    plain("slit"),
    knn(weighting=DECAY, shrink=1.5),
    ALS,
    Example({**ALS.config, "alpha": 0.5, "weighting": DECAY}, collaborative=True, draws=True),
    CONTENT,
    Example({"kind": "content", "weighting": "count", "max_share": 1.0}, needs="descriptions"),
    Example({"kind": "content", "encoder": "lsa", "factors": 5, "max_share": 1.0}, needs="descriptions"),
    Example({"kind": "random"}, draws=True),
    Example({"kind": "user-knn", "neighbours": 8}, collaborative=True, draws=True),
    Example({"kind": "user-knn", "weighting": "log", "shrink": 2.0}, collaborative=True),
    plain("tifu-knn"),
    Example({"kind": "tifu-knn", "neighbours": 8, "group_size": 3}, collaborative=True, draws=True),
    Example({"kind": "up-cf"}, collaborative=True),
    Example({"kind": "up-cf", "recency": None, "neighbours": 8}, collaborative=True, draws=True),
    Example({"kind": "association", "min_support": 1, "min_lift": 0.0}, collaborative=True),
    Example(
        {"kind": "association", "min_support": 1, "min_lift": 0.0, "score": "confidence", "aggregate": "max"},
        collaborative=True,
    ),
    Example({"kind": "p3alpha"}, collaborative=True),
    Example({"kind": "p3alpha", "keep": "both", "normalize": True}, collaborative=True),
    Example({"kind": "rp3beta", "keep": "to", "neighbours": 9}, collaborative=True),
    Example({"kind": "rp3beta", "alpha": 0.8, "beta": 0.4, "weighting": "count"}, collaborative=True),
    Example({"kind": "pure-svd", "factors": 4}, collaborative=True),
    plain("pure-svd", factors=500),
    Example({"kind": "bpr", "factors": 6, "iterations": 150}, draws=True),
    Example({"kind": "lmf", "factors": 6}, draws=True),
    Example({"kind": "surprise", "factors": 5}, draws=True),
    Example({"kind": "surprise", "algorithm": "svdpp", "factors": 3, "stars": "count"}, draws=True),
    Example({"kind": "surprise", "algorithm": "nmf", "factors": 4, "iterations": 20}, draws=True),
    plain("surprise", algorithm="baseline", negatives=0),
    Example({"kind": "surprise", "algorithm": "co-clustering", "clusters": 2}, draws=True),
    plain("surprise", algorithm="slope-one", negatives=0, stars="quantile"),
    Example({"kind": "surprise", "algorithm": "knn-basic", "between": "customers"}, draws=True),
    plain("surprise", algorithm="knn-means", negatives=0, similarity="cosine", neighbours=4),
    Example({"kind": "surprise", "algorithm": "knn-zscore", "min_neighbours": 2}, draws=True),
    Example({"kind": "surprise", "algorithm": "knn-baseline", "negatives": 1, "shrink": 5}, draws=True),
    made_of("blend", relative=True, knn=knn(), own=plain("repurchase")),
    made_of("blend", relative=True, by="rank", weights=[2.0, 1.0], als=ALS, popular=plain("popularity")),
    made_of("per-segment", needs="segments", serve={"b": "own"}, popular=plain("popularity"), own=knn()),
    made_of("per-segment", needs="segments", relative=True, fit_each=True, knn=knn()),
    made_of("two-stage", needs="lessons", draws=True, **LESSONS, knn=knn(), popular=plain("popularity")),
    made_of(
        "two-stage", needs="lessons", draws=True, **LESSONS, learn="new", own=plain("repurchase"), knn=knn()
    ),
    made_of("two-stage", needs="lessons", draws=True, **LESSONS, networks=2, passes=2, knn=knn()),
    first_of(own=plain("repurchase"), popular=plain("popularity")),
    first_of(knn=knn(), content=CONTENT),
    first_of(inner=first_of(segments=SEGMENTS, own=plain("repurchase")), als=ALS),
)


def segmented(known: Known, of: Callable[[str], int] = lambda name: sum(map(ord, name)) % 3) -> Known:
    """Customers in three segments by their name."""
    codes = np.array([of(str(name)) for name in known.history.customers.names], dtype=np.int16)
    return known.with_segments(Segmentation(("a", "b", "c"), codes, pd.DataFrame(index=range(len(codes)))))
