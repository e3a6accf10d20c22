"""The trials of one recommender: parameters drawn where its fields let them lie, and what came of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, get_args
from zlib import crc32

import numpy as np

from recsys.core.weighting import Weighting
from recsys.engine.progress import Progress
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.engine.validation import Stage
from recsys.recommend.base import RecommenderModel
from recsys.recommend.search import Among, Between, Dimension, Weightings, space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial
else:
    Study = Trial = Any

WARM_UP = 5  # trials before one can be stopped early, for there is nothing yet to be worse than


class Search:
    """The trials of one recommender, done and to come."""

    def __init__(self, optuna: Any, storage: Any, name: str, experiment: Experiment) -> None:
        self.name = name
        self._optuna = optuna
        self._model: RecommenderModel = experiment.recommenders[name]
        self._space = space(type(self._model))
        self._seed = experiment.seed
        self._prune = experiment.tune.prune
        self._wanted = experiment.tune.trials if self._space else 1
        self._study: Study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )
        for trial in self._study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
            self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # a stop cut it short

    @property
    def left(self) -> int:
        """Trials to come."""
        return max(0, self._wanted - len(self._finished))

    @property
    def _finished(self) -> list[Any]:
        state = self._optuna.trial.TrialState
        return self._study.get_trials(deepcopy=False, states=(state.COMPLETE, state.PRUNED))

    def run(self, servers: list[Server], stages: list[Stage], progress: Progress) -> RecommenderModel:
        """Make the trials that are left; returns the best model."""
        for _ in range(self.left):
            done = len(self._finished)
            best = f", best so far {self._study.best_value:.4f}" if done else ""
            progress.step(f"{self.name}: trial {done + 1} of {self._wanted}{best}")
            # Seeded by its number: a search that was stopped goes on as if it had not been.
            self._study.sampler = self._optuna.samplers.TPESampler(
                seed=crc32(f"{self._seed}/{self.name}/{done}".encode()),
                n_startup_trials=max(WARM_UP, self._wanted // 3),
            )
            self._study.pruner = self._optuna.pruners.MedianPruner(n_startup_trials=WARM_UP)
            trial = self._study.ask()
            self._try(trial, self._model if done == 0 else None, servers, stages)
            progress.done()
        found: RecommenderModel = self._stored(self._study.best_trial)
        return found

    def _try(
        self,
        trial: Trial,
        model: RecommenderModel | None,
        servers: list[Server],
        stages: list[Stage],
    ) -> None:
        state = self._optuna.trial.TrialState
        start = time.perf_counter()
        if model is None:
            model = drawn(self._model, self._space, trial)
        trial.set_user_attr("model", model.model_dump(mode="json"))
        values: list[float] = []
        ended = state.COMPLETE
        for step, (server, stage) in enumerate(zip(servers, stages, strict=True)):
            values.append(stage.value(server, self.name, model))
            trial.report(float(np.mean(values)), step)
            if self._prune and step + 1 < len(stages) and trial.should_prune():
                ended = state.PRUNED
                break
        trial.set_user_attr("windows", values)
        trial.set_user_attr("seconds", round(time.perf_counter() - start, 3))
        value = float(np.mean(values))
        self._study.tell(trial, None if ended == state.PRUNED else value, state=ended)

    def _stored(self, trial: Any) -> RecommenderModel:
        return type(self._model).model_validate(trial.user_attrs["model"])

    def trials(self) -> Iterator[dict[str, Any]]:
        """A row of trials.csv for each trial; a window's values are given latest last."""
        for number, trial in enumerate(self._finished):
            yield {
                "recommender": self.name,
                "trial": number + 1,
                "state": trial.state.name.lower(),
                "value": trial.value,
                "windows": "|".join(f"{value:.6f}" for value in trial.user_attrs["windows"]),
                "seconds": trial.user_attrs["seconds"],
                "parameters": json.dumps(trial.user_attrs["model"], ensure_ascii=False),
            }

    def outcome(self, best: RecommenderModel) -> dict[str, Any]:
        """What the search found, and what it changed."""
        was, now = self._model.model_dump(mode="json"), best.model_dump(mode="json")
        return {
            "recommender": self.name,
            "as_configured": float(self._finished[0].value),
            "best": float(self._study.best_value),
            "trials": len(self._finished),
            "changes": {key: value for key, value in now.items() if was[key] != value},
        }


class _Draws(Protocol):
    """What an Optuna trial offers."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


def drawn(model: RecommenderModel, dimensions: dict[str, Dimension], trial: _Draws) -> RecommenderModel:
    """The model with other values of its searched fields.

    Numbers are drawn; a choice that the config names stays as it is. Bounds give way to what the config has.
    """
    values = model.model_dump()
    for name, one in dimensions.items():
        if one.when is not None and values[one.when[0]] not in one.when[1]:
            values[name] = type(model).model_fields[name].default
            continue
        held = getattr(model, name)
        if isinstance(one, Among):
            if name not in model.model_fields_set:
                at = trial.suggest_categorical(name, [json.dumps(value) for value in one.values])
                values[name] = json.loads(at)
        elif isinstance(one, Weightings):
            values[name] = _weighting(one, held, name in model.model_fields_set, trial, name)
        elif one.each_of:
            count = len(values[one.each_of])
            values[name] = [_number(one, None, trial, f"{name}.{at}", whole=False) for at in range(count)]
        elif not one.or_none or trial.suggest_categorical(f"{name} given", [False, True]):
            kind = type(model).model_fields[name].annotation
            whole = int in (kind, *get_args(kind))
            values[name] = _number(one, held, trial, name, whole=whole)
        else:
            values[name] = None
    return type(model).model_validate(values)


def _number(one: Between, held: float | None, trial: _Draws, name: str, *, whole: bool) -> float:
    low, high = one.low, one.high
    if held is not None and (held > 0 or not one.log):
        low, high = min(low, held), max(high, held)
    if whole:
        return trial.suggest_int(name, int(low), int(high), log=one.log)
    return float(f"{trial.suggest_float(name, low, high, log=one.log):.4g}")


def _weighting(one: Weightings, held: Weighting, named: bool, trial: _Draws, name: str) -> Weighting:
    kind = held.kind if named else trial.suggest_categorical(name, list(one.kinds))
    if kind != "decay":
        return Weighting(kind)
    half_life = held.half_life_days if held.kind == "decay" else None
    return Weighting("decay", _number(one.half_life, half_life, trial, f"{name}.half_life_days", whole=False))
