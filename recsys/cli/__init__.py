"""click commands: parse, call one engine function, print."""

from recsys.cli.main import main

__all__ = ["main"]
