"""Batch recommendations for everyone with history, fitted on the whole log, one file per segment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from recsys import __version__
from recsys.core.errors import ConfigError, RunError
from recsys.core.fold import Target, know
from recsys.core.parallel import threads
from recsys.engine.campaign import Campaign
from recsys.engine.config import read_config
from recsys.engine.drafting import Drafter, ListRules
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.plan import Plan, best, check_name, read_policy, told
from recsys.engine.privacy import Mode, Pseudonyms
from recsys.engine.progress import SILENT, Progress, logged
from recsys.engine.rules_cost import measured, summed_up
from recsys.engine.sending import Sender, send
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.engine.store import check_writable, found_input, read_manifest, refuse_foreign
from recsys.export import Format
from recsys.export.database import DatabaseTable
from recsys.ingest import load

AT_END = 2**32 - 2  # stands for "the end of the log" where a window's number seeds the randomness


def export(
    run: Path,
    *,
    recommender: str | None = None,
    policy: bool = False,
    k: int | None = None,
    kind: Format | None = None,
    out: Path | None = None,
    target: Target | None = None,
    customers: Mode = "plain",
    control_share: float | None = None,
    overrides: Sequence[str] = (),
    blocked: Path | None = None,
    to: str | None = None,
    table: str | None = None,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write the lists of a run's recommender or policy; returns the folder, which holds a manifest.json.

    recommender: by default the best on `all` at the deciding metric. policy: each segment gets what the run's
    policy.yaml names, and a file apart holds the list for people without history. target: whether lists hold
    what was bought before (any) or not (new). control_share: the part of each segment that gets no list and
    is named in control.csv. target, k, kind, control_share: by default those of the config's `export`
    section. overrides: of the run's config, as in export.price_weight=0.2; of its sections export and
    candidates alone. blocked: a text file of customer ids, one a line, who get no list; beside those of the
    config. to, table: the URL of a database, and the table there that takes the lists in place of
    files; ${NAME} in it is taken from the environment. out: by default RUN/export. customers: plain ids, or
    as privacy.customers would have them. Raises RecsysError; nothing half-written stands at `out` then.
    """
    manifest = read_manifest(run)
    judged = read_config(run / "config.yaml")
    experiment = overridden(run / "config.yaml", overrides)
    wanted = experiment.export
    if blocked is not None:
        names = (*wanted.blocked_customers, *_ids(blocked))
        wanted = wanted.model_copy(update={"blocked_customers": names})
    aim = Target(target or experiment.export.target)
    if policy and recommender:
        raise RunError(
            f"both a policy and the recommender {recommender!r} are asked for: expected one of them"
        )
    share = experiment.export.control_share if control_share is None else control_share
    if not 0 <= share < 1:
        raise RunError(
            f"control share is {share}: expected at least 0 and less than 1, as in 0.1 for a tenth"
        )
    plan = read_policy(run, aim) if policy else Plan(recommender or best(run, experiment, aim))
    for name in plan.names:
        check_name(name, experiment)
    final = out or run / "export"
    check_writable(final)
    refuse_foreign(final, "export", "fitted_until")
    if (to is None) != (table is None):
        raise ConfigError(
            "one of --to and --table is given: expected both, as in --to sqlite:///lists.db --table lists"
        )
    database = DatabaseTable(to, table) if to is not None and table is not None else None
    with threads(limit), logged(progress) as progress:
        progress.stage("reading the log")
        loaded = load(found_input(experiment.source, manifest), experiment.clean)
        progress.stage(f"fitting {', '.join(plan.names)} on the whole log")
        earliest = np.datetime64(manifest["windows"][-1]["cutoff"], "s")
        segmenter = fit_segmenter(experiment, loaded.log, earliest)
        known = segmented(know(loaded.log, loaded.log.end), segmenter)
        server = Server(experiment, known, partial(generator, experiment.seed, AT_END))
        rules = ListRules.of(experiment.export, k or experiment.export.k, known)
        campaign = Campaign(
            known=known,
            plan=plan,
            fitted={name: server.fit(name) for name in plan.names},
            drafter=Drafter(server, rules, aim),
            wanted=wanted,
            share=share,
            seed=experiment.seed,
        )
        cost = measured(
            judged, experiment, loaded, plan, rules.k, aim, len(known.history.customers), progress
        )
        sender = Sender(
            campaign=campaign,
            kind=kind or experiment.export.format,
            ids=Pseudonyms(customers, loaded.log).of(known.history.customers.names),
            origin=(f"policy {aim}" if policy else "", str(manifest["run_id"])),
            safe=experiment.export.spreadsheet_safe,
            database=database,
        )
        about = {
            "recsys": __version__,
            "run_id": manifest["run_id"],
            **told(plan, experiment),
            "target": str(aim),
            "k": rules.k,
            **sender.told(),
            "customers": customers,
            "rules": _rules(experiment, campaign),
            "candidates_as_judged": experiment.candidates == judged.candidates,
            "fitted_until": str(known.cutoff)[:10],
            "input_sha256": loaded.sha256,
            "same_input_as_run": loaded.sha256 == manifest["input"]["sha256"],
        }
        if cost is not None:
            about["rules_cost"] = summed_up(cost, experiment.evaluate.decide.metric, rules.k)
        return send(final, sender, about, cost, progress)


def overridden(path: Path, overrides: Sequence[str]) -> Experiment:
    """The run's config with other rules for this export."""
    for override in overrides:
        if not override.startswith(("export.", "candidates.")):
            raise ConfigError(
                f"--set {override} changes what was judged: expected a field of export or candidates, as in "
                "--set export.price_weight=0.2; evaluate again for anything else"
            )
    return read_config(path, overrides)


def _ids(path: Path) -> list[str]:
    """The lines of a text file, without spaces around them; empty ones are none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read ({error}): expected a text file in UTF-8 with a customer id on "
            "each line; check --blocked"
        ) from None
    return [line.strip() for line in lines if line.strip()]


def _rules(experiment: Experiment, campaign: Campaign) -> dict[str, Any]:
    """What the manifest says of the rules; customers are counted, not named."""
    names = ("max_per_family", "max_lists", "price_weight")
    found: dict[str, Any] = experiment.candidates.model_dump(mode="json")
    found |= {name: getattr(experiment.export, name) for name in names}
    asked = len(set(campaign.wanted.blocked_customers))
    return found | {"blocked_customers": {"asked": asked, "in_log": int(campaign.blocked.sum())}}
