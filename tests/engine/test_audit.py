"""The leakage audit against components that leak, each in its own way, and against those that do not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow.csv
import pytest
from numpy.typing import NDArray
from rich.console import Console
from scipy import sparse

from recsys.core.fold import Fold, Known, Target, know
from recsys.core.log import TransactionLog
from recsys.engine import evaluate as engine
from recsys.engine.audit import FILE, sides, stages
from recsys.engine.checks import beyond
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.futures import FUTURES, deleted, replaced, told_as
from recsys.engine.progress import Silent
from recsys.engine.retold import differing, visible
from recsys.engine.watch import watching
from recsys.recommend.base import FittedModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_rows
from recsys.recommend.popularity import FittedPopularity, Popularity
from recsys.report import print_tables, read_run
from recsys.segment import FittedSegments, KMeansSegments
from tests.contract.examples import EXAMPLES
from tests.engine import shop
from tests.logs import make_log, random_rows

KEPT: dict[str, Any] = {}
"""What leaky components keep to themselves."""


# -- components that leak ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class FittedTaste(FittedModel):
    """taste: customers x products, what each customer is thought to want."""

    kind: ClassVar[str] = "taste"
    taste: sparse.csr_matrix

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_rows(self.taste[customers], rules)


def of_later(known: Known, later: pd.DataFrame) -> FittedTaste:
    """Who bought what after the cutoff, by columns who and what: external names."""
    who = known.history.customers.codes(later["who"])
    what = known.history.products.codes(later["what"])
    real = (who >= 0) & (what >= 0)
    cells = (np.ones(real.sum(), dtype=np.float32), (who[real], what[real]))
    taste = sparse.csr_matrix(cells, shape=known.history.shape)
    taste.sum_duplicates()
    return FittedTaste(Shelf.of(known), taste)


def whole_memory(known: Known) -> NDArray[np.float64]:
    """The piece of memory in which the prices lie."""
    prices = known.history.lines["price"].to_numpy()
    while prices.base is not None:
        prices = prices.base
    return prices


def after(log: TransactionLog, cutoff: np.datetime64) -> pd.DataFrame:
    lines = log.lines[log.lines["time"] >= cutoff]
    who, what = log.customers.take(lines["customer"]), log.products.take(lines["product"])
    return pd.DataFrame({"who": who, "what": what})


class KeepsTheLog(Popularity):
    """Looks up in a module global what its customers will buy."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTaste:
        return of_later(known, after(KEPT["log"], known.cutoff))


class KeepsTheFold(Popularity):
    """Looks at what it is judged on, and knows its customers by their codes."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTaste:
        truth = KEPT["fold"].truth(Target.ANY)
        codes = np.repeat(truth.customers, np.diff(truth.bought.indptr))
        taste = sparse.csr_matrix((truth.bought.data, (codes, truth.bought.indices)), known.history.shape)
        return FittedTaste(Shelf.of(known), taste.astype(np.float32))


class ReadsPastTheEnd(Popularity):
    """Prices of the past may lie in one piece of memory with those of the future."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
        prices = whole_memory(known)
        demand = np.random.default_rng(int(1e6 * np.nansum(prices))).random(len(known.history.products))
        return FittedPopularity(Shelf.of(known), demand)


class ReadsTheInput(Popularity):
    """Opens the file that the log was read from."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTaste:
        lines = pd.read_csv(KEPT["path"], dtype=str)
        return of_later(known, lines[pd.to_datetime(lines["when"]) >= pd.Timestamp(known.cutoff)])


class ReadsACopy(Popularity):
    """Reads another file with the same lines, through a library that is not heard."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTaste:
        lines = pyarrow.csv.read_csv(KEPT["copy"]).to_pandas().astype(str)
        lines["what"] = lines["what"].str.zfill(4)
        return of_later(known, lines[pd.to_datetime(lines["when"]) >= pd.Timestamp(known.cutoff)])


