"""What crosses to another authority, attacked: what must not cross, forged answers, and what stands in the way of an arrival."""

from __future__ import annotations

import io
import json
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import amend, campaigns, history, jobs, tasks
from engine.addressees import REPLY, SEND
from engine.carriers import NotTaken
from engine.deliveries import portable
from engine.deliveries.carrying import CARRIERS, Parcel
from engine.deliveries.forwarding import NEWS, RETURN
from engine.deliveries.models import Delivery
from engine.deliveries.receiving import withdraw
from engine.deliveries.sealing import _shelved, packed, seal
from engine.models import Campaign, Incident, Task
from engine.running import running_of
from forms import attachments
from forms.fields import fields
from forms.schema import check_schema
from tenants.db import system_work
from tenants.errors import Invalid
from tenants.models import Job, ReportingLine
from tests.engine.package import form
from tests.engine.story import ACCEPTED, begun
from tests.engine.test_deliveries import carry, city, open_at, report, upward
from tests.forms.files import png
from workflows import received
from workflows.check import check
from workflows.package import Form
from workflows.publish import publish

__all__ = ["city", "report"]
VERDICT = {"type": "string", "enum": ["接收", "退回"], "title": "结论"}


def away(open_work) -> tuple[Task, Delivery]:
    with open_work("yangcheng", reads=True) as work:
        task = work.session.scalars(select(Task).where(Task.away_id.is_not(None))).one()
        return task, work.session.scalars(select(Delivery).where(Delivery.task_id == task.id)).one()


@pytest.mark.parametrize("stranger", ["shanxi", "yangcheng"])
def test_only_the_authority_that_was_asked_can_answer_or_withdraw(report, open_work, stranger):
    carry(report, open_work)
    task, sent = away(open_work)
    of = open_work.world.tenants[stranger]
    with open_work("yangcheng") as work:
        forged = packed({"answers": ACCEPTED, "name": "冒充者", "files": [], "hops": []})
        for kind in (REPLY, NEWS, RETURN):
            CARRIERS[kind].bring(work, Parcel(of, work.tenant.id, sent.id, forged))
        assert work.session.get_one(Task, (work.tenant.id, task.id)).state == "open"
        assert work.session.get_one(Delivery, (work.tenant.id, sent.id)).state == "arrived"
    other = open_work.world.tenants["shanxi"]
    with open_work("jincheng") as work:
        withdraw(work, other, sent.id)
        assert work.session.get_one(Delivery, (work.tenant.id, sent.id)).state == "arrived"


def test_files_of_an_answer_travel_back(open_work, clock, city):
    found = upward()
    found["forms/verdict/schema.json"] = form(
        ["结论"], 结论=VERDICT, 附件={"type": "string", "format": "attachment", "title": "附件"}
    ).encode()
    story = begun(open_work, clock, found)
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill")
    carry(story, open_work)
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        picture = attachments.store(
            work, io.BytesIO(png()), "批复.png", unit_id=work.actor.unit_id, task_id=task.id
        )
        tasks.complete(work, task.id, {"结论": "接收", "附件": str(picture.id)})
    assert carry(story, open_work) == []
    (instance,) = story.instances("upward")
    assert instance.state == "done"
    with open_work("yangcheng", "clerk") as work:
        last = history.rounds(work, running_of(work, instance), instance)[-1]
        assert last.answers["附件"] != str(picture.id)
        got = attachments.open(work, UUID(last.answers["附件"]), seen=lambda *_: True)
        assert got.name == "批复.png" and got.path.read_bytes() == png()


def test_two_campaigns_with_the_same_form_and_version_both_arrive(report, open_work, clock):
    assert carry(report, open_work) == []
    other = upward()
    text = other["campaign.yaml"].decode()
    other["campaign.yaml"] = (
        text.replace("id: winter-2024", "id: summer-2024").replace("冬季煤矿安全行动", "夏季").encode()
    )
    story = begun(open_work, clock, other)
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill")
    assert carry(story, open_work) == []
    assert len(open_at(open_work, "jincheng", "city")) == 2


def test_a_form_with_protected_fields_arrives_without_them():
    schema = {
        "type": "object",
        "required": ["举报人", "结论", "合计"],
        "properties": {
            "举报人": {"type": "string", "title": "举报人", "x-only": ["hotline"]},
            "代码": {"$ref": "#/$defs/code"},
            "结论": {"type": "string", "title": "结论"},
            "合计": {"type": "number", "title": "合计", "x-computed": "1 + 1", "readOnly": True},
            "明细": {
                "type": "array", "title": "明细",
                "items": {
                    "type": "object", "required": ["电话"],
                    "properties": {
                        "电话": {"type": "string", "title": "电话", "x-sensitive": True},
                        "事项": {"type": "string", "title": "事项"},
                    },
                },
            },
        },
        "dependentRequired": {"结论": ["举报人"]},
        "allOf": [{"if": {"required": ["结论"]}, "then": {"required": ["代码"]}}],
        "$defs": {"code": {"type": "string", "title": "代码", "x-sensitive": True}},
    }  # fmt: skip
    ui = {
        "ui:order": ["举报人", "*"], "举报人": {"ui:widget": "textarea"},
        "明细": {"items": {"ui:order": ["电话", "事项"], "ui:xSecret": 1}},
    }  # fmt: skip
    assert check_schema(schema, ui, "") == []
    left = portable.form(schema, ui)
    assert check_schema(left["schema"], left["ui"], "") == []
    known = fields(left["schema"])
    assert set(known) == {(), ("结论",), ("合计",), ("明细",), ("明细", "*"), ("明细", "*", "事项")}
    assert left["schema"]["required"] == ["结论"]
    assert left["schema"]["allOf"][0]["then"]["required"] == [] == left["schema"]["dependentRequired"]["结论"]
    assert left["ui"] == {"ui:order": ["*"], "明细": {"items": {"ui:order": ["事项"]}}}


