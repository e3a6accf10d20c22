"""A campaign's lists as files of a folder or rows of a table, with a manifest; whole or not at all."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.ids import NOTHING
from recsys.engine.campaign import BLOCKED, CONTROL, NOTHING_LEFT, Campaign
from recsys.engine.progress import Progress
from recsys.engine.store import MANIFEST, made_whole, slug, write_whole
from recsys.export import SCHEMA, Format, TableFile, control, not_served, rows
from recsys.export.checks import check_everyone
from recsys.export.database import DatabaseTable, SegmentRows
from recsys.measure.segments import NO_HISTORY


@dataclass(frozen=True, eq=False)
class Sender:
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

    def told(self) -> dict[str, str]:
        """What the manifest says of where the lists went."""
        if self.database is None:
            return {"format": self.kind}
        return {"to": self.database.place, "table": self.database.name}

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


def send(
    final: Path, sender: Sender, told: dict[str, Any], cost: pa.Table | None, progress: Progress
) -> Path:
    """All files and the manifest in a folder beside `final`, then renamed."""
    campaign = sender.campaign
    campaign.begin(progress)
    with made_whole(final) as folder, sender.database or nullcontext():
        rows_of: list[dict[str, Any]] = []
        for name in ("control.csv", "not_served.csv", "rules_cost.csv"):
            (folder / name).touch()  # so that no segment takes the name
        served = [np.empty(0, dtype=np.int32)]
        for name, members in campaign.segments:
            progress.step(f"writing {name}")
            row, codes = sender.segment(folder, name, members, progress)
            rows_of.append({"segment": name, **row})
            served.append(codes)
        codes = np.concatenate(served)
        who, table = sender.left_out(codes)
        check_everyone(codes, who, len(sender.ids), campaign.blocked)
        told = told | _beside(folder, sender, who, table)
        if cost is not None:
            with TableFile(folder / "rules_cost.csv", "csv", cost.schema) as file:
                file.add(cost)
        else:
            (folder / "rules_cost.csv").unlink()
        write_whole(folder / MANIFEST, json.dumps(told | {"files": rows_of}, indent=2, ensure_ascii=False))
    return final


def _beside(folder: Path, sender: Sender, who: NDArray[np.int32], table: pa.Table) -> dict[str, Any]:
    """control.csv and not_served.csv where anybody is in them; returns what the manifest says of them."""
    found: dict[str, Any] = {}
    if sender.campaign.wanted.control_share:
        kept = sender.campaign.control[who]
        named = control(*(np.asarray(table.column(at).to_pylist(), dtype=object)[kept] for at in range(2)))
        found["control"] = {
            "share": sender.campaign.wanted.control_share,
            **sender.beside(folder / "control.csv", named),
        }
    else:
        (folder / "control.csv").unlink()
    if len(who):
        reasons = np.asarray(table.column("reason").to_pylist(), dtype=object)
        count = {reason: int((reasons == reason).sum()) for reason in (CONTROL, BLOCKED, NOTHING_LEFT)}
        found["not_served"] = sender.beside(folder / "not_served.csv", table) | {"reasons": count}
    else:
        (folder / "not_served.csv").unlink()
    return found


def _fresh(folder: Path, stem: str, suffix: str) -> Path:
    """A file name that no earlier segment took."""
    path, again = folder / f"{stem}.{suffix}", 2
    while path.exists():
        path, again = folder / f"{stem}-{again}.{suffix}", again + 1
    return path
