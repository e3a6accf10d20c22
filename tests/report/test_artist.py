"""Who draws in another process draws the same, and whoever asks is never left without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.report import artist
from recsys.report.artist import Artist, Job

CHART = {"data": {"values": [{"a": "ö→", "b": 3}]}, "mark": "bar", "encoding": {"x": {"field": "b"}}}
JOB: Job = (json.dumps(CHART, ensure_ascii=False), "6.1")
NONSENSE: Job = ('{"mark": 3}', "6.1")


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[Artist]:
    one = Artist()
    monkeypatch.setattr(artist, "_artist", [one])
    yield one
    one.close()


def alone(monkeypatch: pytest.MonkeyPatch, job: Job) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(artist, "_artist", [])
        return artist.draw(job)


def test_it_draws_what_would_be_drawn_here(called: Artist, monkeypatch: pytest.MonkeyPatch) -> None:
    artist.begin(JOB)
    artist.begin(JOB)
    assert artist.draw(JOB) == alone(monkeypatch, JOB)
    assert artist.draw(JOB).startswith("<svg")


def test_a_chart_that_cannot_be_drawn_says_so_and_the_next_is_drawn(called: Artist) -> None:
    artist.begin(NONSENSE)
    artist.begin(JOB)
    with pytest.raises(ValueError, match="conversion failed"):
        artist.draw(NONSENSE)
    assert called.take(JOB).startswith("<svg")


def test_one_who_is_gone_is_done_without(called: Artist, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = alone(monkeypatch, JOB)
    assert artist.draw(JOB) == expected
    os.kill(called._process.pid, signal.SIGKILL)
    called._process.wait()
    assert artist.draw(JOB) == expected
    assert artist.draw(JOB) == expected


def test_nobody_to_call_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artist, "_artist", [])
    monkeypatch.setattr(sys, "executable", "/nobody/here")
    artist.call()
    assert artist._artist == []
    assert artist.draw(JOB).startswith("<svg")


def test_the_process_loads_nothing_but_what_draws() -> None:
    code = "import sys, runpy; runpy.run_path(sys.argv[1], run_name='x'); print(*sys.modules)"
    path = str(Path(artist.__file__))
    loaded = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "altair", "recsys"} & set(loaded.stdout.split())


def test_it_goes_when_whoever_called_is_gone() -> None:
    code = (
        "from recsys.report import artist; artist.call(); "
        "print(artist._artist[0]._process.pid, flush=True); import os; os._exit(0)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pid = int(told.stdout)
    for _ in range(200):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(") ")[1][0]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    pytest.fail("still there after ten seconds")
