"""Processes against the campaign that runs them: who, which forms, what conditions read, which statuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forms.expression import Expression, ExpressionError, compile_expression
from tenants.errors import Problem
from tenants.text import say
from workflows.bpmn import BadTiming, Drawing, Node, read_timing
from workflows.bpmn.cycles import timer_rules
from workflows.checks.known import OWN_FORM, PROCESS_NAMES, RESERVED, Known, stranger
from workflows.elements import Duty, Ledger


def check_flows(known: Known) -> Iterator[Problem]:
    """Report every process that does not fit the duties and ledgers that run it."""
    for key, drawing in known.package.processes.items():
        users = list(known.users(key))
        if not users:
            what = say("没有任务或台账用到流程“{name}”", name=key)
            yield Problem(
                what,
                say("请在任务里写 process: {name}，或删去这个文件。", name=key),
                drawing.file,
                1,
                key,
                "warning",
            )
            continue
        for node in drawing.nodes.values():
            yield from _people(known, key, drawing, node, users)
            yield from _form(known, drawing, node, users)
        yield from _statuses(drawing, users)
        yield from _reading(known, key, drawing)
    yield from _unused_forms(known)


def _people(
    known: Known, key: str, drawing: Drawing, node: Node, users: list[tuple[str, Duty | Ledger]]
) -> Iterator[Problem]:
    """Candidates are actors, reserved words, or a path in the process data to a unit, units or a member."""
    actors = known.package.actors
    named = [*node.candidates, *([_bare(node.assignee)] if node.assignee else [])]
    readable = known.readable(key) if named else None
    for name in named:
        if name not in actors and name not in RESERVED:
            if readable is None or name.partition(".")[0] in readable - PROCESS_NAMES:
                continue
            what = say(
                "步骤“{node}”的办理人“{name}”不是本方案的责任主体", node=node.name or node.id, name=name
            )
            yield stranger(what, name, [*actors, *RESERVED], node.line, node.id, drawing.file)
    if "to" in named:
        for where, user in users:
            if isinstance(user, Ledger) or not user.is_report:
                what = say(
                    "步骤“{node}”由接收方（to）办理，而 {where} 没有接收方",
                    node=node.name or node.id,
                    where=where,
                )
                do = say("请给任务写 to，或换一个流程，或把办理人改成具体的责任主体。")
                yield Problem(what, do, drawing.file, node.line, node.id)


def _form(
    known: Known, drawing: Drawing, node: Node, users: list[tuple[str, Duty | Ledger]]
) -> Iterator[Problem]:
    if node.form is None:
        return
    if node.form != OWN_FORM:
        if node.form not in known.forms:
            what = say("步骤“{node}”的表单“{form}”不存在", node=node.name or node.id, form=node.form)
            do = say("请补上 forms/{form}/schema.json，或改成已有的表单。", form=node.form)
            yield stranger(what, node.form, [*known.forms, OWN_FORM], node.line, node.id, drawing.file, do)
        return
    for where, user in users:
        if not user.form:
            what = say(
                "步骤“{node}”要填任务自己的表单，而 {where} 没有写 form",
                node=node.name or node.id,
                where=where,
            )
            yield Problem(what, say("请补上 form。"), drawing.file, node.line, node.id)


def _statuses(drawing: Drawing, users: list[tuple[str, Duty | Ledger]]) -> Iterator[Problem]:
    for where, user in users:
        if not isinstance(user, Ledger) or not user.states:
            continue
        for node in drawing.nodes.values():
            status = node.properties.get("status")
            if status and status not in user.states:
                what = say(
                    "步骤“{node}”的状态“{status}”不在 {where} 的 states 里",
                    node=node.name or node.id,
                    status=status,
                    where=where,
                )
                yield stranger(what, status, user.states, node.line, node.id, drawing.file)


def _reading(known: Known, key: str, drawing: Drawing) -> Iterator[Problem]:
    """Conditions, due dates and timers read the answers of this process's forms, the row it was born from, and no more."""
    names = known.readable(key)
    if names is None:
        return
    for flow in drawing.flows.values():
        yield from _unknown(_compiled(flow.condition), names, drawing, flow.line, flow.id)
    for node in drawing.nodes.values():
        rules = [_timed(node.due), _timed(node.follow_up), *(timer_rules(node.timer) if node.timer else ())]
        rules += [_compiled(text) for text in _texts(node)]
        for rule in rules:
            yield from _unknown(rule, names, drawing, node.line, node.id)


def _texts(node: Node) -> Iterator[str | None]:
    """Yield the expressions of an activity that is done several times, and of what it hands in."""
    if node.loop is not None:
        yield from (node.loop.over, node.loop.times, node.loop.until, node.loop.again, *node.loop.result)
    if node.call is not None:
        yield from (passed.source for passed in node.call.takes)


def _unknown(
    rule: Expression | None, names: Iterable[str], drawing: Drawing, line: int, where: str
) -> Iterator[Problem]:
    for name in sorted(rule.names - rule.item_names - frozenset(names)) if rule else ():
        what = say("条件里的“{name}”不是这个流程用到的表单里的字段", name=name)
        do = say("请改成表单里的字段名；如果它是文字，请加引号。")
        yield stranger(what, name, names, line, where, drawing.file, do)


def _compiled(text: str | None) -> Expression | None:
    try:
        return compile_expression(text) if text else None
    except ExpressionError:
        return None  # reported when the file was read


def _timed(text: str | None) -> Expression | None:
    try:
        timing = read_timing(text) if text else None
    except BadTiming:
        return None  # reported when the file was read
    return timing if isinstance(timing, Expression) else None


def _bare(name: str) -> str:
    """`${starter}` is how a modeler writes a name that is looked up."""
    return name[2:-1].strip() if name.startswith("${") and name.endswith("}") else name


def _unused_forms(known: Known) -> Iterator[Problem]:
    package = known.package
    used = {duty.form for duty in package.duties.values()} | {one.form for one in package.ledgers.values()}
    used |= {node.form for drawing in package.processes.values() for node in drawing.nodes.values()}
    for form in known.forms:
        if form not in used:
            what = say("没有任务、台账或步骤用到表单“{form}”", form=form)
            path = f"forms/{form}/schema.json"
            yield Problem(what, say("请在任务或步骤里用上它，或删去这个文件夹。"), path, 1, form, "warning")
