"""Better parameters, searched on windows that end before the first judged one.

Every recommender gets the same number of trials (Optuna's TPE; Akiba et al. 2019,
doi:10.1145/3292500.3330701), the first with the parameters of the config. Trials are kept in `trials.db`
(SQLite), so that a stopped search goes on, and tries what it would have tried. `best.yaml` is the experiment
with the best parameters: the best of many looks better than it is, and only `recsys evaluate` judges it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from recsys.core.errors import ConfigError, RunError
from recsys.core.parallel import threads, workers
from recsys.engine.config import as_yaml
from recsys.engine.progress import SILENT, Progress, logged
from recsys.engine.spec import Experiment
from recsys.engine.store import check_writable, not_writable, refuse_foreign, write_whole
from recsys.engine.trials import Search
from recsys.engine.validation import stages, target_of, validation
from recsys.ingest import Loaded, load
from recsys.recommend.base import RecommenderModel
from recsys.split import Window

MARK, TRIALS, BEST, TABLE = "tuning.json", "trials.db", "best.yaml", "trials.csv"
COLUMNS = ["recommender", "trial", "state", "value", "windows", "seconds", "parameters"]


@dataclass(frozen=True)
class Tuned:
    """best.yaml stands in `folder`. periods: first day and end of each window, latest first.

    rows: recommender, value of the config's parameters, best value, trials, changed parameters.
    """

    folder: Path
    metric: str
    target: str
    periods: tuple[tuple[str, str], ...]
    rows: tuple[dict[str, Any], ...]


def tune(
    experiment: Experiment,
    *,
    roots: tuple[Path, ...] = (),
    out: Path | None = None,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Tuned:
    """Search the parameters of the experiment's recommenders; see its `tune` section.

    out: by default `tuning/<name>-<hash of config and input>`; the same folder goes on. Parts of other
    recommenders are tuned first, and those others are then made of the best ones. Raises ConfigError without
    Optuna, SplitError where the log is too short for windows before the judged ones.
    """
    optuna = _optuna()
    if out is not None:
        check_writable(out)
    with threads(limit), threadpool_limits(workers()), logged(progress) as progress:
        progress.stage("reading the log")
        loaded = load(experiment.source, experiment.clean, roots=roots)
        search_id = identify(experiment, loaded.sha256)
        folder = out or Path("tuning") / f"{experiment.name}-{search_id}"
        windows = validation(experiment, loaded.log)
        _open(folder, search_id)
        held = stages(experiment, loaded, windows)
        names = _order(experiment)
        store = _storage(optuna, folder)
        searches = [Search(optuna, store, name, experiment) for name in names]
        progress.steps(sum(search.left for search in searches))
        best = dict(experiment.recommenders)
        for search in searches:
            tuned = experiment.model_copy(update={"recommenders": best})
            best[search.name] = search.run([stage.server(tuned) for stage in held], held, progress)
        write_whole(folder / BEST, _best_yaml(experiment, best, loaded, windows))
        rows = [row for search in searches for row in search.trials()]
        write_whole(
            folder / TABLE, pd.DataFrame(rows, columns=COLUMNS).to_csv(index=False, lineterminator="\n")
        )
    by = experiment.evaluate.decide
    return Tuned(
        folder,
        f"{by.metric}@{by.k}",
        str(target_of(experiment)),
        tuple((str(window.judged_from)[:10], str(window.end)[:10]) for window in windows),
        tuple(search.outcome(best[search.name]) for search in searches),
    )


def identify(experiment: Experiment, sha256: str) -> str:
    """Ten letters for this search on this input; more trials or other recommenders go on with it."""
    config = experiment.model_dump(mode="json")
    config["tune"] = {key: config["tune"][key] for key in ("windows", "target")}
    return blake2b(json.dumps(["tune", config, sha256]).encode(), digest_size=5).hexdigest()


def _order(experiment: Experiment) -> list[str]:
    """Who is tuned: parts before what is made of them, else in the order of the config."""
    models, found = experiment.recommenders, []

    def visit(name: str) -> None:
        for part in getattr(models[name], "parts", ()):
            visit(part)
        if name not in found:
            found.append(name)

    for name in models:
        visit(name)
    wanted = experiment.tune.recommenders
    return [name for name in found if wanted is None or name in wanted]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ConfigError(
            "the search needs the package optuna, which is not installed: expected the extra `tune`; "
            "run pip install 'recsys[tune]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _open(folder: Path, search_id: str) -> None:
    """Make the folder, or find this very search in it. Raises RunError where something else is there."""
    try:
        refuse_foreign(folder, "search", "search_id", search_id, file=MARK)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / MARK, json.dumps({"search_id": search_id}))
    except OSError as error:
        raise not_writable(folder, error) from None


def _storage(optuna: Any, folder: Path) -> Any:
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import SQLAlchemyError

    path = URL.create("sqlite", database=str((folder / TRIALS).absolute()))
    try:
        return optuna.storages.RDBStorage(path.render_as_string(hide_password=False))
    except (SQLAlchemyError, RuntimeError) as error:  # no database, or of another version of Optuna
        raise RunError(
            f"{str(folder / TRIALS)!r} cannot be used ({error}): expected the trials of an earlier start; "
            "move it away to begin anew"
        ) from None


def _best_yaml(
    experiment: Experiment, best: dict[str, RecommenderModel], loaded: Loaded, windows: list[Window]
) -> str:
    """The experiment with the best parameters, its files as they were found."""
    found = experiment.model_copy(update={"recommenders": best})
    plain = found.model_dump(mode="json")
    paths = [str(path.absolute()) for path in loaded.files]
    if paths:
        plain["source"]["path"] = paths if len(paths) > 1 else paths[0]
    for name, model in best.items():
        plain["recommenders"][name] = {"kind": plain["recommenders"][name]["kind"]} | _stated(model)
    by, first, last = experiment.evaluate.decide, windows[-1].judged_from, windows[0].end
    head = (
        f"# The parameters with the best {by.metric}@{by.k} ({target_of(experiment)}) of those tried on\n"
        f"# purchases from {str(first)[:10]} until before {str(last)[:10]}, where the judged windows begin.\n"
    )
    return head + as_yaml(plain)


def _stated(model: RecommenderModel) -> dict[str, Any]:
    """Every field that is not at its default."""
    fields, values = type(model).model_fields, model.model_dump(mode="json")
    usual = {name: one.get_default() for name, one in fields.items() if not one.is_required()}
    return {
        name: value
        for name, value in values.items()
        if name != "kind" and not (name in usual and getattr(model, name) == usual[name])
    }
