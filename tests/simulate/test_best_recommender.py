"""Each type has its best recommender by construction, and the oracle is above them all."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys.simulate import Simulated

BEST = {"replenisher": "own", "trend": "recent", "taste": "co-purchase", "family": "content"}


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (kind, target)
        for kind in BEST
        for target in ("any", "new")
        if (kind, target) != ("replenisher", "new")
    ],
)
def test_its_recommender_wins_clearly(ndcg: dict[str, pd.DataFrame], kind: str, target: str) -> None:
    row = ndcg[target].loc[kind]
    others = row.drop(BEST[kind]).max()
    assert row[BEST[kind]] > 1.1 * others, f"{kind}, {target}:\n{row}"


def test_what_is_hot_changes(ndcg: dict[str, pd.DataFrame]) -> None:
    """Trend followers are served far better by the last weeks than by the whole history; others are not."""
    gain = ndcg["any"]["recent"] - ndcg["any"]["popular"]
    assert gain["trend"] > 0.1
    assert gain["trend"] > 2 * gain.drop("trend").max()


def test_own_purchases_do_not_win_elsewhere(ndcg: dict[str, pd.DataFrame]) -> None:
    winners = ndcg["any"].idxmax(axis=1)
    assert set(winners.drop("replenisher")) == {"recent", "co-purchase", "content"}


def test_oracle_is_at_least_as_good_everywhere(ndcg: dict[str, pd.DataFrame], written: Simulated) -> None:
    oracle = written.oracle[written.oracle["metric"] == "ndcg@10"].set_index(["type", "target"])["value"]
    for target, table in ndcg.items():
        for kind in table.index:
            assert oracle[kind, target] > table.loc[kind].max(), (kind, target)
