"""Stored run folders -> Markdown, one offline HTML page, and terminal tables; nothing is fitted again."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.report.digest import summary
    from recsys.report.groups.noun import Insight
    from recsys.report.groups.page import write_insight
    from recsys.report.intact import changed_files
    from recsys.report.look.page import page_of_log
    from recsys.report.page_text import print_page
    from recsys.report.paired import Paired
    from recsys.report.run import Run, read_run
    from recsys.report.terminal import print_tables
    from recsys.report.terminal_cards import print_cards
    from recsys.report.terminal_sensitivity import print_sensitivity
    from recsys.report.write import write_page, write_report

__all__ = [
    "Insight",
    "Paired",
    "Run",
    "changed_files",
    "page_of_log",
    "print_cards",
    "print_page",
    "print_sensitivity",
    "print_tables",
    "read_run",
    "summary",
    "write_insight",
    "write_page",
    "write_report",
]

_HOME = {
    "Paired": "paired",
    "Run": "run",
    "read_run": "run",
    "write_page": "write",
    "write_report": "write",
    "page_of_log": "look.page",
    "print_page": "page_text",
    "print_tables": "terminal",
    "print_sensitivity": "terminal_sensitivity",
    "print_cards": "terminal_cards",
    "Insight": "groups.noun",
    "changed_files": "intact",
    "write_insight": "groups.page",
}


def __getattr__(name: str) -> Any:
    """Import pandas, jinja2 or rich only when what needs them is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'digest')}"), name)
