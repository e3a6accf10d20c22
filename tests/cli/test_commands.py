"""The commands as a user runs them: in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine import shop

RECSYS = Path(sys.executable).with_name("recsys")


def recsys(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`; its exit code must be `code`, and it must never show a traceback."""
    env = {**os.environ, "COLUMNS": "80", "RECSYS_CACHE_DIR": str(folder / "cache"), "NO_COLOR": "1"}
    done = subprocess.run([RECSYS, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cli")
    shop.write(place)
    recsys(place, "evaluate", "--config", "little.yaml", "--out", "run", "--quiet")
    return place


def test_help_names_every_command(tmp_path: Path) -> None:
    said = recsys(tmp_path, "--help").stdout
    for word in (
        *("evaluate", "export", "report", "segment", "sensitivity", "verify", "tune", "recommenders"),
        *("schema", "simulate", "data", "init"),
    ):
        assert word in said
        assert recsys(tmp_path, word, "--help").stdout.startswith("Usage: recsys")


def test_the_package_is_the_command_too(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "recsys", "evaluate", "--help"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: recsys evaluate")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, recsys.cli; from click.testing import CliRunner;"
        "CliRunner().invoke(recsys.cli.main, ['--help']);"
        "print([m for m in ('numpy', 'pandas', 'pydantic', 'rich', 'pyarrow', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_evaluate_ends_with_tables_and_the_report(folder: Path) -> None:
    done = recsys(folder, "evaluate", "-c", "little.yaml", "--out", "run")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "run/report.html" in done.stdout.replace("\n", "")
    assert "[1/14]" in done.stderr
    assert "s left" in done.stderr
    for name in ("popular", "segment-bestsellers", "repurchase", "item-cf", "als", "content"):
        assert name in done.stdout


def test_json_is_all_there_is_on_standard_output(folder: Path) -> None:
    done = recsys(folder, "evaluate", "-c", "little.yaml", "--out", "run", "--json", "--quiet")
    assert done.stderr == ""
    assert json.loads(done.stdout)["name"] == "little"


def test_set_overrides(folder: Path) -> None:
    words = ("evaluate", "-c", "little.yaml", "-q", "--set", "recommenders.als.factors=4")
    recsys(folder, *words, "--set", "split.windows=1", "--out", "four")
    config = json.loads((folder / "four" / "manifest.json").read_text())["config"]
    assert config["recommenders"]["als"]["factors"] == 4
    assert config["split"]["windows"] == 1


def test_the_default_folder_is_named_after_the_run(folder: Path) -> None:
    recsys(folder, "evaluate", "-c", "little.yaml", "-q", "--set", "split.windows=1")
    made = list((folder / "runs").iterdir())
    assert len(made) == 1
    assert made[0].name.startswith("little-")


def test_export_writes_a_file_per_segment(folder: Path) -> None:
    done = recsys(folder, "export", "run", "--recommender", "item-cf", "--k", "3", "--format", "csv")
    files = list((folder / "run" / "export").glob("*.csv"))
    assert len(files) == 3
    assert all(path.name in done.stdout for path in files)


def test_export_keeps_a_control_group_back(folder: Path) -> None:
    words = ("export", "run", "--recommender", "popular", "--out", "kept", "--control-share")
    said = recsys(folder, *words, "0.25").stdout
    told = json.loads((folder / "kept" / "manifest.json").read_text())
    lines = (folder / "kept" / "control.csv").read_text().splitlines()
    assert len(lines) - 1 == told["control"]["customers"] > 0
    assert f"{told['control']['customers']} kept back as the control group" in said
    assert "is not in the range 0<=x<1" in recsys(folder, *words, "1", code=2).stderr


def test_export_under_rules_says_what_they_cost(folder: Path) -> None:
    rules = ("--set", "export.price_weight=0.4", "--set", "export.blocked_customers=['customer-3']")
    said = recsys(folder, "export", "run", "--recommender", "item-cf", "--out", "ruled", *rules).stdout
    assert "1 without a list (1 blocked)" in said
    assert "as judged: ndcg@10 0." in said
    assert "rules_cost.csv" in said
    wrong = recsys(folder, "export", "run", "--set", "seed=1", code=2).stderr
    assert "expected a field of export or candidates" in wrong


def test_export_of_products_for_products(folder: Path) -> None:
    words = ("export", "run", "--products", "--k", "2", "--set", "export.min_together=2")
    said = recsys(folder, *words).stdout
    for kind in ("bought together", "similar", "complementary", "dearer"):
        assert kind in said
    assert (folder / "run" / "products" / "products.csv").is_file()
    assert "--policy is of no use with --products" in recsys(folder, *words, "--policy", code=2).stderr


def test_report_is_written_again_without_the_log(folder: Path) -> None:
    before = (folder / "run" / "report.md").read_bytes()
    (folder / "run" / "report.md").unlink()
    (folder / "log.csv").rename(folder / "hidden.csv")
    try:
        recsys(folder, "report", "run")
    finally:
        (folder / "hidden.csv").rename(folder / "log.csv")
    assert (folder / "run" / "report.md").read_bytes() == before


def test_report_of_several_runs_needs_a_place(folder: Path) -> None:
    recsys(folder, "evaluate", "-c", "little.yaml", "-q", "--set", "seed=5", "--out", "five")
    assert "add --out" in recsys(folder, "report", "run", "five", code=2).stderr
    recsys(folder, "report", "run", "five", "--out", "both")
    assert (folder / "both" / "report.html").is_file()


def test_sensitivity_prints_a_line_per_question(folder: Path) -> None:
    done = recsys(folder, "sensitivity", "run", "--only", "lists of 5", "--only", "repeats in or out")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert [line.split("  ")[0] for line in done.stdout.splitlines() if "stand" in line and "  " in line]
    assert "Had the question been put otherwise" in (folder / "run" / "report.md").read_text()
    told = recsys(folder, "sensitivity", "run", "--only", "lists of 5", "--json").stdout
    assert {row["question"] for row in json.loads(told)} == {"lists of 5"}
    assert "did you mean" in recsys(folder, "sensitivity", "run", "--only", "list of 5", code=2).stderr


def test_segment_prints_a_line_per_segment(folder: Path) -> None:
    done = recsys(folder, "segment", "-c", "little.yaml", "--out", "groups", "--least", "5")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Page: groups/report.html" in done.stdout
    assert len([line for line in done.stdout.splitlines() if line.count("%") >= 3]) == 3
    wrong = recsys(folder, "segment", "-c", "little.yaml", "--set", "segments=null", code=2)
    assert "add segments: {kind: kmeans}" in wrong.stderr


def test_verify_says_whether_a_run_is_reproduced(folder: Path) -> None:
    words = ("--set", "split.windows=1", "--set", "recommenders={popular: {kind: popularity}}")
    recsys(folder, "evaluate", "-c", "little.yaml", "--out", "once", "-q", *words)
    assert recsys(folder, "verify", "once", "-q").stdout.endswith("Reproduced.\n")
    (folder / "once" / "ledger.csv").write_text("rule,lines,customers,revenue\n")
    done = recsys(folder, "verify", "once", "-q", code=1)
    assert "ledger.csv was changed since it was written" in done.stdout
    assert done.stdout.endswith("Not reproduced.\n")


def test_tune_shows_the_best_so_far_and_writes_a_config(folder: Path) -> None:
    words = ("--set", "tune.trials=3", "--set", "tune.recommenders=[repurchase,item-cf]", "--out", "tuned")
    done = recsys(folder, "tune", "-c", "little.yaml", *words)
    assert "[2/6] repurchase: trial 2 of 3, best so far 0." in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "recsys evaluate --config tuned/best.yaml" in done.stdout
    recsys(folder, "evaluate", "-c", "tuned/best.yaml", "--set", "split.windows=1", "--out", "better", "-q")


def test_recommenders_and_schema_describe_the_config(tmp_path: Path) -> None:
    said = recsys(tmp_path, "recommenders").stdout
    assert "half_life_days" in said
    told = " ".join(recsys(tmp_path, "recommenders", "als").stdout.split())
    assert "confidence that one unit of weight adds [tune: 0.1 to 100, by magnitude]" in told
    assert "did you mean 'als'" in recsys(tmp_path, "recommenders", "asl", code=2).stderr
    assert json.loads(recsys(tmp_path, "schema").stdout)["title"] == "Experiment"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("evaluate", "-c", "nothere.yaml"), "does not exist"),
        (("evaluate", "-c", "little.yaml", "--set", "source.path=nothere.csv"), "nothere.csv"),
        (("evaluate", "-c", "little.yaml", "--set", "source.columns.product=wat"), "did you mean 'what'"),
        (("evaluate", "-c", "little.yaml", "--set", "split.windows=99"), "the log covers"),
        (("evaluate", "-c", "little.yaml", "--out", "log.csv"), "is a file"),
        (("export", "nothere"), "expected the folder of a finished run"),
        (("report", "nothere"), "nothere"),
        (("sensitivity", "nothere"), "expected the folder of a finished run"),
        (("verify", "nothere"), "expected the folder of a finished run"),
        (("tune", "-c", "little.yaml", "--set", "tune.windows=99"), "tune.windows asks for 99"),
        (("tune", "-c", "little.yaml", "--set", "tune.recommenders=[alz]"), "'alz' is no recommender"),
    ],
)
def test_mistakes_are_one_message_and_code_2(folder: Path, words: tuple[str, ...], expected: str) -> None:
    done = recsys(folder, *words, code=2)
    assert "Error: " in done.stderr
    assert expected in done.stderr
    assert not list(folder.glob("*.partial"))


