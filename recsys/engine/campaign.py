"""Who is sent which list: segments, those left out and why, and everybody's list under the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.fold import Known, Target
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.engine.control import control_group
from recsys.engine.drafting import BLOCK, Drafter
from recsys.engine.habits import LogHabits
from recsys.engine.plan import Plan
from recsys.engine.progress import Progress
from recsys.engine.serve import SEEN
from recsys.engine.spec import Export
from recsys.export.capacity import lots
from recsys.export.checks import check_capacity, check_lists
from recsys.export.words import in_words
from recsys.measure.segments import NO_HISTORY
from recsys.recommend.reasons import explained, masked

BLOCKED, CONTROL, NOTHING_LEFT = "blocked", "control group", "nothing left after the rules"
"""Why a customer has no list."""


@dataclass(frozen=True, eq=False)
class Campaign:
    """Everybody's lists at one state of knowledge; the control group is drawn by the seed."""

    known: Known
    plan: Plan
    fitted: Mapping[str, Fitted]
    drafter: Drafter
    wanted: Export
    seed: int
    _rationed: dict[str, TopK] = field(default_factory=dict, repr=False)

    @cached_property
    def segments(self) -> list[tuple[str, NDArray[np.int32]]]:
        """Each segment's name and its customers; one called `all` where there are none.

        People without history are one row, of nobody, where the plan serves them.
        """
        found = self.known.segmentation
        nobody = [(NO_HISTORY, np.array([NOTHING], dtype=np.int32))] if self.plan.newcomers else []
        if found is None:
            return [("all", np.arange(len(self.names), dtype=np.int32)), *nobody]
        return [*((name, found.members(at)) for at, name in enumerate(found.names)), *nobody]

    @property
    def names(self) -> NDArray[np.object_]:
        return self.known.history.customers.names

    @cached_property
    def blocked(self) -> NDArray[np.bool_]:
        """(customers,) who must not be sent anything."""
        if not self.wanted.blocked_customers:
            return np.zeros(len(self.names), dtype=bool)
        return np.isin(self.names.astype(str), np.array(self.wanted.blocked_customers, dtype=str))

    @cached_property
    def control(self) -> NDArray[np.bool_]:
        """(customers,) who is kept back; nobody of the blocked, who would get nothing anyway."""
        segments = [at[~self.blocked[at]] for name, at in self.segments if name != NO_HISTORY]
        return control_group(self.names, segments, self.wanted.control_share, self.seed)

    def treated(self, members: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of them who are to get a list."""
        return members[(members == NOTHING) | ~(self.control[members] | self.blocked[members])]

    def serves(self, segment: str) -> str:
        """The recommender of a segment."""
        if segment == NO_HISTORY and self.plan.newcomers:
            return self.plan.newcomers
        return self.plan.of(segment)

    def begin(self, progress: Progress) -> None:
        """Say how much there is to do; where products have room in only so many lists, rank for everybody."""
        blocks = {name: -(-len(self.treated(at)) // BLOCK) for name, at in self.segments}
        most = self.wanted.max_lists
        if most is None:
            progress.steps(sum(blocks.values()))
            return
        ahead = sum(count for name, count in blocks.items() if name != NO_HISTORY)
        progress.steps(sum(blocks.values()) + ahead)
        progress.step("ranking for everybody, as products have room in only so many lists")
        self._ration(most, progress.done)

    def lists(self, segment: str, members: NDArray[np.int32]) -> Iterator[TopK]:
        """The lists of a segment's treated customers, block by block, each checked; after `begin`."""
        treated = self.treated(members)
        for start in range(0, len(treated), BLOCK):
            block = treated[start : start + BLOCK]
            if segment in self._rationed:
                held, rows = self._rationed[segment], slice(start, start + BLOCK)
                lists = TopK(block, held.products[rows], held.scores[rows])
            else:
                lists = self.drafter.lists(self.fitted[self.serves(segment)], block)
            check_lists(
                lists,
                self.known.history.products.names,
                allowed=self.drafter.server.allowed,
                bought=self.known.history.bought if self.drafter.target is Target.NEW else None,
            )
            yield lists

    def reasons(self, segment: str, lists: TopK) -> pa.Array:
        """A sentence for each listed product; empty where reasons are not wanted or there is none.

        A place that the recommender did not rank itself is filled by bestsellers.
        """
        if not self.wanted.reasons:
            return pa.repeat(pa.scalar("", pa.string()), int(lists.lengths.sum()))
        ranked = ~np.isnan(lists.scores)
        seen, allowed = SEEN[self.drafter.target], self.drafter.server.allowed
        said = explained(self.fitted[self.serves(segment)], masked(lists, ranked), seen=seen, allowed=allowed)
        filled = Reasons.all_of(Why.BESTSELLER, ~ranked & (lists.products != NOTHING))
        return in_words(said.elsewhere(filled), lists, self._called, segment, self._habits, self.known.cutoff)

    @cached_property
    def _called(self) -> NDArray[np.object_]:
        """What each product is called: its description, else its id."""
        shelf = self.known.catalogue
        named = shelf["description"].where(shelf["description"].notna(), shelf["product"])
        return named.to_numpy(dtype=object)

    @cached_property
    def _habits(self) -> LogHabits:
        return LogHabits(self.known.history)

    def _ration(self, most: int, done: Callable[[], None]) -> None:
        """Everybody's lists, no product in more than `most` of them.

        The list for people without history is not counted: how many read it is not known.
        """
        groups = {name: self.treated(at) for name, at in self.segments if name != NO_HISTORY}
        codes = np.concatenate([np.empty(0, np.int32), *groups.values()])
        lot = lots(self.names[codes], self.seed)
        parts = [(self.fitted[self.serves(name)], at) for name, at in groups.items()]
        found = self.drafter.shared(parts, most, lot, done)
        every = np.concatenate([lists.products[lists.products != NOTHING] for lists in found])
        check_capacity(
            np.bincount(every, minlength=len(self.known.catalogue)), most, self.known.history.products.names
        )
        self._rationed.update(zip(groups, found, strict=True))
