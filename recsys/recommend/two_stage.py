"""Candidates from several recommenders, ranked by what earlier windows taught.

Two stages as in Covington, Adams, Sargin, "Deep neural networks for YouTube recommendations", RecSys 2016,
with gradient-boosted trees and the LambdaMART objective (Burges, "From RankNet to LambdaRank to LambdaMART",
2010; Ke et al., "LightGBM", NIPS 2017) as the second. The trees learn from windows inside the history: what
was known at an earlier cutoff, and what was bought in the days after it, never after the cutoff of `Known`.
Windows may overlap (`stride_days`): more lessons, though not independent ones. Of the candidates that were
not bought only an even share is kept (`negatives`), which leaves the odds between candidates as they are.
Small neural networks may learn from the same lessons (`networks`); their scores are added to the trees'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Fold, Known, Target, make_fold
from recsys.core.ids import NOTHING
from recsys.core.parallel import workers
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons
from recsys.core.topk import TopK
from recsys.recommend.base import Composite, FittedModel, Parts, Shelf, seen_of
from recsys.recommend.features import Figures, Table
from recsys.recommend.kernels import Ranked, Rules, rank_rows
from recsys.recommend.networks import NO_NETWORKS, Networks
from recsys.recommend.networks import learn as learn_networks
from recsys.recommend.reasons import by_highest_part, worth_in
from recsys.recommend.search import Between

DEEP = 1_000  # places of each part's list that its scores are read from
CUSTOMERS = 400  # at most so many are scored at a time
CELLS = 1 << 21  # customers x products of a block, at most
SMOOTHING = 20  # of the sum of reciprocal places


class TwoStage(Composite):
    """Candidates of several recommenders, ranked by trees that learned from earlier windows."""

    kind: Literal["two-stage"] = "two-stage"
    parts: tuple[str, ...] = Field(min_length=1, description="recommenders that bring candidates and scores")
    learn: Literal[Target.ANY, Target.NEW] = Field(
        Target.ANY, description="what is learned: any later purchase, or only products not bought before"
    )
    depth: Annotated[int, Between(50, 300)] = Field(
        150, ge=1, le=DEEP, description="candidates that each part brings"
    )
    windows: int = Field(6, ge=1, description="earlier windows to learn from, as far as the history reaches")
    window_days: int = Field(28, ge=1, description="their length; best that of the judged window")
    stride_days: int | None = Field(
        None, ge=1, description="days from one window to the next; null: window_days, so that none overlap"
    )
    fresh_days: int | None = Field(
        None,
        ge=1,
        description="one more window, this short, that ends at the cutoff: what sells now; null: none",
    )
    negatives: int = Field(
        200, ge=1, description="candidates to learn from that a customer did not buy, drawn at random"
    )
    max_rows: int = Field(
        2_000_000,
        ge=10_000,
        description="candidates to learn from in all, which bounds memory; beyond, customers are drawn",
    )
    boosters: int = Field(1, ge=1, description="forests, each from a seed of its own, whose scores are added")
    trees: Annotated[int, Between(100, 600)] = Field(200, ge=1, description="boosting rounds")
    leaves: Annotated[int, Between(7, 63, log=True)] = Field(31, ge=2, description="leaves of a tree")
    learning_rate: Annotated[float, Between(0.01, 0.2, log=True)] = Field(
        0.05, gt=0, description="weight of each tree"
    )
    min_leaf: Annotated[int, Between(20, 500, log=True)] = Field(
        100, ge=1, description="rows that a leaf holds at least"
    )
    networks: int = Field(
        0,
        ge=0,
        description="small neural networks, each from a seed of its own, whose mean score is added to the "
        "forests'; 4 to 8 do well",
    )
    passes: int = Field(6, ge=1, description="times that a network sees as many candidates as there are")

    def combine(self, known: Known, rng: np.random.Generator, parts: Parts) -> FittedTwoStage:
        windows = self._windows(known)
        lessons: list[Lesson] = []
        for cutoff, end in windows:
            fold = make_fold(known.history, cutoff, end)
            lessons += self._lessons(fold, self.max_rows // len(windows), rng, parts)
        if not any(lesson.labels.any() for lesson in lessons):
            raise RecommendError(
                f"two-stage finds nothing to learn before {str(known.cutoff)[:10]}: expected an earlier "
                f"window of {self.window_days} days with purchases by known customers; lower window_days"
            )
        forests = self._boost(lessons, rng)
        return self._stage(known, parts, forests, self._networks(lessons, rng))

    def _windows(self, known: Known) -> list[tuple[np.datetime64, np.datetime64]]:
        """(cutoff, end) of the windows that end at the cutoff or before it, the latest first.

        As many as the history holds: less history before a window than there is to predict teaches little.
        """
        span, step = _days(self.window_days), _days(self.stride_days or self.window_days)
        ends = [known.cutoff - back * step for back in range(self.windows)]
        windows = [(end - span, end) for end in ends]
        if self.fresh_days is not None:
            windows.insert(0, (known.cutoff - _days(self.fresh_days), known.cutoff))
        first = known.history.lines["time"].to_numpy()[0]
        return [(cutoff, end) for cutoff, end in windows if cutoff - span >= first]

    def _stage(
        self, known: Known, parts: Parts, boosters: list[str], networks: Networks = NO_NETWORKS
    ) -> FittedTwoStage:
        """The fitted parts and figures of this knowledge, and what was learned of them."""
        figures = Figures.at(known)
        return FittedTwoStage(
            shelf=Shelf.of(known),
            parts=tuple(parts.fitted(name) for name in self.parts),
            depth=self.depth,
            keys=figures.keys,
            pair_figures=figures.pairs,
            product_figures=figures.products,
            customer_figures=figures.customers,
            names=figures.names,
            boosters=boosters,
            network_edges=networks.edges,
            network_weights=networks.weights,
        )

    def _lessons(self, fold: Fold, most: int, rng: np.random.Generator, parts: Parts) -> Iterator[Lesson]:
        """Candidates of one window's later buyers, and which of them they bought; at most `most` rows."""
        truth = fold.truth(Target(self.learn))
        drawn = rng.permutation(len(truth))
        rows = np.sort(drawn[np.cumsum(truth.sizes[drawn] + self.negatives) <= most])
        model = self._stage(fold.known, parts.at(fold.known), [])
        seen = Seen.DROP if self.learn == Target.NEW else Seen.KEEP
        for block in model.blocks(len(rows)):
            of = rows[block]
            row, product, table = model.candidates(truth.customers[of], seen, None)
            label = np.asarray(truth.bought[of][row, product]).ravel() > 0
            kept = thinned(row, label, self.negatives, rng)
            groups = np.bincount(row[kept])
            yield Lesson(table[kept], label[kept], groups[groups > 0])

    def _boost(self, lessons: Sequence[Lesson], rng: np.random.Generator) -> list[str]:
        """The trees, as LightGBM writes them to text."""
        lightgbm = _lightgbm()
        data = lightgbm.Dataset(
            [lesson.table for lesson in lessons],  # as they are: together they would be there twice
            np.concatenate([lesson.labels for lesson in lessons]),
            group=np.concatenate([lesson.groups for lesson in lessons]),
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
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": workers(),
            "verbosity": -1,
        }
        seeds = rng.integers(2**31, size=self.boosters)
        return [
            str(lightgbm.train(settings | {"seed": int(seed)}, data, self.trees).model_to_string())
            for seed in seeds
        ]

    def _networks(self, lessons: Sequence[Lesson], rng: np.random.Generator) -> Networks:
        """What the networks learned, where there are to be any."""
        if self.networks == 0:
            return NO_NETWORKS
        return learn_networks(
            [lesson.table for lesson in lessons],
            np.concatenate([lesson.labels for lesson in lessons]),
            np.concatenate([lesson.groups for lesson in lessons]),
            rng,
            networks=self.networks,
            passes=self.passes,
        )


