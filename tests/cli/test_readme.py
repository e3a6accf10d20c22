"""The README's commands are run, in its order; what they need stands in the folder as after a clone."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[2]
NOT_HERE = ("recsys data fetch", "configs/online_retail.yaml")  # the network; the reference log


def commands() -> list[str]:
    """Every line of the README's shell blocks that calls recsys by its bare name."""
    blocks = re.findall(r"```sh\n(.*?)```", (HOME / "README.md").read_text(), flags=re.S)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("recsys ")]


def test_the_readme_commands_run(tmp_path: Path) -> None:
    for name in ("configs", "data"):
        (tmp_path / name).symlink_to(HOME / name)
    env = {**os.environ, "COLUMNS": "80", "RECSYS_CACHE_DIR": str(tmp_path / "cache")}
    ran = 0
    for line in commands():
        if any(part in line for part in NOT_HERE):
            continue
        words = shlex.split(line)
        words[0] = str(Path(sys.executable).with_name("recsys"))
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        ran += 1
    assert ran >= 7


def test_the_readme_python_runs(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (HOME / "README.md").read_text(), flags=re.S)
    assert code is not None
    for name in ("configs", "data"):
        (tmp_path / name).symlink_to(HOME / name)
    env = {**os.environ, "RECSYS_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code.group(1)], cwd=tmp_path, env=env, check=True)
    assert (tmp_path / "runs" / "from-python" / "report.html").is_file()


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (HOME / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (HOME / "README.md").read_text(), flags=re.M):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target
