"""A log or a config -> what is in the log, for a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from recsys.core.currency import checked
from recsys.core.errors import ConfigError
from recsys.engine.config import read_config
from recsys.engine.manifest import simulated
from recsys.engine.start import CONFIGS, guessed, title
from recsys.ingest import Loaded, Source, load, portrait
from recsys.ingest.guess import Guess
from recsys.ingest.missing import identical
from recsys.report.look.noun import Inspection


def inspect(path: Path, columns: Mapping[str, str] | None = None, currency: str | None = None) -> Inspection:
    """What is in the log at `path`, or in the one that the config at `path` names, cleaned as it says.

    columns: of a bare log, columns by role that need not be guessed. currency: what money is in; by default
    as the config says. Raises ConfigError and SourceError.
    """
    if currency is not None:
        _check(currency)
    if path.suffix.lower() in CONFIGS:
        experiment = read_config(path)
        loaded = load(experiment.source, experiment.clean, roots=(path.parent,))
        money = currency or experiment.currency
        return _looked_at(experiment.name, experiment.source, loaded, _as_told(experiment.source), money)
    guess, source, _, loaded = guessed(path, Path.cwd(), columns)
    return _looked_at(title(path), source, loaded, _as_guessed(guess), currency or guess.currency)


def _check(currency: str) -> None:
    try:
        checked(currency)
    except ValueError as error:
        raise ConfigError(f"{error}; correct --currency") from None


def _looked_at(
    name: str, source: Source, loaded: Loaded, read: pd.DataFrame, currency: str | None
) -> Inspection:
    log = loaded.log
    times = log.lines["time"]
    basket_classes, basket_quantiles = portrait.baskets(log)
    visit_classes, visit_quantiles = portrait.purchases(log)
    price_quantiles, odd = portrait.prices(log)
    return Inspection(
        name=name,
        source=", ".join(file.name for file in loaded.files) or "a query",
        read=read,
        notes=loaded.notes,
        ledger=loaded.ledger,
        missing=loaded.missing,
        identical=identical(source, loaded.files),
        first=str(times.iloc[0]),
        last=str(times.iloc[-1]),
        priced=log.priced,
        simulated=simulated(loaded),
        facts=portrait.facts(log),
        days=portrait.by_day(log),
        months=portrait.by_month(log),
        weekdays=portrait.by_weekday(log),
        hours=portrait.by_hour(log),
        baskets=basket_classes,
        basket_quantiles=basket_quantiles,
        purchases=visit_classes,
        purchase_quantiles=visit_quantiles,
        between=portrait.between(log),
        concentration=portrait.concentration(log),
        countries=portrait.countries(log),
        prices=price_quantiles,
        odd_prices=odd,
        shelf=portrait.shelf(log),
        ahead=portrait.ahead(log),
        returns=portrait.returns(log),
        currency=currency or "",
    )


def _as_told(source: Source) -> pd.DataFrame:
    """Role and column as the config has them."""
    roles = {role: " or ".join(source.columns.names(role)) for role in type(source.columns).model_fields}
    rows = [(role, column, "", "") for role, column in roles.items() if column]
    return pd.DataFrame(rows, columns=["role", "column", "sure", "why"])


def _as_guessed(guess: Guess) -> pd.DataFrame:
    rows: list[tuple[str, str, str, str]] = [
        (one.what, one.value, one.sure, one.passed_on) for one in guess.findings
    ]
    rows += [(role, "(not found)", "", why) for role, why in guess.lacking]
    return pd.DataFrame(rows, columns=["role", "column", "sure", "why"])
