"""A small sound package, and how to spoil it: tests change one thing and say what a modeler is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise

from tenants.errors import Problem
from workflows.check import examine
from workflows.package import Package

CAMPAIGN = """\
format: luoshi/1
id: small-2024
version: 1.0.0
title: 冬季安全检查
level: county
notice: {issuer: 某县应急管理局, number: 某应急发〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  office: {title: 办公室, post: office}
  mine: {title: 各煤矿, unit: "kind == 'mine' and status in ['生产', '建设']"}
  principal: {title: 主要负责人, of: mine, post: principal}
phases:
  deploy: {title: 部署, start: notice.issued, end: 2024-10-31, words: 即日起, clause: 一}
  self_check: {title: 自查, start: phases.deploy.end + days(1), end: 2024-11-25, clause: 二}
duties:
  plan: {title: 报送方案, by: mine, to: office, form: plan, due: 2024-10-31, words: 10月31日前, clause: 三}
  monthly:
    title: 报送月报
    by: [mine]
    to: office
    form: plan
    every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: month_end(period.end)}
    disputed: {dates: [2025-01-31], why: 晚于总结}
    clause: 三
  self_check:
    title: 自查自改
    by: mine
    form: self-check
    start: phases.self_check.start
    due: phases.self_check.end
    clause: 二
ledgers:
  hazards:
    title: 隐患台账
    process: hazard
    form: hazard
    title_field: 描述
    columns: [描述, 级别]
    from_rows: [self-check.hazards]
    states: [发现, 整改中, 销号]
    clause: 二
indicators:
  open_hazards: {title: 未销号, value: "count(hazards, 级别 == '重大' and 状态 != '销号')", target: "== 0", clause: 二}
locks: {duties.monthly.every: tighten, "*": free}
"""

CLAUSES = """\
- {path: 一, gist: 部署, kind: phase}
- {path: 二, gist: 自查隐患, kind: duty}
- {path: 三, gist: 按时报送, kind: report}
- {path: 前言, gist: 背景, kind: exhortation}
"""


def bpmn(key: str, tasks: list[tuple[str, str]], condition: str = "") -> str:
    """Return a straight process of user tasks (id, attributes), with an exclusive gateway at the end when asked for."""
    steps = ["start", *(task for task, _ in tasks), *(["choice"] if condition else []), "done"]
    nodes = [f'<bpmn:userTask id="{task}" name="{task}" {attributes} />' for task, attributes in tasks]
    flows = [
        f'<bpmn:sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}" />'
        for i, (a, b) in enumerate(pairwise(steps))
    ]
    if condition:
        nodes.append('<bpmn:exclusiveGateway id="choice" default="f_back" />')
        flows[-1] = (
            '<bpmn:sequenceFlow id="f_on" sourceRef="choice" targetRef="done">'
            f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression></bpmn:sequenceFlow>"
            f'<bpmn:sequenceFlow id="f_back" sourceRef="choice" targetRef="{steps[1]}" />'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">\n'
        f'<bpmn:process id="{key}" name="{key}" isExecutable="true">\n<bpmn:startEvent id="start" />\n'
        + "\n".join([*nodes, *flows])
        + '\n<bpmn:endEvent id="done" />\n</bpmn:process>\n</bpmn:definitions>\n'
    )


def form(**properties: Mapping[str, object]) -> str:
    """Return a form schema with these fields, indented so that lines mean something."""
    return json.dumps({"type": "object", "properties": properties}, ensure_ascii=False, indent=1)


TEXT = {"type": "string", "title": "文字"}
HAZARD = {"描述": TEXT, "级别": {"type": "string", "enum": ["一般", "重大"], "title": "级别"}}
ROWS = {"type": "array", "title": "隐患", "items": {"type": "object", "properties": HAZARD}}
FILL = 'camunda:formKey="form" camunda:candidateGroups="by"'

SOURCES: Mapping[str, str] = {
    "campaign.yaml": CAMPAIGN,
    "clauses.yaml": CLAUSES,
    "processes/report.bpmn": bpmn(
        "report",
        [("file", FILL), ("review", 'camunda:formKey="verdict" camunda:candidateGroups="to"')],
        "通过 == True",
    ),
    "processes/duty.bpmn": bpmn("duty", [("work", FILL)]),
    "processes/hazard.bpmn": bpmn(
        "hazard",
        [("fix", 'camunda:formKey="fix" camunda:candidateGroups="about"')],
        "级别 == '一般' or 已改 == True",
    ),
    "forms/plan/schema.json": form(正文=TEXT),
    "forms/verdict/schema.json": form(通过={"type": "boolean", "title": "通过"}),
    "forms/self-check/schema.json": form(hazards=ROWS),
    "forms/hazard/schema.json": form(**HAZARD),
    "forms/fix/schema.json": form(已改={"type": "boolean", "title": "已改"}),
}


def files(**changes: str | None) -> dict[str, bytes]:
    """Return the package's files; `changes` replaces files by path (None removes one)."""
    texts = {**SOURCES, **changes}
    return {path: text.encode() for path, text in texts.items() if text is not None}


def campaign(old: str, new: str) -> dict[str, bytes]:
    """Return the package with one place of campaign.yaml changed."""
    assert CAMPAIGN.count(old) >= 1, f"{old!r} is not in the sample"
    return files(**{"campaign.yaml": CAMPAIGN.replace(old, new, 1)})


def told(changed: Mapping[str, bytes]) -> list[str]:
    """Return the problems of a package as a modeler reads them: file:line what do."""
    return [shown(one) for one in examine(changed)[1]]


def shown(one: Problem) -> str:
    return f"{one.file}:{one.line} {one.what} {one.do}"


def package(changed: Mapping[str, bytes] | None = None) -> Package:
    """Return the package, which must be sound."""
    found, problems = examine(changed if changed is not None else files())
    assert not problems, [shown(one) for one in problems]
    assert found is not None
    return found


def line_of(text: str, source: str = CAMPAIGN) -> int:
    """Return the line on which `text` first stands."""
    return source[: source.index(text)].count("\n") + 1
