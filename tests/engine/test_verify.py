"""A finished run checked and run again: what is reproduced, and that each kind of change is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from recsys.core.errors import RecsysError
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.store import SCORES
from recsys.engine.verify import Verification, compared, verify
from tests.engine import shop

FEW = ["split.windows=1", "recommenders.als=null", "evaluate.audit.refit=none"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a run of two quick recommenders beside it."""
    home = tmp_path_factory.mktemp("verified")
    config = shop.write(home)
    lines = config.read_text().splitlines()
    slow = ("  item-cf", "  als", "  content", "  safe", "  repurchase")
    config.write_text("\n".join(line for line in lines if not line.startswith(slow)))
    evaluate(read_config(config, ["split.windows=1"]), roots=(home,), out=home / "run", limit=1)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil; its run knows its log by the copy's path."""
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    path = copy / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["input"]["files"][0]["path"] = str(copy / "log.csv")
    path.write_text(json.dumps(manifest))
    return copy


def said(found: Verification) -> dict[str, bool]:
    return {finding.what: finding.well for finding in found.findings}


def test_a_run_is_reproduced_and_leaves_nothing(home: Path) -> None:
    found = verify(home / "run", limit=1)
    assert found.reproduced
    assert list(said(found)) == ["files", "input", "config", "versions", "figures"]
    assert not (home / "run.again").exists()


def test_the_second_run_can_be_kept(home: Path) -> None:
    assert verify(home / "run", keep=True, limit=2).reproduced
    assert (home / "run.again" / "manifest.json").is_file()


def test_an_edited_table_is_named_with_the_figure(home: Path) -> None:
    board = home / "run" / "leaderboard.csv"
    frame = pd.read_csv(board, dtype=str, keep_default_na=False)
    frame.loc[0, "value"] = str(float(frame.loc[0, "value"]) + 0.01)
    frame.to_csv(board, index=False)
    found = verify(home / "run", limit=1)
    assert not found.reproduced
    assert {what for what, well in said(found).items() if not well} == {"files", "figures"}
    (figures,) = [finding for finding in found.findings if finding.what == "figures"]
    assert figures.details[0].startswith("leaderboard.csv: value of any, all, popular, ")


def test_an_edited_score_is_named(home: Path, made: Path) -> None:
    path = next((home / "run" / SCORES).glob("0-any-popular.parquet"))
    frame = pd.read_parquet(path)
    frame.loc[3, "ndcg@10"] += 0.25
    frame.to_parquet(path, index=False)
    told = compared(home / "run", made / "run")
    assert not told.well
    assert [line.split(":")[0] for line in told.details] == ["scores/0-any-popular.parquet"]
    assert compared(home / "run", made / "run", tolerance=0.5).well


def test_another_log_is_not_run(home: Path) -> None:
    log = home / "log.csv"
    log.write_text("\n".join(log.read_text().splitlines()[:-1]) + "\n")
    found = verify(home / "run")
    assert not said(found)["input"]
    assert not said(found)["figures"]
    assert not (home / "run.again").exists()


def test_another_config_is_not_run(home: Path) -> None:
    config = home / "run" / "config.yaml"
    config.write_text(config.read_text().replace("seed: 3", "seed: 4"))
    assert not said(verify(home / "run"))["config"]


def test_a_lost_table_and_another_version_are_told(home: Path) -> None:
    (home / "run" / "funnel.csv").unlink()
    path = home / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["versions"]["numpy"] = "1.0"
    path.write_text(json.dumps(manifest))
    found = {finding.what: finding for finding in verify(home / "run", limit=1).findings}
    assert found["files"].details == ("funnel.csv is gone",)
    assert found["versions"].well
    assert found["versions"].details[0].startswith("numpy 1.0 then, ")
    assert "funnel.csv: not in the first run" in found["figures"].details


def test_a_log_that_is_gone_is_an_error(home: Path) -> None:
    (home / "log.csv").unlink()
    with pytest.raises(RecsysError, match=r"log\.csv"):
        verify(home / "run")


def test_an_audit_that_comes_out_otherwise_is_told(home: Path, made: Path) -> None:
    path = home / "run" / "audit.json"
    audit = json.loads(path.read_text())
    audit["checks"][0]["said"] = "in other words"
    path.write_text(json.dumps(audit))
    assert compared(home / "run", made / "run").well
    audit["checks"][0]["outcome"] = "failed"
    path.write_text(json.dumps(audit))
    assert compared(home / "run", made / "run").details == ("audit.json: checks differ",)
