"""Tasks: what a member does at a desk, and what happens when two do it."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from engine import tasks
from engine.models import Instance, Task
from engine.tasks import TaskClosed, TaskTaken
from forms import drafts
from forms.models import Submission
from tenants import directory
from tenants.errors import Forbidden, Invalid, NotFound
from tests.effort import PATIENCE
from tests.engine.story import ACCEPTED, PLAN, statements


def test_a_report_is_filed_returned_with_a_reason_filed_again_and_accepted(running_story):
    story = running_story
    first = story.do("pine", "plan", "fill")
    (report,) = story.instances("plan", unit="pine")
    assert report.filed_at == story.clock.now()
    filed_at = report.filed_at
    story.clock.move(hours=2)
    story.do("clerk", "plan", "review", {"结论": "退回", "理由": "缺少责任人。"})
    story.clock.move(days=1)
    story.do("pine", "plan", "fill", {"正文": "责任人：矿长。"})
    story.do("clerk", "plan", "review", ACCEPTED)

    (report,) = story.instances("plan", unit="pine")
    assert (report.state, report.filed_at) == ("done", filed_at)
    told = [(one.task.name, dict(one.answers)) for one in story.rounds(first.instance_id)]
    assert told == [
        ("fill", {"正文": "已安排。"}),
        ("review", {"结论": "退回", "理由": "缺少责任人。"}),
        ("fill", {"正文": "责任人：矿长。"}),
        ("review", {"结论": "接收"}),
    ]


def test_a_task_lands_at_the_desk_of_the_one_who_owes_it_with_the_date_and_its_words(story):
    story.launch("2024-10-28")
    task = story.find("pine", "plan")
    assert (task.name, task.due, task.words) == ("fill", date(2024, 10, 31), "10月31日前")
    assert [one.duty for one in story.todo("clerk") if one.duty == "plan"] == []
    story.do("pine", "plan", "fill")
    review = story.find("clerk", "plan", "review")
    assert review.due is None, "whoever receives a report does not owe it"


def test_a_task_done_twice_is_told_who_did_it_and_when(running_story):
    task = running_story.do("pine", "plan", "fill")
    with pytest.raises(TaskClosed, match=r"松岭矿长.*2024-11-01 09:00"):
        running_story.complete("pine", task.id)
    assert running_story.count(Submission) == 1


def test_two_people_who_complete_one_task_at_once_have_one_effect_and_one_of_them_is_told(running_story, app):
    story = running_story
    task = story.find("clerk", "log")
    with story.open_work("yangcheng", "admin") as work:
        user = story.open_work.world.users["author"]
        assert user  # the second at the same desk
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def complete(login: str) -> None:
        with app.app_context():
            start.wait(PATIENCE)
            try:
                outcomes.append(story.complete(login, task.id).done_name)
            except TaskClosed as told:
                outcomes.append(told)

    with story.open_work("yangcheng", "admin") as work:
        directory.change_member(work, story.open_work.world.member("author"), posts=["leading_group"])
    people = [threading.Thread(target=complete, args=(login,)) for login in ("clerk", "author")]
    for one in people:
        one.start()
    for one in people:
        one.join(PATIENCE)
    (winner,) = [one for one in outcomes if isinstance(one, str)]
    (told,) = [one for one in outcomes if isinstance(one, TaskClosed)]
    assert winner in str(told.what) and "2024-11-01" in str(told.what)
    assert story.count(Submission) == 1
    (instance,) = story.rows(select(Instance).where(Instance.id == task.instance_id))
    assert (instance.state, instance.revision) == ("done", 2)


def test_a_task_claimed_by_another_is_theirs_until_they_give_it_back(running_story):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        directory.change_member(work, story.open_work.world.member("author"), posts=["leading_group"])
    task = story.find("clerk", "log")
    with story.open_work("yangcheng", "clerk") as work:
        tasks.claim(work, task.id)
    for attempt in (tasks.claim, lambda work, key: tasks.complete(work, key, PLAN)):
        with pytest.raises(TaskTaken, match="经办人丙"), story.open_work("yangcheng", "author") as work:
            attempt(work, task.id)
    assert task.id not in {one.id for one in story.todo("author")}
    with story.open_work("yangcheng", "clerk") as work:
        tasks.release(work, task.id)
    with story.open_work("yangcheng", "author") as work:
        tasks.claim(work, task.id)
        tasks.complete(work, task.id, PLAN)


def test_wrong_answers_record_nothing_and_name_every_field(running_story):
    story = running_story
    task = story.find("pine", "plan", "fill")
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, task.id, {"正文": "写了一半"}, 0)
    with pytest.raises(Invalid) as refused:
        story.complete("pine", task.id, {"照片": "nowhere"})
    assert {one.where for one in refused.value.problems} == {"/正文", "/照片"}
    assert story.count(Submission) == 0
    assert story.find("pine", "plan", "fill").state == "open"
    with story.open_work("yangcheng", "pine") as work:
        kept = drafts.load(work, task.id)
        assert kept is not None and kept.answers == {"正文": "写了一半"}


def test_an_answer_that_was_not_asked_is_not_taken_whatever_a_gateway_reads(running_story):
    story = running_story
    task = story.find("pine", "plan", "fill")
    story.complete("pine", task.id, {**PLAN, "结论": "接收", "approved": True})
    assert [dict(one.answers) for one in story.rounds(task.instance_id)] == [PLAN]
    story.do("clerk", "plan", "review", {"结论": "退回"})
    assert story.find("pine", "plan", "fill").state == "open"
    story.complete("pine", story.find("pine", "plan", "fill").id, {**PLAN, "结论": "接收"})
    assert story.find("clerk", "plan", "review").state == "open"


def test_a_draft_is_gone_once_its_task_is_done(running_story):
    story = running_story
    task = story.find("pine", "plan", "fill")
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, task.id, PLAN, 0)
    story.complete("pine", task.id)
    with story.open_work("yangcheng", "pine") as work:
        assert drafts.load(work, task.id) is None


def test_only_the_desk_it_is_addressed_to_works_a_task_off(running_story):
    story = running_story
    task = story.find("pine", "plan", "fill")
    for login in ("north", "clerk", "admin"):
        with pytest.raises((Forbidden, NotFound)):
            story.complete(login, task.id)
    for login in ("plain", "creek"):
        with pytest.raises(NotFound):
            story.complete(login, task.id)
    with pytest.raises(NotFound), story.open_work("qinshui", "qs-admin") as work:
        tasks.complete(work, task.id, PLAN)


def test_a_step_for_the_one_who_began_is_theirs_alone(running_story):
    story = running_story
    story.demand("pine", "choose")
    task = story.find("pine", "choose")
    assert (task.claimed_by, task.claimed_name) == (story.open_work.world.member("pine"), "松岭矿长")


def test_a_step_due_in_three_days_is_due_on_that_local_day(running_story):
    story = running_story
    story.clock.move(hours=14)  # late in the evening of the first, still the first in the county
    story.demand("pine", "answer")
    assert story.find("pine", "answer").due == date(2024, 11, 4)


def test_completing_a_task_costs_few_statements(running_story, capsys):
    story = running_story
    costs = {}
    for login, name, answers in (("pine", "fill", PLAN), ("clerk", "review", ACCEPTED)):
        task = story.find(login, "plan", name)
        with story.open_work("yangcheng", login) as work:
            with statements(work) as seen:
                tasks.complete(work, task.id, answers)
                work.session.flush()
            costs[name] = len(seen)
            print("\n".join(seen))
    with capsys.disabled():
        print(f"\n    statements for one completion ({work.session.get_bind().dialect.name}): {costs}")
    assert max(costs.values()) <= 14
    assert (
        story.rows(select(Task).where(Task.state == "open", Task.duty == "plan", Task.name == "review")) == []
    )
