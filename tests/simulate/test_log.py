"""The log: schema, noise, order, and purchases that cleaning gives back exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.simulate import Simulated
from recsys.simulate.moments import cleaned
from recsys.simulate.purchases import fill_baskets
from recsys.simulate.words import ARTICLES, COLOURS, FIRST, SECOND, THIRD
from recsys.simulate.world import World

COLUMNS = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
]


def test_schema(written: Simulated) -> None:
    log = pd.read_parquet(written.log)
    assert list(log.columns) == COLUMNS
    assert len(log) == written.lines
    assert pd.api.types.is_datetime64_dtype(log["InvoiceDate"])
    assert pd.api.types.is_integer_dtype(log["Quantity"])
    assert pd.api.types.is_float_dtype(log["UnitPrice"])
    for text in ("InvoiceNo", "StockCode", "CustomerID", "Country"):
        assert log[text].dropna().map(type).eq(str).all()


def test_every_kind_of_noise_is_there(middle: tuple[pd.DataFrame, World]) -> None:
    log, _ = middle
    assert {"POST", "M", "D", "BANK CHARGES", "AMAZONFEE", "DOT"} <= set(log["StockCode"])
    assert log["CustomerID"].isna().any()
    assert log["Description"].isna().any()
    assert log.duplicated().any()
    assert (log["UnitPrice"] == 0).any()
    cancels = log["InvoiceNo"].str.startswith("C")
    assert (log["Quantity"] < 0).equals(cancels)


def test_cancellations_follow_a_purchase(middle: tuple[pd.DataFrame, World]) -> None:
    log, _ = middle
    log = log[log["CustomerID"].notna() & log["StockCode"].str.fullmatch(r"\d{5}[A-Z]?")]
    cancels = log["InvoiceNo"].str.startswith("C")
    first = log[~cancels].groupby(["CustomerID", "StockCode"], as_index=False)["InvoiceDate"].min()
    pairs = log[cancels].merge(first, on=["CustomerID", "StockCode"], how="left")
    assert (pairs["InvoiceDate_y"] < pairs["InvoiceDate_x"]).all()


def test_invoices_are_in_order_and_have_one_time(middle: tuple[pd.DataFrame, World]) -> None:
    log, world = middle
    assert log["InvoiceDate"].is_monotonic_increasing
    assert log["InvoiceNo"].str.removeprefix("C").astype(int).is_monotonic_increasing
    assert (log.groupby("InvoiceNo")["InvoiceDate"].nunique() == 1).all()
    last = cleaned(log)["InvoiceDate"].max().normalize()
    assert last == pd.Timestamp(world.settings.start) + pd.Timedelta(days=world.settings.days - 1)


def test_cleaning_gives_the_purchases_back(middle: tuple[pd.DataFrame, World]) -> None:
    log, world = middle
    of_baskets = np.random.default_rng(11).spawn(3)[1]
    baskets = fill_baskets(
        world.settings, world.products, world.customers, world.demand, world.visits, of_baskets
    )
    drawn = set()
    for part in baskets:
        who = world.visits.customer[part.visit]
        named = who < world.customers.identified
        when = np.datetime64(world.settings.start, "m") + world.visits.minute[part.visit][named]
        names = np.array(world.customers.names())[who[named]]
        drawn |= set(zip(names, world.products.code[part.product[named]], when.tolist(), strict=True))
    kept = cleaned(log)
    found = set(
        zip(kept["CustomerID"], kept["StockCode"], kept["InvoiceDate"].dt.to_pydatetime(), strict=True)
    )
    assert found == drawn


def test_nothing_sells_before_its_first_day(middle: tuple[pd.DataFrame, World]) -> None:
    log, world = middle
    first = cleaned(log).groupby("StockCode")["InvoiceDate"].min()
    start = pd.Timestamp(world.settings.start)
    arrival = start + pd.to_timedelta(pd.Series(world.products.first_day, world.products.code), unit="D")
    assert (first >= arrival.loc[first.index]).all()
    assert (arrival > start).mean() > 0.2


def test_families_share_words_and_groups_do_not(middle: tuple[pd.DataFrame, World]) -> None:
    _, world = middle
    table = pd.DataFrame({"family": world.products.family, "group": world.products.group})
    table["words"] = [set(text.split()) for text in world.products.description]
    for _, words in table.groupby("family")["words"]:
        assert len(set.intersection(*words)) >= 3
    for _, words in table.groupby("group")["words"]:
        assert not set.intersection(*words)
    assert world.products.description.size == len(set(world.products.description))


def test_family_words_mean_only_families() -> None:
    family = [*FIRST, *SECOND, *THIRD]
    assert len(family) == len(set(family))
    assert not set(family) & {word for text in (*ARTICLES, *COLOURS) for word in text.split()}


def test_november_is_busier_than_february(written: Simulated) -> None:
    log = cleaned(pd.read_parquet(written.log)).drop_duplicates("InvoiceNo")
    visits = log["InvoiceDate"].dt.strftime("%Y-%m").value_counts()
    assert visits["2024-11"] > 1.2 * visits["2024-02"]
