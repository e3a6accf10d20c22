"""Run folders for the tests: a small one from hand-made numbers, and a realistic one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys.report.run import AB_SIZES, AGEING, FRONTIER, STABILITY

LEADERBOARD = ["window", "target", "segment", "recommender", "metric", "k", "value", "customers"]
FUNNEL = ["window", "target", "segment", "recommender", "stage", "customers"]
LEDGER = ["rule", "lines", "customers", "revenue"]
COSTS = ["window", "recommender", "fit_seconds", "recommend_seconds", "peak_mb"]
CUTOFFS = [("2011-11-12", "2011-12-10"), ("2011-10-15", "2011-11-12"), ("2011-09-17", "2011-10-15")]


def manifest(
    recommenders: Iterable[str],
    *,
    name: str = "tiny",
    run_id: str = "tiny-0123abcd",
    windows: int = 1,
    segments: Iterable[str] = (),
    targets: Iterable[str] = ("any",),
    baseline: str | None = "popular",
    **changes: Any,
) -> dict[str, Any]:
    """A manifest as the engine writes it."""
    names = list(segments)
    return {
        "format": 1,
        "name": name,
        "run_id": run_id,
        "recsys": "0.1.0",
        "versions": {"python": "3.11.9", "numpy": "2.4.6", "pandas": "3.1.1"},
        "config": {
            "name": name,
            "seed": 7,
            "split": {"kind": "rolling", "holdout_days": 28, "windows": windows},
            "segments": {"kind": "kmeans", "features": "rfm", "k": "auto"} if names else None,
            "recommenders": {one: {"kind": one} for one in recommenders},
            "evaluate": {
                "k": [5, 10, 20],
                "targets": list(targets),
                "baseline": baseline,
                "decide": {"metric": "map", "k": 10},
            },
        },
        "input": {
            "files": [{"name": "online_retail.parquet", "bytes": 2_345_678}],
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "simulated": False,
        },
        "seed": 7,
        "threads": 2,
        "seconds": 4.83,
        "peak_mb": 612.4,
        "log": {
            "lines": 391_150,
            "customers": 4_334,
            "products": 3_659,
            "start": "2010-12-01T08:26:00",
            "end": "2011-12-09T12:50:00",
        },
        "windows": [
            {
                "window": at,
                "cutoff": CUTOFFS[at][0],
                "end": CUTOFFS[at][1],
                "history_lines": 333_833 - 40_000 * at,
                "customers": 4_108 - 330 * at,
                "products": 3_625 - 80 * at,
                "pairs": 234_963 - 30_000 * at,
                "judged": {"any": 1_300 - 180 * at, "new": 1_189 - 170 * at},
            }
            for at in range(windows)
        ],
        "segments": {"names": names, "evidence": []},
        "notes": [],
        **changes,
    }


def write_folder(
    folder: Path,
    described: dict[str, Any],
    leaderboard: list[tuple[Any, ...]],
    *,
    funnel: list[tuple[Any, ...]] = (),
    ledger: list[tuple[Any, ...]] = (),
    costs: list[tuple[Any, ...]] = (),
    profile: pd.DataFrame | None = None,
) -> Path:
    """The files of a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(described), "utf-8")
    tables = {
        "leaderboard": (LEADERBOARD, leaderboard),
        "funnel": (FUNNEL, funnel),
        "ledger": (LEDGER, ledger),
        "costs": (COSTS, costs),
    }
    for name, (columns, rows) in tables.items():
        pd.DataFrame(list(rows), columns=columns).to_csv(folder / f"{name}.csv", index=False)
    if profile is None:
        profile = pd.DataFrame(columns=["window", "segment", "customers"])
        profile = pd.DataFrame({"window": 0, "segment": described["segments"]["names"], "customers": 10})
    profile.to_csv(folder / "segment_profile.csv", index=False)
    return folder


def write_arrivals(folder: Path, *, arrivals: tuple[int, ...] = (20, 40), **changes: Any) -> Path:
    """Two windows in which `content` alone ranks products new to the shop; chance reaches 0.5 and 0.25."""
    described = manifest(["popular", "content"], windows=2, targets=["any", "new-products"], **changes)
    for window, number in zip(described["windows"], arrivals, strict=False):
        window["arrivals"] = number
    rows = [
        (window, target, "all", who, metric, 10, value, 30 + 10 * window)
        for window in (0, 1)
        for target, who in (("any", "popular"), ("new-products", "content"))
        for metric, value in (("map", 0.2), ("recall", 0.4))
    ]
    return write_folder(folder, described, rows)


def write_undecided(folder: Path, **changes: Any) -> Path:
    """Two windows and a segment; captured_spend decides, but there are no prices."""
    described = manifest(["popular", "als"], windows=2, segments=["Big"], **changes)
    described["config"]["evaluate"]["decide"]["metric"] = "captured_spend"
    rows = [
        (window, "any", segment, who, "map", 10, value, 40)
        for window in (0, 1)
        for segment in ("all", "Big")
        for who, value in (("popular", 0.2), ("als", 0.3))
    ]
    return write_folder(folder, described, rows)


