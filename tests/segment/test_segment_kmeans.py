"""Segments are found, complete, repeatable, and mean the same at a later cutoff."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from recsys.segment import FittedSegments, KMeansSegments, choose, criteria
from recsys.segment.vocabulary import BEHAVIOUR

NAN = float("nan")


@pytest.fixture(scope="module")
def known(known_of, shop_rows):
    return known_of(shop_rows(120))


@pytest.fixture(scope="module")
def fitted(known):
    return fit(known, k_min=4)


def fit(known, seed=7, **config):
    return KMeansSegments(**config).fit(known, np.random.default_rng(seed))


def test_four_habits_are_found(known, fitted):
    found = fitted.assign(known)
    habit = [int(name[1:]) % 4 for name in known.history.customers.names]
    assert len(found.names) == 4
    assert adjusted_rand_score(habit, found.codes) > 0.95
    assert found.codes.dtype == np.int16
    assert [found.codes[habit.index(h)] for h in range(4)] == [0, 1, 2, 3]


def test_segments_come_most_valuable_first(known):
    found = fit(known, features="behaviour", k=6).assign(known)
    medians = found.features["monetary"].groupby(found.codes).median()
    assert len(medians) == 6
    assert medians.is_monotonic_decreasing


def test_auto_keeps_every_k_and_picks_the_best_silhouette(known, fitted):
    table = pd.DataFrame(fitted.evidence)
    assert table["k"].tolist() == [4, 5, 6, 7, 8]
    assert table["inertia"].is_monotonic_decreasing
    assert table["chosen"].tolist() == (table["silhouette"] == table["silhouette"].max()).tolist()
    assert set(table["note"]) == {""}


def test_silhouette_is_that_of_scikit_learn(known, fitted):
    found = fitted.assign(known)
    points = fitted.space.place(found.features[list(fitted.space.features)].to_numpy())
    (chosen,) = [row for row in fitted.evidence if row["chosen"]]
    assert chosen["silhouette"] == pytest.approx(silhouette_score(points, found.codes), abs=1e-5)
    distance = ((points - fitted.partition.centers[found.codes]) ** 2).sum()
    assert chosen["inertia"] == pytest.approx(distance)


def test_the_best_of_several_starts_is_kept(known):
    models = [fit(known, seed, features="behaviour", k=8, grain={}) for seed in range(3)]
    space = models[0].space
    points = space.place(models[0].assign(known).features[list(space.features)].to_numpy())
    single = [KMeans(8, n_init=1, random_state=i).fit(points).inertia_ for i in range(20)]
    assert max(model.evidence[0]["inertia"] for model in models) < np.quantile(single, 0.3)


def test_points_are_standard_and_the_axes_keep_the_variance(known):
    values = fit(known).assign(known).features
    few = fit(known, explained_variance=0.5)
    every = fit(known, explained_variance=1.0)
    assert len(few.space.axes) < len(every.space.axes) == 3
    points = every.space.place(values.to_numpy())
    assert points.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)
    assert points.var(axis=0).sum() == pytest.approx(3)
    assert few.space.place(values.to_numpy()).var(axis=0).sum() >= 0.5 * 3


def test_a_customer_is_placed_without_regard_to_the_others(known, fitted):
    values = fitted.assign(known).features.to_numpy()
    together = fitted.space.place(values)
    for i in range(0, 120, 17):
        np.testing.assert_array_equal(fitted.space.place(values[i : i + 1]), together[i : i + 1])


def test_same_seed_same_segments_on_any_number_of_threads(known):
    runs = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            runs.append(fit(known, features="behaviour"))
    for other in runs[1:]:
        assert other.names == runs[0].names
        assert other.evidence == runs[0].evidence
        np.testing.assert_array_equal(other.partition.centers, runs[0].partition.centers)


def test_two_seeds_agree(known):
    codes = [fit(known, seed).assign(known).codes for seed in (1, 2)]
    assert adjusted_rand_score(*codes) > 0.95


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False))
def test_permuted_customers_get_permuted_codes(known_of, shop_rows, random):
    rows = shop_rows(60)
    before = sorted({row[0] for row in rows})
    after = before.copy()
    random.shuffle(after)
    renamed = dict(zip(before, after, strict=True))
    plain = known_of(rows)
    moved = known_of([(renamed[row[0]], *row[1:]) for row in rows])
    one, two = fit(plain, k=7), fit(moved, k=7)
    assert one.names == two.names
    np.testing.assert_array_equal(one.partition.centers, two.partition.centers)
    where = moved.history.customers.codes([renamed[name] for name in plain.history.customers.names])
    np.testing.assert_array_equal(two.assign(moved).codes[where], one.assign(plain).codes)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([f"c{i}" for i in range(30)]),
            st.sampled_from(["cup", "pot"]),
            st.integers(1, 28),
            st.integers(-2, 5).filter(bool),
            st.sampled_from([1.0, 9.0, NAN]),
        ),
        min_size=1,
        max_size=60,
    ),
    k=st.sampled_from(["auto", 1, 3, 40]),
    features=st.sampled_from(["rfm", "behaviour", ("cancellation_rate",), ("monetary",)]),
)
def test_every_customer_of_any_log_has_a_segment(known_of, rows, k, features):
    rows = [("c0", "cup", 1, 1, 2.0), *rows]
    known = known_of(
        [
            (who, what, f"{who}{day}{n < 0}", f"2024-02-{day:02}", n, price)
            for who, what, day, n, price in rows
        ]
    )
    model = fit(known, k=k, features=features)
    found = model.assign(known)
    assert len(found.codes) == len(found.features) == len(known.history.customers)
    assert set(found.codes.tolist()) == set(range(len(model.names)))
    assert len(set(model.names)) == len(model.names) == len(model.partition.centers)
    assert sum(row["chosen"] for row in model.evidence) == 1


@pytest.mark.parametrize(("customers", "ks"), [(1, [1]), (15, [1]), (25, [2]), (39, [2, 3]), (55, [4, 5])])
def test_few_customers_make_few_segments(known_of, shop_rows, customers, ks):
    model = fit(known_of(shop_rows(customers)), k_min=4)
    assert [row["k"] for row in model.evidence] == ks
    if customers < 40:
        (note,) = [row["note"] for row in model.evidence if row["chosen"]]
        assert f"{len(model.names)} instead of 4 segments: {customers} customers" in note


def test_one_segment_is_everyone(known_of, shop_rows):
    assert fit(known_of(shop_rows(3))).names == ("Everyone",)


def test_customers_who_are_all_alike_are_one_segment(known_of):
    known = known_of([(f"c{i}", "cup", f"i{i}", "2024-02-01", 1, 2.0) for i in range(100)])
    for k in ("auto", 5):
        found = fit(known, k=k, features="behaviour").assign(known)
        assert found.names == ("Everyone",)


def test_two_kinds_of_customers_are_two_segments(known_of):
    known = known_of([(f"c{i}", "cup", f"i{i}", f"2024-02-0{1 + i % 2}", 1, 2.0) for i in range(100)])
    found = fit(known).assign(known)
    assert sorted(np.bincount(found.codes).tolist()) == [50, 50]
    assert [row["k"] for row in found.evidence] == [2]


def test_a_log_without_prices_is_segmented_by_units(known_of, shop_rows):
    known = known_of(shop_rows(120, priced=False))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit(known)
        found = model.assign(known)
    assert list(found.features) == ["recency", "frequency", "units"]
    assert len(found.names) >= 4
    assert "no prices" in next(row["note"] for row in found.evidence if row["chosen"])
    assert set(fit(known, features="behaviour").space.features) == {*BEHAVIOUR, "units"} - {
        "monetary",
        "basket_value",
    }


def test_a_list_of_features_is_what_is_clustered_on(known):
    model = fit(known, features=["tenure", "products"])
    assert model.space.features == ("tenure", "products")
    assert list(model.assign(known).features) == ["tenure", "products", "recency", "frequency", "monetary"]


def test_many_customers_choose_k_on_a_sample(known, monkeypatch):
    measured, silhouettes = [], criteria.silhouettes
    monkeypatch.setattr(choose, "SAMPLE", 80)
    monkeypatch.setattr(
        criteria, "silhouettes", lambda x, of: (measured.append(len(x)), silhouettes(x, of))[1]
    )
    model = fit(known)
    assert measured == [80]
    assert "80 of 120 customers" in next(row["note"] for row in model.evidence if row["chosen"])
    assert [bool(row["note"]) for row in model.evidence] == [row["chosen"] for row in model.evidence]
    whole = model.assign(known)
    monkeypatch.undo()
    assert adjusted_rand_score(whole.codes, fit(known).assign(known).codes) > 0.95


def test_a_later_cutoff_uses_what_was_fitted(known_of, shop_rows, fitted):
    rows = shop_rows(120)
    later = "2024-03-08"
    quiet = known_of(rows, later)
    # c0003 (one small order long ago) turns into a frequent buyer after the fit.
    bought = [("c0003", "p01", f"new{day}", f"2024-03-{day:02}", 50, 60.0) for day in range(1, 8)]
    busy = known_of([*rows, *bought], later)
    before, after = fitted.assign(quiet), fitted.assign(busy)
    assert before.names == after.names == fitted.names
    moved = np.flatnonzero(before.codes != after.codes)
    assert busy.history.customers.names[moved].tolist() == ["c0003"]
    assert after.codes[moved].tolist() == [0]
    points = fitted.space.place(after.features.to_numpy())
    np.testing.assert_array_equal(
        after.codes, ((points[:, None] - fitted.partition.centers) ** 2).sum(axis=2).argmin(axis=1)
    )


def test_what_comes_after_the_cutoff_changes_nothing(known_of, shop_rows, known, fitted):
    rows = [*shop_rows(120), *[("c0000", "p01", f"f{i}", "2024-03-05", 900, 90.0) for i in range(9)]]
    other = fit(known_of(rows), k_min=4)
    assert other.names == fitted.names
    np.testing.assert_array_equal(other.partition.centers, fitted.partition.centers)
    np.testing.assert_array_equal(other.assign(known).codes, fitted.assign(known).codes)


@pytest.mark.parametrize("config", [{}, {"features": "behaviour", "k": 5}])
def test_saved_segments_assign_alike(known, tmp_path, config):
    model = fit(known, **config)
    model.save(tmp_path / "new" / "folder")
    again = FittedSegments.load(tmp_path / "new" / "folder")
    assert again.names == model.names
    assert again.evidence == model.evidence
    one, two = model.assign(known), again.assign(known)
    np.testing.assert_array_equal(one.codes, two.codes)
    pd.testing.assert_frame_equal(one.features, two.features)


def test_the_config_goes_round():
    config = KMeansSegments(features=["recency", "products"], k=5)
    assert KMeansSegments.model_validate(json.loads(config.model_dump_json())) == config
    assert (
        KMeansSegments.model_validate({"kind": "kmeans", "features": "rfm", "k": "auto"}) == KMeansSegments()
    )


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"features": "rfn"}, "features is 'rfn': expected rfm.*did you mean 'rfm'"),
        ({"features": ["recensy"]}, "'recensy'; did you mean 'recency'"),
        ({"features": ["recency", "recency"]}, "'recency' is listed 2 times"),
        ({"features": []}, "features is empty"),
        ({"features": 3}, "features"),
        ({"k": 0}, "greater than or equal to 1"),
        ({"k": "most"}, "'auto'"),
        ({"k_min": 6, "k_max": 5}, "k_min is 6: expected at most k_max, which is 5"),
        ({"k_min": 1}, "greater than or equal to 2"),
        ({"explained_variance": 0}, "greater than 0"),
        ({"explained_variance": 1.1}, "less than or equal to 1"),
        ({"kind": "gmm"}, "kmeans"),
        ({"clusters": 4}, "Extra inputs"),
    ],
)
def test_a_bad_config_says_what_is_wrong(config, says):
    with pytest.raises(ValidationError, match=says):
        KMeansSegments(**config)


def test_every_parameter_has_a_sentence():
    for field in KMeansSegments.model_fields.values():
        assert field.description
        assert field.description.endswith(".")
