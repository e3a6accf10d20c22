"""Logs as shops write them: guessed, written as a config, and judged by it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.core.errors import ConfigError, SourceError
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.start import Started, path_from, start, title
from tests.logs_of_shops import DAYS, purchases

QUICK = (
    "recommenders={popular: {kind: popularity}, segment-bestsellers: {kind: segment-bestsellers}}",
    "split={kind: holdout, holdout_days: 28}",
    "segments.k=4",
    "evaluate.audit.refit=none",
    "evaluate.k=[10]",
)
ALL = {
    "customer": "customer",
    "product": "product",
    "time": "time",
    "invoice": "invoice",
    "quantity": "quantity",
    "price": "price",
    "words": "description",
    "land": "country",
}
SEPTEMBER = pd.Timestamp("2024-09-01")


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def text(frame: pd.DataFrame, name: str, encoding: str = "utf-8", **how: Any) -> Path:
    Path(name).write_bytes(frame.to_csv(index=False, **how).encode(encoding))
    return Path(name)


def of(form: str) -> Callable[[pd.Series], pd.Series]:
    return lambda times: times.dt.strftime(form)


def german(frame: pd.DataFrame) -> Path:
    names = ["Belegnr", "Kundennummer", "Artikelnummer", "Rechnungsdatum", "Menge", "Einzelpreis"]
    made = frame.assign(
        time=of("%d.%m.%Y %H:%M")(frame["time"]),
        price=frame["price"].map("{:.2f}".format).str.replace(".", ","),
    )
    made.columns = [*names, "Artikelbezeichnung", "Land", "Warengruppe"]
    return text(made, "umsatz.csv", "latin-1", sep=";")


def tab(frame: pd.DataFrame) -> Path:
    return text(
        frame.rename(columns={"customer": "user_id", "product": "sku", "quantity": "qty"}), "t.tsv", sep="\t"
    )


def bar(frame: pd.DataFrame) -> Path:
    names = {"customer": "CLIENT_NO", "product": "ITEM_CODE", "time": "TRANS_DATE", "invoice": "RECEIPT_NO"}
    made = frame.rename(columns=names).assign(TRANS_DATE=of("%d-%b-%Y")(frame["time"]))
    return text(made, "bar.txt", sep="|")


def american(frame: pd.DataFrame) -> Path:
    names = {"customer": "Customer ID", "product": "Product ID", "time": "Order Date", "invoice": "Order ID"}
    return text(frame.assign(time=of("%m/%d/%Y %I:%M %p")(frame["time"])).rename(columns=names), "us.csv")


def zoned(frame: pd.DataFrame) -> Path:
    made = frame.assign(time=of("%Y-%m-%dT%H:%M:%S+02:00")(frame["time"]))
    return text(made.rename(columns={"time": "created_at", "customer": "buyerId"}), "zoned.csv")


def epoch(frame: pd.DataFrame) -> Path:
    seconds = (frame["time"] - pd.Timestamp(0)) // pd.Timedelta(seconds=1)
    return text(
        frame.assign(time=seconds).rename(columns={"time": "timestamp", "product": "asin"}), "epoch.csv"
    )


def workbook(frame: pd.DataFrame) -> Path:
    with pd.ExcelWriter("shop.xlsx") as book:
        pd.DataFrame({"about": ["purchases of 2024"]}).to_excel(book, sheet_name="Read me", index=False)
        frame.to_excel(book, sheet_name="Lines", index=False)
    return Path("shop.xlsx")


def parquet(frame: pd.DataFrame) -> Path:
    frame.assign(time=frame["time"].dt.tz_localize("Europe/Vienna")).to_parquet("shop.parquet")
    return Path("shop.parquet")


def no_invoice(frame: pd.DataFrame) -> Path:
    return text(frame.drop(columns="invoice"), "no-invoice.csv")


def no_price(frame: pd.DataFrame) -> Path:
    return text(frame.drop(columns=["price", "quantity", "words"]), "no-price.csv")


def totals(frame: pd.DataFrame) -> Path:
    made = frame.assign(price=(frame["price"] * frame["quantity"]).round(2))
    return text(made.rename(columns={"price": "amount"}), "totals.csv")


def totals_called_price(frame: pd.DataFrame) -> Path:
    return text(frame.assign(price=(frame["price"] * frame["quantity"]).round(2)), "called-price.csv")


def french(frame: pd.DataFrame) -> Path:
    made = frame.assign(time=of("%d/%m/%Y %H:%M")(frame["time"])).drop(columns="group")
    made.columns = pd.Index(
        [
            "N° facture",
            "Client",
            "Référence produit",
            "Date d'achat",
            "Quantité",
            "Prix unitaire",
            "Désignation",
            "Pays",
        ]
    )
    return text(made, "ventes.csv", "cp1252", sep=";", decimal=",")


def spanish(frame: pd.DataFrame) -> Path:
    made = frame.assign(time=of("%d/%m/%Y")(frame["time"])).drop(columns="group")
    made.columns = pd.Index(
        [
            "Pedido",
            "Cliente",
            "Código artículo",
            "Fecha",
            "Cantidad",
            "Precio unitario",
            "Descripción",
            "País",
        ]
    )
    return text(made, "ventas.csv", sep=";", decimal=",")


def fashion(frame: pd.DataFrame) -> Path:
    """As H&M publishes: no units, no invoice, a channel that is no quantity."""
    made = pd.DataFrame(
        {
            "t_dat": of("%Y-%m-%d")(frame["time"]),
            "customer_id": frame["customer"].map(lambda id_: f"{id_ * 7919:064x}"),
            "article_id": frame["product"].map("0{}001".format),
            "price": frame["price"] / 1000,
            "sales_channel_id": 1 + frame["customer"] % 2,
        }
    )
    return text(made, "transactions_train.csv")


def groceries(frame: pd.DataFrame) -> Path:
    """As Instacart publishes, but with dates: numbers that count within an order or a customer."""
    made = pd.DataFrame(
        {
            "order_id": frame["invoice"],
            "product_id": frame["product"],
            "add_to_cart_order": frame.groupby("invoice").cumcount() + 1,
            "reordered": frame.duplicated(["customer", "product"]).astype(int),
            "user_id": frame["customer"],
            "order_number": frame.groupby("customer")["invoice"].rank(method="dense").astype(int),
            "order_dow": frame["time"].dt.day_of_week,
            "order_hour_of_day": frame["time"].dt.hour,
            "order_date": of("%Y%m%d")(frame["time"]),
            "product_name": frame["words"],
            "aisle": frame["group"],
        }
    )
    return text(made, "instacart.csv")


def clicks(frame: pd.DataFrame) -> Path:
    """Views beside purchases, in milliseconds."""
    bought = frame.assign(event_type="purchase")
    views = pd.concat([frame.assign(event_type="view"), bought]).sort_values(["time", "event_type"])
    millis = (views["time"] - pd.Timestamp(0)) // pd.Timedelta(milliseconds=1)
    made = views.assign(time=millis).rename(
        columns={"customer": "visitorid", "product": "itemid", "time": "timestamp"}
    )
    return text(made.drop(columns=["invoice", "land"]), "events.csv")


def returned(frame: pd.DataFrame) -> Path:
    """As the UCI logs: cancelled invoices, postage as a product, thousands parted."""
    back = frame.iloc[::25].assign(
        invoice="C" + frame["invoice"].iloc[::25].astype(str), quantity=-frame["quantity"].iloc[::25]
    )
    postage = frame.iloc[::90].assign(product="POST", words="POSTAGE", price=18.0)
    made = pd.concat([frame, back, postage]).sort_values("time", kind="stable")
    made["price"] = made["price"].mul(100).map("{:,.2f}".format)
    names = {"invoice": "InvoiceNo", "product": "StockCode", "time": "InvoiceDate", "price": "UnitPrice"}
    return text(made.rename(columns=names), "returned.csv")


def meaningless(frame: pd.DataFrame) -> Path:
    made = frame[["invoice", "customer", "product", "time"]]
    made.columns = pd.Index(["f1", "f2", "f3", "f4"])
    return text(made, "nameless.csv")


NO_MONEY = {"customer", "product", "time", "invoice", "country", "description"}
SHOPS: dict[Callable[[pd.DataFrame], Path], tuple[set[str], dict[str, Any]]] = {
    german: ({*ALL.values(), "category"}, {"separator": ";", "decimal": ",", "encoding": "cp1252"}),
    tab: ({*ALL.values()}, {"separator": "\t"}),
    bar: ({*ALL.values()}, {"separator": "|"}),
    american: ({*ALL.values()}, {}),
    zoned: ({*ALL.values()}, {}),
    epoch: ({*ALL.values()}, {"date_format": "unix"}),
    workbook: ({*ALL.values()}, {"kind": "xlsx", "sheet": "Lines"}),
    parquet: ({*ALL.values()}, {"kind": "parquet"}),
    no_invoice: ({*ALL.values()} - {"invoice"}, {}),
    no_price: ({"customer", "product", "time", "invoice", "country"}, {}),
    totals: ({*ALL.values(), "total"} - {"price"}, {}),
    totals_called_price: ({*ALL.values(), "total"} - {"price"}, {}),
    french: ({*ALL.values()}, {"separator": ";", "decimal": ",", "encoding": "cp1252"}),
    spanish: ({*ALL.values()}, {"separator": ";", "decimal": ",", "encoding": "utf-8"}),
    fashion: ({"customer", "product", "time", "price"}, {}),
    groceries: (
        {"customer", "product", "time", "invoice", "description", "category"},
        {"date_format": "%Y%m%d"},
    ),
    clicks: (
        {"customer", "product", "time", "quantity", "price", "description", "event"},
        {"date_format": "unix-ms"},
    ),
    returned: ({*ALL.values()}, {"thousands": ","}),
    meaningless: ({"customer", "product", "time", "invoice"}, {}),
}


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.__name__)
def test_a_log_is_guessed_and_judged(shop: Callable[[pd.DataFrame], Path], tmp_path: Path) -> None:
    frame = purchases()
    log = shop(frame)
    roles, settings = SHOPS[shop]
    (tmp_path / "configs").mkdir()
    made = start(log, tmp_path / "configs" / "shop.yaml")
    source = made.guess.source
    assert {role for role in type(source.columns).model_fields if source.columns.names(role)} == roles
    assert {key: getattr(source, key) for key in settings} == settings
    _as_bought(made, frame)
    os.chdir("/")  # the config finds its log from anywhere
    experiment = read_config(made.config, QUICK)
    run = evaluate(experiment, roots=(made.config.parent,), out=tmp_path / "run")
    assert (run / "report.html").is_file()


def _as_bought(made: Started, frame: pd.DataFrame) -> None:
    """The log that was read is the one that was written."""
    log = made.loaded.log
    assert len(log.lines) == len(frame)
    assert len(log.customers) == frame["customer"].nunique()
    assert len(log.products) == frame["product"].nunique()
    assert (log.end - log.lines["time"].to_numpy()[0].astype("datetime64[D]")).astype(
        "timedelta64[D]"
    ).astype(int) == pytest.approx(DAYS, abs=3)


def test_the_report_of_a_guess_says_why() -> None:
    told = {one.what: one for one in start(german(purchases())).guess.findings}
    assert "50 ids" in told["customer"].why
    assert "day first" in told["date format"].why
    assert told["date format"].sure == "sure"
    assert "per unit" in told["price"].why
    assert "10028" in told["customer"].told
    assert "10028" not in Path("umsatz.yaml").read_text()  # a config is passed on


def test_dates_that_fit_both_ways_are_told() -> None:
    frame = purchases()
    frame = frame[frame["time"].dt.day <= 12]
    made = start(text(frame.assign(time=of("%m/%d/%Y")(frame["time"])), "both.csv"))
    assert made.guess.source.date_format == "%m/%d/%Y"
    assert [one.what for one in made.guess.doubtful] == ["date format", "description"]
    assert "# check:" in made.config.read_text()


def test_a_second_init_does_not_overwrite() -> None:
    log = text(purchases(), "shop.csv")
    start(log)
    Path("shop.yaml").write_text("mine")
    with pytest.raises(ConfigError, match="add --force"):
        start(log)
    assert Path("shop.yaml").read_text() == "mine"
    start(log, force=True)
    assert read_config(Path("shop.yaml")).name == "shop"
    assert sorted(path.name for path in Path().glob(".*")) == []


def test_the_user_knows_better() -> None:
    made = start(text(purchases(), "shop.csv"), columns={"category": "land", "description": "group"})
    assert made.guess.source.columns.category == "land"
    assert made.guess.source.columns.country is None


def test_units_called_amount_and_totals_called_price() -> None:
    frame = purchases()
    frame = frame.assign(price=(frame["price"] * frame["quantity"]).round(2)).drop(columns="invoice")
    names = {
        "time": "TRANSACTION_DT",
        "quantity": "AMOUNT",
        "price": "SALES_PRICE",
        "customer": "CUSTOMER_ID",
    }
    found = start(text(frame.rename(columns=names), "tafeng.csv")).guess
    assert found.source.columns.quantity == "AMOUNT"
    assert found.source.columns.total == "SALES_PRICE"
    assert {"quantity", "total"} <= {one.what for one in found.doubtful}


def test_what_tells_who_somebody_is_is_left_out() -> None:
    made = start(
        text(purchases().assign(email=purchases()["customer"].map("a{}@b.org".format)), "shop.csv"),
        columns={"customer": "customer"},
    )
    assert "'email' tells who a customer is: not mapped" in made.guess.said
    assert made.guess.source.customer_attributes == {}


def test_negative_units_without_a_mark_are_returns() -> None:
    frame = purchases()
    made = start(text(pd.concat([frame, frame.iloc[::30].assign(quantity=-1)]), "shop.csv"))
    assert made.guess.clean["quantity"][0] is False
    assert len(made.loaded.log.cancellations) == len(frame.iloc[::30])


@pytest.mark.parametrize(
    ("encoding", "words", "land"),
    [
        ("cp1251", "Чашка красная,Подушка для дивана,Свеча ароматная,Корзина малая", "Россия"),
        ("cp1253", "Κούπα κόκκινη,Μαξιλάρι καναπέ,Κερί αρωματικό,Καλάθι μικρό", "Ελλάδα"),
        ("shift_jis", "赤いカップ,クッション,香りのキャンドル,小さなバスケット", "日本"),
        ("gb18030", "红色杯子,沙发靠垫,香薰蜡烛,小篮子", "中国"),
        ("cp1252", "Tasse grün,Kissen für Gäste,Straßenkarte,Körbchen weiß", "Österreich"),
        ("cp1252", "Cojín pequeño,Lámpara,Jarrón de cristal,Paño de algodón", "España"),
    ],
)
def test_the_script_of_the_words_tells_the_encoding(encoding: str, words: str, land: str) -> None:
    frame = purchases().drop(columns="group")
    each = words.split(",")
    number = pd.factorize(frame["product"])[0]
    named = frame.assign(words=[f"{each[at % 4]} {at}" for at in number], land=land)
    made = start(text(named, "shop.csv", encoding))
    assert made.guess.source.encoding == encoding
    assert set(made.loaded.log.descriptions.names) == set(named["words"])
    (found,) = [one for one in made.guess.findings if one.what == "encoding"]
    assert found.sure == "likely"


@pytest.mark.parametrize(
    ("form", "comma", "sign"),
    [("€{:.2f}", False, "€"), ("{:,.2f}\u00a0zł", False, None), ("{:.2f} €", True, "€")],
)
def test_a_sign_in_the_prices_is_the_currency(form: str, comma: bool, sign: str | None) -> None:
    frame = purchases()
    prices = frame["price"].map(form.format)
    if comma:
        prices = prices.str.replace(".", ",")
    made = start(text(frame.assign(price=prices), "shop.csv"))
    config = read_config(made.config)
    assert config.currency == made.guess.currency == sign
    if sign is None:  # a word, and none of the signs of currencies
        assert config.source.columns.price is None
        return
    assert made.loaded.log.lines["price"].sum() == pytest.approx(frame["price"].sum())
    assert [one.value for one in made.guess.findings if one.what == "currency"] == ["€"]


def test_without_a_sign_no_currency_is_guessed() -> None:
    made = start(text(purchases(), "shop.csv"))
    assert read_config(made.config).currency is None
    assert "# currency: GBP" in made.config.read_text()


def test_money_with_its_code_is_told() -> None:
    frame = purchases()
    found = start(text(frame.assign(price=frame["price"].map("EUR {:.2f}".format)), "shop.csv")).guess
    assert found.source.columns.price is None
    assert "expected plain numbers" in found.said[0]


def test_a_date_beside_a_time_of_day() -> None:
    frame = purchases()
    made = frame.assign(date=of("%d/%m/%Y")(frame["time"]), time=of("%H:%M")(frame["time"]))
    found = start(text(made, "shop.csv")).guess
    assert found.source.columns.time == "date"
    assert "'time' is a time of day" in found.said[0]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (purchases().drop(columns="time"), "no column says when it was bought"),
        (purchases().drop(columns="customer"), "no column says who bought"),
        (purchases()[["time", "quantity", "price"]], "who bought .* and .* what was bought"),
        (purchases().assign(time=45_294.5), "'time' is named like it, but holds only 45294.5"),
        (purchases().set_axis(purchases().iloc[0].astype(str), axis=1), "expected a header with names"),
        (purchases().head(0), "holds a header and no lines"),
        (purchases()[["time"]], "has one column"),
        (purchases().assign(customer=range(len(purchases()))), "customer"),
        (purchases().query("time < '2024-01-04'"), "expected customers who come back"),
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_written(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        start(text(frame, "bad.csv"))
    assert not Path("bad.yaml").exists()


def test_what_is_no_log_is_told() -> None:
    Path("folder").mkdir()
    Path("empty.csv").write_bytes(b"")
    Path("binary.csv").write_bytes(bytes(range(256)) * 9)
    Path("broken.parquet").write_bytes(b"PAR1" + bytes(99))
    Path("broken.xlsx").write_bytes(b"PK\x03\x04" + bytes(99))
    for name, said in (
        ("folder", "is a folder"),
        ("empty.csv", "is empty"),
        ("binary.csv", "binary"),
        ("broken.parquet", "cannot be read as Parquet"),
        ("broken.xlsx", "cannot be read as a workbook"),
        ("absent.csv", "is not there"),
    ):
        with pytest.raises(SourceError, match=said):
            start(Path(name))
    with pytest.raises(ConfigError, match=r"end in \.yaml"):
        start(text(purchases(), "shop.csv"), Path("shop.txt"))
    with pytest.raises(ConfigError, match="is no folder"):
        start(Path("shop.csv"), Path("absent/shop.yaml"))
    with pytest.raises(ConfigError, match="is a folder"):
        start(text(purchases(), "shop.csv"), Path("folder"))


def test_a_column_that_is_not_there_is_told() -> None:
    log = text(purchases(), "shop.csv")
    with pytest.raises(SourceError, match="did you mean 'customer'"):
        start(log, columns={"customer": "custmer"})
    with pytest.raises(SourceError, match="expected a role of customer"):
        start(log, columns={"client": "customer"})
    for columns, said in (
        ({"time": "words"}, "expected dates"),
        ({"price": "words"}, "expected plain numbers"),
        ({"price": "price", "total": "quantity"}, "remove the other"),
        ({"customer": "customer", "product": "customer"}, "has two roles"),
    ):
        with pytest.raises(SourceError, match=said):
            start(log, columns=columns)


def test_titles_and_paths(tmp_path: Path) -> None:
    assert title(Path("a b/Sales 2024.csv.gz")) == "Sales-2024"
    assert title(Path("日本.csv")) == "log"
    assert path_from(tmp_path, tmp_path / "data" / "log.csv") == "data/log.csv"
    assert path_from(tmp_path / "configs", tmp_path / "data" / "log.csv") == "../data/log.csv"
    assert path_from(tmp_path / "a" / "b", tmp_path / "log.csv") == str(tmp_path / "log.csv")


@pytest.mark.reference
@pytest.mark.parametrize("name", ["online_retail.parquet", "online_retail_II_2009-2010.parquet"])
def test_the_reference_logs(name: str) -> None:
    if not (Path(os.environ.get("RECSYS_DATA_DIR", "data")) / name).is_file():
        pytest.skip(f"{name} is not here: set RECSYS_DATA_DIR to the folder that holds it")
    made = start(Path(name), Path("uci.yaml"))
    assert {role for role in ALL.values() if made.guess.source.columns.names(role)} == {*ALL.values()}
    assert made.guess.clean["cancellations"][0] == {"mode": "drop", "prefix": "C"}
    assert made.guess.clean["product_code"][0] == r"^\d{5}[A-Za-z]*$"
    assert made.cut.holdout_days == 28
    assert made.cut.windows == 3
