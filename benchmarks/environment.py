"""A peer's own virtual environment, made once, so that its versions never meet ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ENVS = Path(__file__).parent / ".envs"


def python_with(name: str, *requirements: str) -> Path:
    """The interpreter of an environment that holds these packages."""
    folder = ENVS / name
    interpreter = folder / "bin" / "python"
    done = folder / ".requirements"
    wanted = "\n".join(requirements)
    if not done.is_file() or done.read_text() != wanted:
        print(f"making the environment of {name} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *requirements], check=True)
        done.write_text(wanted)
    return interpreter


def versions(interpreter: Path, *packages: str) -> dict[str, str]:
    """Installed versions in an environment."""
    code = "import sys; from importlib.metadata import version; print([version(p) for p in sys.argv[1:]])"
    done = subprocess.run([interpreter, "-c", code, *packages], capture_output=True, text=True, check=True)
    found = done.stdout.strip().strip("[]").replace("'", "").split(", ")
    return dict(zip(packages, found, strict=True))
