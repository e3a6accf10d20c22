"""What is said while a command works: logs, warnings, colours, and the summary on a screen."""

from __future__ import annotations

import logging
import os
import pty
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from recsys.cli.heard import heard, unheard
from tests.cli.test_commands import RECSYS, folder, recsys

__all__ = ["folder"]

STYLE = re.compile(r"\x1b\[[\d;]*m")


def test_verbose_logs_stages_seconds_memory_and_the_cache(folder: Path) -> None:
    words = ("evaluate", "-c", "little.yaml", "--out", "told", "--verbose", "--json")
    done = recsys(folder, *words)
    assert done.stdout.startswith("{")
    for pattern in (
        r"engine\.progress: reading the log: \d+\.\d\d s, \d+ MB held",
        r"engine\.progress: window 0 \(.*\): als: \d+\.\d\d s, \d+ MB held",
        r"engine\.evaluate: als: fit \d+\.\d\d s, lists \d+\.\d\d s, \d+ MB on top",
        r"engine\.progress: writing the report: ",
        r"ingest\.loading: the cache holds the log, cleaned: ",
    ):
        assert len(re.findall(rf"^ *\d+\.\d s  {pattern}", done.stderr, flags=re.M)) >= 1, pattern
    assert "[1/14]" not in done.stderr
    assert "expected one of them" in recsys(folder, *words, "--quiet", code=2).stderr


def test_a_log_that_is_not_in_the_cache_is_parsed(folder: Path) -> None:
    words = ("segment", "-c", "little.yaml", "--out", "apart", "--verbose", "--set")
    assert "the cache does not hold the log: parsing" in recsys(folder, *words, "clean.price=false").stderr


def test_warnings_of_libraries_are_unheard() -> None:
    # In a process of its own: pytest listens to warnings and logs too.
    noise = (
        "import logging, warnings; warnings.warn('ill-conditioned'); logging.getLogger('some').error('slow')"
    )
    code = f"from recsys.cli.heard import unheard\nwith unheard():\n    {noise}"
    loud = subprocess.run([sys.executable, "-c", noise], capture_output=True, text=True, check=True)
    assert ("ill-conditioned" in loud.stderr, "slow" in loud.stderr) == (True, True)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stderr == b""


def test_verbose_tells_each_warning_once(capfd: pytest.CaptureFixture[str]) -> None:
    before = list(logging.getLogger().handlers)
    with unheard(), heard():
        for _ in range(3):
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.warn("matrix is\nill-conditioned", RuntimeWarning, stacklevel=1)
        logging.getLogger("some.library").warning("slow path")
        logging.getLogger("some.library").info("fine")
    lines = capfd.readouterr().err.splitlines()
    assert [line.split("s  ")[1] for line in lines] == [
        "warnings: RuntimeWarning: matrix is ill-conditioned",
        "some.library: slow path",
    ]
    assert logging.getLogger().handlers == before


def shown(place: Path, *words: str, **env: str) -> str:
    """What a terminal of 24 lines of 80 columns would receive."""
    master, slave = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    kept |= {
        "COLUMNS": "80",
        "LINES": "24",
        "TERM": "xterm-256color",
        "RECSYS_CACHE_DIR": str(place / "cache"),
    }
    with subprocess.Popen([RECSYS, *words], cwd=place, env=kept | env, stdout=slave, stderr=slave) as process:
        os.close(slave)
        said = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
    os.close(master)
    assert process.returncode == 0
    return said.decode().replace("\r\n", "\n")


def test_colours_are_for_terminals_and_can_be_turned_off(folder: Path) -> None:
    words = ("recommenders", "als")
    assert STYLE.search(shown(folder, *words))
    assert not STYLE.search(shown(folder, *words, NO_COLOR="1"))
    env = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    env.pop("NO_COLOR", None)
    piped = subprocess.run([RECSYS, *words], env=env, capture_output=True, text=True, check=True)
    assert STYLE.search(piped.stdout)
    env.pop("FORCE_COLOR")
    assert not STYLE.search(subprocess.run([RECSYS, *words], env=env, capture_output=True, text=True).stdout)


def test_a_whole_run_on_a_terminal_without_colour(folder: Path) -> None:
    said = shown(folder, "evaluate", "-c", "little.yaml", "--out", "run", NO_COLOR="1")
    assert not STYLE.search(said)
    assert "Report: run/report.html" in said


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_the_closing_summary_leaves_the_prompt_its_line(folder: Path) -> None:
    said = STYLE.sub("", shown(folder, "evaluate", "-c", "little.yaml", "--out", "run"))
    closing = said[said.index("Best by ") :].splitlines()
    assert len(closing) < 24
    assert max(map(len, closing)) <= 80
