"""What a run was made of: config, input, versions, windows."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recsys import __version__
from recsys.core.fold import Fold, Target
from recsys.engine.spec import Experiment
from recsys.engine.store import FORMAT
from recsys.engine.tables import Gathered
from recsys.ingest import Loaded
from recsys.split import Window

PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "implicit", "numba")


def describe(experiment: Experiment, loaded: Loaded, gathered: Gathered, run_id: str) -> dict[str, Any]:
    """The manifest, but for the costs that are known at the end."""
    log = loaded.log
    return {
        "format": FORMAT,
        "name": experiment.name,
        "run_id": run_id,
        "recsys": __version__,
        "versions": {"python": sys.version.split()[0]} | {name: version(name) for name in PACKAGES},
        "config": experiment.model_dump(mode="json") | {"baseline": experiment.baseline},
        "input": {
            "files": [_file(path) for path in loaded.files],
            "sha256": loaded.sha256,
            "simulated": simulated(loaded),
        },
        "seed": experiment.seed,
        "log": {
            "lines": len(log.lines),
            "customers": log.held[0],
            "products": log.held[1],
            "start": str(log.lines["time"].iloc[0])[:10],
            "end": str(log.end)[:10],
        },
        "windows": gathered.windows,
        "segments": {"names": gathered.segment_names, "evidence": gathered.evidence},
        "notes": list(loaded.notes),
    }


def describe_window(fold: Fold, window: Window) -> dict[str, Any]:
    """The counts of one window."""
    history = fold.known.history
    return {
        "window": window.number,
        "cutoff": str(window.cutoff)[:10],
        "judged_from": str(window.judged_from)[:10],
        "end": str(window.end)[:10],
        "history_lines": len(history.lines),
        "customers": len(history.customers),
        "products": len(history.products),
        "pairs": int(history.bought.nnz),
        "judged": {str(target): len(fold.truth(target)) for target in (Target.ANY, Target.NEW)},
        "truth_pairs": fold.pairs,
        "arrivals": len(fold.arrivals),
    }


def simulated(loaded: Loaded) -> bool:
    """Whether the log was made by `recsys simulate`: its settings lie beside it."""
    return any((path.parent / "simulation.json").is_file() for path in loaded.files)


def _file(path: Path) -> dict[str, Any]:
    return {"name": path.name, "path": str(path.absolute()), "bytes": path.stat().st_size}
