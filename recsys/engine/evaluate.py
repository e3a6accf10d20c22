"""The main job: log -> windows -> segments -> recommenders -> scores -> a run folder with its report."""

from __future__ import annotations

import json
import logging
import time
from functools import partial
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from recsys.core.errors import ConfigError, SplitError
from recsys.core.fold import Fold, Known, Target, know
from recsys.core.log import TransactionLog
from recsys.core.parallel import threads, workers
from recsys.core.protocols import FittedSegmenter
from recsys.core.segmentation import Segmentation
from recsys.engine.ageing import Ageing, Ages
from recsys.engine.ahead import load_ahead
from recsys.engine.audit import Auditor, Inspector
from recsys.engine.ceilings import ceilings
from recsys.engine.config import write_config
from recsys.engine.contest import Contest
from recsys.engine.costs import Meter
from recsys.engine.funnel import reach, segment_names
from recsys.engine.later import bought_later
from recsys.engine.manifest import describe, describe_window
from recsys.engine.overlap import some_lists
from recsys.engine.population import without_top_spenders
from recsys.engine.portrayed import write_portrayed
from recsys.engine.privacy import Pseudonyms
from recsys.engine.progress import SILENT, Progress, logged
from recsys.engine.spec import Experiment
from recsys.engine.store import MANIFEST, RunFolder, check_writable
from recsys.engine.tables import Gathered, joined, write_tables
from recsys.engine.watch import watching
from recsys.ingest import Loaded, load
from recsys.measure.catalog import needs_prices
from recsys.report import read_run, write_report
from recsys.segment import profile
from recsys.split import Window

logger = logging.getLogger(__name__)
VERSION_OF_RESULTS = 4  # raised when the same config and input would give other figures


