"""Batch recommendations for everyone with history, fitted on the whole log, one file per segment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys import __version__
from recsys.core.errors import RunError
from recsys.core.fold import Known, Target, know
from recsys.core.ids import NOTHING
from recsys.core.parallel import threads
from recsys.core.protocols import Fitted
from recsys.engine.config import read_config
from recsys.engine.control import control_group
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.plan import Plan, best, check_name, read_policy, told
from recsys.engine.privacy import Mode, Pseudonyms
from recsys.engine.progress import SILENT, Progress
from recsys.engine.serve import Server
from recsys.engine.store import (
    MANIFEST,
    check_writable,
    found_input,
    made_whole,
    read_json,
    read_manifest,
    slug,
    write_whole,
)
from recsys.export import SCHEMA, Format, TableFile, control, rows
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
    kind: Format | None = None,
    out: Path | None = None,
    target: Target | None = None,
    customers: Mode = "plain",
    control_share: float | None = None,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write the lists of a run's recommender or policy; returns the folder, which holds a manifest.json.

    recommender: by default the best on `all` at the deciding metric. policy: each segment gets what the run's
    policy.yaml names, and a file apart holds the list for people without history. target: whether lists hold
    what was bought before (any) or not (new). control_share: the part of each segment that gets no list and
    is named in control.csv. target, k, kind, control_share: by default those of the config's `export`
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
    share = experiment.export.control_share if control_share is None else control_share
    if not 0 <= share < 1:
        raise RunError(
            f"control share is {share}: expected at least 0 and less than 1, as in 0.1 for a tenth"
        )
    plan = read_policy(run, aim) if policy else Plan(recommender or best(run, experiment, aim))
    for name in plan.names:
        check_name(name, experiment)
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
            share=share,
            seed=experiment.seed,
            safe=experiment.export.spreadsheet_safe,
            origin=(f"policy {aim}" if policy else "", str(manifest["run_id"])),
        )
        about = {
            "recsys": __version__,
            "run_id": manifest["run_id"],
            **told(plan, experiment),
            "target": str(job.target),
            "k": job.k,
            "customers": customers,
            "fitted_until": str(known.cutoff)[:10],
            "input_sha256": loaded.sha256,
            "same_input_as_run": loaded.sha256 == manifest["input"]["sha256"],
        }
        return _written(final, job, about, progress)


@dataclass(frozen=True, eq=False)
class _Job:
    """Everything that writing needs. ids: (customers,) what stands for each of them. share: of the control
    group, which is drawn by the seed. safe: see export.TableFile. origin: policy and run_id.
    """

    known: Known
    server: Server
    plan: Plan
    fitted: Mapping[str, Fitted]
    target: Target
    k: int
    kind: Format
    ids: NDArray[np.object_]
    share: float
    seed: int
    safe: bool
    origin: tuple[str, str]

    @cached_property
    def control(self) -> NDArray[np.bool_]:
        """(customers,) who is kept back."""
        segments = [members for name, members in self.segments() if name != NO_HISTORY]
        return control_group(self.known.history.customers.names, segments, self.share, self.seed)

    def segments(self) -> list[tuple[str, NDArray[np.int32]]]:
        """Each segment's name and its customers; one called `all` where there are none.

        People without history are one row, of nobody, where the plan serves them.
        """
        found = self.known.segmentation
        nobody = [(NO_HISTORY, np.array([NOTHING], dtype=np.int32))] if self.plan.newcomers else []
        if found is None:
            return [("all", np.arange(len(self.ids), dtype=np.int32)), *nobody]
        return [*((name, found.members(at)) for at, name in enumerate(found.names)), *nobody]

    def treated(self, members: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of them who get a list."""
        return members[(members == NOTHING) | ~self.control[members]]

    def write(
        self, path: Path, segment: str, members: NDArray[np.int32], progress: Progress
    ) -> dict[str, Any]:
        """One segment's file, block by block, without its control group; returns its row of the manifest."""
        name = self.plan.newcomers if segment == NO_HISTORY and self.plan.newcomers else self.plan.of(segment)
        fitted = self.fitted[name]
        treated = self.treated(members)
        with TableFile(path, self.kind, SCHEMA, safe=self.safe) as file:
            without = places = 0
            for start in range(0, len(treated), BLOCK):
                block = treated[start : start + BLOCK]
                own = self.server.own(fitted, block, self.k, self.target)
                lists = self.server.filled(own, self.target)
                without += int((lists.lengths == 0).sum())
                places += int(own.lengths.sum())
                ids = np.where(block == NOTHING, "", self.ids[block])
                file.add(rows(lists, ids, self.known.catalogue, (name, *self.origin)))
                progress.done()
        told = {"file": path.name, "recommender": name, "customers": int((treated != NOTHING).sum())}
        told |= {"control": len(members) - len(treated), "without_list": without}
        told["own_share"] = round(places / file.rows, 4) if file.rows else 0.0
        return told | file.told()

    def write_control(self, path: Path) -> dict[str, Any]:
        """The file that names the control group; returns what the manifest says of it."""
        members = [(name, at[self.control[at]]) for name, at in self.segments() if name != NO_HISTORY]
        codes = np.concatenate([at for _, at in members])
        segments = np.repeat(
            np.array([name for name, _ in members], dtype=object), [len(at) for _, at in members]
        )
        table = control(self.ids[codes], segments)
        with TableFile(path, "csv", table.schema, safe=self.safe) as file:
            file.add(table)
        told = file.told()
        return {"share": self.share, "file": path.name, "customers": told.pop("rows")} | told


def _written(final: Path, job: _Job, told: dict[str, Any], progress: Progress) -> Path:
    """All files and the manifest in a folder beside `final`, then renamed."""
    segments = job.segments()
    progress.steps(sum(-(-len(job.treated(members)) // BLOCK) for _, members in segments))
    with made_whole(final) as folder:
        files: list[dict[str, Any]] = []
        if job.share:  # first, so that no segment takes its name
            told = told | {"control": job.write_control(folder / "control.csv")}
        for name, members in segments:
            progress.step(f"writing {name}")
            path = _fresh(folder, slug(name), job.kind)
            files.append({"segment": name, **job.write(path, name, members, progress)})
        write_whole(folder / MANIFEST, json.dumps(told | {"files": files}, indent=2, ensure_ascii=False))
    return final


def _fresh(folder: Path, stem: str, suffix: str) -> Path:
    """A file name that no earlier segment took."""
    path, again = folder / f"{stem}.{suffix}", 2
    while path.exists():
        path, again = folder / f"{stem}-{again}.{suffix}", again + 1
    return path


def _refuse_foreign(final: Path) -> None:
    """Only an earlier export is replaced."""
    if not final.exists() or not any(final.iterdir()):
        return
    if not (final / MANIFEST).is_file() or "fitted_until" not in read_json(final):
        raise RunError(
            f"{str(final)!r} holds other files: expected a new folder or an earlier export; "
            "choose another --out"
        )
