"""Recipes for segments on the reference log (UCI Online Retail), held against published or agreed figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.core.fold import Known, know
from recsys.core.segmentation import Segmentation
from recsys.engine.config import read_config
from recsys.engine.spec import Experiment
from recsys.ingest import load
from recsys.segment import criteria

pytestmark = pytest.mark.reference
CONFIGS = Path(__file__).parents[2] / "configs"


def whole_log(name: str, path: Path, cache: Path) -> tuple[Experiment, Known]:
    experiment = read_config(CONFIGS / name, [f"source.path={path}"])
    log = load(experiment.source, experiment.clean, cache=cache).log
    return experiment, know(log, log.end)


def segmented(experiment: Experiment, known: Known) -> tuple[Segmentation, dict[str, Any]]:
    """The segments, and the evidence of the chosen number."""
    found = experiment.segments.fit(known, np.random.default_rng(experiment.seed)).assign(known)
    (chosen,) = [row for row in found.evidence if row["chosen"]]
    return found, chosen


def sizes(found: Segmentation) -> dict[str, int]:
    return dict(zip(found.names, np.bincount(found.codes, minlength=len(found.names)), strict=True))


def test_the_notebook_within_five_percent(reference_path: Path, tmp_path: Path) -> None:
    """Published .236, 1257 and 1.37 on 4,067 customers: 16 of them returned only and are no buyers here."""
    found, chosen = segmented(*whole_log("segments_reference.yaml", reference_path, tmp_path))
    count = sizes(found)
    assert len(found.names) == 5
    assert (count["Outliers"], count["Too few lines"]) == (214, 69)
    assert len(found.codes) - 214 - 69 == 4_051
    assert chosen["silhouette"] == pytest.approx(0.236, rel=0.05)
    assert chosen["calinski_harabasz"] == pytest.approx(1257, rel=0.05)
    assert chosen["davies_bouldin"] == pytest.approx(1.37, rel=0.05)


def test_the_default_recipe_is_balanced_apart_and_stable(reference_path: Path, tmp_path: Path) -> None:
    """Its silhouette in the plain log-RFM space, whatever space it clusters in."""
    found, chosen = segmented(*whole_log("segments_default.yaml", reference_path, tmp_path))
    assert len(found.codes) == 4_334
    assert 5 <= len(found.names) <= 8
    share = np.bincount(found.codes) / len(found.codes)
    assert 0.03 <= share.min() <= share.max() <= 0.6
    log_rfm = np.log1p(found.features[["recency", "frequency", "monetary"]].to_numpy())
    standard = (log_rfm - log_rfm.mean(axis=0)) / log_rfm.std(axis=0)
    (score,) = criteria.silhouettes(standard, [found.codes.astype(np.int64)])
    assert score is not None
    assert score >= 0.31
    assert chosen["stability"] >= 0.9
