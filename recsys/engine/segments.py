"""The segment stage alone: customers grouped as of the end of the log, and what there is to say of them.

The folder holds segments.csv (who is where), cards.csv, lifted.csv (over-represented products), outlook.csv,
movement.csv, drift.csv, evidence.csv, the fitted segmenter (`fitted/`), pictures and a page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import blake2b, sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from recsys import __version__
from recsys.core.errors import ConfigError, SplitError
from recsys.core.fold import Fold, Known, know
from recsys.core.parallel import threads, workers
from recsys.core.protocols import FittedSegmenter
from recsys.engine.evaluate import generator, group, segmented
from recsys.engine.outlook import Later, explained, outlook
from recsys.engine.privacy import Mode, Pseudonyms
from recsys.engine.progress import SILENT, Progress, logged
from recsys.engine.spec import Experiment
from recsys.engine.store import MANIFEST, check_writable, made_whole, refuse_foreign, write_whole
from recsys.ingest import Loaded, load
from recsys.report import Insight, write_insight
from recsys.segment.cards import LEAST, Card, as_table, cards
from recsys.segment.movement import aligned, moves
from recsys.segment.views import views

NOW = 2**32 - 6  # stands for "the end of the log" where a window's number seeds the randomness
STAGE = "segments"
LIFTED = ["segment", "product", "label", "lift", "low", "share", "buyers"]
DRIFT = ["cutoff", "segments", "agreement", "segment", "then"]
"""agreement: adjusted Rand index between the segments of today's rules and those fitted anew at that cutoff,
on the customers known then. then: the segment of the later fit that is nearest to `segment` by centroid.
"""


def segment(
    experiment: Experiment,
    *,
    roots: tuple[Path, ...] = (),
    out: Path | None = None,
    customers: Mode | None = None,
    least: int = LEAST,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Group the customers of the log by the experiment's `segments` section; returns the folder.

    out: by default `segments/<name>-<hash of config and input>`. customers: how segments.csv names them, by
    default as privacy.customers says. least: cards of fewer customers withhold their figures. Earlier cutoffs
    step back by split.holdout_days, as often as there are windows. Raises RecsysError; nothing half-written
    stands at `out` then.
    """
    if experiment.segments is None:
        raise ConfigError(
            "segments is null: expected how customers are grouped; add segments: {kind: kmeans}"
        )
    if out is not None:
        check_writable(out)
    mode = customers or experiment.privacy.customers
    with threads(limit), threadpool_limits(workers()), logged(progress) as progress:
        progress.stage("reading the log")
        loaded = load(experiment.source, experiment.clean, roots=roots)
        run_id = identify(experiment, loaded.sha256)
        final = out or Path(STAGE) / f"{experiment.name}-{run_id}"
        check_writable(final)
        refuse_foreign(final, "segmentation", "stage")
        progress.stage("grouping customers")
        stage = _Stage(experiment, loaded)
        progress.stage("looking at the groups")
        tables, made = stage.tables(least)
        tables["segments"] = _places(stage.now, mode, loaded)
        about: dict[str, Any] = {
            "recsys": __version__,
            "stage": STAGE,
            "name": experiment.name,
            "run_id": run_id,
        }
        about |= {"cutoff": str(stage.now.cutoff)[:10], "customers": mode, "least": least}
        about |= {"earlier": [str(one.known.cutoff)[:10] for one in stage.earlier]}
        about |= {"config": experiment.model_dump(mode="json")["segments"], "explains": stage.explains}
        about |= {"currency": experiment.currency, "input_sha256": loaded.sha256, "notes": list(loaded.notes)}
        progress.stage("drawing")
        assert stage.now.segmentation is not None
        shown = [card.segment for card in made if not card.withheld]
        seen = Insight(about, made, tables, views(stage.now.segmentation, shown, _seed(experiment)))
        return _written(final, stage.fitted, tables, about, seen)


def identify(experiment: Experiment, sha256: str) -> str:
    """Ten letters for these segments of this input."""
    config = experiment.model_dump(mode="json", include={"seed", "source", "clean", "segments", "split"})
    return blake2b(json.dumps([STAGE, config, sha256]).encode(), digest_size=5).hexdigest()


