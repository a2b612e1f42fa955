"""Who sees what of an instance: strangers see nothing, and the inspected only what concerns them."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from engine import history, inbox, progress, tasks
from engine.models import Instance
from engine.running import running
from forms import attachments
from tenants.errors import NotFound
from tests.engine.story import ACCEPTED, MAJOR, PLAN
from tests.forms.files import png


def sees(story, login, instance, tenant="yangcheng"):
    """Return everything that somebody finds of an instance, on every way there is."""
    found = []
    with story.open_work(tenant, login, reads=True) as work:
        seen = history.seen(work, instance)
        found += ["instance"] if seen else []
        with pytest.raises(NotFound) if seen is None else open_door():
            history.instance(work, instance)
        found += ["children"] if history.children(work, Instance(id=instance)) else []
        open_ones = story.rows(select(tasks.Task).where(tasks.Task.instance_id == instance))
        for task in open_ones:
            try:
                tasks.gather(work, task.id)
                found.append("task")
            except NotFound:
                pass
        for tab in inbox.TABS:
            rows = inbox.page(work, inbox.Filters(tab=tab)).rows
            found += ["inbox"] if any(row.task.instance_id == instance for row in rows) else []
        if tenant == "yangcheng":
            live = running(work, story.launched)
            cells = [
                cell
                for columns in progress.columns(work, live).values()
                for column in columns
                for cell in column.cells
            ]
            loose = [cell for duty in live.duties for cell in progress.loose(work, live, duty)]
            found += ["progress"] if any(cell.instance_id == instance for cell in (*cells, *loose)) else []
    return sorted(set(found))


class open_door:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def test_a_neighbouring_mine_and_a_stranger_county_see_nothing_of_a_report(running_story):
    story = running_story
    instance = story.do("pine", "plan", "fill").instance_id
    for login in ("plain", "creek", "pine-dig"):
        assert sees(story, login, instance) == []
    for login in ("qs-admin", "willow"):
        assert sees(story, login, instance, "qinshui") == []
    assert sees(story, "pine", instance) == ["inbox", "instance", "progress", "task"]
    assert sees(story, "north", instance) == ["instance", "progress", "task"]
    assert "instance" in sees(story, "admin", instance)


def test_a_company_sees_its_own_mines_and_no_other_companys(running_story):
    story = running_story
    for unit, expected in (("pine", ["instance", "progress", "task"]), ("plain", [])):
        (instance,) = story.instances("plan", unit=unit)
        assert sees(story, "north", instance.id) == expected


def test_a_neighbours_file_is_not_to_be_had_by_its_id(running_story):
    story = running_story
    task = story.find("pine", "plan", "fill")
    with story.open_work("yangcheng", "pine") as work:
        photo = attachments.store(
            work, io.BytesIO(png()), "现场.png", unit_id=work.actor.unit_id, task_id=task.id
        )
        tasks.complete(work, task.id, {**PLAN, "照片": str(photo.id)})

    def read(login, tenant="yangcheng"):
        with story.open_work(tenant, login, reads=True) as work:
            return attachments.open(
                work, photo.id, seen=lambda kind, key: history.seen(work, key) is not None
            ).name

    assert read("pine") == read("admin") == read("north") == "现场.png"
    for login, tenant in (("plain", "yangcheng"), ("creek", "yangcheng"), ("qs-admin", "qinshui")):
        with pytest.raises(NotFound):
            read(login, tenant)
    # Nor may it be named in somebody else's answers.
    with pytest.raises(Exception, match="1 处"):
        story.do("plain", "plan", "fill", {**PLAN, "照片": str(photo.id)})


def test_an_unannounced_inspection_does_not_exist_for_the_inspected_until_its_hazards_are_born(running_story):
    story = running_story
    instance = story.demand("clerk", "inspection", "pine")
    strangers = ("pine", "pine-dig", "north", "plain", "creek")
    for login in strangers:
        assert sees(story, login, instance) == []
    story.do("clerk", "inspection", "arrange", ACCEPTED)
    task = story.find("clerk", "inspection", "inspect")
    for login in strangers:
        assert sees(story, login, instance) == []
    story.complete("clerk", task.id, {"hazards": [MAJOR]})

    (hazard,) = story.instances(ledger="hazards")
    assert hazard.unit_id == story.open_work.world.unit("pine")
    for login in strangers:
        assert sees(story, login, instance) in ([], ["children"])
    assert sees(story, "pine", hazard.id) == ["inbox", "instance", "task"]
    for login in ("plain", "creek"):
        assert sees(story, login, instance) == sees(story, login, hazard.id) == []
    with story.open_work("yangcheng", "pine", reads=True) as work:
        seen = history.instance(work, hazard.id)
        told = " ".join(f"{entry.action} {entry.facts}" for entry in history.trail(work, seen))
        assert "执法检查" not in told and str(instance) not in told


def test_the_inspected_cannot_tell_from_the_calendar_when_an_inspection_takes_place(running_story):
    story = running_story
    story.day("2024-11-27")
    for login, knows in (
        ("pine", False),
        ("north", False),
        ("plain", False),
        ("admin", True),
        ("clerk", True),
    ):
        with story.open_work("yangcheng", login, reads=True) as work:
            live = running(work, story.launched)
            assert ("deep" in progress.columns(work, live)) is knows, login
            assert ("deep" in progress.totals(work, live)) is knows, login
            if not knows:
                assert "deep" not in progress.coming(work, live)


def test_a_bulletin_is_everybodys_to_read_once_it_is_out_and_not_before(running_story):
    story = running_story
    instance = story.demand("clerk", "bulletin")
    for login in ("pine", "plain", "north", "creek"):
        assert sees(story, login, instance) == []
    story.do("clerk", "bulletin")
    for login in ("pine", "plain", "north", "creek"):
        assert "instance" in sees(story, login, instance)
    assert sees(story, "willow", instance, "qinshui") == []


def test_a_report_to_ones_own_enterprise_is_not_everybodys(running_story):
    story = running_story
    instance = story.demand("pine-dig", "tip")
    story.do("pine-dig", "tip", "fill", {"hazards": []})
    story.do("pine", "tip", "review", ACCEPTED)
    assert "instance" in sees(story, "pine", instance)
    for login in ("plain", "creek"):
        assert sees(story, login, instance) == []


def test_each_step_is_recorded_with_who_and_when_and_never_with_the_answers(running_story):
    story = running_story
    instance = story.do("pine", "plan", "fill", {"正文": "机密的正文"}).instance_id
    with story.open_work("yangcheng", "admin", reads=True) as work:
        trail = history.trail(work, history.instance(work, instance))
    assert [one.action for one in trail] == ["instance.open", "submission.make", "task.complete"]
    assert [one.actor for one in trail] == ["系统", "松岭矿长", "松岭矿长"]
    assert not any("机密" in str(one.facts) for one in trail)
