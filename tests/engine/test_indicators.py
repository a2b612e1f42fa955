"""Indicators: numbers from ledgers and accepted answers, over what the reader may see."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import indicators, measures, rosters
from engine.models import Instance, LedgerItem
from engine.running import running
from forms.expression import compile_expression
from forms.models import Submission
from tenants.base import new_id
from tenants.models import Unit
from tenants.roster import units
from tests.effort import counted
from tests.engine.package import CAMPAIGN, files, form
from tests.engine.story import ACCEPTED, MAJOR, MINOR, PLAN, begun, self_check, statements
from workflows.parts import Target


def readings(story, login="admin"):
    with story.open_work("yangcheng", login, reads=True) as work:
        found = indicators.readings(work, running(work, story.launched))
        return {one.indicator.id: (one.value, one.met) for one in found}


def test_a_number_follows_its_ledger_and_is_held_against_its_target(running_story):
    story = running_story
    assert readings(story)["open_majors"] == (0, True)
    self_check(story, MINOR, MAJOR)
    assert readings(story)["open_majors"] == (1, False)
    majors = [one for one in story.todo("pine") if one.ledger == "hazards" and one.title == "瓦斯超限"]
    story.complete("pine", majors[0].id, {"整改期限": "2024-11-20"})
    story.do("pine", ledger="hazards", name="rectify", answers={"结果": "已处理"})
    story.do("clerk", ledger="hazards", name="verify_county", answers=ACCEPTED)
    assert readings(story)["open_majors"] == (0, True)


def test_only_what_was_accepted_counts_and_a_corrected_report_counts_once(running_story):
    story = running_story
    story.do("pine", "plan", "fill")
    assert readings(story)["plans"] == (0, False)
    story.do("clerk", "plan", "review", {"结论": "退回"})
    story.do("pine", "plan", "fill", {"正文": "改过了"})
    story.do("clerk", "plan", "review", ACCEPTED)
    assert readings(story)["plans"] == (1, True)


def test_a_mine_reads_its_own_numbers_and_nothing_of_its_neighbours(running_story):
    story = running_story
    self_check(story, MAJOR)
    assert readings(story, "pine")["open_majors"] == (1, False)
    assert readings(story, "north")["open_majors"] == (1, False)
    assert readings(story, "plain")["open_majors"] == (0, True)


MONTHLY = """\
  majors: {title: 每月重大隐患, value: "count(hazards, 级别 == '重大')", target: "== 0", per: month, clause: 一}
  least: {title: 每月产量, value: "sum(output, 数量)", target: ">= 10", per: month, clause: 一}
  newest: {title: 本月产量, value: "sum(output, 数量)", per: month, clause: 一}
