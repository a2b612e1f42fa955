"""What a decision table decided, told to readers; incidents of one kind, retried together."""

from __future__ import annotations

import re

import pytest

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
    assert "瓦斯 &gt;= 1.5 → 级别 &#39;重大&#39;、期限 3 → 停产整改" in page
    english = visit("pine")
    english.post("/language", {"language": "en"})
    assert "Decided by table" in english.get(f"{P}/instances/{graded.id}").text
    trail = visit("auditor").get(f"{P}/audit").text
    assert "按决策表决定" in trail and "隐患分级" in trail


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
