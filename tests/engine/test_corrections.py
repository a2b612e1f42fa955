"""A report is corrected: it goes its way once more, supersedes what it was, and what was rolled up from it says that it is stale."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import corrections, history, jobs, releasing
from engine.models import Instance, LedgerItem, Task
from engine.rollup.models import Rollup
from engine.running import running_of
from forms.models import Submission
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tests.engine.rolled import hand_in
from tests.engine.story import ACCEPTED, MAJOR, MINOR, Story, self_check
from tests.engine.test_rollup import file, form_of, line, rolled_story, shown

__all__ = ["rolled_story"]


def again(story: Story, login: str, instance: Instance, reason: str = "数字填错") -> None:
    with story.open_work("yangcheng", login) as work:
        corrections.begin_again(work, instance.id, reason)
    story.ring()
    assert story.errors == []


def of(story: Story, duty: str, unit: str) -> Instance:
    (found,) = story.instances(duty, unit=unit)
    return found


def state(story: Story) -> Rollup:
    (found,) = story.rows(select(Rollup).where(Rollup.state != "superseded"))
    return found


def test_a_corrected_report_supersedes_what_it_was_and_keeps_it(rolled_story):
    story = rolled_story
    again(story, "pine", of(story, "figures", "pine"))
    assert of(story, "figures", "pine").state == "running"
    hand_in(story, "pine", 隐患数=20, 已整改=9)
    one = of(story, "figures", "pine")
    assert one.state == "done"
    made = story.rows(
        select(Submission)
        .where(Submission.subject_id == one.id, Submission.form == "figures")
        .order_by(Submission.version)
    )
    assert [(row.version, row.answers.get("隐患数")) for row in made] == [(1, 12), (2, 20)]
    assert made[1].supersedes_id == made[0].id
    with story.open_work("yangcheng", "pine", reads=True) as work:
        instance = history.instance(work, one.id)
        assert len(history.rounds(work, running_of(work, instance), instance)) == 4
        assert "instance.again" in [entry.action for entry in history.trail(work, instance)]


def test_a_late_report_makes_the_roll_up_stale_and_says_what_would_change(rolled_story):
    story = rolled_story
    file(story)
    hand_in(story, "north", accepted=False, 隐患数=5, 已整改=1)
    story.ring()
    kept = state(story)
    assert (kept.state, kept.why) == ("stale", [{"unit": "北山煤业公司", "what": "late"}])
    assert kept.would == {"缺报": [["北山煤业公司", "南坪煤业公司"], ["南坪煤业公司"]]}
    story.complete("clerk", story.find("clerk", "figures", "review", unit="north").id, ACCEPTED)
    story.ring()
    kept = state(story)
    assert kept.would["隐患数"] == [15, 20] and kept.would["整改率"] == [80, 65]
    found = shown(story)
    assert found.state == "stale" and line(found, "隐患数").now == 20 and line(found, "隐患数").computed == 15


def test_what_is_taken_back_or_corrected_makes_it_stale_and_what_comes_to_the_same_does_not(rolled_story):
    story = rolled_story
    file(story)
    again(story, "pine", of(story, "figures", "pine"))
    assert state(story).why == [{"unit": "松岭煤矿", "what": "returned"}]
    assert state(story).would["隐患数"] == [15, 3]
    said = {"隐患数": 12, "已整改": 9, "资金": 0.1, "说明": "松岭"}
    rows = [{"项目": "泵房", "资金": 10.5}, {"项目": "路", "资金": 2}]
    hand_in(story, "pine", **said, 清单=rows)
    story.ring()
    assert state(story).state == "stale" and set(state(story).would) == {"最新"}, "its text is the newest now"
    again(story, "plain", of(story, "figures", "plain"))
    hand_in(story, "plain", 隐患数=3, 已整改=3, 资金=0.2, 说明="南坪")
    story.ring()
    assert (state(story).state, state(story).why) == ("current", [])


def test_whoever_owes_nothing_any_more_is_told(rolled_story):
    story = rolled_story
    file(story)
    south = of(story, "figures", "south")
    with story.open_work("yangcheng", "admin") as work:
        releasing.release(work, [south], "免报")
    story.ring()
    assert state(story).why == [{"unit": "南坪煤业公司", "what": "released"}]
    assert state(story).would["应报"] == [4, 3]


def test_the_corrected_version_goes_up_the_same_way_and_supersedes_the_first(rolled_story):
    story = rolled_story
    file(story, 隐患数=16, 理由="电话核实")
    hand_in(story, "north", 隐患数=5, 已整改=1)
    story.ring()
    again(story, "clerk", of(story, "total", "safety"), "北山煤业公司补报")
    task = story.find("clerk", "total", "fill")
    found = form_of(story)
    assert "隐患数" not in found, "what was changed by hand stays as it was"
    assert (found["已整改"], found["缺报"]) == (13, ["南坪煤业公司"])
    story.complete("clerk", task.id, {**found, "隐患数": 20})
    story.ring()
    states = [one.state for one in story.rows(select(Rollup).order_by(Rollup.id))]
    assert states == ["superseded", "current"]
    assert not line(shown(story), "隐患数").changed


def test_a_corrected_report_bears_only_the_rows_that_are_new(running_story):
    story = running_story
    key = self_check(story, MINOR)
    assert [item.title for item in story.items()] == ["巷道积水"]
    with story.open_work("yangcheng", "pine") as work:
        corrections.begin_again(work, key, "漏报一条")
    self_check(story, MINOR, MAJOR)
    assert [item.title for item in story.items()] == ["巷道积水", "瓦斯超限"]
    assert story.count(LedgerItem, LedgerItem.source_id == key, LedgerItem.ledger == "supervised") == 1


def test_only_who_owes_or_receives_it_may_begin_with_a_reason_and_once(rolled_story):
    story = rolled_story
    one = of(story, "figures", "pine")
    for login, refused in (("plain", NotFound), ("auditor", Forbidden), ("reader", Forbidden)):
        with pytest.raises(refused):
            again(story, login, one)
    with pytest.raises(Invalid):
        again(story, "pine", one, "  ")
    again(story, "pine", one)
    with pytest.raises(Forbidden):
        again(story, "pine", one)  # it lies on the desk anyhow
    with pytest.raises(Forbidden):
        again(story, "pine", of(story, "self_check", "pine"))  # nothing was handed in yet


def test_of_two_who_begin_at_once_one_is_told(rolled_story, app):
    story = rolled_story
    one = of(story, "figures", "pine")
    start = threading.Barrier(2)

    def begin(login: str) -> str:
        with app.app_context():
            start.wait(10)
            try:
                with story.open_work("yangcheng", login) as work:
                    corrections.begin_again(work, one.id, "更正")
                return "done"
            except (Conflict, Forbidden):
                return "told"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(begin, ("pine", "pine"))) == ["done", "told"]
    assert story.count(Task, Task.instance_id == one.id, Task.state == "open") == 1


def test_looking_twice_or_after_a_death_changes_nothing_more(rolled_story, monkeypatch):
    story = rolled_story
    file(story)
    hand_in(story, "north", 隐患数=5, 已整改=1)
    fell: list[UUID] = []

    def fall(work: object, job: object, real=jobs.HANDLERS["collect"]) -> None:
        real(work, job)
        if not fell:
            fell.append(job.id)
            raise ConnectionError("gone")

    monkeypatch.setitem(jobs.HANDLERS, "collect", fall)
    story.ring()
    story.clock.move(minutes=1)
    story.ring()
    assert fell and state(story).would["隐患数"] == [15, 20]
    trail = [entry for entry in entries(story) if entry.action == "rollup.stale"]
    story.ring()
    assert len([entry for entry in entries(story) if entry.action == "rollup.stale"]) == len(trail)


def entries(story: Story) -> list[object]:
    with story.open_work("yangcheng", "clerk", reads=True) as work:
        return history.trail(work, history.instance(work, of(story, "total", "safety").id))
