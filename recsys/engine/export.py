"""Batch recommendations for everyone with history, fitted on the whole log, one file per segment."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from recsys import __version__
from recsys.core.errors import RunError, nearest
from recsys.core.fold import Known, Target, know
from recsys.core.ids import NOTHING
from recsys.core.parallel import threads
from recsys.core.protocols import Fitted
from recsys.engine.config import read_config
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.privacy import Mode, Pseudonyms
from recsys.engine.progress import SILENT, Progress
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.engine.store import (
    MANIFEST,
    check_writable,
    found_input,
    not_writable,
    put_in_place,
    read_json,
    read_manifest,
    slug,
)
from recsys.export import SegmentFile, rows
from recsys.ingest import load
from recsys.measure.segments import NO_HISTORY

BLOCK = 20_000  # customers ranked and written at a time
AT_END = 2**32 - 2  # stands for "the end of the log" where a window's number seeds the randomness


def export(
    run: Path,
    *,
    recommender: str | None = None,
    policy: bool = False,
    k: int | None = None,
    kind: Literal["csv", "parquet"] | None = None,
    out: Path | None = None,
    target: Target | None = None,
    customers: Mode = "plain",
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write the lists of a run's recommender or policy; returns the folder, which holds a manifest.json.

    recommender: by default the best on `all` at the deciding metric. policy: each segment gets what the run's
    policy.yaml names, and a file apart holds the list for people without history. target: whether lists hold
    what was bought before (any) or not (new). target, k, kind: by default those of the config's `export`
    section. out: by default RUN/export. customers: plain ids, or as privacy.customers would have them. Raises
    RecsysError; nothing half-written stands at `out` then.
    """
    manifest = read_manifest(run)
    experiment = read_config(run / "config.yaml")
    aim = Target(target or experiment.export.target)
    if policy and recommender:
        raise RunError(
            f"both a policy and the recommender {recommender!r} are asked for: expected one of them"
        )
    plan = read_policy(run, aim) if policy else Plan(recommender or best(run, experiment, aim))
    for name in plan.names:
        _check_name(name, experiment)
    final = out or run / "export"
    check_writable(final)
    _refuse_foreign(final)
    with threads(limit):
        progress.stage("reading the log")
        loaded = load(found_input(experiment.source, manifest), experiment.clean)
        progress.stage(f"fitting {', '.join(plan.names)} on the whole log")
        earliest = np.datetime64(manifest["windows"][-1]["cutoff"], "s")
        segmenter = fit_segmenter(experiment, loaded.log, earliest)
        known = segmented(know(loaded.log, loaded.log.end), segmenter)
        server = Server(experiment, known, partial(generator, experiment.seed, AT_END))
        job = _Job(
            known=known,
            server=server,
            plan=plan,
            fitted={name: server.fit(name) for name in plan.names},
            target=aim,
            k=k or experiment.export.k,
            kind=kind or experiment.export.format,
            ids=Pseudonyms(customers, loaded.log).of(known.history.customers.names),
        )
        told = {
            "recsys": __version__,
            "run_id": manifest["run_id"],
            **_told(plan, experiment),
            "target": str(job.target),
            "k": job.k,
            "customers": customers,
            "fitted_until": str(known.cutoff)[:10],
            "input_sha256": loaded.sha256,
            "same_input_as_run": loaded.sha256 == manifest["input"]["sha256"],
        }
        return _written(final, job, told, progress)


def best(run: Path, experiment: Experiment, target: Target) -> str:
    """The recommender with the highest mean of the deciding metric over the windows; ties: first listed."""
    decide = experiment.evaluate.decide
    board = pd.read_csv(run / "leaderboard.csv", keep_default_na=False, na_values={"value": [""]})
    at = (board["target"] == str(target)) & (board["segment"] == "all")
    at &= (board["metric"] == decide.metric) & (board["k"] == decide.k)
    means = board[at].groupby("recommender")["value"].mean()
    judged = [name for name in experiment.recommenders if name in means.index]
    if not judged:
        raise RunError(
            f"the run has no {decide.metric}@{decide.k} for target {str(target)!r}: expected somebody judged "
            "on it; name a recommender with --recommender, or another --target"
        )
    return max(judged, key=lambda name: float(means[name]))


@dataclass(frozen=True)
class Plan:
    """Who serves whom: `otherwise` all segments that `segments` does not name; newcomers: see policy.yaml."""

    otherwise: str
    segments: Mapping[str, str] = field(default_factory=dict)
    newcomers: str | None = None

    @property
    def names(self) -> list[str]:
        """Every recommender of the plan."""
        found = [*self.segments.values(), *([self.newcomers] if self.newcomers else [])]
        return list(dict.fromkeys(found or [self.otherwise]))

    def of(self, segment: str) -> str:
        return self.segments.get(segment, self.otherwise)


