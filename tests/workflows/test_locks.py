from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflows.small import CAMPAIGN, bpmn, files
from workflows.check import examine
from workflows.elements import Package
from workflows.locks import lock_of, violations
from workflows.tighter import earlier

EVERY = 'every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: month_end(period.end)}'


def _package(locks: str, old: str = "", new: str = "", **changed: str) -> Package:
    text = CAMPAIGN.replace('{duties.monthly.every: tighten, "*": free}', locks)
    assert old in text
    package, _ = examine(files(**{"campaign.yaml": text.replace(old, new, 1), **changed}))
    assert package is not None
    return package


def _told(locks: str, old: str, new: str, **changed: str) -> list[str]:
    """Return what a copy with one change is told, `where: what`."""
    found = violations(_package(locks), _package(locks, old, new, **changed))
    for one in found:
        assert str(one.do) and "{" not in str(one.what).replace("{title", "")[:20]
    return [f"{one.where}: {one.what}" for one in found]


@pytest.mark.parametrize(
    ("locks", "old", "new"),
    [
        ("{duties.plan.due: tighten}", "due: 2024-10-31", "due: 2024-10-30"),
        ("{duties.plan: tighten}", "due: 2024-10-31", "due: 2024-10-30, time: '17:00'"),
        ("{duties.plan: tighten}", "by: mine, to: office, form: plan, due", "by: [mine, principal], to: office, form: plan, due"),
        ("{duties.monthly.every: tighten}", EVERY, 'every: {rule: "FREQ=MONTHLY;BYMONTHDAY=10,20,-1", start: 2024-11-01, end: month_end(period.end)}'),
        ("{duties.monthly.every: tighten}", EVERY, 'every: {rule: "FREQ=MONTHLY;BYMONTHDAY=25", start: 2024-11-01, end: month_end(period.end)}'),
        ("{duties.monthly.every: tighten}", EVERY, 'every: {rule: "FREQ=WEEKLY;BYDAY=FR", start: 2024-10-28, end: month_end(period.end), roll: earlier}'),
        ("{indicators.open_hazards: tighten}", 'target: "== 0", clause', 'target: "== 0", strength: 必须, clause'),
        ("{phases.self_check.end: tighten}", "end: 2024-11-25", "end: 2024-11-20"),
        ("{duties: tighten}", "duties:\n", "duties:\n  talk: {title: 谈话, by: mine, due: 2024-11-05, added: true, reason: 本县要求}\n"),
        ("{ledgers.hazards: tighten}", "states: [发现, 整改中, 销号]", "states: [发现, 整改中, 复查, 销号]"),
        ('{"*": free}', "due: 2024-10-31", "due: 2024-12-31"),
        ('{"*": mandatory, duties.plan.due: free}', "due: 2024-10-31", "due: 2024-12-31"),
        ('{"*": mandatory}', "version: 1.0.0", "version: 1.2.0"),
        ("{duties.plan: mandatory}", "报送月报", "报送各月情况"),
    ],
)  # fmt: skip
def test_what_is_free_or_stricter_may_be_changed(locks: str, old: str, new: str) -> None:
    assert _told(locks, old, new) == []


@pytest.mark.parametrize(
    ("locks", "old", "new", "where", "says"),
    [
        ("{duties.plan.due: tighten}", "due: 2024-10-31", "due: 2024-11-30", "duties.plan.due", "2024-11-30"),
        ("{duties.plan.due: mandatory}", "due: 2024-10-31", "due: 2024-10-30", "duties.plan.due", "不能改动"),
        ("{duties.plan.due: tighten}", ", due: 2024-10-31", "", "duties.plan.due", "不能删去"),
        ("{duties.plan.due: tighten}", "due: 2024-10-31", "due: notice.issued + workdays(2)", "duties.plan.due", "说不清"),
        ("{duties.monthly.every: tighten}", EVERY, 'every: {rule: "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1", start: 2024-11-01, end: month_end(period.end)}', "duties.monthly.every", "2024-12-31"),
        ("{duties.monthly.every: tighten}", EVERY, EVERY.replace("end: month_end(period.end)", "end: 2024-12-31"), "duties.monthly.every", "2025-01-31"),
        ("{duties.monthly.every: tighten}", EVERY, EVERY.replace("}", ", roll: later}"), "duties.monthly.every", "松"),
        ("{duties.monthly.every: tighten}", EVERY, EVERY.replace("}", ", undated: true}"), "duties.monthly.every", "松"),
        ("{duties.monthly: tighten}", "by: [mine]", "by: [office]", "duties.monthly.by", "只能改得更严"),
        ("{duties.plan: tighten}", "form: plan, due", "form: verdict, due", "duties.plan.form", "说不清"),
        ("{duties.self_check.due: tighten}", "end: 2024-11-25", "end: 2024-12-25", "duties.self_check.due", "2024-12-25"),
        ("{duties.self_check.due: mandatory}", "end: 2024-11-25", "end: 2024-11-20", "duties.self_check.due", "不能改动"),
        ("{phases.self_check.end: tighten}", "end: 2024-11-25", "end: 2024-12-25", "phases.self_check.end", "2024-12-25"),
        ("{indicators.open_hazards: tighten}", 'target: "== 0"', 'target: "<= 2"', "indicators.open_hazards.target", "只能改得更严"),
        ("{ledgers.hazards: tighten}", "states: [发现, 整改中, 销号]", "states: [发现, 销号]", "ledgers.hazards.states", "只能改得更严"),
        ('{"*": mandatory}', "title: 冬季安全检查", "title: 检查", "title", "不能改动"),
        ("{duties.*.due: mandatory}", "due: 2024-10-31", "due: 2024-10-30", "duties.plan.due", "不能改动"),
    ],
)  # fmt: skip
def test_what_is_locked_is_refused_with_the_reason(
    locks: str, old: str, new: str, where: str, says: str
) -> None:
    told = _told(locks, old, new)
    assert [one.partition(":")[0] for one in told] == [where]
    assert says in told[0]


