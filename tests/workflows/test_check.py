"""What a modeler is told, all at once, when a package is not sound."""

from __future__ import annotations

import pytest

from tests.effort import counted, must_end, steps
from tests.workflows.small import CAMPAIGN, ROWS, TEXT, bpmn, campaign, files, form, line_of, package, told
from workflows.check import check
from workflows.shape import CAMPAIGN_SCHEMA

# What is changed in campaign.yaml, what must be said, and the place whose line it must name.
SLIPS = [
    # keys and shapes
    ("title: 报送方案, by", "titel: 报送方案, by", "没有“titel”这一项 是否想写“title”？"),
    ("by: mine, to: office, form: plan", "to: office, form: plan", "“duties.plan”缺少“by”"),
    ("level: county", "level: conty", "不能写“conty” 是否想写“county”？"),
    ("version: 1.0.0", "version: 1.0", "给它加上引号"),
    ("title: 冬季安全检查", "title: 2024", "给它加上引号"),
    ("id: small-2024", "id: 冬季", "小写字母"),
    ("format: luoshi/1", "format: luoshi/9", "luoshi/1"),
    ("  plan: {title", "  Plan: {title", "编号“Plan”不能使用"),
    # names
    ("plan: {title: 报送方案, by: mine", "plan: {title: 报送方案, by: mines", "没有责任主体“mines” 是否想写“mine”？"),
    ("of: mine, post", "of: mien, post", "没有责任主体“mien” 是否想写“mine”？"),
    ("form: plan, due", "form: plna, due", "没有表单“plna” 是否想写“plan”？"),
    ("process: hazard", "process: hazrd", "没有流程“hazrd” 是否想写“hazard”？"),
    ("words: 10月31日前, clause: 三", "words: 10月31日前, clause: 三（九）", "没有条款“三（九）”"),
    ("from_rows: [self-check.hazards]", "from_rows: [self-check.hazard]", "没有表格“hazard” 是否想写“hazards”？"),
    ("columns: [描述, 级别]", "columns: [描述, 等级]", "没有字段“等级”"),
    ("title_field: 描述", "title_field: 说明", "“说明”不知道是什么"),
    ("duties.monthly.every: tighten", "duties.montly.every: tighten", "是否想写“monthly”？"),
    ("unit: \"kind ==", "unit: \"kinds ==", "是否想写“kind”？"),
    # every element says where it comes from
    ("end: 2024-10-31, words: 即日起, clause: 一", "end: 2024-10-31, words: 即日起", "没有写明出自通知哪一条"),
    ("end: 2024-10-31, words: 即日起, clause: 一", "end: 2024-10-31, added: true", "没有写理由"),
    # expressions
    ("and status in", "adn status in", "表达式“"),
    ("count(hazards, 级别", "count(hazrds, 级别", "“hazrds”不知道是什么 是否想写“hazards”？"),
    ("级别 == '重大' and 状态", "等级 == '重大' and 状态", "“等级”不知道是什么"),
    ("start: phases.self_check.start", "start: phases.self_chek.start", "没有阶段“self_chek” 是否想写“self_check”？"),
    ("due: phases.self_check.end", "due: phases.self_check.ende", "只有 start 和 end 是否想写“end”？"),
    ("start: notice.issued, end: 2025", "start: notice.issud, end: 2025", "没有“issud” 是否想写“issued”？"),
    ("due: phases.self_check.end", "due: phase.self_check.end", "“phase”不知道是什么"),
    # dates
    ("due: 2024-10-31, words", "due: 2024-02-30, words", "这一天不存在"),
    ("due: 2024-10-31, words", "due: 2024-10-31T18:00, words", "写了时刻"),
    ("due: 2024-10-31, words", "due: 2024-10-01, words", "到期日 2024-10-01 早于开始办理的 2024-10-28"),
    ("start: phases.deploy.end + days(1), end: 2024-11-25", "start: 2024-11-26, end: 2024-11-25", "2024-11-25 早于开始日期"),
    ("issued, end: 2025-01-28}", "issued, end: 2024-01-28}", "行动的结束日期 2024-01-28 早于开始日期"),
    ("BYMONTHDAY=-1", "BYMONTHDAY=31;BYMONTH=2", "一次也没有"),
    ("FREQ=MONTHLY", "FREQ=HOURLY", "FREQ=HOURLY"),
    ("end: month_end(period.end)}", "end: 2024-10-30}", "早于开始的"),
    ("dates: [2025-01-31]", "dates: [2025-01-30]", "不在“报送月报”的日期之中"),
    # contradictions
    ("form: plan, due: 2024-10-31", "form: plan, due: 2024-10-31, every: {rule: FREQ=DAILY}", "同时写了 every 和 due"),
    ("form: plan, due: 2024-10-31", "form: plan, due: 2024-10-31, hidden: about", "没有写明所涉单位"),
    ("{title: 办公室, post: office}", "{title: 办公室}", "没有写明是哪些单位或岗位"),
    ("{title: 办公室, post: office}", "{title: 办公室, post: office, line: parent}", "几种找法"),
    ("from_rows: [self-check.hazards]", "outlives: true", "没有来源"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), SLIPS)
