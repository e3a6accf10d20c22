"""What each recommender scored with each customer, of a finished run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from recsys.core.errors import RunError, nearest
from recsys.engine.store import SCORES, read_manifest


def customer_scores(run: Path, metric: str, *, target: str = "any", window: int = 0) -> pd.DataFrame:
    """One row per judged customer: `segment`, then a column per recommender; NaN where it is undefined.

    metric: as in `map@10`. target: any, new or new-products. window: 0 is the latest. Customers are called as
    the run's privacy setting says. Raises RunError where the run holds no such scores.
    """
    names = read_manifest(run)["config"]["recommenders"]
    files = {name: run / SCORES / f"{window}-{target}-{name}.parquet" for name in names}
    files = {name: path for name, path in files.items() if path.is_file()}
    if not files:
        windows = sorted({path.name.split("-")[0] for path in (run / SCORES).glob("*.parquet")})
        raise RunError(
            f"{str(run)!r} has no scores of target {target!r} in window {window}: expected a target of "
            f"evaluate.targets, and one of the windows {', '.join(windows)}"
        )
    known = [name for name in pq.read_schema(next(iter(files.values()))).names if "@" in name]
    if metric not in known:
        raise RunError(
            f"{metric!r} was not judged: expected one of {', '.join(known)}{nearest(metric, known)}"
        )
    columns = [
        pd.read_parquet(path, columns=["customer", "segment", metric])
        .set_index(["customer", "segment"])[metric]
        .rename(name)
        for name, path in files.items()
    ]
    return pd.concat(columns, axis=1).reset_index("segment")
