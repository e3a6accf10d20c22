"""Windows before the judged ones, on which parameters may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from recsys.core.errors import ConfigError, SplitError
from recsys.core.fold import Fold, Target
from recsys.core.log import TransactionLog
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.population import without_top_spenders
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.ingest import Loaded
from recsys.measure.catalog import metrics
from recsys.measure.context import Context
from recsys.measure.judge import judge
from recsys.measure.resample import mean
from recsys.recommend.base import RecommenderModel
from recsys.split import Rolling, Window

OF_TUNING = 2**32 - 4  # stands for "validation" where a window's number seeds the randomness


def validation(experiment: Experiment, log: TransactionLog) -> list[Window]:
    """The windows to search on, latest first; the first of them ends where the earliest judged one begins.

    Raises SplitError where the log does not reach so far back.
    """
    judged = len(experiment.split.plan(log))
    wanted = experiment.tune.windows
    shared = experiment.split.model_dump(exclude={"kind", "windows"})
    try:
        return Rolling(**shared, windows=judged + wanted).plan(log)[judged:]
    except SplitError as error:
        raise SplitError(
            f"tune.windows asks for {wanted} before the {judged} judged: {error}; or lower tune.windows"
        ) from None


@dataclass(frozen=True, eq=False)
class Stage:
    """A validation window: what was known, and who is judged by which metric."""

    fold: Fold
    window: Window
    target: Target
    metric: Any
    context: Context
    seed: int

    def server(self, experiment: Experiment) -> Server:
        """Parts of this experiment are fitted on what was known, once."""
        rng = partial(generator, self.seed, OF_TUNING - self.window.number)
        return Server(experiment, self.fold.known, rng)

    def value(self, server: Server, name: str, model: RecommenderModel) -> float:
        """The mean of the deciding metric over customers with history."""
        truth = self.fold.truth(self.target)
        own = server.own(server.trying(name, model), truth.customers, self.metric.k, self.target)
        judged = judge(server.filled(own, self.target), truth, self.context)
        return float(mean(self.metric.per_customer(judged)[:, None])[0])


def stages(experiment: Experiment, loaded: Loaded, windows: list[Window]) -> list[Stage]:
    """The validation windows, earliest first, with customers grouped by what was known at the earliest."""
    loaded = without_top_spenders(loaded, experiment.evaluate.without_top_spenders, windows[-1])
    log, by, target = loaded.log, experiment.evaluate.decide, target_of(experiment)
    segmenter = fit_segmenter(experiment, log, windows[-1].cutoff)
    found = []
    for window in reversed(windows):
        fold = experiment.split.fold(log, window)
        if not len(fold.truth(target)):
            raise SplitError(f"{window} has nobody to judge: expected later purchases; change tune.windows")
        fold = Fold(segmented(fold.known, segmenter), fold.future, fold.window)
        context = Context.of(fold.known)
        known = {one.name: one for one in metrics([by.k], money=log.priced, told=context.aspects)}
        name = f"{by.metric}@{by.k}"
        if name not in known:
            raise ConfigError(
                f"evaluate.decide.metric is {by.metric}, which needs prices: map source.columns"
            )
        found.append(Stage(fold, window, target, known[name], context, experiment.seed))
    return found


def target_of(experiment: Experiment) -> Target:
    return Target(experiment.tune.target or experiment.evaluate.targets[0])
