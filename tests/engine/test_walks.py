"""A package's own walks: what they find when a flow leads elsewhere, and which end nobody reaches."""

from __future__ import annotations

import json
from typing import Any

from engine.walks import walk, walk_problems, walks_of
from workflows.elements import Package
from workflows.package import read_files

SCHEMA = {
    "title": "意见", "type": "object", "required": ["结论"],
    "properties": {"结论": {"type": "string", "enum": ["同意", "退回"]}, "期限": {"type": "string", "format": "date"}},
}  # fmt: skip
CAMPAIGN = """
format: luoshi/1
id: small
version: 1.0.0
title: 小行动
level: county
notice: {issuer: 某局, number: 一号, issued: 2024-11-01}
period: {start: notice.issued, end: 2024-12-31}
actors: {mine: {title: 煤矿, unit: "kind == 'mine'"}}
duties:
  ask: {title: 请示, by: mine, process: ask, form: opinion, added: true, reason: 试}
ledgers:
  items: {title: 台账, process: ask, form: opinion, title_field: 结论, columns: [结论], from_rows: [], states: [开始, 办结], added: true, reason: 试}
"""
DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  id="definitions" targetNamespace="http://example.org">
  <bpmn:process id="ask" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="fill" />
    <bpmn:userTask id="fill" name="填写" camunda:formKey="form" camunda:candidateGroups="by">
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="b" sourceRef="fill" targetRef="which" />
    <bpmn:exclusiveGateway id="which" default="d"><bpmn:incoming>b</bpmn:incoming><bpmn:outgoing>c</bpmn:outgoing>
      <bpmn:outgoing>d</bpmn:outgoing></bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="c" sourceRef="which" targetRef="wait"><bpmn:conditionExpression>结论 == '同意'</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="d" sourceRef="which" targetRef="refused" />
    <bpmn:userTask id="wait" name="办理" camunda:formKey="form" camunda:candidateGroups="by">
      <bpmn:incoming>c</bpmn:incoming><bpmn:outgoing>e</bpmn:outgoing></bpmn:userTask>
    <bpmn:boundaryEvent id="late" name="逾期" attachedToRef="wait" cancelActivity="true">
      <bpmn:outgoing>f</bpmn:outgoing>
      <bpmn:timerEventDefinition><bpmn:timeDuration>P3D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="e" sourceRef="wait" targetRef="done" />
    <bpmn:sequenceFlow id="f" sourceRef="late" targetRef="overdue" />
    <bpmn:endEvent id="done" name="办结"><bpmn:incoming>e</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="overdue" name="超期"><bpmn:incoming>f</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="refused" name="不同意"><bpmn:incoming>d</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>"""
ALL = """
walks:
  - {name: 办结, duty: ask, steps: [{task: fill}, {task: wait}], end: done}
  - {name: 不同意, duty: ask, steps: [{task: fill, answers: {结论: 退回}}], end: refused}
  - {name: 超期, duty: ask, steps: [{task: fill}, {timer: late}], end: overdue}
"""


def package(walks: str) -> Package:
    files: dict[str, Any] = {
        "campaign.yaml": CAMPAIGN, "clauses.yaml": "[]", "processes/ask.bpmn": DRAWING, "tests/walks.yaml": walks,
        "forms/opinion/schema.json": json.dumps(SCHEMA), "forms/opinion/example.json": '{"结论": "同意", "期限": "2024-11-30"}',
    }  # fmt: skip
    found, _problems = read_files({name: text.encode() for name, text in files.items()})
    assert found is not None
    return found


def said(walks: str) -> list[str]:
    return [str(one.what) for one in walk_problems(package(walks))]


def without(*names: str) -> str:
    return "\n".join(line for line in ALL.splitlines() if not any(f"name: {name}," in line for name in names))


def test_walks_that_reach_every_end_leave_nothing_to_say() -> None:
    assert said(ALL) == []
    assert len(walks_of(package(ALL))) == 3


def test_a_walk_tells_which_nodes_it_entered() -> None:
    made = package(ALL)
    found = walk(made, walks_of(made)[2])
    assert found.ends == ("overdue",) and found.entered[-1] == "overdue" and "late" in found.entered


def test_an_end_and_a_timer_that_nobody_reaches_are_named_with_their_line() -> None:
    problems = walk_problems(package(without("超期")))
    assert [str(one.what) for one in problems] == ["没有一条走法经过“逾期”。", "没有一条走法到达终点“超期”。"]
    assert all(one.file == "processes/ask.bpmn" and one.line > 0 for one in problems)


def test_a_package_without_walks_reaches_nothing() -> None:
    assert len(said("walks: []")) == 4


def test_a_walk_that_ends_elsewhere_says_where() -> None:
    wrong = ALL.replace("end: refused", "end: done")
    assert "“不同意”：应到终点 done，实际到了 refused。" in said(wrong)


def test_a_walk_that_stops_half_way_says_what_is_waited_for() -> None:
    assert "“短”：走完了各步，流程还没有结束，停在 wait。" in said(
        ALL + "  - {name: 短, duty: ask, steps: [{task: fill}], end: done}\n"
    )


def test_a_step_that_is_not_there_says_what_is() -> None:
    extra = ALL + "  - {name: 错, duty: ask, steps: [{task: sign}], end: done}\n"
    assert "“错”：这时没有等待“sign”，等待的是 fill。" in said(extra)
    extra = ALL + "  - {name: 错, duty: ask, steps: [{timer: late}], end: done}\n"
    assert "“错”：这时没有等待“late”，等待的是 （无）。" in said(extra)


def test_answers_that_the_form_does_not_take_are_named() -> None:
    extra = ALL + "  - {name: 错, duty: ask, steps: [{task: fill, answers: {结论: 也许}}], end: done}\n"
    assert any(one.startswith("“错”：表单“opinion”不接受这些内容") for one in said(extra))


def test_a_day_in_an_answer_needs_no_quotation_marks() -> None:
    told = "walks:\n  - {name: 日, duty: ask, steps: [{task: fill, answers: {期限: 2024-12-01}}, {task: wait}], end: done}"
    assert not any("“日”" in one for one in said(told))


def test_a_walk_must_say_where_it_begins() -> None:
    assert any("从哪项任务" in one for one in said(ALL + "  - {name: 空, steps: [], end: done}\n"))


def test_a_ledger_shows_the_states_that_its_walk_tells() -> None:
    told = (
        ALL
        + "  - {name: 账, ledger: items, steps: [{task: fill}, {task: wait}], end: done, states: [开始]}\n"
    )
    assert "“账”：台账状态应是 开始，实际是 （无）。" in said(told)


def test_a_called_process_is_walked_inside_of_its_caller():
    outer = (
        DRAWING.replace('id="ask" isExecutable', 'id="outer" isExecutable')
        .replace(
            '<bpmn:userTask id="fill" name="填写" camunda:formKey="form" camunda:candidateGroups="by">',
            '<bpmn:callActivity id="fill" name="填写" calledElement="ask">',
        )
        .replace(
            "<bpmn:outgoing>b</bpmn:outgoing></bpmn:userTask>",
            "<bpmn:outgoing>b</bpmn:outgoing></bpmn:callActivity>",
        )
    )
    walks = """
