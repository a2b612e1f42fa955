"""The whole command, as a request runs it: the unit of work, the access check, the answers, the engine, the rows, the commit."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from engine import tasks
from engine.bench import course
from engine.bench.ground import Ground


class Ours:
    """Completes the plan of one instance, again and again: its history grows by two elements each time."""

    def __init__(self, ground: Ground, instance: UUID, *, after: int = 0) -> None:
        self._ground, self._instance = ground, instance
        for _ in range(after):
            self()()

    def __call__(self) -> Callable[[], None]:
        waiting = self._ground.waiting(self._instance)
        return lambda: self._complete(waiting)

    def _complete(self, task: UUID) -> None:
        with self._ground.as_clerk() as work:
            tasks.complete(work, task, course.sent_back())


class Nth:
    """Completes the n-th task of a new instance each time."""

    def __init__(self, ground: Ground, number: int) -> None:
        self._ground, self._number = ground, number

    def __call__(self) -> Callable[[], None]:
        return Ours(self._ground, self._ground.begin(), after=self._number - 1)()
