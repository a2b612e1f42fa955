"""The pure functions of the engine: a state and what happened go in, a Step comes out. No database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from SpiffWorkflow import TaskState

from engine.process import state as states
from engine.process import straight
from engine.process.errors import ProcessStuck, TokenGone
from engine.process.events import broadcast, deliver, waiting
from engine.process.instance import MAX_TOKENS, Instance
from engine.process.joins import InclusiveGateway
from engine.process.model import Model
from engine.process.moments import CALENDAR, follow
from engine.process.parts import SINGLE, joined
from engine.process.specs import Catching
from engine.process.step import Opened, Step, Timer
from engine.process.tokens import Scope, Token
from forms.expression import together
from tenants.text import say

# What all conditions, times and decisions of one call may do between them, about a second: there may be many elements, each
# with a heavy condition of its own.
_STEPS = 3_000_000

Given = Mapping[str, Callable[..., object]]
_NONE: Given = MappingProxyType({})
P = ParamSpec("P")
R = TypeVar("R")


def _bounded(act: Callable[P, R]) -> Callable[P, R]:
    @wraps(act)
    def bounded(*args: P.args, **kwargs: P.kwargs) -> R:
        with together(_STEPS):
            return act(*args, **kwargs)

    return bounded


@_bounded
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
    return step_of(instance, states.new_prefix())


def held(model: Model, data: Mapping[str, Any], now: datetime) -> Step:
    """Return the step of a new instance that cannot begin yet: its data are kept, nothing is entered."""
    instance = Instance(model, now, _NONE)
    instance.data = dict(data)
    return Step(states.dump(instance, states.new_prefix()), dict(data))


@_bounded
def begin(model: Model, state: bytes, names: Mapping[str, Any], now: datetime, given: Given = _NONE) -> Step:
    """Return the first step of an instance that was `held`. names: given at the start, as they stand by now.

    Raises ProcessStuck.
    """
    instance, prefix = _loaded(model, state, now, given)
    instance.data = {**instance.data, **{key: value for key, value in names.items() if key in instance.data}}
    instance.begin()
    _settle(instance)
    _wake(instance)
    return step_of(instance, prefix)


@_bounded
def advance(
    model: Model, state: bytes, token: str, answers: Mapping[str, Any], now: datetime, given: Given = _NONE
) -> Step:
    """Return the step in which the task of that token is completed with these answers.

    Timers that are due by `now` fire first, so that the outcome does not depend on how prompt the scheduler was.
    answers: only what the drawing reads, or was given at the start, is kept. Raises TokenGone, ProcessStuck.
    """
    step = straight.advanced(model, state, token, answers, now, given)
    return step or at_length(model, state, token, answers, now, given)


def at_length(
    model: Model, state: bytes, token: str, answers: Mapping[str, Any], now: datetime, given: Given = _NONE
) -> Step:
    """As `advance`, always with the library's workflow."""
    instance, prefix = _loaded(model, state, now, given)
    _wake(instance)
    number = states.number_of(prefix, token)
    done = instance.task(number)
    if done is None or number in instance.opened:
        raise TokenGone(token)
    done.workflow.keep(answers)
    done.run()
    _settle(instance)
    _wake(instance)
    return step_of(instance, prefix)


@_bounded
def signal(
    model: Model, state: bytes, name: str, payload: Mapping[str, Any], now: datetime, given: Given = _NONE
) -> Step:
    """Return the step in which the instance hears a signal or message of that name.

    A signal reaches all who listen now, a message the one who has waited longest. Nobody listening is no error: the step
    says so in `unheard`, the payload is dropped and nothing is queued, as BPMN has it for signals. Raises ProcessStuck.
    """
    instance, prefix = _loaded(model, state, now, given)
    _wake(instance)
    data = instance.data
    instance.keep(payload)
    heard = [hand(instance, name) for hand in (broadcast, deliver)]
    if not any(heard):
        instance.data = data
        instance.unheard.append(name)
    _settle(instance)
    _wake(instance)
    return step_of(instance, prefix)


@_bounded
def wake(model: Model, state: bytes, now: datetime, given: Given = _NONE) -> Step:
    """Return the step in which every timer due at `now` has fired once, in the order of their moments. Raises ProcessStuck."""
    instance, prefix = _loaded(model, state, now, given)
    _wake(instance)
    return step_of(instance, prefix)


@_bounded
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
    instance, prefix = _loaded(model, state, now, given)
    changed = {name: value for name, value in names.items() if name in instance.data}
    changed = {name: value for name, value in changed.items() if instance.data[name] != value}
    instance.data = {**instance.data, **changed}
    follow(instance, [*changed, CALENDAR] if calendar else changed)
    return step_of(instance, prefix)


