"""What was found in a log, as tables: the page, the Markdown and the terminal are made from it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Inspection:
    """A log, looked at. Tables as `recsys.ingest.portrait` gives them; of cleaned purchases unless said.

    name, source: what it is called and where it was read. read: role, column, sure, why. ledger: rule, lines,
    customers, revenue. missing: column, role, lines, missing, distinct, of the files as they are; identical:
    lines that agree with an earlier one in every column. first, last: moments of the first and last purchase.
    priced: whether money is known; currency: what it is counted in, if that is known. simulated: whether no
    real customer is in it.
    """

    name: str
    source: str
    read: pd.DataFrame
    notes: tuple[str, ...]
    ledger: pd.DataFrame
    missing: pd.DataFrame
    identical: int
    first: str
    last: str
    priced: bool
    simulated: bool
    facts: dict[str, float]
    days: pd.DataFrame
    months: pd.DataFrame
    weekdays: pd.DataFrame
    hours: pd.DataFrame
    baskets: pd.DataFrame
    basket_quantiles: dict[str, float]
    purchases: pd.DataFrame
    purchase_quantiles: dict[str, float]
    between: dict[str, float]
    concentration: pd.DataFrame
    countries: pd.DataFrame
    prices: dict[str, float]
    odd_prices: pd.DataFrame
    shelf: pd.DataFrame
    ahead: pd.DataFrame
    returns: dict[str, float]
    currency: str = ""

    @property
    def month_ahead(self) -> pd.Series | None:
        """The row of `ahead` nearest to four weeks; None where the log is too short for any."""
        if self.ahead.empty:
            return None
        return self.ahead.loc[(self.ahead["days"] - 28).abs().idxmin()]
