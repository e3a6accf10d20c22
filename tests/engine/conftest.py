"""One finished run of the little shop, shared by the tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from tests.engine import shop


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Parsed logs are not cached outside the tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("RECSYS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop.write(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def run(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of the little shop, with one thread."""
    out = tmp_path_factory.mktemp("runs") / "little"
    return evaluate(read_config(config), roots=(config.parent,), out=out, limit=1)
