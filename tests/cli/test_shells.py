"""Tab in the shells themselves, told as the README says; in bash: see test_completion.py."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.cli.test_commands import RECSYS

LIMIT = 60  # seconds until a shell that does not answer is given up
TYPED = {
    "recsys eva": "recsys evaluate",
    "recsys evaluate --de": "recsys evaluate --demo",
    "recsys recommenders item": "recsys recommenders item-knn",
}


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}: apt-get install {shell}")


def surroundings(place: Path) -> dict[str, str]:
    """recsys on the PATH, and nobody's own settings."""
    path = f"{RECSYS.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(place), "XDG_CONFIG_HOME": str(place / ".config")}


@pytest.mark.parametrize("typed", TYPED)
def test_fish_offers_what_fits(typed: str, tmp_path: Path) -> None:
    needs("fish")
    told = (
        "mkdir -p ~/.config/fish/completions; recsys completion fish > ~/.config/fish/completions/recsys.fish"
    )
    asked = f"complete -C '{typed}'"
    for script in (told, asked):
        done = subprocess.run(
            ["fish", "-c", script],
            env=surroundings(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=LIMIT,
        )
    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == [TYPED[typed].split()[-1]]


def test_zsh_completes_what_is_typed(tmp_path: Path) -> None:
    """Keys into a terminal: after Tab, Control-T writes down what stands on the line, and empties it."""
    needs("zsh")
    written = tmp_path / "lines"
    (tmp_path / ".zshrc").write_text(
        "autoload -Uz compinit && compinit -u\n"
        'eval "$(recsys completion zsh)"\n'
        f"note() {{ print -r -- $BUFFER >> {written}; BUFFER= }}\n"
        "zle -N note && bindkey '^T' note\n"
    )
    keys = "".join(f"{typed}\t\x14" for typed in TYPED)
    assert typed_into(["zsh", "-d", "-i"], f"{keys}exit\n", tmp_path) == 0
    assert written.read_text().splitlines() == [f"{line} " for line in TYPED.values()]


def typed_into(command: list[str], keys: str, place: Path) -> int:
    """The exit code of a program that reads these keys from a terminal."""
    ours, theirs = pty.openpty()
    try:
        shell = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=place,
            env={**surroundings(place), "TERM": "xterm"},
            preexec_fn=partial(os.login_tty, theirs),
        )
    finally:
        os.close(theirs)
    threading.Thread(target=drain, args=(ours,), daemon=True).start()
    try:
        os.write(ours, keys.encode())
        return shell.wait(LIMIT)
    finally:
        shell.kill()
        shell.wait()


def drain(terminal: int) -> None:
    """Read what the program says, or it would wait for a reader; until it ends."""
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # the other end is closed
        os.close(terminal)
