"""What everybody writes first: the library's own workflow, kept as the JSON that its own serializer makes."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from engine.bench import course
from engine.bench.bare import Driver, Rows

_READ = "SELECT compact FROM instance WHERE tenant_id = ? AND id = ?"
_BACK = "UPDATE instance SET compact = ? WHERE tenant_id = ? AND id = ?"


class Library:
    """The process as the library's own parser reads it, and its own serializer."""

    def __init__(self, drawing: bytes, process: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_io(BytesIO(drawing))
        self._spec, self._parts = parser.get_spec(process), parser.get_subprocess_specs(process)
        self.serializer = BpmnWorkflowSerializer()

    def begin(self) -> BpmnWorkflow:
        workflow = BpmnWorkflow(self._spec, self._parts)
        workflow.do_engine_steps()
        return workflow

    def after(self, rounds: int) -> str:
        """Return the state of an instance whose plan was sent back so many times."""
        workflow = self.begin()
        for _ in range(rounds):
            send_back(workflow)
        return str(self.serializer.serialize_json(workflow))

    def history(self, state: str) -> tuple[int, int]:
        """Return how many tasks a state holds, and how many of them are finished."""
        tasks = self.serializer.deserialize_json(state).tasks.values()
        return len(tasks), sum(task.has_state(TaskState.FINISHED_MASK) for task in tasks)


def send_back(workflow: BpmnWorkflow) -> None:
    """Complete the plan so that it has to be made again."""
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    answers = course.sent_back()
    task.data.update({"form_Plan": course.form("Plan"), "approved": False, "sites": answers["sites"]})
    task.run()
    workflow.do_engine_steps()


class Naive:
    """Load, complete, go on, save; the same rows in the same transaction as the bare way."""

    def __init__(self, driver: Driver, library: Library, state: str, instance: UUID) -> None:
        self._driver, self._library, self._state = driver, library, state.encode()
        self._rows = Rows(driver, instance)

    def __call__(self) -> Any:
        """Put the state back to where every round begins."""
        with self._driver.transaction():
            self._driver.run(_BACK, self._state, self._rows.ground.tenant, self._rows.instance)
        return self._complete

    def _complete(self) -> None:
        serializer = self._library.serializer
        with self._driver.transaction():
            (kept,) = self._driver.run(_READ, self._rows.ground.tenant, self._rows.instance).fetchone()
            workflow = serializer.deserialize_json(bytes(kept).decode())
            send_back(workflow)
            self._rows.write(serializer.serialize_json(workflow).encode())
