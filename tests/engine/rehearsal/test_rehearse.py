"""A whole campaign in virtual time: what comes when, for whom, and how much work it is."""

from __future__ import annotations

import tracemalloc
from datetime import date

import pytest

from engine.rehearsal import Rehearsal, TimeUp, waiting_words
from engine.rehearsal.walk import Walks
from tenants.errors import Invalid
from tests.engine.rehearsal.staged import day, played, stage
from workflows.dates import ImpossibleDate

KEYS = ["kind", "id", "title", "actor", "unit", "to", "from", "due", "words", "clause", "disputed", "basis"]


def test_every_phase_report_and_task_is_told_with_who_when_and_why():
    _, rows = played(stage())
    assert [row["id"] for row in rows if row["kind"] == "phase"] == ["deploy", "self_check", "review"]
    plans = [row for row in rows if row["id"] == "plan"]
    assert {key: plans[0][key] for key in KEYS} == {
        "kind": "report", "id": "plan", "title": "报送方案", "actor": "各公司", "unit": "北山公司", "to": "办公室",
        "from": "各公司、各煤矿", "due": "2024-10-31", "words": "10月31日前", "clause": "一", "disputed": False,
        "basis": "notice",
    }  # fmt: skip
    assert [(row["actor"], row["unit"]) for row in plans] == [
        ("各公司", "北山公司"), ("各煤矿", "1号矿"), ("各煤矿", "2号矿"),
    ]  # fmt: skip
    (check,) = {
        (row["kind"], row["due"], row["basis"], row["to"])
        for row in rows
        if row["id"] == "self_check" and row["kind"] != "phase"
    }
    assert check == ("task", "2024-11-25", "phase", None)


def test_the_lines_come_by_date_and_what_waits_comes_last():
    _, rows = played(stage())
    days = [row["due"] or row["opens"] or "9999" for row in rows if row["kind"] != "phase"]
    assert days == sorted(days)
    waiting = {row["id"]: row["awaits"] for row in rows if row["awaits"]}
    assert waiting["inspection"] == "demand:office"
    assert waiting["penance"] == "rows:self-check.hazards"
    assert waiting["answered"] == "event:replied"


def test_an_actor_that_means_nobody_leaves_a_line_without_a_unit_and_a_remark():
    rehearsal, rows = played(stage(mines=0))
    assert {row["unit"] for row in rows if row["id"] == "monthly"} == {None}
    assert "没有单位符合“报送月报”的责任主体" in [str(one.what) for one in rehearsal.remarks()]


def test_a_duty_about_units_has_one_line_for_each_of_them():
    _, rows = played(stage())
    deep = [(row["unit"], row["about"], row["due"]) for row in rows if row["id"] == "deep"]
    assert deep == [("监管股", "1号矿", "2025-01-20"), ("监管股", "2号矿", "2025-01-20")]


def test_a_demand_happens_on_the_days_that_are_given():
    _, rows = played(stage(events={"inspection": (day("2024-12-02"), day("2024-11-12"))}))
    found = [
        (row["opens"], row["unit"], row["about"], row["awaits"]) for row in rows if row["id"] == "inspection"
    ]
    assert found == [
        ("2024-11-12", "监管股", "1号矿", None), ("2024-11-12", "监管股", "2号矿", None),
        ("2024-12-02", "监管股", "1号矿", None), ("2024-12-02", "监管股", "2号矿", None),
    ]  # fmt: skip


def test_what_a_process_throws_sets_off_what_waits_for_it():
    made = stage(events={"answer": (day("2024-11-12"),)})
    _, rows = played(made)
    found = [
        (row["id"], row["opens"], row["unit"])
        for row in rows
        if row["id"] in ("answer", "answered") and row["opens"]
    ]
    # Each mine answers on the last of three days, and the office registers it then.
    assert found == [
        ("answer", "2024-11-12", "1号矿"), ("answer", "2024-11-12", "2号矿"),
        ("answered", "2024-11-15", "监管股"), ("answered", "2024-11-15", "监管股"),
    ]  # fmt: skip
    # The same without walking every process for the load.
    rehearsal = Rehearsal(made, steps=False)
    assert sum(line.id == "answered" and line.opens is not None for line in rehearsal.lines()) == 2


def test_an_event_of_that_name_starts_every_duty_that_waits_for_it():
    _, rows = played(stage(events={"replied": (day("2024-12-01"),)}))
    assert [row["opens"] for row in rows if row["id"] == "answered"] == ["2024-12-01"]


def test_an_unknown_event_is_refused_with_the_nearest_name():
    with pytest.raises(Invalid) as refused:
        stage(events={"inspecton": (day("2024-12-02"),)})
    assert "inspection" in str(refused.value.do)


def test_the_load_counts_those_who_receive_as_well():
    rehearsal, _ = played(stage())
    load = rehearsal.load
    # On 31 October: three plans are filed and three are reviewed; the mines' monthly check is due as well.
    assert load.weeks["各公司"][day("2024-10-28")] == 1
    assert load.weeks["各煤矿"][day("2024-10-28")] == 2 + 2
    # Of the log of duty ten days, of which three in that week.
    assert load.weeks["办公室"][day("2024-10-28")] == 3 + 3
    # The self-check is signed by the head of the mine.
    assert load.weeks["矿长"] == {day("2024-11-25"): 2}


def test_undated_work_is_counted_apart():
    rehearsal, _ = played(stage())
    assert rehearsal.load.undated["各煤矿"] == 4  # 完善制度 and 值守, in two mines
    assert any("完善制度" in str(one.what) for one in rehearsal.remarks() if one.matter == "undated")


