"""Would another question have another answer? A run's policy beside those of the same run asked otherwise.

A question that the stored scores can answer (another list length, repeats in or out) is answered from them.
Any other is a run of its own, kept in `RUN/sensitivity/`, so that a second call takes up where the first was
stopped. Questions change the config and nothing else: each can be asked by hand with `recsys evaluate --set`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recsys.core.errors import ConfigError, RecsysError, RunError, nearest
from recsys.core.fold import Target
from recsys.engine.config import read_config
from recsys.engine.decide import VERDICTS, decide, panels
from recsys.engine.evaluate import evaluate, identify
from recsys.engine.progress import SILENT, Progress
from recsys.engine.spec import Experiment
from recsys.engine.store import found_input, read_json, read_manifest, write_whole
from recsys.ingest import load
from recsys.measure.verdict import TIE, TOO_FEW
from recsys.report import read_run, write_report

FOLDER, FILE = "sensitivity", "sensitivity.csv"
COLUMNS = [
    *(
        "question",
        "target",
        "segment",
        "served",
        "serves",
        "stands",
        "verdict",
        "among",
        "customers",
        "needs",
    ),
    *("difference", "ci_low", "ci_high"),
]
LENGTHS = (5, 10, 20)
WEEK = 7
WHOLESALERS = 0.01

STANDS, TIED, UNSURE, FALLS, GONE = "stands", "tied", "too few to tell", "falls", "no such segment"
"""Served all the same; among equals; nobody is shown to be better; another is served; not comparable."""


@dataclass(frozen=True)
class Question:
    """changes: of the config, nested as it is. other_target: asked of the other target's lists."""

    name: str
    changes: Mapping[str, Any]
    refits: bool = True
    other_target: bool = False


def sensitivity(
    run: Path, *, only: Collection[str] = (), limit: int | None = None, progress: Progress = SILENT
) -> pd.DataFrame:
    """The table of whether each choice of the policy stands, kept in the run folder and told in its report.

    only: names of questions; by default all that can be asked of this run. limit: threads. One row per
    question, target and segment: see COLUMNS. Raises RunError where the log is not that of the run, and
    RecsysError as `evaluate` does.
    """
    manifest = read_manifest(run)
    experiment = read_config(run / "config.yaml")
    asked = questions(experiment)
    for name in only:
        if name not in asked:
            raise ConfigError(
                f"no question is called {name!r}: expected one of {', '.join(asked)}{nearest(name, asked)}"
            )
    source = found_input(experiment.source, manifest)
    experiment = experiment.model_copy(update={"source": source})
    sha256 = load(source, experiment.clean).sha256
    if sha256 != manifest["input"]["sha256"]:
        raise RunError(
            f"the log has changed since {str(run)!r} was judged: expected the same input, or answers would "
            "differ for that reason; run recsys evaluate again"
        )
    segments = len(manifest["segments"]["names"])
    base = _policy(run)
    rows: list[dict[str, Any]] = []
    for question in (asked[name] for name in asked if not only or name in only):
        varied = changed(experiment, question.changes)
        folder = run
        if question.refits:
            folder = _judged(run / FOLDER, question, _same_number(varied, segments), sha256, limit, progress)
        found = _policy(folder) if question.refits else _decided(folder, varied)
        rows += _compared(question, base, found)
    table = pd.DataFrame(rows, columns=COLUMNS)
    (run / FOLDER).mkdir(exist_ok=True)
    write_whole(run / FOLDER / FILE, table.to_csv(index=False, lineterminator="\n"))
    write_report([read_run(run)], run)
    return table


