"""Candidates from several recommenders, ranked by what earlier windows taught.

Two stages as in Covington, Adams, Sargin, "Deep neural networks for YouTube recommendations", RecSys 2016,
with gradient-boosted trees and the LambdaMART objective (Burges, "From RankNet to LambdaRank to LambdaMART",
2010; Ke et al., "LightGBM", NIPS 2017) as the second. The trees learn from windows inside the history: what
was known at an earlier cutoff, and what was bought in the days after it, never after the cutoff of `Known`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Fold, Known, Target, make_fold
from recsys.core.ids import NOTHING
from recsys.core.parallel import workers
from recsys.core.protocols import Fitted, Seen
from recsys.recommend.base import Composite, FittedModel, Parts, Shelf, seen_of
from recsys.recommend.features import Figures, Table
from recsys.recommend.kernels import Ranked, Rules, rank_rows

BLOCK = 2_000  # customers whose candidates are scored at a time


class TwoStage(Composite):
    """Candidates of several recommenders, ranked by trees that learned from earlier windows."""

    kind: Literal["two-stage"] = "two-stage"
    parts: tuple[str, ...] = Field(min_length=1, description="recommenders that bring candidates and scores")
    learn: Literal[Target.ANY, Target.NEW] = Field(
        Target.ANY, description="what is learned: any later purchase, or only products not bought before"
    )
    depth: int = Field(150, ge=1, description="candidates that each part brings")
    windows: int = Field(6, ge=1, description="earlier windows to learn from, as far as the history reaches")
    window_days: int = Field(28, ge=1, description="their length; best that of the judged window")
    max_customers: int = Field(20_000, ge=1, description="customers to learn from in each, drawn at random")
    trees: int = Field(200, ge=1, description="boosting rounds")
    leaves: int = Field(31, ge=2, description="leaves of a tree")
    learning_rate: float = Field(0.05, gt=0, description="weight of each tree")
    min_leaf: int = Field(100, ge=1, description="rows that a leaf holds at least")

    def combine(self, known: Known, rng: np.random.Generator, parts: Parts) -> FittedTwoStage:
        lessons = [lesson for fold in self._folds(known) if (lesson := self._lesson(fold, rng, parts))]
        if not lessons:
            raise RecommendError(
                f"two-stage finds nothing to learn before {str(known.cutoff)[:10]}: expected an earlier "
                f"window of {self.window_days} days with purchases by known customers; lower window_days"
            )
        stage = self._stage(known, parts)
        return FittedTwoStage(Shelf.of(known), **stage, booster=self._boost(lessons, rng))

    def _folds(self, known: Known) -> list[Fold]:
        """Windows that end at the cutoff or before it, as many as the history holds."""
        span = np.timedelta64(self.window_days, "D").astype("timedelta64[s]")
        first = known.history.lines["time"].to_numpy()[0]
        folds = []
        for back in range(self.windows):
            end = known.cutoff - back * span
            if end - span - span < first:  # less history than there is to predict
                break
            folds.append(make_fold(known.history, end - span, end))
        return folds

    def _stage(self, known: Known, parts: Parts) -> dict[str, Any]:
        """Everything that gives candidates and their figures on this knowledge."""
        figures = Figures.at(known)
        return {
            "parts": tuple(parts.fitted(name) for name in self.parts),
            "depth": self.depth,
            "keys": figures.keys,
            "pair_figures": figures.pairs,
            "product_figures": figures.products,
            "customer_figures": figures.customers,
            "names": figures.names,
        }

    def _lesson(self, fold: Fold, rng: np.random.Generator, parts: Parts) -> Lesson | None:
        """Candidates of one window's later buyers, and which of them they bought."""
        truth = fold.truth(Target(self.learn))
        rows = np.arange(len(truth))
        if len(rows) > self.max_customers:
            rows = np.sort(rng.choice(rows, self.max_customers, replace=False))
        stage = self._stage(fold.known, parts.at(fold.known))
        model = FittedTwoStage(Shelf.of(fold.known), **stage, booster="")
        seen = Seen.DROP if self.learn == Target.NEW else Seen.KEEP
        customers = truth.customers[rows]
        row, product = model.candidates(customers, seen, None)
        table = model.figures(customers, row, product)
        width = len(fold.known.history.products)
        bought = truth.bought[rows]
        held = (
            np.repeat(np.arange(len(rows), dtype=np.int64), np.diff(bought.indptr)) * width + bought.indices
        )
        label = np.isin(row * width + product, held)
        return Lesson(table, label, np.bincount(row, minlength=len(rows))) if label.any() else None

    def _boost(self, lessons: Sequence[Lesson], rng: np.random.Generator) -> str:
        """The trees, as LightGBM writes them to text."""
        lightgbm = _lightgbm()
        groups = np.concatenate([lesson.groups for lesson in lessons])
        data = lightgbm.Dataset(
            np.concatenate([lesson.table for lesson in lessons]),
            np.concatenate([lesson.labels for lesson in lessons]),
            group=groups[groups > 0],
        )
        settings = {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 20,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.min_leaf,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "seed": int(rng.integers(2**31)),
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": workers(),
            "verbosity": -1,
        }
        return str(lightgbm.train(settings, data, self.trees).model_to_string())


