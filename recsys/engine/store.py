"""A run is a folder, written as `<folder>.partial` and renamed when whole; a killed run resumes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from recsys.core.errors import RecsysError, RunError

PARTS = "parts"
SCORES = "scores"
MANIFEST = "manifest.json"


class RunFolder:
    """The folder of a run in the making.

    Every finished (window, recommender) is kept in it: per-customer scores as Parquet, the rest as JSON.
    """

    def __init__(self, final: Path, run_id: str) -> None:
        self.final = final
        self.run_id = run_id
        self.path = final.with_name(final.name + ".partial")

    def open(self) -> None:
        """Make the folder or find the one a killed run of the same config and input left.

        Raises RunError where it cannot be written or where
        something else stands in its place.
        """
        _refuse_foreign(self.final, self.run_id)
        mark = self.path / "run_id"
        try:
            if self.path.exists():
                if not mark.is_file():
                    raise RunError(
                        f"{str(self.path)!r} is not a run of recsys: expected nothing there; move it away"
                    )
                if mark.read_text() != self.run_id:
                    shutil.rmtree(self.path)
            (self.path / PARTS).mkdir(parents=True, exist_ok=True)
            (self.path / SCORES).mkdir(exist_ok=True)
            mark.write_text(self.run_id)
        except OSError as error:
            raise not_writable(self.final, error) from None

    def part(self, window: int, recommender: str) -> dict[str, Any] | None:
        """What `keep` stored; None where this part is not finished."""
        path = self._part(window, recommender)
        if not path.is_file():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def scores(self, window: int, target: str, recommender: str) -> pd.DataFrame:
        """Per-customer scores of a finished part."""
        return pd.read_parquet(self._scores(window, target, recommender))

    def keep(
        self, window: int, recommender: str, scores: dict[str, pd.DataFrame], part: dict[str, Any]
    ) -> None:
        """Store one finished (window, recommender); its JSON is written last and marks it as whole."""
        for target, frame in scores.items():
            frame.to_parquet(self._scores(window, target, recommender), index=False, compression="zstd")
        path = self._part(window, recommender)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(part), encoding="utf-8")
        os.replace(temporary, path)

    @contextmanager
    def making(self) -> Iterator[None]:
        """Open the folder; a mistake that the user has to mend leaves nothing, for nothing could resume."""
        self.open()
        try:
            yield
        except RecsysError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def finish(self) -> Path:
        """Rename to the final name, in place of an earlier run of the same config and input."""
        shutil.rmtree(self.path / PARTS)
        (self.path / "run_id").unlink()
        return put_in_place(self.path, self.final)

    def _part(self, window: int, recommender: str) -> Path:
        return self.path / PARTS / f"{window}-{recommender}.json"

    def _scores(self, window: int, target: str, recommender: str) -> Path:
        return self.path / SCORES / f"{window}-{target}-{recommender}.parquet"


def check_writable(final: Path) -> None:
    """Raise RunError early where the run folder could not be made; leaves nothing behind."""
    parent = next(p for p in final.absolute().parents if p.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise not_writable(final, OSError(f"{str(parent)!r} is not a writable folder"))
    if final.exists() and not final.is_dir():
        raise RunError(f"{str(final)!r} is a file: expected a folder or nothing; choose another --out")


def put_in_place(whole: Path, final: Path) -> Path:
    """Rename a finished folder to its final name; what stood there goes only when the new one stands."""
    old = final.with_name(final.name + ".old")
    if old.exists():
        shutil.rmtree(old)
    if final.exists():
        final.rename(old)
    whole.rename(final)
    if old.exists():
        shutil.rmtree(old)
    return final


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run. Raises RunError where there is none."""
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            f"{str(folder)!r} holds no {MANIFEST}: expected the folder of a finished run; "
            "give the path that recsys evaluate printed"
        ) from None
    except (OSError, ValueError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read ({error}): expected JSON; run the evaluation again"
        ) from None
    return manifest


def slug(name: str) -> str:
    """A name as a file name: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "segment"


def _refuse_foreign(final: Path, run_id: str) -> None:
    """A run is replaced only by a run of the same config and input."""
    if not final.exists():
        return
    if not any(final.iterdir()):
        final.rmdir()
        return
    try:
        held = read_manifest(final).get("run_id")
    except RunError:
        held = None
    if held != run_id:
        what = f"run {held}" if held else "other files"
        raise RunError(
            f"{str(final)!r} holds {what}: expected an empty or new folder, or this very run ({run_id}); "
            "choose another --out or move it away"
        )


def not_writable(final: Path, error: OSError) -> RunError:
    return RunError(
        f"{str(final)!r} cannot be written ({error.strerror or error}): expected a writable place; "
        "choose another --out"
    )
