"""Random processes: ours, saved and loaded at every step, against plain SpiffWorkflow and against BPMN's token game."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.process import Model, Opened, ProcessStuck, Step, advance, signal, start, wake
from engine.process.steps import at_length
from tests.engine.blocks import KINDS, Block, blocks, files_of
from tests.engine.token_game import Game, Stuck
from tests.examples import examples
from workflows.bpmn import read_process

NOW = datetime(2024, 11, 1, tzinfo=UTC)
MOST_STEPS = 60
PLAIN = ("sequence", "parallel", "choice", "loop", "inside")


class Ours:
    """The engine under test. A state is all that lives from one step to the next."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        drawings = {}
        for key, xml in files.items():
            drawings[key], _ = read_process(xml, f"{key}.bpmn")
            assume(drawings[key] is not None)  # the lint refuses what could only lose a token
        self.drawings = drawings
        self.model = Model.of(drawings, "p")
        self.day = 0
        self.open: dict[str, Opened] = {}
        self.step = self._see(start(self.model, {}, self.now))

    @property
    def now(self) -> datetime:
        return NOW + timedelta(days=self.day)

    def tasks(self) -> list[str]:
        return sorted(map(path_of, self.open.values()))

    @property
    def ended(self) -> bool:
        return self.step.ended

    def do(self, path: str, **answers: Any) -> None:
        token = next(token for token, opened in self.open.items() if path_of(opened) == path)
        asked = self.model, self.step.state, token, answers, self.now
        # The short way, where there is one, comes to the same in every byte.
        assert outcome(advance, *asked) == outcome(at_length, *asked)
        step = advance(*asked)
        del self.open[token]
        self.step = self._see(step)

    def pass_day(self) -> None:
        self.day += 1
        self.step = self._see(wake(self.model, self.step.state, self.now))

    def signal(self, name: str) -> None:
        self.step = self._see(signal(self.model, self.step.state, name, {}, self.now))

    def _see(self, step: Step) -> Step:
        for token in step.closed:
            del self.open[token]
        self.open |= {opened.token: opened for opened in step.opened}
        assert len(step.state) < 2048
        return step


def path_of(opened: Opened) -> str:
    """Where a task stands, without the numbers of tokens: as the token game names it."""
    steps = [step.split(":") for step in opened.place.split("/") if step]
    around = [f"{step[0]}:{step[2]}" if len(step) > 2 else step[0] for step in steps]
    return "/".join([*around, opened.node_id])


def outcome(way: Callable[..., Step], *asked: Any) -> Step | str:
    """Return the step, or how it is refused."""
    try:
        return way(*asked)
    except ProcessStuck as stuck:
        return f"{stuck} {stuck.facts}"


def play(data: st.DataObject, files: Mapping[str, bytes], kind: type[Ours] = Ours) -> None:
    """Do the same in both until nothing can be done; they offer the same at every step, or are stuck at the same one."""
    waits = any(b"timerEventDefinition" in xml or b"signalEventDefinition" in xml for xml in files.values())
    ours, game = both(lambda: kind(files), lambda: Game(files))
    for step in range(MOST_STEPS):
        if ours is None or game is None:
            return
        offered = game.tasks()
        assert ours.tasks() == offered
        assert ours.ended == game.ended
        if game.ended:
            return
        actions: list[tuple[str, ...]] = [("do", path) for path in offered]
        if waits:
            actions += [("day",), ("signal",)]
        action = data.draw(st.sampled_from(actions))
        yes = data.draw(st.booleans()) if step < MOST_STEPS // 2 else False
        if not all(both(partial(acted, ours, action, yes), partial(acted, game, action, yes))):
            return


def acted(engine: Any, action: tuple[str, ...], yes: bool) -> bool:
    match action:
        case ("do", path):
            node = path.rpartition("/")[2]
            engine.do(path, **{f"{node}_yes": yes})
        case ("day",):
            engine.pass_day()
        case _:
            engine.signal("S")
    return True


