"""The pure functions of the engine: a state and what happened go in, a Step comes out. No database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from SpiffWorkflow import TaskState

from engine.process import state as states
from engine.process.decisions import Decided
from engine.process.errors import ProcessStuck, TokenGone
from engine.process.events import broadcast, deliver, waiting
from engine.process.joins import InclusiveGateway
from engine.process.model import Model
from engine.process.moments import CALENDAR, follow
from engine.process.specs import Catching
from engine.process.tokens import MAX_TOKENS, Instance, Token
from tenants.text import say

Given = Mapping[str, Callable[..., object]]
_NONE: Given = MappingProxyType({})


@dataclass(frozen=True)
class Opened:
    """A task that is now waiting for somebody."""

    token: str
    node_id: str


@dataclass(frozen=True)
class Timer:
    """A timer that is armed; `at` is in UTC."""

    token: str
    node_id: str
    at: datetime


@dataclass(frozen=True)
class Step:
    """What one call did.

    state: to be stored and handed in next time; data: the process data now.
    opened: tasks that are new; closed: tasks that were withdrawn, not completed. timers: all that are armed now, the next first.
    entered: nodes that tokens entered, in order. thrown: signals and messages with the process data of that moment.
    sent: (kind, name) of each of those, kind `signal` or `message`. waits: (kind, name) of all that it waits to hear now.
    decided: which rules hit in the decisions that were made, in order.
    unheard: names handed to `signal` for which nobody was waiting; they are not kept for later.
    ended: whether no token is left; end_nodes: the end events reached in the instance's whole life, in order.
    """

    state: bytes
    data: dict[str, Any]
    opened: tuple[Opened, ...] = ()
    closed: tuple[str, ...] = ()
    timers: tuple[Timer, ...] = ()
    entered: tuple[str, ...] = ()
    thrown: tuple[tuple[str, dict[str, Any]], ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    decided: tuple[Decided, ...] = ()
    waits: tuple[tuple[str, str], ...] = ()
    unheard: tuple[str, ...] = ()
    ended: bool = False
    end_nodes: tuple[str, ...] = ()


def start(model: Model, data: Mapping[str, Any], now: datetime, given: Given = _NONE) -> Step:
    """Return the first step of a new instance.

    data: JSON values, dates, aware datetimes and Decimals; all of it is kept. now: aware; days begin in its zone.
    given: functions for expressions, such as `add_workdays(date, n)`.
    Raises ProcessStuck.
    """
    instance = Instance(model, now, given)
    instance.data = dict(data)
    instance.begin()
    _settle(instance)
    _wake(instance)
    return _step(instance, states.new_prefix(), before={})


def advance(
    model: Model, state: bytes, token: str, answers: Mapping[str, Any], now: datetime, given: Given = _NONE
) -> Step:
    """Return the step in which the task of that token is completed with these answers.

    Timers that are due by `now` fire first, so that the outcome does not depend on how prompt the scheduler was.
    answers: only what the drawing reads, or was given at the start, is kept. Raises TokenGone, ProcessStuck.
    """
    instance, prefix = states.load(model, state, now, given)
    before = _open(instance)
    _wake(instance)
    done = next(
        (found for number, found in _open(instance).items() if states.token_name(prefix, number) == token),
        None,
    )
    if done is None:
        raise TokenGone(token)
    instance.keep(answers)
    done.run()
    _settle(instance)
    _wake(instance)
    return _step(instance, prefix, before, done=int(done.id))


def signal(
    model: Model, state: bytes, name: str, payload: Mapping[str, Any], now: datetime, given: Given = _NONE
) -> Step:
    """Return the step in which the instance hears a signal or message of that name.

    A signal reaches all who listen now, a message the one who has waited longest. Nobody listening is no error: the step
    says so in `unheard`, the payload is dropped and nothing is queued, as BPMN has it for signals. Raises ProcessStuck.
    """
    instance, prefix = states.load(model, state, now, given)
    before = _open(instance)
    _wake(instance)
    data = instance.data
    instance.keep(payload)
    heard = [hand(instance, name) for hand in (broadcast, deliver)]
    if not any(heard):
        instance.data = data
    _settle(instance)
    _wake(instance)
    return replace(_step(instance, prefix, before), unheard=() if any(heard) else (name,))


def wake(model: Model, state: bytes, now: datetime, given: Given = _NONE) -> Step:
    """Return the step in which every timer due at `now` has fired once, in the order of their moments. Raises ProcessStuck."""
    instance, prefix = states.load(model, state, now, given)
    before = _open(instance)
    _wake(instance)
    return _step(instance, prefix, before)


def rearm(
    model: Model,
    state: bytes,
    names: Mapping[str, Any],
    now: datetime,
    given: Given = _NONE,
    *,
    calendar: bool = False,
) -> Step:
    """Return the step in which the campaign's own names have new values and every armed timer that reads one has followed.

    names: such as `due` and `phases`; what was not given at the start is not kept. calendar: the tenant's working days or
    seasons, which `given` asks, have changed as well. Nothing fires: a timer whose new moment has
    passed is due at the next `wake`; one that has fired has fired. Raises ProcessStuck.
    """
    instance, prefix = states.load(model, state, now, given)
    before = _open(instance)
    changed = {name: value for name, value in names.items() if name in instance.data}
    changed = {name: value for name, value in changed.items() if instance.data[name] != value}
    instance.data = {**instance.data, **changed}
    follow(instance, [*changed, CALENDAR] if calendar else changed)
    return _step(instance, prefix, before)


def stamp(step: Step) -> Step:
    """Return the first step of another instance that starts as this one did, under fresh tokens, without running it again.

    step: what `start` returned. Raises ValueError when it armed timers (they belong to its moment) or is no first step.
    """
    if step.timers or step.closed or step.unheard:
        raise ValueError("only a first step that armed no timer can be stamped")
    state, prefix = states.stamped(step.state)
    opened = tuple(
        Opened(f"{prefix.hex()}-{item.token.rpartition('-')[2]}", item.node_id) for item in step.opened
    )
    return replace(step, state=state, opened=opened, data=dict(step.data))


def _settle(instance: Instance) -> None:
    """Run everything that needs nobody, until only people, timers and signals can go on."""
    while True:
        ready = [token for token in instance.everywhere() if _is_ready(token)]
        for token in ready:
            if token.has_state(TaskState.READY):  # one that ran before it may have withdrawn it
                instance.spend(token.task_spec.name)
                token.run()
        if not ready and not _fire_inclusive(instance):
            return


def _is_ready(token: Token) -> bool:
    return token.has_state(TaskState.READY) and not token.task_spec.manual


def _fire_inclusive(instance: Instance) -> bool:
    for scope in instance.scopes():
        joins = {token.task_spec.name: token.task_spec for token in scope.living()}
        for join in joins.values():
            if isinstance(join, InclusiveGateway) and join.fire_if_complete(scope):
                return True
    return False


def _wake(instance: Instance) -> None:
    """Fire what is due, the earliest first; what that arms may be due as well."""
    while True:
        due = [item for item in _armed(instance.everywhere()) if item[0] <= instance.now]
        if not due:
            return
        token = due[0][2]
        instance.spend(token.task_spec.name)
        token.task_spec._update(token)
        _settle(instance)


def _armed(tokens: Iterable[Token]) -> list[tuple[datetime, int, Token]]:
    found = [
        (token.internal_data["at"], int(token.id), token)
        for token in tokens
        if "at" in token.internal_data and token.has_state(TaskState.WAITING)
    ]
    return sorted(found, key=lambda item: item[:2])


def _open(instance: Instance) -> dict[int, Token]:
    """Return the tasks that wait for somebody, by number."""
    return {
        int(token.id): token
        for token in instance.everywhere()
        if token.has_state(TaskState.READY) and token.task_spec.manual
    }


def _step(instance: Instance, prefix: bytes, before: Mapping[int, Token], done: int = 0) -> Step:
    after = _open(instance)
    _check(instance, after)
    name = states.token_name
    return Step(
        state=states.dump(instance, prefix),
        data=dict(instance.data),
        opened=tuple(
            Opened(name(prefix, number), token.task_spec.name)
            for number, token in after.items()
            if number not in before
        ),
        closed=tuple(name(prefix, number) for number in before if number not in after and number != done),
        timers=tuple(
            Timer(name(prefix, number), token.task_spec.name, at)
            for at, number, token in _armed(instance.everywhere())
        ),
        entered=tuple(instance.entered),
        thrown=tuple(instance.thrown),
        sent=tuple(instance.sent),
        decided=tuple(instance.decided),
        waits=tuple(waiting(instance)),
        ended=instance.completed,
        end_nodes=tuple(instance.end_nodes),
    )


def _check(instance: Instance, tasks: Mapping[int, Token]) -> None:
    """Refuse a state from which nothing could ever go on: it would wait in silence for ever."""
    tokens = list(instance.everywhere())
    if len(tokens) > MAX_TOKENS:
        raise ProcessStuck(say("流程同时进行的分支超过 {n} 个。", n=MAX_TOKENS), tokens[-1].task_spec.name)
    if instance.completed or tasks:
        return
    if not any(
        isinstance(token.task_spec, Catching) and "host" not in token.internal_data for token in tokens
    ):
        waiting = tokens[0].task_spec.name if tokens else ""
        raise ProcessStuck(
            say("流程停在{node}，再没有分支会到达。", node=waiting),
            waiting,
            say("请检查分支与汇合的网关是否配对。"),
        )
