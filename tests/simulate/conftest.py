"""Two shops, each made once: one in memory to judge recommenders on, one in a folder."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.simulate import TYPE_NAMES, Settings, Simulated, log_frame, simulate
from recsys.simulate.world import World

from .naive import Holdout, by_type

MIDDLE = Settings(customers=1500, products=1200, days=366)


@pytest.fixture(scope="session")
def middle() -> tuple[pd.DataFrame, World]:
    """A mid-size shop: its raw log and its truth."""
    return log_frame(MIDDLE, np.random.default_rng(11))


@pytest.fixture(scope="session")
def ndcg(middle: tuple[pd.DataFrame, World]) -> dict[str, pd.DataFrame]:
    """Target to mean NDCG@10, types x naive recommenders."""
    log, world = middle
    data = Holdout(log)
    names = pd.Series(np.array(TYPE_NAMES)[world.customers.kind[:1500]], index=world.customers.names())
    kinds = names.loc[data.customers].to_numpy(str)
    return {target: by_type(data, kinds, target) for target in ("any", "new")}


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """The same mid-size shop as a folder: the same seed, so the same log."""
    out = tmp_path_factory.mktemp("simulated") / "shop"
    return simulate(MIDDLE, np.random.default_rng(11), out, seed=11)
