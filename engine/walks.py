"""A package's own walks (`tests/walks.yaml`): each process taken to each of its ends. Pure: no database, no clock.

A walk starts with a duty, or with an item of a ledger, and says which steps follow; at every step stands the form's example
with some answers changed. Whoever writes a package learns here that a flow leads elsewhere, and which end nobody reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.process import Given, Model, Opened, ProcessStuck, Step, advance, signal, start, wake
from engine.running import OWN_FORM, known_names, model_of
from forms.expression import EvaluationError
from forms.protected import unprotected
from forms.validation import validate
from tenants.errors import Problem
from tenants.text import Message, say, together
from workflows.bpmn import Node
from workflows.dates import Dates
from workflows.elements import Package
from workflows.marked_yaml import Listed, Mapped, read_yaml
from workflows.schedule import Setting, known_phases

WALKS = "tests/walks.yaml"
_MORNING = time(9)


class LostWay(Exception):
    """A walk that does not go as it is told. what, do: words to the package's author. line: in tests/walks.yaml."""

    def __init__(self, what: Message, do: Message, line: int = 0) -> None:
        super().__init__(str(what))
        self.what, self.do, self.line = what, do, line


@dataclass(frozen=True)
class Walked:
    """What came of a walk. entered: nodes in order. ends: end events in order. states: what a ledger showed, in order."""

    process: str
    entered: tuple[str, ...]
    ends: tuple[str, ...]
    states: tuple[str, ...]


def walks_of(package: Package) -> list[Mapped]:
    """Return the walks that a package tells; none when it has no tests/walks.yaml."""
    value = read_yaml(package.files[WALKS], WALKS)[0] if WALKS in package.files else None
    told = value.get("walks") if isinstance(value, Mapped) else None
    return [one for one in told if isinstance(one, Mapped)] if isinstance(told, Listed) else []


def walk(package: Package, told: Mapped, now: datetime | None = None) -> Walked:
    """Take a process through the steps of a walk, and compare where it ends. Raises LostWay.

    now: when it begins; nine in the morning of the campaign's first day when not given.
    """
    setting = Setting(package)
    now = now or datetime.combine(Dates(setting).start(), _MORNING, ZoneInfo(setting.timezone))
    process, own, data = _beginning(package, told, now)
    model = model_of(package, process)
    try:
        given = Given({}, {key: _plain(_kept(told).get(key) or []) for key in package.ledgers})
        step = start(model, data, now, given)
        open_now = {one.token: one for one in step.opened}
        entered = list(step.entered)
        for one in _steps(told):
            step, now = _go(package, model, step, open_now, own, one, now, given)
            open_now = {key: task for key, task in open_now.items() if key not in step.closed}
            open_now |= {task.token: task for task in step.opened}
            entered += step.entered
    except (ProcessStuck, EvaluationError) as stuck:
        raise LostWay(
            say("流程走不下去：{why}", why=str(stuck)), say("请检查条件和所用的数据。"), _line(told)
        ) from stuck
    nodes = [_node(model, key) for key in entered]
    states = tuple(node.properties["status"] for node in nodes if node and "status" in node.properties)
    found = Walked(process, tuple(entered), tuple(step.end_nodes), states)
    _compare(told, found, step, open_now)
    return found


def walk_problems(package: Package) -> list[Problem]:
    """Return every walk that goes astray, and every end and every timer on a task's border that no walk reaches."""
    problems = []
    seen: dict[str, set[str]] = {key: set() for key in package.processes}
    for told in walks_of(package):
        try:
            found = walk(package, told)
        except LostWay as lost:
            what = say("“{walk}”：{what}", walk=str(told.get("name", "")), what=lost.what)
            problems.append(
                Problem(what, lost.do, WALKS, lost.line or _line(told), str(told.get("name", "")))
            )
        else:
            model = model_of(package, found.process)
            for key in (*found.entered, *found.ends):
                calls, _, node_id = key.rpartition("/")
                drawing = model.at(calls).drawing  # of the process itself, or of one that it calls
                for name in [name for name, one in package.processes.items() if one.xml == drawing.xml]:
                    seen[name].add(node_id)
    return [*problems, *_unreached(package, seen)]


def _node(model: Model, entered: str) -> Node | None:
    calls, _, node_id = entered.rpartition("/")
    return model.at(calls).drawing.nodes.get(node_id)


def _unreached(package: Package, seen: Mapping[str, set[str]]) -> Iterator[Problem]:
    for key, drawing in package.processes.items():
        for node in drawing.nodes.values():
            is_end = node.kind == "endEvent"
            if not (is_end or node.attached_to) or node.id in seen[key]:
                continue
            what = (
                say("没有一条走法到达终点“{name}”。", name=node.name or node.id)
                if is_end
                else say("没有一条走法经过“{name}”。", name=node.name or node.id)
            )
            yield Problem(
                what, say("请在 tests/walks.yaml 里加一条走到这里的走法。"), drawing.file, node.line, node.id
            )


# --- one walk -----------------------------------------------------------------------------------------------------------


