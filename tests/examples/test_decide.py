"""The notebook-style example runs from top to bottom, and the names it imports are the public ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recsys import api

SCRIPT = Path(__file__).parents[2] / "examples" / "decide.py"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder it ran in, and what it printed."""
    place = tmp_path_factory.mktemp("decide")
    env = os.environ | {"RECSYS_CACHE_DIR": str(place / "cache")}
    env.pop("RECSYS_DATA_DIR", None)
    words = [sys.executable, "-W", "error", SCRIPT]
    done = subprocess.run(words, cwd=place, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return place, done.stdout


def test_it_decides_and_exports(ran: tuple[Path, str]) -> None:
    place, said = ran
    assert "TransactionLog(" in said
    assert re.search(r"^\s*missing-customer +32155 ", said, flags=re.M)
    lead, spread = re.search(r"repurchase leads by (0\.\d+) ± (0\.\d+)", said).groups()  # type: ignore[union-attr]
    assert float(lead) > float(spread) > 0
    assert (place / "decide-run" / "report.html").is_file()
    assert (place / "decide-segments" / "report.html").is_file()
    rows = [int(n) for n in re.findall(r"\.csv (\d+) rows", said)]
    assert sum(rows) > 1000


def test_scores_are_those_behind_the_leaderboard(ran: tuple[Path, str]) -> None:
    folder = ran[0] / "decide-run"
    board = api.read_run(folder).leaderboard.set_index(
        ["window", "target", "segment", "recommender", "metric", "k"]
    )
    for window in (0, 1):
        scores = api.customer_scores(folder, "recall@10", target="new", window=window)
        known = scores[scores["segment"] != "(no history)"]
        for name in ("popular", "item-cf"):
            want = board.loc[(window, "new", "all", name, "recall", 10), "value"]
            assert known[name].mean() == pytest.approx(want, rel=1e-5)


def test_scores_that_are_not_there_are_one_message(ran: tuple[Path, str]) -> None:
    folder = ran[0] / "decide-run"
    with pytest.raises(api.RecsysError, match="did you mean 'map@10'"):
        api.customer_scores(folder, "map@11")
    with pytest.raises(api.RecsysError, match="one of the windows 0, 1"):
        api.customer_scores(folder, "map@10", window=7)
    with pytest.raises(api.RecsysError, match="'anny'"):
        api.customer_scores(folder, "map@10", target="anny")


def test_every_public_name_says_what_it_is() -> None:
    assert sorted(api.__all__) == api.__all__
    for name in api.__all__:
        assert getattr(api, name).__doc__, name
