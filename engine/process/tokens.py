"""SpiffWorkflow's task tree, kept flat: one root, and one task for each token that is still somewhere.

The library keeps every finished task and predicts every future one, so its tree grows with history and, with gateways,
exponentially. Nothing here needs the past: joins keep their own arrivals (`joins`), a boundary event knows its host.
So a finished token is forgotten in the moment in which its successors exist, and nothing is predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task

from engine.process.decisions import Decided
from engine.process.errors import ProcessStuck
from engine.process.script import ExpressionEngine
from tenants.text import say

if TYPE_CHECKING:
    from engine.process.model import Model

ROOT = -1
MAX_STEPS = 10_000  # engine steps in one call
MAX_TOKENS = 1_000  # alive at once in one instance

# Who the work is for and when it is due: given by the campaign, never by an answer.
RESERVED = frozenset({"by", "to", "about", "unit", "starter", "due", "phases", "period", "notice"})


class Token(Task):
    """One task of the tree. Its id is a number within the instance: short in state, and the same on every machine."""

    def __init__(
        self,
        workflow: Any,
        task_spec: Any,
        parent: Any = None,
        state: int = TaskState.FUTURE,
        id: int | None = None,
    ) -> None:
        super().__init__(workflow, task_spec, parent, state, id or workflow.top_workflow.next_number())

    def _add_child(self, task_spec: Any, state: int = TaskState.FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        self._state = value  # the library's would read the wall clock and walk the whole tree for its log

    def complete(self) -> None:
        # What a token does may end its own scope: a signal thrown inside, caught at the border.
        if not self.has_state(TaskState.FINISHED_MASK):
            super().complete()

    def cancel(self) -> None:
        """Withdraw the token, and what hangs on it."""
        if not self.has_state(TaskState.FINISHED_MASK):
            super().cancel()
            self.workflow.forget(self)


class Scope:
    """What the process and its embedded subprocesses have in common: a flat tree of tokens."""

    tasks: dict[int, Any]
    spec: Any
    completed: bool
    completed_event: Any
    last_task: Any
    task_tree: Token

    def plant(self) -> None:
        """Make the root, on which all tokens hang."""
        self.task_tree = Token(self, self.spec.start, state=TaskState.COMPLETED, id=ROOT)

    def begin(self) -> None:
        """Put the first token on the start event."""
        for spec in self.spec.start.outputs:
            spec._update(self.task_tree._add_child(spec))

    def living(self) -> list[Token]:
        return [task for task in self.tasks.values() if task.id != ROOT]

    def forget(self, token: Token) -> None:
        token.parent._children.remove(token.id)
        del self.tasks[token.id]

    def _task_completed_notify(self, task: Token) -> None:
        """The library calls this when a token is done and its successors have been told."""
        self.last_task = task
        for child in task.children:
            child.parent = self.task_tree
            self.task_tree._children.append(child.id)
        task._children = []
        self.forget(task)
        if len(self.tasks) == 1:
            self.completed = True
        if self.completed:
            self.completed_event(self)


class Part(Scope, BpmnSubWorkflow):
    """An embedded subprocess that is running."""

    def __init__(self, host: Token, top: Instance) -> None:
        super().__init__(top.subprocess_specs[host.task_spec.spec], host.id, top, deserializing=True)
        self.completed_event.connect(host.task_spec._on_subworkflow_completed, host)
        self.plant()


class Instance(Scope, BpmnWorkflow):
    """A process instance in memory, for one call.

    data: the process data, one mapping for the whole instance; values are replaced, never changed in place.
    entered, thrown, sent, decided: what happened in this call, in order; end_nodes: of the instance's whole life.
    """

    data: dict[str, Any]

    def __init__(
        self, model: Model, now: datetime, given: Mapping[str, Callable[..., object]], number: int = 0
    ) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self.model = model
        self.now = now
        self.number = number
        self.steps = 0
        self.entered: list[str] = []
        self.thrown: list[tuple[str, dict[str, object]]] = []
        self.sent: list[tuple[str, str]] = []
        self.decided: list[Decided] = []
        self.end_nodes: list[str] = []
        self.script = ExpressionEngine(lambda: self.data, now, given)
        super().__init__(model.spec, model.parts, script_engine=self.script, deserializing=True)
        self.plant()

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def scopes(self) -> list[Scope]:
        """Return the process and its running subprocesses, outer ones before inner ones."""
        return [self, *self.subprocesses.values()]

    def everywhere(self) -> Iterator[Token]:
        """Yield all tokens of all scopes."""
        for scope in self.scopes():
            yield from scope.living()

    def open(self, host: Token) -> Part:
        part = Part(host, self)
        self.subprocesses[host.id] = part
        return part

    def close(self, host: Token) -> None:
        """Withdraw what still runs inside, inner scopes first by way of their hosts."""
        part = self.subprocesses.pop(host.id, None)
        for token in part.living() if part is not None else ():
            token.cancel()

    def keep(self, values: Mapping[str, object]) -> None:
        """Take over what the drawing reads, and what was given at the start; the rest lives in the submissions."""
        kept = {
            name: value
            for name, value in values.items()
            if (name in self.model.reads or name in self.data)
            and not (name in RESERVED and name in self.data)
        }
        self.data = {**self.data, **kept}

    def spend(self, node: str) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise ProcessStuck(say("流程一步内走了超过 {n} 个元素，可能在绕圈。", n=MAX_STEPS), node)
