"""What a customer's products have in common, counted by hand and by naive loops."""

from __future__ import annotations

from itertools import permutations
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score

from recsys.core.errors import SegmentError
from recsys.core.fold import Known, know
from recsys.engine.config import read_config
from recsys.ingest import load
from recsys.segment import KMeansSegments
from recsys.segment import taste as module
from recsys.segment.taste import CLASSES, COMMON, DRAWN, PRIOR, SMOOTH, taste
from recsys.simulate import Settings, simulate
from tests.logs import all_of, make_log, random_log

DEMO = Path(__file__).parents[2] / "configs" / "demo.yaml"


def drawn(total: np.ndarray, cases: np.ndarray) -> np.ndarray:
    return (total + PRIOR * total.sum() / cases.sum()) / (cases + PRIOR)


def baskets(known: Known) -> list[set[int]]:
    bought = known.history.bought
    return [set(bought[row].indices.tolist()) for row in range(bought.shape[0])]


def test_coherence_is_scored_by_what_the_others_of_the_class_bought() -> None:
    known = all_of(random_log(3, customers=30, products=12, lines=200))
    held = baskets(known)
    bought = known.history.bought.toarray().astype(float)
    share = (bought.sum(axis=0) + 0.5) / (bought.sum(axis=0) + 0.5).sum()
    member = softmax(bought @ module._classes(known.history.bought.astype(float), share), axis=1)
    total = np.full(len(held), -np.inf)
    for at, products in enumerate(held):
        others = np.delete(np.arange(len(held)), at)
        for k in range(CLASSES):
            score, size = 0.0, sum(member[i, k] * len(held[i]) for i in others)
            for a in products:
                count = sum(member[i, k] for i in others if a in held[i])
                ratio = (count + DRAWN * share[a]) / (size + DRAWN) / share[a]
                score += log(COMMON + (1 - COMMON) * ratio)
            total[at] = max(total[at], score)
    found = taste(known, ["coherence"])["coherence"].to_numpy()
    np.testing.assert_allclose(found, drawn(total, np.array([float(len(own)) for own in held])), rtol=1e-9)


