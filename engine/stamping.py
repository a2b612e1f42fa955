"""Stamping: many instances from one that has begun, where they are for different units and alike in everything else.

What is the same is decided and written down once. Each is asked only for what is its own: whose it is, and at which desks its
tasks land.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol
from uuid import UUID

from engine.actors import Pick, Units
from engine.addressees import NewTask, Place, offer
from engine.at_hand import ledgers_read
from engine.candidates import BY, named_in
from engine.company import PARTNERS, RECIPIENTS
from engine.dating import names_of
from engine.desks import Desks
from engine.models import Instance, Task
from engine.process import Opened, Step, stamps
from engine.rows import AnyUnit, InstanceRow
from engine.running import Running
from engine.stepping import drawn, places_of
from tenants.alike import Alike
from tenants.base import new_ids, new_keys, table_of
from tenants.db import Work
from workflows.bpmn import Node
from workflows.elements import Duty
from workflows.package import Package

# What a process or a date may read of whom an instance is for: where one does, each instance is worked out by itself.
_OWN = frozenset({"unit", "about", RECIPIENTS, PARTNERS})
_INSTANCES = Alike(table_of(Instance), "id", "unit_id", "about_id", "desk_id", "compact")
_TASKS = Alike(
    table_of(Task), "id", "instance_id", "token", "unit_id", "about_id", "desk_id", "post", "others"
)

_CELLS = tuple(cell.name for cell in fields(InstanceRow))
_ID, _UNIT, _ABOUT, _COMPACT = map(_CELLS.index, ("id", "unit_id", "about_id", "compact"))


class Whom(Protocol):
    """What is its own in one that is stamped. desk_id: of the instance."""

    @property
    def unit(self) -> AnyUnit | None: ...
    @property
    def about(self) -> AnyUnit | None: ...
    @property
    def desk_id(self) -> UUID | None: ...


@dataclass(frozen=True)
class _Pattern:
    """A task that each of them opens. package, node: where its step is drawn; row: of the first one's; fixed: where it lands, if
    that is the same for all; own: it is for whoever owes the duty, as a unit and not in one of its posts."""

    package: Package
    node: Node
    opened: Opened
    row: Mapping[str, Any]
    fixed: Sequence[Place]
    own: bool


@dataclass(frozen=True)
class Mould:
    """One that has begun, and those that are to be stamped from it. row: all columns of the instance; pressed: (place among all
    that are opened, whom it is for, where each of its tasks lands)."""

    instance: InstanceRow
    duty: Duty | None
    step: Step
    row: Mapping[str, Any]
    tasks: Sequence[_Pattern]
    pressed: list[tuple[int, Whom, Sequence[Sequence[Place]]]] = field(default_factory=list)

    def press(self, tree: Units, desks: Desks, place: int, whom: Whom) -> None:
        """Take one more to be stamped. Raises what `places_of` raises, and has not taken it then."""
        places = [self._places(tree, desks, whom, task) for task in self.tasks]
        self.pressed.append((place, whom, places))

    def _places(self, tree: Units, desks: Desks, whom: Whom, task: _Pattern) -> Sequence[Place]:
        if task.fixed:
            return task.fixed
        if task.own and whom.unit is not None:
            return [desks.address(Pick(whom.unit))]
        data = task.opened.data
        return places_of(tree, task.package, self.duty, task.node, whom.unit, whom.about, data, desks)

    def write(self, work: Work) -> Iterator[tuple[int, InstanceRow]]:
        """Write down those that were pressed, in a few statements; yield (place, row) of each."""
        number, prints = len(self.pressed), list(stamps(self.step, len(self.pressed)))
        made = list(self._stamped(new_ids(number), [state for state, _ in prints]))
        keys = [one.id.hex for one in made]
        units = [one.unit_id and one.unit_id.hex for one in made]
        subjects = [one.about_id for one in made]
        _INSTANCES.write(
            work.session, self.row, id=keys, unit_id=units, about_id=subjects,
            desk_id=[whom.desk_id for _, whom, _ in self.pressed], compact=[one.compact for one in made],
        )  # fmt: skip
        for index, task in enumerate(self.tasks):
            places = [found[index] for _, _, found in self.pressed]
            task_keys = new_keys(number)
            _TASKS.write(
                work.session, task.row, id=task_keys, instance_id=keys, unit_id=units, about_id=subjects,
                token=[tokens[index] for _, tokens in prints], desk_id=[at[0][0] for at in places],
                post=[at[0][1] for at in places], others=[len(at) > 1 for at in places],
            )  # fmt: skip
            offer(
                work, [(UUID(key), at[1:]) for key, at in zip(task_keys, places, strict=True) if len(at) > 1]
            )
        return ((place, one) for one, (place, _, _) in zip(made, self.pressed, strict=True))

    def _stamped(self, keys: Sequence[UUID], states: Sequence[bytes]) -> Iterator[InstanceRow]:
        cells = [getattr(self.instance, name) for name in _CELLS]
        for key, state, (_, whom, _) in zip(keys, states, self.pressed, strict=True):
            cells[_ID], cells[_COMPACT] = key, state
            unit, about = whom.unit, whom.about
            cells[_UNIT], cells[_ABOUT] = unit.id if unit else None, about.id if about else None
            yield InstanceRow(*cells)


def mould_of(
    running: Running, instance: InstanceRow, step: Step, row: Mapping[str, Any], tasks: Sequence[NewTask]
) -> Mould | None:
    """Return what others can be stamped from; None where what they do depends on whom they are for, or the first step left
    more behind than tasks.

    tasks: those that the step has opened, as `stepping.task_rows` gives them.
    """
    if step.ended or step.timers or step.waits or step.thrown or step.decided or step.closed or step.unheard:
        return None
    if running.model(instance.process).reads & _OWN or ledgers_read(running, instance.process):
        return None
    patterns, duty = [], running.duties.get(instance.duty)
    for opened, (task, _) in zip(step.opened, tasks, strict=True):
        called, node = drawn(running, instance, opened)
        if (names_of(node.due) | names_of(node.follow_up)) & _OWN or task.get("away_id") is not None:
            return None
        alone = task["claimed_by"] is not None  # a member's own, whichever the unit
        fixed = [(task["desk_id"], task["post"])] if alone else ()
        package = running.package_of(called)
        patterns.append(_Pattern(package, node, opened, task, fixed, _is_own(package, duty, node)))
    return Mould(instance, duty, step, row, patterns)


def _is_own(package: Package, duty: Duty | None, node: Node) -> bool:
    actors = [package.actors[name] for name in duty.by if name in package.actors] if duty else []
    return set(named_in(node)) <= {BY} and not any(actor.post for actor in actors)
