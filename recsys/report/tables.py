"""A CSV of the run folder -> DataFrame: names stay text, figures become numbers, a blank is NaN."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from recsys.core.errors import RunError

NAMES = frozenset(
    {"target", "segment", "recommender", "metric", "stage", "rule", "top_products"}
    | {"scope", "verdict", "serve", "among", "best", "policy_serves", "served", "single", "a", "b", "of"}
    | {"question", "serves", "stands", "table", "name"}
    | {"on_frontier", "on_memory_frontier", "within_noise_of_best", "cheapest", "baseline", "tells", "figure"}
)


def read_table(
    path: Path, columns: Sequence[str], *, needed: bool = True, names: Collection[str] = ()
) -> pd.DataFrame:
    """The table; an absent or empty file is an empty table where it is not `needed`.

    names: columns that are text in this table, beside those that are in every one.
    """
    if not needed and (not path.is_file() or path.stat().st_size == 0):
        return pd.DataFrame(columns=list(columns))
    if not path.is_file():
        raise absent(path)
    try:
        # As text first: a segment may be called "NA", a recommender "1.0".
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, pd.errors.ParserError) as cause:
        raise RunError(f"{str(path)!r} is not a CSV table ({cause}): run `recsys evaluate` again") from cause
    if lacking := [name for name in columns if name not in frame]:
        raise RunError(f"{str(path)!r} has no column {lacking[0]!r}: run `recsys evaluate` again")
    return frame.assign(
        **{name: _numbers(frame[name], path) for name in frame if name not in NAMES | set(names)}
    )


def absent(path: Path) -> RunError:
    """What to say where a file is gone."""
    return RunError(
        f"no {path.name} in {str(path.parent)!r}: expected every file of a finished run; "
        "run `recsys evaluate` again"
    )


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    """Figures of one column; RunError names the first cell that is none."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = numbers.isna() & ~column.str.strip().str.lower().isin(["", "nan", "none"])
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise RunError(
            f"{str(path)!r} holds {column.iloc[row]!r} in column {column.name!r} (row {row + 1}): "
            "expected a number; run `recsys evaluate` again"
        )
    return numbers
