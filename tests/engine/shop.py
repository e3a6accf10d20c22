"""A little shop for whole runs: 80 customers, 40 products, 150 days, written as a user's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CONFIG = """\
name: little
seed: 3
source:
  kind: csv
  path: log.csv
  columns: {customer: who, product: what, time: when, invoice: receipt, quantity: units, price: each,
            description: label, country: land}
split: {kind: rolling, holdout_days: 28, windows: 2}
segments: {kind: kmeans, k: 3}
recommenders:
  popular: {kind: popularity}
  segment-bestsellers: {kind: segment-bestsellers}
  repurchase: {kind: repurchase}
  item-cf: {kind: item-knn, neighbours: 20}
  als: {kind: als, factors: 8, iterations: 5}
  content: {kind: content}
  safe: {kind: fallback, parts: [als, popular]}
evaluate: {k: [5, 10], decide: {metric: ndcg, k: 10}}
"""


def lines(seed: int = 0) -> pd.DataFrame:
    """Purchases of customers who like one of four families of products, oldest first."""
    rng = np.random.default_rng(seed)
    receipts = 700
    who = rng.integers(0, 80, receipts)
    day = np.sort(rng.uniform(0, 150, receipts))
    size = rng.integers(1, 7, receipts)
    receipt = np.repeat(np.arange(receipts), size)
    family = np.where(rng.random(len(receipt)) < 0.7, who[receipt] % 4, rng.integers(0, 4, len(receipt)))
    # Product 39 is first sold in the last days; products of a family share a word.
    what = family * 10 + rng.integers(0, 10, len(receipt))
    what = np.where((what == 39) & (day[receipt] < 130), 38, what)
    words = np.array(["CANDLE", "TEAPOT", "RIBBON", "BASKET"])
    return pd.DataFrame(
        {
            "receipt": [f"R{r:05}" for r in receipt],
            "what": [f"0{p + 100}" for p in what],
            "label": [f"{words[p // 10]} NUMBER {chr(65 + p % 10) * 3}" for p in what],
            "units": rng.integers(1, 9, len(receipt)),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.round(day[receipt] * 86400), unit="s"),
            "each": np.round(rng.uniform(0.5, 20, 40)[what], 2),
            "who": [f"customer-{c}" for c in who[receipt]],
            "land": np.where(who[receipt] % 5 == 0, "France", "Spain"),
        }
    )


def write(folder: Path, config: str = CONFIG) -> Path:
    """log.csv and little.yaml in `folder`; returns the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines().to_csv(folder / "log.csv", index=False)
    path = folder / "little.yaml"
    path.write_text(config)
    return path