def test_the_tenants_choices_move_the_dates():
    _, rows = played(stage(choices={"duties": {"plan": {"due": "2024-11-08"}}, "end": "2024-12-31"}))
    assert {(row["due"], row["basis"]) for row in rows if row["id"] == "plan"} == {("2024-11-08", "tenant")}
    assert max(row["due"] for row in rows if row["id"] == "standing") == "2024-12-31"


def test_standing_duties_are_told_until_the_campaign_ends():
    _, rows = played(stage())
    assert {row["due"] for row in rows if row["id"] == "standing"} == {
        "2024-10-31",
        "2024-11-30",
        "2024-12-31",
    }


def test_a_missing_season_is_a_remark_and_the_duty_waits():
    changes = {"due: 2024-10-31, words: 10月31日前": "due: season('汛期').end, words: 汛期结束前"}
    rehearsal, rows = played(stage(changes))
    assert [row["awaits"] for row in rows if row["id"] == "plan"] == ["season"]
    assert any("汛期" in str(one.what) for one in rehearsal.remarks())


def test_a_campaign_that_ends_before_it_begins_is_refused():
    with pytest.raises(ImpossibleDate, match="早于开始日期"):
        stage(choices={"end": "2024-01-01"})


def test_a_rehearsal_says_the_same_each_time():
    assert played(stage())[1] == played(stage())[1]
    assert list(Rehearsal(stage()).rows()) == played(stage())[1]


def test_what_goes_alike_for_all_units_is_walked_once(monkeypatch):
    walked = []
    real = Walks._walk
    monkeypatch.setattr(
        Walks,
        "_walk",
        lambda self, model, duty, *more: walked.append(duty.id) or real(self, model, duty, *more),
    )
    played(stage(mines=50))
    # Twenty daily checks, ten days of log and the others: one walk for each kind of way, not one for each occurrence.
    assert len(walked) <= len(set(walked)) + 2


def _ten_years(years: int) -> Rehearsal:
    changes = {
        "start: 2024-11-01, end: 2024-11-20, opens: due": f"start: 2024-11-01, end: {2024 + years}-10-31, opens: due",
        "end: 2025-01-28}\nactors": f"end: {2024 + years}-10-31}}\nactors",
    }  # fmt: skip
    return Rehearsal(stage(changes, mines=1))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_years():
    def peak(years: int) -> tuple[int, int]:
        rehearsal = _ten_years(years)
        lines = rehearsal.lines()
        next(lines)
        tracemalloc.start()
        n = sum(1 for _ in lines)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return n, found

    peak(1)  # what is read once and kept, such as the holidays' library, is not counted
    few, little = peak(1)
    many, much = peak(10)
    assert many > 9 * few / 2
    # But for one number for each role and week nothing is kept: ten years are 520 weeks.
    assert much < little + 250_000


def test_what_a_year_takes_is_known_before_it_begins():
    rehearsal = _ten_years(1)
    seen: list[int] = []
    counted = sum(rehearsal.counts().values())
    watched = Rehearsal(rehearsal.stage, watch=seen.append)
    assert len(list(watched.slots())) == counted == len(seen)
    assert counted > 365


def test_no_step_is_taken_before_its_own_day():
    made = stage()
    rehearsal = Rehearsal(made)
    for slot in rehearsal.slots():
        one = slot.occurrence
        for pair in rehearsal.pairs(slot) if one else ():
            for task in rehearsal.tasks(slot, pair):
                assert task.day is None or task.day >= (one.opens or date.min)


def test_whoever_waits_no_longer_is_let_go_at_the_next_step():
    asked: list[int] = []

    def patience() -> bool:
        asked.append(1)
        return len(asked) < 20

    with pytest.raises(TimeUp):
        list(Rehearsal(stage(mines=200), patience=patience).slots())
    assert len(asked) == 20
    assert list(Rehearsal(stage(), patience=lambda: True).rows()) == played(stage())[1]


COLLECTING = """\
  overview:
    {title: 汇总月报, by: office, form: plan, on: {collected: [monthly, yields]}, due: event.due + days(5), clause: 一}
  yields: {title: 报产量, by: mine, to: office, form: plan, due: 2024-11-30, clause: 一}
  wishes: {title: 报意见, by: mine, to: office, form: plan, clause: 一}
  all_wishes: {title: 汇总意见, by: office, form: plan, on: {collected: wishes}, clause: 一}
ledgers:"""


def test_a_report_that_collects_others_opens_when_they_are_due_and_waits_for_those_without_a_date():
    made = stage({"ledgers:": COLLECTING})
    _rehearsal, rows = played(made)
    found = [row for row in rows if row["id"] == "overview"]
    assert [(row["unit"], row["opens"], row["due"], row["period"]) for row in found] == [
        ("监管股", "2024-11-30", "2024-12-05", "2024-11"),
        ("监管股", "2024-12-31", "2025-01-05", "2024-12"),
        ("监管股", "2025-01-31", "2025-02-05", "2025-01"),
    ]
    (waiting,) = [slot for slot in Rehearsal(made).slots() if slot.duty.id == "all_wishes"]
    assert waiting.awaits == "collected:wishes"
    assert str(waiting_words(made, waiting)) == "等待报齐：报意见"
    _, told = played(stage({"ledgers:": COLLECTING}, events={"all_wishes": (day("2024-12-20"),)}))
    assert [(row["unit"], row["opens"], row["due"]) for row in told if row["id"] == "all_wishes"] == [
        ("监管股", "2024-12-20", None)
    ]


def test_reports_that_nobody_owes_are_not_collected():
    _, rows = played(stage({"ledgers:": COLLECTING}, mines=0))
    assert not [row for row in rows if row["id"] == "overview" and not row["awaits"]]
