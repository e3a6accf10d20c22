"""Arrays on disk: what goes in comes out, and nothing that needs pickle goes in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from recsys.recommend.store import read_arrays, write_arrays


def test_arrays_and_matrices_come_back_as_they_were(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    matrix = sparse.csr_matrix(sparse.random_array((4, 9), density=0.4, rng=rng, dtype=np.float32))
    arrays = {"words": np.array(["tea", "Tasse"]), "codes": np.array([3, -1], np.int16), "own.bought": matrix}
    write_arrays(tmp_path / "model.npz", arrays)
    found = read_arrays(tmp_path / "model.npz")
    assert found.keys() == arrays.keys()
    for name in ("words", "codes"):
        assert found[name].dtype == arrays[name].dtype
        assert found[name].tolist() == arrays[name].tolist()
    assert found["own.bought"].dtype == np.float32
    assert found["own.bought"].shape == (4, 9)
    assert (found["own.bought"] != matrix).nnz == 0


def test_matrix_without_entries_keeps_its_shape(tmp_path: Path) -> None:
    write_arrays(tmp_path / "model.npz", {"own": sparse.csr_matrix((3, 5), dtype=np.float32)})
    assert read_arrays(tmp_path / "model.npz")["own"].shape == (3, 5)


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing is pickled"):
        write_arrays(tmp_path / "model.npz", {"words": np.array(["tea", None], dtype=object)})
