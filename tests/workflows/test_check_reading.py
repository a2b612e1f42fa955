"""What expressions read: for when an indicator counts."""

from __future__ import annotations

import json

from tests.workflows.small import bpmn
from workflows.check import check

CAMPAIGN = """\
format: luoshi/1
id: count-2024
version: 1.0.0
title: 数
level: county
notice: {issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  mine: {title: 煤矿, unit: "kind == 'mine'"}
duties:
  plan: {title: 方案, by: mine, process: duty, form: plan, clause: 一}
indicators:
"""


def test_the_date_by_which_an_indicator_counts_is_a_date_of_each_form_that_it_reads() -> None:
    def told(extra: str) -> list[str]:
        day = {"type": "string", "title": "日期", "format": "date"}
        schema = {"type": "object", "properties": {"日期": day, "正文": {"type": "string", "title": "正文"}}}
        given = {
            "campaign.yaml": (
                CAMPAIGN + f"  x: {{title: 数, value: count(plan), clause: 一{extra}}}\n"
            ).encode(),
            "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
            "processes/duty.bpmn": bpmn("duty", [("do", 'camunda:formKey="form"')]).encode(),
            "forms/plan/schema.json": json.dumps(schema).encode(),
        }
        return [str(one.what) for one in check(given) if one.where.startswith("indicators")]

    assert told(", per: ten_days, dated: 日期") == []
    assert told(", per: half_year, dated: 正文") == ["“plan”里没有日期栏“正文”"]
    assert told(", dated: 日期") == ["写了 dated，没有写 per"]


def test_a_number_of_a_duty_is_one_of_four_and_of_a_duty_that_is_there() -> None:
    def told(value: str) -> list[tuple[str, str]]:
        schema = {"type": "object", "properties": {"正文": {"type": "string", "title": "正文"}}}
        given = {
            "campaign.yaml": (CAMPAIGN + f"  x: {{title: 数, value: {value!r}, clause: 一}}\n").encode(),
            "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
            "processes/duty.bpmn": bpmn("duty", [("do", 'camunda:formKey="form"')]).encode(),
            "forms/plan/schema.json": json.dumps(schema).encode(),
        }
        return [(str(one.what), str(one.do)) for one in check(given) if one.where.startswith("indicators")]

    assert told("duties.plan.filed / duties.plan.owed if duties.plan.owed > 0 else None") == []
    assert told("count(plan, duties.plan.late > 0)") == []
    assert told("duties.plam.owed") == [("没有任务“plam”", "是否想写“plan”？")]
    assert told("duties.plan.field") == [
        ("“duties.plan.field”里只有 owed、filed、accepted 和 late", "是否想写“filed”？")
    ]
    assert [what for what, _ in told("count(duties)")] == ["“duties”不是一个数"]
    assert [what for what, _ in told("duties.plan.filed.more")] == ["“duties.plan.filed.more”不是一个数"]
