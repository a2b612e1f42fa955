"""A campaign in a whole province, step by step: handed down, acknowledged, launched, three months of reports rolled up.

Each step is what people and workers do, command by command, and says how many pieces of work it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from engine import campaigns, prefilled, tasks
from engine.bench.chain.province import TOP, Province, files
from engine.cascade import down
from engine.cascade.choosing import Choice
from engine.cascade.taking import CHOICE, FORM, YES
from engine.models import Task
from forms.models import Submission
from workflows.publish import publish

ACCEPTED = {"结论": "接收"}


class Step(NamedTuple):
    """One step. pieces: how many of them it was; act: does it, and returns how many there were."""

    name: str
    unit: str
    act: Callable[[], int]


def steps(made: Province) -> Iterator[Step]:
    """Yield the steps in their order; each has to be done before the next."""
    yield Step("hand down through three levels", "authority", lambda: _hand_down(made))
    yield Step("acknowledge", "authority", lambda: _acknowledge(made))
    yield Step("launch", "mine", lambda: _launch(made))
    for month in range(made.scale.months):
        if month:
            yield Step("the next month opens", "mine", lambda: _next_month(made))
        yield Step("mines report, counties accept", "mine", lambda: _mines(made))
        yield Step("counties roll up, cities accept", "county", lambda: _up(made, "county", "city"))
        yield Step("cities roll up, the province accepts", "city", lambda: _up(made, "city", TOP))
        yield Step("the province rolls up", "city", lambda: _top(made))


def totals(made: Province) -> list[Mapping[str, Any]]:
    """Return what the reports of the province say, oldest first. It has to be what the mines said."""
    with made.act(TOP, reads=True) as work:
        query = select(Submission.answers).join(Task, Task.submission_id == Submission.id)
        own = query.where(Task.duty == "province_report").order_by(Task.done_at, Task.id)
        return [dict(one) for one in work.session.scalars(own)]


def hazards(unit: UUID) -> int:
    """Return how many hazards a mine reports each month."""
    return unit.int % 7


def _hand_down(made: Province) -> int:
    with made.act(TOP) as work:
        package = publish(work, files()).hash
        down.hand_down(work, package, Choice(levels=("city",)), through="county")
    made.ring()
    return made.scale.authorities


def _acknowledge(made: Province) -> int:
    for slug in made.everywhere():
        for task in _waiting(made, slug, form=FORM):
            _complete(made, slug, None, task, {CHOICE: YES})
    made.ring()
    return made.scale.authorities


def _launch(made: Province) -> int:
    for slug in made.everywhere():
        with made.act(slug) as work:
            campaigns.launch(work, publish(work, files()).hash)
    made.ring()
    return made.scale.mines


def _mines(made: Province) -> int:
    """Let every mine report what the number of its unit says, and its county accept it."""
    for slug, mines in made.mines.items():
        people = dict(mines)
        for task, unit in _waiting(made, slug, duty="mine_report", node="fill").items():
            found = hazards(unit)
            _complete(made, slug, people[unit], task, {"隐患数": found, "已整改": found // 2})
        for task in _waiting(made, slug, duty="mine_report", node="review"):
            _complete(made, slug, None, task, ACCEPTED)
    made.ring()
    return made.scale.mines


def _up(made: Province, level: str, above: str) -> int:
    for slug in made.slugs[level]:
        _roll_up(made, slug, f"{level}_report")
    made.ring()
    for slug in made.slugs[above]:
        for task in _waiting(made, slug, duty=f"{level}_report", node="review"):
            _complete(made, slug, None, task, ACCEPTED)
    made.ring()
    return len(made.slugs[level])


def _top(made: Province) -> int:
    _roll_up(made, TOP, "province_report")
    made.ring()
    return made.scale.cities


def _next_month(made: Province) -> int:
    made.clock.next_month()
    made.ring()
    return made.scale.mines


def _roll_up(made: Province, slug: str, duty: str) -> None:
    for task in _waiting(made, slug, duty=duty, node="fill"):
        with made.act(slug) as work:
            tasks.complete(work, task, prefilled.prefilled(work, tasks.gather(work, task)))


def _complete(made: Province, slug: str, member: UUID | None, task: UUID, answers: Mapping[str, Any]) -> None:
    with made.act(slug, member) as work:
        tasks.complete(work, task, answers)


def _waiting(made: Province, slug: str, **which: str) -> dict[UUID, UUID]:
    """Return the open tasks there that are nobody's elsewhere -> the units they are for."""
    with made.act(slug, reads=True) as work:
        where = [getattr(Task, name) == value for name, value in which.items()]
        query = select(Task.id, Task.unit_id).where(Task.state == "open", Task.away_id.is_(None), *where)
        return {row.id: row.unit_id for row in work.session.execute(query.order_by(Task.opened_at, Task.id))}
