"""The example package: installed as pip does it, its own tests run, and its parts in a run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.engine import shop

EXAMPLE = Path(__file__).parents[2] / "examples" / "my-shop"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package is installed in; nothing is fetched, and the checkout stays clean."""
    place = tmp_path_factory.mktemp("my-shop")
    shutil.copytree(
        EXAMPLE, place / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    )
    words = [
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    pip = [sys.executable, "-m", "pip", *words, "--target", place / "site", place / "source"]
    subprocess.run(pip, check=True, capture_output=True)
    return place / "site"


def run(site: Path, place: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "RECSYS_CACHE_DIR": str(place / "cache")}
    return subprocess.run(words, cwd=place, env=env, capture_output=True, text=True)


def recsys(site: Path, place: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return run(site, place, Path(sys.executable).with_name("recsys"), *words)


def test_its_own_tests_pass(site: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    done = run(site, tmp_path, sys.executable, "-m", "pytest", "-q", "-W", "error", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " failed" not in done.stdout


def test_every_part_takes_part_in_a_run(site: Path, tmp_path: Path) -> None:
    shop.write(tmp_path)
    held = [f"source={json.dumps(source(tmp_path))}", "split.windows=1", "split.holdout_days=14"]
    words = [word for one in held for word in ("--set", one)]
    config = EXAMPLE / "config.yaml"
    done = recsys(site, tmp_path, "evaluate", "-c", config, "-q", "--out", "run", *words)
    assert done.returncode == 0, done.stderr
    assert "Best by half_spend@10" in done.stdout
    heads = [line for line in done.stdout.splitlines() if line.startswith("recommender ")]
    assert all(line.split()[1] == "half_spend" for line in heads)
    board = pd.read_csv(tmp_path / "run" / "leaderboard.csv")
    assert {"rising", "letters"} <= set(board["recommender"])
    assert {"Long-standing", "Settled", "New"} & set(board["segment"])
    asked = board[(board["metric"] == "half_spend") & (board["k"] == 10)]
    assert asked["value"].between(0, 1).all()
    assert (tmp_path / "run" / "policy.yaml").read_text().count("half_spend@10") == 1
    page = (tmp_path / "run" / "report.html").read_text()
    assert "half spend" in page
    again = recsys(site, tmp_path, "verify", "run", "-q")
    assert again.returncode == 0, again.stdout


def source(place: Path) -> dict[str, object]:
    """The little shop's source section."""
    from recsys.engine.config import read_config

    return read_config(place / "little.yaml").source.model_dump(mode="json")


def test_schema_and_listing_know_them(site: Path, tmp_path: Path) -> None:
    told = recsys(site, tmp_path, "recommenders", "rising").stdout
    assert "Buyers in the last days over buyers in as many days before" in told
    schema = recsys(site, tmp_path, "schema").stdout
    assert all(f'"{word}"' in schema for word in ("rising", "tenure", "half_spend"))
    here = run(Path("nowhere"), tmp_path, Path(sys.executable).with_name("recsys"), "schema").stdout
    assert '"half_spend"' not in here


def test_without_the_package_the_config_says_what_is_unknown(tmp_path: Path) -> None:
    done = recsys(Path("nowhere"), tmp_path, "evaluate", "-c", EXAMPLE / "config.yaml", "-q")
    assert done.returncode == 2
    for word in ("tenure", "rising", "half_spend"):
        assert f"{word!r} is unknown: expected" in done.stderr


def test_the_readme_shows_its_metric_and_entry_point() -> None:
    readme = (EXAMPLE.parents[1] / "README.md").read_text()
    for language, file in (("python", "my_shop/half_spend.py"), ("toml", "pyproject.toml")):
        shown = re.findall(rf"```{language}\n(.*?)```", readme, flags=re.S)
        assert any(one in (EXAMPLE / file).read_text() for one in shown), file