def both(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """Return what both give; where one cannot go on, neither can the other."""
    try:
        mine = ours()
    except ProcessStuck as stuck:
        mine = None
        reason = str(stuck)
    try:
        other = theirs()
    except Stuck:
        other = None
    assert (mine is None) == (other is None), reason if mine is None else "only the token game is stuck"
    return mine, other


class Plain:
    """SpiffWorkflow as it is, never saved."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        parser = BpmnParser()
        for xml in files.values():
            parser.add_bpmn_io(BytesIO(xml))
        self.workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.workflow.do_engine_steps()

    def tasks(self) -> list[str]:
        return sorted(_name(task) for task in self._ready())

    def do(self, node: str, yes: bool) -> None:
        found = next(ready for ready in self._ready() if _name(ready) == node)
        found.data[f"{node}_yes"] = yes
        found.run()
        self.workflow.do_engine_steps()

    def _ready(self) -> list[Any]:
        return [t for t in self.workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]


def _name(task: Any) -> str:
    return str(task.task_spec.name).removesuffix(" [child]")


BOUNDED = examples(200, derandomize=True, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(blocks(tuple(KINDS)[1:]), st.data())
def test_random_processes_run_as_the_token_game_has_it(block: Block, data: st.DataObject):
    play(data, files_of(block))


@BOUNDED
@given(blocks(PLAIN), st.data(), st.randoms(use_true_random=False))
def test_random_processes_with_flows_across_their_blocks_run_as_the_token_game_has_it(
    block: Block, data: st.DataObject, random: Any
):
    files = files_of(block)
    play(data, {**files, "p": with_a_jump(files["p"], random)})


def with_a_jump(xml: bytes, random: Any) -> bytes:
    """Let a task lead, when its answer is yes, to a merge anywhere in its scope: into a branch, out of one, back before a fork."""
    lines = xml.decode().splitlines()
    nodes = {
        _id(line): line for line in lines if "<bpmn:userTask" in line or "<bpmn:exclusiveGateway" in line
    }
    tasks = [name for name, line in nodes.items() if "<bpmn:userTask" in line]
    merges = [name for name in nodes if name.endswith("m") and "<bpmn:exclusiveGateway" in nodes[name]]
    if not tasks or not merges:
        return xml
    task, merge = random.choice(tasks), random.choice(merges)
    text = "\n".join(lines)
    text = text.replace(f'sourceRef="{task}"', f'sourceRef="{task}J"')
    flow = next(part for part in text.split("<bpmn:sequenceFlow ") if f'sourceRef="{task}J"' in part)
    default = _id(f"<x {flow}")
    jump = (
        f'<bpmn:exclusiveGateway id="{task}J" default="{default}"></bpmn:exclusiveGateway>'
        f'<bpmn:sequenceFlow id="{task}J1" sourceRef="{task}" targetRef="{task}J"></bpmn:sequenceFlow>'
        f'<bpmn:sequenceFlow id="{task}J2" sourceRef="{task}J" targetRef="{merge}"><bpmn:conditionExpression>'
        f"{task}_yes == True</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    return text.replace(nodes[task], nodes[task] + jump, 1).encode()


def _id(line: str) -> str:
    return line.partition('id="')[2].partition('"')[0]


@BOUNDED
@given(blocks(PLAIN, depth=2), st.data())
def test_random_processes_run_as_under_plain_spiffworkflow(block: Block, data: st.DataObject):
    assume(not joins_in_loop(block))
    as_plain(data, files_of(block))


@BOUNDED
@given(blocks((*PLAIN, "several", "call", "guarded"), depth=2), st.data())
def test_random_processes_with_several_calls_and_errors_run_as_under_plain_spiffworkflow(
    block: Block, data: st.DataObject
):
    assume(not joins_in_loop(block) and not errors_in_scopes(block))
    as_plain(data, files_of(block))


def as_plain(data: st.DataObject, files: Mapping[str, bytes]) -> None:
    ours, plain = Ours(files), Plain(files)
    for step in range(MOST_STEPS):
        offered = plain.tasks()
        assert sorted(opened.node_id for opened in ours.open.values()) == offered
        if not offered:
            break
        node = data.draw(st.sampled_from(offered))
        yes = data.draw(st.booleans()) if step < MOST_STEPS // 2 else False
        plain.do(node, yes)
        ours.do(
            next(path for path in ours.tasks() if path.rpartition("/")[2] == node), **{f"{node}_yes": yes}
        )
    assert ours.ended


def joins_in_loop(block: Block) -> bool:
    """Where SpiffWorkflow 3.2.0 is not sound."""
    return (block.kind == "loop" and block.has("parallel", "guarded")) or any(map(joins_in_loop, block.parts))


def errors_in_scopes(block: Block, inside: bool = False) -> bool:
    """Neither is it here: it catches an error at an outer border although an inner one names its code, and fails outright
    when one of several throws one, or when what comes after a caught one is to be done several times."""
    several = "times" in block.facts
    if block.kind == "guarded" and (inside or several or block.parts[1].is_several()):
        return True
    return any(errors_in_scopes(part, inside or several or block.kind == "guarded") for part in block.parts)
