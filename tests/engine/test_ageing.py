"""How accuracy fades as lists grow old: worked out by hand, and the little shop beside a loop."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.engine.ageing import COLUMNS
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.progress import Silent
from tests.engine import shop

CONFIG = """\
name: ages
source: {kind: csv, path: log.csv, columns: {customer: who, product: what, time: when}}
split: {kind: rolling, holdout_days: 10, windows: %d}
recommenders: {popular: {kind: popularity}}
evaluate: {k: [1], targets: [%s], decide: {metric: recall, k: 1}, audit: {refit: none}}
"""
Line = tuple[int, str, str]

# Cutoffs on days 20 and 30. Tea sells before, coke from day 20 on; dan comes on day 22.
BEFORE = [(1, who, "tea") for who in ("ann", "bob", "cat")] + [(2, "ann", "milk"), (3, "cat", "milk")]
BETWEEN = [(21, who, "coke") for who in ("ann", "bob", "cat")] + [(22, "dan", "coke"), (23, "ann", "milk")]
AFTER = [(31, "ann", "coke"), (32, "bob", "coke"), (33, "cat", "tea"), (34, "dan", "coke")]


def judged(folder: Path, lines: Iterable[Line], *, windows: int = 2, target: str = "any") -> pd.DataFrame:
    days = pd.Timestamp("2024-01-01")
    rows = [(who, what, days + pd.Timedelta(days=day)) for day, who, what in lines]
    rows.append(("eve", "rope", days + pd.Timedelta(days=39, hours=1)))  # the log ends with day 40
    pd.DataFrame(rows, columns=["who", "what", "when"]).to_csv(folder / "log.csv", index=False)
    (folder / "ages.yaml").write_text(CONFIG % (windows, target))
    done = evaluate(read_config(folder / "ages.yaml"), roots=(folder,), out=folder / "run", limit=1)
    return pd.read_csv(done / "ageing.csv")


def test_who_is_known_at_both_cutoffs_is_judged_twice(tmp_path: Path) -> None:
    """Fresh lists say coke, older ones tea: ann and bob hit with the first, cat with the second; not dan."""
    found = judged(tmp_path, [*BEFORE, *BETWEEN, *AFTER])
    assert list(found) == COLUMNS
    (row,) = found.to_dict("records")
    assert (row["target"], row["recommender"], row["metric"], row["k"]) == ("any", "popular", "recall", 1)
    assert (row["days"], row["customers"]) == (10, 3)
    assert (row["value"], row["fresh"]) == pytest.approx((1 / 3, 2 / 3))
    assert row["difference"] == pytest.approx(-1 / 3)
    assert row["change"] == pytest.approx(-1 / 2)
    assert row["ci_low"] <= row["difference"] <= row["ci_high"]
    assert (row["ci_low"], row["ci_high"]) == (-1, 1)  # three customers: -1, -1 and +1


def test_older_lists_know_nothing_of_what_came_after_their_cutoff(tmp_path: Path) -> None:
    """Rum sells between the cutoffs instead of coke: fresh lists turn to rum, older ones stay with tea."""
    between = [(day, who, "rum" if what == "coke" else what) for day, who, what in BETWEEN]
    found = judged(tmp_path, [*BEFORE, *between, (24, "dan", "coke"), *AFTER])
    (row,) = found.to_dict("records")
    assert (row["customers"], row["value"], row["fresh"]) == pytest.approx((3, 1 / 3, 0))


def test_what_was_bought_since_the_older_cutoff_is_no_news(tmp_path: Path) -> None:
    """bob has milk as news in older lists too, but bought it since: only what is new to him now counts."""
    lines = [*BEFORE, *BETWEEN, *AFTER, (24, "bob", "milk"), (35, "bob", "milk"), (35, "cat", "coke")]
    lines += [(4, "cat", "rum"), (25, "ann", "rum"), (36, "bob", "rum")]
    found = judged(tmp_path, lines, target="new")
    (row,) = found.to_dict("records")
    # In window 0 only bob bought something new to him, rum. Older: milk (2 buyers to rum's 1). Fresh: rum.
    assert (row["customers"], row["value"], row["fresh"]) == (1, 0, 1)


def test_each_pair_of_cutoffs_so_far_apart_counts(tmp_path: Path) -> None:
    """Three windows of ten days: two pairs ten days apart, pooled by customer, and one twenty days apart.

    dot buys in the first days and in the last.
    """
    lines = [*BEFORE, (11, "ann", "tea"), (12, "bob", "tea"), *BETWEEN, *AFTER]
    lines += [(4, "dot", "tea"), (24, "eli", "coke"), (36, "dot", "tea")]
    found = judged(tmp_path, lines, windows=3).set_index("days")
    assert found.index.tolist() == [10, 20]
    # 10 days: window 1 (ann: coke is not sold yet, milk) has tea both ways; window 0 as above.
    ann, bob, cat, dot = (0 + 0) / 2, 0, 1, 1
    assert found.loc[10, "customers"] == 4
    assert found.loc[10, "value"] == pytest.approx((ann + bob + cat + dot) / 4)
    assert found.loc[10, "fresh"] == pytest.approx(((0 + 1) / 2 + 1 + 0 + 0) / 4)
    assert found.loc[20, ["customers", "value", "fresh"]].tolist() == pytest.approx([4, 2 / 4, 2 / 4])


def test_one_window_has_no_age(tmp_path: Path) -> None:
    assert judged(tmp_path, [*BEFORE, *BETWEEN, *AFTER], windows=1).empty


def test_nobody_known_at_both_cutoffs_is_no_row(tmp_path: Path) -> None:
    lines = [
        (1, "old", "tea"),
        (2, "old", "milk"),
        (21, "old", "tea"),
        (22, "new", "tea"),
        (31, "new", "tea"),
    ]
    assert judged(tmp_path, lines).empty


def naive(target: str) -> tuple[int, float, float]:
    """Popularity's ndcg@10 on the little shop's latest window: older lists, then fresh ones."""
    log = shop.lines().drop_duplicates()
    end = log["when"].max().normalize() + pd.Timedelta(days=1)
    log["when"] = log.groupby("receipt")["when"].transform("min")
    cutoffs = [end - pd.Timedelta(days=28 * back) for back in (2, 1)]
    pasts = [log[log["when"] < cutoff] for cutoff in cutoffs]
    future, sold = log[log["when"] >= cutoffs[1]], set(pasts[1]["what"])
    found = []
    for who, bought in future.groupby("who")["what"]:
        held = [set(past[past["who"] == who]["what"]) for past in pasts]
        truth = (set(bought) & sold) - (held[1] if target == "new" else set())
        if all(held) and truth:
            found.append([ndcg(top(past, own, target), truth) for past, own in zip(pasts, held, strict=True)])
    value, fresh = np.mean(found, axis=0)
    return len(found), value, fresh


def top(past: pd.DataFrame, held: set[str], target: str) -> list[str]:
    buyers = past.groupby("what")["who"].nunique()
    best = sorted(buyers.index, key=lambda p: (-buyers[p], p))
    return [p for p in best if target == "any" or p not in held][:10]


def ndcg(ranked: list[str], truth: set[str]) -> float:
    gain = sum(1 / np.log2(at + 2) for at, p in enumerate(ranked) if p in truth)
    return float(gain / sum(1 / np.log2(at + 2) for at in range(min(len(truth), 10))))


@pytest.mark.parametrize("target", ["any", "new"])
def test_the_little_shop_agrees_with_a_loop(run: Path, target: str) -> None:
    table = pd.read_csv(run / "ageing.csv")
    row = table[(table["target"] == target) & (table["recommender"] == "popular")].iloc[0]
    customers, value, fresh = naive(target)
    assert (row["days"], row["customers"]) == (28, customers)
    assert row["value"] == pytest.approx(value, abs=1e-6)
    assert row["fresh"] == pytest.approx(fresh, abs=1e-6)
    assert set(table["recommender"]) == {
        *("popular", "segment-bestsellers", "repurchase", "item-cf", "als", "content", "safe")
    }


def test_nothing_of_it_stays_in_the_folder(run: Path) -> None:
    assert not (run / "later").exists()
    assert not (run / "ages").exists()


class Kill(Silent):
    """Ends the run at its nth step."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, text: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("at", [4, 10])
def test_a_killed_run_finds_older_lists_again(run: Path, config: Path, tmp_path: Path, at: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        evaluate(read_config(config), roots=(config.parent,), out=tmp_path / "run", progress=Kill(at))
    done = evaluate(read_config(config), roots=(config.parent,), out=tmp_path / "run")
    assert (done / "ageing.csv").read_bytes() == (run / "ageing.csv").read_bytes()
