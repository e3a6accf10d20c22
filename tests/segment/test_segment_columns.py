"""Columns that only the log can tell, on customers that can be read at a glance."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.core.errors import SegmentError
from recsys.core.fold import know
from recsys.segment.columns import Columns, learn_columns
from recsys.segment.families import family_of, learn_families
from recsys.segment.vocabulary import FEATURES, FULL, GROUPS, PRESETS, described
from tests.logs import all_of, make_log

ROWS = [
    ("ann", "p1", "1", "2024-01-01", 1, 1.0, "RED BOX"),
    ("ann", "p2", "1", "2024-01-01", 1, 2.0, "BLUE BOXES"),
    ("ann", "p3", "2", "2024-01-05", 1, 4.0, "Tea light HOLDER, set of 3"),
    ("bob", "p4", "3", "2024-01-02", 1, 4.0, "holder for candles"),
    ("bob", "p5", "3", "2024-01-02", 1, 1.0, None),
    ("cid", "p3", "4", "2024-01-03", 1, 2.0, "Tea light HOLDER, set of 3"),
]
COUNTRIES = ["Chile", "Chile", "Chile", "Norway", "Norway", "Chile"]
AGES = [30.0, 30.0, 31.0, np.nan, np.nan, 50.0]
TARIFFS = ["gold", "gold", "gold", "tin", "tin", None]


@pytest.fixture(scope="module")
def known():
    return all_of(make_log(ROWS, customer_columns={"country": COUNTRIES, "age": AGES, "tariff": TARIFFS}))


def test_a_family_is_the_word_that_ends_descriptions():
    texts = ["RED BOX", "BLUE BOX", "BOX OF TEA", "RED MUGS", "MUG", "RED", "GLASS", "GLASS", None, 7.0]
    # RED ends one of its three descriptions, and no other does so; GLASS keeps its double s
    assert learn_families(texts, 9) == ("box", "glass", "mug")
    assert learn_families(texts, 1) == ("box",)
    assert learn_families([], 3) == ()


def test_the_last_family_word_counts():
    texts = ["BOX FOR MUGS", "MUG IN A BOX", "Boxes", "RED", None]
    assert family_of(texts, ("box", "mug")).tolist() == [1, 0, 0, 2, 2]


def test_families_are_shares_of_lines(known):
    columns = Columns(("family box", "family holder", "family other"), families=("box", "holder"))
    frame = columns.of(known)[list(columns.names)]
    assert frame.to_numpy().tolist() == [
        pytest.approx([2 / 3, 1 / 3, 0]),
        pytest.approx([0, 1 / 2, 1 / 2]),
        pytest.approx([0, 1, 0]),
    ]


def test_groups_become_columns(known):
    columns = learn_columns(["home_country", "countries", "attributes"], known, 3)
    assert columns.names == (
        "home_country",
        "country Chile",
        "country Norway",
        "attribute age",
        "attribute tariff=gold",
        "attribute tariff=tin",
    )
    frame = columns.of(known)[list(columns.names)]
    assert frame.to_numpy().tolist() == [
        [1, 1, 0, 31, 1, 0],
        [0, 0, 1, 40.5, 0, 1],  # the median of 31 and 50
        [1, 1, 0, 50, 0, 0],
    ]


def test_what_was_learned_is_kept_at_a_later_cutoff(known):
    columns = learn_columns(["home_country", "attributes", "families"], known, 3)
    rows = [*ROWS, *[(f"d{at}", "p9", f"9{at}", "2024-02-01", 1, 1.0, "NEW LAMP") for at in range(5)]]
    log = make_log(
        rows,
        customer_columns={
            "country": [*COUNTRIES, *["Peru"] * 5],
            "age": [*AGES, *[90.0] * 5],
            "tariff": [*TARIFFS, *["zinc"] * 5],
        },
    )
    later = columns.of(know(log, log.end))
    assert list(later) == list(columns.of(known))
    assert later.loc[1, "attribute age"] == 40.5
    assert later.loc[3:, "home_country"].tolist() == [0] * 5
    assert later.loc[3:, "family other"].tolist() == [1] * 5


def test_what_a_list_names_must_be_there():
    bare = all_of(make_log([row[:6] for row in ROWS]))
    for name, remedy in [
        ("families", "source.columns.description"),
        ("countries", "source.columns.country"),
        ("home_country", "source.columns.country"),
        ("attributes", "source.customer_attributes"),
    ]:
        with pytest.raises(SegmentError, match=f"names '{name}', but the log has no .*{remedy}"):
            learn_columns(["recency", name], bare, 3)
    preset = learn_columns("full", bare, 3)
    assert set(preset.absent) == {"home_country", *GROUPS}
    assert preset.names == tuple(name for name in FULL if name not in preset.absent)


def test_prices_that_are_absent_take_their_features_along():
    bare = all_of(make_log([(*row[:5], np.nan) for row in ROWS]))
    assert learn_columns(["monetary", "price_level", "hour"], bare, 3).names == ("units", "hour")
    assert learn_columns(["price_level"], bare, 3).names == ("units",)


def test_discounts_are_lines_under_the_usual_price(known):
    frame = Columns(("price_level", "discount_share")).of(known)
    assert frame["price_level"].tolist() == pytest.approx([7 / 3, 5 / 2, 2])
    assert frame["discount_share"].tolist() == [0, 0, 1]  # 2.0 where 3.0 is the median of p3


def test_the_columns_go_round(known):
    columns = learn_columns("full", known, 3)
    texts = {name: getattr(columns, name) for name in columns.__dataclass_fields__}
    as_json = {
        k: [list(x) if isinstance(x, tuple) else x for x in v] if isinstance(v, tuple) else v
        for k, v in texts.items()
    }
    assert Columns.of_texts(as_json) == columns


def test_every_feature_is_told():
    for preset in PRESETS.values():
        assert all(name in GROUPS or described(name) for name in preset)
    for feature in FEATURES.values():
        assert feature.unit
        assert feature.formula
        assert feature.more != feature.less
    assert described("family box").unit == "share"
    assert described("country Chile").indicator
    assert described("attribute tariff=gold").indicator
    assert not described("attribute age").indicator
    with pytest.raises(ValueError, match="'recensy'; did you mean 'recency'"):
        described("recensy")
