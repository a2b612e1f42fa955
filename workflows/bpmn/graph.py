"""Where a token can go: what lies ahead of a node, what can be reached, and where it would walk in circles for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from workflows.bpmn.drawing import Drawing, Event, Node
from workflows.bpmn.timing import BadTiming, read_timing

_CODED = frozenset({"error", "escalation"})


def reached(start: Iterable[str], ahead: Mapping[str, Iterable[str]], *, without: str = "") -> set[str]:
    """Return the nodes to which `ahead` leads from `start`, these included, without passing through `without`."""
    seen = set(start)
    todo = list(seen)
    while todo:
        node = todo.pop()
        for node_id in ahead.get(node, ()) if node != without else ():
            if node_id not in seen:
                seen.add(node_id)
                todo.append(node_id)
    return seen


def restless_circles(drawing: Drawing) -> list[Node]:
    """Return one node of each circle that a token would walk without ever waiting.

    A fixed date waits only until it has passed; an embedded subprocess waits when no token can pass through it at once. What a
    called process does is not known here; it counts as waiting, and so does an activity that is done for each item of a list.
    """
    ahead = drawing.ahead
    waiting = _Waiting(drawing)
    restless = {node.id for node in drawing.nodes.values() if not waiting.at(node)}
    going = {node: [t for t in ahead[node] if t in restless] for node in drawing.nodes if node in restless}
    # Take away what nothing comes from, again and again: what remains stands on a circle or behind one.
    counts = dict.fromkeys(restless, 0)
    for targets in going.values():
        for target in targets:
            counts[target] += 1
    free = [node_id for node_id, count in counts.items() if count == 0]
    while free:
        for target in going.pop(free.pop(), ()):
            counts[target] -= 1
            if counts[target] == 0:
                free.append(target)
    return _one_of_each(drawing, going)


def _one_of_each(drawing: Drawing, going: Mapping[str, list[str]]) -> list[Node]:
    coming: dict[str, list[str]] = {}
    for source, targets in going.items():
        for target in targets:
            coming.setdefault(target, []).append(source)
    found: list[Node] = []
    known: set[str] = set()
    for node_id in going:
        if node_id not in known and node_id in (after := reached(going[node_id], going)):
            found.append(drawing.nodes[node_id])
            known |= after & reached([node_id], coming)
    return found


class _Waiting:
    """Whether a token surely waits at a node; each subprocess is walked once."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.known: dict[str, bool] = {}

    def at(self, node: Node) -> bool:
        if node.id not in self.known:
            self.known[node.id] = self._found(node)
        return self.known[node.id]

    def _found(self, node: Node) -> bool:
        if node.kind == "subProcess":
            borders = self.drawing.boundaries.get(node.id, ())
            coded = (border for border in borders if border.event.kind in _CODED)
            return not self._passable(node.id) and all(map(self.at, coded))
        if node.kind == "callActivity":
            return True
        if node.event.kind in _CODED:
            # It comes out of its host as soon as a token gets there inside.
            host = self.drawing.nodes.get(node.attached_to or "")
            return host is not None and not (host.kind == "subProcess" and self._thrown(host.id, node.event))
        if node.timer is not None and node.timer.kind == "date":
            try:
                return not isinstance(read_timing(node.timer.text), date)
            except BadTiming:
                return True
        return node.waits

    def _passable(self, scope: str) -> bool:
        return any(node.kind == "endEvent" and node.event.kind != "error" for node in self._at_once(scope))

    def _thrown(self, scope: str, event: Event) -> bool:
        """Whether an event that a boundary catches may be thrown inside without anybody waiting."""
        return any(
            (
                node.event.kind == event.kind
                and node.attached_to is None
                and event.name in ("", node.event.name)
            )
            or (node.kind == "subProcess" and self._thrown(node.id, event))
            for node in self._at_once(scope)
        )

    def _at_once(self, scope: str) -> list[Node]:
        """Return the nodes inside that a token reaches without waiting."""
        inside = {node.id: node for node in self.drawing.inside(scope)}
        passing = {
            node_id: [t for t in self.drawing.ahead[node_id] if t in inside and not self.at(inside[t])]
            for node_id in inside
        }
        starts = [node.id for node in inside.values() if node.kind == "startEvent"]
        return [inside[node_id] for node_id in reached(starts, passing)]