def two_tastes() -> Known:
    """Customers 0 to 19 buy of one half of the shop, 20 to 39 of the other, 40 to 79 of all, 80 apart."""
    rng = np.random.default_rng(2)
    rows = []
    for who in range(80):
        shelf = (range(20), range(20, 40), range(40), range(40))[who // 20]
        mine = rng.choice(shelf, 10)
        rows += [(f"c{who:02}", f"p{what}", f"i{who}", "2024-01-01", 1, 1.0) for what in mine]
    rows += [("c80", f"own{what}", "i80", "2024-01-01", 1, 1.0) for what in range(10)]
    return all_of(make_log(rows))


def test_coherence_tells_who_buys_as_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody else bought makes nobody coherent; how many are scored at once changes nothing."""
    found = taste(two_tastes(), ["coherence"])["coherence"].to_numpy()
    assert found[:40].min() > found[40:80].mean()
    assert found[80] < found[40:80].mean()
    monkeypatch.setattr(module, "BLOCK", 7)
    np.testing.assert_allclose(taste(two_tastes(), ["coherence"])["coherence"].to_numpy(), found)


def test_classes_learnt_from_some_customers_serve_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARNERS", 50)
    found = taste(two_tastes(), ["coherence"])["coherence"].to_numpy()
    assert np.median(found[:40]) > np.max(found[40:])


def test_likeness_is_the_mean_cosine_of_descriptions() -> None:
    texts = ["red tea cup", "blue tea cup", "red paper bag", "paper chain kit", "candle"]
    rng = np.random.default_rng(1)
    rows = [
        (f"c{who}", f"p{what}", f"i{who}-{what}", "2024-01-01", 1, 1.0, texts[what])
        for who in range(8)
        for what in rng.permutation(5)[: 1 + who % 4]
    ]
    known = all_of(make_log(rows))
    words = (
        TfidfVectorizer(token_pattern=r"[^\W\d_]{2,}").fit_transform(known.catalogue["description"]).toarray()
    )
    held = baskets(known)
    pairs = [list(permutations(products, 2)) for products in held]
    total = np.array([sum(words[a] @ words[b] for a, b in own) for own in pairs])
    cases = np.array([float(len(own)) for own in pairs])
    found = taste(known, ["likeness"])["likeness"].to_numpy()
    np.testing.assert_allclose(found, 100 * drawn(total, cases), rtol=1e-9)


def test_vogue_is_the_share_of_the_weeks_around_over_the_usual_one() -> None:
    """Tea is bought by three in the last week and by nobody before; mugs once a week by one."""
    rows = [("old", "mug", f"m{w}", f"2024-01-{1 + 7 * w:02}", 1, 1.0) for w in range(4)]
    rows += [(who, "tea", f"t-{who}", "2024-01-28", 1, 1.0) for who in ("ann", "bob", "cem")]
    known = all_of(make_log(rows))
    found = dict(zip(known.history.customers.names, taste(known, ["vogue"])["vogue"], strict=True))
    assert found["ann"] == found["bob"] > found["old"]
    weeks, lines = 5, 7
    near = {
        0: 5,
        1: 6,
        2: 7,
        3: 4,
        4: 3,
    }  # weeks back: lines within two weeks; the teas are week 0
    tea = log((2 + SMOOTH) / near[0] / ((2 + SMOOTH * weeks) / lines))
    mugs = [
        log((others + SMOOTH) / near[back] / ((3 + SMOOTH * weeks) / lines))
        for back, others in {1: 2, 2: 3, 3: 3, 4: 2}.items()
    ]
    middle = (3 * tea + sum(mugs)) / lines
    assert found["ann"] == pytest.approx((tea + PRIOR * middle) / (1 + PRIOR))
    assert found["old"] == pytest.approx((sum(mugs) + PRIOR * middle) / (4 + PRIOR))


def test_one_product_says_what_everyone_says() -> None:
    known = all_of(
        make_log(
            [("ann", "tea", "1", "2024-01-01", 1, 1.0, "TEA"), ("bob", "mug", "2", "2024-01-02", 1, 1.0)]
        )
    )
    assert np.isfinite(taste(known, ["coherence", "likeness", "vogue"]).to_numpy()).all()
    assert list(taste(known, [])) == []


def test_without_descriptions_likeness_is_left_out_or_refused() -> None:
    log_ = random_log(5)
    bare = all_of(log_)
    bare = type(bare)(bare.cutoff, bare.history, bare.catalogue.assign(description=None))
    found = KMeansSegments(features="taste", k=2).fit(bare, np.random.default_rng(0)).assign(bare)
    assert {"coherence", "vogue"} <= set(found.features)
    assert "likeness" not in found.features
    with pytest.raises(SegmentError, match="names 'likeness', but the log has no descriptions"):
        KMeansSegments(features=("likeness", "vogue"), k=2).fit(bare, np.random.default_rng(0))


def test_planted_types_are_found(tmp_path: Path) -> None:
    """Adjusted Rand index with the simulator's four types; who buys how often says nothing about them."""
    simulate(Settings(customers=1_500, products=900, days=366), np.random.default_rng(21), tmp_path / "shop")
    experiment = read_config(DEMO, [f"source.path={tmp_path / 'shop' / 'log.parquet'}"])
    log_ = load(experiment.source, experiment.clean, cache=tmp_path).log
    known = know(log_, log_.end - np.timedelta64(28, "D"))
    truth = pd.read_parquet(tmp_path / "shop" / "truth" / "customers.parquet").astype({"customer": str})
    kind = truth.set_index("customer")["type"].loc[known.history.customers.names.astype(str)].to_numpy()

    def agreement(features: str) -> float:
        found = KMeansSegments(features=features, k=4).fit(known, np.random.default_rng(7)).assign(known)
        return float(adjusted_rand_score(kind, found.codes))

    assert agreement("taste") > 0.85
    assert agreement("rfm") < 0.1
