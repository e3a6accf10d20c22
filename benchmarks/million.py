"""Segments of a million customers: every feature from 30 million lines, then minibatch K-means, k chosen.

python -m benchmarks.million

Prints JSON: seconds from the parsed log to fitted segments, and to everyone's segment; peak memory of the
whole process, the log in it, before and after. The customers are made up: visits are log-normal over
customers, baskets geometric, products follow Zipf's law, one line in fifty comes back.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from recsys.core.fold import know
from recsys.core.ids import IdMap
from recsys.core.log import TransactionLog
from recsys.segment import MiniBatchKMeansSegments
from recsys.simulate.descriptions import describe

CUSTOMERS, PRODUCTS, LINES = 1_000_000, 20_000, 30_000_000
BASKET = 12  # mean lines of an invoice
DAYS, START = 366, np.datetime64("2024-01-01T00:00:00")
COUNTRIES = ("United Kingdom", "Germany", "France", "EIRE", "Spain")


def main() -> None:
    """Measure and print."""
    log = shop()
    before = peak()
    known, knowing = timed(lambda: know(log, log.end))
    segments = MiniBatchKMeansSegments(features="full")
    rules, fitting = timed(lambda: segments.fit(known, np.random.default_rng(7)))
    after = peak()
    found, assigning = timed(lambda: rules.assign(known))
    figures = {
        "customers": len(found.codes),
        "lines": len(log.lines),
        "columns": found.features.shape[1],
        "segments": len(found.names),
        "fit_s": round(knowing + fitting, 1),
        "assign_s": round(assigning, 1),
        "log_gb": round(before, 2),
        "fit_gb": round(after, 2),
        "assign_gb": round(peak(), 2),
    }
    print(json.dumps(figures))


def shop(seed: int = 7) -> TransactionLog:
    """A log of `LINES` lines; a customer whom no invoice falls to has one all the same."""
    rng = np.random.default_rng(seed)
    invoices = LINES // BASKET
    activity = rng.lognormal(0, 1, CUSTOMERS)
    drawn = rng.choice(CUSTOMERS, invoices - CUSTOMERS, p=activity / activity.sum())
    who = rng.permutation(np.concatenate([np.arange(CUSTOMERS), drawn])).astype(np.int32)
    moment = np.sort(rng.integers(0, DAYS * 86_400, invoices)).astype("timedelta64[s]")
    size = np.bincount(rng.integers(0, invoices, LINES - invoices), minlength=invoices) + 1
    basket = np.repeat(np.arange(invoices, dtype=np.int32), size)
    weight = 1 / np.arange(1, PRODUCTS + 1) ** 0.8
    product = rng.choice(PRODUCTS, LINES, p=weight / weight.sum()).astype(np.int32)
    price = np.round(rng.lognormal(0.7, 0.85, PRODUCTS), 2) + 0.1
    country = rng.choice(len(COUNTRIES), CUSTOMERS, p=(0.9, 0.04, 0.03, 0.02, 0.01))
    _, texts = describe((np.arange(PRODUCTS) % 400).astype(np.int32), rng)
    words = IdMap.of(texts)
    lines = pd.DataFrame(
        {
            "customer": who[basket],
            "product": product,
            "basket": basket,
            "time": (START + moment)[basket],
            "quantity": rng.integers(1, 13, LINES).astype(np.float64),
            "price": price[product] * np.where(rng.random(LINES) < 0.1, 0.9, 1.0),
            "description": words.codes(texts)[product],
            "country": pd.Categorical.from_codes(country[who[basket]], list(COUNTRIES)),
        }
    )
    back = np.flatnonzero(rng.random(LINES) < 0.02)
    return TransactionLog(
        lines=lines,
        customers=IdMap(np.array([f"c{code:07}" for code in range(CUSTOMERS)], dtype=object)),
        products=IdMap(np.array([f"p{code:05}" for code in range(PRODUCTS)], dtype=object)),
        descriptions=words,
        end=START + np.timedelta64(DAYS, "D"),
        cancellations=lines.iloc[back].assign(basket=invoices + lines["basket"].to_numpy()[back]),
        customer_columns=("country",),
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and its seconds."""
    start = time.perf_counter()
    made = work()
    return made, time.perf_counter() - start


def peak() -> float:
    """The process's largest memory so far, in GB (Linux tells it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
