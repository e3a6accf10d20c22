"""A run is a folder, written as `<folder>.partial` and renamed when whole; a killed run resumes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

from recsys.core.errors import RecsysError, RunError
from recsys.ingest import Source

PARTS = "parts"
LISTS = "lists"
SCORES = "scores"
LATER = "later"
AGES = "ages"
PASSING = (PARTS, LISTS, LATER, AGES)  # gone once the run is finished
MANIFEST = "manifest.json"
FORMAT = 1
REQUIRED = {"run_id", "config", "input", "windows"}


class RunFolder:
    """The folder of a run in the making.

    Every finished (window, recommender) is kept in it: per-customer scores as Parquet, lists that are needed
    later as arrays, the rest as JSON.
    """

    def __init__(self, final: Path, run_id: str) -> None:
        self.final = final
        self.run_id = run_id
        self.path = final.with_name(final.name + ".partial")
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Make the folder or find the one a killed run of the same config and input left.

        Raises RunError where it cannot be written, is being written, or something else stands in its place.
        """
        refuse_foreign(self.final, "run", "run_id", self.run_id)
        mark = self.path / "run_id"
        try:
            if self.path.exists():
                if not mark.is_file():
                    raise RunError(
                        f"{str(self.path)!r} is not a run of recsys: expected nothing there; move it away"
                    )
                self._hold(mark)
                if mark.read_text() != self.run_id:
                    shutil.rmtree(self.path)
            for held in (*PASSING, SCORES):
                (self.path / held).mkdir(parents=True, exist_ok=True)
            mark.write_text(self.run_id)
            self._hold(mark)
        except OSError as error:
            raise not_writable(self.final, error) from None

    def _hold(self, mark: Path) -> None:
        """Let no second process write here; the lock ends with the process that holds it."""
        if fcntl is None:  # where the system has no such locks
            return
        self._release()
        self._lock = mark.open()
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._release()
            raise RunError(
                f"{str(self.path)!r} is being written by another process: expected one at a time; wait for "
                "it or choose another --out"
            ) from None

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def part(self, window: int, recommender: str) -> dict[str, Any] | None:
        """What `keep` stored; None where this part is not finished."""
        path = self._part(window, recommender)
        if not path.is_file():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def lists(self, window: int, target: str, recommender: str) -> NDArray[np.int32]:
        """Some lists of a finished part; gone once the run is finished."""
        found: NDArray[np.int32] = np.load(self._lists(window, target, recommender), allow_pickle=False)
        return found

    def later(
        self, window: int, target: str, recommender: str
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Customers, and their lists for later windows, of a finished part; gone once the run is finished."""
        with np.load(self._later(window, target, recommender), allow_pickle=False) as found:
            return found["customers"], found["products"]

    def ages_if_any(self, window: int, target: str, recommender: str) -> pd.DataFrame | None:
        """Scores under older lists of a finished part; None where there are none."""
        return _read_if_any(self._ages(window, target, recommender))

    def keep(
        self,
        window: int,
        recommender: str,
        scores: dict[str, pd.DataFrame],
        part: dict[str, Any],
        lists: Mapping[str, NDArray[np.int32]] = MappingProxyType({}),
        *,
        later: Mapping[str, tuple[NDArray[np.int32], NDArray[np.int32]]] = MappingProxyType({}),
        ages: Mapping[str, pd.DataFrame] = MappingProxyType({}),
    ) -> None:
        """Store one finished (window, recommender); its JSON is written last and marks it as whole.

        All is by target. lists: some, to compare recommenders. later: customers and their lists for later
        windows. ages: scores under lists of earlier cutoffs.
        """
        for target, (customers, products) in later.items():
            np.savez(self._later(window, target, recommender), customers=customers, products=products)
        for target, frame in ages.items():
            _write(frame, self._ages(window, target, recommender))
        for target, shown in lists.items():
            np.save(self._lists(window, target, recommender), shown, allow_pickle=False)
        for target, frame in scores.items():
            _write(frame, _scores(self.path, window, target, recommender))
        path = self._part(window, recommender)
        write_whole(path, json.dumps(part))

    @contextmanager
    def making(self) -> Iterator[None]:
        """Open the folder; a mistake that the user has to mend leaves nothing, for nothing could resume."""
        self.open()
        try:
            yield
        except RecsysError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise
        finally:
            self._release()

    def finish(self) -> Path:
        """Rename to the final name, in place of an earlier run of the same config and input."""
        for held in PASSING:
            shutil.rmtree(self.path / held)
        (self.path / "run_id").unlink()
        return put_in_place(self.path, self.final)

    def _part(self, window: int, recommender: str) -> Path:
        return self.path / PARTS / f"{window}-{recommender}.json"

    def _lists(self, window: int, target: str, recommender: str) -> Path:
        return self.path / LISTS / f"{window}-{target}-{recommender}.npy"

    def _later(self, window: int, target: str, recommender: str) -> Path:
        return self.path / LATER / f"{window}-{target}-{recommender}.npz"

    def _ages(self, window: int, target: str, recommender: str) -> Path:
        return self.path / AGES / f"{window}-{target}-{recommender}.parquet"


def scores_if_any(
    folder: Path, window: int, target: str, recommender: str, metrics: list[str] | None = None
) -> pd.DataFrame | None:
    """Customer, segment and metrics (None: all) of a part, in a run finished or not; None without scores."""
    columns = None if metrics is None else ["customer", "segment", *metrics]
    return _read_if_any(_scores(folder, window, target, recommender), columns)


def _scores(folder: Path, window: int, target: str, recommender: str) -> Path:
    return folder / SCORES / f"{window}-{target}-{recommender}.parquet"


def _write(scores: pd.DataFrame, path: Path) -> None:
    """Scores as Parquet; hardly any figure comes twice, so only the segment is coded."""
    table = pa.Table.from_pandas(scores, preserve_index=False)
    parquet.write_table(table, path, compression="zstd", use_dictionary=["segment"], write_statistics=False)


def _read_if_any(path: Path, columns: list[str] | None = None) -> pd.DataFrame | None:
    """The scores at a path, or some of their columns; None where there are none."""
    if not path.is_file():
        return None
    frame: pd.DataFrame = parquet.ParquetFile(path).read(columns, use_threads=False).to_pandas()
    return frame


def write_whole(path: Path, text: str) -> None:
    """A file that is never seen half written."""
    beside = path.with_name(path.name + ".partial")
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)


@contextmanager
def made_whole(final: Path) -> Iterator[Path]:
    """A folder beside `final` to write into; it takes its place when all went well, and is gone otherwise.

    Raises RunError where it cannot be written.
    """
    folder = final.with_name(final.name + ".partial")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
        if final.exists() and not any(final.iterdir()):
            final.rmdir()
        put_in_place(folder, final)
    except OSError as error:
        raise not_writable(final, error) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_writable(final: Path) -> None:
    """Raise RunError early where the run folder could not be made; leaves nothing behind."""
    if not final.absolute().name or final.absolute() == Path.cwd():
        raise RunError(f"{str(final)!r} is no place for a run: expected a new folder; choose another --out")
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


def read_json(folder: Path) -> dict[str, Any]:
    """The manifest.json of a folder, whatever wrote it. Raises RunError where there is none."""
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError("it holds no object")
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(
            f"{str(folder)!r} holds no {MANIFEST}: expected the folder of a finished run; "
            "give the path that recsys evaluate printed"
        ) from None
    except (OSError, ValueError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read ({error}): expected JSON; run the evaluation again"
        ) from None
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run. Raises RunError where there is none."""
    manifest = read_json(folder)
    if manifest.get("format") != FORMAT or not all(manifest.get(name) for name in REQUIRED):
        raise RunError(
            f"{str(folder / MANIFEST)!r} is no run's manifest of format {FORMAT}: expected what recsys "
            "evaluate writes; run the evaluation again"
        )
    return manifest


def found_input(source: Source, manifest: dict[str, Any]) -> Source:
    """The source with its files as the run found them, wherever the command is called from."""
    paths = [file["path"] for file in manifest["input"]["files"]]
    if not paths or not all(Path(path).is_file() for path in paths):
        return source
    return source.model_copy(update={"path": paths if len(paths) > 1 else paths[0]})


def slug(name: str) -> str:
    """A name as a file name: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "segment"


def refuse_foreign(
    final: Path, what: str, key: str, wanted: str | None = None, *, file: str = MANIFEST
) -> None:
    """Let a folder be replaced only by what it holds already. Raises RunError otherwise.

    what: it is called so. key: stands in the JSON of `file` if the folder is ours, with the value `wanted` if
    it must be this very one.
    """
    if not final.exists() or not any(final.iterdir()):
        return
    held = _told(final / file).get(key)
    if held is None or wanted not in (None, held):
        found = f"{what} {held}" if held and wanted else "other files"
        ours = f"this very {what} ({wanted})" if wanted else f"an earlier {what}"
        raise RunError(
            f"{str(final)!r} holds {found}: expected an empty or new folder, or {ours}; choose another --out "
            "or move it away"
        )


def _told(path: Path) -> dict[str, Any]:
    """A JSON object; an empty one where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def not_writable(final: Path, error: OSError) -> RunError:
    return RunError(
        f"{str(final)!r} cannot be written ({error.strerror or error}): expected a writable place; "
        "choose another --out"
    )
