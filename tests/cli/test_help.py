"""Help teaches by example: every page has examples that parse, and fits 80 columns."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from recsys.cli import main

HOME = Path(__file__).parents[2]


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below the group, groups included, by its words."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY: dict[tuple[str, ...], click.Command] = {(): main, **dict(commands(main))}


def page(words: tuple[str, ...]) -> str:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(main, [*words, "--help"], terminal_width=80)
    assert done.exit_code == 0
    return done.output


def examples(words: tuple[str, ...]) -> list[list[str]]:
    """The words of each example, without what the shell takes of them."""
    block = re.search(r"\n  Examples:\n((?:    .+\n)+)", page(words))
    assert block is not None, "expected an Examples block"
    found = []
    for line in block[1].splitlines():
        inner = re.search(r"\$\((.*)\)", line)
        text = re.split(r"   | > ", (inner[1] if inner else line).strip())[0]
        found.append(shlex.split(text))
    return found


def parses(words: list[str]) -> None:
    """Read the words after `recsys` as its innermost command does; a mistake raises."""
    deepest = max((path for path in EVERY if tuple(words[: len(path)]) == path), key=len)
    EVERY[deepest].make_context(" ".join(deepest), words[len(deepest) :])


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_page_fits_eighty_columns(words: tuple[str, ...]) -> None:
    assert [line for line in page(words).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_examples_parse_and_are_of_this_command(words: tuple[str, ...]) -> None:
    found = examples(words)
    assert len(found) >= 2
    for example in found:
        assert example[0] == "recsys"
        assert tuple(example[1 : len(words) + 1]) == words
        parses(example[1:])


@pytest.mark.parametrize(
    "wrong", ["evaluate --confg x.yaml", "report", "export runs/x --k 0", "completion tcsh"]
)
def test_an_example_with_a_mistake_would_be_seen(wrong: str) -> None:
    with pytest.raises(click.UsageError):
        parses(shlex.split(wrong))


def test_exit_codes_are_told_in_the_help_and_in_the_readme() -> None:
    told = re.findall(r"^    (\d+) +", page(()).split("Exit codes:")[1].split("Options:")[0], flags=re.M)
    assert told == ["0", "1", "2", "130"]
    readme = (HOME / "README.md").read_text()
    assert [code for code in told if not re.search(rf"^\| {code} \|", readme, flags=re.M)] == []
