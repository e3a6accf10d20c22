"""The config: one experiment, whole; every field has its type, default, bounds and a sentence, once."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from recsys.core import currency as currencies
from recsys.core.fold import Target
from recsys.engine import catalog
from recsys.engine.candidates import Candidates
from recsys.export import Format
from recsys.ingest import Clean, Source
from recsys.measure.catalog import deciding
from recsys.split import Holdout, Rolling

if TYPE_CHECKING:
    AnyRecommender = Any
    AnySegmenter = Any
    MetricName = str
else:

    def _one_of(models):  # type: ignore[no-untyped-def]
        """A union that `kind` decides; a single model stands for itself."""
        models = list(models)
        return Annotated[reduce(or_, models), Field(discriminator="kind")] if models[1:] else models[0]

    AnyRecommender = _one_of(catalog.recommenders().values())
    AnySegmenter = _one_of(catalog.segmenters().values())
    MetricName = Literal[tuple(deciding())]

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
"""A name that can be a file name and a path in --set: letters, digits, - and _."""


class Section(BaseModel):
    """A part of the config."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decide(Section):
    """The figure that picks a winner."""

    metric: MetricName = Field("map", description="deciding metric")
    k: int = Field(10, ge=1, description="list length of the deciding metric; one of evaluate.k")
    margin: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="a difference below this share of the baseline's mean does not matter to the shop",
    )


class Audit(Section):
    """How far the leakage audit goes; what costs little is always looked at."""

    refit: Literal["cheap", "all", "none"] = Field(
        "cheap",
        description="who is fitted again on a log with another future, to see that no list changes: cheap "
        "(in the latest window, whoever is quick to fit), all (everybody in every window), or none",
    )
    seconds: float = Field(0.5, ge=0, description="cheap: to fit in so many seconds is quick")


class Evaluate(Section):
    """How lists are judged."""

    k: tuple[Annotated[int, Field(ge=1)], ...] = Field((5, 10, 20), min_length=1, description="list lengths")
    targets: tuple[Literal[Target.ANY, Target.NEW], ...] = Field(
        (Target.ANY, Target.NEW),
        min_length=1,
        description="any: all later purchases; new: only products not bought before",
    )
    baseline: str | None = Field(
        None, description="the recommender others are held against; null: segment-bestsellers, else the first"
    )
    without_top_spenders: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of customers, those who spent most before the earliest cutoff, left out of the "
        "judged log: wholesalers among shoppers; an export serves them all the same",
    )
    decide: Decide = Decide()
    audit: Audit = Audit()


class Tune(Section):
    """How `recsys tune` searches; a run does not depend on it."""

    trials: int = Field(30, ge=1, description="sets of parameters tried for each recommender")
    windows: int = Field(
        2, ge=1, description="windows, right before the judged ones, on which they are tried"
    )
    target: Literal[Target.ANY, Target.NEW] | None = Field(
        None, description="what is searched for; null: the first of evaluate.targets"
    )
    recommenders: tuple[str, ...] | None = Field(None, description="who is tuned; null: everybody")
    prune: bool = Field(True, description="stop a trial that is below the median after its first windows")


class Export(Section):
    """What `recsys export` writes unless its options say otherwise."""

    k: int = Field(10, ge=1, description="products per customer")
    format: Format = Field("csv", description="file format: csv, parquet or jsonl (JSON Lines)")
    spreadsheet_safe: bool = Field(
        True, description="csv: an apostrophe before a text that a spreadsheet would run as a formula"
    )
    target: Literal[Target.ANY, Target.NEW] = Field(
        Target.NEW, description="new: lists drop what was bought before; any: they keep it"
    )
    control_share: float = Field(
        0.0, ge=0, lt=1, description="share of each segment kept back as a control group, who get no list"
    )
    blocked_customers: tuple[str, ...] = Field((), description="customer ids that get no list")
    max_per_family: int | None = Field(
        None, ge=1, description="products of one family in a list, families being read off descriptions"
    )
    max_lists: int | None = Field(None, ge=1, description="lists that a product may stand in")
    price_weight: float = Field(
        0.0, ge=0, le=1, description="0: lists by relevance; 1: the dearest of the relevant products first"
    )
    min_together: int = Field(
        5, ge=1, description="products: invoices that must hold two products which go together"
    )
    dearer: tuple[float, float] = Field(
        (1.1, 2.0),
        description="products: a dearer alternative costs so many times the price, from and to",
    )
    reasons: bool = Field(True, description="say in words why each product is in the list")
    measure_rules: bool = Field(
        True, description="measure on the run's windows what the rules above cost; fits again in each of them"
    )

    @model_validator(mode="after")
    def _dearer_is_a_band(self) -> Export:
        low, high = self.dearer
        if not 1 < low <= high:
            raise ValueError(
                f"dearer is [{low:g}, {high:g}]: expected two factors above 1, the lower first, "
                "as in [1.1, 2.0]"
            )
        return self


