"""What a decision table decided, told to readers; incidents of one kind, retried together."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine.models import Incident
from tests.engine.package import REMARKED, files
from tests.engine.story import Story, begun

P = "/t/yangcheng"


@pytest.fixture
def story(open_work, clock, house) -> Story:
    """A campaign whose reports are graded by a table; at each mine one is graded and one is stuck."""
    made = begun(open_work, clock, {**files(), "decisions/level.dmn": REMARKED.encode()})
    made.launch()
    for login in ("pine", "plain"):
        made.demand(login, "grade")
        made.do(login, "grade", "fill", {"瓦斯": 1.7, "班次": 3})
        made.demand(login, "grade")
        made.do(login, "grade", "fill", {"瓦斯": 1.2, "班次": 0})
    return made


def test_the_row_that_decided_stands_beside_the_instance_in_words(story, visit):
    (graded,) = [one for one in story.instances("grade", unit="pine") if one.state == "running"]
    page = visit("pine").get(f"{P}/instances/{graded.id}").text
    assert "按决策表“隐患分级”第1行决定" in page
    assert "瓦斯 &gt;= 1.5 → 级别 重大、期限 3 → 停产整改" in page
    english = visit("pine")
    english.post("/language", {"language": "en"})
    assert "Decided by table" in english.get(f"{P}/instances/{graded.id}").text
    trail = visit("auditor").get(f"{P}/audit").text
    assert "按决策表决定" in trail and "隐患分级" in trail


def test_who_reads_a_package_reads_its_tables_and_who_does_what(story, visit):
    page = visit("admin").get(f"{P}/packages/{story.package}?tab=processes").text
    assert "决策表 隐患分级" in page and "<td>重大</td>" in page and "停产整改" in page
    assert 'fill <span class="ls-faint">· 责任单位</span>' in page
    assert "这个方案正在运行" in visit("admin").get(f"{P}/launch/{story.package}").text


def test_where_an_instance_has_stopped_it_says_why_to_those_who_see_to_it(story, visit):
    (stuck,) = [one for one in story.instances("grade", unit="pine") if one.state == "stuck"]
    address = f"{P}/instances/{stuck.id}"
    told = visit("admin").get(address).text
    assert "停在这里了" in told and "“分级”：决策“隐患分级”" in told and f'href="{P}/incidents"' in told
    mine = visit("pine").get(address).text
    assert "停在这里了" in mine and "管理员能看到原因" in mine and "瓦斯 / 班次" not in mine


def test_an_incident_is_said_in_the_language_of_its_reader(story, visit):
    (stuck,) = [one for one in story.instances("grade", unit="pine") if one.state == "stuck"]
    admin = visit("admin")
    admin.post("/language", {"language": "en"})
    for page in (f"{P}/incidents", f"{P}/instances/{stuck.id}"):
        told = admin.get(page).text
        assert "“分级”: Decision “隐患分级”" in told and "决策" not in told.replace("决策表", "")


def test_an_incident_of_the_first_release_is_still_told(story, visit):
    with story.open_work("yangcheng") as work:
        for one in work.session.scalars(select(Incident)):
            one.words, one.message = None, "从前写下的原因"
    assert visit("admin").get(f"{P}/incidents").text.count("从前写下的原因") == 2


def test_incidents_of_one_kind_are_retried_together(story, visit):
    admin = visit("admin")
    page = admin.get(f"{P}/incidents").text
    assert "决策“隐患分级”" in page and "“瓦斯 / 班次”" in page and page.count("重试同类2条") == 2
    path = re.search(r'action="([^"]+/retry-alike)"', page)[1]
    assert admin.post(path).status_code == 303
    assert "2条同类异常正在逐条重试" in admin.get(f"{P}/incidents").text
    story.ring()
    assert (
        not story.errors and admin.get(f"{P}/incidents").text.count("重试同类2条") == 2
    )  # said anew: nothing has changed
    assert visit("clerk").post(path).status_code == 403


def test_a_retry_in_vain_is_said_at_once_and_leaves_no_advice_behind(story, visit):
    admin = visit("admin")
    page = admin.get(f"{P}/incidents").text
    assert " · · " not in page and "已试1次" not in page
    assert admin.post(re.search(r'action="([^"]+/retry)"', page)[1]).status_code == 303
    assert "重试了，还是不能继续" in admin.get(f"{P}/incidents").text
    closed = admin.get(f"{P}/incidents?state=closed").text
    assert "已重试" in closed and "怎么办" not in closed


def test_whoever_hands_in_what_stops_is_told_that_an_administrator_must_act(story, visit, program):
    story.demand("pine", "grade")
    pine, task = visit("pine"), story.find("pine", "grade", "fill").id
    told = pine.send(f"{P}/tasks/{task}/complete", {"answers": {"瓦斯": 1.2, "班次": 0}}).json["what"]
    assert "已提交" in told and "管理员" in told and "不用重交" in told
    assert "请告诉管理员" in pine.get(f"{P}/inbox").text
    story.demand("pine", "grade")
    again = story.find("pine", "grade", "fill").id
    sent = program("pine").post(f"/tasks/{again}/complete", {"answers": {"瓦斯": 1.2, "班次": 0}}).json
    assert sent["state"] == "done" and sent["stuck"] is True


def test_what_nobody_receives_is_in_progress_and_not_waiting_to_be_received(story, visit):
    (graded,) = [one for one in story.instances("grade", unit="pine") if one.state == "running"]
    page = visit("pine").get(f"{P}/instances/{graded.id}").text
    assert "提交情况" in page and "往次报送" not in page and "已报待收" not in page
    matrix = visit("admin").get(f"{P}/campaigns/{graded.campaign_id}/duties/grade").text
    assert "办理中" in matrix and "待核" not in matrix
