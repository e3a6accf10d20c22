"""NDCG@10 of the reference log's recommenders, window by window, with 95 % intervals over customers.

python -m benchmarks.accuracy RUN, where RUN is a finished run of configs/online_retail_best.yaml. Writes
benchmarks/results/accuracy.md. The intervals are normal ones of the mean; windows are not pooled.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "results" / "accuracy.md"


def cell(run: Path, window: int, target: str, name: str) -> str:
    """The mean over judged customers with history and half the width of its interval."""
    scores = pd.read_parquet(run / "scores" / f"{window}-{target}-{name}.parquet")
    values = scores.loc[scores["segment"] != "(no history)", "ndcg@10"].astype(float)
    return f"{values.mean():.4f} ± {1.96 * values.std() / len(values) ** 0.5:.4f}"


def main(run: Path) -> None:
    """Print and keep the table."""
    manifest = json.loads((run / "manifest.json").read_text())
    windows = [window["window"] for window in manifest["windows"]]
    lines = [
        "# NDCG@10 on UCI Online Retail",
        "",
        f"`{manifest['name']}`, run {manifest['run_id']}, seed 7.",
        "",
    ]
    for target in ("any", "new"):
        lines.append(
            f"| target `{target}` | "
            + " | ".join(f"from {w['judged_from']}" for w in manifest["windows"])
            + " |"
        )
        lines.append("|---|" + "---:|" * len(windows))
        for name in manifest["config"]["recommenders"]:
            cells = [cell(run, window, target, name) for window in windows]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    text = "\n".join(lines)
    RESULTS.write_text(text)
    print(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
