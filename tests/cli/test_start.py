"""`recsys init` and `recsys data inspect` as a user runs them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.test_commands import recsys
from tests.logs_of_shops import purchases


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("start")
    frame = purchases().rename(columns={"customer": "Kundennr", "time": "Bestelldatum"})
    frame["Bestelldatum"] = frame["Bestelldatum"].dt.strftime("%d.%m.%Y %H:%M")
    (place / "laden.csv").write_bytes(frame.to_csv(index=False, sep=";", decimal=",").encode("latin-1"))
    return place


def test_init_says_why_and_what_next(folder: Path) -> None:
    done = recsys(folder, "init", "laden.csv")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("customer      Kundennr (sure): by its name; 50 ids on") for line in lines)
    assert any(line.startswith("encoding      cp1252 (likely)") for line in lines)
    assert lines[-3:] == [
        "Wrote laden.yaml. Next:",
        "  recsys data inspect laden.yaml",
        "  recsys evaluate --config laden.yaml",
    ]
    again = recsys(folder, "init", "laden.csv", code=2)
    assert again.stderr.count("\n") == 1
    assert "add --force" in again.stderr
    recsys(folder, "init", "laden.csv", "--force", "--column", "category=land")
    assert "    category: land " in (folder / "laden.yaml").read_text()


def test_inspect_prints_and_writes_a_page(folder: Path) -> None:
    recsys(folder, "init", "laden.csv", "--out", "config.yaml")
    done = recsys(folder, "data", "inspect", "config.yaml", "--out", "looked")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for heading in ("At a glance", "What it means for a recommender", "What cleaning removed", "Prices"):
        assert heading in done.stdout
    page = (folder / "looked" / "inspection.html").read_text()
    whole = re.sub(r"<script( type=[^>]*)?>.*?</script>", "", page, flags=re.DOTALL)  # inlined, all of them
    assert not re.search(r"<script|src=|href=\"(?!#)|url\((?!#)", whole)
    drawings = re.findall(r'<div role="img" aria-label="\w[^"]*">\s*<svg', page)
    assert len(drawings) >= 7
    assert page.count("<table>") > len(drawings)
    assert "10028" not in page  # no customer is named
    assert "| 2024-01 |" in (folder / "looked" / "inspection.md").read_text()


def test_a_bare_log_is_inspected_as_guessed(folder: Path) -> None:
    done = recsys(folder, "data", "inspect", "laden.csv")
    assert "As it was guessed" in done.stdout
    assert (folder / "inspected" / "laden" / "inspection.html").is_file()


@pytest.mark.parametrize("command", [("init",), ("data", "inspect")])
def test_what_is_no_log_is_one_message(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "undated.csv").write_text("customer,product\n1,2\n1,3\n2,2\n2,3\n")
    before = sorted(tmp_path.iterdir())
    for name, said in (
        ("empty.csv", "is empty"),
        ("folder", "is a folder"),
        ("undated.csv", "--column time=NAME"),
        ("absent.csv", "is not there"),
    ):
        told = recsys(tmp_path, *command, name, code=2).stderr
        assert said in told
        assert told.startswith("Error: ")
        assert told.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
    assert "ROLE=NAME" in recsys(tmp_path, *command, "absent.csv", "--column", "x", code=2).stderr


def test_inspect_shows_the_currency(folder: Path) -> None:
    done = recsys(folder, "data", "inspect", "laden.csv", "--currency", "CHF", "--out", "francs")
    assert "CHF\u00a0" in done.stdout
    assert "Revenue (CHF)" in (folder / "francs" / "inspection.md").read_text()
    failed = recsys(folder, "data", "inspect", "laden.csv", "--currency", "francs", code=2)
    assert "currency is 'francs': expected an ISO 4217 code" in failed.stderr
