"""The outcome for machines: rankings, best and baseline per target and segment, ready for JSON."""

from __future__ import annotations

import math
from typing import Any

from recsys.report.board import Board, board_of
from recsys.report.chance import chance_recall
from recsys.report.run import Run
from recsys.report.verdict import Verdict, verdict
from recsys.report.words import NEW_PRODUCTS, NO_HISTORY


def summary(run: Run) -> dict[str, Any]:
    """Strict JSON: an undefined figure is None. `customers` is the mean per window, rounded.

    Products new to the shop have a `chance_recall` too, that of a random order; with one entrant, no best.
    """
    board = board_of(run)
    manifest = run.manifest
    return {
        "name": manifest["name"],
        "run_id": manifest["run_id"],
        "folder": str(run.folder),
        "recsys": manifest.get("recsys"),
        "simulated": bool((manifest.get("input") or {}).get("simulated")),
        "windows": manifest["windows"],
        "decide": {"metric": board.decide.metric, "k": board.decide.k},
        "baseline": board.baseline,
        "audit": run.audit["verdict"] if run.audit else None,
        "targets": {name: _segments(board, name) for name in board.targets},
    }


def _segments(board: Board, target: str) -> dict[str, Any]:
    names = board.segments(target) + ([NO_HISTORY] if board.has_no_history(target) else [])
    return {
        name: _outcome(verdict(board, target, name))
        | ({"chance_recall": _plain(chance_recall(board, name))} if target == NEW_PRODUCTS else {})
        for name in names
    }


def _outcome(one: Verdict) -> dict[str, Any]:
    return {
        "customers": None if math.isnan(one.customers) else round(one.customers),
        "best": one.best[0] if one.best else None,
        "tied": list(one.best[1:]),
        "value": _plain(one.value),
        "baseline_value": _plain(one.baseline_value),
        "difference": _plain(one.difference),
        "windows": one.windows,
        "windows_led": one.led,
        "ranking": [
            {"recommender": entry.recommender, "value": _plain(entry.value)} for entry in one.ranking
        ],
    }


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