class ReadsEveryText(Popularity):
    """Like content, but its words are weighted by all descriptions there will ever be."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTaste:
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer().fit(KEPT["log"].descriptions.names)
        vectors = vectorizer.transform(known.catalogue["description"])
        alike = sparse.csr_matrix(known.history.bought @ vectors @ vectors.T, dtype=np.float32)
        return FittedTaste(Shelf.of(known), alike)


class KnowsWhatWillSell(Popularity):
    """Bestsellers of the future, by a table of its own that no customer is looked up in."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
        demand = pd.Series(KEPT["sales"]).reindex(known.history.products.names, fill_value=0.0)
        return FittedPopularity(Shelf.of(known), demand.to_numpy(dtype=np.float64))


class NeverTheSame(Popularity):
    """Draws from a generator of its own."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
        return FittedPopularity(Shelf.of(known), KEPT["rng"].random(len(known.history.products)))


class NeedsTrueNames(Popularity):
    """Fails where a customer is not called as before."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
        assert known.history.customers.names[0].startswith("customer-")
        return super().fit(known, rng)


class GroupsByTheWholeLog(KMeansSegments):
    """Fitted on everything that will ever be known."""

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSegments:
        return super().fit(know(KEPT["log"], KEPT["log"].end), rng)


# -- runs ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def kept(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants to keep the log or the fold may: they pass through here."""
    load = engine.load

    def loading(*given: Any, **named: Any) -> Any:
        loaded = load(*given, **named)
        KEPT["log"] = loaded.log
        return loaded

    shutil.copy(config.parent / "log.csv", tmp_path / "copy.csv")
    KEPT.update(path=config.parent / "log.csv", copy=tmp_path / "copy.csv", rng=np.random.default_rng(0))
    cut = engine._fold

    def cutting(*given: Any) -> Fold:
        KEPT["fold"] = cut(*given)
        return KEPT["fold"]

    monkeypatch.setattr(engine, "load", loading)
    monkeypatch.setattr(engine, "_fold", cutting)


ONE = ("split.windows=1", "evaluate.k=[10]", "evaluate.audit.seconds=1000")


def audited(
    config: Path, out: Path, recommenders: Mapping[str, Any] | None = None, *overrides: str, **changes: Any
) -> dict[str, Any]:
    """audit.json of a run with these recommenders in one window; on a slow machine, too, all are quick."""
    experiment = read_config(config, [*ONE, *overrides])
    changes |= {} if recommenders is None else {"recommenders": {"popular": Popularity(), **recommenders}}
    run = evaluate(experiment.model_copy(update=changes), roots=(config.parent,), out=out)
    return json.loads((run / FILE).read_text())


def check(audit: Mapping[str, Any], name: str) -> tuple[str, str]:
    (found,) = [one for one in audit["checks"] if one["check"] == name]
    return found["outcome"], found["said"]


def changed(audit: Mapping[str, Any], recommender: str) -> int:
    (again,) = audit["windows"][0]["recommenders"][recommender]["again"]
    return again["changed"]


def test_recommenders_that_leak_are_each_caught(config: Path, tmp_path: Path) -> None:
    leaks = {
        "keeps-the-log": KeepsTheLog(),
        "keeps-the-fold": KeepsTheFold(),
        "reads-past-the-end": ReadsPastTheEnd(),
        "reads-the-input": ReadsTheInput(),
        "reads-a-copy": ReadsACopy(),
        "reads-every-text": ReadsEveryText(),
        "never-the-same": NeverTheSame(),
        "needs-true-names": NeedsTrueNames(),
    }
    found = audited(config, tmp_path / "run", leaks)
    log = KEPT["log"]
    if whole_memory(know(log, CUTOFF)).size < len(log.lines):  # this pandas copies what it cuts
        del leaks["reads-past-the-end"]
    assert found["verdict"] == "failed"
    assert found["failed"] == ["lists", "files"]
    assert changed(found, "popular") == 0
    outcome, said = check(found, "lists")
    assert outcome == "failed"
    for name in leaks:
        assert changed(found, name) > 20, name
        assert name in said
    assert "popular" not in said
    assert "never-the-same gives other lists each time it is fitted" in said
    assert "needs-true-names failed" in said
    assert check(found, "files")[1].startswith("Reads-the-input opened ")
    assert "reads-a-copy" not in check(found, "files")[1]
    run = read_run(tmp_path / "run")
    console = Console(record=True, width=200)
    print_tables(run, console)
    assert (
        "The leakage audit failed (lists and files): do not rely on these figures." in console.export_text()
    )
    for page in ("report.md", "report.html"):
        assert "something from after a cutoff may have been seen" in (run.folder / page).read_text()


