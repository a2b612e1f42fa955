"""Roll-ups: what fills a field of an upper report is there and fits it."""

from __future__ import annotations

import json
from typing import Any

from tests.workflows.small import bpmn
from workflows.check import check
from workflows.package import read_files
from workflows.rollups import Source

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
  city: {title: 市局, line: parent}
duties:
  plan: {title: 方案, by: mine, to: office, process: duty, form: plan, due: 2024-10-31, clause: 一}
  inner: {title: 内部, by: mine, process: duty, form: plan, due: 2024-10-31, clause: 一}
"""
NUMBER = {"type": "integer", "title": "数", "x-unit": "条"}
ROWS = {
    "type": "array",
    "title": "表",
    "items": {"type": "object", "properties": {"项目": {"type": "string"}, "资金": {"type": "number"}}},
}
LOWER = {"隐患数": NUMBER, "已整改": NUMBER, "说明": {"type": "string", "title": "说明"}, "表": ROWS,
         "来信": {"type": "string", "title": "来信", "x-sensitive": True}}  # fmt: skip
UPPER = {
    "总数": NUMBER, "吨": {"type": "number", "title": "吨", "x-unit": "吨"}, "率": {"type": "number", "title": "率", "x-unit": "%"},
    "整数率": {"type": "integer", "title": "整数率"}, "份数": {"type": "integer", "title": "份数"}, "说明": {"type": "string", "title": "说明"},
    "名单": {"type": "array", "title": "名单", "items": {"type": "string"}}, "表": ROWS, "资金": {"type": "number", "title": "资金"},
    "密数": {**NUMBER, "title": "密数", "x-sensitive": True},
}  # fmt: skip


def files(rollup: str, on: str = "on: {collected: plan}", ledgers: str = "") -> dict[str, bytes]:
    duty = (
        f"  all: {{title: 汇总, by: office, process: duty, form: all, clause: 一, {on}, rollup: {rollup}}}\n"
    )
    forms = {"plan": LOWER, "all": UPPER}
    return {
        "campaign.yaml": (CAMPAIGN + duty + ledgers).encode(), "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
        "processes/duty.bpmn": bpmn("duty", [("do", 'camunda:formKey="form"')]).encode(),
        **{f"forms/{key}/schema.json": schema(one) for key, one in forms.items()},
    }  # fmt: skip


def schema(properties: dict[str, Any]) -> bytes:
    return json.dumps({"type": "object", "properties": properties}).encode()


def told(rollup: str, **how: str) -> list[str]:
    """Return what is wrong with a duty `all`."""
    return [
        str(one.what)
        for one in check(files(rollup, **how))
        if one.where.startswith(("duties.all", "ledgers"))
    ]


def test_what_can_be_rolled_up_is_read_as_written() -> None:
    text = (
        "{总数: {sum: 隐患数, when: \"说明 != ''\"}, 资金: {sum: 表.资金, when: \"项目 == '甲'\"}, 份数: {count: accepted}, "
        "率: {ratio: [已整改, 隐患数], digits: 1, grounds: 说明}, 说明: {latest: 说明}, 名单: {list: missing}, 表: {list: 表}}"
    )
    assert told(text) == []
    package, _ = read_files(files(text))
    assert package is not None
    rules = package.duties["all"].rollup
    assert rules["资金"].sources == (Source("表", "资金"),)
    assert (rules["率"].how, rules["率"].digits, rules["率"].grounds) == ("ratio", 1, "说明")
    assert (rules["名单"].standing, rules["名单"].sources) == ("missing", ())


def test_fields_are_there_and_numbers_where_numbers_are_summed() -> None:
    assert told("{总数: {sum: 隐患}}") == ["所汇总的表单里没有“隐患”"]
    assert told("{总量: {sum: 隐患数}}") == ["表单“all”里没有“总量”，不能汇总到这一栏"]
    assert told("{总数: {sum: 说明}}")[0] == "“说明”不是数字，不能合计"
    assert told("{说明: {sum: 隐患数}}")[0] == "“说明”不是数字，放不下算出的数"
    assert told("{份数: {latest: 说明}}") == ["“份数”与所取的“说明”类型不同"]
    assert told("{整数率: {ratio: [已整改, 隐患数]}}") == ["“整数率”是整数，放不下比率的小数"]
    assert told("{份数: {count: 说明}}") == ["“说明”不是表格，数不出有几行"]
    assert told("{率: {ratio: [已整改, 隐患数], grounds: 理由}}") == [
        "表单“all”里没有“理由”，没有地方说明理由"
    ]


def test_units_agree_for_nothing_is_converted() -> None:
    assert told("{吨: {sum: 隐患数}}") == ["“数”与“吨”的单位不一致"]


def test_lists_hold_what_is_listed() -> None:
    assert told("{总数: {list: 表}}")[0] == "“数”不是列表，放不下多项"
    assert told("{表: {list: missing}}") == ["“表”的各项不是文字，放不下单位名称"]
    assert told("{表: {list: 说明}}") == ["“表”是表格，“说明”不是"]


def test_what_only_some_may_read_is_not_rolled_up() -> None:
    assert told("{说明: {latest: 来信}}") == ["“来信”只给一部分人看，不能汇总"]
    assert told("{密数: {sum: 隐患数}}") == ["“密数”只给一部分人看，不能汇总到这一栏"]


def test_there_is_something_to_roll_up_and_conditions_read_what_is_there() -> None:
    assert told("{总数: {sum: 隐患数}}", on="due: 2024-11-30") == ["“汇总”没有可汇总的材料"]
    assert "“内部”不报给“汇总”的责任主体，它的内容不能汇总" in told(
        "{总数: {sum: 隐患数}}", on="on: {collected: inner}"
    )
    assert told("{总数: {sum: 隐患数, of: inner}}")[0] == "“汇总”不汇总任务“inner”"
    assert told("{资金: {sum: 表.资金, when: \"说明 == '甲'\"}}") == ["表达式里的“说明”不知道是什么"]


def test_items_are_carried_to_another_authority_by_what_they_hold() -> None:
    ledger = 'ledgers:\n  list: {{title: 台账, process: duty, form: plan, from_forms: plan, clause: 一, carries: {{to: {}, when: "{}"}}}}\n'
    fine = "{总数: {sum: 隐患数}}"
    assert told(fine, ledgers=ledger.format("city", "隐患数 > 0 and 状态 != '销号'")) == []
    assert told(fine, ledgers=ledger.format("office", "隐患数 > 0")) == ["“办公室”不是另一级机关"]
    assert told(fine, ledgers=ledger.format("city", "级别 == '重大'")) == ["表达式里的“级别”不知道是什么"]
