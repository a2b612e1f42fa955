"""What forks and joins in a row cost at the start: nothing is predicted, so the blocks that come later are free."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bench.claims import Part, at_most, measured
from engine.bench.ground import NOW
from engine.bench.sizes import Sizes
from engine.bench.timing import interleaved
from engine.process import Model, start
from workflows.bpmn import read_process

WIDTH, MANY = 3, 7
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
    '<bpmn:process id="forks" isExecutable="true"><bpmn:startEvent id="start"/>'
)


def parts(sizes: Sizes) -> Iterator[Part]:
    """Measure the start of an instance with one block and with seven, with tasks inside and with nothing to do inside."""
    models = {
        (number, inside): _model(number, inside)
        for number in (1, MANY)
        for inside in ("userTask", "intermediateThrowEvent")
    }
    ways = {
        f"{inside} {number}": lambda model=model: lambda: start(model, {}, NOW)
        for (number, inside), model in models.items()
    }
    times = interleaved(ways, sizes.rounds, each=sizes.each)
    nodes = {name: _nodes(int(name.split()[1])) for name in ways}
    run = times.each(nodes)
    words = {
        "userTask 1": "start, one block with tasks: to its tasks",
        f"userTask {MANY}": f"start, {MANY} blocks with tasks: to the first tasks",
        "intermediateThrowEvent 1": "start, one block to be run through",
        f"intermediateThrowEvent {MANY}": f"start, {MANY} blocks to be run through",
    }
    claims = (
        at_most(f"{MANY} blocks / one, for each element", run.ratio(f"userTask {MANY}", "userTask 1"), 1.2),
        at_most(
            f"{MANY} blocks / one, run through, for each element",
            run.ratio(f"intermediateThrowEvent {MANY}", "intermediateThrowEvent 1"),
            1.2,
        ),
    )
    yield Part("Forks and joins in a row", {"width": WIDTH, "blocks": MANY}, measured(times, words), claims)


def _nodes(blocks: int) -> int:
    return 2 + blocks * (2 + WIDTH)


def _model(blocks: int, inside: str) -> Model:
    flows, nodes, last = [], [], "start"
    for block in range(blocks):
        nodes += [f'<bpmn:parallelGateway id="fork{block}"/>', f'<bpmn:parallelGateway id="join{block}"/>']
        flows.append((last, f"fork{block}"))
        for branch in range(WIDTH):
            nodes.append(f'<bpmn:{inside} id="step{block}_{branch}"/>')
            flows += [(f"fork{block}", f"step{block}_{branch}"), (f"step{block}_{branch}", f"join{block}")]
        last = f"join{block}"
    nodes.append('<bpmn:userTask id="last"/><bpmn:endEvent id="end"/>')
    flows += [(last, "last"), ("last", "end")]
    drawn = [
        f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(flows)
    ]
    xml = f"{_HEAD}{''.join(nodes)}{''.join(drawn)}</bpmn:process></bpmn:definitions>"
    drawing, problems = read_process(xml.encode(), "forks.bpmn")
    if drawing is None:
        raise AssertionError([str(problem.what) for problem in problems])
    return Model.of({"forks": drawing}, "forks")
