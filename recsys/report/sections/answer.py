"""The answer in short: who leads, over whom, by how much, and what that does not say."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.document import Inline, Paragraph, Section, Strong
from recsys.report.show import change, listing, percent_change, plural, score
from recsys.report.verdict import Verdict, verdict
from recsys.report.words import ALL, NEW_PRODUCTS, target


def answer(board: Board, *, tested: bool = False) -> Section:
    """A sentence or three per target, then the caution that holds for all of them.

    tested: the report says elsewhere how sure the leads are.
    """
    told = [_of_target(board, name) for name in board.targets if name != NEW_PRODUCTS]
    title = "Who leads" if tested else "In short"
    return Section(title, (*told, caution(board, tested=tested)))


def undecided(board: Board) -> str:
    """What to say where the deciding figure has no value at all."""
    why = " (it needs prices)" if board.decide.metric == "captured_spend" else ""
    return (
        f"No recommender has a value of {board.decide}{why}, so none is best; let evaluate.decide name a "
        "metric that has values."
    )


def caution(board: Board, *, tested: bool) -> Paragraph:
    """What these figures cannot say."""
    over = f"means over {len(board.windows)} windows" if len(board.windows) > 1 else "means over one window"
    if tested:
        return Paragraph(
            f"These are plain {over}, and a lead may be chance; the verdicts under The decision say which "
            "leads are more than that.",
            style="caution",
        )
    return Paragraph(
        f"These are plain {over}, without any measure of certainty yet: a difference may be chance, the more "
        "so where it is small or a segment has few customers.",
        style="caution",
    )


def _of_target(board: Board, name: str) -> Paragraph:
    whole = verdict(board, name, ALL)
    title = Strong(target(name).title + ": ")
    if not board.decides(name):
        return Paragraph(title, undecided(board), style="finding")
    return Paragraph(title, *_lead(board, whole), *_by_segment(board, name, whole), style="finding")


def _lead(board: Board, whole: Verdict) -> tuple[Inline, ...]:
    if not whole.best:
        return (f"No recommender has a {board.decide} above zero over all judged customers.",)
    names = (*_names(whole.best), f" {'leads' if len(whole.best) == 1 else 'lead jointly'}")
    return (*names, f" over all judged customers with {board.decide} {score(whole.value)}", *_against(whole))


def _against(whole: Verdict) -> tuple[Inline, ...]:
    if whole.baseline is None or whole.baseline_value != whole.baseline_value:
        return (".",)
    if whole.baseline in whole.best:
        second = whole.runner_up
        after = (f"; next is {second.recommender} with {score(second.value)}",) if second else ()
        return (", and no recommender beats this baseline", *after, ".")
    by = change(whole.difference)
    percent = f", {percent_change(whole.percent)}" if whole.baseline_value > 0 else ""
    return (", against ", score(whole.baseline_value), f" for {whole.baseline} ({by}{percent}).")


def _by_segment(board: Board, name: str, whole: Verdict) -> tuple[Inline, ...]:
    """Who leads where: one group per leader, in the order of the segments."""
    segments = [segment for segment in board.segments(name) if segment != ALL]
    led: dict[tuple[str, ...], list[str]] = {}
    for segment in segments:
        led.setdefault(verdict(board, name, segment).best, []).append(segment)
    if not segments or not whole.best:
        return ()
    if list(led) == [whole.best]:
        return (
            f" The same holds in {'every one of ' if len(segments) > 1 else ''}its "
            f"{plural(len(segments), 'segment')}.",
        )
    parts: list[Inline] = [" By segment: "]
    for best, where in led.items():
        parts += [*(_names(best) if best else ("nobody scores",)), f" in {listing(where)}; "]
    parts[-1] = str(parts[-1]).removesuffix("; ") + "."
    return tuple(parts)


def _names(best: tuple[str, ...]) -> tuple[Inline, ...]:
    joined: list[Inline] = []
    for at, name in enumerate(best):
        joined += [] if at == 0 else [" and "] if at == len(best) - 1 else [", "]
        joined.append(Strong(name))
    return tuple(joined)
