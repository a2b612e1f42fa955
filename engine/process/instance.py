"""A process instance in memory, for one call: its scopes, what happened, and who waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.util.event import EventManager
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.process.decisions import Decided
from engine.process.errors import ProcessStuck
from engine.process.parts import SINGLE, Dormant, Part, part_of
from engine.process.rows import rouse
from engine.process.script import ExpressionEngine
from engine.process.tokens import Scope, Token
from tenants.text import say

if TYPE_CHECKING:
    from engine.process.model import Model

MAX_STEPS = 10_000  # engine steps in one call
MAX_TOKENS = 1_000  # alive at once in one instance


class Instance(Scope, BpmnWorkflow):
    """A process instance in memory.

    entered, thrown, sent, decided, unheard: what happened in this call, in order; end_nodes: of the instance's whole life.
    ready: tokens that go on by themselves. opened: tasks that are new, number -> their token, or token and index of one of
    several that nobody has touched; closed: numbers of tasks that were withdrawn.
    expected: whether it may have waited for a moment or a name when the call began.
    parts: what runs inside tokens, by the token's number and the index of the item; dormant: the same, untouched.
    """

    script_engine: ExpressionEngine

    def __init__(
        self, model: Model, now: datetime, given: Mapping[str, Callable[..., object]], number: int = 0
    ) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self.model = model
        self.now = now
        self.number = number
        self.steps = 0
        self.expected = False
        self.entered: list[str] = []
        self.thrown: list[tuple[str, dict[str, object]]] = []
        self.sent: list[tuple[str, str]] = []
        self.decided: list[Decided] = []
        self.unheard: list[str] = []
        self.end_nodes: list[str] = []
        self.ready: deque[Token] = deque()
        self.opened: dict[int, Token | tuple[Token, int]] = {}
        self.closed: list[int] = []
        self.parts: dict[int, dict[int, Part]] = {}
        self.dormant: dict[int, dict[int, Dormant]] = {}
        self.script = self.script_engine = ExpressionEngine(now, given)
        # What the library's own constructor sets and its specs ask for; it would make as much again that nobody does.
        self.spec, self.data, self.tasks, self.completed, self.last_task = model.spec, {}, {}, False, None
        self.event_manager = EventManager(self)
        self.plant()

    def next_number(self, count: int = 1) -> int:
        """Return the first of so many fresh numbers."""
        self.number += count
        return self.number - count + 1

    def arrived(self, token: Token) -> None:
        """A token is ready: somebody has to act, or it goes on by itself."""
        if token.task_spec.manual:
            self.opened[int(token.id)] = token
        else:
            self.ready.append(token)

    def withdrawn(self, number: int) -> None:
        """A task is taken back before anybody did it."""
        if self.opened.pop(number, None) is None:
            self.closed.append(number)

    def scopes(self) -> Iterator[Scope]:
        """Yield the process and what runs inside of its tokens, outer ones before inner ones; not what lies untouched."""
        yield self
        for group in self.parts.values():
            yield from group.values()

    def awake(self) -> Iterator[Token]:
        """Yield the tokens of these scopes."""
        for scope in self.scopes():
            yield from scope.living()

    def sleeping(self) -> Iterator[Dormant]:
        """Yield what lies untouched."""
        for group in self.dormant.values():
            yield from group.values()

    def everywhere(self) -> list[Token]:
        """Return all tokens; nothing lies untouched any more."""
        while self.dormant:
            for found in list(self.sleeping()):
                self.rouse(found)
        return list(self.awake())

    def open(self, host: Token, index: int = SINGLE) -> Part:
        """Return what shall run inside a token; it has not begun."""
        self.spend(host.task_spec.name)  # several inside of several are many before the first of them goes on
        part = part_of(host, index)
        self.parts.setdefault(int(host.id), {})[index] = part
        return part

    def drop(self, part: Part) -> None:
        group = self.parts[int(part.host.id)]
        del group[part.index]
        if not group:
            del self.parts[int(part.host.id)]

    def rouse(self, found: Dormant) -> Part:
        group = self.dormant[int(found.host.id)]
        del group[found.index]
        if not group:
            del self.dormant[int(found.host.id)]
        return rouse(self, found)

    def close(self, host: Token) -> None:
        """Withdraw all that runs or waits inside a token, inner scopes by way of their hosts."""
        for found in self.dormant.pop(int(host.id), {}).values():
            self.closed += found.tasks
        for part in self.parts.pop(int(host.id), {}).values():
            for token in part.living():
                token.cancel()
        for _, first, count in host.internal_data.pop("run", ()):
            for number in range(first, first + count):
                self.withdrawn(number)

    def task(self, number: int) -> Token | None:
        """Return the task of that number, when it waits for somebody."""
        while found := next((one for one in self.sleeping() if number in one.tasks), None):
            self.rouse(found)  # inside of which another may lie
        for scope in self.scopes():
            token = scope.tasks.get(number)
            if token is not None:
                return token if token.task_spec.manual and token.has_state(TaskState.READY) else None
        for token in self.awake():
            for run in token.internal_data.get("run", ()):
                if run[1] <= number < run[1] + run[2]:
                    return token.task_spec.touched(token, run, number)  # type: ignore[no-any-return]
        return None

    def size(self) -> tuple[int, int]:
        """Return how many tokens there are, and how many of them are tasks that wait for somebody."""
        tokens = tasks = 0
        for token in self.awake():
            tokens += not token.has_state(TaskState.STARTED)
            tasks += token.task_spec.manual
            for _, _, count in token.internal_data.get("run", ()):
                tokens += count
                tasks += count
        for found in self.sleeping():
            tokens += found.size
            tasks += len(found.tasks)
        return tokens, tasks

    def spend(self, node: str, steps: int = 1) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise ProcessStuck(say("流程一步内走了超过 {n} 个元素，可能在绕圈。", n=MAX_STEPS), node)
