"""When each window was known until and judged from: the dates that a reader is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from recsys.report.run import Run


@dataclass(frozen=True)
class Period:
    """One window: known < cutoff; start <= judged < end. arrivals: products first sold then, if told."""

    window: int
    cutoff: str
    start: str
    end: str
    arrivals: int | None


def periods(run: Run) -> tuple[Period, ...]:
    """The windows as in the manifest."""
    gap = (run.manifest["config"].get("split") or {}).get("gap_days") or 0
    return tuple(
        Period(
            window=int(one.get("window", at)),
            cutoff=str(one.get("cutoff")),
            # Folders of before `judged_from` have the gap in their config only.
            start=str(one.get("judged_from") or _later(str(one.get("cutoff")), gap)),
            end=str(one.get("end")),
            arrivals=found if isinstance(found := one.get("arrivals"), int) else None,
        )
        for at, one in enumerate(run.manifest["windows"])
    )


def skipped(run: Run) -> str:
    """`the 7 days after each cutoff are skipped`; nothing without a gap."""
    found = periods(run)
    days = max((_days(one) for one in found), default=0)
    which = "each" if len(found) > 1 else "the"
    if days < 1:
        return ""
    return (
        f"the {days} days after {which} cutoff are skipped"
        if days > 1
        else f"the day after {which} cutoff is skipped"
    )


def _days(period: Period) -> int:
    cutoff, start = _date(period.cutoff), _date(period.start)
    return (start - cutoff).days if cutoff and start else 0


def _later(moment: str, days: float) -> str:
    when = _date(moment)
    return str(when + timedelta(days=days)) if when and days else moment


def _date(moment: str) -> date | None:
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:
        return None