def questions(experiment: Experiment) -> dict[str, Question]:
    """What can be asked of an experiment, by name, cheapest first."""
    judged, split = experiment.evaluate, experiment.split
    found = []
    for k in LENGTHS:
        if k == judged.decide.k:
            continue
        known = k in judged.k
        changes: dict[str, Any] = {"evaluate": {"decide": {"k": k}}}
        if not known:
            changes["evaluate"]["k"] = sorted({*judged.k, k})
        found.append(Question(f"lists of {k}", changes, refits=not known))
    both = len(judged.targets) == len((Target.ANY, Target.NEW))
    other = {} if both else {"evaluate": {"targets": [Target.ANY, Target.NEW]}}
    found.append(Question("repeats in or out", other, refits=not both, other_target=True))
    for name, days in (("a week earlier", -WEEK), ("a week later", WEEK)):
        shift = split.shift_days + days
        if shift < split.holdout_days - split.gap_days:
            found.append(Question(f"cutoffs {name}", {"split": {"shift_days": shift}}))
    out = judged.without_top_spenders
    with_or_without = {"evaluate": {"without_top_spenders": 0.0 if out else WHOLESALERS}}
    found.append(Question("with wholesalers" if out else "without wholesalers", with_or_without))
    for mode, said in (("drop", "cancellations dropped"), ("net", "cancellations netted")):
        if mode != experiment.clean.cancellations.mode:
            found.append(Question(said, {"clean": {"cancellations": {"mode": mode}}}))
    return {one.name: one for one in sorted(found, key=lambda one: one.refits)}


def changed(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """The experiment with some values replaced; raises ValidationError for what cannot be."""
    return Experiment.model_validate(_merged(experiment.model_dump(mode="json"), changes))


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(old)
    for key, value in new.items():
        held = found.get(key)
        nested = isinstance(value, dict) and isinstance(held, dict)
        found[key] = _merged(held, value) if nested else value  # type: ignore[arg-type]
    return found


def _same_number(experiment: Experiment, segments: int) -> Experiment:
    """As many segments as the run has, so that they can be told apart by the same names; no second audit."""
    changes: dict[str, Any] = {"evaluate": {"audit": {"refit": "none"}}}
    if experiment.segments is not None and getattr(experiment.segments, "k", None) == "auto":
        changes["segments"] = {"k": segments}
    return changed(experiment, changes)


def _judged(
    home: Path, question: Question, experiment: Experiment, sha256: str, limit: int | None, progress: Progress
) -> Path:
    """The run that answers the question: the one that is there, or a new one."""
    folder = home / question.name.replace(" ", "-")
    if (folder / "manifest.json").is_file() and read_json(folder).get("run_id") == identify(
        experiment, sha256
    ):
        return folder
    progress.stage(f"asking: {question.name}")
    try:
        return evaluate(experiment, out=folder, limit=limit, progress=progress)
    except RecsysError as error:
        raise type(error)(f"{question.name}: {error}") from None


def _policy(folder: Path) -> pd.DataFrame:
    """The verdicts behind a finished run's policy."""
    found = read_run(folder).verdicts
    if found.empty:
        raise RunError(f"{str(folder)!r} has no verdicts: expected a run that makes them; evaluate again")
    return _behind(found)


def _decided(folder: Path, experiment: Experiment) -> pd.DataFrame:
    """The verdicts that the stored scores of a run give under another config."""
    days = {told["window"]: told["judged_from"] for told in read_manifest(folder)["windows"]}
    found = decide(experiment, panels(folder, experiment, days), days).tables()["verdicts"]
    return _behind(found[VERDICTS])


def _behind(verdicts: pd.DataFrame) -> pd.DataFrame:
    return verdicts[verdicts["policy_serves"] != ""].set_index(["target", "segment"])


def _compared(question: Question, base: pd.DataFrame, found: pd.DataFrame) -> list[dict[str, Any]]:
    swap = {Target.ANY: Target.NEW, Target.NEW: Target.ANY} if question.other_target else {}
    rows = []
    for (target, segment), was in base.iterrows():
        row = {"question": question.name, "target": target, "segment": segment, "served": was.policy_serves}
        at = (str(swap.get(target, target)), segment)
        if at not in found.index:
            rows.append(row | {"stands": GONE})
            continue
        now = found.loc[at]
        row |= {"serves": now.policy_serves, "stands": standing(was.policy_serves, now)}
        row |= {name: now[name] for name in COLUMNS[6:]}
        rows.append(row)
    return rows


def standing(served: str, now: pd.Series) -> str:
    """Whether a choice stands beside another question's verdict (policy_serves, verdict, among)."""
    if now["policy_serves"] == served:
        return STANDS
    if now["verdict"] == TIE and served in str(now["among"]).split("|"):
        return TIED
    return UNSURE if now["verdict"] == TOO_FEW else FALLS