# --- a realistic run -------------------------------------------------------------------------------

SEGMENTS = {
    "Champions": (0.11, 0.52, 1.35),
    "Loyal regulars": (0.22, 0.24, 1.15),
    "Recent newcomers": (0.19, 0.09, 0.85),
    "At-risk former big spenders": (0.16, 0.10, 0.7),
    "Lapsed one-time buyers": (0.32, 0.05, 0.5),
}
# precision@10 for target any, then new; own share.
STRENGTH = {
    "popular": (0.069, 0.030, 1.0),
    "popular-28d": (0.122, 0.069, 1.0),
    "segment-bestsellers": (0.118, 0.064, 1.0),
    "repurchase": (0.279, 0.030, 0.82),
    "item-cf": (0.241, 0.084, 0.97),
    "als": (0.214, 0.081, 1.0),
    "content": (0.131, 0.058, 0.93),
}
_SHAPE = {
    "precision": 1.0,
    "recall": 0.62,
    "map": 0.78,
    "ndcg": 1.2,
    "hit": 2.6,
    "mrr": 1.7,
    "captured_spend": 0.66,
}
_LENGTH = {
    "precision": (1.18, 0.8),
    "recall": (0.6, 1.55),
    "map": (1.02, 0.93),
    "ndcg": (1.04, 0.96),
    "hit": (0.82, 1.16),
    "mrr": (0.96, 1.02),
    "captured_spend": (0.62, 1.5),
}
_RULES = [
    ("read", 541_909, 4_372, 9_747_747.93),
    ("duplicates", 5_268, 0, 21_740.98),
    ("missing-customer", 135_037, 0, 1_447_487.53),
    ("cancellations", 8_872, 33, -608_689.47),
    ("quantity", 0, 0, 0.0),
    ("price", 40, 1, 0.0),
    ("product-code", 1_542, 4, 149_981.25),
    ("kept", 391_150, 4_334, 8_737_227.64),
]


def write_shop(folder: Path, *, windows: int = 3, seed: int = 1, prices: bool = True, **changes: Any) -> Path:
    """Seven recommenders, five segments, two targets, people without history, new products."""
    rng = np.random.default_rng(seed)
    described = manifest(
        STRENGTH,
        **{
            "name": "online-retail",
            "run_id": "online-retail-4f1c9a2e",
            "windows": windows,
            "segments": SEGMENTS,
            "targets": ("any", "new"),
            "baseline": "segment-bestsellers",
        }
        | changes,
    )
    described["segments"]["evidence"] = [
        {"k": k, "inertia": 9_000 / k**0.8, "silhouette": s, "chosen": k == 5}
        for k, s in [(4, 0.351), (5, 0.388), (6, 0.342), (7, 0.33), (8, 0.319)]
    ]
    if not changes.get("notes"):
        described["notes"] = ["segment 'Champions' holds 52% of the revenue in 11% of the customers"]
    rows = [row for window in range(windows) for row in _window(window, rng, prices)]
    for name, table in _evidence(windows).items():
        folder.mkdir(parents=True, exist_ok=True)
        table.to_csv(folder / f"{name}.csv", index=False)
    return write_folder(
        folder,
        described,
        rows,
        funnel=_funnel(windows),
        ledger=_RULES,
        costs=_costs(windows, rng),
        profile=_profile(windows),
    )


def _people(window: int, target: str, segment: str) -> int:
    whole = {"any": 1_300, "new": 1_189, "new-products": 310}[target] - 170 * window * (
        target != "new-products"
    )
    return (
        whole if segment == "all" else round(whole * SEGMENTS[segment][0] * (1 + SEGMENTS[segment][2]) / 1.8)
    )