def test_a_slip_is_named_with_its_line_and_a_remedy(old: str, new: str, said: str):
    problems = told(campaign(old, new))
    matching = [one for one in problems if said in one]
    assert matching, problems
    slip = CAMPAIGN[: CAMPAIGN.index(old)].count("\n") + 1
    lines = {int(one.split(":")[1].split(" ")[0]) for one in matching if one.startswith("campaign.yaml")}
    # Its own line, or that of the element that it stands in.
    assert lines and min(abs(line - slip) for line in lines) <= 6, (slip, matching)


def test_a_sound_package_has_no_problem():
    assert check(files()) == []


def test_everything_is_said_at_once():
    broken = CAMPAIGN
    for old, new, _ in SLIPS[:3]:
        broken = broken.replace(old, new, 1)
    broken = broken.replace("due: 2024-10-31, words", "due: 2024-02-30, words", 1).replace(
        "process: hazard", "process: hazrd", 1
    )
    problems = told(files(**{"campaign.yaml": broken, "clauses.yaml": None, "forms/plan/schema.json": "{"}))
    for said in ("titel", "缺少“by”", "conty", "2024-02-30", "hazrd", "缺少 clauses.yaml", "不合 JSON 格式"):
        assert any(said in one for one in problems), (said, problems)


def test_a_recurrence_without_an_end_is_refused():
    problems = told(campaign("issued, end: 2025-01-28}", "issued}").copy())
    assert any("重复" in one or "month_end" in one for one in problems), problems
    text = CAMPAIGN.replace("issued, end: 2025-01-28}", "issued}").replace(
        ", end: month_end(period.end)}", "}"
    )
    problems = told(files(**{"campaign.yaml": text}))
    assert any("“报送月报”的重复没有终点" in one and f":{line_of('every:')} " in one for one in problems), (
        problems
    )


def test_a_misspelt_folder_and_a_misspelt_file_are_guessed():
    changed = files(**{"proceses/x.bpmn": "", "campaign.yaml": None})
    changed["campain.yaml"] = CAMPAIGN.encode()
    problems = told(changed)
    assert any("是否想放在“processes/x.bpmn”？" in one for one in problems)
    assert any("请把“campain.yaml”改名为“campaign.yaml”" in one for one in problems)


# --- processes against the campaign ------------------------------------------------------------------------------------

FORM = 'camunda:formKey="form"'
FILL = f'{FORM} camunda:candidateGroups="by"'


@pytest.mark.parametrize(
    ("process", "said"),
    [
        (bpmn("duty", [("work", f'{FORM} camunda:candidateGroups="mien"')]), "办理人“mien”不是本方案的责任主体 是否想写“mine”？"),
        (bpmn("duty", [("work", 'camunda:formKey="verdct"')]), "表单“verdct”不存在 是否想写“verdict”？"),
        (bpmn("duty", [("work", FILL)], "通过 == True"), "“通过”不是这个流程用到的表单里的字段"),
        (bpmn("duty", [("work", f'{FORM} camunda:candidateGroups="to"')]), "没有接收方"),
        (bpmn("duty", [("work", FILL + ' camunda:dueDate="整改期限"')]), "“整改期限”不是这个流程用到的表单里的字段"),
    ],
)  # fmt: skip
def test_a_process_that_does_not_fit_its_campaign_is_named_with_its_file(process: str, said: str):
    problems = told(files(**{"processes/duty.bpmn": process}))
    assert any(said in one and one.startswith("processes/duty.bpmn:") for one in problems), problems


