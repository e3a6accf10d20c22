"""Libraries loaded ahead are nobody's concern where a command ends before it needs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recsys.engine import ahead
from recsys.engine.config import read_config

CONFIG = """
name: gone
source: {kind: csv, path: gone.csv, columns: {customer: c, product: p, time: t}}
segments: {kind: kmeans}
recommenders: {als: {kind: als}, words: {kind: content}, popular: {kind: popularity}}
"""


@pytest.mark.parametrize("round", range(3))
def test_a_command_that_ends_at_once_says_one_thing(tmp_path: Path, round: int) -> None:
    config = tmp_path / "gone.yaml"
    config.write_text(CONFIG)
    recsys = Path(sys.executable).with_name("recsys")
    ended = subprocess.run(
        [recsys, "evaluate", "-q", "-c", config], cwd=tmp_path, capture_output=True, text=True, env=os.environ
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: source.path 'gone.csv' is not there")
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_what_cannot_be_loaded_is_told_by_whoever_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that is loaded while the interpreter goes down raises whatever it likes."""

    def down(name: str) -> None:
        asked.append(name)
        raise RuntimeError("can't register atexit after shutdown")

    asked: list[str] = []
    told: list[object] = []
    monkeypatch.setattr(ahead, "import_module", down)
    monkeypatch.setattr("threading.excepthook", told.append)
    config = tmp_path / "gone.yaml"
    config.write_text(CONFIG)
    ahead.load_ahead(read_config(config)).join()
    assert "implicit.cpu.als" in asked
    assert told == []