walks:
  - {name: 办结, duty: ask, steps: [{task: fill}, {task: wait}, {task: wait}], end: done}
  - {name: 不同意, duty: ask, steps: [{task: fill, answers: {结论: 退回}}], end: refused}
"""
    files = {
        "campaign.yaml": CAMPAIGN.replace("process: ask", "process: outer").encode(), "tests/walks.yaml": walks.encode(),
        "processes/ask.bpmn": DRAWING.encode(), "processes/outer.bpmn": outer.encode(),
        "forms/opinion/schema.json": json.dumps(SCHEMA).encode(),
        "forms/opinion/example.json": json.dumps({"结论": "同意"}).encode(),
    }  # fmt: skip
    package = read_files(files)[0]
    assert package is not None
    entered = walk(package, walks_of(package)[0]).entered
    assert "fill/wait" in entered and "fill/done" in entered
    told = [str(problem.what) for problem in walk_problems(package) if problem.file == "processes/ask.bpmn"]
    assert told == ["没有一条走法经过“逾期”。", "没有一条走法到达终点“超期”。"]


def test_a_walk_says_what_a_condition_reads_of_the_unit():
    ours = DRAWING.replace("结论 == '同意'", "unit.kind == 'mine'")
    files = {"campaign.yaml": CAMPAIGN.encode(), "processes/ask.bpmn": ours.encode()}
    files["forms/opinion/schema.json"] = json.dumps(SCHEMA).encode()
    files["forms/opinion/example.json"] = json.dumps({"结论": "同意"}).encode()
    files["tests/walks.yaml"] = """
walks:
  - {name: 煤矿, duty: ask, unit: {kind: mine}, steps: [{task: fill}, {task: wait}], end: done}
  - {name: 别的单位, duty: ask, unit: {kind: office}, steps: [{task: fill}], end: refused}
""".encode()
    found, _ = read_files(files)
    assert found is not None
    assert [walk(found, one).ends for one in walks_of(found)] == [("done",), ("refused",)]


def test_a_walk_of_a_duty_that_a_row_starts_says_what_stood_in_the_row():
    ours = DRAWING.replace("结论 == '同意'", "级别 == '重大'")
    rows = {"type": "object", "properties": {"级别": {"type": "string", "title": "级别"}}}
    table = {
        "title": "清单",
        "type": "object",
        "properties": {"行": {"type": "array", "title": "行", "items": rows}},
    }
    on = "process: ask, form: opinion, on: {rows: list.行}"
    files = {
        "campaign.yaml": CAMPAIGN.replace("process: ask, form: opinion", on, 1).encode(),
        "processes/ask.bpmn": ours.encode(),
        "forms/opinion/schema.json": json.dumps(SCHEMA).encode(),
        "forms/opinion/example.json": json.dumps({"结论": "同意"}).encode(),
        "forms/list/schema.json": json.dumps(table).encode(),
        "forms/list/example.json": b"{}",
        "tests/walks.yaml": """
walks:
  - {name: 重大, duty: ask, row: {级别: 重大}, steps: [{task: fill}, {task: wait}], end: done}
  - {name: 一般, duty: ask, row: {级别: 一般}, steps: [{task: fill}], end: refused}
""".encode(),
    }
    found, _ = read_files(files)
    assert found is not None
    assert [walk(found, one).ends for one in walks_of(found)] == [("done",), ("refused",)]


def test_a_walk_says_with_whom_a_duty_is_done():
    ours = DRAWING.replace("结论 == '同意'", "count(partners) == 2")
    files = {"campaign.yaml": CAMPAIGN, "clauses.yaml": "[]", "processes/ask.bpmn": ours}
    files |= {
        "forms/opinion/schema.json": json.dumps(SCHEMA),
        "forms/opinion/example.json": '{"结论": "退回"}',
    }
    files["tests/walks.yaml"] = """
walks:
  - {name: 两家, duty: ask, partners: [{id: a}, {id: b}], steps: [{task: fill}, {task: wait}], end: done}
  - {name: 没有别人, duty: ask, steps: [{task: fill}], end: refused}
"""
    found, _problems = read_files({name: text.encode() for name, text in files.items()})
    assert found is not None
    assert [walk(found, one).ends for one in walks_of(found)] == [("done",), ("refused",)]