def test_conditions_may_read_the_fields_of_the_forms_used_and_the_standard_names():
    process = bpmn(
        "duty",
        [("work", FILL)],
        "count(hazards, 级别 == '重大') == 0 and unit.kind == 'mine' and today &lt; due",
    )
    assert told(files(**{"processes/duty.bpmn": process})) == []


def test_a_status_that_the_ledger_does_not_have_is_named():
    status = (
        '<bpmn:extensionElements><camunda:properties><camunda:property name="status" value="销毁" />'
        "</camunda:properties></bpmn:extensionElements>"
    )
    process = bpmn(
        "hazard", [("fix", 'camunda:formKey="fix" camunda:candidateGroups="about"')], "已改 == True"
    ).replace('candidateGroups="about" />', f'candidateGroups="about">{status}</bpmn:userTask>')
    problems = told(files(**{"processes/hazard.bpmn": process}))
    assert any("状态“销毁”不在 ledgers.hazards 的 states 里 是否想写“销号”？" in one for one in problems), (
        problems
    )


def test_a_duty_whose_process_asks_for_its_form_must_have_one():
    problems = told(campaign("    form: self-check\n", ""))
    assert any("要填任务自己的表单，而 duties.self_check 没有写 form" in one for one in problems), problems


def test_what_nobody_uses_is_a_warning():
    problems = check(
        files(
            **{"processes/lonely.bpmn": bpmn("lonely", [("a", "")]), "forms/lonely/schema.json": form(a=TEXT)}
        )
    )
    assert [(one.level, one.file) for one in problems] == [
        ("warning", "forms/lonely/schema.json"), ("warning", "processes/lonely.bpmn"),
    ]  # fmt: skip


# --- forms ---------------------------------------------------------------------------------------------------------------


def test_a_fault_in_a_form_has_the_line_in_its_file():
    schema = form(正文=TEXT, 坏={"type": "string", "title": "坏", "pattern": "(a"})
    problems = told(files(**{"forms/plan/schema.json": schema}))
    assert any(one.startswith(f"forms/plan/schema.json:{line_of('pattern', schema)} ") for one in problems), (
        problems
    )


def test_a_computed_field_that_reads_what_nobody_has_is_told_and_stops_nothing():
    wrong = form(
        正文=TEXT, 和={"type": "number", "title": "和", "readOnly": True, "x-computed": "没有的栏 + 1"}
    )
    problems = told(files(**{"forms/plan/schema.json": wrong}))
    assert any("没有的“没有的栏”" in one for one in problems), problems


def test_an_example_must_fit_its_own_form():
    problems = told(files(**{"forms/verdict/example.json": '{\n "通过": "也许"\n}'}))
    assert any(one.startswith("forms/verdict/example.json:2 例子不合自己的表单") for one in problems), (
        problems
    )


def test_a_form_without_a_schema_and_keys_given_twice_are_named():
    changed = files(**{"forms/plan/schema.json": None, "forms/plan/ui.json": '{\n"a": 1,\n"a": 2}'})
    problems = told(changed)
    assert any("表单“plan”缺少 schema.json" in one for one in problems)
    assert any(one.startswith("forms/plan/ui.json:3 “a”写了两次") for one in problems), problems


# --- rows, events, rehearsals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ("{rows: self-check.hazards, when: \"等级 == '重大'\"}", "“等级”不知道是什么"),
        ("{rows: nothing.hazards}", "没有表单“nothing”"),
        ("{event: alarm}", "没有流程发出事件“alarm”"),
        ("{phase: self_chek}", "没有阶段“self_chek” 是否想写“self_check”？"),
        ("{demand: offices}", "没有责任主体“offices” 是否想写“office”？"),
        ("{phse: self_check}", "没有“phse”这一项 是否想写“phase”？"),
    ],
)
def test_triggers_name_what_there_is(trigger: str, said: str):
    problems = told(
        campaign(
            "duties:\n", f"duties:\n  more: {{title: 甲, by: mine, form: plan, clause: 三, on: {trigger}}}\n"
        )
    )
    assert any(said in one for one in problems), problems


