"""Both reports into a folder, each whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from recsys.core.errors import RunError
from recsys.report.document import Page
from recsys.report.paired import Paired
from recsys.report.run import Run

GENERATOR = '<meta name="generator" content="recsys">'


def write_report(runs: Sequence[Run], out: Path, pairs: Sequence[Paired] = ()) -> tuple[Path, Path]:
    """report.md and report.html in `out`, which is made if need be; RunError if it cannot be written.

    pairs: each run after the first beside the first, customer by customer. A run's own folder is ours;
    anywhere else a report of other origin is left alone, with a RunError.
    """
    if not runs:
        raise RunError("no run to report on: expected at least one run folder")
    out = Path(out)
    from recsys.report.page import page_of  # what draws is loaded when something is drawn

    own = any(out.resolve() == run.folder.resolve() for run in runs)
    return write_page(page_of(runs, pairs), out, own=own)


def write_page(page: Page, out: Path, stem: str = "report", *, own: bool = False) -> tuple[Path, Path]:
    """STEM.md and STEM.html in `out`, which is made if need be; RunError if it cannot be written.

    own: whatever has these names in `out` is ours; otherwise only what a page of ours stands for is replaced.
    """
    from recsys.report.markdown import markdown
    from recsys.report.page_html import html

    texts = {out / f"{stem}.md": markdown(page), out / f"{stem}.html": html(page)}
    if not own:
        _refuse_foreign(*texts)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            write_whole(path, text)
    except OSError as cause:
        raise RunError(f"{str(out)!r} cannot be written ({cause.strerror}): name another folder") from cause
    first, second = texts
    return first, second


def _refuse_foreign(text: Path, page: Path) -> None:
    """A page that says it is of recsys is replaced, and the text beside it; nothing else is."""
    try:
        ours = page.is_file() and GENERATOR in page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        ours = False
    for path in (text, page):
        if path.exists() and not ours:
            raise RunError(
                f"{str(path)!r} was not written by recsys: expected nothing there; name another folder or "
                "move it away"
            )


def write_whole(path: Path, text: str) -> None:
    """Beside it first, then renamed: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """mkstemp makes private files; a report is as public as any other file of its owner."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
