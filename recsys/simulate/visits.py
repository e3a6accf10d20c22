"""Who comes when: one row per visit, over the whole period, in order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.customers import Customers
from recsys.simulate.settings import CLOCK_JITTER, TYPES, Settings

ALREADY_THERE = 0.75  # share of returning people who were customers before the first day
LIFE_DAYS = 850.0  # mean stay of those who return
GROWTH = 0.6  # more visits after a year than at the start
PEAK, PEAK_DAY, PEAK_SD = 1.0, 320, 28.0  # the weeks before Christmas
DAY = 24 * 60  # minutes


@dataclass(frozen=True, eq=False)
class Visits:
    """(visits,), oldest first."""

    customer: NDArray[np.int32]
    minute: NDArray[np.int64]  # after midnight of the first day

    def __len__(self) -> int:
        return len(self.customer)


def plan_visits(settings: Settings, customers: Customers, rng: np.random.Generator) -> Visits:
    """Everyone's first visit, and the later ones: regular types by the clock, others with the season."""
    busy = busyness(settings)
    count = len(customers)
    first = _first_days(settings, customers, busy, rng)
    stay = np.where(customers.once, 0.0, rng.exponential(LIFE_DAYS, count))
    leave = np.minimum(first + stay, float(settings.days))
    regular = np.array([behaviour.regular for behaviour in TYPES])[customers.kind]
    parts = [
        (np.arange(count), first),
        _by_clock(np.flatnonzero(regular), first, leave, customers.visits, rng),
        _by_season(np.flatnonzero(~regular), first, leave, customers.visits, busy, rng),
    ]
    who = np.concatenate([part[0] for part in parts])
    when = np.concatenate([part[1] for part in parts])
    inside = (when >= 0) & (when < settings.days)
    minute = _to_minutes(settings, when[inside], rng)
    order = np.argsort(minute, kind="stable")
    who, minute = who[inside][order], minute[order]
    return _end_on_last_day(settings, customers, Visits(who.astype(np.int32), minute))


def busyness(settings: Settings) -> NDArray[np.float64]:
    """Cumulative visits intensity at the start of each day, (days + 1,); one a day on average."""
    day = np.arange(settings.days)
    year_day = (settings.start.timetuple().tm_yday + day) % 365
    apart = np.abs(year_day - PEAK_DAY)
    apart = np.minimum(apart, 365 - apart)
    intensity = (1 + GROWTH * day / 365) * (1 + PEAK * np.exp(-0.5 * (apart / PEAK_SD) ** 2))
    return np.concatenate([[0.0], np.cumsum(intensity / intensity.mean())])


def _first_days(
    settings: Settings, customers: Customers, busy: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Earlier customers come within their usual gap, or half of the log; the others as the season has it."""
    count = len(customers)
    gap = np.minimum(365 / customers.visits, settings.days / 2)
    newcomer = np.interp(rng.random(count) * busy[-1], busy, np.arange(settings.days + 1))
    known = (rng.random(count) < ALREADY_THERE) & ~customers.once
    day = np.where(known, rng.random(count) * gap, newcomer)
    return np.minimum(day, settings.days - 0.5)


def _by_clock(
    who: NDArray[np.int64],
    first: NDArray[np.float64],
    leave: NDArray[np.float64],
    rate: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Later visits at first + k periods, each a little early or late."""
    period = 365 / rate[who]
    times = np.floor((leave[who] - first[who]) / period).astype(np.int64)
    row = np.repeat(np.arange(len(who)), times)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times) + 1
    due = turn + rng.normal(0, CLOCK_JITTER, len(row))
    return who[row], first[who][row] + due * period[row]


def _by_season(
    who: NDArray[np.int64],
    first: NDArray[np.float64],
    leave: NDArray[np.float64],
    rate: NDArray[np.float64],
    busy: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Later visits of a Poisson process whose intensity follows the shop's season and growth."""
    days = np.arange(len(busy), dtype=np.float64)
    low, high = np.interp(first[who], days, busy), np.interp(leave[who], days, busy)
    row = np.repeat(np.arange(len(who)), rng.poisson(rate[who] / 365 * (high - low)))
    place = low[row] + rng.random(len(row)) * (high - low)[row]
    return who[row], np.interp(place, busy, days)


def _to_minutes(settings: Settings, when: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Whole minutes in opening hours, midday busiest; Saturday's visits come a day early (closed)."""
    day = np.floor(when).astype(np.int64)
    saturday = (settings.start.weekday() + day) % 7 == 5
    day = np.maximum(day - saturday, 0)
    clock = np.clip(rng.normal(12.8 * 60, 2.2 * 60, len(day)), 7 * 60, 20 * 60)
    minute: NDArray[np.int64] = day * DAY + clock.astype(np.int64)
    return minute


def _end_on_last_day(settings: Settings, customers: Customers, visits: Visits) -> Visits:
    """Move the last visit of an identified customer to the last day.

    The protocol's cutoff is counted from the last line, so that line decides what the truth is about.
    """
    last = np.flatnonzero(visits.customer < customers.identified)[-1]
    moved = visits.minute.copy()
    moved[last] = (settings.days - 1) * DAY + moved[last] % DAY
    order = np.argsort(moved, kind="stable")
    return Visits(visits.customer[order], moved[order])
