"""The committed sample is what its command makes today."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.simulate import Settings, log_frame

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def test_sample_is_made_again() -> None:
    facts = json.loads((SAMPLE / "simulation.json").read_text())
    asked = {name: facts["settings"][name] for name in ("customers", "products", "days")}
    log, _ = log_frame(Settings(**asked), np.random.default_rng(facts["seed"]))
    pd.testing.assert_frame_equal(pd.read_parquet(SAMPLE / "log.parquet"), log)
    command = " ".join(f"--{name} {value}" for name, value in asked.items())
    assert (
        f"recsys simulate {command} --seed {facts['seed']} data/sample"
        in (SAMPLE.parent / "README.md").read_text()
    )


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*")) < 1_500_000
