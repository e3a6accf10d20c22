"""implicit's side of the speed comparison, in an environment of its own.

python implicit_speed.py FOLDER THREADS. Of K neighbours implicit counts the product itself as one. Prints one
JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as implicit advises
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
from implicit.cpu.als import AlternatingLeastSquares  # noqa: E402
from implicit.nearest_neighbours import CosineRecommender  # noqa: E402
from scipy import sparse  # noqa: E402

K, NEIGHBOURS, FACTORS = 10, 100, 64


def factors(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, FACTORS), dtype=np.float32)


def main(folder: Path, threads: int) -> None:
    single = sparse.csr_matrix(sparse.load_npz(folder / "bought.npz"))
    bought = single.astype(np.float64)  # what its neighbourhood models want
    everyone = np.arange(bought.shape[0])
    seconds = {}
    model = CosineRecommender(K=NEIGHBOURS + 1, num_threads=threads)
    start = time.perf_counter()
    model.fit(bought, show_progress=False)
    seconds["fit"] = time.perf_counter() - start
    start = time.perf_counter()
    lists, _ = model.recommend(everyone, bought, N=K, filter_already_liked_items=True)
    seconds["rank"] = time.perf_counter() - start
    np.save(folder / "implicit.npy", lists.astype(np.int32))
    vectors = AlternatingLeastSquares(factors=FACTORS, num_threads=threads)
    vectors.user_factors = factors(bought.shape[0], 1)
    vectors.item_factors = factors(bought.shape[1], 2)
    start = time.perf_counter()
    vectors.recommend(everyone, single, N=K, filter_already_liked_items=True)
    seconds["factors"] = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
