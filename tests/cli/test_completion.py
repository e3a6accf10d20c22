"""What Tab offers: asked as a shell asks, through the environment of the completion script."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_commands import RECSYS, folder, recsys

__all__ = ["folder"]


def offered(place: Path, *words: str, shell: str = "bash") -> list[str]:
    """The completions of the last word."""
    env = {
        **os.environ,
        "_RECSYS_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(("recsys", *words)),
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    done = subprocess.run([RECSYS], cwd=place, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line.partition(",")[2].partition("\t")[0] for line in done.stdout.split("\n") if line]


def test_commands_and_options(tmp_path: Path) -> None:
    assert {"evaluate", "export", "completion"} <= set(offered(tmp_path, ""))
    assert offered(tmp_path, "evaluate", "--de") == ["--demo"]


def test_kinds_but_those_named(tmp_path: Path) -> None:
    assert offered(tmp_path, "recommenders", "item") == ["item-knn"]
    assert offered(tmp_path, "recommenders", "item-knn", "item") == []
    assert offered(tmp_path, "recommenders", "item", shell="fish") == ["item-knn"]


def test_keys_of_the_schema_and_of_the_config(folder: Path) -> None:
    assert offered(folder, "evaluate", "--set", "se") == ["seed=", "segments."]
    assert offered(folder, "evaluate", "--set", "evaluate.decide.m") == [
        "evaluate.decide.metric=",
        "evaluate.decide.margin=",
    ]
    assert offered(folder, "evaluate", "--set", "recommenders.a") == []
    named = ("evaluate", "-c", "little.yaml", "--set")
    assert offered(folder, *named, "recommenders.a") == ["recommenders.als."]
    assert offered(folder, *named, "recommenders.als.fac") == ["recommenders.als.factors="]
    assert offered(folder, *named, "recommenders.popular.fac") == []
    assert "evaluate.k=" in offered(folder, "tune", "-c", "absent.yaml", "--set", "evaluate.")


def test_run_folders_and_what_is_in_them(folder: Path) -> None:
    recsys(folder, "evaluate", "-c", "little.yaml", "-q", "--set", "split.windows=1")
    made = next((folder / "runs").iterdir())
    assert offered(folder, "report", "runs/") == [f"runs/{made.name}"]
    assert set(offered(folder, "export", "")) >= {"run", f"runs/{made.name}"}
    assert offered(folder, "export", "run", "--recommender", "po") == ["popular"]
    assert offered(folder, "export", "absent", "--recommender", "po") == []
    assert "lists of 5" in offered(folder, "sensitivity", "run", "--only", "")


def test_logs_and_roles(tmp_path: Path) -> None:
    assert offered(tmp_path, "data", "fetch", "online-retail-") == ["online-retail-ii"]
    assert offered(tmp_path, "init", "log.csv", "--column", "cu") == ["customer="]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_recsys(shell: str, tmp_path: Path) -> None:
    script = recsys(tmp_path, "completion", shell).stdout
    assert "_RECSYS_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
    assert "Invalid value" in recsys(tmp_path, "completion", "tcsh", code=2).stderr


def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    asked = 'COMP_WORDS=(recsys eva); COMP_CWORD=1; _recsys_completion recsys; echo "${COMPREPLY[@]}"'
    script = f'eval "$(recsys completion bash)" 2>/dev/null\n{asked}'
    env = {**os.environ, "PATH": f"{RECSYS.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["evaluate"]