def test_a_locked_duty_cannot_be_removed_with_the_whole_element() -> None:
    line = next(line for line in CAMPAIGN.split("\n") if line.startswith("  plan:"))
    assert [one.partition(":")[0] for one in _told("{duties.plan.due: tighten}", line + "\n", "")] == [
        "duties.plan"
    ]


def test_locks_are_only_made_stricter() -> None:
    def told(there: str) -> list[str]:
        return [one.where for one in violations(_package("{duties.plan: tighten}"), _package(there))]

    assert told("{duties.plan: mandatory}") == told('{duties.plan: tighten, "*": mandatory}') == []
    assert told("{duties.plan: free}") == ["locks.duties.plan"]
    assert told("{duties.plan: tighten, duties.plan.due: free}") == ["locks.duties.plan.due"]


PLAN = {
    "type": "object",
    "properties": {"正文": {"type": "string", "title": "文字", "minLength": 5, "maxLength": 50}, "级别": {"type": "string", "enum": ["甲", "乙"]}},
    "required": ["正文"],
}  # fmt: skip


def _form(**changes: Any) -> dict[str, str]:
    return {"forms/plan/schema.json": json.dumps({**PLAN, **changes}, ensure_ascii=False, indent=2)}


def _fields(**fields: Any) -> dict[str, Any]:
    return {"properties": {**PLAN["properties"], **fields}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"required": ["正文", "级别"]}, True),
        ({"required": []}, False),
        (_fields(正文={"type": "string", "title": "文字", "minLength": 9, "maxLength": 40}), True),
        (_fields(正文={"type": "string", "title": "文字", "minLength": 5, "maxLength": 90}), False),
        (_fields(正文={"type": "string", "title": "文字", "maxLength": 50}), False),
        (_fields(级别={"type": "string", "enum": ["甲"]}), True),
        (_fields(级别={"type": "string", "enum": ["甲", "乙", "丙"]}), False),
        (_fields(人数={"type": "integer", "minimum": 0}), True),
        (_fields(正文={"type": "string", "title": "别的", "minLength": 5, "maxLength": 50}), False),
        (
            {"allOf": [{"if": {"properties": {"级别": {"const": "甲"}}}, "then": {"required": ["级别"]}}]},
            True,
        ),
        ({"anyOf": [{"required": ["正文"]}]}, False),
    ],
)
def test_a_form_may_ask_for_more_and_never_for_less(changes: dict[str, Any], allowed: bool) -> None:
    locks = "{forms.plan: tighten}"
    found = violations(_package(locks, **_form()), _package(locks, **_form(**changes)))
    assert (found == []) is allowed, [str(one.what) for one in found]


def test_a_locked_process_may_be_drawn_elsewhere_and_not_changed() -> None:
    locks = "{processes.hazard: mandatory}"
    other = bpmn(
        "hazard",
        [("fix", 'camunda:formKey="fix" camunda:candidateGroups="by"')],
        "级别 == '一般' or 已改 == True",
    )
    told = [
        (one.file, one.where)
        for one in violations(_package(locks), _package(locks, **{"processes/hazard.bpmn": other}))
    ]
    assert [file for file, _ in told] == ["processes/hazard.bpmn"]
    assert told[0][1].startswith("processes.hazard.hazard.fix")


def test_a_form_that_is_gone_is_missed() -> None:
    locks = "{forms.plan: tighten}"
    there = files(**{"campaign.yaml": CAMPAIGN.replace('{duties.monthly.every: tighten, "*": free}', locks)})
    del there["forms/plan/schema.json"]
    local = examine(there)[0]
    assert local is not None
    assert [one.where for one in violations(_package(locks), local)] == ["forms.plan"]


@pytest.mark.parametrize(
    ("was", "now", "judged"),
    [
        ("2024-10-31", "2024-10-30", True), ("event.at + days(5)", "event.at + days(3)", True), ("event.at + workdays(3)", "event.at + workdays(5)", False),
        ("event.at + days(5)", "event.at + workdays(3)", None), ("phases.a.end", "phases.a.end - days(3)", True), ("phases.a.end", "phases.b.end", None),
        ("PT24H", "P1D", True), ("PT24H", "PT36H", False), ("period.end", "2024-10-31", None),
    ],
)  # fmt: skip
def test_dates_are_compared_as_they_are_written_where_that_is_sure(
    was: str, now: str, judged: bool | None
) -> None:
    assert earlier(was, now) is judged


def test_the_most_precise_lock_counts() -> None:
    locks = {"*": "mandatory", "duties.*": "tighten", "duties.plan": "free", "duties.*.due": "mandatory"}
    found = {
        place: lock_of(locks, tuple(place.split(".")))
        for place in ("title", "duties.other.by", "duties.plan.by", "duties.plan.due")
    }  # type: ignore[arg-type]
    assert found == {
        "title": "mandatory",
        "duties.other.by": "tighten",
        "duties.plan.by": "free",
        "duties.plan.due": "mandatory",
    }
