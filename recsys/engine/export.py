"""Batch recommendations for everyone with history, fitted on the whole log, one file per segment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys import __version__
from recsys.core.errors import ConfigError, RunError
from recsys.core.fold import Target, know
from recsys.core.ids import NOTHING
from recsys.core.parallel import threads
from recsys.engine.campaign import BLOCKED, CONTROL, NOTHING_LEFT, Campaign
from recsys.engine.config import read_config
from recsys.engine.drafting import BLOCK, Drafter, ListRules
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.plan import Plan, best, check_name, read_policy, told
from recsys.engine.privacy import Mode, Pseudonyms
from recsys.engine.progress import SILENT, Progress
from recsys.engine.rules_cost import measured, summed_up
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
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
from recsys.export import SCHEMA, Format, TableFile, control, not_served, rows
from recsys.export.checks import check_everyone
from recsys.export.database import DatabaseTable, SegmentRows
from recsys.ingest import load
from recsys.measure.segments import NO_HISTORY

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
    overrides: Sequence[str] = (),
    blocked: Path | None = None,
    to: str | None = None,
    table: str | None = None,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write the lists of a run's recommender or policy; returns the folder, which holds a manifest.json.

    recommender: by default the best on `all` at the deciding metric. policy: each segment gets what the run's
    policy.yaml names, and a file apart holds the list for people without history. target: whether lists hold
    what was bought before (any) or not (new). control_share: the part of each segment that gets no list and
    is named in control.csv. target, k, kind, control_share: by default those of the config's `export`
    section. overrides: of the run's config, as in export.price_weight=0.2; of its sections export and
    candidates alone. blocked: a text file of customer ids, one a line, who get no list; beside those of the
    config. to, table: the URL of a database, and the table there that takes the lists in place of
    files; ${NAME} in it is taken from the environment. out: by default RUN/export. customers: plain ids, or
    as privacy.customers would have them. Raises RecsysError; nothing half-written stands at `out` then.
    """
    manifest = read_manifest(run)
    judged = read_config(run / "config.yaml")
    experiment = overridden(run / "config.yaml", overrides)
    wanted = experiment.export
    if blocked is not None:
        names = (*wanted.blocked_customers, *_ids(blocked))
        wanted = wanted.model_copy(update={"blocked_customers": names})
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
    refuse_foreign(final)
    if (to is None) != (table is None):
        raise ConfigError(
            "one of --to and --table is given: expected both, as in --to sqlite:///lists.db --table lists"
        )
    database = DatabaseTable(to, table) if to is not None and table is not None else None
    with threads(limit):
        progress.stage("reading the log")
        loaded = load(found_input(experiment.source, manifest), experiment.clean)
        progress.stage(f"fitting {', '.join(plan.names)} on the whole log")
        earliest = np.datetime64(manifest["windows"][-1]["cutoff"], "s")
        segmenter = fit_segmenter(experiment, loaded.log, earliest)
        known = segmented(know(loaded.log, loaded.log.end), segmenter)
        server = Server(experiment, known, partial(generator, experiment.seed, AT_END))
        rules = ListRules.of(experiment.export, k or experiment.export.k, known)
        campaign = Campaign(
            known=known,
            plan=plan,
            fitted={name: server.fit(name) for name in plan.names},
            drafter=Drafter(server, rules, aim),
            wanted=wanted,
            share=share,
            seed=experiment.seed,
        )
        cost = measured(
            judged, experiment, loaded, plan, rules.k, aim, len(known.history.customers), progress
        )
        files = _Files(
            campaign=campaign,
            kind=kind or experiment.export.format,
            ids=Pseudonyms(customers, loaded.log).of(known.history.customers.names),
            origin=(f"policy {aim}" if policy else "", str(manifest["run_id"])),
            safe=experiment.export.spreadsheet_safe,
            database=database,
        )
        about = {
            "recsys": __version__,
            "run_id": manifest["run_id"],
            **told(plan, experiment),
            "target": str(aim),
            "k": rules.k,
            **(
                {"format": files.kind} if database is None else {"to": database.place, "table": database.name}
            ),
            "customers": customers,
            "rules": _rules(experiment, campaign),
            "candidates_as_judged": experiment.candidates == judged.candidates,
            "fitted_until": str(known.cutoff)[:10],
            "input_sha256": loaded.sha256,
            "same_input_as_run": loaded.sha256 == manifest["input"]["sha256"],
        }
        if cost is not None:
            about["rules_cost"] = summed_up(cost, experiment.evaluate.decide.metric, rules.k)
        return _written(final, files, about, cost, progress)


