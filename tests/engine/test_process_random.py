"""Random processes: ours, saved and loaded at every step, against plain SpiffWorkflow and against a model of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import count, pairwise
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.process import Model, advance, start
from tests.workflows.drawn import draw
from workflows.bpmn import read_process

NOW = datetime(2024, 11, 1, tzinfo=UTC)
MOST_STEPS = 60

# A block has one way in and one way out. Each knows how it is drawn, and by itself, without any engine, how it runs.


@dataclass
class Block:
    id: str
    parts: list[Any] = field(default_factory=list)
    active: bool = False

    def open(self) -> Iterator[str]:
        if self.active:
            for part in self.parts:
                yield from part.open()

    def begin(self) -> None:
        raise NotImplementedError

    def done(self, task: str, yes: bool) -> None:
        """Tell the block that one of its open tasks is done; `yes` is the answer that its gateway reads."""
        raise NotImplementedError

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        """Return the first node, the last node, and the lines."""
        raise NotImplementedError

    def has(self, kind: type) -> bool:
        return isinstance(self, kind) or any(part.has(kind) for part in self.parts)


class Task(Block):
    def open(self) -> Iterator[str]:
        if self.active:
            yield self.id

    def begin(self) -> None:
        self.active = True

    def done(self, task: str, yes: bool) -> None:
        self.active = False

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        return self.id, self.id, [f"{self.id}: userTask{scope}"]


class Sequence(Block):
    def begin(self) -> None:
        self.active = True
        self.parts[0].begin()

    def done(self, task: str, yes: bool) -> None:
        index = next(i for i, part in enumerate(self.parts) if task in part.open())
        self.parts[index].done(task, yes)
        if not self.parts[index].active:
            if index + 1 < len(self.parts):
                self.parts[index + 1].begin()
            else:
                self.active = False

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        drawn = [part.draw(scope) for part in self.parts]
        flows = [f"{a[1]} -> {b[0]}" for a, b in pairwise(drawn)]
        return drawn[0][0], drawn[-1][1], [line for part in drawn for line in part[2]] + flows


class Parallel(Block):
    def begin(self) -> None:
        self.active = True
        for part in self.parts:
            part.begin()

    def done(self, task: str, yes: bool) -> None:
        next(part for part in self.parts if task in part.open()).done(task, yes)
        self.active = any(part.active for part in self.parts)

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        split, join = f"{self.id}s", f"{self.id}j"
        lines = [f"{split}: parallelGateway{scope}", f"{join}: parallelGateway{scope}"]
        for part in self.parts:
            first, last, drawn = part.draw(scope)
            lines += [*drawn, f"{split} -> {first}", f"{last} -> {join}"]
        return split, join, lines


class Choice(Block):
    """A task, and one of two ways by its answer."""

    def begin(self) -> None:
        self.active = self.asking = True

    def open(self) -> Iterator[str]:
        if self.active and self.asking:
            yield f"{self.id}t"
        else:
            yield from super().open()

    def done(self, task: str, yes: bool) -> None:
        if self.asking:
            self.asking = False
            self.parts[0 if yes else 1].begin()
            return
        next(part for part in self.parts if task in part.open()).done(task, yes)
        self.active = any(part.active for part in self.parts)

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        task, split, merge = (f"{self.id}{end}" for end in "tsm")
        lines = [
            f"{task}: userTask{scope}",
            f"{split}: exclusiveGateway{scope}",
            f"{merge}: exclusiveGateway{scope}",
        ]
        lines += [f"{task} -> {split}"]
        for part, way in zip(self.parts, (f" if {task}_yes == True", " else"), strict=True):
            first, last, drawn = part.draw(scope)
            lines += [*drawn, f"{split} -> {first}{way}", f"{last} -> {merge}"]
        return task, merge, lines


class Inclusive(Choice):
    """A task, then the second way, and the first one besides when its answer is yes."""

    def done(self, task: str, yes: bool) -> None:
        if not self.asking:
            return super().done(task, yes)
        self.asking = False
        for part in self.parts if yes else self.parts[1:]:
            part.begin()

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        first, last, lines = super().draw(scope)
        mine = (f"{self.id}s", f"{self.id}m")
        for old, new in {"exclusive": "inclusive", " else": " if True"}.items():
            lines = [line.replace(old, new) if line.startswith(mine) else line for line in lines]
        return first, last, lines


class Loop(Block):
    """A body, a review, and back to the body when the review says so."""

    def begin(self) -> None:
        self.active, self.reviewing = True, False
        self.parts[0].begin()

    def open(self) -> Iterator[str]:
        if self.active and self.reviewing:
            yield f"{self.id}t"
        else:
            yield from super().open()

    def done(self, task: str, yes: bool) -> None:
        if not self.reviewing:
            self.parts[0].done(task, yes)
            self.reviewing = not self.parts[0].active
        elif yes:
            self.begin()
        else:
            self.active = False

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        merge, task, split, out = (f"{self.id}{end}" for end in "mtso")
        first, last, drawn = self.parts[0].draw(scope)
        lines = [f"{name}: exclusiveGateway{scope}" for name in (merge, split, out)]
        lines += [*drawn, f"{task}: userTask{scope}", f"{merge} -> {first}", f"{last} -> {task} -> {split}"]
        lines += [f"{split} -> {merge} if {task}_yes == True", f"{split} -> {out} else"]
        return merge, out, lines


class Inside(Sequence):
    """An embedded subprocess."""

    def draw(self, scope: str) -> tuple[str, str, list[str]]:
        first, last, drawn = super().draw(f" in={self.id}")
        start, end = f"{self.id}a", f"{self.id}e"
        lines = [
            f"{self.id}: subProcess{scope}",
            f"{start}: startEvent in={self.id}",
            f"{end}: endEvent in={self.id}",
            *drawn,
            f"{start} -> {first}",
            f"{last} -> {end}",
        ]
        return self.id, self.id, lines


@st.composite
def blocks(draw: Any, depth: int = 3) -> Block:
    numbers = count()

    def block(depth: int) -> Block:
        kind = draw(
            st.sampled_from(
                [Task, Task, Sequence, Parallel, Choice, Inclusive, Loop, Inside] if depth else [Task]
            )
        )
        name = f"n{next(numbers)}"
        if kind is Task:
            return Task(name)
        least, most = {
            Sequence: (2, 3),
            Parallel: (2, 3),
            Choice: (2, 2),
            Inclusive: (2, 2),
            Loop: (1, 1),
            Inside: (1, 2),
        }[kind]
        return kind(name, [block(depth - 1) for _ in range(draw(st.integers(least, most)))])  # type: ignore[no-any-return]

    return block(depth)


def drawn(block: Block) -> bytes:
    first, last, lines = block.draw("")
    return draw(
        "\n".join(["start: startEvent", "end: endEvent", *lines, f"start -> {first}", f"{last} -> end"])
    )


class Ours:
    """The engine under test. A state is all that lives from one step to the next."""

    def __init__(self, xml: bytes) -> None:
        drawing, problems = read_process(xml, "p.bpmn")
        assert drawing is not None, [f"{problem.where}: {problem.what}" for problem in problems]
        self.model = Model.of({"p": drawing}, "p")
        self.step = start(self.model, {}, NOW)
        self.tasks = {opened.token: opened.node_id for opened in self.step.opened}

    def open(self) -> list[str]:
        return sorted(self.tasks.values())

    def done(self, task: str, yes: bool) -> None:
        token = next(token for token, node in self.tasks.items() if node == task)
        self.step = advance(self.model, self.step.state, token, {f"{task}_yes": yes}, NOW)
        del self.tasks[token]
        self.tasks |= {opened.token: opened.node_id for opened in self.step.opened}


class Plain:
    """SpiffWorkflow as it is, never saved."""

    def __init__(self, xml: bytes) -> None:
        parser = BpmnParser()
        parser.add_bpmn_io(BytesIO(xml))
        self.workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.workflow.do_engine_steps()

    def open(self) -> list[str]:
        return sorted(task.task_spec.name for task in self._ready())

    def done(self, task: str, yes: bool) -> None:
        found = next(ready for ready in self._ready() if ready.task_spec.name == task)
        found.data[f"{task}_yes"] = yes
        found.run()
        self.workflow.do_engine_steps()

    def _ready(self) -> list[Any]:
        return [t for t in self.workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]


def walk(data: st.DataObject, ours: Ours, other: Any) -> None:
    """Do the same open task in both until nothing is open; they offer the same at every step."""
    for step in range(MOST_STEPS):
        offered = sorted(other.open())
        assert ours.open() == offered
        if not offered:
            break
        task = data.draw(st.sampled_from(offered))
        yes = data.draw(st.booleans()) if step < MOST_STEPS // 2 else False
        for engine in (ours, other):
            engine.done(task, yes)
    assert ours.step.ended == (not ours.open())
    assert len(ours.step.state) < 1024


BOUNDED = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(blocks(), st.data())
def test_random_processes_run_as_their_blocks_say(block: Block, data: st.DataObject):
    ours = Ours(drawn(block))
    block.begin()
    walk(data, ours, type("Blocks", (), {"open": staticmethod(block.open), "done": staticmethod(block.done)}))


@BOUNDED
@given(blocks(depth=2), st.data())
def test_random_processes_run_as_under_plain_spiffworkflow(block: Block, data: st.DataObject):
    assume(not joins_in_loop(block) and not block.has(Inclusive))
    xml = drawn(block)
    walk(data, Ours(xml), Plain(xml))


def joins_in_loop(block: Block) -> bool:
    """Where SpiffWorkflow 3.2.0 is not sound."""
    return (isinstance(block, Loop) and block.has(Parallel)) or any(
        joins_in_loop(part) for part in block.parts
    )