class Privacy(Section):
    """What stands for customers in run folders; exports are plain unless asked."""

    customers: Literal["plain", "hash", "omit"] = Field("hash", description="how run folders name customers")


class Experiment(Section):
    """One experiment: the log, how it is cleaned, cut and segmented, who competes and how they are judged."""

    name: Name = Field("experiment", description="heads the report and names the run folder")
    seed: int = Field(7, ge=0, description="all randomness follows from it")
    currency: Annotated[str, AfterValidator(currencies.checked)] | None = Field(
        None, description="what prices are in, shown beside amounts: an ISO 4217 code (GBP), or a sign (£)"
    )
    source: Source
    clean: Clean = Clean()
    split: Annotated[Holdout | Rolling, Field(discriminator="kind")] = Rolling()
    segments: AnySegmenter | None = Field(None, description="how customers are grouped; null: not at all")
    recommenders: dict[Name, AnyRecommender] = Field(min_length=1, description="name: {kind, parameters}")
    evaluate: Evaluate = Evaluate()
    candidates: Candidates = Candidates()
    export: Export = Export()
    tune: Tune = Tune()
    privacy: Privacy = Privacy()

    @property
    def baseline(self) -> str:
        """The recommender others are held against."""
        if self.evaluate.baseline is not None:
            return self.evaluate.baseline
        kinds = {model.kind: name for name, model in reversed(self.recommenders.items())}
        first = next(iter(self.recommenders))
        return kinds.get("segment-bestsellers", kinds.get("popularity", first))

    def contradictions(self) -> list[tuple[tuple[str, ...], str]]:
        """Fields that are right alone but not together: (path, message)."""
        found: list[tuple[tuple[str, ...], str]] = []
        names = list(self.recommenders)
        if self.baseline not in names:
            said = f"{self.baseline!r} is no recommender: expected one of {', '.join(names)}"
            found.append((("evaluate", "baseline"), said))
        if self.evaluate.decide.k not in self.evaluate.k:
            said = (
                f"{self.evaluate.decide.k} is not judged: expected one of evaluate.k, {list(self.evaluate.k)}"
            )
            found.append((("evaluate", "decide", "k"), said))
        for name in self.tune.recommenders or ():
            if name not in names:
                said = f"{name!r} is no recommender: expected some of {', '.join(names)}"
                found.append((("tune", "recommenders"), said))
        if self.segments is None:
            for name, model in self.recommenders.items():
                if model.kind == "segment-bestsellers":
                    said = "segment-bestsellers has no segments to work with; add segments: {kind: kmeans}"
                    found.append((("recommenders", name), said))
        return found + self._broken_parts()

    def _broken_parts(self) -> list[tuple[tuple[str, ...], str]]:
        parts = {name: tuple(getattr(model, "parts", ())) for name, model in self.recommenders.items()}
        found: list[tuple[tuple[str, ...], str]] = []
        for name, own in parts.items():
            for part in own:
                if part not in parts:
                    said = f"{part!r} is no recommender: expected one of {', '.join(parts)}"
                    found.append((("recommenders", name, "parts"), said))
            if not found and _reaches(parts, name, name):
                said = f"{name!r} is made of itself: expected parts that do not lead back to it"
                found.append((("recommenders", name, "parts"), said))
        return found


def _reaches(parts: dict[str, tuple[str, ...]], start: str, goal: str) -> bool:
    """Whether `goal` is among the parts of `start`, or theirs."""
    waiting, met = list(parts[start]), set()
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in met:
            met.add(name)
            waiting += parts[name]
    return False
