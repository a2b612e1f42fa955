"""Answers are held against what surrounds them, and only against what may be named from there."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from engine.answers import check_answers, context_of
from engine.models import Instance
from engine.running import running
from forms import attachments
from forms.validation import Context
from tenants import directory
from tenants.base import new_id
from tenants.errors import Invalid
from tenants.models import Unit
from tests.forms.files import png
from workflows.package import Form


def form(**fields: Any) -> Form:
    return Form("x", {"type": "object", "properties": fields}, {}, {})


def reference(kind: str) -> dict[str, Any]:
    return {"type": "string", "format": kind, "title": kind}


def surroundings(story, work, asked: Form | None, unit: str = "pine") -> Context:
    """Return what surrounds the answers to a task of the mine's plan."""
    row = work.session.get_one(Unit, (work.tenant.id, story.open_work.world.unit(unit)))
    its_own = select(Instance).where(Instance.duty == "plan", Instance.unit_id == row.id)
    instance = work.session.scalars(its_own).one()
    live = running(work, instance.campaign_id)
    return context_of(
        work, live, asked, unit=row, about=None, due=None, task_id=new_id(), instance_id=instance.id
    )


def test_where_nothing_is_asked_nothing_is_kept_and_nothing_looked_up(running_story):
    with running_story.open_work("yangcheng", "pine") as work:
        context = surroundings(running_story, work, None)
        assert context == Context() and check_answers(work, None, {"x": 1}, context) == {}


def test_answers_that_do_not_fit_are_refused_with_every_problem_at_once(running_story):
    asked = form(甲={"type": "integer"}, 乙={"type": "string", "format": "date"})
    with running_story.open_work("yangcheng", "pine") as work:
        context = surroundings(running_story, work, asked)
        with pytest.raises(Invalid, match="有 2 处") as refused:
            check_answers(work, asked, {"甲": "x", "乙": "y"}, context)
        assert {problem.where for problem in refused.value.problems} == {"/甲", "/乙"}
        assert check_answers(work, asked, {"甲": 1, "丙": "not asked"}, context) == {"甲": 1}


def test_what_is_computed_reads_the_unit_it_is_for(running_story):
    asked = form(产能={"type": "number", "readOnly": True, "x-computed": "unit.output * 2"})
    with running_story.open_work("yangcheng", "pine") as work:
        context = surroundings(running_story, work, asked)
        assert check_answers(work, asked, {"产能": 1}, context) == {"产能": 180}


def test_a_unit_may_be_named_while_it_is_active_and_never_one_of_another_county(running_story):
    story, asked = running_story, form(unit=reference("unit"))
    world = story.open_work.world
    with story.open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("south"), active=False)
    with story.open_work("yangcheng", "pine") as work:
        context = surroundings(story, work, asked)
        named = {"unit": str(world.unit("north"))}
        assert check_answers(work, asked, named, context) == named
        for unit in (world.unit("south"), world.unit("willow", "qinshui"), new_id()):
            with pytest.raises(Invalid):
                check_answers(work, asked, {"unit": str(unit)}, context)


def test_a_member_of_another_county_cannot_be_named(running_story):
    story, asked = running_story, form(member=reference("member"))
    world = story.open_work.world
    with story.open_work("yangcheng", "pine") as work:
        context = surroundings(story, work, asked)
        named = {"member": str(world.member("clerk"))}
        assert check_answers(work, asked, named, context) == named
        with pytest.raises(Invalid):
            check_answers(work, asked, {"member": str(world.member("willow"))}, context)


def test_a_file_of_a_neighbouring_mine_cannot_be_handed_in_as_ones_own(running_story):
    story, asked = running_story, form(photo=reference("attachment"))
    files = {}
    for login in ("pine", "plain"):
        with story.open_work("yangcheng", login) as work:
            stream = io.BytesIO(png())
            files[login] = str(attachments.store(work, stream, "现场.png", unit_id=work.actor.unit_id).id)
    with story.open_work("yangcheng", "pine") as work:
        context = surroundings(story, work, asked)
        own = {"photo": files["pine"]}
        assert check_answers(work, asked, own, context) == own
        with pytest.raises(Invalid):
            check_answers(work, asked, {"photo": files["plain"]}, context)


def test_only_what_the_form_can_name_is_looked_up(running_story):
    with running_story.open_work("yangcheng", "pine") as work:
        context = surroundings(running_story, work, form(甲={"type": "string"}))
    assert context.known == {} and context.files == {} and set(context.names) <= {"due"}
