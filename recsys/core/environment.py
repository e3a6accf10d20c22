"""${NAME} in a setting stands for a value of the environment, so that no secret is written down."""

from __future__ import annotations

import os
import re

from recsys.core.errors import ConfigError


def of_environment(text: str, setting: str) -> str:
    """The text with each ${NAME} replaced. Raises ConfigError where NAME is not set."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise ConfigError(f"{setting} names ${{{match[1]}}}, which is not set: set it in the environment")
        return found

    return re.sub(r"\$\{(\w+)\}", value, text)
