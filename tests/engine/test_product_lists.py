"""Lists of products for products, as files of a run."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from recsys.core.errors import ConfigError, RunError
from recsys.engine.product_lists import export_products
from tests.engine import shop

KINDS = {"bought together", "similar", "complementary", "dearer"}
RULES = ["export.min_together=2"]


def read(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "products.csv", dtype={"product": str, "related": str, "run_id": str})


def test_four_kinds_by_name_with_prices_and_joint_invoices(run: Path, tmp_path: Path) -> None:
    folder = export_products(run, k=4, out=tmp_path / "p", overrides=RULES)
    found, log = read(folder), shop.lines()
    assert set(found["kind"]) == KINDS
    assert found["rank"].between(1, 4).all()
    assert not found.duplicated(["kind", "product", "related"]).any()
    assert (found["product"] != found["related"]).all()
    labels = dict(zip(log["what"], log["label"], strict=True))
    assert (found["related"].map(labels) == found["related_description"]).all()
    prices = log.drop_duplicates("what", keep="last").set_index("what")["each"]
    dearer = found[found["kind"] == "dearer"]
    times = dearer["related"].map(prices) / dearer["product"].map(prices)
    assert times.between(1.1, 2.0).all()
    held = log.groupby("receipt")["what"].agg(set)
    for row in found.groupby("kind").head(20).itertuples():
        assert row.invoices == sum({row.product, row.related} <= one for one in held)
    together = found[found["kind"] == "bought together"]
    assert (together["invoices"] >= 2).all()
    said = json.loads((folder / "manifest.json").read_text())
    assert said["file"]["sha256"] == sha256((folder / "products.csv").read_bytes()).hexdigest()
    assert {name: count["rows"] for name, count in said["kinds"].items()} == dict(
        found["kind"].value_counts()
    )


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_other_formats_hold_the_same(run: Path, tmp_path: Path, kind: str) -> None:
    plain = read(export_products(run, out=tmp_path / "c", overrides=RULES))
    folder = export_products(run, kind=kind, out=tmp_path / "o", overrides=RULES)  # type: ignore[arg-type]
    path = folder / f"products.{kind}"
    other = pd.read_parquet(path) if kind == "parquet" else pd.read_json(path, lines=True, dtype=False)
    keys = ["kind", "product", "rank", "related"]
    assert other[keys].to_numpy().tolist() == plain[keys].to_numpy().tolist()


def test_blocked_products_stand_on_neither_side(run: Path, tmp_path: Path) -> None:
    rules = [*RULES, "candidates.blocked=['0101', '0102']"]
    found = read(export_products(run, out=tmp_path / "p", overrides=rules))
    assert not {"0101", "0102"} & (set(found["product"]) | set(found["related"]))


def test_what_the_log_lacks_is_left_out_and_said(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    path = folder / "config.yaml"
    kept = [line for line in path.read_text().splitlines() if line.strip() != "description: label"]
    path.write_text("\n".join(kept) + "\n")
    found = export_products(folder, out=tmp_path / "p", overrides=RULES)
    assert set(read(found)["kind"]) == {"bought together"}
    said = json.loads((found / "manifest.json").read_text())["left_out"]
    assert set(said) == KINDS - {"bought together"}
    assert "map source.columns.description" in said["similar"]


def test_a_band_that_is_none_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected two factors above 1"):
        export_products(run, out=tmp_path / "p", overrides=["export.dearer=[2.0, 1.5]"])


def test_other_files_are_not_replaced(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="holds other files"):
        export_products(run, out=tmp_path / "mine")