def overridden(path: Path, overrides: Sequence[str]) -> Experiment:
    """The run's config with other rules for this export."""
    for override in overrides:
        if not override.startswith(("export.", "candidates.")):
            raise ConfigError(
                f"--set {override} changes what was judged: expected a field of export or candidates, as in "
                "--set export.price_weight=0.2; evaluate again for anything else"
            )
    return read_config(path, overrides)


def _ids(path: Path) -> list[str]:
    """The lines of a text file, without spaces around them; empty ones are none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read ({error}): expected a text file in UTF-8 with a customer id on "
            "each line; check --blocked"
        ) from None
    return [line.strip() for line in lines if line.strip()]


def _rules(experiment: Experiment, campaign: Campaign) -> dict[str, Any]:
    """What the manifest says of the rules; customers are counted, not named."""
    names = ("max_per_family", "max_lists", "price_weight")
    found: dict[str, Any] = experiment.candidates.model_dump(mode="json")
    found |= {name: getattr(experiment.export, name) for name in names}
    asked = len(set(campaign.wanted.blocked_customers))
    return found | {"blocked_customers": {"asked": asked, "in_log": int(campaign.blocked.sum())}}


@dataclass(frozen=True, eq=False)
class _Files:
    """How lists become files, or rows of a database.

    ids: (customers,) what stands for each of them. origin: policy and run_id. database: takes the lists, in
    place of files.
    """

    campaign: Campaign
    kind: Format
    ids: NDArray[np.object_]
    origin: tuple[str, str]
    safe: bool
    database: DatabaseTable | None = None

    def segment(
        self, folder: Path, segment: str, members: NDArray[np.int32], progress: Progress
    ) -> tuple[dict[str, Any], NDArray[np.int32]]:
        """One segment's file, block by block; returns its row of the manifest, and who was served."""
        name = self.campaign.serves(segment)
        served, own = [np.empty(0, dtype=np.int32)], 0
        with self._sink(folder, segment) as file:
            for lists in self.campaign.lists(segment, members):
                own += int((~np.isnan(lists.scores)).sum())
                served.append(lists.customers[lists.lengths > 0])
                ids = np.where(lists.customers == NOTHING, "", self.ids[lists.customers])
                why = self.campaign.reasons(segment, lists)
                file.add(rows(lists, ids, self.campaign.known.catalogue, why, (name, *self.origin)))
                progress.done()
        codes = np.concatenate(served)
        codes = codes[codes != NOTHING]
        treated = self.campaign.treated(members)
        told: dict[str, Any] = {"file": file.path.name} if isinstance(file, TableFile) else {}
        told |= {"recommender": name, "customers": len(codes)}
        told["control"] = int(self.campaign.control[members].sum()) if segment != NO_HISTORY else 0
        told["without_list"] = int((treated != NOTHING).sum()) - len(codes)
        told["own_share"] = round(own / file.rows, 4) if file.rows else 0.0
        return told | file.told(), codes

    def _sink(self, folder: Path, segment: str) -> TableFile | SegmentRows:
        if self.database is not None:
            return self.database.of(segment)
        return TableFile(_fresh(folder, slug(segment), self.kind), self.kind, SCHEMA, safe=self.safe)

    def beside(self, path: Path, table: pa.Table) -> dict[str, Any]:
        """A CSV of customers beside the lists; returns what the manifest says of it."""
        with TableFile(path, "csv", table.schema, safe=self.safe) as file:
            file.add(table)
        told = file.told()
        return {"file": path.name, "customers": told.pop("rows")} | told

    def left_out(self, served: NDArray[np.int32]) -> tuple[NDArray[np.int32], pa.Table]:
        """Everyone who has no list, and why, by segment."""
        campaign = self.campaign
        has = np.zeros(len(self.ids), dtype=bool)
        has[served] = True
        codes, segments = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=object)]
        for name, members in campaign.segments:
            if name != NO_HISTORY:
                codes.append(members[~has[members]])
                segments.append(np.full(len(codes[-1]), name, dtype=object))
        who = np.concatenate(codes)
        why = np.where(campaign.control[who], CONTROL, np.where(campaign.blocked[who], BLOCKED, NOTHING_LEFT))
        return who, not_served(self.ids[who], np.concatenate(segments), why)


