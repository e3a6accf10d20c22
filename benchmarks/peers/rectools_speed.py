"""RecTools' side of the speed comparison: factor ranking and metrics, in an environment of its own.

python rectools_speed.py FOLDER THREADS. Its metrics read data frames, which are made before the clock starts.
Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from rectools import Columns  # noqa: E402
from rectools.metrics import MAP, NDCG, Precision, Recall, calc_metrics  # noqa: E402
from rectools.models.rank import Distance, ImplicitRanker  # noqa: E402
from scipy import sparse  # noqa: E402

K, FACTORS = 10, 64


def factors(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, FACTORS), dtype=np.float32)


def main(folder: Path, threads: int) -> None:
    bought = sparse.csr_matrix(sparse.load_npz(folder / "bought.npz"))
    truth = sparse.csr_matrix(sparse.load_npz(folder / "truth.npz")).tocoo()
    people = bought.shape[0]
    seconds = {}
    ranker = ImplicitRanker(
        Distance.DOT, factors(people, 1), factors(bought.shape[1], 2), num_threads=threads
    )
    start = time.perf_counter()
    ranker.rank(subject_ids=np.arange(people), k=K, filter_pairs_csr=bought)
    seconds["factors"] = time.perf_counter() - start
    lists = np.load(folder / "ours.npy")
    row, place = np.nonzero(lists >= 0)
    reco = pd.DataFrame(
        {Columns.User: row, Columns.Item: lists[row, place].astype(np.int64), Columns.Rank: place + 1}
    )
    later = pd.DataFrame({Columns.User: truth.row.astype(np.int64), Columns.Item: truth.col.astype(np.int64)})
    metrics = {"precision@10": Precision(k=K), "recall@10": Recall(k=K), "map@10": MAP(k=K)}
    metrics["ndcg@10"] = NDCG(k=K)
    start = time.perf_counter()
    scores = calc_metrics(metrics, reco, later)
    seconds["metrics"] = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": round(peak), "scores": scores}, default=float))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
