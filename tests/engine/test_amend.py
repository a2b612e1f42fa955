"""An amended notice replaces a running plan: what moves, stays or is blocked is said first, then done, and nothing is lost."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from engine import amend, indicators
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.running import running
from forms import drafts
from forms.models import Submission
from tests.engine.amending import (
    LATER,
    NO_RULES,
    amended,
    by_duty,
    carry_out,
    fates,
    preview,
    published,
)
from tests.engine.package import PROCESSES, process, task
from tests.engine.story import ACCEPTED, MAJOR, MINOR, self_check


def test_a_preview_names_what_moves_stays_and_is_blocked_and_why(running_story):
    story = running_story
    watch = PROCESSES["watch"].replace('id="fill"', 'id="write"').replace('"fill"', '"write"')
    package = published(story, amended(LATER, NO_RULES, processes__watch=watch))
    effects = preview(story, package)
    found = fates(effects)
    assert found["自查自改"] == ("moves", "截止日由2024-11-25改为2024-12-05")
    assert found["完善制度"] == ("stays", "新方案没有任务“完善制度”，按原方案办完")
    assert found["值守"][0] == "blocked" and "新方案的流程里没有这一步" in found["值守"][1]
    assert all(one.units for one in effects.groups) and "完善制度" in effects.dropped
    assert story.count(Instance, Instance.package_hash == package) == 0, "a preview changes nothing"


def test_what_is_shown_is_what_is_done(running_story):
    story = running_story
    watch = PROCESSES["watch"].replace('id="fill"', 'id="write"').replace('"fill"', '"write"')
    package = published(story, amended(LATER, NO_RULES, processes__watch=watch))
    effects = carry_out(story, package)
    went = by_duty(story, package)
    for group in effects.groups:
        key = next(
            one.id
            for one in (*effects.package.duties.values(), *effects.former.duties.values())
            if one.title == group.title
        )
        assert went[key] == {group.what == "moves"}, group
    (campaign,) = story.rows(select(Campaign))
    assert (campaign.package_hash, campaign.version, len(campaign.former)) == (package, "1.1.0", 1)


def test_an_open_task_keeps_its_token_its_draft_and_gets_the_new_date(running_story):
    story = running_story
    found = story.find("pine", "self_check", "fill")
    (task_,) = story.rows(select(Task).where(Task.id == found.id))
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, task_.id, {"hazards": [MINOR]}, 0)
    carry_out(story, published(story, amended(LATER)))
    (after,) = story.rows(select(Task).where(Task.id == found.id))
    assert (after.id, after.token, after.due) == (task_.id, task_.token, date(2024, 12, 5))
    with story.open_work("yangcheng", "pine") as work:
        kept = drafts.load(work, task_.id)
    assert kept is not None and kept.answers == {"hazards": [MINOR]}
    done = story.complete("pine", after.id, {"hazards": [MINOR]})
    assert done.done_at is not None


def test_a_step_that_is_new_comes_after_the_open_one(running_story):
    story = running_story
    longer = process(
        "self-check", '<bpmn:startEvent id="start"/>', task("fill", "by"), task("sign", "head", "verdict"), task("read", "office", "verdict"),
        '<bpmn:exclusiveGateway id="choice"/>', '<bpmn:endEvent id="done"/>',
        flows="start -> fill\nfill -> sign\nsign -> choice\nchoice -> read if 结论 == '接收'\nchoice -> fill else\nread -> done",
    )  # fmt: skip
    carry_out(story, published(story, amended(processes__self_check=longer)))
    filled = self_check(story, MINOR)
    (one,) = [one for one in story.instances("self_check") if one.id == filled]
    assert one.state == "running"
    (open_one,) = story.rows(select(Task).where(Task.instance_id == filled, Task.state == "open"))
    assert open_one.node == "read"


def test_answers_given_under_the_old_plan_bear_under_the_new_one(running_story):
    story = running_story
    story.do("pine", "self_check", "fill", {"hazards": [MINOR, MAJOR]})
    before = story.count(Submission)
    package = published(story, amended(LATER))
    carry_out(story, package)
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert [item.title for item in story.items()] == ["巷道积水", "瓦斯超限"]
    assert story.count(Submission) == before + 1
    with story.open_work("yangcheng", "admin", reads=True) as work:
        assert {one.indicator.id for one in indicators.readings(work, running(work, story.launched))}


def test_a_blocked_instance_goes_on_under_its_own_plan_to_its_end(running_story):
    story = running_story
    renamed = PROCESSES["self-check"].replace('id="sign"', 'id="approve"').replace('"sign"', '"approve"')
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    package = published(story, amended(processes__self_check=renamed))
    effects = carry_out(story, package)
    assert {one.what for one in effects.groups if one.title == "自查自改"} == {"blocked", "moves"}
    story.do("pine", "self_check", "sign", ACCEPTED)
    done = [one for one in story.instances("self_check") if one.state == "done"]
    assert len(done) == 1 and done[0].package_hash != package
    assert len(story.items()) == 1
    with story.open_work("yangcheng", "admin", reads=True) as work:
        assert amend.left_behind(work, work.session.scalars(select(Campaign)).one()) == 0


def test_a_duty_that_is_no_more_can_still_be_done(running_story):
    story = running_story
    package = published(story, amended(NO_RULES))
    carry_out(story, package)
    open_one = story.find("pine", "open_ended")
    assert story.complete("pine", open_one.id).done_at is not None
    with story.open_work("yangcheng", "admin", reads=True) as work:
        left = amend.left_behind(work, work.session.scalars(select(Campaign)).one())
    assert left == len([one for one in story.instances("open_ended") if one.state == "running"]) > 0


def test_what_is_still_to_come_follows_the_new_plan(running_story):
    story = running_story
    package = published(story, amended(('every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: 2025-01-31, opens: month_start(due)}', 'every: {rule: "FREQ=MONTHLY;BYMONTHDAY=25", start: 2024-11-01, end: 2025-01-31, opens: month_start(due)}')))  # fmt: skip
    effects = preview(story, package)
    moved = {(line.what, line.old, line.new) for line in effects.lines if line.duty == "monthly"}
    assert ("open", date(2024, 11, 30), date(2024, 11, 25)) in moved
    assert ("planned", date(2024, 12, 31), date(2024, 12, 25)) in moved
    carry_out(story, package)
    rows = story.rows(
        select(DutyOccurrence).where(DutyOccurrence.duty == "monthly").order_by(DutyOccurrence.due)
    )
    assert [one.due.isoformat() for one in rows] == ["2024-11-25", "2024-12-25", "2025-01-25"]
    assert {one.due for one in story.instances("monthly")} == {date(2024, 11, 25)}


def test_a_new_duty_opens_and_one_that_falls_is_opened_no_more(running_story):
    story = running_story
    new = "  extra: {title: 新增任务, by: mine, form: plan, due: 2024-11-20, clause: 一}\nledgers:\n"
    deep = "  deep:\n    title: 精查\n    by: office\n    about: mine\n    process: duty\n    form: self-check\n    start: 2024-11-26\n    due: 2025-01-20\n    hidden: about\n    clause: 一\n"
    effects = carry_out(story, published(story, amended(("ledgers:\n", new), (deep, ""))))
    assert "新增任务" in effects.added and "精查" in effects.dropped
    assert story.instances("extra") and story.find("pine", "extra").due == date(2024, 11, 20)
    story.day("2024-11-28")
    assert not story.instances("deep")


def test_what_is_dated_back_makes_nobody_late(running_story):
    story = running_story
    story.day("2024-11-12")
    late_before = {
        one.id for one in story.rows(select(Task).where(Task.state == "open", Task.due < date(2024, 11, 12)))
    }
    back = (
        "self_check: {title: 自查, start: 2024-11-01, end: 2024-11-25",
        "self_check: {title: 自查, start: 2024-10-29, end: 2024-11-05",
    )
    extra = (
        "ledgers:\n",
        "  extra: {title: 补办, by: mine, form: plan, due: 2024-11-08, clause: 一}\nledgers:\n",
    )
    effects = carry_out(story, published(story, amended(back, extra)))
    late = {
        one.id for one in story.rows(select(Task).where(Task.state == "open", Task.due < date(2024, 11, 12)))
    }
    assert late == late_before
    assert {one.due for one in story.instances("self_check")} == {date(2024, 11, 25)} and not story.instances(
        "extra"
    )
    assert not [line for line in effects.lines if line.becomes(date(2024, 11, 12)) == "late"]


def test_a_wider_actor_gets_what_is_open(running_story):
    story = running_story
    wider = ("""unit: "kind == 'mine' and status in ['生产', '建设']"}""", """unit: "kind == 'mine'"}""")
    before = len(story.instances("self_check"))
    effects = preview(story, package := published(story, amended(wider)))
    more = dict(effects.wider).get("自查自改", 0)
    carry_out(story, package)
    assert more > 0 and len(story.instances("self_check")) == before + more


def test_a_narrower_actor_lets_those_it_means_no_more_finish_what_they_have(running_story):
    story = running_story
    narrower = (
        """unit: "kind == 'mine' and status in ['生产', '建设']"}""",
        """unit: "kind == 'mine' and status == '建设'"}""",
    )
    effects = preview(story, published(story, amended(narrower)))
    stays = [one for one in effects.groups if one.title == "自查自改" and one.what == "stays"]
    assert stays and "新方案不再要求这个单位" in str(stays[0].why[0])
