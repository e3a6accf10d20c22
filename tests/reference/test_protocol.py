"""The protocol's counts and its table of values, on the reference log (UCI Online Retail)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.core.fold import Fold, Target, Truth
from recsys.core.log import TransactionLog
from recsys.core.protocols import Seen
from recsys.ingest import Clean, Source, load
from recsys.measure.accuracy import NDCG, AveragePrecision, Precision, Recall
from recsys.measure.judge import judge
from recsys.recommend.base import RecommenderModel
from recsys.recommend.popularity import Popularity
from recsys.recommend.repurchase import Repurchase
from recsys.split import Holdout, Rolling

pytestmark = pytest.mark.reference

COLUMNS = {
    "customer": "CustomerID",
    "product": "StockCode",
    "time": "InvoiceDate",
    "invoice": "InvoiceNo",
    "quantity": "Quantity",
    "price": "UnitPrice",
    "description": "Description",
    "country": "Country",
}
SEEN = {Target.ANY: Seen.KEEP, Target.NEW: Seen.DROP}
RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def log(reference_path: Path, tmp_path_factory: pytest.TempPathFactory) -> TransactionLog:
    source = Source(kind="parquet", path=str(reference_path), columns=COLUMNS)
    cache = tmp_path_factory.mktemp("cache")
    return load(source, Clean(product_code=r"^\d{5}[A-Za-z]*$"), cache=cache).log


@pytest.fixture(scope="module")
def fold(log: TransactionLog) -> Fold:
    (found,) = Holdout(holdout_days=28).split(log)
    return found


def test_cleaning_keeps_391150_lines(log: TransactionLog) -> None:
    assert len(log.lines) == 391_150
    assert log.shape == (4_334, 3_659)
    assert log.end == np.datetime64("2011-12-10")


def test_window_zero_knows_333833_lines(fold: Fold) -> None:
    history = fold.known.history
    assert fold.known.cutoff == np.datetime64("2011-11-12")
    assert len(history.lines) == 333_833
    assert history.shape == (4_108, 3_625)
    assert history.bought.nnz == 234_963


def test_window_zero_judges_1300_on_any_and_1189_on_new(fold: Fold) -> None:
    assert len(fold.truth(Target.ANY)) == 1_300
    assert len(fold.truth(Target.NEW)) == 1_189


def test_funnel_of_window_zero(fold: Fold) -> None:
    with_history = int((fold.future_customers >= 0).sum())
    assert (len(fold.future_customers), with_history) == (1_527, 1_301)
    assert len(fold.future_customers) - with_history == 226
    assert fold.pairs == {
        "all": 49_588,
        "in catalogue": 49_146,
        "with history": 42_243,
        "with history, in catalogue": 41_840,
    }


def test_earlier_windows(log: TransactionLog) -> None:
    found = [
        (
            str(fold.known.cutoff)[:10],
            fold.known.history.shape,
            fold.known.history.bought.nnz,
            len(fold.truth(Target.ANY)),
        )
        for fold in Rolling(holdout_days=28, windows=3).split(log)
    ]
    assert found == [
        ("2011-11-12", (4_108, 3_625), 234_963, 1_300),
        ("2011-10-15", (3_783, 3_556), 203_533, 1_088),
        ("2011-09-17", (3_446, 3_448), 174_273, 948),
    ]


def test_the_invoice_of_168470_that_was_cancelled_the_same_day_is_worth_nothing(fold: Fold) -> None:
    """80,995 paper craft birds, first sold that day; the customer is known."""
    assert fold.future.spend.max() == pytest.approx(168_469.60)
    truth = fold.truth_of_arrivals
    birds = fold.arrivals["product"].tolist().index("23843")
    row = truth.names.tolist().index("16446")
    assert truth.bought[row, birds] == 1
    assert truth.spend[row, birds] == 0


def test_spend_is_what_a_group_by_gives(fold: Fold) -> None:
    """Purchases and cancellations of a pair together, never below 0."""
    frame = pd.concat([fold.future.lines, fold.future.cancellations])
    frame["worth"] = frame["quantity"] * frame["price"]
    net = frame.groupby(["customer", "product"])["worth"].sum().clip(lower=0)
    truth = fold.truth(Target.ANY)
    products = fold.known.history.products.names
    rows, columns = truth.bought.nonzero()
    pairs = [fold.future.customers.codes(truth.names[rows]), fold.future.products.codes(products[columns])]
    want = net.loc[list(zip(*pairs, strict=True))].to_numpy()
    np.testing.assert_allclose(np.asarray(truth.spend[rows, columns]).ravel(), want, atol=1e-9)
    gross = fold.future.lines.assign(worth=fold.future.spend).groupby(["customer", "product"])["worth"].sum()
    assert gross.loc[list(zip(*pairs, strict=True))].sum() > want.sum() + 1_000  # netting matters here


VALUES = {
    "popular": (Popularity(), (0.0692, 0.0324, 0.0323, 0.0780), (0.0300, 0.0201, 0.0122, 0.0331)),
    "popular 28 days": (
        Popularity(window_days=28),
        (0.1225, 0.0600, 0.0681, 0.1434),
        (0.0685, 0.0470, 0.0358, 0.0820),
    ),
    "repurchase": (Repurchase(), (0.2785, 0.1798, 0.2170, 0.3337), (0.0300, 0.0201, 0.0122, 0.0331)),
}


def scores(model: RecommenderModel, fold: Fold, truth: Truth) -> list[float]:
    """Means at 10 over the judged customers, short lists filled by whole-history popularity."""
    seen = SEEN[truth.target]
    own = model.fit(fold.known, RNG).recommend(truth.customers, 10, seen=seen)  # type: ignore[attr-defined]
    lists = own.filled(Popularity().fit(fold.known, RNG).recommend(truth.customers, 10, seen=seen))
    assert (lists.lengths == 10).all()
    judged = judge(lists, truth)
    metrics = (Precision(10), Recall(10), AveragePrecision(10), NDCG(10))
    return [float(np.mean(metric.per_customer(judged))) for metric in metrics]


@pytest.mark.parametrize("target", [Target.ANY, Target.NEW])
@pytest.mark.parametrize("name", VALUES)
def test_values_agree_within_two_thousandths(name: str, target: Target, fold: Fold) -> None:
    """precision, recall, map, ndcg at 10."""
    model, on_any, on_new = VALUES[name]
    found = scores(model, fold, fold.truth(target))
    assert found == pytest.approx(on_any if target is Target.ANY else on_new, abs=0.002)