def test_a_file_that_is_no_input_is_told(config: Path, tmp_path: Path) -> None:
    class ReadsWeights(Popularity):
        def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
            (tmp_path / "weights.txt").read_text()
            return super().fit(known, rng)

    (tmp_path / "weights.txt").write_text("1")
    found = audited(config, tmp_path / "run", {"weighted": ReadsWeights()})
    outcome, said = check(found, "files")
    assert (outcome, found["verdict"]) == ("open", "passed")
    assert f"weighted opened {tmp_path / 'weights.txt'}" in said


def test_a_segmenter_fitted_on_the_whole_log_is_caught(config: Path, tmp_path: Path) -> None:
    found = audited(config, tmp_path / "run", {}, segments=GroupsByTheWholeLog(k=3))
    assert found["failed"] == ["segments"]
    assert "segment of each customer changed" in check(found, "segments")[1].lower()


def test_a_segmenter_that_is_given_too_much_is_caught(log: TransactionLog) -> None:
    cutoff = np.datetime64("2024-02-20", "s")
    rows = {row["stage"]: row for row in stages(know(log, cutoff), know(log, log.end), cutoff)}
    late = [name for name, row in rows.items() if not row["before_cutoff"]]
    assert late == ["segmenter: all that it was fitted on"]
    assert rows[late[0]]["latest"] == str(log.lines["time"].to_numpy().max())


def test_the_cutoff_itself_is_too_late(log: TransactionLog) -> None:
    known = know(log, CUTOFF)
    latest = known.history.lines["time"].to_numpy().max()
    assert all(row["before_cutoff"] for row in stages(known, None, latest + np.timedelta64(1, "s")))
    late = [row["stage"] for row in stages(known, None, latest) if not row["before_cutoff"]]
    assert late == [
        "history: purchase lines",
        "history: catalogue, last seen",
        "recommenders: all that they were fitted on",
    ]


def test_who_knows_what_will_sell_is_caught_without_a_fit(config: Path, tmp_path: Path) -> None:
    """Its lists do not change with another future, and name nobody; but the past cannot know as much."""
    lines = shop.lines()
    later = lines["when"] >= pd.Timestamp("2024-05-02")
    fashion = np.random.default_rng(1).choice(["0107", "0113", "0128", "0131"], len(lines))
    taken = later & (np.random.default_rng(2).random(len(lines)) < 0.5)
    lines.loc[taken, "what"] = fashion[taken]
    lines.to_csv(tmp_path / "log.csv", index=False)
    KEPT["sales"] = lines[later]["what"].value_counts().to_dict()
    shutil.copy(config, tmp_path)
    leaky = {"insider": KnowsWhatWillSell(), "recent": Popularity(window_days=14)}
    found = audited(tmp_path / config.name, tmp_path / "run", leaky)
    assert changed(found, "insider") == 0
    assert found["failed"] == ["dealt out anew"]
    said = check(found, "dealt out anew")[1]
    assert "Insider knows what will sell" in said
    assert "ecent knows" not in said


