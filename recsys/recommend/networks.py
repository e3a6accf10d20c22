"""Small neural networks that learn what is bought, as a second opinion beside trees.

Perceptrons of two hidden layers (scikit-learn's, with Adam and the logistic loss). Trees ask whether a figure
is above a value; a network takes a smooth sum of all. The two err differently, and their sum errs less. One
network alone is worse than a forest and overlearns what it saw; several, each from its own start and of its
own draw of the rows, are averaged, as in Lakshminarayanan, Pritzel, Blundell, "Simple and scalable predictive
uncertainty estimation using deep ensembles", NIPS 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.core.parallel import blas_on_one_thread, workers

HIDDEN = (96, 48)
STEPS = 64  # a figure is told as one of so many quantiles, which hold alike many of the rows learned from
SAMPLE = 50_000  # rows that the quantiles are taken from
CHUNK = 1 << 16  # rows that are spread out as floats at a time, about
BATCH = (32, 2048)  # rows of one step, at least and at most
STEPS_OF_A_PASS = 128  # at least, where rows are few
MISSING = np.uint8(255)

Table = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Networks:
    """What several networks learned.

    edges: (figures, STEPS - 1) float32, where the next quantile begins; +inf beyond a figure's last.
    weights: (networks, parameters) float32: of each, layer by layer, the weights and then the biases.
    """

    edges: Table
    weights: Table

    def scores(self, table: Table) -> NDArray[np.float64]:
        """Log odds of each row, the networks' mean; 0 without any. table: (rows, figures). Shape (rows,)."""
        total = np.zeros(len(table))
        if len(self.weights) == 0:
            return total
        shapes = layers(len(self.edges))
        with blas_on_one_thread():
            for start in range(0, len(table), CHUNK):
                spread = spread_out(coded(table[start : start + CHUNK], self.edges), self.edges)
                for flat in self.weights:
                    total[start : start + CHUNK] += _log_odds(spread, flat, shapes)
        return total / len(self.weights)


NO_NETWORKS = Networks(np.empty((0, STEPS - 1), np.float32), np.empty((0, 0), np.float32))


def learn(
    tables: Sequence[Table],
    bought: NDArray[np.bool_],
    groups: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    networks: int,
    passes: int,
) -> Networks:
    """Networks that learned from these rows, each by as many draws as there are rows, `passes` times.

    tables: (rows, figures) each. bought: (rows of all,). groups: rows of each customer, in order. A row is
    drawn the less often the more its customer bought, by the root: the loss counts purchases, where measures
    count customers. What is learned does not depend on the number of threads.
    """
    edges = quantiles(tables, rng)
    codes = np.concatenate([coded(table, edges) for table in tables])
    label = bought.astype(np.int8)
    until = np.cumsum(chances(bought, groups))[:-1]
    batch = min(int(np.clip(len(codes) // STEPS_OF_A_PASS, *BATCH)), len(codes))
    chunk = max(CHUNK // batch, 1) * batch

    def train(seed: int) -> Table:
        drawn, network = np.random.default_rng(seed), _network(batch, seed)
        for _ in range(passes):
            order = np.searchsorted(until, drawn.random(len(codes) // batch * batch), side="right")
            for start in range(0, len(order), chunk):
                rows = order[start : start + chunk]
                network.partial_fit(spread_out(codes[rows], edges), label[rows], classes=(0, 1))
        return _flat(network)

    with blas_on_one_thread(), ThreadPoolExecutor(workers()) as threads:
        found = list(threads.map(train, rng.integers(2**31, size=networks).tolist()))
    return Networks(edges, np.stack(found))


def chances(bought: NDArray[np.bool_], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each row, to be drawn; see `learn`. Shape (rows,)."""
    size = np.add.reduceat(bought, np.cumsum(groups) - groups, dtype=np.int64)
    often = np.repeat(1 / np.sqrt(np.maximum(size, 1)), groups)
    return often / often.sum()


def quantiles(tables: Sequence[Table], rng: np.random.Generator) -> Table:
    """See Networks.edges; from a sample of the rows. A figure that is always the same has none."""
    ends = np.cumsum([len(table) for table in tables])
    drawn = np.sort(rng.choice(ends[-1], min(SAMPLE, ends[-1]), replace=False))
    of = np.searchsorted(ends, drawn, side="right")
    starts = ends - [len(table) for table in tables]
    sample = np.concatenate([table[drawn[of == at] - starts[at]] for at, table in enumerate(tables)])
    edges = np.full((sample.shape[1], STEPS - 1), np.inf, dtype=np.float32)
    for column, found in zip(sample.T, edges, strict=True):
        known = column[np.isfinite(column)]
        if len(known):
            cuts = np.quantile(known, np.arange(1, STEPS) / STEPS, method="higher")
            cuts = np.unique(cuts[cuts > known.min()])
            found[: len(cuts)] = cuts
    return edges


def coded(table: Table, edges: Table) -> NDArray[np.uint8]:
    """The quantile of every figure, MISSING for NaN. Shape (rows, figures)."""
    codes = np.empty(table.shape, dtype=np.uint8)
    for at, of in enumerate(edges):
        codes[:, at] = np.searchsorted(of[np.isfinite(of)], table[:, at], side="right")
    codes[np.isnan(table)] = MISSING
    return codes


def spread_out(codes: NDArray[np.uint8], edges: Table) -> Table:
    """What a network sees: quantiles evenly between -1.7 and 1.7 (variance about 1), 0 for missing ones.

    Behind them, whether each figure is missing. Shape (rows, 2 x figures) float32.
    """
    missing = codes == MISSING
    last = np.maximum(np.isfinite(edges).sum(axis=1), 1).astype(np.float32)
    place = codes.astype(np.float32) * (3.4 / last) - np.float32(1.7)
    place[missing] = 0.0
    return np.concatenate([place, missing.astype(np.float32)], axis=1)


def layers(figures: int) -> list[tuple[int, int]]:
    """(inputs, outputs) of each layer."""
    return list(pairwise((2 * figures, *HIDDEN, 1)))


def _network(batch: int, seed: int) -> Any:
    """One that has learned nothing yet."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(HIDDEN, batch_size=batch, random_state=seed)


def _flat(network: Any) -> Table:
    """The parameters of a fitted network in one row."""
    both = zip(network.coefs_, network.intercepts_, strict=True)
    return np.concatenate([part.ravel() for pair in both for part in pair]).astype(np.float32)


def _log_odds(spread: Table, flat: Table, shapes: Sequence[tuple[int, int]]) -> Table:
    """One network's answer to each row. Shape (rows,)."""
    found, at = spread, 0
    for depth, (inputs, outputs) in enumerate(shapes):
        weights = flat[at : at + inputs * outputs].reshape(inputs, outputs)
        at += inputs * outputs
        found = found @ weights + flat[at : at + outputs]
        at += outputs
        if depth + 1 < len(shapes):
            np.maximum(found, 0.0, out=found)
    return found[:, 0]
