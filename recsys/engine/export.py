"""Batch recommendations for everyone with history, fitted on the whole log, one file per segment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from recsys import __version__
from recsys.core.fold import Target, know
from recsys.core.parallel import threads
from recsys.engine.campaign import Campaign
from recsys.engine.drafting import Drafter, ListRules
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.order import Order, order
from recsys.engine.plan import told
from recsys.engine.privacy import Mode, Pseudonyms
from recsys.engine.progress import SILENT, Progress, logged
from recsys.engine.rules_cost import measured, summed_up
from recsys.engine.sending import Sender, send
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.engine.store import found_input
from recsys.export import Format
from recsys.ingest import Loaded, load

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
    asked = order(
        run,
        recommender=recommender,
        policy=policy,
        k=k,
        kind=kind,
        out=out,
        target=target,
        control_share=control_share,
        overrides=overrides,
        blocked=blocked,
        to=to,
        table=table,
    )
    with threads(limit), logged(progress) as progress:
        progress.stage("reading the log")
        loaded = load(found_input(asked.experiment.source, asked.manifest), asked.experiment.clean)
        progress.stage(f"fitting {', '.join(asked.plan.names)} on the whole log")
        campaign = _campaign(asked, loaded)
        cost = _cost(asked, loaded, campaign, progress)
        sender = _sender(asked, loaded, campaign, customers)
        about = _about(asked, loaded, sender, cost) | {"customers": customers}
        return send(asked.final, sender, about, cost, progress)


def _campaign(asked: Order, loaded: Loaded) -> Campaign:
    """The recommenders of the plan, fitted on the whole log, and everybody in a segment of the run."""
    experiment = asked.experiment
    earliest = np.datetime64(asked.manifest["windows"][-1]["cutoff"], "s")
    segmenter = fit_segmenter(experiment, loaded.log, earliest)
    known = segmented(know(loaded.log, loaded.log.end), segmenter)
    server = Server(experiment, known, partial(generator, experiment.seed, AT_END))
    rules = ListRules.of(experiment.export, experiment.export.k, known)
    return Campaign(
        known=known,
        plan=asked.plan,
        fitted={name: server.fit(name) for name in asked.plan.names},
        drafter=Drafter(server, rules, asked.target),
        wanted=experiment.export,
        seed=experiment.seed,
    )


def _cost(asked: Order, loaded: Loaded, campaign: Campaign, progress: Progress) -> pa.Table | None:
    """What the rules cost on the run's windows, where any moves a list."""
    k, people = asked.experiment.export.k, len(campaign.names)
    return measured(asked.judged, asked.experiment, loaded, asked.plan, k, asked.target, people, progress)


def _sender(asked: Order, loaded: Loaded, campaign: Campaign, customers: Mode) -> Sender:
    """Where the lists go, and under which names."""
    wanted = asked.experiment.export
    return Sender(
        campaign=campaign,
        kind=wanted.format,
        ids=Pseudonyms(customers, loaded.log).of(campaign.names),
        origin=(f"policy {asked.target}" if asked.by_policy else "", str(asked.manifest["run_id"])),
        safe=wanted.spreadsheet_safe,
        database=asked.database,
    )


def _about(asked: Order, loaded: Loaded, sender: Sender, cost: pa.Table | None) -> dict[str, Any]:
    """What the manifest says, apart from the files."""
    experiment, manifest = asked.experiment, asked.manifest
    about = {
        "recsys": __version__,
        "run_id": manifest["run_id"],
        **told(asked.plan, experiment),
        "currency": experiment.currency,
        "target": str(asked.target),
        "k": experiment.export.k,
        **sender.told(),
        "rules": _rules(experiment, sender.campaign),
        "candidates_as_judged": experiment.candidates == asked.judged.candidates,
        "fitted_until": str(sender.campaign.known.cutoff)[:10],
        "input_sha256": loaded.sha256,
        "same_input_as_run": loaded.sha256 == manifest["input"]["sha256"],
    }
    if cost is None:
        return about
    return about | {"rules_cost": summed_up(cost, experiment.evaluate.decide.metric, experiment.export.k)}


def _rules(experiment: Experiment, campaign: Campaign) -> dict[str, Any]:
    """What the manifest says of the rules; customers are counted, not named."""
    names = ("max_per_family", "max_lists", "price_weight")
    found: dict[str, Any] = experiment.candidates.model_dump(mode="json")
    found |= {name: getattr(experiment.export, name) for name in names}
    asked = len(set(campaign.wanted.blocked_customers))
    return found | {"blocked_customers": {"asked": asked, "in_log": int(campaign.blocked.sum())}}
