"""Where the commands write, and whether in colour."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Styles on a terminal, or anywhere with FORCE_COLOR; none at all with NO_COLOR (https://no-color.org)."""
    from rich.console import Console

    return Console(stderr=stderr, color_system=None if os.environ.get("NO_COLOR") else "auto")
