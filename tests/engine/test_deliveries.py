"""A step that another authority does: its sealed copy travels there, and what is answered travels back."""

from __future__ import annotations

import io
import json
from functools import partial
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from engine import campaigns, history, inbox, jobs, tasks
from engine.carriers import NotForUs
from engine.deliveries import portable
from engine.deliveries.models import Delivery
from engine.deliveries.receiving import receive
from engine.deliveries.sealing import digest, packed, seal
from engine.models import Task
from engine.running import running_of
from forms import attachments
from tenants import accounts, directory, outbox
from tenants.db import system_work
from tenants.errors import Refusal
from tenants.models import ReportingLine
from tests.engine.package import files
from tests.engine.story import ACCEPTED, begun
from tests.forms.files import png
from tests.world import PASSWORD
from workflows import publish

ACTOR = "  superior: {title: 市局, line: parent}\n"
DUTY = "  upward: {title: 向市局报告, by: office, to: superior, form: plan, on: {demand: office}, words: 随时, clause: 一}\n"
TENANTS = ("yangcheng", "jincheng")


def upward() -> dict[str, bytes]:
    found = files()
    text = found["campaign.yaml"].decode()
    text = text.replace("phases:\n", f"{ACTOR}phases:\n", 1).replace("ledgers:\n", f"{DUTY}ledgers:\n", 1)
    return {**found, "campaign.yaml": text.encode()}


@pytest.fixture
def city(open_work, world):
    """The city has a bureau and somebody who sits there."""
    with system_work() as session:
        user = accounts.add_user(session, "city", "市局丁", PASSWORD, must_change=False).id
    with open_work("jincheng") as work:
        bureau = directory.add_unit(
            work, "bureau", "晋城市应急管理局", "bureau", attributes={"mandate": "all"}
        )
        member = directory.add_member(work, user, bureau.id, "市局丁", roles=("staff", "tenant_admin"))
    world.members["city"] = ("jincheng", member.id)
    return world


@pytest.fixture
def report(open_work, clock, city):
    """The county has reported to the city; nothing has been carried yet."""
    story = begun(open_work, clock, upward())
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill", {"正文": "雨季三防已落实。"})
    return story


def carry(story, open_work, *, falls: int = 0) -> list[str]:
    """Run what is due in both authorities until nothing is; return what went wrong.

    falls: before which transaction of the first thing that is carried the worker falls over: 3 = taking it in there, 4 = noting it.
    """
    slugs = {key: slug for slug, key in open_work.world.tenants.items()}
    errors, at = [], [falls]
    for _ in range(6):
        with system_work(reads=True) as session:
            due = outbox.due(session, story.clock.now(), 1_000)
        for owner, job in due:
            opened = count(1)

            def door(tenant, opened=opened):
                if next(opened) == at[0]:
                    at[0] = 0
                    raise ConnectionError("gone")
                return open_work(slugs[tenant])

            try:
                jobs.run(partial(door, owner), job, door)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
        story.clock.move(minutes=10)
    return errors


def open_at(open_work, tenant, login) -> list[Task]:
    with open_work(tenant, login, reads=True) as work:
        return [row.task for row in inbox.page(work, inbox.Filters()).rows]


def test_a_report_is_worked_off_by_the_superior_and_its_answer_ends_it_here(report, open_work):
    assert open_at(open_work, "jincheng", "city") == []
    assert carry(report, open_work) == []
    (task,) = open_at(open_work, "jincheng", "city")
    assert task.name == "review" and "阳城县" in task.title and "向市局报告" in task.title
    with open_work("jincheng", "city") as work:
        desk = tasks.gather(work, task.id)
        (paper,) = history.rounds(work, running_of(work, desk.instance), desk.instance)
        assert paper.answers == {"正文": "雨季三防已落实。"} and paper.task.done_name == "阳城县 经办人丙"
        tasks.complete(work, task.id, {"结论": "接收"})
    assert carry(report, open_work) == []
    (instance,) = report.instances("upward")
    assert instance.state == "done"
    with open_work("yangcheng", "clerk", reads=True) as work:
        last = history.rounds(work, running_of(work, instance), instance)[-1]
        assert last.answers == {"结论": "接收"} and last.task.done_name == "晋城市 市局丁"


def test_files_travel_with_the_paper(report, open_work):
    report.demand("clerk", "upward")
    task = report.find("clerk", "upward", "fill")
    with open_work("yangcheng", "clerk") as work:
        picture = attachments.store(
            work, io.BytesIO(png()), "水泵房.png", unit_id=work.actor.unit_id, task_id=task.id
        )
        tasks.complete(work, task.id, {"正文": "见照片。", "照片": str(picture.id)})
    assert carry(report, open_work) == []
    with open_work("jincheng", "city") as work:
        (paper,) = [
            one
            for task in open_at(open_work, "jincheng", "city")
            for desk in [tasks.gather(work, task.id)]
            for one in history.rounds(work, running_of(work, desk.instance), desk.instance)
            if "照片" in one.answers
        ]
        assert paper.answers["照片"] != str(picture.id)
        found = attachments.open(work, UUID(paper.answers["照片"]))
        assert found.name == "水泵房.png" and found.path.read_bytes() == png()


def test_what_belongs_to_no_campaign_of_ours_has_one_place(report, open_work, world):
    carry(report, open_work)
    with open_work("jincheng", "city") as work:
        (campaign,) = campaigns.listed(work)
        assert campaign.title == "外单位来文"
        assert publish.versions(work) == []  # what came along is none of our packages
    report.demand("clerk", "upward")
    report.do("clerk", "upward", "fill")
    carry(report, open_work)
    with open_work("jincheng", "city") as work:
        assert len(campaigns.listed(work)) == 1 and len(work.session.scalars(select(Delivery)).all()) == 2