def test_a_row_filter_and_an_event_date_are_accepted():
    more = (
        "  more: {title: 甲, by: mine, form: plan, clause: 三, due: event.at + workdays(3), prefill: {正文: unit.name}, "
        "on: {rows: [self-check.hazards], when: \"级别 == '重大'\"}}\n"
    )
    found = package(campaign("duties:\n", f"duties:\n{more}"))
    on = found.duties["more"].on
    assert on is not None
    assert [(one.form, one.field, one.when is not None) for one in on.sources] == [
        ("self-check", "hazards", True)
    ]


def test_a_rehearsal_that_expects_other_dates_is_named():
    expected = (
        "calendar:\n  plan: [2024-10-31]\n  monthly: [2024-11-30, 2024-12-31, 2025-01-31]\n  montly: []\n"
    )
    problems = told(files(**{"tests/calendar.yaml": expected}))
    assert len(problems) == 2
    assert problems[0].startswith("tests/calendar.yaml:3 ") and "2025-01-31（有争议）" in problems[0]
    assert problems[1].startswith("tests/calendar.yaml:4 没有任务“montly” 是否想写“monthly”？")
    sound = expected.replace("2025-01-31]", "{date: 2025-01-31, disputed: true}]").replace(
        "  montly: []\n", ""
    )
    assert told(files(**{"tests/calendar.yaml": sound})) == []


# --- decisions, schema, hostile input ------------------------------------------------------------------------------------


def test_a_decision_that_does_not_compile_is_named():
    dmn = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d"><decision id="x" name="级别">\n'
        '<decisionTable id="t"><input id="i"><inputExpression><text>瓦斯</text></inputExpression></input><output id="o" />\n'
        "<rule id=\"r\"><inputEntry><text>&gt;= </text></inputEntry><outputEntry><text>'重大'</text></outputEntry></rule>\n"
        "</decisionTable></decision></definitions>"
    )
    problems = [
        one for one in told(files(**{"decisions/level.dmn": dmn})) if "没有业务规则任务用到" not in one
    ]
    assert len(problems) == 1 and problems[0].startswith("decisions/level.dmn:3 "), problems


def test_every_key_of_the_published_schema_says_what_it_is_for():
    def described(schema: dict, where: str) -> list[str]:
        missing = []
        for name, one in schema.get("properties", {}).items():
            target = CAMPAIGN_SCHEMA["$defs"].get(one.get("$ref", "").removeprefix("#/$defs/"), {})
            if "description" not in one and "description" not in target:
                missing.append(f"{where}.{name}")
            missing += described(one, f"{where}.{name}")
        return missing

    assert described(dict(CAMPAIGN_SCHEMA), "") == []
    for name, definition in CAMPAIGN_SCHEMA["$defs"].items():
        assert described(definition, name) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a",
        "- 1",
        "actors: 3\nphases: [1]\nduties: {a: 1, b: null, c: []}",
        "duties: {x: {by: {a: 1}, every: 3, on: [], disputed: 1}}",
        "notice: x\nperiod: 3\nledgers: {l: {from_rows: 3, columns: {}}}",
        "indicators: {i: {value: 3, target: 4}}",
        "locks: [1]",
        "duties: {'': {}}",
    ],
)
def test_nonsense_is_reported_and_never_raises(text: str):
    assert told(files(**{"campaign.yaml": text}))


def test_hostile_expressions_and_rules_cost_no_time():
    told(files())
    sound = steps(lambda: told(files()))
    for hostile in (
        "9**9**9",
        "(" * 5_000,
        "1+" * 10_000 + "1",
        "().__class__.__mro__",
        "matches('a' , '(a+)+$')",
    ):
        with must_end(), counted(at_most=2 * sound):
            told(campaign("due: phases.self_check.end", f'due: "{hostile}"'))
    with counted(at_most=100 * sound):
        told(campaign("BYMONTHDAY=-1", "BYSETPOS=9"))


def test_tables_in_the_sample_are_tables():
    assert ROWS["type"] == "array"
