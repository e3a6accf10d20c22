"""What an export is asked for, settled and checked before anything long begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys.core.errors import ConfigError, RunError
from recsys.core.fold import Target
from recsys.engine.config import read_config
from recsys.engine.plan import Plan, best, check_name, read_policy
from recsys.engine.spec import Experiment, Export
from recsys.engine.store import check_writable, read_manifest, refuse_foreign
from recsys.export import Format
from recsys.export.database import DatabaseTable


@dataclass(frozen=True, eq=False)
class Order:
    """Which lists of which run go where.

    judged: the run's config. experiment: the same with what this export asks for in its sections export and
    candidates. final: the folder; database: takes the lists in place of its files, where there is one.
    """

    manifest: dict[str, Any]
    judged: Experiment
    experiment: Experiment
    plan: Plan
    by_policy: bool
    final: Path
    database: DatabaseTable | None

    @property
    def target(self) -> Target:
        """Whether lists hold what was bought before."""
        return Target(self.experiment.export.target)


def order(
    run: Path,
    *,
    recommender: str | None,
    policy: bool,
    k: int | None,
    kind: Format | None,
    out: Path | None,
    target: Target | None,
    control_share: float | None,
    overrides: Sequence[str],
    blocked: Path | None,
    to: str | None,
    table: str | None,
) -> Order:
    """See `export`. Raises ConfigError and RunError for what does not fit together, or the run lacks."""
    manifest = read_manifest(run)
    judged = read_config(run / "config.yaml")
    experiment = overridden(run / "config.yaml", overrides)
    given = {"k": k, "format": kind, "target": target, "control_share": control_share}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if blocked is not None:
        asked["blocked_customers"] = (*experiment.export.blocked_customers, *_ids(blocked))
    experiment = experiment.model_copy(update={"export": experiment.export.model_copy(update=asked)})
    _check(experiment.export)
    final = out or run / "export"
    check_writable(final)
    refuse_foreign(final, "export", "fitted_until")
    return Order(
        manifest=manifest,
        judged=judged,
        experiment=experiment,
        plan=_plan(run, experiment, recommender, policy),
        by_policy=policy,
        final=final,
        database=_database(to, table),
    )


def overridden(path: Path, overrides: Sequence[str]) -> Experiment:
    """The run's config with other rules for this export."""
    for override in overrides:
        if not override.startswith(("export.", "candidates.")):
            raise ConfigError(
                f"--set {override} changes what was judged: expected a field of export or candidates, as in "
                "--set export.price_weight=0.2; evaluate again for anything else"
            )
    return read_config(path, overrides)


def _plan(run: Path, experiment: Experiment, recommender: str | None, policy: bool) -> Plan:
    """Who serves whom."""
    if policy and recommender:
        raise RunError(
            f"both a policy and the recommender {recommender!r} are asked for: expected one of them"
        )
    target = Target(experiment.export.target)
    plan = read_policy(run, target) if policy else Plan(recommender or best(run, experiment, target))
    for name in plan.names:
        check_name(name, experiment)
    return plan


def _database(to: str | None, table: str | None) -> DatabaseTable | None:
    if to is not None and table is not None:
        return DatabaseTable(to, table)
    if to is not None or table is not None:
        raise ConfigError(
            "one of --to and --table is given: expected both, as in --to sqlite:///lists.db --table lists"
        )
    return None


def _check(wanted: Export) -> None:
    """What was given beside the config, whose own values are sound."""
    if not 0 <= wanted.control_share < 1:
        raise RunError(
            f"control share is {wanted.control_share}: expected at least 0 and less than 1, as in 0.1 for a "
            "tenth"
        )
    if wanted.k < 1:
        raise RunError(f"k is {wanted.k}: expected at least 1, the products of a list; correct it")


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
