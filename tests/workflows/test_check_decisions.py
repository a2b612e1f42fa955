"""Decisions against the processes that make them: file, line, what is wrong, what to do."""

from __future__ import annotations

import pytest

from tests.engine.package import DECIDES, DECISION, PROCESSES, files
from tests.workflows.tables import dmn, table
from workflows.bpmn import read_process
from workflows.check import check

BPMN, DMN = "processes/grade.bpmn", "decisions/level.dmn"


def told(drawn: str = PROCESSES["grade"], decision: str | None = DECISION, level: str = "error") -> list[str]:
    changed = {**files(), BPMN: drawn.encode(), DMN: (decision or "").encode()}
    if decision is None:
        del changed[DMN]
    return [f"{one.file}:{one.line} {one.what} {one.do}" for one in check(changed) if one.level == level]


def deciding(old: str, new: str) -> str:
    assert old in DECIDES
    return PROCESSES["grade"].replace(DECIDES, DECIDES.replace(old, new))


def test_a_sound_table_is_sound():
    assert told() == []
    assert [one for one in told(level="warning") if "level.dmn" in one or "grade.bpmn" in one] == []


@pytest.mark.parametrize(
    ("drawn", "decision", "said"),
    [
        (deciding('decisionRef="level"', 'decisionRef="levle"'), DECISION, "grade.bpmn:6 步骤“分级”用的决策“levle”不存在 是否想写“level”？"),
        (PROCESSES["grade"], None, "用的决策“level”不存在"),
        (deciding("singleResult", "singleEntry"), DECISION, "有 2 列输出，singleEntry 只要一列"),
        (deciding("singleResult", "singelResult"), DECISION, "mapDecisionResult “singelResult”不能使用。 是否想写“singleResult”？"),
        (deciding("singleResult", "resultList"), DECISION, "“定级.级别”：决策的结果是列表，没有下一级"),
        (deciding('"定级"', '"due"'), DECISION, "决策的结果没有可用的名称"),
        (deciding('"定级"', '"count"'), DECISION, "决策的结果没有可用的名称"),
        (deciding(' camunda:resultVariable="定级"', ""), DECISION, "决策的结果没有可用的名称"),
        (deciding('camunda:decisionRef="level"', ""), DECISION, "没有指明决策"),
        (deciding('decisionRef="level"', 'decisionRef="${which}"'), DECISION, "不能由表达式决定"),
        (deciding("camunda:decisionRef", 'camunda:decisionRefBinding="version" camunda:decisionRef'), DECISION, "decisionRefBinding version 不受支持"),
        (deciding("camunda:decisionRef", 'camunda:topic="x" camunda:decisionRef'), DECISION, "camunda:topic 暂不支持"),
        (PROCESSES["grade"].replace("定级.级别 in", "定级.级列 in"), DECISION, "决策没有叫“级列”的输出列 是否想写“级别”？"),
        (PROCESSES["grade"].replace("定级.级别 in", "定极.级别 in"), DECISION, "条件里的“定极”不是"),
        (PROCESSES["grade"], DECISION.replace("<text>瓦斯</text>", "<text>瓦思</text>"), "决策“隐患分级”里的“瓦思”不是流程“grade”里的字段 是否想写“瓦斯”？"),
        (PROCESSES["grade"], DECISION.replace("<text>&lt; 1</text>", "<text>&lt; 上限</text>"), "决策“隐患分级”里的“上限”不是"),
        (PROCESSES["grade"], DECISION.replace("<decisionTable", '<decisionTable hitPolicy="COLLECT"'), "可能命中多行，singleResult 只要一行"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_refused(drawn: str, decision: str | None, said: str):
    assert [one for one in told(drawn, decision) if said in one], told(drawn, decision)


def test_what_is_left_open_or_decided_twice_is_a_warning():
    gap = told(decision=DECISION.replace("[1..1.5)", "(1..1.5)"), level="warning")
    assert not [
        one for one in gap if "没有说" in one
    ]  # a column with a formula of two fields cannot be told of both
    plain = dmn(
        table(
            "level",
            ["瓦斯", "班次"],
            ["级别"],
            [["> 1", "-", "'重大'"], ["> 2", "-", "'较大'"]],
            name="定级表",
        )
    ).decode()
    warned = told(decision=plain, level="warning")
    assert [
        one for one in warned if "decisions/level.dmn:9 决策“定级表”的第 1 行与第 2 行会同时命中" in one
    ], warned
    assert [one for one in warned if "决策“定级表”没有说 瓦斯 < 1 时怎么办" in one]


def test_a_table_that_nobody_asks_and_a_result_that_nobody_reads_are_warnings():
    lonely = dmn(
        table("level", ["瓦斯"], ["级别"], [["-", "'一般'"]]), table("spare", ["瓦斯"], ["级别"], [["-", "'一般'"]])
    ).decode()  # fmt: skip
    unread = PROCESSES["grade"].replace("定级.级别 in ['重大', '较大']", "瓦斯 > 1")
    warned = told(unread, lonely, level="warning")
    assert [one for one in warned if "没有业务规则任务用到决策“spare”" in one]
    assert [one for one in warned if "决策的结果“定级”没有人用" in one]


def test_what_spiff_arena_calls_gives_names_that_conditions_may_read():
    called = PROCESSES["grade"].replace(
        DECIDES,
        '<bpmn:businessRuleTask id="level" name="分级"><bpmn:extensionElements xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">'
        "<s:calledDecisionId>level</s:calledDecisionId></bpmn:extensionElements></bpmn:businessRuleTask>",
    )
    assert told(called.replace("定级.级别", "级别")) == []
    assert [one for one in told(called) if "定级" in one]
    bad = DECISION.replace('name="期限"', 'name="期 限"')
    assert [
        one
        for one in told(called.replace("定级.级别", "级别"), bad)
        if "输出列的名称“期 限”不能作流程数据的名称" in one
    ]


def test_a_name_that_spiff_arena_writes_elsewhere_is_refused():
    drawn = PROCESSES["grade"].replace(
        "<bpmn:extensionElements></bpmn:extensionElements>", "", 1
    ).replace('<bpmn:startEvent id="start"/>',
        '<bpmn:startEvent id="start"><bpmn:extensionElements xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">'
        "<s:calledDecisionId>level</s:calledDecisionId></bpmn:extensionElements></bpmn:startEvent>")  # fmt: skip
    assert [
        str(one.what)
        for one in read_process(drawn.encode(), "p.bpmn")[1]
        if "calledDecisionId" in str(one.what)
    ]
