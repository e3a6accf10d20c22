"""The demo: offered without a config, and there wherever the package is installed."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from recsys.core.errors import RunError
from recsys.engine.demo import demo
from tests.cli.test_commands import RECSYS, recsys

HOME = Path(__file__).parents[2]
QUICK = ("--set", "split.windows=1", "--set", "recommenders={popular: {kind: popularity}}")
BASELINE = ("--set", "evaluate.baseline=popular")


def test_without_a_config_or_a_terminal_it_says_what_to_do(tmp_path: Path) -> None:
    told = " ".join(recsys(tmp_path, "evaluate", code=2).stderr.split())
    assert "no config: expected --config FILE" in told
    assert "`recsys evaluate --demo`" in told
    assert list(tmp_path.iterdir()) == []
    assert "expected one of them" in recsys(tmp_path, "evaluate", "--demo", "-c", "x.yaml", code=2).stderr


def answered(place: Path, answer: bytes) -> tuple[int, str]:
    """`recsys evaluate` on a terminal, its question answered: exit code, and what was said."""
    master, slave = pty.openpty()
    env = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
    ends = {"stdin": slave, "stdout": slave, "stderr": slave}
    with subprocess.Popen(
        [RECSYS, "evaluate"], cwd=place, env=env, start_new_session=True, **ends
    ) as process:
        os.close(slave)
        said = b""
        while part := _next(master):
            said += part
            if b"[Y/n]" in said and answer:
                os.write(master, answer)
                answer = b""
    os.close(master)
    return process.returncode, said.decode()


def _next(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # the other end is closed
        return b""


def test_on_a_terminal_it_asks_and_takes_no_for_an_answer(tmp_path: Path) -> None:
    code, said = answered(tmp_path, b"n\n")
    assert code == 2
    assert "Judge the demo" in said
    assert "no config: expected --config FILE" in said
    assert answered(tmp_path, b"\x04")[0] == 130  # end of input
    assert list(tmp_path.iterdir()) == []


def test_the_demo_is_the_sample_and_its_config(tmp_path: Path) -> None:
    config = demo(tmp_path / "demo")
    assert config.read_bytes() == (HOME / "configs" / "demo.yaml").read_bytes()
    made = pd.read_parquet(config.parent / "sample" / "log.parquet")
    pd.testing.assert_frame_equal(made, pd.read_parquet(HOME / "data" / "sample" / "log.parquet"))


def test_what_stands_there_stays(tmp_path: Path) -> None:
    config, sample = tmp_path / "demo.yaml", tmp_path / "sample"
    sample.mkdir()
    (sample / "log.parquet").write_text("mine")
    config.write_text("mine too")
    assert demo(tmp_path) == config
    assert (sample / "log.parquet").read_text() == "mine"
    assert config.read_text() == "mine too"
    (sample / "log.parquet").rename(sample / "other.parquet")
    with pytest.raises(RunError, match="move it away"):
        demo(tmp_path)
    assert [path.name for path in sample.iterdir()] == ["other.parquet"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as pip installs it, without its dependencies; built from a copy."""
    place = tmp_path_factory.mktemp("installed")
    shutil.copytree(
        HOME / "recsys", place / "source" / "recsys", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(HOME / name, place / "source" / name)
    words = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words, place / "packages"]
    subprocess.run([*pip, place / "source"], check=True, capture_output=True)
    return place / "packages"


def test_the_demo_runs_where_only_the_package_is(installed: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(installed), "RECSYS_CACHE_DIR": str(tmp_path / "cache")}
    env.pop("RECSYS_DATA_DIR", None)
    place = tmp_path / "empty"
    place.mkdir()
    command = [sys.executable, installed / "bin" / "recsys"]
    where = [sys.executable, "-c", "import recsys; print(recsys.__file__)"]
    said = subprocess.run(where, cwd=place, env=env, capture_output=True, text=True, check=True)
    assert Path(said.stdout).is_relative_to(installed)
    done = subprocess.run(
        [*command, "evaluate", "--demo", *QUICK, *BASELINE],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Plain means, simulated shop: " in done.stdout
    assert sorted(path.name for path in place.iterdir()) == ["demo", "runs"]
