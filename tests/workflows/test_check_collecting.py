"""Reports that collect others: what can be collected, and what their forms may begin with."""

from __future__ import annotations

import json

from tests.workflows.small import bpmn
from workflows.check import check

CAMPAIGN = """\
format: luoshi/1
id: gather-2024
version: 1.0.0
title: 汇
level: county
notice: {issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  mine: {title: 煤矿, unit: "kind == 'mine'"}
  office: {title: 办公室, post: leading_group}
  owner: {title: 所属公司, above: subject, unit: "kind == 'company'"}
duties:
  plan: {title: 方案, by: mine, to: office, process: duty, form: plan, due: 2024-10-31, clause: 一}
  inner: {title: 内部, by: mine, process: duty, form: plan, clause: 一}
  asked: {title: 随报, by: mine, to: office, process: duty, form: plan, on: {demand: mine}, clause: 一}
"""


def told(extra: str, by: str = "office") -> list[tuple[str, str]]:
    """Return what is wrong with a duty `all`, and what to do."""
    names = {"type": "array", "title": "单位", "items": {"type": "string", "title": "单位"}}
    schema = {"type": "object", "properties": {"正文": {"type": "string", "title": "正文"}, "单位": names}}
    duty = f"  all: {{title: 汇总, by: {by}, process: duty, form: plan, clause: 一, {extra}}}\n"
    given = {
        "campaign.yaml": (CAMPAIGN + duty).encode(),
        "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
        "processes/duty.bpmn": bpmn("duty", [("do", 'camunda:formKey="form"')]).encode(),
        "forms/plan/schema.json": json.dumps(schema).encode(),
    }
    return [(str(one.what), str(one.do)) for one in check(given) if one.where.startswith("duties.all")]


def test_a_report_collects_duties_that_the_calendar_starts() -> None:
    assert told("on: {collected: plan}, due: event.due + days(5), prefill: {单位: collected.missing}") == []
    assert told("on: {collected: plam}") == [("没有任务“plam”", "是否想写“plan”？")]
    assert [what for what, _ in told("on: {collected: all}")] == ["没有任务“all”"]
    assert told("on: {collected: [plan, asked]}") == [
        ("“随报”不按日历开始，说不清何时算报齐，不能汇总", "请汇总写了 due、every 或没有期限的任务。")
    ]


def test_whoever_collects_should_be_the_one_who_receives() -> None:
    (found,) = told("on: {collected: inner}")
    assert found[0] == "“汇总”汇总“内部”，但“内部”不报给它的责任主体"
    assert told("on: {collected: plan}", by="owner") != []


def test_what_the_collection_decides_is_not_written_besides() -> None:
    assert [what for what, _ in told("on: {collected: plan}, start: 2024-11-01")] == [
        "“汇总”报齐就开始，又写了 start"
    ]
    assert [what for what, _ in told("on: {collected: plan}, about: mine")] == [
        "“汇总”汇总各单位的材料，又写了 about"
    ]
    assert "“汇总”同时写了 every 和 on" in [
        what for what, _ in told("on: {collected: plan}, every: {each: month}")
    ]


def test_a_form_begins_with_what_was_collected_and_only_where_something_was() -> None:
    assert told("on: {collected: plan}, prefill: {单位: collected.mising}") == [
        ("“collected.mising”里只有 filed、missing 和 answers", "是否想写“missing”？")
    ]
    assert [what for what, _ in told("on: {collected: plan}, prefill: {单位: collected}")] == [
        "“collected”不是一个列表"
    ]
    assert [what for what, _ in told("on: {demand: office}, prefill: {单位: collected.filed}")] == [
        "表达式里的“collected”不知道是什么"
    ]
