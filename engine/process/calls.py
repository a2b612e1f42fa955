"""Call activities: another process runs inside, on data of its own; what goes in and comes out is written on the border."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults

from engine.process.parts import Called, Part
from engine.process.specs import Hosting
from engine.process.tokens import RESERVED
from forms.expression import Expression, compile_expression
from workflows.bpmn.drawing import Call, Passed


@dataclass(frozen=True)
class Handed:
    """What crosses the border one way. reads: what the expressions read; everything: also all that the other side reads."""

    pairs: tuple[tuple[Expression, str], ...]
    everything: bool
    reads: frozenset[str]

    @classmethod
    def of(cls, passed: Iterable[Passed], everything: bool) -> Handed:
        pairs = tuple((compile_expression(one.source), one.target) for one in passed)
        return cls(pairs, everything, frozenset().union(*(source.names for source, _ in pairs)))

    def values(self, script: Any, names: Mapping[str, object], node: str) -> dict[str, object]:
        return {target: script.value(names, source, node) for source, target in self.pairs}


class Calling:
    """What a call has in common with several of them."""

    name: str
    call: Call
    takes: Handed
    gives: Handed

    def calls(self, call: Call) -> None:
        self.call = call
        self.takes = Handed.of(call.takes, call.takes_all)
        self.gives = Handed.of(call.gives, call.gives_all)

    def called(self, model: Any) -> tuple[Any, Any]:
        found = model.called(self.call, self.name)
        return found, found.spec

    def hand_in(self, part: Called) -> None:
        """Give a called process its data."""
        around, reads = part.around(), part.model.reads | self.gives.reads
        everything = (
            {name: value for name, value in around.items() if name in reads and name not in RESERVED}
            if self.takes.everything
            else {}
        )
        part.data = {**everything, **self.takes.values(part.script_engine, around, self.name)}

    def handed_back(self, part: Part) -> dict[str, Any]:
        """Return what comes out of a called process that has ended."""
        everything = part.data if self.gives.everything else {}
        outer = part.outer
        kept = {
            name: value for name, value in everything.items() if outer.keeps(name) and name not in RESERVED
        }
        return {**kept, **self.gives.values(part.script_engine, part.names(), self.name)}


class CallActivity(Calling, Hosting, defaults.CallActivity):
    kind = Called

    def inside(self, model: Any) -> tuple[Any, Any]:
        return self.called(model)

    def begin(self, token: Any) -> None:
        part = token.workflow.top_workflow.open(token)
        self.hand_in(part)
        part.begin()

    def inside_done(self, token: Any, part: Part) -> None:
        token.workflow.put(self.handed_back(part))
        self.go_on(token)
