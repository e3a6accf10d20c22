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
    draws: what a customer gets depends on their code (a random start or draw), so renaming may change it.
    needs: "descriptions" or "segments": refuses with RecommendError without them.
    parts: entries of the config that `parts` names.
    """

    config: Mapping[str, Any]
    collaborative: bool = False
    draws: bool = False
    needs: str = ""
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


def first_of(**parts: Example) -> Example:
    return Example(
        {"kind": "fallback", "parts": list(parts)},
        needs=next((part.needs for part in parts.values() if part.needs), ""),
        draws=any(part.draws for part in parts.values()),
        parts=parts,
    )


ALS = Example(
    {"kind": "als", "factors": 6, "iterations": 12, "regularization": 0.05}, collaborative=True, draws=True
)
CONTENT = Example({"kind": "content"}, needs="descriptions")
SEGMENTS = Example({"kind": "segment-bestsellers"}, needs="segments")
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
    knn(),
    knn(similarity="jaccard"),
    plain("item-knn", keep_self=True, neighbours=3),
    knn(similarity="tfidf", weighting="count", score_with="plain"),
    knn(similarity="bm25", weighting="log", neighbours=9),
    knn(similarity="dice"),
    knn(similarity="lift", shrink=0.1),
    knn(similarity="conditional", alpha=0.7),
    Example({"kind": "ease", "l2": 5.0}, collaborative=True),
    Example({"kind": "ease", "l2": 2.0, "weighting": DECAY}, collaborative=True),
    plain("ease", max_products=7),
    knn(weighting=DECAY, shrink=1.5),
    ALS,
    Example({**ALS.config, "alpha": 0.5, "weighting": DECAY}, collaborative=True, draws=True),
    CONTENT,
    Example({"kind": "content", "weighting": "count", "max_share": 1.0}, needs="descriptions"),
    Example({"kind": "random"}, draws=True),
    first_of(own=plain("repurchase"), popular=plain("popularity")),
    first_of(knn=knn(), content=CONTENT),
    first_of(inner=first_of(segments=SEGMENTS, own=plain("repurchase")), als=ALS),
)


def segmented(known: Known, of: Callable[[str], int] = lambda name: sum(map(ord, name)) % 3) -> Known:
    """Customers in three segments by their name."""
    codes = np.array([of(str(name)) for name in known.history.customers.names], dtype=np.int16)
    return known.with_segments(Segmentation(("a", "b", "c"), codes, pd.DataFrame(index=range(len(codes)))))
