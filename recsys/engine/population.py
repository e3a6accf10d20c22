"""Who takes part: a shop may ask how its answer looks without its wholesalers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.core.errors import ConfigError
from recsys.ingest import Loaded
from recsys.split import Window


def without_top_spenders(loaded: Loaded, share: float, earliest: Window) -> Loaded:
    """The log as if the customers who spent most before the earliest cutoff had never come.

    share: of the customers with history then, rounded up; 0: everybody stays. What they spent later does not
    count, or the future would choose who is judged. Ties go by name. Raises ConfigError where the log has no
    prices.
    """
    if not share:
        return loaded
    log = loaded.log
    if not log.priced:
        raise ConfigError(
            f"evaluate.without_top_spenders is {share}, but the log has no prices: expected a price column; "
            "map source.columns.price or leave the option out"
        )
    history = log.between(None, earliest.cutoff)
    spent = np.bincount(history.lines["customer"], weights=history.spend, minlength=len(log.customers))
    present = np.flatnonzero(np.bincount(history.lines["customer"], minlength=len(log.customers)))
    order = present[np.lexsort((log.customers.names[present].astype(str), -spent[present]))]
    gone = order[: int(np.ceil(share * len(present)))].astype(np.int32)
    left = log.without(gone)
    lines, worth = len(log.lines) - len(left.lines), 1 - left.spend.sum() / log.spend.sum()
    note = (
        f"{len(gone):,} customers who spent most before {str(earliest.cutoff)[:10]} are left out: "
        f"{lines:,} lines, {worth:.0%} of the spend"
    )
    return replace(loaded, log=left, notes=(*loaded.notes, note))
