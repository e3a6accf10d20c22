"""A whole simulated shop: the log, the truth behind it and how it compares, in one folder.

::

    settings = Settings(customers=1000, products=800, days=366)
    done = simulate(settings, np.random.default_rng(7), Path("shop"))
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

import recsys
from recsys.core.errors import ConfigError, RunError
from recsys.simulate.assemble import assemble
from recsys.simulate.bayes import bayes
from recsys.simulate.chances import chances
from recsys.simulate.moments import compare, measure
from recsys.simulate.noise import Lines, joined
from recsys.simulate.oracle import judged, scores, written_sample
from recsys.simulate.panel import in_panel, purchases
from recsys.simulate.purchases import fill_baskets
from recsys.simulate.settings import TYPES, Settings
from recsys.simulate.world import World, draw_world
from recsys.simulate.write import Names, customer_table, product_table, write_frame, write_log

Form = Literal["parquet", "csv"]
OURS = ("log.parquet", "log.csv", "moments.csv", "simulation.json", "truth")  # what a simulation writes


@dataclass(frozen=True, eq=False)
class Simulated:
    """What a simulation leaves behind."""

    folder: Path
    log: Path
    lines: int
    moments: pd.DataFrame  # moment, simulated, reference, ratio
    oracle: pd.DataFrame  # type, target, metric, customers, value
    bayes: dict[str, Any]


def simulate(
    settings: Settings,
    rng: np.random.Generator,
    out: Path,
    *,
    form: Form = "parquet",
    seed: int | None = None,
    force: bool = False,
) -> Simulated:
    """Write a shop into `out`: the log, truth/, moments.csv and simulation.json.

    The same settings and generator give the same bytes. `seed` is only noted down. The folder is written
    beside its place and renamed when whole. Raises RunError where that fails, and where `out` holds something
    and not `force`; `force` replaces an earlier simulation and leaves other files alone.
    """
    if form not in ("parquet", "csv"):
        raise ConfigError(f"format is {form!r}: expected 'parquet' or 'csv'; set --format parquet")
    partial = _room(out, force)
    try:
        _make(partial)
        result = _write_all(settings, rng, partial, f"log.{form}", seed)
        _move_in(partial, out)
    except OSError as problem:
        raise RunError(
            f"{out} could not be written ({problem}): expected room for it; free some or choose another OUT"
        ) from problem
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Simulated(out, out / f"log.{form}", *result)


def log_frame(settings: Settings, rng: np.random.Generator) -> tuple[pd.DataFrame, World]:
    """A small shop in memory: its log in the Online Retail schema and the world behind it."""
    world, chunks = _begin(settings, rng)
    return _frame(Names(world), joined(list(chunks))), world


def _begin(settings: Settings, rng: np.random.Generator) -> tuple[World, Iterator[Lines]]:
    """The world, and its log to come."""
    of_world, of_baskets, of_lines = rng.spawn(3)
    world = draw_world(settings, of_world)
    baskets = fill_baskets(settings, world.products, world.customers, world.demand, world.visits, of_baskets)
    return world, assemble(settings, world.products, world.customers, world.visits, baskets, of_lines)


def _write_all(
    settings: Settings, rng: np.random.Generator, folder: Path, log: str, seed: int | None
) -> tuple[int, pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """All files; the panel's lines are gathered while the log streams by."""
    world, chunks = _begin(settings, rng)
    names = Names(world)
    panel: list[Lines] = []
    lines = write_log(_watched(chunks, settings, panel), names, folder / log)
    kept = joined(panel)
    moments = compare(measure(_frame(names, kept)))
    moments.to_csv(folder / "moments.csv", index=False, lineterminator="\n")
    oracle, types = _write_truth(world, kept, rng, folder / "truth")
    _write_json(folder / "simulation.json", _facts(settings, seed, log, lines))
    return lines, moments, oracle, types


def _write_truth(
    world: World, kept: Lines, rng: np.random.Generator, folder: Path
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """truth/: customers, products, next_purchase, oracle, bayes."""
    folder.mkdir()
    bought = purchases(kept, len(world.products), world.customers.identified)
    write_frame(customer_table(world), folder / "customers.parquet")
    write_frame(product_table(world), folder / "products.parquet")
    true = chances(world, bought, judged(world, bought, world.settings.oracle, rng))
    write_frame(written_sample(world, true, world.settings.sample, rng), folder / "next_purchase.parquet")
    oracle = scores(world, bought, true)
    oracle.to_csv(folder / "oracle.csv", index=False, lineterminator="\n")
    types = bayes(world, bought)
    _write_json(folder / "bayes.json", types)
    return oracle, types


def _watched(chunks: Iterable[Lines], settings: Settings, panel: list[Lines]) -> Iterator[Lines]:
    """The same chunks; the panel's lines are put aside as they pass."""
    for lines in chunks:
        panel.append(lines.take(in_panel(settings, lines.customer)))
        yield lines


def _frame(names: Names, lines: Lines) -> pd.DataFrame:
    """Lines as a pandas frame."""
    frame: pd.DataFrame = names.table(lines).to_pandas()
    return frame


def _facts(settings: Settings, seed: int | None, log: str, lines: int) -> dict[str, Any]:
    """What it takes to make this folder again."""
    return {
        "recsys": recsys.__version__,
        "seed": seed,
        "log": log,
        "lines": lines,
        "settings": {**asdict(settings), "start": settings.start.isoformat()},
        "types": [asdict(behaviour) for behaviour in TYPES],
        "simulated": True,
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _room(out: Path, force: bool) -> Path:
    """The folder beside `out` to write in; refuses where something would be replaced unasked."""
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} is a file: expected a folder; choose another OUT")
    if out.exists() and any(out.iterdir()) and not force:
        raise RunError(
            f"{out} is not empty: expected a new or empty folder; choose another OUT or add --force"
        )
    _refuse_foreign(out)
    whole = out.resolve()  # so that '.' has a name
    return whole.with_name(whole.name + ".partial")


def _make(partial: Path) -> None:
    """The folder, empty."""
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as problem:
        raise RunError(
            f"{partial} cannot be written ({problem.strerror}): expected a writable place; choose another OUT"
        ) from problem


def _refuse_foreign(out: Path) -> None:
    """What a simulation would replace must be of an earlier one: simulation.json says which log is."""
    try:
        facts = json.loads((out / "simulation.json").read_text(encoding="utf-8"))
        ours = {*OURS[2:], facts["log"]} if facts["simulated"] else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    for name in OURS:
        if (out / name).exists() and name not in ours:
            raise RunError(
                f"{out / name} is not of an earlier simulation: expected nothing there; move it away or "
                "choose another OUT"
            )


def _move_in(partial: Path, out: Path) -> None:
    """Rename the finished folder to `out`, or its entries into an `out` that is there already."""
    if not out.exists():
        partial.rename(out)
        return
    for name in OURS:
        if (out / name).is_dir():
            shutil.rmtree(out / name)
        (out / name).unlink(missing_ok=True)
    for entry in partial.iterdir():
        entry.rename(out / entry.name)
    partial.rmdir()
