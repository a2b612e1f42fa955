"""A small campaign that does everything: reports, checks, hazards, inspections, timers and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from tests.workflows.tables import dmn, table

CAMPAIGN = """\
format: luoshi/1
id: winter-2024
version: 1.0.0
title: 冬季煤矿安全行动
level: county
notice: {issuer: 某县应急管理局, number: 某应急发〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  office: {title: 办公室, post: leading_group}
  nobody: {title: 值班室, post: night_watch}
  mine: {title: 各煤矿, unit: "kind == 'mine' and status in ['生产', '建设']"}
  company: {title: 各公司, unit: "kind == 'company'"}
  crew: {title: 班组, below: mine, unit: "kind in ['section', 'crew']"}
  head: {title: 矿长, of: [company, mine], post: mine_head}
  enterprise: {title: 本企业, above: subject, unit: "kind in ['mine', 'company']"}
phases:
  deploy: {title: 部署, start: notice.issued, end: 2024-10-31, words: 即日起至10月31日, clause: 一}
  self_check: {title: 自查, start: 2024-11-01, end: 2024-11-25, words: 11月1日至25日, clause: 一}
  review: {title: 总结, start: 2025-01-21, end: 2025-01-28, words: 1月21日至28日, clause: 一}
duties:
  plan: {title: 报送方案, by: [company, mine], to: office, form: plan, due: 2024-10-31, words: 10月31日前, clause: 一}
  monthly:
    title: 报送月报
    by: mine
    to: office
    form: plan
    every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: 2025-01-31, opens: month_start(due)}
    clause: 一
  self_check:
    title: 自查自改
    by: mine
    process: self-check
    form: self-check
    start: phases.self_check.start
    due: phases.self_check.end
    clause: 一
  open_ended: {title: 完善制度, by: mine, form: plan, start: phases.self_check.start, clause: 一}
  daily:
    title: 班组日查
    by: crew
    form: plan
    every: {rule: FREQ=DAILY, start: 2024-11-01, end: 2024-11-20, opens: due}
    clause: 一
  log:
    title: 值班日志
    by: office
    form: plan
    every: {rule: FREQ=DAILY, start: 2024-11-01, end: 2024-11-10, opens: due, missed: each}
    clause: 一
  standing:
    title: 企业月查
    by: mine
    form: plan
    every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: period.start, opens: month_start(due)}
    standing: true
    clause: 一
  bulletin: {title: 通报, by: office, to: [company, mine], process: bulletin, form: plan, on: {demand: office}, clause: 一}
  inspection:
    title: 执法检查
    by: office
    process: inspection
    form: self-check
    on: {demand: office, about: mine}
    hidden: about
    clause: 一
  deep:
    title: 精查
    by: office
    about: mine
    process: duty
    form: self-check
    start: 2024-11-26
    due: 2025-01-20
    hidden: about
    clause: 一
  tip: {title: 上报隐患, by: crew, to: enterprise, process: report, form: self-check, on: {demand: crew}, clause: 一}
  penance:
    title: 书面检查
    by: head
    to: office
    form: plan
    on: {rows: self-check.hazards, when: "级别 == '重大'"}
    clause: 一
  watch: {title: 值守, by: mine, process: watch, form: plan, start: 2024-11-01, clause: 一}
  answer: {title: 回执, by: mine, process: answer, form: plan, on: {demand: mine}, clause: 一}
  answered: {title: 登记回执, by: office, form: plan, on: {event: replied}, clause: 一}
  choose: {title: 选择, by: mine, process: choose, form: choice, on: {demand: mine}, clause: 一}
  grade: {title: 隐患定级, by: mine, process: grade, form: measured, on: {demand: mine}, clause: 一}
  late: {title: 夜间值守, by: nobody, form: plan, on: {demand: office}, clause: 一}
ledgers:
  hazards:
    title: 隐患台账
    process: hazard
    form: hazard
    title_field: 描述
    columns: [描述, 级别]
    from_rows: [self-check.hazards]
    states: [发现, 整改中, 已整改, 已核查, 销号]
    outlives: true
    clause: 一
  supervised:
    title: 督办台账
    process: supervision
    form: hazard
    title_field: 描述
    columns: [描述]
    from_rows: [{rows: self-check.hazards, when: "级别 == '重大'"}]
    states: [挂牌, 摘牌]
    clause: 一
  files:
    title: 档案
    process: instant
    form: hazard
    title_field: 描述
    columns: [描述]
    from_rows: [self-check.hazards]
    states: [归档]
    clause: 一
indicators:
  open_majors: {title: 重大隐患未销号, value: "count(hazards, 级别 == '重大' and 状态 != '销号')", target: "== 0", clause: 一}
  plans: {title: 方案数, value: count(plan), target: ">= 1", clause: 一}
