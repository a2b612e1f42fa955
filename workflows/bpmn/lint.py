"""What is wrong with a drawing that can be read: where a token would be lost, stuck, doubled or walk in circles for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tenants.text import Message, say
from workflows.bpmn.drawing import ACTIVITIES, GATEWAYS, SCOPES, Drawing, Flow, Node
from workflows.bpmn.elements import title
from workflows.bpmn.findings import Findings
from workflows.bpmn.graph import reached, restless_circles

_CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})
_CODED = frozenset({"error", "escalation"})
_AFTER_EVENT_GATEWAY = frozenset({"intermediateCatchEvent"})


def lint(drawing: Drawing, findings: Findings) -> None:
    """Add every fault of the drawing to `findings`."""
    sound = _ends(drawing, findings)
    for node in drawing.nodes.values():
        _degree(drawing, node, findings)
        _BY_KIND.get(node.kind, _nothing)(drawing, node, findings)
    for flow in sound:
        _condition_in_place(drawing, flow, findings)
    for scope in ["", *(node.id for node in drawing.nodes.values() if node.kind == "subProcess")]:
        _scope(drawing, scope, findings)
    for node in restless_circles(drawing):
        findings.error(
            say("从这里会不停地绕圈，没有人办理也没有等待。"),
            say("请在圈中加一个用户任务或定时事件。"),
            node.line,
            node.id,
        )


def _ends(drawing: Drawing, findings: Findings) -> list[Flow]:
    """Return the flows whose two ends exist in one scope; find fault with the others."""
    sound = []
    for flow in drawing.flows.values():
        source, target = drawing.nodes.get(flow.source), drawing.nodes.get(flow.target)
        if source is None or target is None:
            missing = flow.source if source is None else flow.target
            findings.error(
                say("连线的一端 {id} 不存在。", id=missing[:60] or "?"),
                say("请重新连接。"),
                flow.line,
                flow.id,
            )
        elif source.parent != target.parent:
            findings.error(say("连线跨越了子流程的边界。"), say("请从子流程本身连线。"), flow.line, flow.id)
        else:
            sound.append(flow)
    return sound


def _degree(drawing: Drawing, node: Node, findings: Findings) -> None:
    """How many flows may come and go."""
    coming, going = drawing.incoming[node.id], drawing.outgoing[node.id]
    if node.kind in {"startEvent", "boundaryEvent"} and coming:
        findings.error(
            say("{title}不能有进入的连线。", title=title(node.kind)),
            say("请删去该连线。"),
            node.line,
            node.id,
        )
    if node.kind == "endEvent":
        if going:
            findings.error(
                say("结束事件不能有离开的连线。"), say("请删去该连线，或改用中间事件。"), node.line, node.id
            )
        return
    if not going:
        findings.error(
            say("{title}没有离开的连线。", title=title(node.kind)),
            say("请连到下一步；没有下一步就连到结束事件。"),
            node.line,
            node.id,
        )
    elif len(going) > 1 and node.kind not in GATEWAYS:
        findings.error(
            say("{title}有 {n} 条离开的连线，意图不明。", title=title(node.kind), n=len(going)),
            say("请在其后加网关：同时进行用并行网关，择一用排他网关。"),
            node.line,
            node.id,
        )


def _choice(drawing: Drawing, node: Node, findings: Findings) -> None:
    going = drawing.outgoing[node.id]
    if len(going) < 2:
        return
    bare = [flow for flow in going if flow.condition is None and not flow.default]
    defaults = [flow for flow in going if flow.default]
    if len(bare) == len(going):
        findings.error(
            say("{title}的连线都没有条件。", title=title(node.kind)),
            say("请给连线写条件，并指定一条默认连线。"),
            node.line,
            node.id,
        )
    elif len(bare) > 1 or (bare and defaults):
        for flow in bare:
            findings.error(say("这条连线没有条件。"), say("请写条件，或指定为默认连线。"), flow.line, flow.id)
    elif bare:
        findings.warning(
            say("连线 {flow} 没有条件，按默认连线处理。", flow=bare[0].id),
            say("请把它指定为默认连线。"),
            bare[0].line,
            node.id,
        )
    elif not defaults:
        findings.warning(
            say("{title}没有默认连线；条件都不成立时，流程会停在这里。", title=title(node.kind)),
            say("请指定一条默认连线。"),
            node.line,
            node.id,
        )


def _parallel(drawing: Drawing, node: Node, findings: Findings) -> None:
    for flows, end in ((drawing.outgoing[node.id], "target"), (drawing.incoming[node.id], "source")):
        ends = [getattr(flow, end) for flow in flows]
        if len(set(ends)) < len(ends):
            findings.error(
                say("网关与同一元素之间有多条连线。"),
                say("请删去多余的连线，或在中间加一步。"),
                node.line,
                node.id,
            )


def _gathering(drawing: Drawing, node: Node, findings: Findings) -> None:
    _parallel(drawing, node, findings)
    _never_complete(drawing, node, findings)


def _never_complete(drawing: Drawing, node: Node, findings: Findings) -> None:
    """A loop drawn back into a parallel gateway: the gateway waits for a token that only it can send."""
    if len(drawing.incoming[node.id]) < 2:
        return
    starts = [other.id for other in drawing.inside(node.parent) if other.kind == "startEvent"]
    before = reached(starts, drawing.ahead, without=node.id)
    for flow in drawing.incoming[node.id]:
        if starts and flow.source in drawing.nodes and flow.source not in before:
            findings.error(
                say("并行网关 {id} 在等一条从它自己出发才能到达的连线，永远等不到。", id=node.id),
                say("请在它前面加一个排他网关，把返回的连线接到那里。"),
                flow.line,
                flow.id,
            )


def _inclusive(drawing: Drawing, node: Node, findings: Findings) -> None:
    _choice(drawing, node, findings)
    _parallel(drawing, node, findings)


def _event_gateway(drawing: Drawing, node: Node, findings: Findings) -> None:
    going = drawing.outgoing[node.id]
    if len(going) < 2:
        findings.error(say("事件网关至少要等两个事件。"), say("请再画一个，或删去网关。"), node.line, node.id)
    for flow in going:
        target = drawing.nodes.get(flow.target)
        if target is None:
            continue
        if target.kind not in _AFTER_EVENT_GATEWAY or len(drawing.incoming[target.id]) > 1:
            findings.error(
                say("事件网关之后只能是它自己的捕获事件。"),
                say("请在网关后接定时、信号或消息捕获事件。"),
                flow.line,
                flow.id,
            )


def _boundary(drawing: Drawing, node: Node, findings: Findings) -> None:
    host = drawing.nodes.get(node.attached_to or "")
    if host is None or host.kind not in ACTIVITIES or host.parent != node.parent:
        findings.error(
            say("边界事件没有附在任务或子流程上。"), say("请把它拖到任务或子流程的边上。"), node.line, node.id
        )
    elif node.event.kind in _CODED:
        _coded(drawing, host, node, findings)


def _coded(drawing: Drawing, host: Node, node: Node, findings: Findings) -> None:
    """Errors and escalations come out of what runs inside an activity, one at a time."""
    if host.kind not in SCOPES:
        findings.error(
            say("错误和升级只会从子流程或调用活动里出来。"),
            say("请把它拖到子流程或调用活动的边上。"),
            node.line,
            node.id,
        )
    if node.event.kind == "error" and not node.interrupting:
        findings.error(
            say("错误边界事件总是中断它所附的活动。"), say("请改为中断，或改用升级事件。"), node.line, node.id
        )
    same = next(other for other in drawing.boundaries[host.id] if other.event == node.event)
    if same.id != node.id:
        findings.error(
            say("{id} 已经接住同样的错误或升级。", id=same.id), say("请只留一个。"), node.line, node.id
        )


_BY_KIND: Mapping[str, Callable[[Drawing, Node, Findings], None]] = {
    "exclusiveGateway": _choice,
    "inclusiveGateway": _inclusive,
    "parallelGateway": _gathering,
    "eventBasedGateway": _event_gateway,
    "boundaryEvent": _boundary,
}


def _nothing(drawing: Drawing, node: Node, findings: Findings) -> None:
    pass


def _condition_in_place(drawing: Drawing, flow: Flow, findings: Findings) -> None:
    source = drawing.nodes[flow.source]
    if flow.condition is not None and source.kind not in _CONDITIONAL:
        findings.error(
            say("从{title}离开的连线不能有条件。", title=title(source.kind)),
            say("请在其后加排他网关，把条件写在网关的连线上。"),
            flow.line,
            flow.id,
        )
    elif flow.condition is not None and flow.default:
        findings.error(say("默认连线不能有条件。"), say("请删去条件，或取消默认。"), flow.line, flow.id)
    elif flow.default and source.kind not in _CONDITIONAL:
        findings.error(
            say("{title}不能有默认连线。", title=title(source.kind)), say("请取消默认。"), flow.line, flow.id
        )


def _scope(drawing: Drawing, scope: str, findings: Findings) -> None:
    """Every scope has one start, from which everything can be reached, and from everything an end can be reached."""
    nodes = drawing.inside(scope)
    owner = drawing.nodes.get(scope)
    where, line = (scope, owner.line) if owner else (drawing.id, 0)
    starts = [node for node in nodes if node.kind == "startEvent"]
    if not starts:
        findings.error(say("没有开始事件。"), say("请画一个开始事件。"), line, where)
    for node in starts[1:]:
        findings.error(say("只能有一个开始事件。"), say("请合并成一个。"), node.line, node.id)
    for node in starts:
        if owner and node.event.kind != "none":
            findings.error(
                say("子流程的开始事件不能等信号或消息。"), say("请改为空开始事件。"), node.line, node.id
            )
    ends = [node.id for node in nodes if node.kind == "endEvent"]
    if not ends:
        findings.error(say("没有结束事件。"), say("请画一个结束事件。"), line, where)
    if starts:
        _unless_in(
            reached([starts[0].id], drawing.ahead),
            nodes,
            findings,
            say("从开始事件走不到这里。"),
            say("请连上，或删去。"),
        )
    if ends:
        hopeful = reached(ends, drawing.behind)
        # Of a node without any flow out it has been said already.
        _unless_in(
            hopeful,
            (node for node in nodes if drawing.ahead[node.id]),
            findings,
            say("从这里走不到结束事件。"),
            say("请连到结束事件。"),
        )


def _unless_in(
    known: set[str], nodes: Iterable[Node], findings: Findings, what: Message, do: Message
) -> None:
    for node in nodes:
        # A second start is said to be one too many; that it is unreachable as well helps nobody.
        if node.id not in known and node.kind != "startEvent":
            findings.error(what, do, node.line, node.id)
