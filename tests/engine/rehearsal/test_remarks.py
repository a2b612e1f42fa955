"""What somebody should look at before the launch."""

from __future__ import annotations

from datetime import date

from engine.rehearsal import make_stage
from tenants.calendar import Calendar
from tests.engine.rehearsal.staged import EXAMPLES, cast, day, package, played, stage


def told(matter: str, **more) -> list[str]:
    rehearsal, _ = played(stage(**more))
    return [str(one.what) for one in rehearsal.remarks() if one.matter == matter]


def test_due_dates_on_rest_days_are_named_by_duty():
    # 30 November 2024 is a Saturday.
    assert "“报送月报”3 次中有 1 次在休息日到期：2024-11-30" in told("rest")
    assert not any("日查" in one for one in told("rest"))  # what is done daily is meant for rest days as well
    off = Calendar(holidays=frozenset({date(2024, 10, 31)}))
    assert "“报送方案”在休息日到期：2024-10-31" in told("rest", calendar=off)


def test_two_reports_of_one_actor_on_one_day_are_named_together():
    changes = {"due: 2024-10-31, words: 10月31日前": "due: 2024-11-30, words: 11月30日前"}
    assert told("together", changes=changes) == ["各煤矿同一天要报送“报送月报”、“报送方案”"]
    assert told("together") == []


def test_disputed_dates_are_named():
    disputed = "    clause: 一\n  self_check:\n    title: 自查自改"
    changes = {disputed: "    disputed: {dates: [2025-01-31], why: 晚于总结}\n" + disputed}
    assert told("disputed", changes=changes) == ["“报送月报”的日期有争议：2025-01-31"]
    assert told("after", changes=changes) == ["“报送月报”在行动结束之后到期：2025-01-31"]


def test_heavy_weeks_are_named():
    # The log of duty falls on the office seven days a week; in one week it inspects fifteen mines besides.
    events = {"inspection": (day("2024-11-06"),)}
    found = told("heavy", events=events, mines=15)
    assert "办公室在 2024-W45 这一周有 37 件，明显多于平时" in found
    assert not any(one.startswith("办公室") for one in told("heavy", mines=15))


def test_examples_that_send_a_report_back_for_ever_are_named():
    made = make_stage(package(examples=EXAMPLES | {"verdict": {"结论": "退回"}}), cast(), calendar=Calendar())
    rehearsal, _ = played(made)
    stuck = [str(one.what) for one in rehearsal.remarks() if one.matter == "stuck"]
    assert "“报送方案”的流程没有走到终点：示例答案让流程反复，超过 200 步" in stuck


def test_a_report_that_would_come_back_to_its_author_is_named():
    assert told("unreceived") == []
    elsewhere = {
        "office: {title: 办公室, post: leading_group}": "office: {title: 办公室, unit: \"kind == 'bureau' and 级别 == '省'\"}"
    }
    assert "“报送月报”没有单位受理，会回到报送单位自己手里" in told("unreceived", changes=elsewhere)
