"""Is a finished run what it says it is? Its files, its input, its config; then the same again, compared.

The second run is made beside the first, in `RUN.again`, and goes on where a stopped one left off; it is
removed at the end unless it is to be kept. Timings are not compared.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys import __version__
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate, identify
from recsys.engine.progress import SILENT, Progress
from recsys.engine.store import SCORES, found_input, read_manifest
from recsys.ingest import load
from recsys.report import changed_files

TOLERANCE = 1e-6
TIMED = frozenset({"costs.csv", "frontier.csv"})
SHOWN = 3  # differences told of each file


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and whether that is as it should be; details: one line each."""

    what: str
    said: str
    well: bool
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """reproduced: every finding is as it should be; other versions alone are no fault."""

    findings: tuple[Finding, ...] = field(default=())

    @property
    def reproduced(self) -> bool:
        return all(finding.well for finding in self.findings)


def verify(
    run: Path,
    *,
    tolerance: float = TOLERANCE,
    keep: bool = False,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Verification:
    """Check the files, input and config of a run, run it again and compare.

    tolerance: two figures agree that differ by at most this, or by this share of the larger. keep: leave
    `RUN.again` where it is. Where the input or the config is another one nothing is run: figures would differ
    for that reason. Raises RecsysError as `evaluate` does, for an input that is gone too.
    """
    manifest = read_manifest(run)
    experiment = read_config(run / "config.yaml")
    experiment = experiment.model_copy(update={"source": found_input(experiment.source, manifest)})
    progress.stage("reading the log")
    held = load(experiment.source, experiment.clean).sha256
    told = [
        _files(run, manifest),
        _same("input", held, str(manifest["input"]["sha256"])),
        _config(read_config(run / "config.yaml"), manifest),
        _versions(manifest),
    ]
    if not all(finding.well for finding in told[1:3]):
        return Verification((*told, Finding("figures", "not run again: see above", False)))
    again = run.with_name(run.name + ".again")
    evaluate(experiment, out=again, limit=limit, progress=progress)
    told.append(compared(run, again, tolerance))
    if not keep:
        shutil.rmtree(again)
    return Verification(tuple(told))


def compared(run: Path, again: Path, tolerance: float = TOLERANCE) -> Finding:
    """Whether two finished runs have the same figures, in every table and for every customer."""
    tables = sorted(name for name in read_manifest(run)["files"] if name not in TIMED)
    scores = sorted(f"{SCORES}/{path.name}" for path in (run / SCORES).glob("*.parquet"))
    wrong: list[str] = []
    for name in (*tables, *scores):
        said = list(_differences(run / name, again / name, tolerance))
        wrong += [f"{name}: {one}" for one in said[:SHOWN]]
        if len(said) > SHOWN:
            wrong.append(f"{name}: {len(said) - SHOWN:,} more")
    number = f"{len(tables)} tables and the scores of {len(scores)} lists of customers"
    if wrong:
        return Finding("figures", f"differ by more than {tolerance:g}", False, tuple(wrong))
    return Finding("figures", f"{number} agree within {tolerance:g}", True)


# -- before anything is run --------------------------------------------------------------------------


def _files(run: Path, manifest: dict[str, Any]) -> Finding:
    files = manifest["files"]
    wrong = tuple(
        f"{name} is gone" if found is None else f"{name} was changed since it was written"
        for name, found in changed_files(run, files)
    )
    said = "not those that the run wrote" if wrong else f"all {len(files)} are as the run wrote them"
    return Finding("files", said, not wrong, wrong)


def _same(what: str, held: str, wanted: str) -> Finding:
    if held == wanted:
        return Finding(what, f"the same (sha256 {held[:12]}…)", True)
    return Finding(what, f"another one: sha256 {held[:12]}…, not {wanted[:12]}…", False)


def _config(experiment: Any, manifest: dict[str, Any]) -> Finding:
    found = identify(experiment, str(manifest["input"]["sha256"]))
    if found == manifest["run_id"]:
        return Finding("config", f"the same (run {found})", True)
    said = f"config.yaml makes run {found}, not {manifest['run_id']}: it was changed, or recsys was"
    return Finding("config", said, False)


def _versions(manifest: dict[str, Any]) -> Finding:
    """Other versions may well give the same figures: they are told, not held against the run."""
    others = []
    for name, then in {"recsys": manifest["recsys"], **manifest["versions"]}.items():
        now = _installed(name)
        if now != then:
            others.append(f"{name} {then} then, {now} now")
    return Finding("versions", "others" if others else "the same", True, tuple(others))


def _installed(name: str) -> str:
    import platform

    if name in ("python", "recsys"):
        return platform.python_version() if name == "python" else __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


# -- one file against another ------------------------------------------------------------------------


def _differences(one: Path, other: Path, tolerance: float) -> Iterator[str]:
    if not (one.is_file() and other.is_file()):
        gone = "the first run" if other.is_file() else "the second run"
        yield f"not in {gone}"
    elif one.suffix == ".json":
        yield from _of_json(one, other)
    elif one.suffix == ".yaml":
        if one.read_text("utf-8") != other.read_text("utf-8"):
            yield "says something else"
    else:
        yield from _of_tables(_table(one), _table(other), tolerance)


def _of_json(one: Path, other: Path) -> Iterator[str]:
    """The audit: its verdict and that of each check; the rest tells of time and place."""
    first, second = (json.loads(path.read_text("utf-8")) for path in (one, other))
    for key in ("verdict", "checks"):
        if _outcomes(first.get(key)) != _outcomes(second.get(key)):
            yield f"{key} differ"


def _outcomes(told: Any) -> Any:
    if isinstance(told, list):
        return [(one.get("check"), one.get("outcome")) for one in told]
    return told


def _table(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _of_tables(one: pd.DataFrame, other: pd.DataFrame, tolerance: float) -> Iterator[str]:
    """What differs, one line for each cell; rows are in the same order in every run."""
    if list(one.columns) != list(other.columns):
        yield f"columns are {', '.join(one.columns)}, then {', '.join(other.columns)}"
        return
    if len(one) != len(other):
        yield f"{len(one):,} rows, then {len(other):,}"
        return
    names = [column for column in one if _numbers(one[column]) is None]
    for column in one:
        first, second = _numbers(one[column]), _numbers(other[column])
        if first is None or second is None:
            apart = one[column].to_numpy(dtype=object) != other[column].to_numpy(dtype=object)
        else:
            apart = ~np.isclose(first, second, rtol=tolerance, atol=tolerance, equal_nan=True)
        for row in np.flatnonzero(apart):
            key = ", ".join(str(one[name].iloc[row]) for name in names if name != column)
            values = f"{one[column].iloc[row]}, then {other[column].iloc[row]}"
            yield f"{column} of {key or f'row {row + 1}'}: {values}"


def _numbers(column: pd.Series) -> np.ndarray[Any, Any] | None:
    """The figures of a column, a blank as NaN; None where it holds anything else."""
    if column.dtype != object and pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64)
    found = pd.to_numeric(column.replace("", "nan"), errors="coerce")
    known = found.notna() | column.isin(["", "nan"])
    return found.to_numpy(dtype=np.float64) if known.all() else None
