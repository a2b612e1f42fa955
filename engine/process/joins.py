"""Gateways at which tokens wait for one another.

An arrival stays at the gateway until it is consumed. SpiffWorkflow 3.2.0 looks for finished arrivals in its tree instead, finds
those of earlier rounds, and inside a loop fires early or raises.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.specs import MultiChoice

from engine.process.errors import no_way_on
from engine.process.specs import Passing


class Joining(Passing):
    """A gateway at which tokens wait for one another. Each flow is known by where it comes from."""

    _inputs: list[str]

    def _update_hook(self, token: Any) -> bool:
        if len(self._inputs) < 2:
            return super()._update_hook(token)
        token._set_state(TaskState.WAITING)
        token.internal_data["from"] = token.parent.task_spec.name
        return self._may_fire(token)

    def arrivals(self, scope: Any) -> dict[str, Any]:
        """Return, for each flow on which a token waits here, the one that came first."""
        found: dict[str, Any] = {}
        for token in scope.living():
            if token.task_spec is self and token.has_state(TaskState.WAITING):
                found.setdefault(token.internal_data["from"], token)
        return found

    def consume(self, token: Any) -> None:
        """Take one token from each flow; `token` goes on for all of them, what is in excess stays."""
        for flow, other in self.arrivals(token.workflow).items():
            if flow != token.internal_data["from"]:
                other.cancel()
        del token.internal_data["from"]
        token.workflow.note(self.name)

    def _may_fire(self, token: Any) -> bool:
        raise NotImplementedError


class ParallelGateway(Joining, defaults.ParallelGateway):
    def _may_fire(self, token: Any) -> bool:
        if set(self.arrivals(token.workflow)) != set(self._inputs):
            return False
        self.consume(token)
        return True

    def _run_hook(self, token: Any) -> bool:
        return True


class InclusiveGateway(Joining, defaults.InclusiveGateway):
    """behind: for each incoming flow, by its source, the nodes from which a token could still come along it."""

    behind: dict[str, frozenset[str]]

    def _may_fire(self, token: Any) -> bool:
        return False  # decided when nothing else moves, see `fire_if_complete`

    def fire_if_complete(self, scope: Any) -> bool:
        """Let it go on when no token can reach an empty flow any more (BPMN 2.0, 13.4.3); return whether it did.

        A token that can reach a filled flow as well does not count: it may come there.
        """
        here = self.arrivals(scope)
        if not here:
            return False
        empty = [source for source in self._inputs if source not in here]
        for node in _places(scope, self):
            if any(node in self.behind[source] for source in empty) and not any(
                node in self.behind[source] for source in here
            ):
                return False
        first = min(here.values(), key=lambda token: int(token.id))
        self.consume(first)
        first._ready()
        return True

    def _run_hook(self, token: Any) -> bool:
        matches, defaults_ = MultiChoice._get_matching_outputs(self, token)
        if not matches and not defaults_:
            raise no_way_on(self.name)
        token._sync_children(matches or defaults_, TaskState.FUTURE)
        return True


def _places(scope: Any, join: Joining) -> set[str]:
    """Where the other tokens of a scope stand. An armed boundary event is no token of its own: its host is."""
    return {
        token.task_spec.name
        for token in scope.living()
        if token.task_spec is not join and "host" not in token.internal_data
    }
