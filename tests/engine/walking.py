"""Walks one process instance, step by step, with nothing but its state from one step to the next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.process import Model, Opened, Step, advance, signal, start, wake
from tests.workflows.drawn import drawing

NOW = datetime(2024, 11, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Walk:
    """A person at the desk: names the task that is done, sees what opens. others: processes that may be called."""

    def __init__(self, text: str, /, others: Mapping[str, str] | None = None, **data: Any) -> None:
        drawings = {key: drawing(other, key) for key, other in (others or {}).items()}
        self.model = Model.of({"p": drawing(text), **drawings}, "p")
        self.now = NOW
        self.tasks: dict[str, Opened] = {}
        self.step = self._see(start(self.model, data, self.now))

    def open(self) -> list[str]:
        return sorted(opened.node_id for opened in self.tasks.values())

    def token(self, node: str, **seen: Any) -> str:
        """Return the token of the first open task of that node whose expressions see these values."""
        return next(
            token
            for token, opened in self.tasks.items()
            if opened.node_id == node and all(opened.data.get(name) == value for name, value in seen.items())
        )

    def do(self, node: str, **answers: Any) -> Step:
        return self.complete(self.token(node), **answers)

    def complete(self, token: str, **answers: Any) -> Step:
        step = advance(self.model, self.step.state, token, answers, self.now)
        del self.tasks[token]
        return self._see(step)

    def hear(self, name: str, payload: Mapping[str, Any] | None = None) -> Step:
        return self._see(signal(self.model, self.step.state, name, payload or {}, self.now))

    def later(self, time: timedelta) -> Step:
        self.now += time
        return self._see(wake(self.model, self.step.state, self.now))

    def _see(self, step: Step) -> Step:
        for token in step.closed:
            del self.tasks[token]
        self.tasks |= {opened.token: opened for opened in step.opened}
        self.step = step
        return step
