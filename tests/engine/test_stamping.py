"""Stamped instances are what they would be had each been opened by itself; one that cannot begin is held alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from engine import history
from engine.actors import all_units
from engine.duties import openings_for
from engine.models import DutyOccurrence, Incident, Instance, InstanceWait, Task, TaskAddressee
from engine.opening import open_instances
from engine.running import running
from tenants import directory
from tenants.base import table_of
from tenants.models import AuditEntry, Job
from tests.engine.package import CAMPAIGN, DONE, START, files, process, task
from tests.engine.story import Story, begun
from tests.scenes import PLAYS

ACTORS = """\
actors:
  inspector: {title: 特聘专家, post: inspector}
  rich: {title: 大矿, unit: "kind == 'mine' and 100 / output > 0"}
"""
DUTIES = """\
  joint: {title: 联合核查, by: mine, process: joint, form: plan, start: 2024-11-01, clause: 一}
  sided: {title: 并行, by: mine, process: sided, form: plan, start: 2024-11-01, due: 2024-11-25, words: 25日前, clause: 一}
  signed: {title: 矿长签字, by: [head, crew], form: plan, start: 2024-11-01, due: 2024-11-25, clause: 一}
  heavy: {title: 大矿, by: mine, process: heavy, form: plan, start: 2024-11-01, clause: 一}
  told: {title: 按产量, by: mine, process: told, form: plan, start: 2024-11-01, clause: 一}
  branched: {title: 分类, by: mine, process: branched, form: plan, start: 2024-11-01, clause: 一}
ledgers:"""
DRAWN = {
    "joint": process("joint", START, task("check", "office,inspector,company"), DONE, flows="start -> check\ncheck -> done"),
    "heavy": process("heavy", START, task("check", "rich"), DONE, flows="start -> check\ncheck -> done"),
    "told": process(
        "told", START, task("fill", "by", due="date(2024, 11, 1) + days(unit.output)"), DONE,
        flows="start -> fill\nfill -> done",
    ),
    "sided": process(
        "sided", START, '<bpmn:parallelGateway id="fork"/>', task("one", "by"), task("two", "company", due="P3D"),
        DONE, flows="start -> fork\nfork -> one\nfork -> two\none -> done\ntwo -> done",
    ),
    "branched": process(
        "branched", START, '<bpmn:exclusiveGateway id="choice"/>', task("big", "by"), task("small", "company"), DONE,
        flows="start -> choice\nchoice -> big if unit.output > 50\nchoice -> small else\nbig -> done\nsmall -> done",
    ),
}  # fmt: skip


def _crowded(open_work):
    """Twelve more mines of different sizes, half of them with somebody at their desk; one produces nothing."""
    campaign = CAMPAIGN.replace("actors:\n", ACTORS, 1).replace("ledgers:", DUTIES, 1)
    drawn = {f"processes/{key}.bpmn": text.encode() for key, text in DRAWN.items()}
    story = begun(open_work, open_work.clock, {**files(), **drawn, "campaign.yaml": campaign.encode()})
    with open_work("yangcheng", "admin") as work:
        above, user = open_work.world.unit("north"), open_work.world.users["clerk"]
        for index in range(12):
            facts = {"output": 10 * index}
            mine = directory.add_unit(
                work, f"m{index}", f"{index}号矿", "mine", status="生产", parent_id=above, attributes=facts
            )
            if index % 2:
                member = directory.add_member(work, user, mine.id, "矿长", posts=("mine_head",))
                open_work.world.members[mine.code] = ("yangcheng", member.id)
            else:
                directory.add_unit(work, f"c{index}", f"{index}班", "crew", parent_id=mine.id)
    story.launch()
    return story.package, story.launched


PLAYS["crowded"] = _crowded


@pytest.fixture
def crowded(database, open_work, clock):
    return Story(open_work, clock, *database.scene.told)


KINDS = (Instance, Task, TaskAddressee, InstanceWait, Job, Incident, AuditEntry)


def written(story, duty, *, together):
    """Open a duty for everybody it means, at once or one by one; return the rows that it leaves behind, without what is random,
    and undo it."""
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)
        query = select(DutyOccurrence).where(DutyOccurrence.duty == duty).order_by(DutyOccurrence.number)
        occurrence = work.session.scalars(query).first()
        openings = openings_for(work, live, live.duties[duty], all_units(work), occurrence)
        before = {one: set(rows(work, one)) for one in KINDS}
        nested = work.session.begin_nested()
        started = [
            instance
            for some in ([openings] if together else [[one] for one in openings])
            for instance, _ in open_instances(work, live, some)
        ]
        assert [(one.unit_id, one.about_id) for one in started] == [
            (one.unit and one.unit.id, one.about and one.about.id) for one in openings
        ]
        found = {
            one: [row for key, row in rows(work, one).items() if key not in before[one]] for one in KINDS
        }
        nested.rollback()
    known = {
        row["id"]: (row.get("instance_id"), row.get("unit_id"), row.get("about_id"), row.get("node"))
        for one in (Instance, Task, Incident)
        for row in found[one]
    }
    tokens = [row["token"].partition("-")[0] for row in found[Task]]
    assert len(set(tokens)) == len({row["instance_id"] for row in found[Task]})
    return {one.__tablename__: sorted(repr(plain(row, known)) for row in found[one]) for one in KINDS}


def rows(work, kind):
    table = table_of(kind)
    query = select(table).where(table.c.tenant_id == work.tenant.id)
    return {row["id"]: dict(row) for row in work.session.execute(query).mappings()}


def plain(row, known):
    """Return a row with its random parts gone, and whom it points to by the unit that this is for."""
    kept = {
        key: known.get(value, value) if isinstance(value, UUID) else value
        for key, value in row.items()
        if key != "id"
    }
    if "compact" in kept:
        kept["compact"] = bytes(kept["compact"])[9:]
    if "token" in kept:
        kept["token"] = kept["token"].partition("-")[2]
    if row.get("kind") == "timer":
        kept["key"] = str(row["key"]).rpartition("-")[2]
    return sorted((key, value[1:] if isinstance(value, tuple) else value) for key, value in kept.items())


@pytest.mark.parametrize(
    "duty",
    ["plan", "self_check", "deep", "daily", "log", "watch", "joint", "sided", "signed", "told", "branched", "heavy"],
)  # fmt: skip
def test_whoever_opens_many_at_once_writes_what_one_by_one_would_have_been_written(crowded, duty):
    together, singly = (written(crowded, duty, together=way) for way in (True, False))
    assert len(together["instance"]) > 1 or duty == "log"
    for kind, found in singly.items():
        assert together[kind] == found, kind


def test_one_unit_that_cannot_be_worked_out_is_held_and_all_others_begin(crowded):
    found = crowded.instances("heavy")
    (stuck,) = [one for one in found if one.state == "stuck"]
    assert len(found) == 14
    assert {one.state for one in found} == {"running", "stuck"}
    assert crowded.count(Task, Task.duty == "heavy") == 13
    (incident,) = crowded.rows(select(Incident))
    assert incident.instance_id == stuck.id


def test_what_was_stamped_goes_on_and_its_trail_tells_of_its_beginning(crowded):
    done = crowded.do("m11", "self_check", "fill", {"hazards": []})
    with crowded.open_work("yangcheng") as work:
        of = history.instance(work, done.instance_id)
        assert history.trail(work, of)[0].action == "instance.open"
        assert [one.node for one in history.open_tasks(work, of)] == ["sign"]
