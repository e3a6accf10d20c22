"""Without the customers who spent most: who goes, by what was known, and that nothing of them stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.core.errors import ConfigError
from recsys.core.log import TransactionLog
from recsys.engine.population import without_top_spenders
from recsys.ingest import Loaded
from recsys.split import Window
from tests.logs import make_log

ROWS = [
    ("ann", "tea", "1", "2024-01-01", 1, 10.0),
    ("bob", "tea", "2", "2024-01-02", 5, 10.0),
    ("cem", "mug", "3", "2024-01-03", 5, 10.0),
    ("dot", "mug", "4", "2024-01-04", 1, 1.0),
    ("ann", "mug", "5", "2024-02-01", 99, 10.0),
    ("eve", "tea", "6", "2024-02-02", 99, 10.0),
    ("bob", "mug", "7", "2024-02-03", 1, 10.0),
]
WINDOW = Window(0, *(np.datetime64(day) for day in ("2024-01-15", "2024-01-15", "2024-02-15")))


def left(share: float, log: TransactionLog | None = None) -> Loaded:
    loaded = Loaded(log or make_log(ROWS), pd.DataFrame(), "", ("first",), (Path("log.csv"),), pd.DataFrame())
    return without_top_spenders(loaded, share, WINDOW)


def names(log: TransactionLog) -> list[str]:
    return list(log.customers.names[np.unique(log.lines["customer"])])


def test_nobody_goes_unless_asked() -> None:
    assert names(left(0).log) == ["ann", "bob", "cem", "dot", "eve"]


def test_one_of_four_is_the_first_by_name_of_those_who_had_spent_most() -> None:
    """bob and cem had spent 50 each before the cutoff; ann and eve spent more, but later."""
    found = left(0.25)
    assert names(found.log) == ["ann", "cem", "dot", "eve"]
    assert len(found.log.lines) == 5
    assert found.notes[0] == "first"
    assert found.notes[1].startswith("1 customers who spent most before 2024-01-15 are left out: 2 lines, 3%")


def test_shares_are_rounded_up() -> None:
    assert names(left(0.26).log) == ["ann", "dot", "eve"]
    assert names(left(0.01).log) == ["ann", "cem", "dot", "eve"]


def test_the_log_given_is_not_changed() -> None:
    log = make_log(ROWS)
    log.bought  # noqa: B018  the cached matrix must not be carried over
    assert left(0.5, log).log.bought.sum() == log.bought.sum() - 3
    assert len(log.lines) == len(ROWS)


def test_a_log_without_prices_is_refused() -> None:
    bare = make_log([(*row[:5], float("nan")) for row in ROWS])
    with pytest.raises(ConfigError, match="has no prices"):
        left(0.1, bare)
