"""The public face: what a notebook imports; each name does what the command of that name does, or less.

A log is read and cleaned by `load`, and judged by `evaluate`, both as an `Experiment` says: one that
`read_config` reads from YAML, or `Experiment.model_validate` from a dictionary. What runs leave is read by
`read_run` and `customer_scores` and, as the files are CSV and Parquet, by anything else. Mistakes that the
caller can mend raise RecsysError.
"""

from recsys.core.errors import RecsysError
from recsys.core.fold import Known, Target, know
from recsys.core.log import TransactionLog
from recsys.core.protocols import Seen
from recsys.core.topk import TopK
from recsys.engine.catalog import recommenders, segmenters
from recsys.engine.config import read_config, write_config
from recsys.engine.demo import demo
from recsys.engine.evaluate import evaluate
from recsys.engine.export import export
from recsys.engine.scores import customer_scores
from recsys.engine.segments import segment
from recsys.engine.sensitivity import sensitivity
from recsys.engine.spec import Experiment
from recsys.engine.start import start
from recsys.engine.tune import tune
from recsys.engine.verify import verify
from recsys.ingest import Loaded, load
from recsys.report import Run, read_run, write_report
from recsys.simulate import simulate

__all__ = [
    "Experiment",
    "Known",
    "Loaded",
    "RecsysError",
    "Run",
    "Seen",
    "Target",
    "TopK",
    "TransactionLog",
    "customer_scores",
    "demo",
    "evaluate",
    "export",
    "know",
    "load",
    "read_config",
    "read_run",
    "recommenders",
    "segment",
    "segmenters",
    "sensitivity",
    "simulate",
    "start",
    "tune",
    "verify",
    "write_config",
    "write_report",
]
