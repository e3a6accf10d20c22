"""The folder: same bytes, refusals, nothing half-written, and the command that makes it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from recsys.cli.simulate import simulate as command
from recsys.core.errors import ConfigError, RunError
from recsys.simulate import Settings, Simulated, simulate, write

TINY = Settings(customers=60, products=80, days=100)
FILES = {
    "log.parquet",
    "moments.csv",
    "simulation.json",
    "truth/bayes.json",
    "truth/customers.parquet",
    "truth/next_purchase.parquet",
    "truth/oracle.csv",
    "truth/products.parquet",
}


def _digests(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _make(out: Path, seed: int = 1, **options: object) -> Simulated:
    return simulate(TINY, np.random.default_rng(seed), out, seed=seed, **options)  # type: ignore[arg-type]


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    one, two, other = (
        _digests(_make(tmp_path / name, seed).folder) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert set(one) == FILES
    assert one == two
    assert one["log.parquet"] != other["log.parquet"]


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    csv = pd.read_csv(
        _make(tmp_path / "csv", form="csv").log,
        dtype={"InvoiceNo": "str", "StockCode": "str", "CustomerID": "str"},
        parse_dates=["InvoiceDate"],
    )
    parquet = pd.read_parquet(_make(tmp_path / "parquet").log)
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)


def test_truth_fits_the_log(written: Simulated) -> None:
    truth = written.folder / "truth"
    customers = pd.read_parquet(truth / "customers.parquet")
    products = pd.read_parquet(truth / "products.parquet")
    chances = pd.read_parquet(truth / "next_purchase.parquet")
    log = pd.read_parquet(written.log)
    assert set(log["CustomerID"].dropna()) == set(customers["customer"])
    assert set(log["StockCode"][log["StockCode"].str.match(r"\d")]) <= set(products["product"])
    assert chances["customer"].nunique() == 200
    assert set(chances["customer"]) <= set(customers["customer"])
    assert set(chances["product"]) <= set(products["product"])
    assert chances["probability"].between(0, 1, inclusive="neither").all()
    assert customers["family"].notna().equals(customers["type"] == "family")
    facts = json.loads((written.folder / "simulation.json").read_text())
    assert facts["seed"] == 11
    assert facts["settings"]["customers"] == 1500


def test_folder_in_use_is_refused_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(RunError, match=r"not empty.*--force"):
        _make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
    _make(tmp_path, force=True, form="csv")
    assert set(_digests(_make(tmp_path, seed=2, force=True).folder)) == FILES | {"note.txt"}
    assert json.loads((tmp_path / "simulation.json").read_text())["seed"] == 2


@pytest.mark.parametrize("name", ["log.csv", "log.parquet", "moments.csv", "truth"])
def test_force_replaces_nothing_of_other_origin(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(RunError, match="not of an earlier simulation"):
        _make(tmp_path, force=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_force_spares_a_log_beside_the_simulated_one(tmp_path: Path) -> None:
    before = _digests(_make(tmp_path).folder)
    (tmp_path / "log.csv").write_text("mine")
    with pytest.raises(RunError, match=r"log\.csv is not of an earlier simulation"):
        _make(tmp_path, seed=2, force=True)
    (tmp_path / "log.csv").unlink()
    assert _digests(tmp_path) == before


def test_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine")
    with pytest.raises(RunError, match="is a file"):
        _make(tmp_path / "shop", force=True)


def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(write.Names, "table", broken)
    with pytest.raises(RunError, match="disk full"):
        _make(tmp_path / "shop")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((9, 80, 100), "customers is 9: expected 10 to"),
        ((60, 59, 100), "products is 59: expected 60 to"),
        ((60, 80, 83), "days is 83: expected 84 to"),
        ((60, 200_000, 100), "products is 200000: expected 60 to 100000"),
    ],
)
def test_impossible_shops_are_refused(numbers: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Settings(*numbers)


@pytest.mark.parametrize("seed", range(5))
def test_smallest_shop_works(tmp_path: Path, seed: int) -> None:
    done = simulate(Settings(10, 60, 84), np.random.default_rng(seed), tmp_path / "shop")
    kinds = pd.read_parquet(done.folder / "truth" / "customers.parquet")["type"]
    assert kinds.nunique() == 4


def test_command_prints_the_table_within_80_columns(tmp_path: Path) -> None:
    out = tmp_path / "shop"
    arguments = ["--customers", "60", "--products", "80", "--days", "100", "--seed", "1", str(out)]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    lines = [line for line in result.output.splitlines() if str(tmp_path) not in line]
    assert max(map(len, lines)) <= 80
    assert "lines per invoice, mean" in result.output
    assert "nan" not in result.output
    assert _digests(out) == _digests(_make(tmp_path / "python").folder)


def test_help_fits_80_columns() -> None:
    result = CliRunner().invoke(command, ["--help"], terminal_width=80)
    assert max(map(len, result.output.splitlines())) <= 80
    assert "recsys simulate shop" in result.output