@dataclass(frozen=True, eq=False)
class Lesson:
    """table: (rows, figures). labels: (rows,) bought or not. groups: rows of each customer, in order."""

    table: Table
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FittedTwoStage(FittedModel):
    """parts: fitted recommenders. booster: LightGBM's text. The rest: see features.Figures."""

    kind: ClassVar[str] = "two-stage"
    parts: tuple[Fitted, ...]
    depth: int
    keys: NDArray[np.int64]
    pair_figures: Table
    product_figures: Table
    customer_figures: Table
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    booster: str = field(repr=False)

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        booster = _lightgbm().Booster(model_str=self.booster)
        products, scores = rules.places(len(customers))
        for start in range(0, len(customers), BLOCK):
            block = np.arange(start, min(start + BLOCK, len(customers)))
            row, product = self.candidates(customers[block], seen_of(rules), rules.allowed)
            table = self.figures(customers[block], row, product)
            raw = booster.predict(table, raw_score=True, num_threads=workers())
            worth = sparse.csr_matrix((_positive(raw), (row, product)), shape=(len(block), rules.products))
            products[block], scores[block] = rank_rows(worth, rules.of(block))
        return products, scores

    def candidates(
        self, customers: NDArray[np.int32], seen: Seen, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(row in `customers`, product) of every candidate, by row, then product."""
        width = len(self.product_figures)
        found = []
        for part in self.parts:
            for policy in dict.fromkeys((seen, Seen.DROP)):
                lists = part.recommend(customers, self.depth, seen=policy, allowed=allowed)
                row, place = np.nonzero(lists.products != NOTHING)
                found.append(row * width + lists.products[row, place])
        if seen is Seen.KEEP:
            own = self.shelf.bought[customers]
            row = np.repeat(np.arange(len(customers), dtype=np.int64), np.diff(own.indptr))
            found.append(row * width + own.indices)
        row, product = np.divmod(np.unique(np.concatenate(found)), width)
        return row, product.astype(np.int32)

    def figures(
        self, customers: NDArray[np.int32], row: NDArray[np.int64], product: NDArray[np.int32]
    ) -> Table:
        """The figures of each candidate, and each part's score and place; (candidates, figures) float32."""
        lookup = Figures(
            self.keys, self.pair_figures, self.product_figures, self.customer_figures, self.names
        )
        table, _ = lookup.of(customers[row], product)
        width = len(self.product_figures)
        key = row * width + product
        columns = [table]
        for part in self.parts:
            lists = part.recommend(customers, DEEP, seen=Seen.KEEP)
            at, place = np.nonzero(lists.products != NOTHING)
            listed = at * width + lists.products[at, place]
            order = np.argsort(listed)
            where = np.minimum(np.searchsorted(listed[order], key), len(listed) - 1)
            hit = order[where]
            held = listed[hit] == key
            score = np.where(held, lists.scores[at, place][hit], np.nan)
            columns.append(np.column_stack([score, np.where(held, place[hit], np.nan)]))
        return np.concatenate(columns, axis=1).astype(np.float32)


DEEP = 1_000  # places of each part's list that its score is looked up in


def _positive(raw: NDArray[np.float64]) -> NDArray[np.float32]:
    """Scores as shares between 0 and 1, in the same order."""
    return (1.0 / (1.0 + np.exp(-np.clip(raw, -30, 30)))).astype(np.float32)


def _lightgbm() -> Any:
    """LightGBM, whose wheel needs a library of the system."""
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise RecommendError(
            f"two-stage cannot load lightgbm ({error}): expected it with libgomp; "
            "pip install lightgbm, and on Debian apt-get install libgomp1"
        ) from None
    return lightgbm
