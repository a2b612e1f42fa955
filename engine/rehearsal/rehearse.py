"""A whole campaign in virtual time: what comes when and for whom, and what it means for everybody's weeks.

Nothing is touched: no database, no file, no clock. The memory that it takes does not grow with the number of occurrences,
but for one number for each role and week.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.candidates import ABOUT, BY, addressed, is_unreceived
from engine.rehearsal.cast import Extra
from engine.rehearsal.coming import begun, happened, upcoming
from engine.rehearsal.load import Load
from engine.rehearsal.remarks import Remark, Remarks
from engine.rehearsal.slots import Line, Pair, Roles, Slot, lines, phase_lines, rows
from engine.rehearsal.stage import Stage
from engine.rehearsal.walk import Did, TimeUp, Walk, Walks, no_end
from engine.running import form_of, package_of
from tenants.text import say
from workflows.elements import Duty
from workflows.schedule import ImpossibleDate, NoSeason

# Events may set each other off; so deep and so often, and no more.
_DEEP, _BORN = 8, 10_000


@dataclass(frozen=True)
class Task:
    """A step of a process in rehearsal: who does it, and on which day. role: what the package calls whoever does it."""

    name: str
    role: str
    unit: str | None
    day: date | None
    form: str | None

    def row(self) -> dict[str, Any]:
        """Return it as a mapping for programs."""
        day = self.day.isoformat() if self.day else None
        return {"title": self.name, "actor": self.role, "unit": self.unit, "day": day, "form": self.form}


class Rehearsal:
    """One rehearsal; goes through once.

    steps: walk the processes, so that the load counts everybody's work. Without it only what events set off is walked.
    watch: called with 1 for each slot that has passed. patience: asked at every step and for every unit; when it says False,
    whatever goes through the rehearsal raises TimeUp.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        steps: bool = True,
        watch: Callable[[int], object] | None = None,
        patience: Callable[[], bool] = no_end,
    ) -> None:
        self.stage = stage
        self._patience = patience
        self.load = Load()
        self._steps, self._watch = steps, watch
        self._roles = Roles(stage)
        self._walks = Walks(stage, patience)
        self._remarks = Remarks(stage)
        self._born: list[tuple[tuple[date, int, int], int, Slot]] = []
        self._births = 0
        self._counted: dict[tuple[str, str, str], Counter[str]] = {}
        self.units = 0

    def phases(self) -> list[Line]:
        """Return the phases by their start."""
        return phase_lines(self.stage)

    def counts(self) -> Counter[str]:
        """Return how many slots each duty will have, but for what events set off; goes through the calendar once."""
        return Counter(slot.duty.id for slot in upcoming(self.stage, lambda duty, error: None))

    def slots(self) -> Iterator[Slot]:
        """Yield every occurrence of every duty by date; load and remarks grow on the way."""
        coming = upcoming(self.stage, self._trouble)
        for slot in coming:
            if self._collects_nothing(slot):
                continue
            yield from self._until(slot.key)
            self._play(slot)
            yield slot
            if self._watch:
                self._watch(1)
        yield from self._until(None)

    def lines(self) -> Iterator[Line]:
        """Yield the phases, then a line for each unit of each slot."""
        yield from self.phases()
        for slot in self.slots():
            yield from lines(self._roles, slot)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what `lines` does as mappings for programs."""
        yield from (line.row() for line in self.phases())
        for slot in self.slots():
            yield from rows(self._roles, slot)

    def pairs(self, slot: Slot) -> tuple[Pair, ...]:
        """Return (actor, who owes it, whom it is about) for each unit that a slot concerns."""
        return self._roles.pairs(slot)

    def lines_of(self, slot: Slot) -> Iterator[Line]:
        return lines(self._roles, slot)

    def remarks(self) -> list[Remark]:
        """Return what to look at before the launch; complete when all slots have passed."""
        for duty, left_out in self._roles.left_out.items():
            self._remarks.doubtful(duty, left_out)
        return self._remarks.all(self.load)

    def tasks(self, slot: Slot, pair: Pair) -> list[Task]:
        """Return the steps that one unit's instance of a slot goes through."""
        if slot.occurrence is None or slot.mark is not None:
            return []
        _, unit, about = pair
        walk = self._walks.of(slot.duty, slot.occurrence, unit, about)
        found = []
        for did in walk.steps:
            node = self.stage.node(slot.duty.process, did.called, did.node)
            form = form_of(self.stage.package, slot.duty, node.form, did.called)
            role, doer = self._whom(slot.duty, did, pair)
            found.append(Task(node.name or node.id, role, doer, did.day, form.id if form else None))
        return found

    def _trouble(self, duty: Duty, error: ImpossibleDate) -> None:
        if isinstance(error, NoSeason):
            self._remarks.waits(duty, error.season)
        else:
            self._remarks.trouble(duty, error.what)

    def _until(self, key: tuple[date, int, int] | None) -> Iterator[Slot]:
        """Yield what events have set off before that place in the calendar."""
        while self._born and (key is None or self._born[0][0] <= key):
            slot = heapq.heappop(self._born)[2]
            self._play(slot)
            yield slot

    def _collects_nothing(self, slot: Slot) -> bool:
        """Tell whether a slot collects reports that nobody owes."""
        lower = slot.duty.on.duties if slot.duty.on is not None and slot.occurrence is not None else ()
        duties = self.stage.package.duties
        return bool(lower) and not any(self._roles.of_duty(duties[key]) for key in lower if key in duties)

    def _play(self, slot: Slot) -> None:
        if not self._patience():
            raise TimeUp
        one, duty = slot.occurrence, slot.duty
        if slot.mark is not None:
            return  # a part of a task: it is walked, and counted, with the task
        if slot.occurrence is not None and slot.occurrence.past:
            self._remarks.see(slot, 1)
            return  # what was over before the notice is nobody's work
        pairs = self._roles.pairs(slot) if one is not None else ()
        self.units += len(pairs)
        self._remarks.see(slot, len(pairs))
        if pairs and is_unreceived(self.stage.cast, self.stage.package, duty, *pairs[0][1:]):
            self._remarks.unreceived(duty)
        if one is None or not pairs or not (self._steps or self._walks.throws(duty.process)):
            return
        if self._walks.reads_unit(duty.process) or self._walks.throws(duty.process):
            for pair in pairs:
                if not self._patience():
                    raise TimeUp
                self._follow(slot, self._walks.of(duty, one, pair[1], pair[2]), (pair,))
        else:
            self._follow(slot, self._walks.of(duty, one, None, None), pairs)

    def _follow(self, slot: Slot, walk: Walk, pairs: tuple[Pair, ...]) -> None:
        """Count the steps of a walk that these went through alike, and let happen what it threw."""
        if walk.stopped is not None:
            self._remarks.stopped(slot.duty, walk.stopped)
        for name in walk.skipped:
            self._remarks.skipped(slot.duty, name)
        for did in walk.steps if self._steps else ():
            for role, n in self._doers(slot, did, pairs).items():
                self.load.add(role, did.day, n)
        for name, payload, day in walk.thrown:
            heard = [d for d in self.stage.package.duties.values() if d.on and d.on.event == name]
            for duty in heard:
                for _, unit, about in pairs:
                    self._bear(slot, duty, about or unit, payload, day)

    def _bear(self, slot: Slot, duty: Duty, unit: Extra | None, payload: dict[str, Any], day: date) -> None:
        if slot.depth >= _DEEP or self._births >= _BORN:
            self._remarks.stopped(
                duty, say("任务之间互相触发，超过 {n} 次", n=_BORN if slot.depth < _DEEP else _DEEP)
            )
            return
        self._births += 1
        try:
            if duty.every is not None:
                found = list(begun(self.stage, duty, day, payload=payload))
            else:
                found = [happened(self.stage, duty, day, self._births, payload)]
        except ImpossibleDate as error:
            self._trouble(duty, error)
            return
        place = list(self.stage.package.duties).index(duty.id)
        for one in found:
            born = Slot(duty, place, one, pairs=self._roles.seen_from(duty, unit), depth=slot.depth + 1)
            # What follows from something is never told before it.
            heapq.heappush(self._born, (max(born.key, slot.key), self._births, born))
            self._births += 1

    def _doers(self, slot: Slot, did: Did, pairs: tuple[Pair, ...]) -> Counter[str]:
        """Return role -> how many of these have their step done by it."""
        key = (slot.duty.id, did.called, did.node)
        whole = slot.pairs is None and len(pairs) > 1 and did.data is None
        if whole and key in self._counted:
            return self._counted[key]
        found = Counter(self._whom(slot.duty, did, pair)[0] for pair in pairs)
        if whole:
            self._counted[key] = found
        return found

    def _whom(self, duty: Duty, did: Did, pair: Pair) -> tuple[str, str | None]:
        """Return (role, name of the unit) of whoever does a step: the first of its candidates."""
        actor, unit, about = pair
        node = self.stage.node(duty.process, did.called, did.node)
        package = package_of(self.stage.package, did.called)
        name, pick = addressed(self.stage.cast, package, duty, node, unit, about, did.data or {})[0]
        home = pick.unit or self.stage.cast.home_of(pick.post)
        if name == BY:
            name = actor or (duty.by[0] if duty.by else "")
        elif name == ABOUT:
            name = duty.about or (duty.on.about if duty.on else "") or actor
        found = package.actors.get(name) or self.stage.package.actors.get(name)
        return found.title if found else name, home.name if home else None
