"""LensKit's side of the speed comparison, in an environment of its own.

python lenskit_speed.py FOLDER THREADS. It ranks one customer at a time, so 2,000 are timed, without the start
of its processes, and the seconds multiplied. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from lenskit.batch import recommend  # noqa: E402
from lenskit.data import from_interactions_df  # noqa: E402
from lenskit.knn import ItemKNNScorer  # noqa: E402
from lenskit.parallel import initialize  # noqa: E402
from lenskit.pipeline import topn_pipeline  # noqa: E402
from scipy import sparse  # noqa: E402

K, NEIGHBOURS, SAMPLE = 10, 100, 2_000


def main(folder: Path, threads: int) -> None:
    initialize(processes=threads, threads=threads, backend_threads=threads)
    bought = sparse.csr_matrix(sparse.load_npz(folder / "bought.npz"))
    pairs = bought.tocoo()
    data = from_interactions_df(pd.DataFrame({"user_id": pairs.row, "item_id": pairs.col}))
    people = np.unique(pairs.row)
    some = np.sort(np.random.default_rng(0).choice(people, min(SAMPLE, len(people)), replace=False))
    scorer = ItemKNNScorer(max_nbrs=NEIGHBOURS, save_nbrs=NEIGHBOURS, feedback="implicit")
    pipeline = topn_pipeline(scorer, n=K)
    seconds = {}
    start = time.perf_counter()
    pipeline.train(data)
    seconds["fit"] = time.perf_counter() - start
    spent = {}
    for size in (threads, len(some)):
        start = time.perf_counter()
        recommend(pipeline, [int(user) for user in some[:size]], n=K, n_jobs=threads)
        spent[size] = time.perf_counter() - start
    each = (spent[len(some)] - spent[threads]) / (len(some) - threads)
    seconds["rank"] = each * len(people)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