def test_what_went_wrong_there_is_not_told_here(report, open_work):
    def abroad(tenant):
        raise LookupError("松岭煤矿的举报人")

    with open_work("yangcheng") as work:
        job = work.session.scalars(select(Job.id).where(Job.kind == SEND)).one()
    with pytest.raises(NotTaken):
        jobs.run(partial(open_work, "yangcheng"), job, abroad)
    with open_work("yangcheng") as work:
        said = work.session.get(Job, (work.tenant.id, job)).error
    assert "LookupError" in said and "松岭" not in said


def test_a_copy_whose_step_is_withdrawn_before_it_arrived_is_not_brought(report, open_work):
    with open_work("yangcheng") as work:
        task = work.session.scalars(select(Task.id).where(Task.away_id.is_not(None))).one()
        seal(work, task)
    with open_work("yangcheng", "admin") as work:
        campaigns.close(work, report.launched)
    with open_work("yangcheng") as work:
        assert seal(work, task) is None
    assert carry(report, open_work) == []
    assert open_at(open_work, "jincheng", "city") == []


def test_after_the_recipient_closed_what_was_there_for_it_another_still_arrives(report, open_work):
    carry(report, open_work)
    with open_work("jincheng", "city") as work:
        (campaign,) = campaigns.listed(work)
        campaigns.close(work, campaign.id)
    report.demand("clerk", "upward")
    report.do("clerk", "upward", "fill")
    assert carry(report, open_work) == []
    task = max(open_at(open_work, "jincheng", "city"), key=lambda one: one.id)
    with open_work("jincheng", "city") as work:
        assert work.session.get_one(Campaign, (work.tenant.id, task.campaign_id)).state == "running"
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert "done" in [one.state for one in report.instances("upward")]


def test_an_authority_without_units_takes_it_in_and_whoever_comes_later_does_it(open_work, clock, world):
    story = begun(open_work, clock, upward())
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill")
    assert carry(story, open_work) == []
    with open_work("jincheng", reads=True) as work:
        assert work.session.scalars(select(Delivery.state)).one() == "arrived"


def test_what_is_hostile_in_words_is_words(open_work, clock, city):
    found = upward()
    evil = "<script>alert(1)</script> {0.__class__} %s ${x} ]]> & \\\" '"
    found["campaign.yaml"] = found["campaign.yaml"].replace(
        "向市局报告".encode(), json.dumps(evil)[1:-1].encode()
    )
    text = found["campaign.yaml"].decode()
    text = text.replace(f"title: {json.dumps(evil)[1:-1]}", f"title: {json.dumps(evil)}")
    found["campaign.yaml"] = text.encode()
    story = begun(open_work, clock, found)
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill", {"正文": evil})
    assert carry(story, open_work) == []
    (task,) = open_at(open_work, "jincheng", "city")
    assert evil in task.title
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(story, open_work) == []


def test_the_line_taken_away_meanwhile_is_an_incident_of_the_sender(report, open_work, world):
    with system_work() as session:
        for line in session.scalars(
            select(ReportingLine).where(ReportingLine.from_id == world.tenants["yangcheng"])
        ):
            session.delete(line)
    errors = carry(report, open_work)
    assert errors and all("没有从那里到本单位的报送线" in one for one in errors)
    with open_work("jincheng", reads=True) as work:
        assert (
            work.session.scalars(select(Delivery)).all() == [] == work.session.scalars(select(Incident)).all()
        )
    report.clock.move(hours=1)
    carry(report, open_work)
    with open_work("yangcheng", reads=True) as work:
        assert len(work.session.scalars(select(Incident)).all()) == 1
        assert work.session.scalars(select(Job.state).where(Job.kind == "delivery_send")).one() == "failed"


def test_closing_what_is_there_for_papers_lets_go_none_of_them(report, open_work):
    carry(report, open_work)
    with open_work("jincheng", "city") as work:
        (campaign,) = campaigns.listed(work)
        assert campaigns.close(work, campaign.id) == 0
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert [one.state for one in report.instances("upward")] == ["done"]


