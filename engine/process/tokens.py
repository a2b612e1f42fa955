"""SpiffWorkflow's task tree, kept flat: one root in each scope, and one task for each token that is still somewhere.

The library keeps every finished task and predicts every future one, so its tree grows with history and, with gateways,
exponentially. Nothing here needs the past: joins keep their own arrivals (`joins`), a boundary event knows its host.
So a finished token is forgotten in the moment in which its successors exist, and nothing is predicted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from workflows.bpmn.cycles import EVERY_MISSED

if TYPE_CHECKING:
    from engine.process.instance import Instance
    from engine.process.model import Model

ROOT = -1

# Who the work is for and when it is due: given by the campaign, never by an answer.
RESERVED = frozenset(
    {"by", "to", "about", "unit", "starter", "due", "phases", "period", "notice", EVERY_MISSED}
)


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
        # As the library's own, which would also read the wall clock.
        self.id = id or workflow.top_workflow.next_number()
        self.workflow, self.task_spec, self._state = workflow, task_spec, state
        self._children: list[int] = []
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.triggered, self.thread_id, self.last_state_change = False, 0, 0.0
        workflow.tasks[self.id] = self
        self._parent = None
        if parent is not None:
            self._parent = parent.id
            parent._children.append(self.id)

    def _add_child(self, task_spec: Any, state: int = TaskState.FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        self._state = value  # the library's would read the wall clock and walk the whole tree for its log

    def _ready(self) -> None:
        super()._ready()
        if self.has_state(TaskState.READY):
            self.workflow.top_workflow.arrived(self)

    def complete(self) -> None:
        # What a token does may end its own scope: a signal or error thrown inside, caught at the border.
        if not self.has_state(TaskState.FINISHED_MASK):
            super().complete()

    def cancel(self) -> None:
        """Withdraw the token, and what hangs on it."""
        if self.has_state(TaskState.FINISHED_MASK):
            return
        offered = self.task_spec.manual and self.has_state(TaskState.READY)
        super().cancel()
        self.workflow.forget(self)
        if offered:
            self.workflow.top_workflow.withdrawn(int(self.id))


class Scope:
    """What the process and all that runs inside its activities have in common: a flat tree of tokens, and what they may read.

    host: the token inside of which it runs; None = the process itself. index: which one of several it is; -1 = none.
    data: values of its own; replaced, never changed in place.
    place: where it is, as `check:57:3/inspect:61`: the activities and numbers of the tokens around it, and the item of one that
    is done several times. prefix: what its nodes are called in `Step.entered`: empty, or the call activities around it.
    """

    tasks: dict[int, Any]
    spec: Any
    model: Model
    completed: bool
    last_task: Any
    task_tree: Token
    top_workflow: Instance
    host: Token | None = None
    data: dict[str, Any]
    index: int = -1
    place: str = ""
    prefix: str = ""
    calls: int = 0  # how many called processes are around it

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

    def note(self, node: str) -> None:
        """A token has entered a node."""
        self.top_workflow.entered.append(self.prefix + node)

    def names(self) -> Mapping[str, Any]:
        """Return what expressions here may read."""
        return self.data

    def keeps(self, name: str) -> bool:
        """Tell whether anything reads a value of that name."""
        return name in self.model.reads or name in self.data

    def keep(self, values: Mapping[str, object]) -> None:
        """Take over what something reads, and what was given at the start; the rest lives in the submissions."""
        given = self.names()
        self.put(
            {
                name: value
                for name, value in values.items()
                if self.keeps(name) and not (name in RESERVED and name in given)
            }
        )

    def put(self, values: Mapping[str, object]) -> None:
        """Set values, whether anything reads them or not."""
        self.data = {**self.data, **values}

    def finished(self) -> None:
        """The last token has left."""

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
            self.finished()