def _written(
    final: Path, files: _Files, told: dict[str, Any], cost: pa.Table | None, progress: Progress
) -> Path:
    """All files and the manifest in a folder beside `final`, then renamed."""
    campaign = files.campaign
    progress.steps(sum(-(-len(campaign.treated(members)) // BLOCK) for _, members in campaign.segments))
    with made_whole(final) as folder, files.database or nullcontext():
        rows_of: list[dict[str, Any]] = []
        for name in ("control.csv", "not_served.csv", "rules_cost.csv"):
            (folder / name).touch()  # so that no segment takes the name
        served = [np.empty(0, dtype=np.int32)]
        for name, members in campaign.segments:
            progress.step(f"writing {name}")
            row, codes = files.segment(folder, name, members, progress)
            rows_of.append({"segment": name, **row})
            served.append(codes)
        codes = np.concatenate(served)
        who, table = files.left_out(codes)
        check_everyone(codes, who, len(files.ids), campaign.blocked)
        told = told | _beside(folder, files, who, table)
        if cost is not None:
            with TableFile(folder / "rules_cost.csv", "csv", cost.schema) as file:
                file.add(cost)
        else:
            (folder / "rules_cost.csv").unlink()
        write_whole(folder / MANIFEST, json.dumps(told | {"files": rows_of}, indent=2, ensure_ascii=False))
    return final


def _beside(folder: Path, files: _Files, who: NDArray[np.int32], table: pa.Table) -> dict[str, Any]:
    """control.csv and not_served.csv where anybody is in them; returns what the manifest says of them."""
    found: dict[str, Any] = {}
    if files.campaign.share:
        kept = files.campaign.control[who]
        named = control(*(np.asarray(table.column(at).to_pylist(), dtype=object)[kept] for at in range(2)))
        found["control"] = {"share": files.campaign.share, **files.beside(folder / "control.csv", named)}
    else:
        (folder / "control.csv").unlink()
    if len(who):
        reasons = np.asarray(table.column("reason").to_pylist(), dtype=object)
        count = {reason: int((reasons == reason).sum()) for reason in (CONTROL, BLOCKED, NOTHING_LEFT)}
        found["not_served"] = files.beside(folder / "not_served.csv", table) | {"reasons": count}
    else:
        (folder / "not_served.csv").unlink()
    return found


def _fresh(folder: Path, stem: str, suffix: str) -> Path:
    """A file name that no earlier segment took."""
    path, again = folder / f"{stem}.{suffix}", 2
    while path.exists():
        path, again = folder / f"{stem}-{again}.{suffix}", again + 1
    return path


def refuse_foreign(final: Path) -> None:
    """Only an earlier export is replaced."""
    if not final.exists() or not any(final.iterdir()):
        return
    if not (final / MANIFEST).is_file() or "fitted_until" not in read_json(final):
        raise RunError(
            f"{str(final)!r} holds other files: expected a new folder or an earlier export; "
            "choose another --out"
        )
