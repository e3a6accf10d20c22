"""One realistic run folder, written once; tests that change it make their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.report import Run, read_run

from .run_folder import write_shop


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("run") / "shop")


@pytest.fixture
def shop(shop_folder: Path) -> Run:
    return read_run(shop_folder)
