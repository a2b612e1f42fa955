"""One instance goes over by itself, before its campaign or after it, and back again until the next step."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine import amend, amend_one, indicators
from engine.amend_models import Amendment
from engine.models import Campaign, Instance, Task
from engine.running import running
from forms import drafts
from tenants.errors import Conflict, Forbidden, NotFound
from tenants.models import AuditEntry
from tests.engine.amending import LATER, NO_RULES, TEXT, amended, by_duty, carry_out, published
from tests.engine.package import PROCESSES, form, process, task
from tests.engine.story import ACCEPTED, MINOR, Story

PERSON = {"type": "string", "title": "负责人"}
# Another text, a field more, one less.
PLAN = form(["正文", "负责人"], 正文={**TEXT, "title": "方案正文"}, 负责人=PERSON)


def outlook(story: Story, instance: Instance, package: str) -> amend_one.Outlook:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        return amend_one.preview(work, instance.id, package)


def go(story: Story, instance: Instance, package: str, seal: str | None = None) -> amend_one.Outlook:
    seal = seal or outlook(story, instance, package).seal
    with story.open_work("yangcheng", "admin") as work:
        return amend_one.apply(work, instance.id, package, seal)


def go_back(story: Story, instance: Instance) -> None:
    with story.open_work("yangcheng", "admin") as work:
        amend_one.take_back(work, instance.id)


def why_not_back(story: Story, instance: Instance) -> str | None:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        found = amend_one.last(work, work.session.get_one(Instance, (work.tenant.id, instance.id)))
        return None if found is None else str(found.why_not or "")


def mine(story: Story, duty: str) -> Instance:
    (found,) = story.instances(duty, unit="pine")
    return found


def test_a_preview_says_what_the_one_who_holds_the_task_will_see(running_story):
    story = running_story
    one = mine(story, "open_ended")
    (held,) = story.rows(select(Task).where(Task.instance_id == one.id))
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, held.id, {"正文": "已写", "照片": "x"}, 0)
    found = outlook(story, one, published(story, amended(forms__plan=PLAN)))
    (seen,) = found.tasks
    assert seen.form.added == ("负责人",) and seen.form.removed == ("照片",)
    assert [(label, str(how)) for label, how in seen.form.changed] == [("正文", "改称“方案正文”")]
    assert (seen.kept, seen.lost, seen.drafts) == (("方案正文",), ("照片",), 1)
    assert found.verdict.what == "moves" and not found.nothing_changes


def test_a_preview_says_when_nothing_changes_and_why_it_cannot_be(running_story):
    story = running_story
    watch = PROCESSES["watch"].replace('id="fill"', 'id="write"').replace('"fill"', '"write"')
    package = published(story, amended(NO_RULES, processes__watch=watch))
    assert outlook(story, mine(story, "self_check"), package).nothing_changes
    blocked = outlook(story, mine(story, "watch"), package)
    assert blocked.verdict.what == "blocked" and not blocked.tasks
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict) as refused:
        amend_one.apply(work, blocked.instance.id, package, blocked.seal)
    assert "没有这一步" in str(refused.value.what)


def test_one_goes_over_as_a_trial_and_the_campaign_stays(running_story):
    story = running_story
    package = published(story, amended(LATER))
    one = mine(story, "self_check")
    assert outlook(story, one, package).verdict.due == date(2024, 12, 5)
    go(story, one, package)
    assert by_duty(story, package)["self_check"] == {True, False}
    assert mine(story, "self_check").due == date(2024, 12, 5)
    (campaign,) = story.rows(select(Campaign))
    assert campaign.package_hash == story.package
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert len(story.items()) == 1, "what is answered under a trial counts"
    with story.open_work("yangcheng", "admin", reads=True) as work:
        assert {one.indicator.id for one in indicators.readings(work, running(work, story.launched))}


def test_what_was_answered_before_a_trial_bears_after_it(running_story):
    story = running_story
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    go(story, mine(story, "self_check"), published(story, amended(LATER)))
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert len(story.items()) == 1


def test_a_trial_goes_back_and_is_as_it_was(running_story):
    story = running_story
    one = mine(story, "open_ended")
    (held,) = story.rows(select(Task).where(Task.instance_id == one.id))
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, held.id, {"正文": "已写", "照片": "x"}, 0)
    go(story, one, published(story, amended(forms__plan=PLAN)))
    with story.open_work(
        "yangcheng", "pine"
    ) as work:  # the page of the new form does not know the photograph
        drafts.save(work, held.id, {"正文": "改写", "负责人": "甲"}, 1)
    assert why_not_back(story, one) == ""
    go_back(story, one)
    after = mine(story, "open_ended")
    (task_,) = story.rows(select(Task).where(Task.id == held.id))
    assert (after.package_hash, after.due, after.state) == (one.package_hash, one.due, one.state)
    assert (task_.token, task_.form, task_.name, task_.due) == (held.token, held.form, held.name, held.due)
    with story.open_work("yangcheng", "pine") as work:
        kept = drafts.load(work, held.id)
        assert kept is not None and kept.answers == {"正文": "改写", "负责人": "甲", "照片": "x"}
    assert story.complete("pine", held.id, {"正文": "已写"}).done_at
    assert "instance.amend_back" in {entry.action for entry in story.rows(select(AuditEntry))}


def test_after_the_next_step_it_does_not_go_back_and_says_who_took_it(running_story):
    story = running_story
    one = mine(story, "self_check")
    go(story, one, published(story, amended(LATER)))
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    assert "办结“fill”" in str(why_not_back(story, one))
    with pytest.raises(Conflict):
        go_back(story, one)
    assert mine(story, "self_check").package_hash != one.package_hash


def test_two_versions_go_back_one_after_the_other(running_story):
    story = running_story
    one = mine(story, "self_check")
    second, third = published(story, amended(LATER)), published(story, amended(LATER, version="1.2.0"))
    go(story, one, second)
    go(story, one, third)
    go_back(story, one)
    assert mine(story, "self_check").package_hash == second
    go_back(story, one)
    after = mine(story, "self_check")
    assert (after.package_hash, after.due) == (story.package, one.due)
    with pytest.raises(Conflict):
        go_back(story, one)


def test_one_that_was_left_behind_catches_up_with_its_campaign(running_story):
    story = running_story
    longer = process(
        "self-check", '<bpmn:startEvent id="start"/>', task("fill", "by"), task("approve", "head", "verdict"),
        '<bpmn:exclusiveGateway id="choice"/>', '<bpmn:endEvent id="done"/>',
        flows="start -> fill\nfill -> approve\napprove -> choice\nchoice -> done if 结论 == '接收'\nchoice -> fill else",
    )  # fmt: skip
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    package = published(story, amended(LATER, processes__self_check=longer))
    carry_out(story, package)
    one = mine(story, "self_check")
    assert one.package_hash == story.package
    assert outlook(story, one, package).verdict.what == "blocked"
    story.do("pine", "self_check", "sign", {"结论": "退回", "理由": "再查"})
    found = outlook(story, one, package)
    assert found.verdict.what == "moves", "back at the first step it fits again"
    go(story, one, package)
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    assert story.find("pine", "self_check", "approve")


def test_one_that_was_left_gets_the_date_that_the_others_have(running_story):
    story = running_story
    package = published(story, amended(LATER))
    carry_out(story, package)
    one = mine(story, "self_check")
    go_back(story, one)
    assert mine(story, "self_check").due == date(2024, 11, 25)
    assert outlook(story, one, package).verdict.due == date(2024, 12, 5)
    go(story, one, package)
    assert mine(story, "self_check").due == date(2024, 12, 5)
    with story.open_work("yangcheng", "admin", reads=True) as work:
        assert amend.left_behind(work, work.session.scalars(select(Campaign)).one()) == 0


def test_one_that_went_over_by_itself_is_not_moved_again_with_its_campaign(running_story):
    story = running_story
    package = published(story, amended(LATER))
    one = mine(story, "self_check")
    go(story, one, package)
    stood = mine(story, "self_check").revision
    carry_out(story, package)
    assert mine(story, "self_check").revision == stood
    assert {each.due for each in story.instances("self_check")} == {date(2024, 12, 5)}


def test_what_somebody_did_between_preview_and_confirmation_is_not_run_over(running_story):
    story = running_story
    one = mine(story, "self_check")
    package = published(story, amended(LATER))
    seal = outlook(story, one, package).seal
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    with pytest.raises(Conflict):
        go(story, one, package, seal)


def test_only_who_steers_may_and_a_neighbouring_county_knows_nothing(running_story):
    story = running_story
    one = mine(story, "self_check")
    package = published(story, amended(LATER))
    with story.open_work("yangcheng", "pine") as work, pytest.raises(Forbidden):
        amend_one.preview(work, one.id, package)
    with story.open_work("qinshui", "qs-admin") as work, pytest.raises(NotFound):
        amend_one.apply(work, one.id, package, "x")
    with story.open_work("yangcheng", "pine") as work, pytest.raises(Forbidden):
        amend_one.take_back(work, one.id)


def test_a_step_that_another_authority_does_keeps_its_form_until_it_is_answered(running_story):
    story = running_story
    one = mine(story, "open_ended")
    with story.open_work("yangcheng") as work:
        row = work.session.scalars(select(Task).where(Task.instance_id == one.id)).one()
        row.away_id, row.desk_id = story.open_work.world.tenants["qinshui"], None
    found = outlook(story, one, published(story, amended(forms__plan=PLAN)))
    assert found.verdict.what == "blocked" and "送往别处" in str(found.verdict.why[0])
    assert outlook(story, one, published(story, amended(LATER, version="1.3.0"))).verdict.what == "moves"


def test_a_run_of_one_is_taken_back_at_the_instance(running_story):
    story = running_story
    go(story, mine(story, "self_check"), published(story, amended(LATER)))
    (run,) = story.rows(select(Amendment))
    assert (run.whole, run.state) == (False, "done")
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        amend.take_back(work, run.id)
