"""The same past with another future: what a leakage audit tells the stages a second time.

Nothing here uses the slices of `core.log`, for those are what the audit puts to the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Fold
from recsys.core.ids import NOTHING, IdMap
from recsys.core.log import TransactionLog
from recsys.core.netting import net

Frames = dict[str, pd.DataFrame]

UNHEARD = "unheard of"  # what texts and attributes of another future say
RETURNS = 200  # purchases of the past, at least, that another future brings back


def deleted(log: TransactionLog, cutoff: np.datetime64, rng: np.random.Generator) -> TransactionLog:
    """Everything from the cutoff on is gone, with every name, text and category that only it held."""
    past = {name: frame[frame["time"].to_numpy() < cutoff] for name, frame in _frames(log).items()}
    maps = {"customer": log.customers, "product": log.products, "description": log.descriptions}
    kept = {name: names.keep(_held(past["lines"][name], len(names))) for name, names in maps.items()}
    codes = {name: code for name, (_, code) in kept.items()}
    told = replace(
        log,
        customers=kept["customer"][0],
        products=kept["product"][0],
        descriptions=kept["description"][0],
    )
    return _whole(told, {name: _recoded(frame, codes) for name, frame in past.items()})


def replaced(log: TransactionLog, cutoff: np.datetime64, rng: np.random.Generator) -> TransactionLog:
    """Others buy other things on other terms, some of the past is brought back, nobody is called as before.

    Later lines stay as many, the first of them at the very cutoff, but every customer and product in them
    stands for another one, units and prices are mixed, texts and attributes unheard of. Customers get names
    without meaning, in the same order: a list of the true ones that somebody kept is then of no use. Products
    keep theirs, which may carry meaning.
    """
    texts = IdMap.of([*log.descriptions.names, *_unheard(log)]) if len(log.descriptions) else log.descriptions
    mixed = {
        "customer": rng.permutation(len(log.customers)).astype(np.int32),
        "product": rng.permutation(len(log.products)).astype(np.int32),
    }
    frames = {}
    for name, frame in _frames(log).items():
        later = frame["time"].to_numpy() >= cutoff
        past, after = _widened(frame[~later]), _widened(frame[later])
        after = _others(after, mixed, rng)
        after = after.assign(time=_from(after["time"].to_numpy(), cutoff))
        if "description" in frame and len(texts):
            old, new = texts.codes(log.descriptions.names), texts.codes(_unheard(log))
            past = past.assign(description=_looked_up(old, past["description"]))
            after = after.assign(description=_looked_up(new, after["product"]))
        frames[name] = pd.concat([past, after])
    frames["cancellations"] = _brought_back(frames, cutoff, rng)
    names = IdMap(np.array([f"{code:09d}" for code in range(len(log.customers))], dtype=object))
    return _whole(replace(log, customers=names, descriptions=texts), frames)


DELETED, REPLACED = "deleted", "replaced"
FUTURES: dict[str, Callable[[TransactionLog, np.datetime64, np.random.Generator], TransactionLog]] = {
    DELETED: deleted,
    REPLACED: replaced,
}


@contextmanager
def told_as(one: TransactionLog | Fold, other: TransactionLog | Fold) -> Iterator[None]:
    """While this lasts, the object `one` itself holds what `other` does.

    Whoever kept the log, by whatever way they came to it, then reads the other future.
    """
    held, kept = vars(one), dict(vars(one))
    held.clear()
    held.update(vars(other))
    try:
        yield
    finally:
        held.clear()
        held.update(kept)


def raw(log: TransactionLog) -> pd.DataFrame:
    """The purchase lines before returns are taken off."""
    return log.lines if log.gross is None else log.gross


def _frames(log: TransactionLog) -> Frames:
    return {"lines": raw(log), "cancellations": log.cancellations, "evidence": log.evidence}


def _whole(log: TransactionLog, frames: Frames) -> TransactionLog:
    """The log with these frames, netted where it was netted."""
    frames = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    gross = None if log.gross is None else frames["lines"]
    if gross is not None:
        frames["lines"] = net(gross, frames["cancellations"])
    return replace(
        log,
        lines=frames["lines"],
        cancellations=frames["cancellations"],
        evidence=frames["evidence"],
        gross=gross,
        _matrices={},
    )


def _held(codes: pd.Series, size: int) -> NDArray[np.bool_]:
    """Which of the names occur."""
    at = codes.to_numpy()
    return np.bincount(at[at != NOTHING], minlength=size) > 0


def _recoded(frame: pd.DataFrame, codes: dict[str, NDArray[np.int32]]) -> pd.DataFrame:
    """Under the codes of smaller maps; rows whose customer or product is in none are left out."""
    found = frame.assign(**{name: _looked_up(codes[name], frame[name]) for name in codes if name in frame})
    found = found[(found["customer"] != NOTHING) & (found["product"] != NOTHING)]
    return found.assign(**{name: found[name].cat.remove_unused_categories() for name in _categories(found)})


def _looked_up(code: NDArray[np.int32], at: pd.Series) -> NDArray[np.int32]:
    """The code of each place; NOTHING for NOTHING."""
    return np.append(code, np.int32(NOTHING))[at.to_numpy()]


def _categories(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]


def _widened(frame: pd.DataFrame) -> pd.DataFrame:
    """Every attribute may also be what nobody has heard of."""
    return frame.assign(**{name: frame[name].cat.add_categories(UNHEARD) for name in _categories(frame)})


def _others(
    after: pd.DataFrame, mixed: dict[str, NDArray[np.int32]], rng: np.random.Generator
) -> pd.DataFrame:
    """Other customers, products, units, prices and attributes in these lines."""
    changed: dict[str, object] = {name: _looked_up(code, after[name]) for name, code in mixed.items()}
    for name in after.columns.difference([*mixed, "basket", "time", "description"]):
        if name in _categories(after):
            changed[name] = pd.Categorical.from_codes(
                np.full(len(after), len(after[name].cat.categories) - 1), dtype=after[name].dtype
            )
        else:
            mixed_up = after[name].to_numpy()[rng.permutation(len(after))]
            changed[name] = 3 * mixed_up if name == "price" else mixed_up
    return after.assign(**changed)


def _from(times: NDArray[np.datetime64], cutoff: np.datetime64) -> NDArray[np.datetime64]:
    """The same distances, the first at the cutoff."""
    return times - (times[0] - cutoff) if len(times) else times


def _unheard(log: TransactionLog) -> list[str]:
    """What each product is called in another future: an old text of another one, and words that are new."""
    names = log.descriptions.names
    return [f"{names[(7 * code + 1) % len(names)]} {UNHEARD}" for code in range(len(log.products))]


def _brought_back(frames: Frames, cutoff: np.datetime64, rng: np.random.Generator) -> pd.DataFrame:
    """The cancellations of the past, and at the cutoff returns of purchases drawn from it."""
    given, lines = frames["cancellations"], frames["lines"]
    past = given[given["time"].to_numpy() < cutoff]
    bought = np.flatnonzero(lines["time"].to_numpy() < cutoff)
    count = min(len(bought), max(len(given) - len(past), RETURNS))
    drawn = lines.iloc[np.sort(rng.choice(bought, count, replace=False))][list(given.columns)]
    first = int(max(lines["basket"].max(), given["basket"].max() if len(given) else 0)) + 1
    returned = drawn.assign(
        time=np.full(count, cutoff),
        quantity=-drawn["quantity"],
        basket=np.arange(first, first + count, dtype=np.int32),
    )
    return pd.concat([past, returned]) if len(past) else returned
