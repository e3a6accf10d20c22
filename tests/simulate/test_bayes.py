"""Types can be told apart with the true parameters, and not without what distinguishes them."""

from __future__ import annotations

import json

from recsys.simulate import TYPE_NAMES, Simulated


def test_far_better_than_the_largest_type(written: Simulated) -> None:
    assert 0.9 < written.bayes["accuracy"] <= 1
    assert 0.75 < written.bayes["adjusted_rand"] <= 1
    assert 0.25 < written.bayes["largest_type"] < 0.4
    assert min(written.bayes["per_type"].values()) > 0.85
    assert list(written.bayes["per_type"]) == list(TYPE_NAMES)


def test_it_is_written(written: Simulated) -> None:
    assert json.loads((written.folder / "truth" / "bayes.json").read_text()) == written.bayes