def _beginning(package: Package, told: Mapped, now: datetime) -> tuple[str, str, dict[str, Any]]:
    """Return the process, the form that it calls its own, and what it starts with."""
    duty, ledger = package.duties.get(str(told.get("duty"))), package.ledgers.get(str(told.get("ledger")))
    if duty is None and ledger is None:
        raise LostWay(say("没有写明从哪项任务或哪本台账开始。"), say("请写 duty 或 ledger。"), _line(told))
    process = duty.process if duty else ledger.process if ledger else ""
    own = (duty.form if duty else "") or ""
    data: dict[str, Any] = {}
    if ledger is not None and ledger.form:
        data = dict(_answered(package, ledger.form, told.get("item") or {}, _line(told)))
    elif duty is not None and duty.on is not None and isinstance(row := told.get("row"), Mapping):
        data = dict(_plain(row))
    setting = Setting(package)
    spans, dates = known_phases(setting), Dates(setting)
    first, last = dates.start(), dates.period("end")
    whose = {key: _plain(told[key]) for key in ("unit", "about", "recipients", "partners") if key in told}
    standard = known_names(
        model_of(package, process).reads, None, None, {"due": last, "opens": first, "number": 1, **whose},
        package=package, phases=lambda: spans, period=(first, last), today=now.date(),
    )  # fmt: skip
    return (
        process,
        own,
        {
            **{key: value for key, value in standard.items() if key in model_of(package, process).reads},
            **data,
        },
    )


def _go(
    package: Package,
    model: Model,
    step: Step,
    open_now: dict[str, Opened],
    own: str,
    told: Mapped,
    now: datetime,
    given: Given,
) -> tuple[Step, datetime]:
    """Take one step: a task is done, a timer fires, or a signal arrives."""
    if "timer" in told:
        timer = next((one for one in step.timers if one.node_id == told["timer"]), None)
        if timer is None:
            raise _not_there(told, "timer", [one.node_id for one in step.timers])
        now = max(now, timer.at.astimezone(now.tzinfo))
        return wake(model, step.state, now, given), now
    if "signal" in told:
        payload = dict(told.get("payload") or {})
        return signal(model, step.state, str(told["signal"]), payload, now, given), now
    task = next((one for one in open_now.values() if one.node_id == told.get("task")), None)
    if task is None:
        raise _not_there(told, "task", [one.node_id for one in open_now.values()])
    form = model.at(task.place).drawing.nodes[task.node_id].form
    named = (own if form == OWN_FORM else form) or ""
    answers = _answered(package, named, told.get("answers") or {}, _line(told)) if named else {}
    del open_now[task.token]
    return advance(model, step.state, task.token, dict(answers), now, given), now


def _answered(package: Package, form: str, changed: Mapping[str, Any], line: int) -> Mapping[str, Any]:
    """Return a form's example with some answers changed, as it would be taken."""
    made = package.forms.get(form)
    if made is None:
        raise LostWay(say("没有表单“{name}”。", name=form), say("请检查表单的编号。"), line)
    checked = validate(made.schema, {**(made.example or {}), **_plain(changed)})
    if checked.problems:
        first = checked.problems[0]
        raise LostWay(say("表单“{name}”不接受这些内容：{what}", name=form, what=first.what), first.do, line)
    return unprotected(made.schema, checked.answers)


def _compare(told: Mapped, found: Walked, step: Step, open_now: Mapping[str, Opened]) -> None:
    if not step.ended:
        left = [one.node_id for one in open_now.values()] or [one.node_id for one in step.timers]
        raise LostWay(
            say("走完了各步，流程还没有结束，停在 {nodes}。", nodes=_listed(left)),
            say("请补上余下的步骤，或改正流程。"), _line(told),
        )  # fmt: skip
    wanted = told.get("end")
    ends = [str(one) for one in wanted] if isinstance(wanted, Listed) else [str(wanted)]
    if ends != list(found.ends):
        raise LostWay(
            say("应到终点 {wanted}，实际到了 {found}。", wanted=_listed(ends), found=_listed(found.ends)),
            say("请改正流程或这条走法的 end。"), _line(told),
        )  # fmt: skip
    states = told.get("states")
    if isinstance(states, Listed) and [str(one) for one in states] != list(found.states):
        raise LostWay(
            say("台账状态应是 {wanted}，实际是 {found}。", wanted=_listed(states), found=_listed(found.states)),
            say("请改正流程或这条走法的 states。"), _line(told),
        )  # fmt: skip


def _not_there(told: Mapped, kind: str, there: list[str]) -> LostWay:
    what = say("这时没有等待“{name}”，等待的是 {nodes}。", name=str(told.get(kind)), nodes=_listed(there))
    return LostWay(what, say("请改正步骤的先后，或改正流程。"), _line(told))


def _kept(told: Mapped) -> Mapping[str, Any]:
    """Return the items of ledgers that a walk finds."""
    found = told.get("ledgers")
    return found if isinstance(found, Mapping) else {}


def _steps(told: Mapped) -> list[Mapped]:
    steps = told.get("steps")
    return [one for one in steps if isinstance(one, Mapped)] if isinstance(steps, Listed) else []


def _listed(names: Any) -> Message:
    return together([say("{field}", field=str(one)) for one in names] or [say("（无）")])


def _plain(value: Any) -> Any:
    """Return what YAML said as answers hold it: days as texts."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _line(told: Mapped) -> int:
    return told.line
