"""How far each mean of the leaderboard may be off: bootstrap intervals over customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from recsys.engine.store import RunFolder
from recsys.measure.resample import interval, resampled_means
from recsys.measure.segments import groups

CELLS = 1 << 25  # scores resampled at a time: 256 MB
KEYS = ["window", "target", "segment", "recommender", "metric", "k"]


def with_intervals(board: pd.DataFrame, folder: RunFolder, seed: int) -> pd.DataFrame:
    """The leaderboard with ci_low and ci_high, percentiles of 95 %; NaN for metrics of all lists together."""
    rows = []
    for (window, target), part in board.groupby(["window", "target"], sort=False):
        rng = np.random.default_rng([seed, int(window), crc32(str(target).encode()), 2**32 - 4])
        names = list(dict.fromkeys(part["recommender"]))
        batches = _batches(folder, int(window), str(target), names)
        rows += [_of(held, rng).assign(window=window, target=target) for held in batches]
    found = pd.concat(rows, ignore_index=True)
    return board.merge(found, on=KEYS, how="left", validate="one_to_one")


def _batches(
    folder: RunFolder, window: int, target: str, names: Sequence[str]
) -> Iterator[dict[str, pd.DataFrame]]:
    """Scores of as many recommenders at once as there is room for, all with the same customers."""
    held: dict[str, pd.DataFrame] = {}
    for name in names:
        scores = folder.scores(window, target, name)
        first = next(iter(held.values()), scores)
        if held and (len(scores) != len(first) or (len(held) + 1) * first.size > CELLS):
            yield held
            held = {}
        held[name] = scores
    if held:
        yield held


def _of(held: dict[str, pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    first = next(iter(held.values()))
    metrics = [column for column in first if column not in ("customer", "segment")]
    values = np.concatenate([scores[metrics].to_numpy(dtype=np.float64) for scores in held.values()], axis=1)
    parts = []
    for segment, at in groups(first["segment"].to_numpy(dtype=object)):
        low, high = interval(resampled_means(values[at], rng))
        part = pd.DataFrame({"ci_low": low, "ci_high": high})
        part["recommender"] = np.repeat(list(held), len(metrics))
        split = [metric.split("@") for metric in metrics]
        part["metric"] = [word for word, _ in split] * len(held)
        part["k"] = [int(k) for _, k in split] * len(held)
        parts.append(part.assign(segment=segment))
    return pd.concat(parts, ignore_index=True)
