"""What an event waits for or throws, with its timer, signal or message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from forms.expression import Expression
from tenants.text import Message, say
from workflows.bpmn.drawing import EVENTS, Event, EventKind, Timer, TimerKind
from workflows.bpmn.elements import BPMN, CAMUNDA, EVENT_DEFINITIONS, EVENTS_ALLOWED, refusal, title
from workflows.bpmn.extensions import check_plain
from workflows.bpmn.findings import Findings
from workflows.bpmn.texts import Texts
from workflows.bpmn.timing import Duration
from workflows.bpmn.xml import Element

_NONE = Event("none")
_TIMES: dict[str, TimerKind] = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
_TITLES: dict[str, Message] = {
    "none": say("空"),
    "timer": say("定时"),
    "signal": say("信号"),
    "message": say("消息"),
    "error": say("错误"),
    "escalation": say("升级"),
    "terminate": say("终止"),
}


@dataclass(frozen=True)
class Names:
    """Signals and messages of the file: id -> name; errors and escalations: id -> code."""

    signals: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # error, escalation -> id -> code


def read_names(root: Element, findings: Findings) -> Names:
    names = Names()
    for kind in ("error", "escalation"):
        names.codes[kind] = {
            element.get("id"): (element.get(f"{kind}Code") or element.get("name")).strip()
            for element in root.all(BPMN, kind)
        }
    for kind, found in (("signal", names.signals), ("message", names.messages)):
        for element in root.all(BPMN, kind):
            name = element.get("name").strip()
            if not name:
                findings.error(
                    say("{kind} {id} 没有名称。", kind=_TITLES[kind], id=element.get("id")),
                    say("请给它取名；收发双方靠名称对应。"),
                    element.line,
                    element.get("id"),
                )
            found[element.get("id")] = name
    return names


def event_of(element: Element, names: Names, texts: Texts, findings: Findings) -> tuple[Event, Timer | None]:
    """Return the node's event and its timer, as far as they can be read; faults are found."""
    if element.name not in EVENTS:
        return _NONE, None
    owner = element.get("id")
    definitions = [
        child
        for child in element.children
        if child.namespace == BPMN and child.name.endswith("EventDefinition")
    ]
    if len(definitions) > 1:
        findings.error(say("一个事件只能有一种定义。"), say("请拆成几个事件。"), definitions[1].line, owner)
    if not definitions:
        return _allowed(element, "none", findings), None
    definition = definitions[0]
    kind = EVENT_DEFINITIONS.get(definition.name)
    if kind is None:
        return _NONE, None  # refused by name where children are checked
    check_plain(definition, owner, findings)
    event = _allowed(element, cast(EventKind, kind), findings)
    if kind == "timer":
        return event, _timer(definition, owner, texts, findings)
    if kind in {"signal", "message"}:
        return _referring(definition, event, owner, names, findings), None
    if kind in {"error", "escalation"}:
        return _coded(definition, event, element, names, texts, findings), None
    return event, None


def _allowed(element: Element, kind: EventKind, findings: Findings) -> Event:
    if kind not in EVENTS_ALLOWED[element.name]:
        what = (
            say("{name}（{element}）没有写明等什么。", name=title(element.name), element=element.name)
            if kind == "none"
            else say(
                "{name}（{element}）上的{kind}事件暂不支持（not yet supported）。",
                name=title(element.name),
                element=element.name,
                kind=_TITLES[kind],
            )
        )
        allowed = sorted(EVENTS_ALLOWED[element.name] - {"none"})
        do = say("可用的有：{kinds}。", kinds=tuple(_TITLES[name] for name in allowed))
        findings.error(what, do, element.line, element.get("id"))
    return Event(kind)


def _timer(definition: Element, owner: str, texts: Texts, findings: Findings) -> Timer | None:
    parts = [child for child in definition.children if child.namespace == BPMN]
    for part in parts:
        if part.name not in _TIMES.keys() | {"documentation", "extensionElements"}:
            findings.error(*refusal(part.name), part.line, part.get("id") or owner)
    times = [part for part in parts if part.name in _TIMES]
    if len(times) != 1:
        findings.error(
            say("定时器没有写明时间。"),
            say("请填写一个日期（timeDate）、时长（timeDuration）或循环（timeCycle）。"),
            definition.line,
            owner,
        )
        return None
    time = times[0]
    kind = _TIMES[time.name]
    if kind == "cycle":
        return Timer(kind, time.text.strip()) if texts.cycle(time.text, time.line, owner) else None
    timing = texts.time(time.text, time.line, owner)
    if timing is None:
        return None
    if not isinstance(timing, Expression) and isinstance(timing, Duration) != (kind == "duration"):
        findings.error(
            say(
                "{name} 里写的不是{kind}。",
                name=time.name,
                kind=say("时长") if kind == "duration" else say("日期"),
            ),
            say("时长用 timeDuration，日期用 timeDate。"),
            time.line,
            owner,
        )
    return Timer(kind, time.text.strip())


def _coded(
    definition: Element, event: Event, element: Element, names: Names, texts: Texts, findings: Findings
) -> Event:
    """An error or escalation by its code. A boundary event without a code catches every one; whoever throws names one."""
    owner, kind, line = element.get("id"), event.kind, definition.line
    reference = definition.get(f"{kind}Ref").rpartition(":")[2]
    code = names.codes[kind].get(reference, "")
    catching = element.name == "boundaryEvent"
    if reference and reference not in names.codes[kind]:
        findings.error(
            say("{kind}事件引用的 {id} 不存在。", kind=_TITLES[kind], id=reference[:60]),
            say("请在建模工具中选择或新建一个，并写上代码。"),
            line,
            owner,
        )
    elif not code and (reference or not catching):
        findings.error(
            say("{kind}事件没有写明代码。", kind=_TITLES[kind]),
            say("请在建模工具中选择或新建一个，并写上代码。"),
            line,
            owner,
        )
    variable = definition.get("{" + CAMUNDA + "}" + f"{kind}CodeVariable").strip()
    if variable:
        texts.name(variable, line, owner)
    return Event(kind, code, variable if catching else "")


def _referring(definition: Element, event: Event, owner: str, names: Names, findings: Findings) -> Event:
    known = names.signals if event.kind == "signal" else names.messages
    reference = definition.get(f"{event.kind}Ref").rpartition(":")[2]
    if reference not in known:
        findings.error(
            say("{kind}事件没有指明{kind}。", kind=_TITLES[event.kind])
            if not reference
            else say("{kind}事件引用的 {id} 不存在。", kind=_TITLES[event.kind], id=reference[:60]),
            say("请在建模工具中选择或新建一个，并取名。"),
            definition.line,
            owner,
        )
        return event
    return Event(event.kind, known[reference])