def read_policy(run: Path, target: Target) -> Plan:
    """The policy of one target. Raises RunError where the run has none."""
    path = run / "policy.yaml"
    try:
        found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["targets"][str(target)]
        segments = {str(name): str(told["serve"]) for name, told in found["segments"].items()}
        newcomers = segments.pop(NO_HISTORY, None)
        return Plan(str(found["best_single"]), segments, newcomers)
    except (OSError, YAMLError, LookupError, TypeError, AttributeError) as error:
        raise RunError(
            f"{str(path)!r} has no policy for target {str(target)!r} ({type(error).__name__}): expected what "
            "recsys evaluate writes; evaluate with this target, or name a recommender with --recommender"
        ) from None


def _told(plan: Plan, experiment: Experiment) -> dict[str, Any]:
    """What the manifest says of a plan."""
    made = {name: experiment.recommenders[name].model_dump(mode="json") for name in plan.names}
    if not plan.segments:
        return {"recommender": {"name": plan.otherwise, **made[plan.otherwise]}}
    serve = dict(plan.segments) | ({NO_HISTORY: plan.newcomers} if plan.newcomers else {})
    return {"policy": serve, "recommenders": made}


@dataclass(frozen=True, eq=False)
class _Job:
    """Everything that writing needs. ids: (customers,) what stands for each of them."""

    known: Known
    server: Server
    plan: Plan
    fitted: Mapping[str, Fitted]
    target: Target
    k: int
    kind: Literal["csv", "parquet"]
    ids: NDArray[np.object_]

    def segments(self) -> list[tuple[str, NDArray[np.int32]]]:
        """Each segment's name and its customers; one called `all` where there are none.

        People without history are one row, of nobody, where the plan serves them.
        """
        found = self.known.segmentation
        nobody = [(NO_HISTORY, np.array([NOTHING], dtype=np.int32))] if self.plan.newcomers else []
        if found is None:
            return [("all", np.arange(len(self.ids), dtype=np.int32)), *nobody]
        return [*((name, found.members(at)) for at, name in enumerate(found.names)), *nobody]

    def write(
        self, path: Path, segment: str, members: NDArray[np.int32], progress: Progress
    ) -> dict[str, Any]:
        """One segment's file, block by block; returns its row of the manifest."""
        name = self.plan.newcomers if segment == NO_HISTORY and self.plan.newcomers else self.plan.of(segment)
        fitted = self.fitted[name]
        with SegmentFile(path, self.kind) as file:
            without = places = 0
            for start in range(0, len(members), BLOCK):
                block = members[start : start + BLOCK]
                own = self.server.own(fitted, block, self.k, self.target)
                lists = self.server.filled(own, self.target)
                without += int((lists.lengths == 0).sum())
                places += int(own.lengths.sum())
                ids = np.where(block == NOTHING, "", self.ids[block])
                file.add(rows(lists, ids, self.known.catalogue))
                progress.done()
        told = {"file": path.name, "recommender": name, "customers": int((members != NOTHING).sum())}
        told |= {"without_list": without, "rows": file.rows}
        told["own_share"] = round(places / file.rows, 4) if file.rows else 0.0
        return told | {"sha256": file.digest()}


def _written(final: Path, job: _Job, told: dict[str, Any], progress: Progress) -> Path:
    """All files and the manifest in a folder beside `final`, then renamed."""
    folder = final.with_name(final.name + ".partial")
    shutil.rmtree(folder, ignore_errors=True)
    segments = job.segments()
    progress.steps(sum(-(-len(members) // BLOCK) for _, members in segments))
    try:
        folder.mkdir(parents=True)
        files: list[dict[str, Any]] = []
        for name, members in segments:
            progress.step(f"writing {name}")
            path = _fresh(folder, slug(name), job.kind)
            files.append({"segment": name, **job.write(path, name, members, progress)})
        text = json.dumps(told | {"files": files}, indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        return put_in_place(folder, final)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise not_writable(final, error) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _fresh(folder: Path, stem: str, suffix: str) -> Path:
    """A file name that no earlier segment took."""
    path, again = folder / f"{stem}.{suffix}", 2
    while path.exists():
        path, again = folder / f"{stem}-{again}.{suffix}", again + 1
    return path


def _check_name(name: str, experiment: Experiment) -> None:
    names = list(experiment.recommenders)
    if name not in names:
        raise RunError(
            f"{name!r} is no recommender of this run: expected one of {', '.join(names)}"
            f"{nearest(name, names)}"
        )


def _refuse_foreign(final: Path) -> None:
    """Only an earlier export is replaced."""
    if not final.exists() or not any(final.iterdir()):
        return
    if not (final / MANIFEST).is_file() or "fitted_until" not in read_json(final):
        raise RunError(
            f"{str(final)!r} holds other files: expected a new folder or an earlier export; "
            "choose another --out"
        )
