"""A page in a browser: what it said and asked for, and questions that are put to its document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


@dataclass
class Seen:
    """A page that was opened. said: console messages and errors. asked: addresses that it requested."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page, url: str) -> Seen:
        seen = cls(page, url)
        page.on("console", lambda message: seen.said.append(message.text))
        page.on("pageerror", lambda error: seen.said.append(str(error)))
        page.on("request", lambda request: seen.asked.append(request.url))
        page.goto(url)
        return seen

    def tell(self, question: str) -> Any:
        """The answer of a JavaScript expression, which may call the functions of HELPERS."""
        return self.page.evaluate(f"() => {{ {HELPERS}\nreturn {question}; }}")

    def open_details(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")

    def bring_to_life(self) -> None:
        """Every drawing that can be seen comes into sight, and is drawn by the page's library."""
        self.page.evaluate(f"async () => {{ {HELPERS}\n{ALIVE} }}")


ALIVE = """
for (const it of all('.drawing').filter(it => it.checkVisibility())) {
  it.scrollIntoView({block: 'center'});
  for (let at = 0; !it.classList.contains('live'); at++) {
    if (at === 3000) throw new Error(`not drawn: ${place(it)}`);
    await new Promise(done => setTimeout(done, 10));
  }
}
scrollTo(0, 0);
"""
HELPERS = """
const all = (what, where = document) => [...where.querySelectorAll(what)];
// Enough to find an element again: the heading above it, and how it begins.
const place = it => {
  const title = it.closest('section')?.querySelector('h2, h3, h4, h5')?.textContent ?? '';
  return `${title.trim()}: ${it.tagName.toLowerCase()}.${it.className.baseVal ?? it.className} `
    + it.textContent.trim().slice(0, 60);
};
const shown = it => it.checkVisibility({contentVisibilityAuto: true, opacityProperty: true,
  visibilityProperty: true});
// The colours of a mark or a letter: rgb with alpha, as computed.
const channels = text => {
  const found = text.match(/[\\d.]+/g).map(Number);
  return text === 'none' ? [0, 0, 0, 0] : found.length === 3 ? [...found, 1] : found;
};
const luminance = rgb => {
  const [r, g, b] = rgb.slice(0, 3).map(it => it / 255)
    .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const paper = () => channels(getComputedStyle(document.body).backgroundColor);
// The nearest ground that is painted.
const behind = it => {
  for (let at = it; at; at = at.parentElement) {
    const found = channels(getComputedStyle(at).backgroundColor);
    if (found[3] === 1) return found;
  }
  return [255, 255, 255];
};
const over = (rgba, below) => rgba.slice(0, 3).map((it, at) => it * rgba[3] + below[at] * (1 - rgba[3]));
// Paint of an SVG mark on the paper: fill or stroke, whichever stands out more.
const standsOut = it => {
  const style = getComputedStyle(it), below = paper();
  const paints = [[style.fill, style.fillOpacity], [style.stroke, style.strokeOpacity]]
    .filter(([colour]) => colour !== 'none' && !colour.startsWith('url'))
    .map(([colour, opacity]) => {
      const rgba = channels(colour);
      return over([...rgba.slice(0, 3), rgba[3] * Number(opacity) * Number(style.opacity)], below);
    });
  return Math.max(1, ...paints.map(paint => contrast(paint, below)));
};
const sized = it => { const box = it.getBoundingClientRect(); return box.width > 1 && box.height > 1; };
// Words of drawings; some have no room and are not seen.
const letters = (where = document) =>
  all('svg text', where).filter(it => it.textContent.trim() && Number(getComputedStyle(it).opacity) > 0);
const DRAWINGS = 'figure svg:not(.strip)';
const MARKS = 'path, rect, circle, polygon, line, use';
"""
