"""A joint check through the real commands: a task for each unit of a list, a called process, an error and an escalation."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from engine import history, incidents, items, progress, tasks
from engine.models import Task
from engine.process import Opened
from engine.running import running
from tenants.errors import NotFound
from tests.engine.package import CAMPAIGN, DONE, FORMS, START, event, files, form, process, task
from tests.engine.story import MAJOR, MINOR, begun
from workflows.check import check
from workflows.publish import publish

SEVERAL = (
    '<bpmn:multiInstanceLoopCharacteristics camunda:collection="${{{over}}}" camunda:elementVariable="{item}">'
    "{until}</bpmn:multiInstanceLoopCharacteristics>"
)
GATHER = (
    '<bpmn:extensionElements><camunda:properties><camunda:property name="outputCollection" value="各矿结论"/>'
    '<camunda:property name="outputElement" value="矿, 结论"/></camunda:properties></bpmn:extensionElements>'
)


def several(node: str, over: str, item: str, gather: str = "") -> str:
    """Do a task once for each item of a list."""
    head, _, _ = (
        node.partition("></bpmn:userTask>")
        if "></bpmn:userTask>" in node
        else (node.partition("><")[0], "", "")
    )
    return f"{head}>{gather}{SEVERAL.format(over=over, item=item, until='')}</bpmn:userTask>"


JOINT = process(
    "joint", START, task("pick", "by", "pick"), several(task("check", "矿", "checked"), "煤矿", "矿", GATHER),
    '<bpmn:exclusiveGateway id="choice"/>',
    '<bpmn:callActivity id="follow" name="跟踪" calledElement="follow"><bpmn:extensionElements>'
    '<camunda:in source="各矿结论" target="结论表"/><camunda:out source="结果" target="跟踪结果"/>'
    "</bpmn:extensionElements></bpmn:callActivity>",
    event("boundaryEvent", "illegal", inside='<bpmn:errorEventDefinition errorRef="e1"/>', more='attachedToRef="follow"'),
    event("boundaryEvent", "told", inside='<bpmn:escalationEventDefinition escalationRef="u1"/>',
          more='attachedToRef="follow" cancelActivity="false"'),
    task("punish", "office", "verdict"), task("note", "office", "verdict"), DONE,
    '<bpmn:endEvent id="noted"/>', '<bpmn:endEvent id="punished"/>',
    flows="start -> pick\npick -> check\ncheck -> choice\nchoice -> follow if any(各矿结论, 结论 != '好')\nchoice -> done else\n"
    "follow -> done\nillegal -> punish\npunish -> punished\ntold -> note\nnote -> noted",
    outside='<bpmn:error id="e1" name="违法" errorCode="违法"/><bpmn:escalation id="u1" name="上报" escalationCode="上报"/>',
)  # fmt: skip
FOLLOW = process(
    "follow", START, task("look", "office", "followed", due="P3D"), '<bpmn:exclusiveGateway id="choice"/>',
    event("intermediateThrowEvent", "tell", inside='<bpmn:escalationEventDefinition escalationRef="u1"/>'),
    event("endEvent", "bad", inside='<bpmn:errorEventDefinition errorRef="e1"/>'), task("close", "head_of", "rectified"), DONE,
    flows="start -> look\nlook -> choice\nchoice -> bad if 结果 == '违法'\nchoice -> tell else\ntell -> close\nclose -> done",
    outside='<bpmn:error id="e1" name="违法" errorCode="违法"/><bpmn:escalation id="u1" name="上报" escalationCode="上报"/>',
).replace('candidateGroups="head_of"', 'candidateGroups="office"')  # fmt: skip
MINES = {"type": "array", "title": "煤矿", "items": {"type": "string", "format": "unit"}}
PICK = form(["煤矿"], 煤矿=MINES)
CHECKED = form(
    ["结论"], 结论={"type": "string", "enum": ["好", "差"], "title": "结论"},
    hazards={"type": "array", "title": "隐患", "items": {
        "type": "object", "properties": {key: {"type": "string", "title": key} for key in ("描述", "级别")}}},
)  # fmt: skip
FOLLOWED = form(["结果"], 结果={"type": "string", "enum": ["违法", "整改"], "title": "结果"})
DUTY = "  joint: {title: 联合检查, by: office, process: joint, form: plan, on: {demand: office}, clause: 一}\nledgers:\n"


def package() -> dict[str, bytes]:
    campaign = CAMPAIGN.replace("ledgers:\n", DUTY, 1).replace(
        "from_rows: [self-check.hazards]\n    states: [发现",
        "from_rows: [self-check.hazards, checked.hazards]\n    states: [发现",
        1,
    )
    drawn = {"processes/joint.bpmn": JOINT, "processes/follow.bpmn": FOLLOW}
    forms = {**FORMS, "pick": PICK, "checked": CHECKED, "followed": FOLLOWED}
    made = (
        {f"forms/{key}/schema.json": text for key, text in forms.items()}
        | drawn
        | {"campaign.yaml": campaign}
    )
    return {**files(), **{path: text.encode() for path, text in made.items()}}


@pytest.fixture
def story(open_work, clock):
    assert [str(one.what) for one in check(package()) if one.level == "error"] == []
    story = begun(open_work, clock, package())
    story.launch()
    assert not story.errors
    return story


@pytest.fixture
def joint(story):
    """Two mines are asked at once."""
    world = story.open_work.world
    story.demand("clerk", "joint")
    story.do("clerk", "joint", "pick", {"煤矿": [str(world.unit("pine")), str(world.unit("plain"))]})
    return story


def open_tasks(story) -> list[tuple[str, str, str]]:
    query = Task.duty == "joint", Task.state == "open"
    return sorted((one.node, one.item, one.process) for one in story.rows(_tasks(*query)))


def _tasks(*where):
    return select(Task).where(*where).order_by(Task.opened_at, Task.id)


def test_each_unit_of_the_list_has_a_task_of_its_own_and_reads_nothing_of_the_others(joint):
    assert open_tasks(joint) == [("check", "南坪露天煤矿", ""), ("check", "松岭煤矿", "")]
    mine, other = joint.find("pine", "joint"), joint.find("plain", "joint")
    with joint.open_work("yangcheng", "pine", reads=True) as work, pytest.raises(NotFound):
        tasks.gather(work, other.id)
    joint.complete("plain", other.id, {"结论": "差", "hazards": [MAJOR]})
    with joint.open_work("yangcheng", "pine", reads=True) as work:
        desk = tasks.gather(work, mine.id)
        seen = history.beside(history.rounds(work, desk.running, desk.instance), desk.task)
        assert [one.task.node for one in seen] == ["pick"]
        assert desk.form is not None and desk.form.id == "checked"


def test_what_they_found_comes_together_and_the_rows_of_all_are_born(joint):
    joint.do("plain", "joint", "check", {"结论": "好", "hazards": [MINOR]})
    assert joint.instances("joint")[0].state == "running"
    joint.do("pine", "joint", "check", {"结论": "好", "hazards": [MAJOR]})
    (instance,) = joint.instances("joint")
    assert (instance.state, instance.end_node) == ("done", "done")
    assert sorted(item.data["描述"] for item in joint.items()) == sorted([MAJOR["描述"], MINOR["描述"]])


@pytest.fixture
def followed(joint):
    """One of them is not well: another process follows it up."""
    joint.do("pine", "joint", "check", {"结论": "差"})
    joint.do("plain", "joint", "check", {"结论": "好"})
    assert open_tasks(joint) == [("look", "", "follow")]
    return joint


def test_a_task_of_a_called_process_has_its_form_its_due_date_and_its_place(followed):
    look = followed.find("clerk", "joint", "look")
    assert (look.form, str(look.due)) == ("followed", "2024-11-04")
    with followed.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, followed.launched)
        assert live.drawing("joint", look.process).id == "follow"
        assert live.model("joint").at(look.place).drawing.id == "follow"
        (column,) = [total for total in progress.totals(work, live).values() if total.duty == "joint"]
        assert column.counts["filed"] == 1


def test_an_error_inside_leads_out_at_the_border(followed):
    followed.do("clerk", "joint", "look", {"结果": "违法"})
    assert open_tasks(followed) == [("punish", "", "")]
    followed.do("clerk", "joint", "punish", {"结论": "接收"})
    assert followed.instances("joint")[0].end_node == "punished"


def test_an_escalation_tells_the_caller_and_the_called_process_goes_on(followed):
    followed.do("clerk", "joint", "look", {"结果": "整改"})
    assert open_tasks(followed) == [("close", "", "follow"), ("note", "", "")]
    followed.do("clerk", "joint", "close", {"结果": "好了"})
    followed.do("clerk", "joint", "note", {"结论": "接收"})
    assert followed.instances("joint")[0].state == "done"


def test_two_tasks_of_one_form_keep_their_own_versions(joint):
    first = joint.do("pine", "joint", "check", {"结论": "差"})
    second = joint.do("plain", "joint", "check", {"结论": "好"})
    with joint.open_work("yangcheng", "admin", reads=True) as work:
        rounds = history.rounds(work, running(work, joint.launched), joint.instances("joint")[0])
        assert [dict(one.answers)["结论"] for one in rounds if one.task.node == "check"] == ["差", "好"]
    assert first.submission_id != second.submission_id


def test_too_many_of_them_are_an_incident_that_names_the_step(story):
    world = story.open_work.world
    story.demand("clerk", "joint")
    story.do("clerk", "joint", "pick", {"煤矿": [str(world.unit("pine"))] * 1001})
    with story.open_work("yangcheng", "admin") as work:
        (incident,) = incidents.listed(work)
        assert "1000" in incident.message
    assert story.instances("joint")[0].state == "stuck"


LIBRARY = "winter-library"


def test_a_process_of_another_published_package_runs_with_its_own_forms_and_actors(open_work, clock):
    theirs = package()
    theirs["campaign.yaml"] = theirs["campaign.yaml"].replace(
        b"id: winter-2024", f"id: {LIBRARY}".encode(), 1
    )
    ours = package()
    ours["processes/joint.bpmn"] = ours["processes/joint.bpmn"].replace(
        b'calledElement="follow"', f'calledElement="{LIBRARY}@1.0.0/follow"'.encode()
    )
    for gone in ("processes/follow.bpmn", "forms/followed/schema.json"):
        del ours[gone]
    with open_work("yangcheng", "admin") as work:
        library = publish(work, theirs).hash
    story = begun(open_work, clock, ours)
    story.launch()
    world = open_work.world
    story.demand("clerk", "joint")
    story.do("clerk", "joint", "pick", {"煤矿": [str(world.unit("pine"))]})
    story.do("pine", "joint", "check", {"结论": "差"})
    look = story.find("clerk", "joint", "look")
    assert look.process == f"{LIBRARY}@1.0.0/follow"
    with open_work("yangcheng", "clerk", reads=True) as work:
        desk = tasks.gather(work, look.id)
        assert desk.form is not None and desk.form.id == "followed"
        assert desk.running.package.library[f"{LIBRARY}@1.0.0"].hash == library
    story.do("clerk", "joint", "look", {"结果": "违法"})
    assert open_tasks(story) == [("punish", "", "")]


def test_one_of_several_is_called_by_the_unit_in_its_row(open_work):
    pine = str(open_work.world.unit("pine"))
    rows = {
        "松岭煤矿": {"附件": str(uuid4()), "煤矿": pine, "要求": "查通风"},
        "查通风": {"要求": "查通风", "煤矿": pine},
    }
    with open_work("yangcheng", reads=True) as work:
        for name, row in rows.items():
            assert items.label(work, Opened("1", "look", number=1, of=2, item=row)) == name
        assert items.label(work, Opened("1", "look", number=1, of=2, item={"附件": str(uuid4())})) == "1/2"
