"""The demo: the sample log, made on the spot, and a config that judges it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

from recsys.core.errors import RunError
from recsys.engine.store import not_writable, write_whole
from recsys.simulate import Settings, simulate

FOLDER = Path("demo")
SHOP = Settings(customers=1000, products=800, days=366)
SEED = 2  # the log of data/sample


def demo(folder: Path = FOLDER) -> Path:
    """The demo's config in the folder, its log beside it; what stands there already is left as it is.

    Raises RunError where the folder cannot be written or holds something else.
    """
    config, sample = folder / "demo.yaml", folder / "sample"
    if not (sample / "log.parquet").is_file():
        if sample.is_file() or (sample.is_dir() and any(sample.iterdir())):
            raise RunError(
                f"{str(sample)!r} holds other files: expected the demo's log, or nothing; move it away"
            )
        simulate(SHOP, np.random.default_rng(SEED), sample, seed=SEED)
    if not config.exists():
        try:
            write_whole(config, files("recsys.engine").joinpath("demo.yaml").read_text(encoding="utf-8"))
        except OSError as error:
            raise not_writable(config, error) from None
    return config