@dataclass(frozen=True, eq=False)
class _Stage:
    experiment: Experiment
    loaded: Loaded

    @cached_property
    def _rng(self) -> np.random.Generator:
        return generator(self.experiment.seed, NOW, STAGE)

    @cached_property
    def _bare(self) -> Known:
        return self._known(self.loaded.log.end)

    @cached_property
    def fitted(self) -> FittedSegmenter:
        """The rules of today."""
        found = group(self.experiment, self._bare)
        assert found is not None
        return found

    @cached_property
    def now(self) -> Known:
        """All that is known at the end of the log, with segments."""
        return segmented(self._bare, self.fitted)

    @cached_property
    def earlier(self) -> list[Fold]:
        """Earlier cutoffs with what came next, grouped by the rules of today; latest first."""
        try:
            windows = self.experiment.split.plan(self.loaded.log)
        except SplitError:  # a short log still has segments
            return []
        found = []
        for one in windows:
            known = segmented(self._known(one.cutoff), self.fitted)
            future = self.loaded.log.between(one.cutoff, one.end).recoded()
            found.append(Fold(known, future, one.number))
        return found

    def _known(self, cutoff: np.datetime64) -> Known:
        """Everyone who is grouped: those who only returned too, where the config asks for them."""
        return know(self.loaded.log, cutoff, returners=self.experiment.clean.cancellations.returners)

    @cached_property
    def explains(self) -> dict[str, float]:
        """Share of the variance of later log spend that segments explain, and RFM quintiles (125 cells)."""
        if not self.earlier or not self.loaded.log.priced:
            return {}
        fold = self.earlier[0]
        assert fold.known.segmentation is not None
        spend = np.log1p(np.maximum(Later.of(fold).spend, 0))
        own = explained(fold.known.segmentation.codes.astype(np.int64), spend)
        return {"segments": own, "rfm_quintiles": explained(quintiles(fold.known), spend)}

    def tables(self, least: int) -> tuple[dict[str, pd.DataFrame], tuple[Card, ...]]:
        """Every table but who is where, and the cards."""
        made = cards(self.now, least)
        found = {"cards": as_table(made)}
        lifted = [{"segment": card.segment, **asdict(one)} for card in made for one in card.lifted]
        found["lifted"] = pd.DataFrame(lifted, columns=LIFTED)
        if self.earlier:
            told = outlook(self.earlier[0], self._rng)
            few = (told["customers"] < least).to_numpy()
            told.loc[few, ["customers", "came_back", "spend", "ci_low", "ci_high", "total"]] = np.nan
            found["outlook"] = told
        steps = [*reversed([one.known for one in self.earlier]), self.now]
        moved = [
            moves(before, after).assign(since=str(before.cutoff)[:10], until=str(after.cutoff)[:10])
            for before, after in pairwise(steps)
        ]
        if moved:
            found["movement"] = _without_few(pd.concat(moved, ignore_index=True), made)
        found["drift"] = pd.DataFrame(self._drift(), columns=DRIFT)
        assert self.now.segmentation is not None
        found["evidence"] = pd.DataFrame(self.now.segmentation.evidence)
        return found, made

    def _drift(self) -> list[dict[str, Any]]:
        """How alike the groups are that each earlier cutoff would have made."""
        from sklearn.metrics import adjusted_rand_score

        rows: list[dict[str, Any]] = []
        for fold in self.earlier:
            anew = group(self.experiment, fold.known)
            assert anew is not None
            assert fold.known.segmentation is not None
            today, then = fold.known.segmentation, anew.assign(fold.known)
            row = {"cutoff": str(fold.known.cutoff)[:10], "segments": len(set(then.codes.tolist()))}
            row["agreement"] = float(adjusted_rand_score(today.codes, then.codes))
            if list(today.features) != list(then.features):  # families of products are learned anew
                rows.append(row)
                continue
            rows += [row | {"segment": was, "then": name} for name, was in aligned(today, then).items()]
        return rows


def _without_few(moved: pd.DataFrame, made: Sequence[Card]) -> pd.DataFrame:
    """No counts where a segment at either end withholds its own."""
    few = [card.segment for card in made if card.withheld]
    hidden = moved["from"].isin(few) | moved["to"].isin(few)
    return moved.assign(**{name: moved[name].mask(hidden) for name in ("customers", "share")})


def quintiles(known: Known) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Each customer's cell of recency, frequency and monetary quintiles, 0 to 124."""
    from recsys.segment.features import features

    frame = features(known, ["recency", "frequency", "monetary"])
    cell = np.zeros(len(frame), dtype=np.int64)
    for name in frame:
        rank = frame[name].rank(method="average", pct=True).to_numpy()
        cell = cell * 5 + np.minimum((rank * 5).astype(np.int64), 4)
    return cell


def _places(known: Known, mode: Mode, loaded: Loaded) -> pd.DataFrame:
    """customer and segment; how sure where the way of grouping tells."""
    found = known.segmentation
    assert found is not None
    names = Pseudonyms(mode, loaded.log).of(known.history.customers.names)
    table = pd.DataFrame({"customer": names, "segment": np.array(found.names, dtype=object)[found.codes]})
    if found.memberships is not None:
        table["membership"] = found.memberships[np.arange(len(table)), found.codes]
    return table


def _seed(experiment: Experiment) -> int:
    return int(generator(experiment.seed, NOW, "pictures").integers(2**31))


def _written(
    final: Path,
    fitted: FittedSegmenter,
    tables: dict[str, pd.DataFrame],
    about: dict[str, Any],
    seen: Insight,
) -> Path:
    with made_whole(final) as folder:
        digests = {}
        for name, table in tables.items():
            text = table.to_csv(index=False, lineterminator="\n")
            write_whole(folder / f"{name}.csv", text)
            digests[f"{name}.csv"] = sha256(text.encode()).hexdigest()
        if hasattr(fitted, "save"):
            fitted.save(folder / "fitted")
        write_insight(seen, folder)
        write_whole(folder / MANIFEST, json.dumps(about | {"files": digests}, indent=2, ensure_ascii=False))
    return final
