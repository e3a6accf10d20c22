"""What pictures of segments show: against scikit-learn, and by cases that can be seen at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_samples

from recsys.core.segmentation import Segmentation
from recsys.segment.criteria import each_silhouette, silhouettes
from recsys.segment.levels import levels
from recsys.segment.views import Views, views


def grouped(size: int = 120, **more: object) -> Segmentation:
    """Two groups, far apart in frequency (a skewed feature) and in weekend share (which is none)."""
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], size // 2).astype(np.int16)
    frame = pd.DataFrame(
        {
            "frequency": np.where(codes == 0, 40.0, 2.0) * rng.uniform(0.8, 1.2, size),
            "weekend_share": np.where(codes == 0, 0.8, 0.2) + rng.normal(0, 0.02, size),
            "recency": rng.uniform(1, 90, size),
        }
    ).assign(**more)
    return Segmentation(("Often", "Seldom"), codes, frame)


def seen(found: Segmentation, *shown: str) -> Views:
    made = views(found, shown or found.names, 7)
    assert made is not None
    return made


def test_each_silhouette_is_scikit_learns_and_has_the_mean_of_silhouettes() -> None:
    rng = np.random.default_rng(3)
    points, labels = rng.normal(size=(2_300, 3)), rng.integers(0, 4, 2_300)
    labels[7] = 40  # alone
    found = each_silhouette(points, labels)
    assert found == pytest.approx(silhouette_samples(points, labels), abs=1e-5)
    assert found.mean() == pytest.approx(silhouettes(points, [labels])[0], abs=1e-9)


def test_means_are_standardised_levels() -> None:
    found = grouped()
    made = seen(found)
    level = levels(found.features).to_numpy()
    standard = (level - level.mean(axis=0)) / level.std(axis=0)
    assert made.means[0] == pytest.approx(standard[found.codes == 0].mean(axis=0))
    assert made.means.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)  # groups of one size
    assert made.skewed == {"frequency", "recency"}


def test_directions_find_what_sets_the_groups_apart() -> None:
    made = seen(grouped())
    assert np.abs(made.loadings[0]) == pytest.approx([0.7071, 0.7071, 0], abs=0.1)
    assert made.explained.sum() == pytest.approx(1)
    first = made.cloud.points[:, 0]
    assert np.sign(first[made.cloud.codes == 0]).tolist() == [np.sign(first[0])] * 60


def test_far_groups_keep_to_themselves_on_the_map_and_in_silhouettes() -> None:
    made = seen(grouped())
    assert made.together == pytest.approx([1.0, 1.0], abs=0.02)
    mixed = grouped()
    mixed.codes[:] = np.arange(120) % 2  # of groups that are none
    assert seen(mixed).together == pytest.approx([0.5, 0.5], abs=0.15)
    assert seen(mixed).silhouettes.mean() < 0.1 < made.silhouettes.mean()


def test_only_the_segments_asked_for_are_seen() -> None:
    three = grouped()
    three = Segmentation((*three.names, "Few"), np.r_[three.codes[:-3], [2, 2, 2]], three.features)
    made = seen(three, "Often", "Seldom")
    for codes in (made.codes, made.cloud.codes, made.map.codes, made.compared, made.there):
        assert set(codes.tolist()) == {0, 1}
    assert len(made.features) == 117


def test_figures_that_are_unknown_or_alike_are_left_out() -> None:
    unknown = np.r_[np.nan, np.ones(119)]
    made = seen(grouped(age=unknown, constant=3.0))
    assert list(made.features) == ["frequency", "weekend_share", "recency"]


def test_nothing_to_compare_is_no_view() -> None:
    assert views(grouped(), ["Often"], 7) is None
    assert views(grouped(), [], 7) is None
    one = grouped()
    assert views(Segmentation(one.names, one.codes, one.features[["recency"]]), one.names, 7) is None


def test_the_same_seed_sees_the_same() -> None:
    one, other = seen(grouped()), seen(grouped())
    assert np.array_equal(one.map.points, other.map.points)
    assert np.array_equal(one.cloud.points, other.cloud.points)
