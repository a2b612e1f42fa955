"""SpiffWorkflow's task specs with five of their habits broken.

- They predict: every possible future becomes a task. Here a task's children are made when it completes.
- They copy data from task to task. Here the data belong to the instance (`tokens.Instance.data`).
- A parallel join counts arrivals of earlier rounds. Here an arrival waits until it is consumed (`joins`).
- Boundary events hang between two helper tasks that must stay in the tree. Here a boundary event remembers its host.
- An event-based gateway takes the events out of its children. Here the children wait as rivals.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.exceptions import WorkflowException

from engine.process.decisions import Ruling
from engine.process.errors import no_way_on
from engine.process.events import Heard
from engine.process.moments import Every
from engine.process.parts import Part


class Passing:
    """A node through which a token passes at once."""

    name: str
    outputs: list[Any]

    def test(self) -> None:
        pass  # the drawing has been linted

    def _predict(self, token: Any, seen: object = None, looked_ahead: int = 0, mask: int = 0) -> None:
        pass

    def _update_hook(self, token: Any) -> bool:
        """Called when a token arrives. True = it may go on."""
        token.workflow.note(self.name)
        return True

    def _on_complete_hook(self, token: Any) -> None:
        if not token._children:
            token._sync_children(self.outputs, TaskState.FUTURE)

    def _on_cancel(self, token: Any) -> None:
        pass


class StartEvent(Passing, defaults.StartEvent):
    """Also one that waits for a signal or message: starting the instance is what it waited for."""

    def _run_hook(self, token: Any) -> bool:
        return True


class EndEvent(Passing, defaults.EndEvent):
    terminates = False

    def _on_complete_hook(self, token: Any) -> None:
        scope = token.workflow
        if scope is scope.top_workflow and self.name not in scope.end_nodes:
            scope.end_nodes.append(self.name)
        if self.terminates:
            for other in scope.living():
                if other is not token:
                    other.cancel()


class ThrowEvent(Passing, defaults.IntermediateThrowEvent):
    pass


class Watched(Passing):
    """An activity with boundary events on it."""

    watchers: tuple[str, ...] = ()
    _wf_spec: Any

    def _update_hook(self, token: Any) -> bool:
        super()._update_hook(token)
        for name in self.watchers:
            if not token.has_state(
                TaskState.FINISHED_MASK
            ):  # a timer that is due already withdraws it at once
                self._wf_spec.task_specs[name].watch(token)
        return True

    def _on_complete_hook(self, token: Any) -> None:
        self._release(token)
        super()._on_complete_hook(token)

    def _on_cancel(self, token: Any) -> None:
        self._release(token)

    def _release(self, host: Any) -> None:
        for token in host.workflow.living() if self.watchers else ():
            if token.internal_data.get("host") == host.id:
                token.cancel()


class UserTask(Watched, defaults.UserTask):
    pass


class ManualTask(Watched, defaults.ManualTask):
    pass


class Hosting(Watched):
    """An activity inside of which tokens run; its own token is STARTED meanwhile.

    kind: of what runs inside. at_once: several run inside side by side.
    """

    name: str
    kind: type[Part] = Part
    at_once = False

    def inside(self, model: Any) -> tuple[Any, Any]:
        """Return the model and the spec of what runs inside. model: the one in whose drawing this activity stands."""
        return model, model.parts[self.name]

    def begin(self, token: Any) -> None:
        """Called when a token has arrived."""
        token.workflow.top_workflow.open(token).begin()

    def inside_done(self, token: Any, part: Part) -> None:
        """Called when nothing runs in a part any more."""
        self.go_on(token)

    def go_on(self, token: Any) -> None:
        token._set_state(TaskState.READY)
        token.workflow.top_workflow.arrived(token)

    def _update_hook(self, token: Any) -> bool:
        token._set_state(TaskState.STARTED)
        super()._update_hook(token)
        if token.has_state(TaskState.STARTED):
            self.begin(token)
        return False

    def _on_cancel(self, token: Any) -> None:
        super()._on_cancel(token)
        token.workflow.top_workflow.close(token)


class SubProcess(Hosting, defaults.SubWorkflowTask):
    """An embedded subprocess."""


class Catching(Passing):
    """An event at which a token waits."""

    event_definition: Any

    def _update_hook(self, token: Any) -> bool:
        if token.has_state(TaskState.FUTURE):
            self._arrive(token)
            token._set_state(TaskState.WAITING)
        return bool(self.event_definition.has_fired(token))

    def _arrive(self, token: Any) -> None:
        super()._update_hook(token)
        self.event_definition.arm(token)

    def _run_hook(self, token: Any) -> bool:
        return True


class CatchEvent(Catching, defaults.IntermediateCatchEvent):
    def _on_ready_hook(self, token: Any) -> None:
        """The first event after an event-based gateway withdraws its rivals, before any other can fire too."""
        group = token.internal_data.pop("rivals", None)
        for rival in token.workflow.living() if group is not None else ():
            if rival.internal_data.get("rivals") == group:
                rival.cancel()


class BoundaryEvent(Catching, defaults.BoundaryEvent):
    def watch(self, host: Any, carried: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Put a token on this event that lives as long as its host. carried: what it takes over from the one before it."""
        token = host.workflow.task_tree._add_child(self)
        token.internal_data |= {**carried, "host": host.id}
        self._update(token)

    def _arrive(self, token: Any) -> None:
        self.event_definition.arm(token)  # armed is not entered

    def _on_ready_hook(self, token: Any) -> None:
        """Fired: withdraw the host, or go on beside it."""
        token.workflow.note(self.name)
        host = token.workflow.tasks.get(token.internal_data.pop("host"))
        if host is None:
            return
        if self.cancel_activity:
            host.cancel()
        elif isinstance(self.event_definition, Heard):
            self.watch(host)  # a signal may come again while its host is open; a moment does not
        elif isinstance(self.event_definition, Every):
            carried = self.event_definition.again(token)
            if carried is not None:
                self.watch(host, carried)


class BusinessRuleTask(Passing, BpmnSpecMixin):
    """Makes a decision by its table, at once."""

    ruling: Ruling

    def _run_hook(self, token: Any) -> bool:
        scope, top = token.workflow, token.workflow.top_workflow
        kept, decided = self.ruling.made(top.script.with_now(scope.names()), top.script.given)
        scope.keep(kept)
        top.decided += decided
        return True


class EventGateway(Passing, BpmnSpecMixin):
    def _on_complete_hook(self, token: Any) -> None:
        super()._on_complete_hook(token)
        for child in token.children:
            child.internal_data["rivals"] = token.id


class ExclusiveGateway(Passing, defaults.ExclusiveGateway):
    def _run_hook(self, token: Any) -> bool:
        try:
            return bool(super()._run_hook(token))
        except WorkflowException:
            raise no_way_on(self.name) from None
