"""Random processes, put together from blocks with one way in and one way out. A block knows how it is drawn, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

from hypothesis import strategies as st

from tests.workflows.drawn import draw


@dataclass
class Drawn:
    """first, last: nodes; lines: as `tests.workflows.drawn` reads them."""

    first: str
    last: str
    lines: list[str]


@dataclass
class Block:
    """kind: a key of KINDS. facts: what was drawn by lot, such as how many times."""

    id: str
    kind: str
    parts: list[Block] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def has(self, *kinds: str) -> bool:
        return self.kind in kinds or any(part.has(*kinds) for part in self.parts)

    def is_several(self) -> bool:
        """Tell whether anything in it is done several times."""
        return "times" in self.facts or any(part.is_several() for part in self.parts)


Draw = Callable[[Block, str, dict[str, bytes]], Drawn]


def drawn(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """Draw a block. scope: ` in=…` of the subprocess it stands in; files: takes the processes that are called."""
    return KINDS[block.kind][0](block, scope, files)


def files_of(block: Block, process: str = "p") -> dict[str, bytes]:
    """Return the process that a block is, and those that it calls, by id."""
    files: dict[str, bytes] = {}
    made = drawn(block, "", files)
    lines = [
        "start: startEvent",
        "end: endEvent",
        *made.lines,
        f"start -> {made.first}",
        f"{made.last} -> end",
    ]
    return {process: draw("\n".join(lines), process), **files}


def _task(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    return Drawn(block.id, block.id, [f"{block.id}: userTask{scope}"])


def _sequence(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    parts = [drawn(part, scope, files) for part in block.parts]
    flows = [f"{one.last} -> {two.first}" for one, two in pairwise(parts)]
    return Drawn(parts[0].first, parts[-1].last, [line for part in parts for line in part.lines] + flows)


def _parallel(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    split, join = f"{block.id}s", f"{block.id}j"
    lines = [f"{split}: parallelGateway{scope}", f"{join}: parallelGateway{scope}"]
    for part in block.parts:
        made = drawn(part, scope, files)
        lines += [*made.lines, f"{split} -> {made.first}", f"{made.last} -> {join}"]
    return Drawn(split, join, lines)


def _choice(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """A task, and one of two ways by its answer."""
    task, split, merge = (f"{block.id}{end}" for end in "tsm")
    lines = [
        f"{task}: userTask{scope}",
        f"{split}: exclusiveGateway{scope}",
        f"{merge}: exclusiveGateway{scope}",
    ]
    lines.append(f"{task} -> {split}")
    for part, way in zip(block.parts, (f" if {task}_yes == True", " else"), strict=True):
        made = drawn(part, scope, files)
        lines += [*made.lines, f"{split} -> {made.first}{way}", f"{made.last} -> {merge}"]
    return Drawn(task, merge, lines)


def _inclusive(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """A task, then the second way, and the first one besides when its answer is yes."""
    made = _choice(block, scope, files)
    mine = (f"{block.id}s", f"{block.id}m")
    for old, new in {"exclusive": "inclusive", " else": " if True"}.items():
        made.lines = [line.replace(old, new) if line.startswith(mine) else line for line in made.lines]
    return made


def _loop(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """A body, a review, and back to the body when the review says so."""
    merge, task, split, out = (f"{block.id}{end}" for end in "mtso")
    made = drawn(block.parts[0], scope, files)
    lines = [f"{name}: exclusiveGateway{scope}" for name in (merge, split, out)]
    lines += [
        *made.lines,
        f"{task}: userTask{scope}",
        f"{merge} -> {made.first}",
        f"{made.last} -> {task} -> {split}",
    ]
    lines += [f"{split} -> {merge} if {task}_yes == True", f"{split} -> {out} else"]
    return Drawn(merge, out, lines)


def _inside(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """An embedded subprocess, done once or several times."""
    made = _sequence(block, f" in={block.id}", files)
    start, end = f"{block.id}a", f"{block.id}e"
    lines = [f"{block.id}: subProcess{scope}{_times(block)}", f"{start}: startEvent in={block.id}"]
    lines += [
        f"{end}: endEvent in={block.id}",
        *made.lines,
        f"{start} -> {made.first}",
        f"{made.last} -> {end}",
    ]
    return Drawn(block.id, block.id, lines)


def _several(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """A task that is done several times."""
    return Drawn(block.id, block.id, [f"{block.id}: userTask{scope}{_times(block)}"])


def _call(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """Another process, called once or several times."""
    files |= files_of(block.parts[0], f"c{block.id}")
    return Drawn(block.id, block.id, [f"{block.id}: callActivity calls=c{block.id}{scope}{_times(block)}"])


def _guarded(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """A subprocess, beside its body a task that may throw out of it: an error or an escalation, caught by code, by all, or not."""
    inner, b = f" in={block.id}", block.id
    body = drawn(block.parts[0], inner, files)
    kind, beside = block.facts["throws"], " beside" if block.facts["beside"] else ""
    thrown = "endEvent" if kind == "error" else block.facts["at"]
    lines = [
        f"{b}: subProcess{scope}{_times(block)}", f"{b}a: startEvent{inner}", f"{b}f: parallelGateway{inner}",
        f"{b}t: userTask{inner}", f"{b}g: exclusiveGateway{inner}", f"{b}x: {thrown} {kind}=E{inner}",
        f"{b}e: endEvent{inner}", f"{b}k: endEvent{inner}", *body.lines,
        f"{b}a -> {b}f -> {body.first}", f"{body.last} -> {b}e", f"{b}f -> {b}t -> {b}g",
        f"{b}g -> {b}x if {b}t_yes == True", f"{b}g -> {b}k else",
        f"{b}m: exclusiveGateway{scope}", f"{b} -> {b}m",
    ]  # fmt: skip
    if thrown != "endEvent":
        lines.append(f"{b}x -> {b}k")
    if block.facts["caught"] is not None:
        other = drawn(block.parts[1], scope, files)
        beside = beside if kind == "escalation" else ""
        lines += [f"{b}c: boundaryEvent on={b} {kind}={block.facts['caught']}{beside}{scope}", *other.lines]
        # What goes on beside the activity ends by itself.
        onward = f"{b}o: endEvent{scope}\n{other.last} -> {b}o" if beside else f"{other.last} -> {b}m"
        lines += [f"{b}c -> {other.first}", *onward.splitlines()]
    return Drawn(b, f"{b}m", lines)


def _awaiting(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """A signal or some days, whichever comes first."""
    gate, heard, late, merge = (f"{block.id}{end}" for end in "ghlm")
    one, two = (drawn(part, scope, files) for part in block.parts)
    lines = [
        f"{gate}: eventBasedGateway{scope}", f"{heard}: intermediateCatchEvent signal=S{scope}",
        f"{late}: intermediateCatchEvent duration=P{block.facts['days']}D{scope}", f"{merge}: exclusiveGateway{scope}",
        *one.lines, *two.lines, f"{gate} -> {heard} -> {one.first}", f"{gate} -> {late} -> {two.first}",
        f"{one.last} -> {merge}", f"{two.last} -> {merge}",
    ]  # fmt: skip
    return Drawn(gate, merge, lines)


def _watched(block: Block, scope: str, files: dict[str, bytes]) -> Drawn:
    """An activity that a timer or a signal withdraws, or stands beside."""
    made, other = (drawn(part, scope, files) for part in block.parts)
    event, merge, end = (f"{block.id}{one}" for one in "bme")
    beside = block.facts["beside"]
    what = f"duration=P{block.facts['days']}D" if block.facts["days"] else "signal=S"
    lines = [
        *made.lines, *other.lines, f"{merge}: exclusiveGateway{scope}", f"{made.last} -> {merge}",
        f"{event}: boundaryEvent on={made.first} {what}{' beside' if beside else ''}{scope}", f"{event} -> {other.first}",
    ]  # fmt: skip
    lines += [f"{end}: endEvent{scope}", f"{other.last} -> {end}"] if beside else [f"{other.last} -> {merge}"]
    return Drawn(made.first, merge, lines)


def _times(block: Block) -> str:
    times = block.facts.get("times")
    if times is None:
        return ""
    return f" times={times}" + (" sequential" if block.facts["sequential"] else "")


# How a block is drawn, and how many blocks it is made of.
KINDS: dict[str, tuple[Draw, int, int]] = {
    "task": (_task, 0, 0),
    "sequence": (_sequence, 2, 3),
    "parallel": (_parallel, 2, 3),
    "choice": (_choice, 2, 2),
    "inclusive": (_inclusive, 2, 2),
    "loop": (_loop, 1, 1),
    "inside": (_inside, 1, 2),
    "several": (_several, 0, 0),
    "call": (_call, 1, 1),
    "guarded": (_guarded, 2, 2),
    "awaiting": (_awaiting, 2, 2),
    "watched": (_watched, 2, 2),
}
ACTIVITIES = ("task", "several", "inside", "call")


@st.composite
def blocks(draw: Any, kinds: Sequence[str], depth: int = 3) -> Block:
    """A random block of these kinds."""
    numbers = count()

    def facts(kind: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if kind == "several" or (
            kind in ("inside", "call", "guarded") and "several" in kinds and draw(st.booleans())
        ):
            made |= {"times": draw(st.integers(0, 3)), "sequential": draw(st.booleans())}
        if kind == "guarded":
            throws = draw(st.sampled_from(["error", "escalation"] if "watched" in kinds else ["error"]))
            caught = draw(st.sampled_from(["E", "*"] if throws == "error" else ["E", "*", None]))
            made |= {"throws": throws, "caught": caught, "beside": draw(st.booleans())}
            made["at"] = draw(st.sampled_from(["endEvent", "intermediateThrowEvent"]))
        if kind in ("awaiting", "watched"):
            made |= {
                "days": draw(st.integers(0 if kind == "watched" else 1, 3)),
                "beside": draw(st.booleans()),
            }
        return made

    def block(depth: int, allowed: Sequence[str]) -> Block:
        kind = draw(
            st.sampled_from([*(["task"] if "task" in allowed else []), *allowed] if depth else ["task"])
        )
        name = f"n{next(numbers)}"
        _, least, most = KINDS[kind]
        made = facts(kind)
        if "several" in kinds and kind == "task" and not depth and draw(st.integers(0, 3)) == 0:
            return Block(name, "several", [], facts("several"))
        parts = [
            block(
                depth - 1,
                [one for one in kinds if one in ACTIVITIES] if kind == "watched" and not i else kinds,
            )
            for i in range(draw(st.integers(least, most)))
        ]
        return Block(name, kind, parts, made)

    return block(depth, kinds)