def test_nobody_here_does_what_another_authority_is_to_do(report, open_work):
    with open_work("yangcheng", "clerk", reads=True) as work:
        away = work.session.scalars(select(Task).where(Task.name == "review", Task.duty == "upward")).one()
        assert away.away_id == open_work.world.tenants["jincheng"]
    assert away.id not in {task.id for task in open_at(open_work, "yangcheng", "clerk")}
    with pytest.raises(tasks.Forbidden), open_work("yangcheng", "clerk") as work:
        tasks.complete(work, away.id, {"结论": "接收"})


def test_what_is_returned_is_done_again_and_sent_anew(report, open_work):
    carry(report, open_work)
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, {"结论": "退回"})
    carry(report, open_work)
    report.do("clerk", "upward", "fill", {"正文": "补充了名单。"})
    assert carry(report, open_work) == []
    (again,) = open_at(open_work, "jincheng", "city")
    assert again.id != task.id
    with open_work("jincheng", "city") as work:
        desk = tasks.gather(work, again.id)
        papers = history.rounds(work, running_of(work, desk.instance), desk.instance)
        assert [paper.answers for paper in papers if paper.form == "plan"] == [{"正文": "补充了名单。"}]


def test_what_is_wanted_no_more_is_let_go_there(report, open_work):
    carry(report, open_work)
    with open_work("yangcheng", "admin") as work:
        campaigns.close(work, report.launched)
    assert carry(report, open_work) == []
    assert open_at(open_work, "jincheng", "city") == []
    for tenant in TENANTS:
        with open_work(tenant, reads=True) as work:
            assert work.session.scalars(select(Delivery.state)).one() == "withdrawn"


def test_an_answer_to_what_was_withdrawn_meanwhile_changes_nothing(report, open_work):
    carry(report, open_work)
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, {"结论": "接收"})
    with open_work("yangcheng", "admin") as work:
        campaigns.close(work, report.launched)
    assert carry(report, open_work) == []
    (instance,) = report.instances("upward")
    assert instance.state == "released"


def test_a_copy_that_is_not_what_was_sealed_is_refused(report, open_work):
    with open_work("yangcheng") as work:
        away = work.session.scalars(select(Task.id).where(Task.away_id.is_not(None))).one()
        row = seal(work, away)
        content, key = row.content, row.content_hash
    county = open_work.world.tenants["yangcheng"]
    for bad in (content.replace("雨季".encode(), "旱季".encode()), content[:-2] + b" }"):
        with pytest.raises(Refusal), open_work("jincheng") as work:
            receive(work, county, bad, key)
    stranger = open_work.world.tenants["qinshui"]
    with pytest.raises(NotForUs), open_work("qinshui") as work:
        receive(work, county, content, key)  # sealed for the city
    copy = json.loads(content) | {"to": str(stranger)}
    forged = packed(copy)
    with pytest.raises(NotForUs), open_work("qinshui") as work:
        receive(work, county, forged, digest(forged))  # and no line leads from one county to the other
    with open_work("jincheng") as work:
        receive(work, county, content, key)
        receive(work, county, content, key)
        assert len(work.session.scalars(select(Delivery)).all()) == 1


def test_where_there_is_no_superior_the_step_is_done_here(open_work, clock, world):
    story = begun(open_work, clock, upward())
    with system_work() as session:
        session.execute(delete(ReportingLine).where(ReportingLine.from_id == world.tenants["yangcheng"]))
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill")
    story.do("clerk", "upward", "review", ACCEPTED)
    assert [one.state for one in story.instances("upward")] == ["done"]


def test_what_only_some_may_read_and_whose_ids_mean_nothing_elsewhere_stays_here():
    unit = "01890000-0000-7000-8000-000000000001"
    schema = {
        "type": "object",
        "required": ["举报人", "煤矿"],
        "properties": {
            "举报人": {"type": "string", "x-sensitive": True},
            "电话": {"type": "string", "x-only": ["hotline"]},
            "煤矿": {"type": "string", "format": "unit", "x-actor": "mine"},
            "产量": {"type": "number", "x-unit": "吨", "x-computed": "1 + 1"},
        },
    }
    given = {"举报人": "某某", "电话": "1", "煤矿": unit, "产量": 2}
    assert portable.answers(schema, given, {unit: "松岭煤矿"}) == {"煤矿": "松岭煤矿", "产量": 2}
    assert portable.form(schema, {})["schema"] == {
        "type": "object",
        "required": ["煤矿"],
        "properties": {"煤矿": {"type": "string"}, "产量": {"type": "number", "x-unit": "吨"}},
    }


@pytest.mark.parametrize("falls", [3, 4])
def test_a_worker_that_falls_over_on_the_way_brings_it_once(report, open_work, falls):
    assert carry(report, open_work, falls=falls) != []
    assert len(open_at(open_work, "jincheng", "city")) == 1
    for tenant, side in (("yangcheng", "out"), ("jincheng", "in")):
        with open_work(tenant, reads=True) as work:
            row = work.session.scalars(select(Delivery)).one()
            assert (row.side, row.state) == (side, "arrived")


@pytest.mark.parametrize("falls", [3, 4])
def test_a_worker_that_falls_over_with_the_answer_brings_it_once(report, open_work, falls):
    carry(report, open_work)
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work, falls=falls) != []
    (instance,) = report.instances("upward")
    with open_work("yangcheng", reads=True) as work:
        rounds = history.rounds(work, running_of(work, instance), instance)
    assert instance.state == "done" and [one.form for one in rounds] == ["plan", "verdict"]
