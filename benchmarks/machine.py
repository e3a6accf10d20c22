"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine(threads: int) -> dict[str, object]:
    """Processor, cores, threads used and Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "threads": threads,
        "python": platform.python_version(),
        "system": platform.system(),
    }
