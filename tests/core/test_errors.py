"""Mistakes the user can mend, and the hint that comes with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.core import errors
from recsys.core.errors import RecsysError, nearest
from recsys.core.segmentation import Segmentation


def test_nearest_names_the_closest_key_as_it_is_written() -> None:
    assert nearest("neighbors", ["neighbours", "shrink"]) == "; did you mean 'neighbours'?"
    assert nearest("customerid", ["CustomerID", "StockCode"]) == "; did you mean 'CustomerID'?"


def test_nearest_of_nothing_alike_says_nothing() -> None:
    assert nearest("zzz", ["neighbours", "shrink"]) == ""
    assert nearest("zzz", []) == ""


@pytest.mark.parametrize("name", ["ConfigError", "SourceError", "SplitError", "RecommendError", "RunError"])
def test_every_error_is_one_the_command_line_prints(name: str) -> None:
    assert issubclass(getattr(errors, name), RecsysError)
    assert name in (errors.__doc__ or "")


def test_members_of_a_segment_are_its_customer_codes() -> None:
    codes = np.array([1, 0, 1, 1], dtype=np.int16)
    groups = Segmentation(("gold", "tin", "none"), codes, pd.DataFrame(index=range(4)))
    assert groups.members(1).tolist() == [0, 2, 3]
    assert groups.members(2).tolist() == []
    assert groups.members(1).dtype == np.int32
    assert repr(groups) == "Segmentation(gold: 1, tin: 3, none: 0)"