def _loaded(model: Model, state: bytes, now: datetime, given: Given) -> tuple[Instance, bytes]:
    instance, prefix = states.load(model, state, now, given)
    # Whatever waits for a moment or a name is an event, or lies untouched.
    instance.expected = bool(instance.dormant) or any(
        getattr(token.task_spec, "event_definition", None) is not None for token in instance.awake()
    )
    return instance, prefix


def _settle(instance: Instance) -> None:
    """Run everything that needs nobody, until only people, timers and signals can go on."""
    while True:
        while instance.ready:
            token = instance.ready.popleft()
            if token.has_state(TaskState.READY):  # one that ran before it may have withdrawn it
                instance.spend(token.task_spec.name)
                token.run()
        if not (instance.model.joins and _fire_inclusive(instance)):
            return


def _fire_inclusive(instance: Instance) -> bool:
    for scope in list(instance.scopes()):
        joins = {token.task_spec.name: token.task_spec for token in scope.living()}
        for join in joins.values():
            if isinstance(join, InclusiveGateway) and join.fire_if_complete(scope):
                return True
    return False


def _wake(instance: Instance) -> None:
    """Fire what is due, the earliest first; what that arms may be due as well."""
    while True:
        due = [(at, number) for at, number, _ in _armed(instance) if at <= instance.now]
        if not due:
            return
        token = _token(instance, due[0][1])
        instance.spend(token.task_spec.name)
        token.task_spec._update(token)
        _settle(instance)


def _armed(instance: Instance) -> list[tuple[datetime, int, str]]:
    """Return (moment, number, node) of all timers that are armed, the next first."""
    if not instance.model.timed:
        return []
    found = [
        (token.internal_data["at"], int(token.id), token.task_spec.name)
        for token in instance.awake()
        if "at" in token.internal_data and token.has_state(TaskState.WAITING)
    ]
    for dormant in instance.sleeping():
        found += dormant.timers
    return sorted(found)


def _token(instance: Instance, number: int) -> Token:
    for dormant in list(instance.sleeping()):
        if any(number == armed for _, armed, _ in dormant.timers):
            instance.rouse(dormant)
            return _token(instance, number)
    found: Token = next(scope.tasks[number] for scope in instance.scopes() if number in scope.tasks)
    return found


def step_of(instance: Instance, prefix: bytes) -> Step:
    """Return what happened in this call, and the state. Raises ProcessStuck when nothing could go on any more."""
    _check(instance)
    name = states.token_name
    return Step(
        state=states.dump(instance, prefix),
        data=dict(instance.data),
        opened=tuple(
            _opened(name(prefix, number), where) for number, where in sorted(instance.opened.items())
        ),
        closed=tuple(name(prefix, number) for number in instance.closed),
        timers=tuple(Timer(name(prefix, number), node, at) for at, number, node in _armed(instance)),
        entered=tuple(instance.entered),
        thrown=tuple(instance.thrown),
        sent=tuple(instance.sent),
        decided=tuple(instance.decided),
        waits=tuple(waiting(instance)),
        unheard=tuple(instance.unheard),
        expected=instance.expected,
        ended=instance.completed,
        end_nodes=tuple(instance.end_nodes),
    )


def _opened(name: str, where: Token | tuple[Token, int]) -> Opened:
    """Return a task that is new. where: its token, or the token and index of one of several that nobody has touched."""
    if isinstance(where, tuple):
        host, index = where
        outer, spec = host.workflow, host.task_spec
        names = {**outer.names(), **spec.own(host, index)}
        return Opened(name, spec.name, joined(outer.place, host, index), names, *spec.which(host, index))
    scope: Scope = where.workflow
    which = (None, 0, 0)
    around = scope
    while around.host is not None:
        if around.index != SINGLE:
            which = around.host.task_spec.which(around.host, around.index)
            break
        around = around.host.workflow
    return Opened(name, where.task_spec.name, scope.place, dict(scope.names()), *which)


def _check(instance: Instance) -> None:
    """Refuse a state from which nothing could ever go on: it would wait in silence for ever."""
    tokens, tasks = instance.size()
    if tokens > MAX_TOKENS:
        raise ProcessStuck(say("流程同时进行的分支超过 {n} 个。", n=MAX_TOKENS), _somewhere(instance))
    if instance.completed or tasks:
        return
    if not any(
        isinstance(token.task_spec, Catching) and "host" not in token.internal_data
        for token in instance.everywhere()
    ):
        waiting = _somewhere(instance)
        raise ProcessStuck(
            say("流程停在{node}，再没有分支会到达。", node=waiting),
            waiting,
            say("请检查分支与汇合的网关是否配对。"),
        )


def _somewhere(instance: Instance) -> str:
    for token in instance.awake():
        if not token.has_state(TaskState.STARTED):
            return str(token.task_spec.name)
    return ""
