"""What is not ours is never replaced: one question for every folder that a command writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsys.core.errors import RunError
from recsys.engine.store import refuse_foreign


def test_nothing_and_an_empty_folder_are_free(tmp_path: Path) -> None:
    refuse_foreign(tmp_path / "absent", "run", "run_id", "abc")
    (tmp_path / "empty").mkdir()
    refuse_foreign(tmp_path / "empty", "run", "run_id", "abc")


def test_the_very_same_is_replaced_and_another_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"run_id": "abc"}))
    refuse_foreign(tmp_path, "run", "run_id", "abc")
    refuse_foreign(tmp_path, "run", "run_id")
    with pytest.raises(
        RunError, match=r"holds run abc: expected .* this very run \(xyz\); choose another --out"
    ):
        refuse_foreign(tmp_path, "run", "run_id", "xyz")
    with pytest.raises(RunError, match=r"holds other files: expected .* an earlier export;"):
        refuse_foreign(tmp_path, "export", "fitted_until")
    with pytest.raises(RunError, match="holds other files"):
        refuse_foreign(tmp_path, "search", "search_id", "abc", file="tuning.json")


@pytest.mark.parametrize("text", ["", "{", "[1]", '"run_id"', "\udcff"])
def test_what_cannot_be_read_is_foreign(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunError, match="holds other files"):
        refuse_foreign(tmp_path, "run", "run_id", "abc")
