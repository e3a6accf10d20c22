"""Two finished runs customer by customer: what changed for the same people, judged on the same purchases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from recsys.engine.store import SCORES, scores_if_any
from recsys.measure.resample import interval, resampled_means
from recsys.measure.segments import ALL, NO_HISTORY
from recsys.report import Paired, Run, read_run, write_report
from recsys.report.paired import COLUMNS, SERVED

SAME = {"clean": "what is cleaned", "candidates": "which products may be recommended"}
"""Parts of the config that decide which purchases count."""


def report(folders: Sequence[Path], out: Path) -> tuple[Path, Path]:
    """report.md and report.html in `out`, of one run or of several side by side. Raises RunError."""
    runs = [read_run(folder) for folder in folders]
    return write_report(runs, out, [paired(runs[0], run) for run in runs[1:]])


def paired(first: Run, second: Run) -> Paired:
    """The differences of two runs over the same customers, by the figure that decides in the first.

    Customers are paired only where both runs read the same log, cleaned it alike, chose among the same
    products and judged windows of the same dates; else it is said why not.
    """
    decide = first.manifest["config"]["evaluate"]["decide"]
    metric = f"{decide['metric']}@{decide['k']}"
    windows = _shared(first, second)
    reasons = list(_reasons(first, second, metric, windows))
    rows: list[dict[str, Any]] = []
    if not reasons:
        for target in _both(first, second, "evaluate", "targets"):
            found = _of_target(first, second, target, metric, windows)
            if found is None:
                reasons.append(f"other customers were judged on the target {target}")
            else:
                rows += found
    return Paired(tuple(reasons), len(windows), metric, pd.DataFrame(rows, columns=list(COLUMNS)))


def _shared(first: Run, second: Run) -> list[tuple[int, int]]:
    """Numbers of the windows with the same dates, latest first."""

    def dated(run: Run) -> dict[tuple[str, ...], int]:
        keys = ("cutoff", "judged_from", "end")
        return {
            tuple(str(one.get(key)) for key in keys): int(one["window"]) for one in run.manifest["windows"]
        }

    one, other = dated(first), dated(second)
    return [(one[dates], other[dates]) for dates in one if dates in other]


def _reasons(first: Run, second: Run, metric: str, windows: list[tuple[int, int]]) -> Iterator[str]:
    one, other = first.manifest, second.manifest
    if one["input"]["sha256"] != other["input"]["sha256"]:
        yield "they read different logs"
    for key, told in SAME.items():
        if one["config"].get(key) != other["config"].get(key):
            yield f"{told} differs ({key})"
    if _spenders(one) != _spenders(other):
        yield "who takes part differs (evaluate.without_top_spenders)"
    modes = [(manifest["config"].get("privacy") or {}).get("customers", "hash") for manifest in (one, other)]
    if "omit" in modes:
        yield "customers are left out of a run folder (privacy.customers: omit)"
    elif modes[0] != modes[1]:
        yield "customers are named in different ways (privacy.customers)"
    if not windows:
        yield "no window has the same dates in both"
    for run, which in ((first, "the first"), (second, "the other")):
        if not any(_has(path, metric) for path in (run.folder / SCORES).glob("*.parquet")):
            yield f"{which} run holds no scores per customer at {metric}"


def _spenders(manifest: dict[str, Any]) -> float:
    return float(manifest["config"]["evaluate"].get("without_top_spenders") or 0)


def _has(path: Path, metric: str) -> bool:
    return metric in pq.read_schema(path).names


def _both(first: Run, second: Run, *keys: str) -> list[str]:
    """What both configs name under these keys, in the order of the first."""
    found: list[Any] = []
    for run in (first, second):
        held: Any = run.manifest["config"]
        for key in keys:
            held = held[key]
        found.append(held)
    return [str(name) for name in found[0] if name in found[1]]


def _of_target(
    first: Run, second: Run, target: str, metric: str, windows: list[tuple[int, int]]
) -> list[dict[str, Any]] | None:
    """A row for each recommender of both; None where the runs judged other customers."""
    one = _scores(first, target, metric, [window for window, _ in windows])
    other = _scores(second, target, metric, [window for _, window in windows])
    if not one.index.equals(other.index):
        return None
    names = [name for name in one if name in other]
    if SERVED in one and SERVED in other:
        names = [SERVED, *(name for name in names if name != SERVED)]
    if not names or one.empty:
        return []
    before, after = (held[names].groupby("customer").mean() for held in (one, other))
    apart = (after - before).to_numpy()
    rng = np.random.default_rng([int(first.manifest.get("seed") or 0), crc32(target.encode())])
    low, high = interval(resampled_means(apart, rng))
    known = ~np.isnan(apart)
    return [
        {
            "target": target,
            "recommender": name,
            "first": float(before[name][known[:, at]].mean()),
            "second": float(after[name][known[:, at]].mean()),
            "difference": float(apart[known[:, at], at].mean()),
            "ci_low": low[at],
            "ci_high": high[at],
            "customers": int(known[:, at].sum()),
        }
        for at, name in enumerate(names)
        if known[:, at].any()
    ]


def _scores(run: Run, target: str, metric: str, windows: Sequence[int]) -> pd.DataFrame:
    """A row per customer with history and window, in order; a column per recommender, one for the policy."""
    parts = []
    for place, window in enumerate(windows):
        columns = {}
        for name in run.manifest["config"]["recommenders"]:
            held = scores_if_any(run.folder, window, target, name, [metric])
            if held is not None:
                held = held[held["segment"] != NO_HISTORY].set_index("customer")
                columns[name] = held[metric].astype(float)
                segment = held["segment"]
        if columns:
            wide = pd.DataFrame(columns)
            served = _served(run, target)
            at = wide.columns.get_indexer([served.get(where, served.get(ALL)) for where in segment])
            if (at >= 0).all():
                wide[SERVED] = wide.to_numpy()[np.arange(len(wide)), at]
            parts.append(wide.assign(window=place).set_index("window", append=True))
    empty = pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=["customer", "window"]))
    return pd.concat(parts).sort_index() if parts else empty


def _served(run: Run, target: str) -> dict[str, str]:
    """Segment -> the recommender that the policy of this target serves to it."""
    rows = run.verdicts
    rows = rows[(rows["target"] == target) & (rows["policy_serves"] != "")]
    return dict(zip(rows["segment"], rows["policy_serves"], strict=True))
