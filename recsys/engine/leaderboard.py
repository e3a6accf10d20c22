"""The leaderboard: the mean of every metric in every segment, and how far it may be off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Target
from recsys.core.parallel import over_blocks
from recsys.engine.sent import per_thousand
from recsys.engine.store import scores_if_any
from recsys.measure.resample import RESAMPLES, interval, mean, resampled_groups
from recsys.measure.segments import ALL, NO_HISTORY, cells

COLUMNS = [
    *("window", "target", "segment", "recommender", "metric", "k", "value", "customers"),
    *("ci_low", "ci_high"),
]
ROOM = 1 << 24  # resampled means held at a time: 128 MB


def leaderboard(
    folder: Path,
    parts: Mapping[tuple[int, str], Mapping[str, Any]],
    segments: Sequence[str],
    with_history: Mapping[tuple[int, str], int],
    seed: int,
) -> pd.DataFrame:
    """Every (window, target, segment, recommender, metric, k), in the order a reader expects.

    folder: of the run. parts: what is kept of each (window, recommender). segments: in their order.
    with_history: customers, by (window, segment). A mean's interval is the percentile bootstrap's over
    customers, 95 %; NaN for metrics of all lists together, which have none.
    """
    rows = [
        pd.DataFrame(part["lists"]).assign(recommender=name)
        for (_, name), part in parts.items()
        if part["lists"]
    ]
    asked = {(window, row["target"]): None for (window, _), part in parts.items() for row in part["lists"]}
    for window, target in asked:
        names = [name for at, name in parts if at == window]
        for held in _batches(folder, window, target, names):
            rng = np.random.default_rng([seed, window, crc32(target.encode()), 2**32 - 4])
            rows.append(_of(held, rng).assign(window=window, target=target))
    recommenders = list(dict.fromkeys(name for _, name in parts))
    board = pd.concat(rows, ignore_index=True)
    board = pd.concat([board, per_thousand(board, with_history)], ignore_index=True)
    return _in_order(board, recommenders, segments)[COLUMNS]


def _in_order(board: pd.DataFrame, recommenders: Sequence[str], segments: Sequence[str]) -> pd.DataFrame:
    """Sorted by window, target, segment, recommender, metric and k."""
    order = {
        "target": [str(target) for target in Target],
        "segment": [ALL, *segments, NO_HISTORY],
        "recommender": list(recommenders),
        "metric": list(dict.fromkeys(board["metric"])),
    }
    keys = board.assign(**{name: pd.Index(values).get_indexer(board[name]) for name, values in order.items()})
    at = keys.sort_values(["window", *order, "k"], kind="stable").index
    return board.loc[at].reset_index(drop=True)


def _batches(
    folder: Path, window: int, target: str, names: Sequence[str]
) -> Iterator[dict[str, pd.DataFrame]]:
    """Scores of as many recommenders at once as there is room for, all with the same customers."""
    held: dict[str, pd.DataFrame] = {}
    columns = 0
    for name in names:
        scores = scores_if_any(folder, window, target, name)
        if scores is None:
            continue
        kept = next(iter(held.values()), scores)
        columns += scores.shape[1]
        if held and (len(scores) != len(kept) or columns * RESAMPLES * kept["segment"].nunique() > ROOM):
            yield held
            held, columns = {}, scores.shape[1]
        held[name] = scores
    if held:
        yield held


def _of(held: dict[str, pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    first = next(iter(held.values()))
    metrics = [column for column in first if column not in ("customer", "segment")]
    values = np.concatenate([scores[metrics].to_numpy(dtype=np.float32) for scores in held.values()], axis=1)
    cell, unions = cells(first["segment"].to_numpy(dtype=object))
    words = [metric.split("@") for metric in metrics]
    parts = []
    draws = resampled_groups(values, cell, list(unions.values()), rng)
    ends = np.empty((len(unions), 2, values.shape[1]))

    def find(start: int, stop: int) -> None:
        for at in range(start, stop):
            ends[at] = interval(draws[at])

    over_blocks(len(unions), 1, find)
    for (segment, union), (low, high) in zip(unions.items(), ends, strict=True):
        mine: NDArray[np.float32] = values[np.isin(cell, union)]
        part = {"segment": segment, "recommender": np.repeat(list(held), len(metrics))}
        part |= {
            "metric": [word for word, _ in words] * len(held),
            "k": [int(k) for _, k in words] * len(held),
        }
        part |= {"value": mean(mine), "customers": (~np.isnan(mine)).sum(axis=0)}
        parts.append(pd.DataFrame(part | {"ci_low": low, "ci_high": high}))
    return pd.concat(parts, ignore_index=True)