locks: {"*": free}
"""

CLAUSES = "- {path: 一, gist: 部署, kind: duty}\n"
TEXT = {"type": "string", "title": "正文"}
HAZARD = {
    "描述": {"type": "string", "title": "描述"},
    "级别": {"type": "string", "enum": ["一般", "重大"], "title": "级别"},
}


def task(
    key: str, who: str, form: str = "form", *, status: str = "", due: str = "", claimed: bool = False
) -> str:
    """Return a user task."""
    status = (
        f'<camunda:properties><camunda:property name="status" value={quoteattr(status)}/></camunda:properties>'
        if status
        else ""
    )
    extras = f"<bpmn:extensionElements>{status}</bpmn:extensionElements>" if status else ""
    people = 'camunda:assignee="${starter}"' if claimed else f'camunda:candidateGroups="{who}"'
    when = f" camunda:dueDate={quoteattr(due)}" if due else ""
    return f'<bpmn:userTask id="{key}" name="{key}" camunda:formKey="{form}" {people}{when}>{extras}</bpmn:userTask>'


def event(kind: str, key: str, status: str = "", inside: str = "", more: str = "") -> str:
    """Return an event; inside: its definition."""
    properties = (
        "<bpmn:extensionElements><camunda:properties>"
        f'<camunda:property name="status" value={quoteattr(status)}/></camunda:properties></bpmn:extensionElements>'
        if status
        else ""
    )
    return f'<bpmn:{kind} id="{key}" {more}>{properties}{inside}</bpmn:{kind}>'


def timer(key: str, on: str, after: str, *, ends: bool = False) -> str:
    """Return a timer on the edge of a task; ends: it withdraws the task."""
    inside = f"<bpmn:timerEventDefinition><bpmn:timeDuration>{after}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    return event(
        "boundaryEvent", key, inside=inside, more=f'attachedToRef="{on}" cancelActivity="{str(ends).lower()}"'
    )


def process(key: str, *nodes: str, flows: str, outside: str = "") -> str:
    """Return a process; flows: lines of `a -> b`, with `if condition` or `else`."""
    drawn, defaults = [], {}
    for number, line in enumerate(filter(None, map(str.strip, flows.splitlines()))):
        path, _, condition = line.partition(" if ")
        source, _, target = path.removesuffix(" else").partition(" -> ")
        if path.endswith(" else"):
            defaults[source] = f"f{number}"
        text = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
        drawn.append(
            f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{text}</bpmn:sequenceFlow>'
        )
    body = "\n".join([*nodes, *drawn])
    for source, flow in defaults.items():
        body = body.replace(
            f'<bpmn:exclusiveGateway id="{source}"', f'<bpmn:exclusiveGateway id="{source}" default="{flow}"'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">\n'
        f'{outside}<bpmn:process id="{key}" name="{key}" isExecutable="true">\n{body}\n</bpmn:process>\n</bpmn:definitions>\n'
    )


# How bad a measurement is; the second column fails where there was no shift.
DECISION = dmn(
    table(
        "level", ["瓦斯", "瓦斯 / 班次"], ["级别", "期限"],
        [[">= 1.5", "-", "'重大'", "3"], ["[1..1.5)", "> 0.5", "'较大'", "7"], ["[1..1.5)", "<= 0.5", "'一般'", "15"],
         ["< 1", "-", "'无'", ""]],
        name="隐患分级",
    )
).decode()  # fmt: skip
REMARKED = DECISION.replace(
    '<rule id="r_level_0">', '<rule id="r_level_0"><description>停产整改</description>'
)
DECIDES = (
    '<bpmn:businessRuleTask id="level" name="分级" camunda:decisionRef="level" camunda:resultVariable="定级" '
    'camunda:mapDecisionResult="singleResult"/>'
)

START, DONE = '<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="done"/>'
CHOICE = '<bpmn:exclusiveGateway id="choice"/>'
THROW = '<bpmn:signalEventDefinition signalRef="s1"/>'

PROCESSES = {
    "duty": process("duty", START, task("fill", "by"), DONE, flows="start -> fill\nfill -> done"),
    "report": process(
        "report", START, task("fill", "by"), task("review", "to", "verdict"), CHOICE, DONE,
        flows="start -> fill\nfill -> review\nreview -> choice\nchoice -> done if 结论 == '接收'\nchoice -> fill else",
    ),
    "self-check": process(
        "self-check", START, task("fill", "by"), task("sign", "head", "verdict"), CHOICE, DONE,
        flows="start -> fill\nfill -> sign\nsign -> choice\nchoice -> done if 结论 == '接收'\nchoice -> fill else",
    ),
    "hazard": process(
        "hazard", event("startEvent", "start", "发现"), task("plan", "about", "rectify-plan"),
        task("rectify", "about", "rectified", status="整改中", due="整改期限"),
        '<bpmn:exclusiveGateway id="level"/>', task("verify", "enterprise", "verdict", status="已整改"),
        task("verify_county", "office", "verdict", status="已整改"),
        '<bpmn:exclusiveGateway id="result"><bpmn:extensionElements><camunda:properties>'
        '<camunda:property name="status" value="已核查"/></camunda:properties></bpmn:extensionElements></bpmn:exclusiveGateway>',
        event("endEvent", "closed", "销号"),
        flows="start -> plan\nplan -> rectify\nrectify -> level\nlevel -> verify_county if 级别 == '重大'\n"
        "level -> verify else\nverify -> result\nverify_county -> result\nresult -> closed if 结论 == '接收'\n"
        "result -> rectify else",
    ),
    "supervision": process(
        "supervision", START, task("list", "office", "verdict", status="挂牌"), event("endEvent", "done", "摘牌"),
        flows="start -> list\nlist -> done",
    ),
    "inspection": process(
        "inspection", START, task("arrange", "by", "verdict"), task("inspect", "by"), DONE,
        flows="start -> arrange\narrange -> inspect\ninspect -> done",
    ),
    "grade": process(
        "grade", START, task("fill", "by"), DECIDES, CHOICE, task("fix", "by", "rectified"), DONE, event("endEvent", "fine"),
        flows="start -> fill\nfill -> level\nlevel -> choice\nchoice -> fix if 定级.级别 in ['重大', '较大']\n"
        "choice -> fine else\nfix -> done",
    ),
    "bulletin": process("bulletin", START, task("compile", "by"), DONE, flows="start -> compile\ncompile -> done"),
    "instant": process("instant", START, event("endEvent", "done", "归档"), flows="start -> done"),
    "watch": process(
        "watch", START, task("fill", "by"), timer("t1", "fill", "P1D"), timer("t2", "fill", "P2D"), timer("t3", "fill", "P3D", ends=True),
        task("remind", "by"), task("urge", "office", "verdict"), task("take_over", "office"), DONE,
        '<bpmn:endEvent id="e1"/>', '<bpmn:endEvent id="e2"/>', '<bpmn:endEvent id="e3"/>',
        flows="start -> fill\nfill -> done\nt1 -> remind\nremind -> e1\nt2 -> urge\nurge -> e2\nt3 -> take_over\ntake_over -> e3",
    ),
    "answer": process(
        "answer", START, task("fill", "by", due="P3D"), event("endEvent", "done", inside=THROW),
        flows="start -> fill\nfill -> done", outside='<bpmn:signal id="s1" name="replied"/>',
    ),
    "choose": process(
        "choose", START, task("fill", "by", claimed=True), CHOICE, task("left", "office", "verdict"), DONE, '<bpmn:endEvent id="d2"/>',
        flows="start -> fill\nfill -> choice\nchoice -> left if 去向 == '左'\nchoice -> done if 去向 == '右'\nleft -> d2",
    ),
}  # fmt: skip


def form(required: list[str], **properties: Mapping[str, object]) -> str:
    """Return a form schema with these fields."""
    schema = {"type": "object", "properties": properties, "required": required}
    return json.dumps(schema, ensure_ascii=False)


VERDICT = {"type": "string", "enum": ["接收", "退回"], "title": "结论"}
FORMS = {
    "plan": form(["正文"], 正文=TEXT, 照片={"type": "string", "format": "attachment", "title": "照片"}),
    "verdict": form(["结论"], 结论=VERDICT, 理由={"type": "string", "title": "理由"}),
    "self-check": form(
        [], hazards={"type": "array", "title": "隐患", "items": {"type": "object", "properties": HAZARD, "required": ["描述", "级别"]}}
    ),
    "hazard": form([], **HAZARD),
    "rectify-plan": form(["整改期限"], 整改期限={"type": "string", "format": "date", "title": "整改期限"}),
    "rectified": form(["结果"], 结果={"type": "string", "title": "结果"}),
    "measured": form(["瓦斯"], 瓦斯={"type": "number", "title": "瓦斯"}, 班次={"type": "integer", "title": "班次"}),
    "choice": form(["去向"], 去向={"type": "string", "title": "去向"}),
}  # fmt: skip


def assembled(
    campaign: str,
    processes: Mapping[str, str] = PROCESSES,
    forms: Iterable[str] = tuple(FORMS),
    changed: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Return a package's files. forms: those of FORMS that it has. changed: place in the campaign -> what stands there instead."""
    for old, new in (changed or {}).items():
        assert old in campaign, old
        campaign = campaign.replace(old, new)
    texts = {"campaign.yaml": campaign, "clauses.yaml": CLAUSES}
    texts |= {f"processes/{key}.bpmn": text for key, text in processes.items()}
    texts |= {f"forms/{key}/schema.json": FORMS[key] for key in forms}
    return {path: text.encode() for path, text in texts.items()}


def files() -> dict[str, bytes]:
    """Return the files of the package."""
    return {**assembled(CAMPAIGN), "decisions/level.dmn": DECISION.encode()}