@dataclass(frozen=True, eq=False)
class Lesson:
    """Candidates of some customers, as the trees are taught.

    table: (rows, figures). labels: (rows,) bought or not. groups: rows of each customer, in order.
    """

    table: Table
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FittedTwoStage(FittedModel):
    """boosters: LightGBM's text. network_edges, network_weights: see Networks. The rest: see Figures."""

    kind: ClassVar[str] = "two-stage"
    parts: tuple[Fitted, ...]
    depth: int
    keys: NDArray[np.int64]
    pair_figures: Table
    product_figures: Table
    customer_figures: Table
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    boosters: list[str] = field(repr=False)
    network_edges: Table
    network_weights: Table

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        lightgbm = _lightgbm()
        forests = [lightgbm.Booster(model_str=text) for text in self.boosters]
        networks = Networks(self.network_edges, self.network_weights)
        products, scores = rules.places(len(customers))
        for block in self.blocks(len(customers)):
            row, product, table = self.candidates(customers[block], seen_of(rules), rules.allowed)
            raw = networks.scores(table)
            for forest in forests:
                raw += forest.predict(table, raw_score=True, num_threads=workers()) / len(forests)
            cells = (_positive(raw), (row, product))
            worth = sparse.csr_matrix(cells, shape=(len(block), rules.products))
            products[block], scores[block] = rank_rows(worth, rules.of(block))
        return products, scores

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """By the part that has the product highest; see core.protocols.Explains."""
        worth = []
        for part in self.parts:
            said = part.recommend(lists.customers, max(self.depth, lists.k), seen=seen, allowed=allowed)
            place = np.arange(1, said.k + 1, dtype=np.float64)
            worth.append(worth_in(lists, said, np.broadcast_to(1 / place, said.products.shape)))
        return by_highest_part(lists, self.parts, worth, seen=seen, allowed=allowed)

    def blocks(self, customers: int) -> Iterator[NDArray[np.intp]]:
        """Positions of the customers whose candidates are weighed at a time: memory is bounded by a block."""
        size = max(1, min(CUSTOMERS, CELLS // len(self.product_figures)))
        for start in range(0, customers, size):
            yield np.arange(start, min(start + size, customers))

    def candidates(
        self, customers: NDArray[np.int32], seen: Seen, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], Table]:
        """(row in `customers`, product, figures) of every candidate, by row, then product.

        Each part is asked once, deep: it brings the first `depth` of its list, the first `depth` that were
        not bought before, and the scores of what any part brings.
        """
        bought = self.shelf.bought[customers].toarray() > 0
        answers = [part.recommend(customers, DEEP, seen=Seen.KEEP) for part in self.parts]
        brought = bought.copy()
        for part, lists in zip(self.parts, answers, strict=True):
            if allowed is not None:
                lists = part.recommend(customers, DEEP, seen=Seen.KEEP, allowed=allowed)
            row, place = np.nonzero(lists.products != NOTHING)
            product = lists.products[row, place]
            fresh = np.zeros(lists.products.shape, dtype=bool)
            fresh[row, place] = ~bought[row, product]
            early = (place < self.depth) | (np.cumsum(fresh, axis=1)[row, place] <= self.depth)
            brought[row[early], product[early]] = True
        if seen is Seen.DROP:
            brought &= ~bought
        if allowed is not None:
            brought &= allowed
        at, code = np.nonzero(brought)
        row, product = at.astype(np.int64), code.astype(np.int32)
        return row, product, self._figures(customers, row, product, answers)

    def _figures(
        self,
        customers: NDArray[np.int32],
        row: NDArray[np.int64],
        product: NDArray[np.int32],
        answers: Sequence[TopK],
    ) -> Table:
        """The figures of each candidate, and what the parts say of it; (candidates, figures) float32."""
        figures = Figures(
            self.keys,
            self.pair_figures,
            self.product_figures,
            self.customer_figures,
            self.names,
        )
        known, _ = figures.of(customers[row], product)
        return np.concatenate([_said(answers, row, product, len(self.product_figures)), known], axis=1)


def _said(
    answers: Sequence[TopK], row: NDArray[np.int64], product: NDArray[np.int32], products: int
) -> Table:
    """What the parts say of each candidate, (candidates, 3 + 3 x parts) float32.

    Over all parts: the sum of 1 / (20 + place), the best place, how many list it among their first 50. Of
    each: score, score as a share of the list's first, place; NaN where the part's list ends before.
    """
    size = (len(answers[0]), products)
    total = np.zeros(len(row), dtype=np.float32)
    best = np.full(len(row), np.nan, dtype=np.float32)
    high = np.zeros(len(row), dtype=np.float32)
    columns: list[NDArray[np.floating]] = []
    for lists in answers:
        at, place = np.nonzero(lists.products != NOTHING)
        cells = (at, lists.products[at, place])
        score, rank = np.full(size, np.nan, np.float32), np.full(size, np.nan, np.float32)
        score[cells] = lists.scores[at, place]
        rank[cells] = place
        of_score, of_rank = score[row, product], rank[row, product]
        first = lists.scores[row, 0]
        share = of_score / np.where(first != 0, np.abs(first), np.float32(1))
        columns += [of_score, share, of_rank]
        total += np.nan_to_num(1 / (SMOOTHING + of_rank))
        best = np.fmin(best, of_rank)
        high += of_rank < 50
    return np.column_stack([total, best, high, *columns]).astype(np.float32)


def thinned(
    row: NDArray[np.int64], label: NDArray[np.bool_], negatives: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Positions of what to learn from: all that was bought, and at most `negatives` others of each row.

    Those are drawn evenly: to keep the likeliest and thin out the rest would teach that what looks unlikely
    is bought more often than it is.
    """
    order = np.lexsort((rng.random(len(row)), label, row))  # by row; what was not bought first, shuffled
    place = np.arange(len(row)) - np.searchsorted(row, row[order])
    return np.sort(order[label[order] | (place < negatives)])


def _days(count: int) -> np.timedelta64:
    return np.timedelta64(count, "D").astype("timedelta64[s]")


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
