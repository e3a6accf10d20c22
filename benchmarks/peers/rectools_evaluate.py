"""RecTools doing what its users would: read, clean, split by time, six models, two targets, metrics.

Run in an environment of its own: python rectools_evaluate.py LOG.parquet. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings

os.environ["OPENBLAS_NUM_THREADS"] = "1"
warnings.simplefilter("ignore")
START = time.perf_counter()

import pandas as pd  # noqa: E402
from implicit.als import AlternatingLeastSquares  # noqa: E402
from implicit.nearest_neighbours import CosineRecommender, TFIDFRecommender  # noqa: E402
from rectools import Columns  # noqa: E402
from rectools.dataset import Dataset  # noqa: E402
from rectools.metrics import MAP, MRR, NDCG, HitRate, Precision, Recall, calc_metrics  # noqa: E402
from rectools.models import (  # noqa: E402
    ImplicitALSWrapperModel,
    ImplicitItemKNNWrapperModel,
    PopularModel,
    RandomModel,
)

CUTOFF = pd.Timestamp("2011-11-12")
KS = (5, 10, 20)


def read(path: str) -> pd.DataFrame:
    """The cleaned log with RecTools' column names."""
    log = pd.read_parquet(path).drop_duplicates()
    log = log[log["CustomerID"].notna()]
    log = log[~log["InvoiceNo"].str.startswith("C")]
    log = log[(log["Quantity"] > 0) & (log["UnitPrice"] > 0)]
    log = log[log["StockCode"].str.fullmatch(r"\d{5}[A-Za-z]*")]
    time_of_invoice = log.groupby("InvoiceNo")["InvoiceDate"].transform("min")
    return pd.DataFrame(
        {
            Columns.User: log["CustomerID"].astype("int64"),
            Columns.Item: log["StockCode"].astype(str),
            Columns.Weight: 1.0,
            Columns.Datetime: time_of_invoice,
        }
    )


def models() -> dict[str, object]:
    return {
        "popular": PopularModel(),
        "popular-28d": PopularModel(period=pd.Timedelta(days=28)),
        "item-cf": ImplicitItemKNNWrapperModel(TFIDFRecommender(K=200)),
        "item-cosine": ImplicitItemKNNWrapperModel(CosineRecommender(K=200)),
        "als": ImplicitALSWrapperModel(AlternatingLeastSquares(factors=64, iterations=15, random_state=7)),
        "random": RandomModel(random_state=7),
    }


def main(path: str) -> None:
    log = read(path)
    history = log[log[Columns.Datetime] < CUTOFF]
    history = history.groupby([Columns.User, Columns.Item], as_index=False).agg(
        {Columns.Weight: "sum", Columns.Datetime: "max"}
    )
    future = log[log[Columns.Datetime] >= CUTOFF].drop_duplicates([Columns.User, Columns.Item])
    future = future[future[Columns.User].isin(history[Columns.User].unique())]
    future = future[future[Columns.Item].isin(history[Columns.Item].unique())]
    pairs = pd.MultiIndex.from_frame(history[[Columns.User, Columns.Item]])
    fresh = future[~pd.MultiIndex.from_frame(future[[Columns.User, Columns.Item]]).isin(pairs)]
    dataset = Dataset.construct(history)
    kinds = {"precision": Precision, "recall": Recall, "map": MAP, "ndcg": NDCG, "hit": HitRate, "mrr": MRR}
    metrics = {f"{name}@{k}": kind(k=k) for name, kind in kinds.items() for k in KS}
    found = {}
    for name, model in models().items():
        model.fit(dataset)
        for target, truth in (("any", future), ("new", fresh)):
            users = truth[Columns.User].unique()
            lists = model.recommend(users, dataset, k=max(KS), filter_viewed=target == "new")
            found[f"{name}/{target}"] = calc_metrics(metrics, lists, truth[[Columns.User, Columns.Item]])
    print(json.dumps({"seconds": time.perf_counter() - START, "metrics": found}, default=float))


if __name__ == "__main__":
    main(sys.argv[1])
