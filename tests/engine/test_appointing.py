"""What a notice leaves open: actors that are chosen or named later, recipients it does not say, everybody with a receipt of his own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine import appointing, inbox
from engine.models import Instance
from engine.running import running
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tests.effort import PATIENCE
from tests.engine.story import Story, begun
from tests.workflows.small import bpmn, told

CAMPAIGN = """\
format: luoshi/1
id: open-2024
version: 1.0.0
title: 未定事项
level: county
notice: {issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
kinds: {township: 乡镇}
actors:
  office: {title: 办公室, post: leading_group, aliases: [领导组办公室, 办]}
  bureau: {title: 局, unit: "kind == 'bureau'"}
  company: {title: 公司, unit: "kind == 'company'"}
  mine: {title: 煤矿, unit: "kind == 'mine' and status == '生产'"}
  lead: {title: 牵头部门, chosen: true, unit: "kind in ['office', 'company']"}
  deputy: {title: 承办单位, of: mine, named_by: naming.单位}
duties:
  plan: {title: 牵头方案, by: lead, form: text, clause: 一}
  naming: {title: 指定承办, by: mine, form: naming, clause: 一}
  deputy_work: {title: 承办, by: deputy, form: text, clause: 一}
  summary: {title: 总结, by: mine, to: open, form: text, clause: 一}
  later: {title: 再报, by: mine, to: open, form: text, start: 2024-12-02, clause: 一}
  joint: {title: 联合上报, by: mine, to: [company, office], with: bureau, others: true, process: joint, form: text, start: 2024-11-05, clause: 一}
  ask: {title: 求助, by: mine, form: text, on: {demand: [company, mine]}, clause: 一}
  check: {title: 检查, by: [bureau, company], form: text, on: {demand: [bureau, company], about: mine}, clause: 一}
"""
JOINT = """\
<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
<bpmn:process id="joint" name="joint" isExecutable="true">
<bpmn:startEvent id="start"/><bpmn:userTask id="write" name="起草" camunda:formKey="form" camunda:candidateGroups="by"/>
<bpmn:userTask id="sign" name="会签" camunda:formKey="verdict" camunda:candidateGroups="${partner.id}">
<bpmn:multiInstanceLoopCharacteristics camunda:collection="partners" camunda:elementVariable="partner"/></bpmn:userTask>
<bpmn:userTask id="receive" name="签收" camunda:formKey="verdict" camunda:candidateGroups="${recipient.id}">
<bpmn:multiInstanceLoopCharacteristics camunda:collection="recipients" camunda:elementVariable="recipient"/></bpmn:userTask>
<bpmn:endEvent id="done"/>
<bpmn:sequenceFlow id="a" sourceRef="start" targetRef="write"/><bpmn:sequenceFlow id="b" sourceRef="write" targetRef="sign"/>
<bpmn:sequenceFlow id="c" sourceRef="sign" targetRef="receive"/><bpmn:sequenceFlow id="e" sourceRef="receive" targetRef="done"/>
</bpmn:process></bpmn:definitions>
"""
TEXT = {"type": "string", "title": "内容"}


def schema(**properties: object) -> bytes:
    return json.dumps({"type": "object", "properties": properties}, ensure_ascii=False).encode()


def files() -> dict[str, bytes]:
    fill, take = (
        'camunda:formKey="form" camunda:candidateGroups="by"',
        'camunda:formKey="verdict" camunda:candidateGroups="to"',
    )
    return {
        "campaign.yaml": CAMPAIGN.encode(), "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
        "processes/duty.bpmn": bpmn("duty", [("work", fill)]).encode(),
        "processes/report.bpmn": bpmn("report", [("work", fill), ("take", take)]).encode(),
        "processes/joint.bpmn": JOINT.encode(), "forms/text/schema.json": schema(内容=TEXT),
        "forms/naming/schema.json": schema(单位={"type": "string", "title": "单位", "format": "unit"}),
        "forms/verdict/schema.json": schema(意见=TEXT),
    }  # fmt: skip


@pytest.fixture
def story(open_work, clock) -> Story:
    told = begun(open_work, clock, files())
    told.launch("2024-11-04")
    assert not told.errors
    return told


def open_for(story: Story, login: str, duty: str) -> list[str]:
    """Return the steps of a duty that wait for somebody."""
    with story.open_work("yangcheng", login, reads=True) as work:
        found = [
            row.task for tab in ("todo", "claimable") for row in inbox.page(work, inbox.Filters(tab=tab)).rows
        ]
    return [task.name for task in found if task.duty == duty]


def choose(story: Story, *units: str, login: str = "admin") -> None:
    with story.open_work("yangcheng", login) as work:
        appointing.choose_units(
            work, story.launched, "lead", [story.open_work.world.unit(one) for one in units]
        )


def test_an_actor_that_is_chosen_later_is_given_what_is_open_and_lets_it_go_again(story: Story) -> None:
    assert story.instances("plan") == []
    choose(story, "safety")
    assert open_for(story, "author", "plan") == ["work"]
    choose(story, "north")
    assert open_for(story, "author", "plan") == [] and open_for(story, "north", "plan") == ["work"]
    assert [one.state for one in story.instances("plan")] == ["released", "running"]


def test_only_who_steers_chooses_and_only_among_those_who_may_be_it(story: Story) -> None:
    with pytest.raises(Forbidden):
        choose(story, "north", login="clerk")
    with pytest.raises(Invalid):
        choose(story, "pine")
    with story.open_work("yangcheng", "admin") as work:
        with pytest.raises(NotFound):
            appointing.choose_units(work, story.launched, "mine", [])
        found = [unit.code for unit in appointing.candidates(work, _actor(work, story, "lead"))]
        assert found == ["safety", "north", "south"]


def test_an_accepted_answer_names_who_goes_on(story: Story) -> None:
    assert story.instances("deputy_work") == []
    north = str(story.open_work.world.unit("pine-dig"))
    story.do("pine", "naming", answers={"单位": north})
    story.ring()
    (begun_,) = story.instances("deputy_work")
    assert begun_.unit_id == story.open_work.world.unit("pine-dig")
    assert open_for(story, "pine-dig", "deputy_work") == ["work"]


def test_a_report_whose_recipient_is_not_said_stays_with_its_author_until_the_tenant_says_it(
    story: Story,
) -> None:
    story.do("pine", "summary", answers={"内容": "总结"})
    (own,) = story.rows(_of(story, "summary", "pine"))
    assert own.state == "done"
    with story.open_work("yangcheng", "admin") as work:
        appointing.choose_recipients(work, story.launched, "later", ["office"])
    story.day("2024-12-02")
    story.do("pine", "later", answers={"内容": "再报"})
    assert open_for(story, "clerk", "later") == ["take"]


def test_each_recipient_gives_a_receipt_of_its_own_and_those_who_join_sign_first(story: Story) -> None:
    with story.open_work("yangcheng", "admin") as work:
        appointing.choose_partners(work, story.launched, "joint", [story.open_work.world.unit("safety")])
    story.day("2024-11-05")
    story.do("pine", "joint", answers={"内容": "联合"})
    assert open_for(story, "clerk", "joint") == ["会签"] and open_for(story, "north", "joint") == []
    story.do("author", "joint", "会签", {"意见": "同意"})
    with story.open_work("yangcheng", "admin") as work:
        from_bureau = [row.task for row in inbox.page(work, inbox.Filters()).rows]
    assert (
        from_bureau == []
    )  # nobody of the bureau has a desk but its administrator: it falls to an office of the authority


def test_whoever_is_one_of_several_may_ask(story: Story) -> None:
    story.demand("pine", "ask")
    assert len(story.instances("ask")) == 1


def test_what_several_may_ask_for_is_owed_by_whoever_asked(story: Story) -> None:
    story.demand("north", "check", about="pine")
    (found,) = story.instances("check")
    assert (found.unit_id, found.about_id) == tuple(
        story.open_work.world.unit(one) for one in ("north", "pine")
    )


def test_what_is_written_wrong_is_said() -> None:
    said = spoilt("named_by: naming.单位", "named_by: naming.单")
    assert any("“naming.单”不是填单位的一栏" in one for one in said)
    said = spoilt("with: bureau", "with: burau")
    assert any("没有责任主体“burau”" in one for one in said)


def spoilt(old: str, new: str) -> list[str]:
    return told({**files(), "campaign.yaml": CAMPAIGN.replace(old, new).encode()})


def _of(story: Story, duty: str, unit: str):
    return select(Instance).where(Instance.duty == duty, Instance.unit_id == story.open_work.world.unit(unit))


def _actor(work, story: Story, name: str):
    return running(work, story.launched).package.actors[name]


def _while_another(
    story: Story, app, other: Callable[[Work], object], mine: Callable[[Work], object]
) -> list[object]:
    """Let two settle something at the same moment: the other has looked and not yet finished when I begin; return what I am told."""
    told: list[object] = []

    def also() -> None:
        with app.app_context():
            try:
                with story.open_work("yangcheng", "admin") as work:
                    mine(work)
            except Conflict as refusal:
                told.append(refusal)

    with story.open_work("yangcheng", "admin") as work:
        other(work)
        work.session.flush()
        person = threading.Thread(target=also)
        person.start()
        time.sleep(0.7)
    person.join(PATIENCE)
    return told


def test_two_who_settle_different_things_at_once_both_have_their_way(story: Story, app) -> None:
    assert not _while_another(
        story, app,
        lambda work: appointing.choose_recipients(work, story.launched, "later", ["office"]),
        lambda work: appointing.choose_partners(work, story.launched, "joint", [story.open_work.world.unit("south")]),
    )  # fmt: skip
    with story.open_work("yangcheng", "admin", reads=True) as work:
        duties = running(work, story.launched).campaign.choices["duties"]
    assert duties["later"]["to"] == ["office"] and len(duties["joint"]["with"]) == 1


def test_of_two_who_choose_the_same_actor_at_once_one_is_told(story: Story, app) -> None:
    def chosen(unit: str) -> Callable[[Work], object]:
        return lambda work: appointing.choose_units(
            work, story.launched, "lead", [story.open_work.world.unit(unit)]
        )

    told = _while_another(story, app, chosen("safety"), chosen("north"))
    open_ones = [one for one in story.instances("plan") if one.state == "running"]
    with story.open_work("yangcheng", "admin", reads=True) as work:
        (now,) = running(work, story.launched).campaign.choices["actors"]["lead"]
    assert [str(one.unit_id) for one in open_ones] == [now]
    assert len(told) <= 1


def test_an_actor_and_a_recipient_settled_at_once_both_stay(story: Story, app) -> None:
    north = story.open_work.world.unit("north")
    told = _while_another(
        story, app,
        lambda work: appointing.choose_recipients(work, story.launched, "later", ["office"]),
        lambda work: appointing.choose_units(work, story.launched, "lead", [north]),
    )  # fmt: skip
    assert not told
    with story.open_work("yangcheng", "admin", reads=True) as work:
        choices = running(work, story.launched).campaign.choices
    assert choices["duties"]["later"]["to"] == ["office"] and choices["actors"]["lead"] == [str(north)]