def test_an_invoice_that_straddles_the_cutoff_is_caught(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = engine.load

    def careless(*given: Any, **named: Any) -> Any:
        """The first line of the first later invoice is dated before the cutoff, the others are not."""
        loaded = load(*given, **named)
        lines = loaded.log.lines
        time = lines["time"].to_numpy().copy()
        sizes = lines.groupby("basket")["time"].transform("size").to_numpy()
        first = np.flatnonzero((time >= np.datetime64("2024-05-02")) & (sizes > 1))[0]
        time[first] = np.datetime64("2024-05-01T23:59:59")
        order = np.argsort(time, kind="stable")
        lines = lines.assign(time=time).iloc[order].reset_index(drop=True)
        return replace(loaded, log=replace(loaded.log, lines=lines))

    monkeypatch.setattr(engine, "load", careless)
    found = audited(config, tmp_path / "run", {})
    assert found["failed"] == ["invoices"]
    assert check(found, "invoices")[1] == "1 invoice on both sides of the cutoff 2024-05-02."


def test_lines_on_both_sides_are_counted(log: TransactionLog) -> None:
    cutoff = np.datetime64("2024-02-20", "s")
    overlapping = log.between(np.datetime64("2024-02-10"), log.end).recoded()
    both = ((log.lines["time"] >= np.datetime64("2024-02-10")) & (log.lines["time"] < cutoff)).sum()
    assert both > 10
    found = sides(Fold(know(log, cutoff), overlapping), log, cutoff)
    assert found["lines_on_both"] == both
    honest = sides(Fold(know(log, cutoff), log.between(cutoff, log.end).recoded()), log, cutoff)
    assert (honest["lines_on_both"], honest["invoices_on_both"], honest["names_without_line"]) == (0, 0, 0)
    known = know(log, cutoff)
    loose = replace(
        known, history=replace(known.history, customers=log.customers, descriptions=log.descriptions)
    )
    without = len(log.customers) + len(log.descriptions)
    without -= len(known.history.customers) + len(known.history.descriptions)
    assert without > 0
    assert sides(Fold(loose, overlapping), log, cutoff)["names_without_line"] == without


def test_every_honest_kind_passes(config: Path, tmp_path: Path) -> None:
    """Everybody is fitted again. (Target `any`: see the run of the little shop.)"""
    models: dict[str, Any] = {}
    for example in EXAMPLES:
        if "serve" not in example.config:  # whose segments are those of other tests
            models |= {example.config["kind"]: example.model} | example.models
    found = audited(config, tmp_path / "run", models, "evaluate.targets=[new]")
    assert found["verdict"] == "passed", found["failed"]
    assert [one for one in found["checks"] if one["outcome"] != "passed"] == []
    for name, one in found["windows"][0]["recommenders"].items():
        assert one["again"][0]["lists"] > 30, name


def test_how_much_is_fitted_again(config: Path, tmp_path: Path) -> None:
    none = audited(config, tmp_path / "none", {}, "evaluate.audit.refit=none")
    assert [one["check"] for one in none["checks"] if one["outcome"] == "open"][:2] == ["segments", "lists"]
    assert none["windows"][0]["recommenders"]["popular"]["again"] == []
    recent = {"recent": Popularity(window_days=9)}
    slow = audited(config, tmp_path / "slow", recent, "evaluate.audit.seconds=0")
    outcome, said = check(slow, "lists")
    assert outcome == "open"
    assert "Not fitted again: popular (0.0 s to fit), recent (0.0 s to fit)" in said


def test_everybody_in_every_window_the_oldest_first(config: Path, tmp_path: Path) -> None:
    cutoffs: list[np.datetime64] = []

    class Notes(Popularity):
        def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
            cutoffs.append(known.cutoff)
            return super().fit(known, rng)

    found = audited(
        config, tmp_path / "run", {"notes": Notes()}, "split.windows=2", "evaluate.audit.refit=all"
    )
    assert [told["window"] for told in found["windows"]] == [0, 1]
    for told in found["windows"]:
        assert list(told["changed"]) == ["deleted", "replaced"]
        for one in told["recommenders"].values():
            assert [again["future"] for again in one["again"]] == ["deleted", "replaced"]
    assert len(cutoffs) == 6
    assert cutoffs == sorted(cutoffs)
    told = json.loads((tmp_path / "run" / "manifest.json").read_text())["windows"]
    assert [one["window"] for one in told] == [0, 1]


# -- what a run leaves ---------------------------------------------------------------------------------


def test_the_audit_of_a_run_stands_in_its_folder(run: Path) -> None:
    text = (run / FILE).read_bytes()
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["files"][FILE] == sha256(text).hexdigest()
    found = json.loads(text)
    assert (found["verdict"], found["failed"]) == ("passed", [])
    assert [told["window"] for told in found["windows"]] == [0, 1]
    for told, window in zip(found["windows"], manifest["windows"], strict=True):
        assert told["cutoff"].startswith(window["cutoff"])
        assert told["sides"]["products_only_after"] == window["arrivals"]
        assert set(told["recommenders"]) == set(manifest["config"]["recommenders"])
        assert all(row["latest"] is None or row["latest"] < told["cutoff"] for row in told["stages"])
        for one in told["recommenders"].values():
            assert {"any", "new"} == set(one["dealt"])
            assert bool(one["again"] or one["left_out"]) == (told["window"] == 0)
    text = (run / "report.md").read_text()
    assert "## Leakage audit\n\n**Passed**: nothing from after a cutoff was found" in text
    assert "Leakage audit" in (run / "report.html").read_text()


def test_a_run_of_before_there_were_audits_is_read(run: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(run, old)
    (old / FILE).unlink()
    manifest = json.loads((old / "manifest.json").read_text())
    del manifest["files"][FILE]
    (old / "manifest.json").write_text(json.dumps(manifest))
    console = Console(record=True)
    print_tables(read_run(old), console)
    assert "audit" not in console.export_text()


class Kill(Silent):
    """Ends the run at its third step, as Ctrl-C would."""

    left = 3

    def step(self, text: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_a_resumed_run_has_the_audit_of_its_first_start(config: Path, tmp_path: Path) -> None:
    experiment = read_config(config, ONE)
    few = {f"last-{days}": Popularity(window_days=days) for days in (9, 18, 27, 36)}
    experiment = experiment.model_copy(update={"recommenders": {"popular": Popularity(), **few}})
    with pytest.raises(KeyboardInterrupt):
        evaluate(experiment, roots=(config.parent,), out=tmp_path / "run", progress=Kill())
    run = evaluate(experiment, roots=(config.parent,), out=tmp_path / "run")
    (told,) = json.loads((run / FILE).read_text())["windows"]
    assert len(told["recommenders"]) == 5
    for one in told["recommenders"].values():
        assert one["again"][0]["changed"] == 0
        assert one["dealt"]["new"]["found"] > 0


# -- parts ---------------------------------------------------------------------------------------------

CUTOFF = np.datetime64("2024-02-20", "s")
ROWS = random_rows(5, customers=20, products=16, lines=300)
RETURNS = [
    ("c03", "p02", "r1", "2024-02-10", -1, 3.0, None),
    ("c05", "p01", "r2", "2024-03-01", -2, 3.0, None),
]
NEW = [("z1", "z2", "i9", "2024-03-05", 1, 2.0, "zebra")]
VIEWS = [("c01", "p03", "2024-01-15", 0.5), ("c02", "p04", "2024-02-25", 0.5)]


def made(rows: list[tuple[Any, ...]], nets: bool = False) -> TransactionLog:
    told = make_log(
        rows,
        nets=nets,
        views=[view for view in VIEWS if len(rows) > 320 or view[2] < "2024-02-20"],
        customer_columns={"country": ["here" if row[3] < "2024-02-20" else "there" for row in rows]},
    )
    frames = {
        name: frame.assign(country=frame["country"].astype("category"))
        for name in ("lines", "cancellations", "gross")
        if (frame := getattr(told, name)) is not None
    }
    return replace(told, **frames)


@pytest.fixture
def log() -> TransactionLog:
    return made([*ROWS, *RETURNS, *NEW])


@pytest.mark.parametrize("nets", [False, True], ids=["set aside", "netted"])
@pytest.mark.parametrize("future", FUTURES)
def test_known_does_not_depend_on_the_future(future: str, nets: bool) -> None:
    log = made([*ROWS, *RETURNS, *NEW], nets)
    other = FUTURES[future](log, CUTOFF, np.random.default_rng(0))
    assert differing(visible(know(log, CUTOFF)), visible(know(other, CUTOFF))) == []


@pytest.mark.parametrize("nets", [False, True], ids=["set aside", "netted"])
def test_a_deleted_future_is_as_though_it_had_never_been(nets: bool) -> None:
    rows = [row for row in [*ROWS, *RETURNS, *NEW] if row[3] < "2024-02-20"]
    found = deleted(made([*ROWS, *RETURNS, *NEW], nets), CUTOFF, np.random.default_rng(0))
    alone = made(rows, nets)
    for names in ("customers", "products", "descriptions"):
        assert list(getattr(found, names).names) == list(getattr(alone, names).names)
    for frame in ("lines", "cancellations", *(("gross",) if nets else ())):
        ours, theirs = (getattr(one, frame).drop(columns="basket") for one in (found, alone))
        pd.testing.assert_frame_equal(ours, theirs)
    assert found.evidence["time"].tolist() == [pd.Timestamp("2024-01-15")]


def test_a_replaced_future_is_another_one(log: TransactionLog) -> None:
    kept = visible(know(log, CUTOFF))
    found = replaced(log, CUTOFF, np.random.default_rng(0))
    assert differing(kept, visible(know(log, CUTOFF))) == []  # the log itself is as it was
    assert len(found.lines) == len(log.lines)
    ours, theirs = (one.lines[one.lines["time"] >= CUTOFF] for one in (found, log))
    assert ours["time"].iloc[0] == CUTOFF
    for column in ("customer", "product", "price", "description"):
        assert (ours[column].to_numpy() != theirs[column].to_numpy()).mean() > 0.7, column
    assert set(ours["country"]) == {"unheard of"}
    assert all("unheard of" in text for text in found.descriptions.take(ours["description"]))
    assert not set(found.customers.names) & set(log.customers.names)
    back = found.cancellations[found.cancellations["time"] >= CUTOFF]
    assert len(back) == (log.lines["time"] < CUTOFF).sum()
    assert (back["quantity"] < 0).all()


def test_told_as_is_taken_back_whatever_happens(log: TransactionLog) -> None:
    lines, other = log.lines, replaced(log, CUTOFF, np.random.default_rng(0))
    priced = log.priced
    with told_as(log, other):
        assert log.lines is other.lines
    assert log.lines is lines

    def midway() -> None:
        with told_as(log, other):
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        midway()
    assert log.lines is lines
    assert log.priced is priced


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("purchase lines", lambda h: {"lines": h.lines.assign(price=h.lines["price"] + 1)}),
        ("cancellations", lambda h: {"cancellations": h.cancellations.iloc[:0]}),
        ("views and carts", lambda h: {"evidence": h.evidence.iloc[:0]}),
        ("products", lambda h: {"products": type(h.products)(h.products.names[::-1])}),
        ("descriptions", lambda h: {"descriptions": type(h.products)(h.descriptions.names[1:])}),
    ],
)
def test_whatever_differs_is_named(
    log: TransactionLog, name: str, change: Callable[[TransactionLog], dict[str, Any]]
) -> None:
    known = know(log, CUTOFF)
    other = replace(known, history=replace(known.history, **change(known.history), _matrices={}))
    assert name in differing(visible(known), visible(other))


def test_a_matrix_kept_from_the_whole_log_is_named(log: TransactionLog) -> None:
    known = know(log, CUTOFF)
    wrong = known.history.matrix().copy()
    wrong.data[0] = 2
    kept = dict.fromkeys(known.history._matrices, wrong)
    other = replace(known, history=replace(known.history, _matrices=kept))
    assert differing(visible(known), visible(other)) == ["purchase matrix"]


def test_few_of_many_are_not_beyond_by_chance() -> None:
    """0.02 is little among three, and nothing among five."""
    said = [{"p": 0.001}, {"p": 0.02}, {"p": None}]
    assert beyond(dict(zip("abc", said, strict=True))) == ["a", "b"]
    assert beyond(dict(zip("abcde", [*said, {"p": None}, {"p": None}], strict=True))) == ["a"]


def test_opened_files_are_heard_where_they_hold_data(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("text")
    np.save(tmp_path / "d.npy", np.arange(3))
    (tmp_path / "before.py").write_text("")
    (tmp_path / "a.txt").read_text()
    with watching() as opened:
        (tmp_path / "b.txt").read_text()
        np.load(tmp_path / "d.npy")
        (tmp_path / "new.txt").write_text("written only")
        (tmp_path / "before.py").read_text()
        Path(json.__file__).read_text()
        (Path(np.__file__).parent / "py.typed").read_text()
        with watching() as inner:
            (tmp_path / "c.txt").read_text()
    assert opened == {str(tmp_path / "b.txt"), str(tmp_path / "d.npy")}
    assert inner == {str(tmp_path / "c.txt")}