def own_campaign(open_work, version: str = "1.0.0") -> str:
    """Publish the same package in the city, and return its hash."""
    found = upward()
    found["campaign.yaml"] = found["campaign.yaml"].replace(b"version: 1.0.0", f"version: {version}".encode())
    found["CHANGELOG.md"] = f"# {version}\n".encode()
    with open_work("jincheng", "city") as work:
        return publish(work, found).hash


def test_amending_the_campaign_in_which_a_paper_lies_leaves_it_as_it_is(report, open_work):
    first = own_campaign(open_work)
    with open_work("jincheng", "city") as work:
        launched = campaigns.launch(work, first, {}).id
    assert carry(report, open_work) == []
    (task,) = [one for one in open_at(open_work, "jincheng", "city") if one.duty == received.DUTY]
    assert task.campaign_id == launched
    second = own_campaign(open_work, "1.1.0")
    with open_work("jincheng", "city") as work:
        amend.apply(work, launched, second, amend.preview(work, launched, second).seal)
    assert carry(report, open_work) == []
    with open_work("jincheng", "city") as work:
        assert tasks.gather(work, task.id).running.package.id.startswith(received.PREFIX)
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert [one.state for one in report.instances("upward")] == ["done"]


def test_what_is_told_in_one_item_of_an_activity_does_not_leave_with_another(report, open_work):
    with open_work("yangcheng") as work:
        away = work.session.scalars(select(Task).where(Task.away_id.is_not(None))).one()
        done = work.session.scalars(
            select(Task).where(Task.instance_id == away.instance_id, Task.state == "done")
        ).one()
        away.place, done.place = "check:5:1", "check:5:2"
        work.session.flush()
        assert json.loads(seal(work, away.id).content)["papers"] == []


def test_a_paper_in_a_campaign_of_ours_is_not_let_go_when_that_ends(report, open_work):
    with open_work("jincheng", "city") as work:
        pass
    first = own_campaign(open_work)
    with open_work("jincheng", "city") as work:
        launched = campaigns.launch(work, first, {}).id
    assert carry(report, open_work) == []
    with open_work("jincheng", "city") as work:
        campaigns.close(work, launched)
    (task,) = [one for one in open_at(open_work, "jincheng", "city") if one.duty == received.DUTY]
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert [one.state for one in report.instances("upward")] == ["done"]


def test_nobody_publishes_under_the_names_that_are_kept_for_what_arrives(open_work):
    with pytest.raises(Invalid), open_work("yangcheng", "admin") as work:
        publish(work, received.intake("某局", "county", "2024-11-01"))


def test_conditions_that_speak_of_what_stays_here_do_not_leave():
    phone = {"type": "string", "title": "举报电话", "x-sensitive": True}
    schema = {
        "type": "object",
        "properties": {"举报人": {"type": "string", "x-only": ["hotline"]}, "结论": VERDICT, "电话": {"$ref": "#/$defs/phone"}},
        "if": {"properties": {"举报人": {"const": "某甲"}}, "required": ["举报人"]},
        "then": {"required": ["结论"]},
        "else": {"properties": {"说明": {"type": "string"}}},
        "allOf": [{"not": {"required": ["电话"]}}, {"if": {"required": ["结论"]}, "then": {"required": ["结论"]}}],
        "$defs": {"phone": phone},
    }  # fmt: skip
    left = portable.form(schema, {})["schema"]
    said = json.dumps(left, ensure_ascii=False)
    assert not any(word in said for word in ("举报人", "某甲", "电话", "phone"))
    assert left["allOf"] == [{}, {"if": {"required": ["结论"]}, "then": {"required": ["结论"]}}]
    assert check_schema(left, {}, "") == []


@pytest.mark.parametrize(
    "field", [{"x-only": ["office"]}, {"x-sensitive": True}, {"format": "unit"}, {"format": "member"}]
)
def test_a_step_elsewhere_that_requires_what_nobody_there_can_fill_in_is_refused(field):
    found = upward()
    asked = {"结论": VERDICT, "经手": {"type": "string", "title": "经手", **field}}
    found["forms/verdict/schema.json"] = form(["结论"], **asked).encode()
    assert not [one for one in check(found) if "那里填不了" in str(one.what)]
    found["forms/verdict/schema.json"] = form(["结论", "经手"], **asked).encode()
    (problem,) = [one for one in check(found) if "那里填不了" in str(one.what)]
    assert "经手" in str(problem.what) and problem.file == "forms/verdict/schema.json"


def test_forms_of_the_same_name_do_not_take_each_others_place():
    own, called = (
        Form("plan", {"type": "object", "properties": {key: {"type": "string"}}}, {}, {}) for key in "甲乙"
    )
    shelf: dict[str, dict] = {}
    assert [_shelved(shelf, one) for one in (own, called, own)] == ["plan", "plan-2", "plan"]
    assert list(shelf["plan"]["schema"]["properties"]) == ["甲"] and list(
        shelf["plan-2"]["schema"]["properties"]
    ) == ["乙"]
