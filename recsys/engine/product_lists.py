"""Lists of products for products, from the whole log: bought together, similar, complementary, dearer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recsys import __version__
from recsys.core.fold import Known, know
from recsys.core.parallel import threads
from recsys.core.topk import TopK
from recsys.engine.drafting import families
from recsys.engine.order import overridden
from recsys.engine.progress import SILENT, Progress, logged
from recsys.engine.spec import Export
from recsys.engine.store import (
    MANIFEST,
    check_writable,
    found_input,
    made_whole,
    read_manifest,
    refuse_foreign,
    write_whole,
)
from recsys.export import Format, TableFile
from recsys.export.checks import check_lists
from recsys.export.pairs import PAIRS, check_pairs, pair_rows
from recsys.ingest import load
from recsys.recommend.pairs import Pairs

TOGETHER, SIMILAR, COMPLEMENTARY, DEARER = "bought together", "similar", "complementary", "dearer"


def export_products(
    run: Path,
    *,
    k: int | None = None,
    kind: Format | None = None,
    out: Path | None = None,
    overrides: Sequence[str] = (),
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write one file of product-to-product lists; returns the folder, which holds a manifest.json.

    k, kind, overrides: as in `export`. out: by default RUN/products. The `candidates` of the config rule both
    sides. Kinds that need what the log lacks (descriptions, prices) are left out, and the manifest says so.
    Raises RecsysError; nothing half-written stands at `out` then.
    """
    manifest = read_manifest(run)
    experiment = overridden(run / "config.yaml", overrides)
    wanted, final = experiment.export, out or run / "products"
    check_writable(final)
    refuse_foreign(final, "export", "fitted_until")
    with threads(limit), logged(progress) as progress:
        progress.stage("reading the log")
        loaded = load(found_input(experiment.source, manifest), experiment.clean)
        known = know(loaded.log, loaded.log.end)
        allowed = experiment.candidates.allowed(known)
        pairs = Pairs(known, k or wanted.k, wanted.min_together, allowed, families(known))
        made, left_out = _kinds(pairs, known, wanted)
        form = kind or wanted.format
        told: dict[str, Any] = {
            "recsys": __version__,
            "run_id": manifest["run_id"],
            "currency": experiment.currency,
            "k": pairs.k,
            "format": form,
            "min_together": wanted.min_together,
            "dearer": list(wanted.dearer),
            "rules": experiment.candidates.model_dump(mode="json"),
            "fitted_until": str(known.cutoff)[:10],
            "input_sha256": loaded.sha256,
            "same_input_as_run": loaded.sha256 == manifest["input"]["sha256"],
            "left_out": left_out,
        }
        progress.steps(len(made))
        names = known.history.products.names
        with made_whole(final) as folder:
            path, counts = folder / f"products.{form}", {}
            with TableFile(path, form, PAIRS, safe=wanted.spreadsheet_safe) as file:
                for name, make in made.items():
                    progress.step(name)
                    lists = make()
                    check_lists(lists, names, allowed=allowed)
                    check_pairs(lists, names)
                    table = pair_rows(lists, name, pairs.joint(lists), known.catalogue, manifest["run_id"])
                    counts[name] = {"products": int((lists.lengths > 0).sum()), "rows": table.num_rows}
                    file.add(table)
                    progress.done()
            told |= {"kinds": counts, "file": {"file": path.name, **file.told()}}
            write_whole(folder / MANIFEST, json.dumps(told, indent=2, ensure_ascii=False))
    return final


def _kinds(
    pairs: Pairs, known: Known, wanted: Export
) -> tuple[dict[str, Callable[[], TopK]], dict[str, str]]:
    """What can be made of this log, and what cannot, and why."""
    made: dict[str, Callable[[], TopK]] = {TOGETHER: pairs.together}
    if not known.described():
        said = "the log has no descriptions; map source.columns.description"
        return made, dict.fromkeys((SIMILAR, COMPLEMENTARY, DEARER), said)
    made |= {SIMILAR: pairs.similar, COMPLEMENTARY: pairs.complementary}
    if not known.history.priced:
        return made, {DEARER: "the log has no prices; map source.columns.price"}
    return made | {DEARER: lambda: pairs.dearer(wanted.dearer)}, {}
