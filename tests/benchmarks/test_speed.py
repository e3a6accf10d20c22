"""The speed comparison calls the recommenders' own classes, which move on: our side, on a small shop."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from benchmarks.generator import parted, sized
from benchmarks.peers.ours_speed import main


def test_our_side_ranks_and_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bought, later = parted(sized(300, 100, 6_000, seed=1))
    sparse.save_npz(tmp_path / "bought.npz", bought)
    sparse.save_npz(tmp_path / "truth.npz", later)
    main(tmp_path, 1)
    told = json.loads(capsys.readouterr().out)
    assert set(told["seconds"]) >= {"fit", "rank", "factors", "plain product", "metrics"}
    assert all(0 < value < 1 for value in told["scores"].values())
    lists = np.load(tmp_path / "ours.npy")
    assert lists.shape == (300, 10)
    row, place = np.nonzero(lists >= 0)
    assert not bought[row, lists[row, place]].any()