def evaluate(
    experiment: Experiment,
    *,
    roots: tuple[Path, ...] = (),
    out: Path | None = None,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Judge every recommender of the experiment; returns the run folder.

    roots: folders where the source's files are looked for. out: the run folder; by default
    `runs/<name>-<hash of config and input>`. limit: threads, by default all cores; figures do not depend on
    it. Raises RecsysError for what the user can mend; nothing half-written stands at `out` then.
    """
    start = time.perf_counter()
    if out is not None:
        check_writable(out)
    with threads(limit), threadpool_limits(workers()), Meter() as meter, logged(progress) as progress:
        progress.stage("reading the log")
        libraries = load_ahead(experiment)
        loaded = load(experiment.source, experiment.clean, roots=roots)
        if needs_prices(experiment.evaluate.decide.metric) and not loaded.log.priced:
            raise ConfigError(
                f"evaluate.decide.metric is {experiment.evaluate.decide.metric}, but the log has no prices: "
                "expected a price column; map source.columns.price or decide by map, ndcg or recall"
            )
        run_id = identify(experiment, loaded.sha256)
        folder = RunFolder(out or Path("runs") / f"{experiment.name}-{run_id}", run_id)
        windows = experiment.split.plan(loaded.log)
        whole = loaded
        loaded = without_top_spenders(whole, experiment.evaluate.without_top_spenders, windows[-1])
        libraries.join()
        auditor = Auditor(experiment, loaded, windows[-1])
        gathered = _judge_windows(experiment, loaded, windows, auditor, folder, progress)
        progress.stage("writing the report")
        files = write_tables(folder, experiment, loaded.ledger, gathered) | auditor.write(folder)
        files |= write_portrayed(folder.path, whole)
        write_config(experiment, folder.path / "config.yaml")
        found = describe(experiment, loaded, gathered, run_id)
        found |= {"files": files, "threads": workers(), "seconds": round(time.perf_counter() - start, 2)}
        found |= {"peak_mb": round(meter.peak_total_mb)}
        text = json.dumps(found, indent=2, ensure_ascii=False)
        (folder.path / MANIFEST).write_text(text, encoding="utf-8")
        write_report([read_run(folder.path)], folder.path)
        return folder.finish()


def identify(experiment: Experiment, sha256: str) -> str:
    """Ten letters that stand for this config on this input."""
    config = experiment.model_dump(mode="json", exclude={"currency", "tune", "export"})
    text = json.dumps([VERSION_OF_RESULTS, config, sha256])  # order counts: the first listed wins a tie
    return blake2b(text.encode(), digest_size=5).hexdigest()


def generator(seed: int, window: int, name: str) -> np.random.Generator:
    """The randomness of one (window, name); it does not depend on what else runs."""
    return np.random.default_rng([seed, window, crc32(name.encode())])


def _judge_windows(
    experiment: Experiment,
    loaded: Loaded,
    windows: list[Window],
    auditor: Auditor,
    folder: RunFolder,
    progress: Progress,
) -> Gathered:
    """Every window, with customers grouped by what was known at the earliest cutoff.

    The earliest comes first: what a component keeps to itself from one window to the next is then never of a
    later one, and lists of an earlier cutoff are there when a later window is judged.
    """
    told: list[Gathered] = []
    progress.stage("grouping customers")
    regroup = partial(fit_segmenter, experiment, loaded.log, windows[-1].cutoff)
    earliest = to_group(experiment, loaded.log, windows[-1].cutoff)
    with auditor.grouping(earliest):
        segmenter = group(experiment, earliest)
    pseudonyms = Pseudonyms(experiment.privacy.customers, loaded.log)
    ages = Ages(experiment, loaded.log, windows)
    with folder.making():
        finished = sum(
            folder.part(w.number, name) is not None for w in windows for name in experiment.recommenders
        )
        if finished:
            progress.stage(f"going on after {finished} finished parts of an earlier start")
        progress.steps(len(windows) * len(experiment.recommenders) - finished)
        for window in reversed(windows):
            rng = partial(generator, experiment.seed, window.number)
            fold = _fold(experiment, loaded.log, window, segmenter)
            told.append(_told(experiment, fold, window, pseudonyms))
            contest = Contest(experiment, fold, rng)
            told[-1].ceilings.extend(ceilings(experiment, fold, contest.context))
            inspector = auditor.inspector(contest, fold, window, segmenter, regroup, rng)
            ageing = ages.at(window, fold, folder)
            _judge(experiment, contest, inspector, ageing, window, folder, pseudonyms, progress)
    return joined(reversed(told))


def _fold(
    experiment: Experiment, log: TransactionLog, window: Window, segmenter: FittedSegmenter | None
) -> Fold:
    """One window with its segments. Raises SplitError where nobody can be judged."""
    fold = experiment.split.fold(log, window)
    if not len(fold.truth(Target.ANY)):
        raise SplitError(
            f"{window} has nobody to judge: {len(fold.future_customers):,} customers bought in it, none "
            "of them with history and a product known at the cutoff; change split.holdout_days or "
            "split.windows"
        )
    return Fold(segmented(fold.known, segmenter), fold.future, fold.window)


def _judge(
    experiment: Experiment,
    contest: Contest,
    inspector: Inspector,
    ageing: Ageing,
    window: Window,
    folder: RunFolder,
    pseudonyms: Pseudonyms,
    progress: Progress,
) -> None:
    """Fit and judge what a killed run has not judged already."""
    for name in experiment.recommenders:
        if folder.part(window.number, name) is not None:
            continue
        progress.step(f"{window}: {name}")
        with watching() as opened:
            result = contest.run(name)
            later = ageing.kept(contest, result)
        scores = {
            target: frame.assign(customer=pseudonyms.of(frame["customer"].to_numpy()))
            for target, frame in result.scores.items()
        }
        costs = result.costs
        part = {"lists": result.lists, "funnel": result.funnel, "costs": costs}
        took = costs["fit_seconds"], costs["recommend_seconds"], costs["peak_mb"]
        logger.info("%s: fit %.2f s, lists %.2f s, %.0f MB on top", name, *took)
        part["audit"] = inspector.of(name, result, opened)
        k = experiment.evaluate.decide.k
        lists = {str(target): some_lists(shown.lists, k) for target, shown in result.shown.items()}
        folder.keep(window.number, name, scores, part, lists, later=later, ages=ageing.judged(name, scores))
        progress.done()


def fit_segmenter(
    experiment: Experiment, log: TransactionLog, cutoff: np.datetime64
) -> FittedSegmenter | None:
    """The segmenter of the whole run: fitted once, at the earliest cutoff; None without segments."""
    return group(experiment, to_group(experiment, log, cutoff))


def to_group(experiment: Experiment, log: TransactionLog, cutoff: np.datetime64) -> Known | None:
    """What the segmenter is fitted on, with who only returned where asked for; None without segments."""
    if experiment.segments is None:
        return None
    return know(log, cutoff, returners=experiment.clean.cancellations.returners)


def group(experiment: Experiment, known: Known | None) -> FittedSegmenter | None:
    """The segmenter fitted on what was known; None without segments."""
    if experiment.segments is None:
        return None
    rng = generator(experiment.seed, -1 % 2**32, "segments")
    fitted: FittedSegmenter = experiment.segments.fit(known, rng)
    return fitted


def segmented(known: Known, segmenter: FittedSegmenter | None) -> Known:
    """The knowledge with every customer in a segment."""
    return known if segmenter is None else known.with_segments(segmenter.assign(known))


def _told(experiment: Experiment, fold: Fold, window: Window, pseudonyms: Pseudonyms) -> Gathered:
    """What this window shows apart from any recommender."""
    gathered = Gathered()
    gathered.windows.append(describe_window(fold, window))
    for target in experiment.evaluate.targets:
        gathered.funnel.extend(reach(fold, Target(target)))
    gathered.bought_later.extend(bought_later(fold))
    segmentation: Segmentation | None = fold.known.segmentation
    if segmentation is None:
        return gathered
    names = fold.known.history.customers.names
    codes = np.arange(len(names), dtype=np.int32)
    gathered.segments.append(
        pd.DataFrame(
            {
                "window": window.number,
                "customer": pseudonyms.of(names),
                "segment": segment_names(codes, segmentation),
            }
        )
    )
    table = profile(fold.known)
    table.insert(0, "window", window.number)
    gathered.profiles.append(table)
    gathered.evidence.extend(segmentation.evidence)
    return gathered
