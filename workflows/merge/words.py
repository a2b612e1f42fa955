"""What an element is called by those who work with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tenants.text import Message, say
from workflows.merge.drawn import attribute, local
from workflows.merge.tree import Node, walk

_SECTIONS = {
    "actors": say("责任主体"),
    "phases": say("阶段"),
    "duties": say("任务"),
    "ledgers": say("台账"),
    "indicators": say("指标"),
    "rules": say("规定"),
    "sanctions": say("问责"),
    "tables": say("检查表"),
    "kinds": say("单位类别"),
    "locks": say("锁定"),
    "notice": say("通知"),
    "period": say("起止日期"),
}
_KEYS = {
    "title": say("名称"),
    "summary": say("简介"),
    "version": say("版本"),
    "level": say("层级"),
    "by": say("由谁做"),
    "to": say("报给谁"),
    "with": say("与谁一起"),
    "about": say("针对谁"),
    "process": say("流程"),
    "form": say("表单"),
    "start": say("开始"),
    "end": say("结束"),
    "due": say("期限"),
    "time": say("几点为止"),
    "every": say("重复"),
    "on": say("由什么引起"),
    "milestones": say("节点"),
    "disputed": say("有争议的日期"),
    "prefill": say("预填"),
    "rollup": say("汇总"),
    "carries": say("随时上报"),
    "clause": say("条款"),
    "gist": say("要点"),
    "kind": say("类别"),
    "words": say("原话"),
    "columns": say("显示的栏"),
    "states": say("状态"),
    "from_rows": say("从哪里产生"),
    "value": say("算法"),
    "target": say("目标"),
    "strength": say("要求的强度"),
    "unit": say("单位"),
    "required": say("必填"),
    "minimum": say("最小值"),
    "maximum": say("最大值"),
    "minLength": say("最少字数"),
    "maxLength": say("最多字数"),
    "enum": say("可选项"),
}
_DRAWN = {
    "userTask": say("用户任务"),
    "manualTask": say("人工任务"),
    "businessRuleTask": say("决策任务"),
    "callActivity": say("调用流程"),
    "subProcess": say("子流程"),
    "exclusiveGateway": say("排他网关"),
    "parallelGateway": say("并行网关"),
    "inclusiveGateway": say("包容网关"),
    "eventBasedGateway": say("事件网关"),
    "startEvent": say("开始事件"),
    "endEvent": say("结束事件"),
    "boundaryEvent": say("边界事件"),
    "sequenceFlow": say("连线"),
    "lane": say("泳道"),
    "process": say("流程"),
    "decision": say("决策"),
    "decisionTable": say("决策表"),
    "rule": say("规则"),
    "input": say("输入列"),
    "output": say("输出列"),
    "inputEntry": say("条件格"),
    "outputEntry": say("结论格"),
}
_PARTS = {
    "@name": say("名称"),
    "candidateGroups": say("由谁办"),
    "assignee": say("由谁办"),
    "formKey": say("表单"),
    "dueDate": say("期限"),
    "@sourceRef": say("起点"),
    "@targetRef": say("终点"),
    "@default": say("其他情况走哪里"),
    "conditionExpression": say("条件"),
    "documentation": say("说明"),
    "description": say("说明"),
    "timerEventDefinition": say("计时"),
    "extensionElements": say("扩展"),
}


def called(file: str, place: tuple[str, ...], sides: Iterable[Node | None]) -> Message:
    """Return an element in words. sides: the trees of the file, the first that has the element gives its title."""
    roots = [one for one in sides if one is not None]
    if not place:
        return say("文件“{file}”", file=file)
    if file == "campaign.yaml":
        return _campaign(place, roots)
    if file.endswith((".bpmn", ".dmn")):
        return _drawn(file, place, roots)
    if file == "clauses.yaml":
        whole = say("条款“{path}”", path=place[0])
        return say("{element}的{part}", element=whole, part=_part(list(place[1:]))) if place[1:] else whole
    if file.startswith("forms/"):
        return _form(file, place, roots)
    if file.endswith(".csv"):
        return say("“{file}”里的“{item}”", file=file, item=" · ".join(one.removeprefix("#") for one in place))
    return say("“{file}”里的“{item}”", file=file, item=".".join(place))


def part_called(key: str) -> Message | None:
    """Return what a key of campaign.yaml or of a form is called; None for one that has no words."""
    return _KEYS.get(key)


def _campaign(place: tuple[str, ...], roots: list[Node]) -> Message:
    section, *rest = place
    named = _SECTIONS.get(section) or _KEYS.get(section) or say("“{name}”", name=section)
    if not rest:
        return named
    if section == "locks":
        return say("对“{path}”的锁定", path=rest[0])
    title = _found(roots, (section, rest[0], "title"))
    if title is None and section in ("notice", "period"):
        return say("{section}的{part}", section=named, part=_part(rest))
    whole = say("{section}“{title}”", section=named, title=title.value if title is not None else rest[0])
    return say("{element}的{part}", element=whole, part=_part(rest[1:])) if rest[1:] else whole


def _part(keys: list[str]) -> Message:
    first = _KEYS.get(keys[0]) or say("“{name}”", name=keys[0].removeprefix("="))
    return say("{part}（{rest}）", part=first, rest=".".join(keys[1:])) if keys[1:] else first


def _drawn(file: str, place: tuple[str, ...], roots: list[Node]) -> Message:
    cell = _cell(place, roots)
    if cell is not None:
        return cell
    holder, part = _holder(file, place, roots), list(place)
    kind, title = say("元素"), ""
    for n in range(len(place), 0, -1):
        node = _found(roots, place[:n])
        if node is not None and (place[n - 1].startswith("#") or local(node) in _DRAWN):
            kind = _DRAWN.get(local(node)) or kind
            title = (
                attribute(node, "name") or attribute(node, "label") or attribute(node, "id") or place[n - 1]
            )
            part = list(place[n:])
            break
    else:
        return say("“{file}”里的“{item}”", file=file, item=".".join(place))
    whole = say("“{file}”里的{kind}“{title}”", file=holder, kind=kind, title=title)
    names = [one for one in part if one not in ("@", "text")]
    if not names:
        return whole
    local_name = names[-1].rpartition("}")[2].lstrip("@#")
    last = _PARTS.get(names[-1]) or _PARTS.get(local_name) or say("“{name}”", name=local_name)
    return say("{element}的{part}", element=whole, part=last)


def _holder(file: str, place: tuple[str, ...], roots: list[Node]) -> str:
    """Return what the process or decision is called that an element is in; the file where it has no name, or is itself meant."""
    whole = _found(roots, place[:1])
    return (attribute(whole, "name") if whole is not None and len(place) > 1 else "") or file


def _cell(place: tuple[str, ...], roots: list[Node]) -> Message | None:
    """Return what a cell of a decision table is called: by its decision, the number of its rule and the heading of its column."""
    n = next((n for n, one in enumerate(place) if one.startswith("cell ")), 0)
    if n < 3:
        return None
    decision, rule = _found(roots, place[: n - 2]), _found(roots, place[:n])
    column = _found(roots, (*place[: n - 1], place[n].removeprefix("cell ")))
    root = next((one for one in roots if one.child(*place[:n]) is not None), None)
    table = root.child(*place[: n - 1]) if root is not None else None
    if decision is None or rule is None or column is None or table is None:
        return None
    rules = [one.key for one in table.children if local(one) == "rule"]
    texts = [str(one.value) for one in walk(column) if one.kind == "text"]
    heading = attribute(column, "label") or attribute(column, "name") or "".join(texts).strip()
    title = attribute(decision, "name") or attribute(decision, "id")
    number = rules.index(rule.key) + 1 if rule.key in rules else 0
    return say("决策“{title}”第{number}条规则的“{heading}”", title=title, number=number, heading=heading)


def _form(file: str, place: tuple[str, ...], roots: list[Node]) -> Message:
    named = _found(roots, ("title",)) if file.endswith("/schema.json") else None
    form = str(named.value) if named is not None and named.is_leaf else file.split("/")[1]
    keys = [n + 1 for n in range(len(place) - 1) if place[n] == "properties"]
    fields = [_label(place[: n + 1], roots) for n in keys]
    last = place[-1]
    if not fields:
        return say(
            "表单“{form}”（{file}）的“{item}”", form=form, file=file.rsplit("/", 1)[-1], item=".".join(place)
        )
    field = ".".join(fields)
    if keys[-1] == len(place) - 1:
        return say("表单“{form}”的字段“{field}”", form=form, field=field)
    return say("表单“{form}”的字段“{field}”的{part}", form=form, field=field, part=_part([last]))


def _label(place: tuple[str, ...], roots: list[Node]) -> str:
    """Return what a field is called on the form; its key where it has no title."""
    title = _found(roots, (*place, "title"))
    return str(title.value) if title is not None and title.is_leaf else place[-1]


def _found(roots: list[Node], keys: tuple[str, ...]) -> Node | None:
    return next((found for root in roots if (found := root.child(*keys)) is not None), None)
