"""Debian's Chromium, and the four kinds of pages as the commands write them; made once for all tests here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.inspection import inspect
from recsys.engine.paired import report
from recsys.engine.segments import segment
from recsys.report import page_of_log, write_page
from tests.engine import shop

from .looking import Seen

HOME = Path(__file__).parents[3]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--disable-gpu", "--disable-quic", "--disable-component-update", "--disable-sync"]
KINDS = ("run", "runs", "segments", "log")

Open = Callable[..., Seen]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser without a window; tests are skipped where none is installed."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    with sync_playwright() as playwright:
        held = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield held
        held.close()


@pytest.fixture(scope="package")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Kind of page -> its file. The browser is asked for first: without it nothing needs to be made."""
    out = tmp_path_factory.mktemp("pages")
    config = shop.write(out / "shop")
    roots = (config.parent,)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(HOME)
        patch.setenv("RECSYS_CACHE_DIR", str(out / "cache"))
        run = evaluate(read_config(config), roots=roots, out=out / "run")
        other = evaluate(read_config(config, OTHER), roots=roots, out=out / "other")
        grouped = segment(read_config(config), roots=roots, out=out / "grouped")
        looked = inspect(Path("configs/demo.yaml"))
    _, compared = report([run, other], out / "compared")
    _, log = write_page(page_of_log(looked), out / "looked", "inspection")
    return {
        "run": run / "report.html",
        "runs": compared,
        "segments": grouped / "report.html",
        "log": log,
    }


OTHER = ("seed=8", "recommenders.als.factors=16", "recommenders.item-cf.neighbours=5")


@pytest.fixture
def visit(browser: Browser, pages: dict[str, Path]) -> Iterator[Open]:
    """Opens a page for one test, which may press keys and change it: visit("run", width=360)."""
    yield from _opener(browser, pages)


@pytest.fixture(scope="package")
def look(browser: Browser, pages: dict[str, Path]) -> Iterator[Open]:
    """Opens a page with all details open, for tests that only ask: each of them once."""
    opener = _opener(browser, pages)
    visit = next(opener)

    @cache
    def look(
        kind: str, *, width: int = 1280, scheme: str = "light", media: str = "screen", scripts: bool = True
    ) -> Seen:
        seen = visit(kind, width=width, color_scheme=scheme, java_script_enabled=scripts)
        seen.page.emulate_media(media=media)
        if media == "screen":
            seen.open_details()
            if scripts:
                seen.bring_to_life()
        return seen

    yield look
    opener.close()


def _opener(browser: Browser, pages: dict[str, Path]) -> Iterator[Open]:
    opened: list[Page] = []

    def visit(kind: str, *, width: int = 1280, **context: Any) -> Seen:
        page = browser.new_context(viewport={"width": width, "height": 900}, **context).new_page()
        opened.append(page)
        return Seen.of(page, pages[kind].as_uri())

    try:
        yield visit
    finally:
        for page in opened:
            page.context.close()
