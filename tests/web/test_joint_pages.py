"""Pages of a task for each of several mines, and of a task inside a called process."""

from __future__ import annotations

import pytest

from tests.engine.story import MAJOR, Story, begun
from tests.engine.test_joint import package

P = "/t/yangcheng"


@pytest.fixture
def story(open_work, clock, house) -> Story:
    """Two mines are asked at once."""
    made = begun(open_work, clock, package())
    made.launch()
    made.demand("clerk", "joint")
    mines = [str(open_work.world.unit(code)) for code in ("pine", "plain")]
    made.do("clerk", "joint", "pick", {"煤矿": mines})
    return made


def test_each_mine_sees_its_own_task_by_its_name_and_nothing_that_another_wrote(story, visit, program):
    mine = story.find("pine", "joint")
    story.do("plain", "joint", "check", {"结论": "差", "hazards": [MAJOR]})
    pine = visit("pine")
    assert "check（松岭煤矿）" in pine.get(f"{P}/inbox").text
    page = pine.get(f"{P}/tasks/{mine.id}").text
    assert "check（松岭煤矿）" in page
    assert MAJOR["描述"] not in page and "退回" not in page
    shown = program("pine").get(f"/tasks/{mine.id}")
    assert shown.status_code == 200 and MAJOR["描述"] not in shown.text


def test_a_task_in_a_called_process_shows_its_own_drawing_and_its_instance_the_call(story, visit):
    for login, verdict in (("pine", "差"), ("plain", "好")):
        story.do(login, "joint", "check", {"结论": verdict})
    look = story.find("clerk", "joint", "look")
    clerk = visit("clerk")
    page = clerk.get(f"{P}/tasks/{look.id}")
    assert page.status_code == 200 and "结果" in page.text
    assert 'id="follow"' in clerk.get(f"{P}/tasks/{look.id}/drawing.bpmn").text
    (instance,) = story.instances("joint")
    whole = clerk.get(f"{P}/instances/{instance.id}").text
    assert "跟踪" in whole and "check（松岭煤矿）" in whole
    assert "<h2>流程（follow）</h2>" in page.text and "<h2>流程</h2>" in whole
    assert "办结：check（松岭煤矿）" in whole and "办结：check（南坪露天煤矿）" in whole
    assert "现在由办公室办理：look" in whole and "leading_group" not in whole
    assert 'id="joint"' in clerk.get(f"{P}/instances/{instance.id}/drawing.bpmn").text
    story.do("clerk", "joint", "look", {"结果": "违法"})
    assert clerk.get(f"{P}/instances/{instance.id}").status_code == 200
    assert clerk.get(f"{P}/tasks/{look.id}").status_code == 200


def test_whoever_hands_in_a_task_reads_in_the_inbox_that_it_arrived(story, visit):
    mine, pine = story.find("pine", "joint"), visit("pine")
    answer = pine.send(f"{P}/tasks/{mine.id}/complete", {"answers": {"结论": "好"}})
    assert answer.status_code == 200
    assert "已提交：联合检查" in pine.get(answer.json["next"]).text
    assert "已提交：联合检查" not in pine.get(answer.json["next"]).text
