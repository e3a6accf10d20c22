"""Our side of the speed comparison: the public recommenders on a given matrix.

python -m benchmarks.peers.ours_speed FOLDER THREADS. The matrix is given ready, as the peers get it; compiled
code comes from the cache. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.generator import factors
from recsys.core.fold import Known, Target, Truth
from recsys.core.ids import IdMap
from recsys.core.log import LINE_COLUMNS, TransactionLog, empty_frame
from recsys.core.parallel import over_blocks, threads
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.measure.accuracy import NDCG, AveragePrecision, Precision, Recall
from recsys.measure.judge import judge
from recsys.recommend.base import Shelf
from recsys.recommend.implicit_factors import FittedFactors
from recsys.recommend.item_knn import ItemKNN
from recsys.recommend.kernels import warm

K, NEIGHBOURS, FACTORS = 10, 100, 64


def main(folder: Path, limit: int) -> None:
    bought = sparse.load_npz(folder / "bought.npz")
    truth = sparse.load_npz(folder / "truth.npz")
    people, shelf = bought.shape
    everyone = np.arange(people, dtype=np.int32)
    left, right = factors(people, FACTORS, 1), factors(shelf, FACTORS, 2)
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        found = work()
        seconds[name] = time.perf_counter() - start
        return found

    with threads(limit):
        timed("load or compile", warm)
        history = TransactionLog(
            empty_frame(LINE_COLUMNS),
            *(IdMap.of([str(code) for code in range(size)]) for size in bought.shape),
            IdMap.of([]),
            np.datetime64("2024-01-01", "s"),
            _matrices={BINARY: bought},
        )
        known = Known(history.end, history, pd.DataFrame())
        model = timed("fit", lambda: ItemKNN(neighbours=NEIGHBOURS).fit(known, np.random.default_rng(0)))
        lists = timed("rank", lambda: model.recommend(everyone, K))
        vectors = FittedFactors(
            Shelf.of(known), own=bought, taste=FACTORS, customer_factors=left, product_factors=right
        )
        timed("factors", lambda: vectors.recommend(everyone, K))
        timed("plain product", lambda: _plain_product(left, right))
        later = Truth(Target.ANY, everyone, truth, truth.astype(np.float64), everyone.astype(object))
        judge(TopK.empty(everyone[:1], K), _first(later))  # compiled before it is timed
        scores = timed("metrics", lambda: _metrics(lists, later))
    np.save(folder / "ours.npy", lists.products)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": round(peak), "scores": scores}))


def _metrics(lists: TopK, truth: Truth) -> dict[str, float]:
    judged = judge(lists, truth)
    kinds = (Precision(K), Recall(K), AveragePrecision(K), NDCG(K))
    return {metric.name: float(np.nanmean(metric.per_customer(judged))) for metric in kinds}


def _first(truth: Truth) -> Truth:
    return Truth(truth.target, truth.customers[:1], truth.bought[:1], truth.spend[:1], truth.names[:1])


def _plain_product(left: np.ndarray, right: np.ndarray) -> None:
    """The limit: all scores in float32, made in blocks and thrown away."""
    columns = np.ascontiguousarray(right.T)

    def work(start: int, stop: int) -> None:
        for at in range(start, stop, 512):
            np.matmul(left[at : min(at + 512, stop)], columns)

    over_blocks(len(left), 8192, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