def _window(window: int, rng: np.random.Generator, prices: bool) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    places = [(t, s) for t in ("any", "new") for s in ("all", *SEGMENTS)] + [("any", "(no history)")]
    places += [("new-products", s) for s in ("all", *SEGMENTS)]
    for target, segment in places:
        people = 119 if segment == "(no history)" else _people(window, target, segment)
        for name, (any_, new, own) in STRENGTH.items():
            if segment == "(no history)" and name in ("repurchase", "item-cf", "als", "content"):
                continue
            if target == "new-products" and name != "content":
                continue
            ease = SEGMENTS[segment][2] if segment in SEGMENTS else 1.0
            base = (
                {"any": any_, "new": new, "new-products": 0.021}[target]
                * ease
                * (1 + 0.04 * rng.standard_normal())
            )
            if name == "repurchase" and "one-time" in segment:
                base *= 0.55
            for at, k in enumerate((5, 10, 20)):
                for metric, shape in _SHAPE.items():
                    if metric == "captured_spend" and not prices:
                        continue
                    length = 1.0 if k == 10 else _LENGTH[metric][at // 2]
                    rows.append(
                        (window, target, segment, name, metric, k, min(0.98, base * shape * length), people)
                    )
                spread = {"popular": 0.004, "item-cf": 0.41, "als": 0.22, "content": 0.63}.get(name, 0.02)
                rows.append((window, target, segment, name, "coverage", k, spread * (at + 1) / 2, people))
                rows.append((window, target, segment, name, "own_share", k, own, people))
    return rows


def _funnel(windows: int) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for window in range(windows):
        for target in ("any", "new"):
            judged = _people(window, target, "all")
            stages = {
                "future buyers": judged + 261,
                "with history": judged + 142,
                "with reachable truth": judged + 6,
                "judged": judged,
                "without history": 119,
            }
            rows += [(window, target, "all", "", stage, n) for stage, n in stages.items()]
            rows += [(window, target, s, "", "judged", _people(window, target, s)) for s in SEGMENTS]
            rows += [
                (window, target, "all", name, "served", round(judged * (0.9 + own / 10)))
                for name, (_, _, own) in STRENGTH.items()
            ]
        rows += [
            (window, "any", "(no history)", name, "served", 119)
            for name in ("popular", "popular-28d", "segment-bestsellers")
        ]
    return rows


def _costs(windows: int, rng: np.random.Generator) -> list[tuple[Any, ...]]:
    fit = dict(zip(STRENGTH, (0.004, 0.006, 0.011, 0.02, 0.19, 0.42, 0.31), strict=True))
    return [
        (w, name, round(t * (1 + 0.1 * rng.random()), 4), round(0.02 + t / 4, 4), 310 + 400 * t)
        for w in range(windows)
        for name, t in fit.items()
    ]


def _evidence(windows: int) -> dict[str, pd.DataFrame]:
    """Cost, age, agreement and tests, as the engine writes them; age and agreement need two windows."""
    targets = (("any", 0), ("new", 1))
    means = {(target, name): 0.78 * held[at] for target, at in targets for name, held in STRENGTH.items()}
    best = {target: max(means[target, name] for name in STRENGTH) for target, _ in targets}
    frontier = [
        (
            target,
            name,
            "map",
            10,
            value,
            0.02 + at / 20,
            300.0,
            at < 5,
            at < 3,
            value == best[target],
            value == best[target],
        )
        for at, ((target, name), value) in enumerate(means.items())
    ]
    ages = [
        (
            target,
            name,
            "map",
            10,
            28 * back,
            900,
            0.9 * value,
            value,
            -0.1 * value,
            -0.15 * value,
            0.0,
            -0.1,
            -0.15,
            0.0,
        )
        for back in range(1, windows)
        for (target, name), value in means.items()
    ]
    sizes = [
        (
            target,
            segment,
            metric,
            10,
            "item-cf",
            "segment-bestsellers",
            0.02,
            0.2,
            4_000,
            0.3,
            800,
            2_667,
            0.03,
            "no",
        )
        for target, _ in targets
        for metric in ("map", "hit")
        for segment in ("all", *SEGMENTS)
    ]
    agree = [
        (target, segment, name, figure, value, windows)
        for target, _ in targets
        for segment in ("all", *SEGMENTS)
        for name, figure, value in (
            *((one, "win rate", float(one == "als")) for one in STRENGTH),
            ("", "rank correlation", 0.5),
        )
        if windows > 1
    ]
    held = {"frontier": (FRONTIER, frontier), "ageing": (AGEING, ages)}
    held |= {"ab_sizes": (AB_SIZES, sizes), "stability": (STABILITY, agree)}
    return {name: pd.DataFrame(rows, columns=list(columns)) for name, (columns, rows) in held.items()}


def _profile(windows: int) -> pd.DataFrame:
    products = [
        "WHITE HANGING HEART T-LIGHT HOLDER",
        "REGENCY CAKESTAND 3 TIER",
        "JUMBO BAG RED RETROSPOT",
        "ASSORTED COLOUR BIRD ORNAMENT",
        "PARTY BUNTING",
        "LUNCH BAG RED RETROSPOT",
        "PAPER CHAIN KIT 50'S CHRISTMAS",
    ]
    return pd.DataFrame(
        [
            {
                "window": window,
                "segment": name,
                "customers": round(4_108 * size),
                "customer_share": size,
                "revenue": round(7_900_000 * worth, 2),
                "revenue_share": worth,
                "orders": round(16_000 * (size + worth) / 2),
                "median_recency_days": 4 + 60 * at**1.4,
                "median_frequency": max(1, 14 - 4 * at),
                "median_monetary": 5_214.5 / (1 + at) ** 2,
                "top_products": "; ".join(products[at : at + 3]),
            }
            for window in range(windows)
            for at, (name, (size, worth, _)) in enumerate(SEGMENTS.items())
        ]
    )
