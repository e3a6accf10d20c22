"""Charts made visible: as SVG that needs no script, and alive in a browser by Vega's library."""

from __future__ import annotations

import contextlib
import hashlib
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from recsys.core.cache_folder import cache_folder
from recsys.report import artist
from recsys.report.charts.style import GRAMMAR, Spec, still
from recsys.report.write import write_whole

# Drawn by vl-convert, without a browser; roles are told by the figure around the drawing.
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_IDS = re.compile(r'(?<=id=")(?:clip|gradient_)\w+|(?<=url\(#)(?:clip|gradient_)\w+')
_SPACE = re.compile(r' (?:xmlns(?::xlink)?|version)="[^"]*"')
_FONT = re.compile(r' font-family="[^"]*"')
_PLACES = re.compile(r' (?:d|transform)="[^"]*"')
_FINE = re.compile(r"\d+\.\d{3,}")  # finer than a screen shows
_VARIABLE = re.compile(r"var\((--[a-z]+)\)")
#: Of the style sheet, for drawings that stand alone.
_LIGHT = {
    "--ink": "#1a1d21",
    "--soft": "#555d68",
    "--line": "#dfe3e8",
    "--paper": "#ffffff",
    "--accent": "#1f5fa8",
    "--mark": "#5a91cf",
    "--lost": "#c07c22",
}


@cache
def svg(spec: Spec) -> str:
    """The chart as an SVG element in the page's colours; its inner names are no other drawing's."""
    drawn = _SPACE.sub("", _ROLES.sub("", _FONT.sub("", artist.draw(still(spec))))).replace(
        ' opacity="1"', ""
    )
    drawn = _PLACES.sub(lambda found: _FINE.sub(_coarse, found[0]), drawn)
    mark = hashlib.sha256(spec.encode()).hexdigest()[:8]
    return _IDS.sub(lambda found: f"{found[0]}-{mark}", drawn)


def _coarse(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def standalone(spec: Spec) -> str:
    """The chart as a whole SVG file, in the colours of light paper."""
    drawn = _FONT.sub(' font-family="sans-serif"', artist.draw(still(spec)))
    return _VARIABLE.sub(lambda found: _LIGHT.get(found[1], found[0]), drawn) + "\n"


def library() -> str:
    """Vega, Vega-Lite and its embedding as one script, and what brings a page's drawings to life by it.

    Bundled once and kept in the user's cache folder where that can be written: it takes a second.
    """
    kept = cache_folder() / f"vega-{version('vl-convert-python')}-{GRAMMAR}.js"
    try:
        script = kept.read_text("utf-8")
    except OSError:
        import vl_convert

        script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=GRAMMAR)
        with contextlib.suppress(OSError):
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(kept, script)
    live = (Path(__file__).parent / "templates" / "live.js").read_text("utf-8")
    return _inside_a_page(script) + live


def quiet(spec: Spec) -> str:
    """The specification as it may stand in a page: nothing in it ends the element that holds it."""
    return spec.replace("<", "\\u003c")


def _inside_a_page(script: str) -> str:
    """Strings that would end the element, written otherwise; JavaScript reads them as the same."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