def stopped(folder: Path, line_start: str, by: signal.Signals) -> tuple[int, str]:
    """Start a run of the little shop and stop it at a line of its progress: exit code, what it said then."""
    shop.write(folder)
    words = [RECSYS, "evaluate", "-c", "little.yaml", "--out", "run"]
    env = {**os.environ, "RECSYS_CACHE_DIR": str(folder / "cache")}
    with subprocess.Popen(words, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(line_start):
                process.send_signal(by)
                break
        said = process.stderr.read()
    return process.returncode, said


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    code, said = stopped(tmp_path, "[3/", signal.SIGINT)
    assert code == 130
    assert "The same command goes on from here." in said
    assert "Traceback" not in said
    assert (tmp_path / "run.partial").is_dir()


def test_what_cannot_go_on_is_stopped_without_a_trace(tmp_path: Path) -> None:
    words = [RECSYS, "simulate", "--customers", "30000", "shop"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (tmp_path / "shop.partial").is_dir():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said == "Stopped.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_run_killed_outright_resumes(tmp_path: Path) -> None:
    stopped(tmp_path, "[6/", signal.SIGKILL)
    assert not (tmp_path / "run").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run.partial" / "scores").iterdir()}
    assert kept
    time.sleep(0.01)
    again = recsys(tmp_path, "evaluate", "-c", "little.yaml", "--out", "run")
    assert "going on after 5 finished parts" in again.stderr
    assert "[1/9]" in again.stderr
    finished = tmp_path / "run.partial"
    assert not finished.exists()
    same = [(tmp_path / "run" / "scores" / name).stat().st_mtime_ns == at for name, at in kept.items()]
    assert sum(same) >= len(same) - 2  # the one that was being written is written again