locks:"""
OUTPUT = (
    "  output: {title: 产量, by: mine, process: duty, form: output, on: {demand: mine}, clause: 一}\nledgers:"
)


@pytest.fixture
def monthly(open_work, clock):
    """A campaign with numbers for each month."""
    changed = {
        **files(),
        "campaign.yaml": CAMPAIGN.replace("locks:", MONTHLY, 1).replace("ledgers:", OUTPUT, 1).encode(),
        "forms/output/schema.json": form(
            ["数量"],
            月份={"type": "string", "format": "month", "title": "月份"},
            数量={"type": "number", "title": "数量"},
        ).encode(),
    }
    story = begun(open_work, clock, changed)
    story.launch()
    return story


def put_in(story, login, amount, month=None):
    story.demand(login, "output")
    story.do(login, "output", answers={"数量": amount} | ({"月份": month} if month else {}))


def worst(story, login="admin"):
    with story.open_work("yangcheng", login, reads=True) as work:
        found = indicators.readings(work, running(work, story.launched))
        return {one.indicator.id: (one.month, one.value, one.met) for one in found if one.indicator.per}


def test_a_number_for_each_month_shows_its_worst_month(monthly):
    assert worst(monthly)["majors"] == worst(monthly)["least"] == ("", None, None)
    self_check(monthly, MAJOR, MAJOR, MINOR)
    monthly.day("2024-11-30", hour=23)
    monthly.clock.move(hours=2)  # December in the county, November still in Greenwich
    self_check(monthly, MAJOR, login="plain")
    assert worst(monthly)["majors"] == ("2024-11", 2, False)
    assert worst(monthly, "plain")["majors"] == ("2024-12", 1, False)


def test_answers_that_say_their_month_count_there_whenever_they_are_filed(monthly):
    put_in(monthly, "pine", 6, "2024-10")
    put_in(monthly, "plain", 8, "2024-10")
    put_in(monthly, "pine", 12)
    assert worst(monthly)["least"] == ("2024-11", 12, True)
    assert worst(monthly)["newest"] == ("2024-11", 12, None)
    put_in(monthly, "plain", 3, "2024-09")
    assert worst(monthly)["least"] == ("2024-09", 3, False)
    assert worst(monthly, "pine")["least"] == ("2024-10", 6, False)


@pytest.mark.parametrize(
    ("target", "values", "bad"),
    [
        (Target("<= 5", "<=", Decimal(5)), (1, 9, 4), 9),
        (Target("> 5", ">", Decimal(5)), (7, 2, 9), 2),
        (Target("== 3", "==", Decimal(3)), (3, 1, 4), 1),
        (Target("!= 3", "!=", Decimal(3)), (1, 3, 9), 3),
        (Target("4..6", "..", Decimal(4), Decimal(6)), (5, 9, 2), 9),
    ],
)
def test_the_worst_is_what_is_furthest_from_the_target(monthly, target, values, bad):
    with monthly.open_work("yangcheng") as work:
        package = running(work, monthly.launched).package
    least = replace(package.indicators["least"], target=target)
    facts = {"output": [measures.Fact(f"2024-1{n}", {"数量": value}) for n, value in enumerate(values)]}
    assert measures.of_worst_period(least, facts).value == bad


ROWS = ",".join("1" * 100)
HEAVY = f"sum([{ROWS}], sum([{ROWS}], sum([{ROWS}], 1)))"


def test_indicators_that_take_too_long_together_say_so_and_the_page_comes(open_work, clock):
    """Each of them may take as long as one expression may; thirty of them would take a minute."""
    one = compile_expression(HEAVY.replace(f"sum([{ROWS}], 1)", "1"))
    assert one.evaluate({}) == 10_000
    many = "".join(f'  n{n}: {{title: 第{n}个, value: "{one.source}", clause: 一}}\n' for n in range(200))
    campaign = CAMPAIGN.replace("\nlocks:", f"\n{many}locks:", 1)
    story = begun(open_work, clock, {**files(), "campaign.yaml": campaign.encode()})
    story.launch()
    with story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, story.launched)
        with counted(at_most=20 * indicators.STEPS):
            found = indicators.readings(work, live)
    heavy = [one for one in found if one.indicator.id.startswith("n")]
    assert heavy[0].value == 10_000 and heavy[0].trouble is None
    assert "太多" in str(heavy[-1].trouble) and heavy[-1].value is None


EACH = """\
  each_plan: {title: 各矿方案, value: count(plan), target: ">= 1", each: mine, clause: 一}
  each_month: {title: 各矿每月方案, value: count(plan), target: ">= 2", each: mine, per: month, clause: 一}
  each_major: {title: 各矿重大隐患, value: "count(hazards, 级别 == '重大')", target: "== 0", each: mine, clause: 一}
  each_owed: {title: 各公司应报, value: duties.plan.owed, each: company, clause: 一}
locks:"""


def bring(work, live, mines):
    """Let each of these mines have handed in a plan, which was accepted, and have a major hazard."""
    package, now = live.package.hash, work.now
    instances = [
        Instance(
            id=new_id(), campaign_id=live.campaign.id, package_hash=package, process="report", duty="plan", title="报送方案",
            unit_id=unit.id, state="done", opened_at=now, ended_at=now, compact=b"",
        )
        for unit in mines
    ]  # fmt: skip
    work.session.add_all(instances)
    work.session.flush()
    work.session.add_all(
        Submission(
            form="plan", package_hash=package, subject_kind="instance", subject_id=one.id, unit_id=one.unit_id, version=1,
            answers=PLAN, answers_hash="", made_at=now, made_name="某人",
        )
        for one in instances
    )  # fmt: skip
    work.session.add_all(
        LedgerItem(
            campaign_id=live.campaign.id, ledger="hazards", number=1000 * len(mines) + place, title="瓦斯超限", instance_id=one.id,
            row=0, unit_id=one.unit_id, data=MAJOR, born_at=now, changed_at=now,
        )
        for place, one in enumerate(instances)
    )  # fmt: skip


def test_statements_do_not_grow_with_the_units_that_each_have_to_meet_an_indicator(open_work, clock):
    story = begun(
        open_work, clock, {**files(), "campaign.yaml": CAMPAIGN.replace("locks:", EACH, 1).encode()}
    )
    story.launch()
    counts = {}
    for mines in (40, 400):
        with open_work("yangcheng", "admin") as work:
            lines = "".join(f"m{mines}-{n},{mines}的第{n}矿,煤矿,生产\n" for n in range(mines))
            rosters.import_units(work, units.read(f"代码,名称,类别,状态\n{lines}".encode(), "表.csv"))
            new = work.session.scalars(select(Unit).where(Unit.code.startswith(f"m{mines}-"))).all()
            bring(work, running(work, story.launched), new)
        with open_work("yangcheng", "admin", reads=True) as work:
            live = running(work, story.launched)
            with statements(work) as seen:
                found = {one.indicator.id: one for one in indicators.readings(work, live)}
        counts[mines] = len(seen)
    assert counts[40] == counts[400] <= 6
    assert (found["each_plan"].value, len(found["each_plan"].units)) == (440, 442)
    assert found["each_month"].value == 0 and found["each_major"].value == 2
    assert {name: one.value for name, one in found["each_owed"].units} == {
        "北山煤业公司": 2,
        "南坪煤业公司": 2,
    }
