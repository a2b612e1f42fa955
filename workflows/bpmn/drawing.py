"""What a drawn process says, as frozen dataclasses. Pure data: nothing here reads, checks or runs.

Kinds are BPMN's own element names (`userTask`, `exclusiveGateway`, …), so that the drawing on the page, the file and the code
use one word for one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from workflows.decisions import Decision

TASKS = frozenset({"userTask", "manualTask"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
# What tokens run inside of; errors and escalations come out of these.
SCOPES = frozenset({"subProcess", "callActivity"})
ACTIVITIES = TASKS | SCOPES
EVENTS = frozenset(
    {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
)
RULES = frozenset({"businessRuleTask"})
KINDS = ACTIVITIES | GATEWAYS | EVENTS | RULES

EventKind = Literal["none", "timer", "signal", "message", "error", "escalation", "terminate"]
LoopKind = Literal["parallel", "sequential", "standard"]
TimerKind = Literal["date", "duration", "cycle"]
Outcome = Literal["singleEntry", "singleResult", "collectEntries", "resultList"]


@dataclass(frozen=True)
class Timer:
    """When a timer fires, as it was written.

    kind: `duration` counts from the moment the token arrives; `date` names the moment itself; `cycle` fires again and again.
    text: ISO 8601, or one of our expressions that gives a date, a moment or a duration (see `workflows.bpmn.timing`, for cycles
    `workflows.bpmn.cycles`).
    """

    kind: TimerKind
    text: str


@dataclass(frozen=True)
class Event:
    """What an event catches or throws.

    name: of the signal or message; the code of an error or escalation, where empty catches every code.
    variable: the name of the process data under which a caught code is kept; empty = it is not.
    """

    kind: EventKind
    name: str = ""
    variable: str = ""


@dataclass(frozen=True)
class Loop:
    """How often an activity is done. Texts are expressions.

    kind: `parallel` = all at once, `sequential` = one after the other, `standard` = while `again` holds.
    times: how many; of a standard loop the most. over: the list, one for each of its items. item: the name of one's own item.
    until: enough, asked after each. again: of a standard loop; before: asked before the first, too.
    gather: the name of the list in which the results of all come together; result: what each adds to it, one name or
    expression, or several names for an object with these fields.
    """

    kind: LoopKind
    times: str | None = None
    over: str | None = None
    item: str = ""
    until: str | None = None
    again: str | None = None
    before: bool = False
    gather: str = ""
    result: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passed:
    """One value handed over at the border of a called process. source: an expression; target: a name on the other side."""

    source: str
    target: str


@dataclass(frozen=True)
class Call:
    """Which process is called, and what goes in and comes out.

    package, version: of another published package; both empty = the caller's own. process: key or id.
    takes, gives: what goes in and comes out by name; takes_all, gives_all: everything that the other side reads.
    """

    process: str
    package: str = ""
    version: str = ""
    takes: tuple[Passed, ...] = ()
    gives: tuple[Passed, ...] = ()
    takes_all: bool = False
    gives_all: bool = False

    @property
    def source(self) -> str:
        """Where the process comes from: `package@version`, or empty for the caller's own package."""
        return f"{self.package}@{self.version}" if self.package else ""


@dataclass(frozen=True)
class Decides:
    """What a business rule task decides. decision: its id.

    variable: the name under which the outcome is kept; empty = each output under its own name.
    mapping: what of the outcome is kept under `variable`.
    """

    decision: str
    variable: str = ""
    mapping: Outcome = "resultList"


@dataclass(frozen=True)
class Node:
    """One element that a token can stand on."""

    id: str
    kind: str
    name: str = ""
    lane: str = ""  # the innermost lane's name
    form: str | None = None  # "form" = the form of the duty; otherwise a form's id
    candidates: tuple[str, ...] = ()  # actors of campaign.yaml, or by, to, about, starter
    assignee: str | None = None
    due: str | None = None  # ISO 8601 or an expression, as a timer's text
    follow_up: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)  # `status`, `final`, …
    attached_to: str | None = None  # of a boundary event: the activity it watches
    interrupting: bool = True  # of a boundary event
    timer: Timer | None = None
    event: Event = Event("none")
    decides: Decides | None = None  # of a business rule task
    loop: Loop | None = None
    call: Call | None = None  # of a call activity
    documentation: str = ""
    parent: str = ""  # the embedded subprocess it stands in; "" = the process itself
    line: int = 0

    @property
    def waits(self) -> bool:
        """Whether a token stays here until somebody acts or something happens. Of what has an inside this says nothing."""
        return self.kind in TASKS or (
            self.kind in {"intermediateCatchEvent", "boundaryEvent"} and self.event.kind != "none"
        )


@dataclass(frozen=True)
class Flow:
    """A sequence flow.

    condition: one of our expressions; `${…}` is already translated. None = always.
    default: taken when no condition of its gateway holds.
    """

    id: str
    source: str
    target: str
    condition: str | None = None
    default: bool = False
    name: str = ""
    line: int = 0


@dataclass(frozen=True)
class Drawing:
    """One process. nodes and flows are in the order of the file, which is the order in which conditions are tried.

    reads: the names that any expression in it reads or a step is addressed by; nothing else of the answers is kept by the engine.
    xml: the exact bytes it was read from, which the page draws.
    decisions: id -> the decision that a business rule task makes, after those that it requires; put in by `deciding.bound`.
    """

    id: str
    name: str
    file: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    lanes: Mapping[str, str]
    reads: frozenset[str]
    xml: bytes
    decisions: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Flow, ...]]:
        return _by_end(self.nodes, self.flows, "source")

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Flow, ...]]:
        return _by_end(self.nodes, self.flows, "target")

    @cached_property
    def boundaries(self) -> Mapping[str, tuple[Node, ...]]:
        """Activity id -> the boundary events attached to it."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.attached_to is not None:
                found.setdefault(node.attached_to, []).append(node)
        return {host: tuple(nodes) for host, nodes in found.items()}

    @cached_property
    def calls(self) -> tuple[Node, ...]:
        """The call activities whose process is known."""
        return tuple(node for node in self.nodes.values() if node.call is not None)

    @cached_property
    def ahead(self) -> Mapping[str, tuple[str, ...]]:
        """Node -> nodes that its token can go to next; an activity's token may leave by its boundary events."""
        found = {}
        for node_id in self.nodes:
            targets = (flow.target for flow in self.outgoing[node_id] if flow.target in self.nodes)
            found[node_id] = (*targets, *(event.id for event in self.boundaries.get(node_id, ())))
        return found

    @cached_property
    def behind(self) -> Mapping[str, tuple[str, ...]]:
        """Node -> nodes from which a token can come next."""
        found: dict[str, list[str]] = {node_id: [] for node_id in self.nodes}
        for source, targets in self.ahead.items():
            for target in targets:
                found[target].append(source)
        return {node_id: tuple(sources) for node_id, sources in found.items()}

    def inside(self, parent: str) -> tuple[Node, ...]:
        """Return the nodes of one embedded subprocess; "" = of the process itself."""
        return tuple(node for node in self.nodes.values() if node.parent == parent)


def _by_end(nodes: Mapping[str, Node], flows: Mapping[str, Flow], end: str) -> dict[str, tuple[Flow, ...]]:
    found: dict[str, list[Flow]] = {node_id: [] for node_id in nodes}
    for flow in flows.values():
        found.setdefault(getattr(flow, end), []).append(flow)
    return {node_id: tuple(items) for node_id, items in found.items()}
