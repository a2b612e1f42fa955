"""A drawing to SpiffWorkflow's specs, once, for all its instances.

Built from the Drawing and not by SpiffWorkflow's parser: one reading of the XML only, and nothing that the reader has not
allowed can come in by another door. (The parser also recurses along the flows, and stops at some hundreds of tasks.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs import BpmnProcessSpec

from engine.process import joins, specs
from engine.process.decisions import Ruling
from engine.process.events import definition_of
from forms.expression import compile_expression
from workflows.bpmn import Drawing, Node
from workflows.bpmn.graph import reached


@dataclass(frozen=True)
class Model:
    """A process that can run: immutable, shared by all instances and threads.

    spec: of the process; parts: of its embedded subprocesses, by their ids. reads: names that its expressions read.
    """

    drawing: Drawing
    spec: Any
    parts: Mapping[str, Any]
    reads: frozenset[str]

    @classmethod
    def of(cls, drawings: Mapping[str, Drawing], process_id: str) -> Model:
        """Return the model of one of the drawings.

        process_id: its key in `drawings`, else the id of its process. Raises KeyError when there is none.
        """
        drawing = drawings.get(process_id) or next(
            (drawing for drawing in drawings.values() if drawing.id == process_id), None
        )
        if drawing is None:
            raise KeyError(process_id)
        parts = {
            node.id: _scope(drawing, node.id) for node in drawing.nodes.values() if node.kind == "subProcess"
        }
        return cls(drawing, _scope(drawing, ""), parts, drawing.reads)


def _scope(drawing: Drawing, scope: str) -> Any:
    spec = BpmnProcessSpec(name=scope or drawing.id, filename=drawing.file)
    # The library's own Start, End and EndJoin would take these names from the drawing; a scope ends here when it is empty.
    spec.task_specs.clear()
    spec.start._outputs.clear()
    nodes = drawing.inside(scope)
    for node in nodes:
        _MAKERS[node.kind](spec, node)
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
