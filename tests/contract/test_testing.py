"""The checks that other packages use: ours pass them, and each broken promise is found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import BaseModel

from recsys.core.fold import Known
from recsys.core.judged import Judged
from recsys.core.protocols import Seen
from recsys.core.segmentation import Segmentation
from recsys.core.topk import TopK
from recsys.engine import catalog
from recsys.measure.accuracy import AtK
from recsys.measure.catalog import DECIDING
from recsys.recommend.popularity import FittedPopularity, Popularity
from recsys.testing import check_encoder, check_metric, check_recommender, check_segmenter, shop


@pytest.mark.parametrize("kind", ["popularity", "repurchase", "item-knn", "ease", "content"])
def test_our_recommenders_pass(kind: str) -> None:
    check_recommender(catalog.recommenders()[kind]())


@pytest.mark.parametrize("kind", ["kmeans", "rfm-rules"])
def test_our_segmenters_pass(kind: str) -> None:
    check_segmenter(catalog.segmenters()[kind]())


@pytest.mark.parametrize("metric", DECIDING)
def test_our_metrics_pass(metric: type[AtK]) -> None:
    check_metric(type(metric.__name__, (metric,), {"decides": True}))


def test_the_shop_is_the_same_each_time() -> None:
    one, two = shop(), shop()
    assert one.history.lines.equals(two.history.lines)
    assert len(one.history.customers) == 24
    assert not shop(3).history.lines.equals(one.history.lines)


class Forgetful(FittedPopularity):
    """Breaks one promise, by name."""

    broken: ClassVar[str] = ""

    def recommend(self, customers: Any, k: int, *, seen: Seen = Seen.DROP, allowed: Any = None) -> TopK:
        if self.broken == "seen":
            seen = Seen.KEEP
        if self.broken == "allowed":
            allowed = None
        found = super().recommend(customers, k, seen=seen, allowed=allowed)
        if self.broken == "twice":
            found.products[:, 1] = found.products[:, 0]
        if self.broken == "head" and k < 6:
            found.products[:] = found.products[:, ::-1]
        if self.broken == "types":
            found = replace(found, scores=found.scores.astype(np.float64))
        return found

    @property
    def serves_newcomers(self) -> bool:
        return self.broken != "newcomers"

    def save(self, folder: Path) -> None:
        if self.broken == "save":
            replace(self, demand=-self.demand + self.demand.max() + 1).save_whole(folder)
        else:
            self.save_whole(folder)

    def save_whole(self, folder: Path) -> None:
        super().save(folder)


class Model(Popularity):
    """Popularity whose fitted model breaks a promise."""

    def fit(self, known: Known, rng: np.random.Generator) -> Any:
        fitted = super().fit(known, rng)
        return Forgetful(fitted.shelf, fitted.demand)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("seen", "lists what was bought"),
        ("allowed", "not allowed, but listed"),
        ("twice", "stands in a list twice"),
        ("head", "is no head of a longer"),
        ("types", "float64"),
        ("newcomers", "without history get a list"),
        ("save", "loaded, other lists"),
    ],
)
def test_a_broken_recommender_is_found(broken: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_recommender(Model())
    monkeypatch.setattr(Forgetful, "broken", broken)
    with pytest.raises(AssertionError, match=said):
        check_recommender(Model())


class Loose(Popularity, extra="ignore"):
    """Takes any key."""


class Undescribed(Popularity):
    """A parameter without a sentence."""

    more: int = 3


@pytest.mark.parametrize(
    ("model", "said"), [(Loose(), "unknown key"), (Undescribed(), "more has no description")]
)
def test_a_broken_config_is_found(model: BaseModel, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_recommender(model)


class Halves(BaseModel, frozen=True, extra="forbid"):
    """Two segments, or what is asked."""

    kind: Literal["halves"] = "halves"

    def fit(self, known: Known, rng: np.random.Generator) -> Any:
        return HALVES

    def assign(self, known: Known) -> Segmentation:
        n = len(known.history.customers)
        codes = (np.arange(n) % 2).astype(np.int16)
        return Segmentation(("A", "B"), codes, known.history.lines[["price"]].iloc[:n])


HALVES = Halves()


def test_a_broken_segmenter_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    check_segmenter(Halves())
    right = Halves.assign
    for change, said in (
        (lambda one: replace(one, names=("A", "A")), "one name"),
        (lambda one: replace(one, codes=one.codes + np.int16(1)), "without a name"),
        (lambda one: replace(one, names=("A", f"B{len(one.codes)}")), "change with the cutoff"),
    ):
        monkeypatch.setattr(Halves, "assign", lambda self, known, change=change: change(right(self, known)))
        with pytest.raises(AssertionError, match=said):
            check_segmenter(Halves())


@dataclass(frozen=True)
class Misses(AtK):
    """Less is better, whatever it says of itself."""

    word: ClassVar[str] = "misses"
    decides: ClassVar[bool] = True

    def per_customer(self, judged: Judged) -> np.ndarray:
        return (~self.hits(judged)).sum(axis=1).astype(float)


@dataclass(frozen=True)
class Mean(AtK):
    """The same for everybody: it looks at others."""

    word: ClassVar[str] = "mean"

    def per_customer(self, judged: Judged) -> np.ndarray:
        return np.cumsum(self.hits(judged).sum(axis=1)).astype(float)


def test_a_broken_metric_is_found() -> None:
    with pytest.raises(AssertionError, match="a hit more scores less"):
        check_metric(Misses)
    with pytest.raises(AssertionError):
        check_metric(Mean)


class Moody:
    """Depends on what else is asked."""

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 2)) * len(texts)


def test_a_broken_encoder_is_found() -> None:
    with pytest.raises(AssertionError):
        check_encoder(Moody())
