"""What every segmenter owes, whatever its kind; parametrised over the catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, ValidationError
from threadpoolctl import threadpool_limits

from recsys.core.errors import ConfigError
from recsys.core.fold import Known, know
from recsys.core.log import TransactionLog
from recsys.core.segmentation import Segmentation
from recsys.engine import catalog
from recsys.engine.config import read_config, write_config
from recsys.segment import FittedSegments
from tests.logs import all_of, make_log, random_rows
from tests.segment.conftest import CUTOFF, shop

ROWS = shop(100)
LATER = np.datetime64("2024-03-08")


@dataclass(frozen=True)
class Example:
    """A segmenter of the `segments:` section. named: segments whose names and number are fixed."""

    config: Mapping[str, Any] = field(hash=False)
    named: bool = False

    def __str__(self) -> str:
        return " ".join(str(value) for value in self.config.values())

    @property
    def model(self) -> Any:
        return catalog.segmenters()[self.config["kind"]].model_validate(dict(self.config))

    def fit(self, known: Known, seed: int = 7) -> FittedSegments:
        return self.model.fit(known, np.random.default_rng(seed))


def kmeans(**more: Any) -> Example:
    return Example({"kind": "kmeans", **more})


EXAMPLES = [
    kmeans(),
    kmeans(features="behaviour", k=5, outliers="clip"),
    kmeans(features="full", k=4, outliers="isolation-forest", outlier_share=0.1),
    kmeans(features="reference", k=3, reduction="pca", components=6, log=False, unscaled=["weekday"]),
    kmeans(features=["families", "attributes", "countries"], k=4, reduction="none"),
    kmeans(k=4, reduction="t-sne", perplexity=10),
    kmeans(k_min=3, k_max=4, evidence="full", grain={"recency": 7}),
    Example({"kind": "minibatch-kmeans"}),
    Example({"kind": "gmm"}),
    Example({"kind": "gmm", "reduction": "t-sne", "k": 4, "outliers": "isolation-forest"}),
    Example({"kind": "agglomerative"}),
    Example({"kind": "hdbscan"}),
    Example({"kind": "rfm-rules"}, named=True),
]
EVERY = pytest.mark.parametrize("example", EXAMPLES, ids=str)
PRICED = [one for one in EXAMPLES if not isinstance(one.config.get("features"), list)]


def habit(row: Any) -> int:
    """Which of four habits a customer of `shop` has."""
    return int(row[0][1:]) % 4


def told(rows: list[Any], habits: list[int] | None = None) -> TransactionLog:
    """The log of these rows, with a description, a country, an age and a tariff for each."""
    held = habits or [habit(row) for row in rows]
    described = [(*row, f"BLUE {['CUP', 'BOX', 'BAG'][int(row[1][1:]) % 3]}") for row in rows]
    columns = {
        "country": ["Norway" if of == 3 else "Chile" for of in held],
        "age": [20.0 + 10 * of for of in held],
        "tariff": [("gold", "tin")[of % 2] for of in held],
    }
    return make_log(described, customer_columns=columns)


@cache
def known_at(cutoff: str = str(CUTOFF)) -> Known:
    return know(told(ROWS), np.datetime64(cutoff))


@cache
def fitted_on_shop(example: Example) -> FittedSegments:
    return example.fit(known_at())


def same(one: Segmentation, other: Segmentation) -> None:
    assert one.names == other.names
    assert one.evidence == other.evidence
    np.testing.assert_array_equal(one.codes, other.codes)
    pd.testing.assert_frame_equal(one.features, other.features)
    assert (one.memberships is None) == (other.memberships is None)
    if one.memberships is not None:
        np.testing.assert_allclose(one.memberships, other.memberships, atol=1e-6)


def check(found: Segmentation, known: Known, example: Example) -> None:
    """One segment for everybody, unique names, one candidate chosen."""
    assert len(found.codes) == len(found.features) == len(known.history.customers)
    assert found.codes.dtype == np.int16
    assert ((found.codes >= 0) & (found.codes < len(found.names))).all()
    assert len(set(found.names)) == len(found.names)
    assert all(found.names)
    assert not found.features.isna().drop(columns="gap_over_lines", errors="ignore").any(axis=None)
    if not example.named:
        assert sum(row["chosen"] for row in found.evidence) == 1
    if found.memberships is not None:
        assert found.memberships.shape == (len(found.codes), len(found.names))
        np.testing.assert_allclose(found.memberships.sum(axis=1), 1, atol=1e-5)


def test_every_kind_has_an_example() -> None:
    missing = set(catalog.segmenters()) - {example.config["kind"] for example in EXAMPLES}
    assert not missing, f"add {sorted(missing)} to tests/contract/test_segmenters.py"


def test_other_packages_add_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Everyone(BaseModel):
        kind: str = "everyone"

    class Entry:
        def load(self) -> type[BaseModel]:
            return Everyone

    def entries(group: str) -> list[Entry]:
        return [Entry()] if group == "recsys.segmenters" else []

    monkeypatch.setattr(catalog, "entry_points", entries)
    assert catalog.segmenters.__wrapped__()["everyone"] is Everyone


@EVERY
def test_everybody_has_one_segment(example: Example) -> None:
    found = fitted_on_shop(example).assign(known_at())
    check(found, known_at(), example)
    assert len(set(found.codes.tolist())) > 1


@EVERY
def test_valuable_segments_come_first(example: Example) -> None:
    fitted = fitted_on_shop(example)
    found = fitted.assign(known_at())
    own = found.codes < len(found.names) - len(fitted.apart)
    medians = found.features["monetary"][own].groupby(found.codes[own]).median()
    assert medians.is_monotonic_decreasing


@EVERY
def test_same_seed_same_segments(example: Example) -> None:
    same(fitted_on_shop(example).assign(known_at()), example.fit(known_at()).assign(known_at()))


@EVERY
def test_the_number_of_threads_changes_nothing(example: Example) -> None:
    with threadpool_limits(4):
        many = example.fit(known_at()).assign(known_at())
    same(fitted_on_shop(example).assign(known_at()), many)


@EVERY
def test_the_order_of_customers_changes_nothing(example: Example) -> None:
    """Names turned round: the codes of customers, and the order of their rows, are the reverse."""
    turned = {f"c{at:04}": f"c{99 - at:04}" for at in range(100)}
    habits = [habit(row) for row in ROWS]
    other = know(told([(turned[row[0]], *row[1:]) for row in ROWS], habits), CUTOFF)
    plain, back = fitted_on_shop(example).assign(known_at()), example.fit(other).assign(other)
    assert back.names == plain.names
    np.testing.assert_array_equal(back.codes[::-1], plain.codes)


@EVERY
def test_a_later_cutoff_keeps_the_segments(example: Example) -> None:
    """The figures move on, the names and evidence stay; somebody who was not there has a segment."""
    fitted = fitted_on_shop(example)
    rows = [*ROWS, ("c0103", "p01", "new", "2024-03-05", 2.0, 9.0)]
    later = know(told(rows), LATER)
    found = fitted.assign(later)
    check(found, later, example)
    before = fitted.assign(known_at())
    assert found.names == before.names
    assert list(found.features) == list(before.features)
    assert len(found.codes) == len(before.codes) + 1


@EVERY
def test_the_future_changes_nothing(example: Example) -> None:
    rows = [*ROWS, *[("c0000", "p01", f"f{at}", "2024-03-05", 900.0, 90.0) for at in range(9)]]
    known = know(told(rows), CUTOFF)
    same(fitted_on_shop(example).assign(known_at()), example.fit(known).assign(known))


@EVERY
def test_saved_segments_assign_alike(example: Example, tmp_path: Path) -> None:
    fitted = fitted_on_shop(example)
    fitted.save(tmp_path / "new" / "folder")
    again = FittedSegments.load(tmp_path / "new" / "folder")
    for cutoff in (CUTOFF, LATER):
        known = known_at(str(cutoff))
        same(fitted.assign(known), again.assign(known))


@EVERY
def test_the_log_is_left_as_found(example: Example) -> None:
    known = know(told(ROWS), CUTOFF)
    lines, catalogue = known.history.lines.copy(), known.catalogue.copy()
    example.fit(known).assign(known)
    pd.testing.assert_frame_equal(known.history.lines, lines)
    pd.testing.assert_frame_equal(known.catalogue, catalogue)


@EVERY
@pytest.mark.parametrize("customers", [1, 2, 3, 7])
def test_fewer_customers_than_segments(example: Example, customers: int) -> None:
    known = know(told([row for row in ROWS if int(row[0][1:]) < customers]), CUTOFF)
    check(example.fit(known).assign(known), known, example)


@EVERY
def test_customers_who_are_all_alike_are_together(example: Example) -> None:
    rows = [(f"c{at:04}", "p01", f"i{at}", "2024-02-01", 1.0, 2.0) for at in range(0, 160, 4)]
    known = know(told(rows), CUTOFF)
    found = example.fit(known).assign(known)
    check(found, known, example)
    assert len(set(found.codes.tolist())) == 1


@pytest.mark.parametrize("example", PRICED, ids=str)
def test_a_log_without_prices(example: Example) -> None:
    known = know(told([(*row[:5], np.nan) for row in ROWS]), CUTOFF)
    found = example.fit(known).assign(known)
    check(found, known, example)
    assert "monetary" not in found.features
    assert len(set(found.codes.tolist())) > 1
    if not example.named:
        assert "no prices" in next(row["note"] for row in found.evidence if row["chosen"])


@EVERY
def test_the_config_goes_round(example: Example) -> None:
    model = example.model
    assert type(model).model_validate(json.loads(model.model_dump_json())) == model
    with pytest.raises(ValidationError):
        type(model).model_validate({**example.config, "clusters": 4})


@EVERY
def test_every_parameter_has_a_sentence(example: Example) -> None:
    for name, one in type(example.model).model_fields.items():
        assert one.description, name
        assert one.description.endswith("."), name


@EVERY
def test_a_whole_config_goes_round(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(
        json.dumps(
            {
                "source": {
                    "kind": "csv",
                    "path": "a.csv",
                    "columns": {"customer": "c", "product": "p", "time": "t"},
                },
                "segments": dict(example.config),
                "recommenders": {"popular": {"kind": "popularity"}},
            }
        )
    )
    experiment = read_config(path)
    assert experiment.segments == example.model
    write_config(experiment, tmp_path / "two.yaml")
    assert read_config(tmp_path / "two.yaml") == experiment


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        ({"kind": "kmean"}, "'kmean' is unknown.*kmeans"),
        ({"kind": "gmm", "featurs": "rfm"}, "featurs.*features"),
        ({"kind": "rfm-rules", "k": 5}, "'k'"),
        ({"kind": "kmeans", "outliers": "drop"}, "'drop' is unknown.*keep"),
        ({"kind": "kmeans", "features": ["family"]}, "'family'; did you mean 'families'"),
        ({"kind": "kmeans", "grain": {"recensy": 7}}, "'recensy'; did you mean 'recency'"),
        ({"kind": "kmeans", "unscaled": ["weekdy"]}, "'weekdy'; did you mean 'weekday'"),
    ],
)
def test_a_wrong_config_says_what_is_wrong(segments: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    columns = {"customer": "c", "product": "p", "time": "t"}
    source = {"kind": "csv", "path": "a.csv", "columns": columns}
    path.write_text(
        json.dumps({"source": source, "segments": segments, "recommenders": {"a": {"kind": "popularity"}}})
    )
    with pytest.raises(ConfigError, match=says):
        read_config(path)


def test_a_random_log_is_segmented_by_every_kind() -> None:
    known = all_of(make_log(random_rows(3, customers=40, lines=500)))
    for kind, model in catalog.segmenters().items():
        found = model().fit(known, np.random.default_rng(0)).assign(known)
        assert len(found.codes) == len(known.history.customers), kind
