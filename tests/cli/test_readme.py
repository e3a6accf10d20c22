"""The README's commands are run, in its order; what they need stands in the folder as after a clone.

The log is a smaller one than the sample, and one process runs them all: the commands are what is tested here.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from recsys.engine.catalog import RECOMMENDERS
from recsys.report import print_tables, read_run
from recsys.simulate import Settings, simulate

HOME = Path(__file__).parents[2]
NOT_HERE = ("recsys data fetch", "configs/online_retail.yaml")  # the network; the reference log
DRIVER = """
import json, sys
from recsys.cli import main
for words in json.load(sys.stdin):
    print("$", *words, flush=True)
    if code := main(words, prog_name="recsys", standalone_mode=False):
        sys.exit(code)
"""


def commands() -> list[str]:
    """Every line of the README's shell blocks that calls recsys by its bare name."""
    blocks = re.findall(r"```sh\n(.*?)```", (HOME / "README.md").read_text(), flags=re.S)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("recsys ")]


def run(place: Path, code: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Python code in a process of its own, in the folder; it must end well."""
    env = os.environ | {"COLUMNS": "80", "RECSYS_CACHE_DIR": str(place / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=env, input=given, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done


def test_the_readme_commands_run(tmp_path: Path) -> None:
    (tmp_path / "configs").symlink_to(HOME / "configs")
    small = Settings(customers=250, products=300, days=366)
    simulate(small, np.random.default_rng(2), tmp_path / "data" / "sample", seed=2)
    lines = [line for line in commands() if not any(part in line for part in NOT_HERE)]
    words = [shlex.split(line)[1:] for line in lines]
    said = run(tmp_path, DRIVER, json.dumps(words)).stdout
    assert re.findall(r"^\$ (.*)", said, flags=re.M) == [" ".join(each) for each in words]
    assert len(words) >= 15


def test_a_mistake_in_a_command_would_be_seen(tmp_path: Path) -> None:
    for wrong in (["evaluate", "--config", "absent.yaml"], ["evalute"]):
        with pytest.raises(AssertionError):
            run(tmp_path, DRIVER, json.dumps([["schema"], wrong]))


def test_the_readme_python_runs_the_demo_and_its_summary_fits_a_screen(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (HOME / "README.md").read_text(), flags=re.S)
    assert code is not None
    run(tmp_path, code.group(1))
    folder = tmp_path / "runs" / "from-python"
    assert (folder / "report.html").is_file()
    console = Console(file=io.StringIO(), width=80)
    print_tables(read_run(folder), console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert (
        len(said[said.index("Best by") :].splitlines()) < 24
    )  # a terminal's lines, one of them the prompt's


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (HOME / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (HOME / "README.md").read_text(), flags=re.M):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


def test_every_file_that_the_readme_links_to_exists() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "docs/comparison.md", "examples/my-shop/README.md"):
        place = HOME / document
        links = re.findall(r"\]\((?!https?:)([^)#]+)\)", place.read_text())
        assert [link for link in links if not (place.parent / link).exists()] == [], document


def test_the_picture_of_the_report_is_modest() -> None:
    picture = (HOME / "docs" / "report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">I", picture[16:20]) == (1280,)
    assert len(picture) <= 250_000


def test_the_comparison_counts_our_kinds() -> None:
    assert f"| {len(RECOMMENDERS)} kinds |" in (HOME / "docs" / "comparison.md").read_text()
