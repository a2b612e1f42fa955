"""Call activities: the process that is called is there, no process calls itself in the end, and what crosses the border fits."""

from __future__ import annotations

from collections.abc import Iterator

from tenants.errors import Problem
from tenants.text import Message, say
from workflows.bpmn import Drawing, Node
from workflows.bpmn.drawing import Call
from workflows.checks.known import Known, stranger
from workflows.elements import Package

MAX_CALLS = 8  # called processes inside one another, as the engine has it
_CODED = ("error", "escalation")
Where = tuple[str, str]  # the package's `id@version`, empty for the one that is checked; the process's key


def check_calls(known: Known) -> Iterator[Problem]:
    """Report calls that lead nowhere, lead back, or hand over what nobody takes; and errors that nobody catches."""
    for key, drawing in known.package.processes.items():
        for node in drawing.calls:
            yield from _call(known, key, drawing, node)
        yield from _catchers(known, key, drawing)
        if any(True for _ in known.users(key)) and not known.callers(key):
            yield from _uncaught(known, key, drawing)


def _call(known: Known, key: str, drawing: Drawing, node: Node) -> Iterator[Problem]:
    call = node.call
    assert call is not None

    def problem(what: Message, do: Message, level: str = "error") -> Problem:
        return Problem(what, do, drawing.file, node.line, node.id, level)

    package = known.package.library.get(call.source) if call.source else known.package
    if package is None:
        what = say("步骤“{node}”调用的方案 {name} 没有找到", node=node.name or node.id, name=call.source)
        do = say("请先发布这个版本；在本机检查时，请把那个方案的文件夹一并写在命令里。")
        yield problem(what, do, "error" if known.published else "warning")
        return
    found = known.process_key(call.process, package)
    if found is None:
        if f"processes/{call.process}.bpmn" not in package.files:
            what = say("步骤“{node}”调用的流程“{name}”不存在", node=node.name or node.id, name=call.process)
            do = say("请补上 processes/{name}.bpmn，或改成已有的流程。", name=call.process)
            yield stranger(what, call.process, package.processes, node.line, node.id, drawing.file, do)
        return
    chain = _back(known, (call.source, found), ("", key))
    if chain:
        names = " → ".join([key, *(name for _, name in chain)])
        do = say("请改成不互相调用；需要重复的，请画成环或多实例。")
        yield problem(say("流程绕着圈调用自己：{names}", names=names), do)
    elif _depth(known, (call.source, found)) >= MAX_CALLS:
        yield problem(say("流程一层套一层地调用，超过 {n} 层", n=MAX_CALLS), say("请减少层数。"))
    else:
        for passed in call.takes:
            # `due` is read by the house itself: it is the date of tasks that have none of their own.
            if passed.target != "due" and not _reads(known, (call.source, found), passed.target):
                what = say("被调用的流程用不到“{name}”", name=passed.target)
                yield problem(what, say("请检查名称；不需要的请删去。"), "warning")


def _drawing(known: Known, where: Where) -> Drawing:
    package = known.package.library[where[0]] if where[0] else known.package
    return package.processes[where[1]]


def _called(known: Known, where: Where) -> Iterator[Where]:
    """Yield where the calls of a process lead, as far as they lead anywhere."""
    for node in _drawing(known, where).calls:
        found = _target(known, where, node.call)
        if found is not None:
            yield found


def _target(known: Known, where: Where, call: Call | None) -> Where | None:
    if call is None:
        return None
    source = call.source or where[0]
    package: Package | None = known.package.library.get(source) if source else known.package
    key = known.process_key(call.process, package) if package is not None else None
    return (source, key) if key is not None else None


def _back(known: Known, start: Where, goal: Where) -> list[Where]:
    """Return the calls that lead from one process to another; none when it cannot be reached."""
    came: dict[Where, Where | None] = {start: None}
    todo = [start]
    while todo:
        here = todo.pop()
        if here == goal:
            chain: list[Where] = []
            at: Where | None = here
            while at is not None:
                chain.insert(0, at)
                at = came[at]
            return chain
        for there in _called(known, here):
            if there not in came:
                came[there] = here
                todo.append(there)
    return []


def _depth(known: Known, start: Where) -> int:
    """Return how many calls stand inside one another from here on; more than MAX_CALLS are not counted."""
    depth, level = 0, {start}
    while level and depth <= MAX_CALLS:
        level = {there for here in level for there in _called(known, here)}
        depth += 1
    return depth - 1 if not level else depth


def _reads(known: Known, where: Where, name: str) -> bool:
    seen, todo = {where}, [where]
    while todo:
        here = todo.pop()
        drawing = _drawing(known, here)
        named = {
            one.partition(".")[0]
            for node in drawing.nodes.values()
            for one in (node.assignee or "", *node.candidates)
        }
        if name in drawing.reads or name in named:
            return True
        fresh = set(_called(known, here)) - seen
        seen |= fresh
        todo += fresh
    return False


# --- errors and escalations -------------------------------------------------------------------------------------------


def _thrown(
    known: Known, where: Where, scope: str, seen: frozenset[Where] = frozenset()
) -> dict[tuple[str, str], Node]:
    """Return (kind, code) -> a node that throws it, for all that comes out of a scope of a process uncaught."""
    drawing = _drawing(known, where)
    found: dict[tuple[str, str], Node] = {}
    for node in drawing.inside(scope):
        if node.event.kind in _CODED and node.attached_to is None:
            found.setdefault((node.event.kind, node.event.name), node)
        for event, thrower in _from_inside(known, where, node, seen).items():
            if not any(_catches(boundary, event) for boundary in drawing.boundaries.get(node.id, ())):
                found.setdefault(event, thrower)
    return found


def _from_inside(
    known: Known, where: Where, node: Node, seen: frozenset[Where]
) -> dict[tuple[str, str], Node]:
    if node.kind == "subProcess":
        return _thrown(known, where, node.id, seen)
    target = _target(known, where, node.call)
    if target is None or target in seen:
        return {}
    return dict.fromkeys(_thrown(known, target, "", seen | {where, target}), node)


def _catches(boundary: Node, event: tuple[str, str]) -> bool:
    return boundary.event.kind == event[0] and boundary.event.name in ("", event[1])


def _catchers(known: Known, key: str, drawing: Drawing) -> Iterator[Problem]:
    """A boundary event for a code that nothing inside throws."""
    for node in drawing.nodes.values():
        if node.event.kind not in _CODED or node.attached_to is None:
            continue
        host = drawing.nodes[node.attached_to]
        if host.kind == "callActivity" and _target(known, ("", key), host.call) is None:
            continue  # what is called is not known here, which has been said
        inside = _from_inside(known, ("", key), host, frozenset())
        if not any(_catches(node, event) for event in inside):
            what = say("“{node}”永远不会发生：里面没有抛出它的事件", node=node.name or node.id)
            yield Problem(
                what, say("请检查错误或升级的代码，或删去它。"), drawing.file, node.line, node.id, "warning"
            )


def _uncaught(known: Known, key: str, drawing: Drawing) -> Iterator[Problem]:
    for (kind, code), node in _thrown(known, ("", key), "").items():
        if kind == "error":
            what = say("错误“{code}”没有边界事件接住；发生时流程会停下，成为异常", code=code)
            do = say("请在外面的子流程或调用活动上加错误边界事件。")
            yield Problem(what, do, drawing.file, node.line, node.id, "warning")
