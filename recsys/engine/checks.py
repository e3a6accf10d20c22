"""What an audit found, check by check, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.measure.resample import ALPHA, holm

PASSED, FAILED, OPEN = "passed", "failed", "open"
KINDS = ("input", "other")  # of files that were opened

Told = dict[str, Any]
Windows = Sequence[Told]
Opened = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Check:
    """outcome: passed, failed, or open where nothing could be shown."""

    check: str
    outcome: str
    said: str


def checks(windows: Windows, of_segmenter: Opened, refit: str) -> list[Check]:
    """Every check of a run; windows: as `audit` gathers them, latest first."""
    found = [cutoff(windows), invoices(windows), lines(windows), names(windows), seen(windows)]
    if any("segmenter" in row["stage"] for told in windows for row in told["stages"]):
        found.append(segments(windows))
    return [*found, lists(windows, refit), dealt(windows), files(windows, of_segmenter)]


def cutoff(windows: Windows) -> Check:
    """Nobody was given a moment that is not before the cutoff, and nothing judged lies before it."""
    wrong = [
        f"{row['stage']}: up to {_moment(row['latest'])}, though the cutoff is {_moment(told['cutoff'])}"
        for told in windows
        for row in told["stages"]
        if not row["before_cutoff"]
    ]
    wrong += [
        f"judged purchases begin {_moment(told['first_judged'])}, before {_moment(told['judged_from'])}"
        for told in windows
        if told["first_judged"] is not None and told["first_judged"] < told["judged_from"]
    ]
    latest = (
        f"{_moment(max(row['latest'] for row in told['stages'] if row['latest']))} (cutoff {_day(told)})"
        for told in windows
    )
    return _check("cutoff", wrong, f"The latest moment that any stage was given: {'; '.join(latest)}.")


def invoices(windows: Windows) -> Check:
    """No slice cuts an invoice."""
    wrong = _on_both(windows, "invoices_on_both", "invoice")
    return _check("invoices", wrong, "No invoice has lines on both sides of a cutoff.")


def lines(windows: Windows) -> Check:
    """No line is known and judged."""
    wrong = _on_both(windows, "lines_on_both", "line")
    well = "No line, by customer, product, moment, units and price, is on both sides of a cutoff."
    return _check("repeated lines", wrong, well)


def names(windows: Windows) -> Check:
    """What is known names nobody and nothing without a line before the cutoff."""
    wrong = [
        f"{told['sides']['names_without_line']:,} customers, products or descriptions are named that have no "
        f"line before {_day(told)}"
        for told in windows
        if told["sides"]["names_without_line"]
    ]
    later = (
        f"{told['sides']['customers_only_after']:,} customers and {told['sides']['products_only_after']:,} "
        f"products for the cutoff {_day(told)}"
        for told in windows
    )
    return _check(
        "names", wrong, f"Who appears only after a cutoff has no name before it: {'; '.join(later)}."
    )


def seen(windows: Windows) -> Check:
    """What may be seen is the same with any future."""
    looked = " and ".join(_day(told) for told in windows if told["changed"])
    well = (
        "With the purchases from the cutoff on deleted, and with others in their place, all that may be seen "
        f"stays the same, value by value (cutoff {looked})."
    )
    return _check("what may be seen", list(_changed(windows, of_segments=False)), well)


def segments(windows: Windows) -> Check:
    """Fitted again with another future, the segmenter leaves everybody where they are."""
    wrong = list(_changed(windows, of_segments=True))
    if not wrong and not any(told["segmenter_fitted_again"] for told in windows):
        return Check("segments", OPEN, "The segmenter was not fitted again: evaluate.audit.refit is none.")
    return _check("segments", wrong, "Fitted again with other later purchases, the segmenter moves nobody.")


def lists(windows: Windows, refit: str) -> Check:
    """Every list is the same with another future."""
    again = list(_again(windows))
    wrong = [_of_lists(told, name, one) for told, name, one in again if one["changed"]]
    left = {
        name: one["left_out"]
        for told in windows
        for name, one in told["recommenders"].items()
        if one.get("left_out")
    }
    slow = ", ".join(f"{name} ({why})" for name, why in left.items())
    rest = f" Not fitted again: {slow}; evaluate.audit.refit: all does it for everybody." if left else ""
    if not again:
        return Check("lists", OPEN, f"Nobody was fitted again (evaluate.audit.refit: {refit}).{rest}")
    done = _counted(len({name for _, name, _ in again}), "recommender")
    compared = _counted(sum(one["lists"] for _, _, one in again), "list")
    return _check(
        "lists",
        wrong,
        f"Of {done} fitted again with other later purchases, {compared} were compared: all the same.{rest}",
    )


def dealt(windows: Windows) -> Check:
    """No list knows better than the past what will sell."""
    cases = [(told, target, judged) for told in windows for target, judged in _by_target(told)]
    wrong = [
        _of_dealt(told, target, name, judged[name])
        for told, target, judged in cases
        for name in beyond(judged)
    ]
    blind = sum(not any(one["tells"] for one in judged.values()) for _, _, judged in cases)
    well = (
        "Judged on somebody else's purchases, no recommender's lists come nearer to what will sell than "
        "bestsellers of the past do, but for chance or less than half the way."
    )
    if blind:
        well += (
            f" In {blind} of {len(cases)} cases (window and target) that says nothing, for there the "
            "future's bestsellers are hardly better than the past's."
        )
    if blind == len(cases) and not wrong:
        return Check(
            "dealt out anew", OPEN, well if cases else "Nobody could be judged on somebody else's purchases."
        )
    return _check("dealt out anew", wrong, well)


def beyond(judged: Mapping[str, Told]) -> list[str]:
    """Recommenders more than half way to the list that knows the future, and not by chance (Holm)."""
    p = np.array([1.0 if one["p"] is None else one["p"] for one in judged.values()])
    return [name for name, adjusted in zip(judged, holm(p), strict=True) if adjusted < ALPHA]


def files(windows: Windows, of_segmenter: Opened) -> Check:
    """Nobody opened what the log was read from."""
    opened = {"the segmenter": {kind: set(of_segmenter[kind]) for kind in KINDS}}
    for told in windows:
        for name, one in told["recommenders"].items():
            mine = opened.setdefault(name, {kind: set() for kind in KINDS})
            for kind in KINDS:
                mine[kind].update(one.get("opened", {}).get(kind, ()))
    wrong, other = (
        [f"{who} opened {', '.join(sorted(one[kind]))}" for who, one in opened.items() if one[kind]]
        for kind in KINDS
    )
    if other and not wrong:
        return Check("files", OPEN, f"What was read from these files nobody can date: {'; '.join(other)}.")
    return _check("files", wrong, "While fitted and asked, nobody was heard to open a file.")


def _again(windows: Windows) -> Iterator[tuple[Told, str, Told]]:
    """(window, recommender, outcome) of everybody who was fitted again."""
    for told in windows:
        for name, one in told["recommenders"].items():
            for outcome in one.get("again", []):
                yield told, name, outcome


def _by_target(told: Told) -> Iterator[tuple[str, dict[str, Told]]]:
    """Each target of a window with what was found for every recommender."""
    found: dict[str, dict[str, Told]] = {}
    for name, one in told["recommenders"].items():
        for target, judged in one.get("dealt", {}).items():
            if judged:
                found.setdefault(target, {})[name] = judged
    yield from found.items()


def _changed(windows: Windows, *, of_segments: bool) -> Iterator[str]:
    """What did not stay the same: what concerns segments, or the rest."""
    for told in windows:
        for future, parts in told["changed"].items():
            mine = [part for part in parts if part.startswith("segment") == of_segments]
            if mine:
                yield f"{', '.join(mine)} changed with the purchases from {_day(told)} on {future}"


def _of_lists(told: Told, name: str, outcome: Told) -> str:
    where = f"with the purchases from {_day(told)} on {outcome['future']}"
    if outcome["error"]:
        return f"{name} failed {where}, with {outcome['error']}"
    if outcome["repeats"] is False:
        return f"{name} gives other lists each time it is fitted, so nothing can be shown of it"
    return f"{outcome['changed']:,} of {outcome['lists']:,} lists of {name} changed {where}"


def _of_dealt(told: Told, target: str, name: str, one: Told) -> str:
    return (
        f"{name} knows what will sell: on somebody else's purchases {one['found']:.4f} of its places hit, of "
        f"{one['past_list']} {one['past']:.4f}, of the future's own {one['future']:.4f} (cutoff "
        f"{_day(told)}, {target})"
    )


def _on_both(windows: Windows, key: str, noun: str) -> list[str]:
    return [
        f"{_counted(told['sides'][key], noun)} on both sides of the cutoff {_day(told)}"
        for told in windows
        if told["sides"][key]
    ]


def _check(check: str, wrong: Sequence[str], well: str) -> Check:
    if not wrong:
        return Check(check, PASSED, well)
    said = "; ".join(wrong)
    return Check(check, FAILED, f"{said[0].upper()}{said[1:]}.")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _day(told: Told) -> str:
    """The day of a window's cutoff, which is a midnight."""
    return str(told["cutoff"])[:10]


def _moment(moment: str) -> str:
    return moment.replace("T", " ")
