"""A drawing to SpiffWorkflow's specs, once, for all its instances.

Built from the Drawing and not by SpiffWorkflow's parser: one reading of the XML only, and nothing that the reader has not
allowed can come in by another door. (The parser also recurses along the flows, and stops at some hundreds of tasks.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.bpmn.specs import BpmnProcessSpec

from engine.process import joins, specs
from engine.process.calls import CallActivity
from engine.process.decisions import Ruling
from engine.process.errors import ProcessStuck
from engine.process.events import definition_of
from engine.process.repeats import Repeated
from engine.process.ways import Way, ways_of
from forms.expression import compile_expression
from tenants.text import say
from workflows.bpmn import Drawing, Node
from workflows.bpmn.drawing import Call
from workflows.bpmn.graph import reached

NO_LIBRARY: Mapping[str, Mapping[str, Drawing]] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Model:
    """A process that can run: immutable, shared by all instances and threads.

    spec: of the process; parts: of its embedded subprocesses and of what is done several times, by their ids.
    source: the package that it comes from, `package@version`; empty = the one that was asked for. name: as it was called.
    family: (source, key or id) -> the models of all processes that it calls, and that those call.
    reads: names that its expressions read, or those of processes that it calls. joins: it has inclusive gateways somewhere.
    """

    drawing: Drawing
    spec: Any
    parts: Mapping[str, Any]
    source: str
    name: str
    family: Mapping[tuple[str, str], Model]

    @classmethod
    def of(
        cls,
        drawings: Mapping[str, Drawing],
        process_id: str,
        library: Mapping[str, Mapping[str, Drawing]] = NO_LIBRARY,
    ) -> Model:
        """Return the model of one of the drawings.

        process_id: its key in `drawings`, else the id of its process. library: `package@version` -> the drawings of other
        packages. Raises KeyError when there is no such process; one that is called and missing is refused when it is reached.
        """
        family: dict[tuple[str, str], Model] = {}
        shared = MappingProxyType(family)
        todo = [("", process_id)]
        while todo:
            key = source, name = todo.pop()
            drawing = process_of(library.get(source, {}) if source else drawings, name)
            if key in family or drawing is None:
                continue
            family[key] = cls(drawing, _scope(drawing, ""), _parts(drawing), source, name, shared)
            todo += [(node.call.source or source, node.call.process) for node in drawing.calls if node.call]
        return family["", process_id]

    def called(self, call: Call, node: str) -> Model:
        """Return the model of the process that a call names. node: the call activity. Raises ProcessStuck."""
        found = self.family.get((call.source or self.source, call.process))
        if found is None:
            name = f"{call.source}/{call.process}" if call.source else call.process
            raise ProcessStuck(
                say("没有找到要调用的流程“{name}”。", name=name), node, say("请先发布含有它的方案版本。")
            )
        return found

    def at(self, place: str) -> Model:
        """Return the model of the process in whose drawing a place lies (see `Opened.place`). Raises KeyError."""
        found = self
        for step in filter(None, place.split("/")):
            call = found.drawing.nodes[step.partition(":")[0]].call
            if call is not None:
                found = self.family[call.source or found.source, call.process]
        return found

    def called_at(self, place: str) -> str:
        """Return which called process a place lies in: `process`, or `package@version/process`; empty = this one itself."""
        found = self.at(place)
        if found is self:
            return ""
        return f"{found.source}/{found.name}" if found.source else found.name

    @cached_property
    def drawings(self) -> tuple[Drawing, ...]:
        """Its drawing, and those of all processes that it calls, each once."""
        found, todo = {id(self): self}, [self]
        while todo:
            model = todo.pop()
            for node in model.drawing.calls:
                assert node.call is not None
                called = self.family.get((node.call.source or model.source, node.call.process))
                if called is not None and id(called) not in found:
                    found[id(called)] = called
                    todo.append(called)
        return tuple(model.drawing for model in found.values())

    @cached_property
    def ways(self) -> Mapping[str, Way]:
        """Where a token goes from its nodes, as far as that can be told without one."""
        return ways_of(self.spec)

    @cached_property
    def reads(self) -> frozenset[str]:
        return frozenset().union(*(drawing.reads for drawing in self.drawings))

    @cached_property
    def timed(self) -> bool:
        """Whether a timer stands in it anywhere, or in a process that it calls."""
        return any(node.timer is not None for drawing in self.drawings for node in drawing.nodes.values())

    @cached_property
    def hears(self) -> frozenset[tuple[str, str]]:
        """(kind, name) of the signals and messages that it waits for anywhere, or a process that it calls."""
        return frozenset(
            (node.event.kind, node.event.name)
            for drawing in self.drawings
            for node in drawing.nodes.values()
            if node.kind in _CATCHING and node.event.kind in {"signal", "message"}
        )

    @cached_property
    def joins(self) -> bool:
        return any(
            node.kind == "inclusiveGateway" for drawing in self.drawings for node in drawing.nodes.values()
        )


_CATCHING = frozenset({"intermediateCatchEvent", "boundaryEvent"})


def process_of(drawings: Mapping[str, Drawing], name: str) -> Drawing | None:
    """Return the drawing of that key, else the one whose process has that id; None when there is none."""
    return drawings.get(name) or next((found for found in drawings.values() if found.id == name), None)


def _parts(drawing: Drawing) -> dict[str, Any]:
    parts = {}
    for node in drawing.nodes.values():
        if node.kind == "subProcess":
            parts[node.id] = _scope(drawing, node.id)
        elif node.loop is not None and node.call is None:
            parts[node.id] = _alone(drawing, node)
    return parts


def _alone(drawing: Drawing, node: Node) -> Any:
    """One of several: the task by itself, with nothing before and nothing behind it."""
    spec = _empty(drawing, node.id)
    _MAKERS[node.kind](spec, node)
    return spec


def _scope(drawing: Drawing, scope: str) -> Any:
    spec = _empty(drawing, scope)
    nodes = drawing.inside(scope)
    for node in nodes:
        make = _MAKERS[node.kind] if node.loop is None else Repeated
        make(spec, node)
    for node in nodes:
        _connect(drawing, spec, node)
    for node in nodes:
        if node.kind == "startEvent":
            spec.start.connect(spec.task_specs[node.id])
        elif node.kind == "inclusiveGateway":
            spec.task_specs[node.id].behind = _behind(drawing, node.id)
        elif node.decides is not None:
            made = drawing.decisions.get(node.decides.decision, ())
            spec.task_specs[node.id].ruling = Ruling(node.id, node.decides, made)
    return spec


def _empty(drawing: Drawing, scope: str) -> Any:
    spec = BpmnProcessSpec(name=scope or drawing.id, filename=drawing.file)
    # The library's own Start, End and EndJoin would take these names from the drawing; a scope ends here when it is empty.
    spec.task_specs.clear()
    spec.start._outputs.clear()
    return spec


def _connect(drawing: Drawing, spec: Any, node: Node) -> None:
    made = spec.task_specs[node.id]
    for flow in drawing.outgoing[node.id]:
        target = spec.task_specs[flow.target]
        if node.kind in {"exclusiveGateway", "inclusiveGateway"} and flow.condition is not None:
            made.connect_outgoing_if(compile_expression(flow.condition), target)
        else:
            made.connect(target)
    if isinstance(made, specs.Watched):
        made.watchers = tuple(event.id for event in drawing.boundaries.get(node.id, ()))


def _behind(drawing: Drawing, join: str) -> dict[str, frozenset[str]]:
    """Return, for each node with a flow into `join`, the nodes from which it can be reached without passing `join`."""
    back = {
        node: [source for source in sources if source != join] for node, sources in drawing.behind.items()
    }
    return {source: frozenset(reached([source], back)) for source in drawing.behind[join] if source != join}


def _event(make: Callable[..., Any]) -> Callable[[Any, Node], Any]:
    return lambda spec, node: make(spec, node.id, event_definition=definition_of(node))


def _plain(make: Callable[..., Any]) -> Callable[[Any, Node], Any]:
    return lambda spec, node: make(spec, node.id)


def _call(spec: Any, node: Node) -> Any:
    assert node.call is not None
    made = CallActivity(spec, node.id, subworkflow_spec=node.call.process)
    made.calls(node.call)
    return made


def _start(spec: Any, node: Node) -> Any:
    return specs.StartEvent(spec, node.id, event_definition=None)


def _end(spec: Any, node: Node) -> Any:
    made = specs.EndEvent(spec, node.id, event_definition=definition_of(node))
    made.terminates = node.event.kind == "terminate"
    return made


def _boundary(spec: Any, node: Node) -> Any:
    return specs.BoundaryEvent(
        spec, node.id, event_definition=definition_of(node), cancel_activity=node.interrupting
    )


_MAKERS: Mapping[str, Callable[[Any, Node], Any]] = {
    "userTask": _plain(specs.UserTask),
    "manualTask": _plain(specs.ManualTask),
    "businessRuleTask": _plain(specs.BusinessRuleTask),
    "subProcess": lambda spec, node: specs.SubProcess(spec, node.id, subworkflow_spec=node.id),
    "callActivity": _call,
    "exclusiveGateway": _plain(specs.ExclusiveGateway),
    "parallelGateway": _plain(joins.ParallelGateway),
    "inclusiveGateway": _plain(joins.InclusiveGateway),
    "eventBasedGateway": _plain(specs.EventGateway),
    "startEvent": _start,
    "endEvent": _end,
    "intermediateCatchEvent": _event(specs.CatchEvent),
    "intermediateThrowEvent": _event(specs.ThrowEvent),
    "boundaryEvent": _boundary,
}
