"""Heavy libraries loaded while the log is read, which is mostly other threads' work; who draws is called."""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module

from recsys.engine.spec import Experiment
from recsys.recommend.kernels import warm

CLUSTERING = ("sklearn.cluster", "sklearn.decomposition", "sklearn.metrics", "sklearn.preprocessing")
LIBRARIES = {
    "kmeans": CLUSTERING,
    "minibatch-kmeans": CLUSTERING,
    "agglomerative": CLUSTERING,
    "hdbscan": CLUSTERING,
    "gmm": (*CLUSTERING, "sklearn.mixture"),
    "elbow": ("kneed",),
    "als": ("implicit.cpu.als",),
    "bpr": ("implicit.cpu.bpr",),
    "lmf": ("implicit.cpu.lmf",),
    "surprise": ("surprise",),
    "content": ("sklearn.feature_extraction.text",),
    "two-stage": ("lightgbm",),
}
"""What a kind imports when it is fitted; a kind that is not named here imports it then."""


def load_ahead(experiment: Experiment) -> threading.Thread:
    """Start loading what this experiment will need; join the thread before fitting anything."""
    kinds = [model.kind for model in experiment.recommenders.values()]
    if experiment.segments is not None:
        kinds.insert(0, experiment.segments.kind)
        if getattr(experiment.segments, "evidence", None) == "full":
            kinds.insert(1, "elbow")
    if experiment.source.columns.description is not None:  # diversity compares descriptions
        kinds.append("content")
    names = [name for kind in dict.fromkeys(kinds) for name in LIBRARIES.get(kind, ())]

    def load() -> None:
        # What fails is told by whoever needs it; a command that has ended meanwhile needs nothing.
        for name in names:
            with suppress(Exception):
                import_module(name)
        with suppress(Exception):
            warm()
        with suppress(Exception):
            from recsys.report.charts.style import ready

            ready()

    thread = threading.Thread(target=load, name="load-ahead", daemon=True)
    thread.start()
    return thread
