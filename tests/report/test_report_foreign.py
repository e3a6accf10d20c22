"""A report takes the place of a report of ours, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.core.errors import RunError
from recsys.report import Run, read_run, write_report

from .run_folder import write_shop


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_files_of_other_origin_are_left_alone(shop: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<h1>mine</h1>")
    with pytest.raises(RunError, match="was not written by recsys: expected nothing there"):
        write_report([shop], tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "<h1>mine</h1>")]


def test_an_earlier_report_is_replaced_and_neighbours_stay(shop: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    first = [path.read_bytes() for path in write_report([shop], tmp_path)]
    (tmp_path / "report.md").write_text("touched")
    assert [path.read_bytes() for path in write_report([shop], tmp_path)] == first
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_in_its_own_folder_a_run_writes_what_was_lost_or_touched(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "run", windows=1)
    (folder / "report.md").write_text("half")
    (folder / "report.html").write_text("half")
    text, page = write_report([read_run(folder)], folder)
    assert len(text.read_text()) > 100
    assert len(page.read_text()) > 100
