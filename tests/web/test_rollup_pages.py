"""Roll-ups as people meet them: the form with what is behind each number, the gaps, the corrected version; how reports stand."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import python_calamine

from tests.engine.chained import LEVELS, Chain, founded
from tests.engine.rolled import hand_in
from tests.engine.story import Story
from tests.engine.test_carried import MORE as CARRIED
from tests.engine.test_carried import package as carried_package
from tests.engine.test_rollup import file, rolled_story
from tests.engine.test_rollup_chain import act, mine, package, roll_up, up
from tests.web.test_collected_page import form_props

__all__ = ["rolled_story"]
P = "/t/yangcheng"


@pytest.fixture
def at_work(rolled_story: Story, visit: Any) -> tuple[Story, Any]:
    return rolled_story, visit("clerk")


def page_of(story: Story) -> str:
    (total,) = story.instances("total")
    return f"{P}/instances/{total.id}"


def test_the_form_shows_the_reports_behind_each_number_and_who_is_missing(at_work):
    story, clerk = at_work
    task = story.find("clerk", "total", "fill")
    page = clerk.get(f"{P}/tasks/{task.id}").text
    assert form_props(page)["answers"]["隐患数"] == 15
    assert (
        "汇总依据" in page
        and "松岭煤矿" in page
        and "缺报2个单位" in page
        and "北山煤业公司、南坪煤业公司" in page
    )
    changed = {**form_props(page)["answers"], "隐患数": 16}
    clerk.send(f"{P}/tasks/{task.id}/draft", {"answers": changed, "revision": 0}, "PUT")
    page = clerk.get(f"{P}/tasks/{task.id}").text
    assert "汇总算出 15，表里写的是 16。" in page


def test_a_changed_number_without_grounds_is_refused_at_the_field_for_them(at_work):
    story, clerk = at_work
    task = story.find("clerk", "total", "fill")
    answers = form_props(clerk.get(f"{P}/tasks/{task.id}").text)["answers"]
    refused = clerk.send(f"{P}/tasks/{task.id}/complete", {"answers": {**answers, "隐患数": 16}})
    assert refused.status_code == 422 and "理由" in refused.text
    done = clerk.send(
        f"{P}/tasks/{task.id}/complete", {"answers": {**answers, "隐患数": 16, "理由": "电话核实"}}
    )
    assert done.status_code == 200
    page = clerk.get(page_of(story)).text
    assert "人工修改" in page and "缺报2个单位" in page


def test_a_stale_one_says_what_would_change_and_offers_a_corrected_version(at_work):
    story, clerk = at_work
    file(story)
    hand_in(story, "north", 隐患数=5, 已整改=1)
    story.ring()
    page = clerk.get(page_of(story)).text
    assert "这份汇总已过期：北山煤业公司补报" in page and "报送更正版" in page
    assert "1份汇总已过期" in clerk.get(f"{P}/campaigns/{story.launched}/reporting").text
    answer = clerk.post(f"{page_of(story)}/correct", {"reason": "北山煤业公司补报"})
    assert answer.status_code == 303
    task = story.find("clerk", "total", "fill")
    assert form_props(clerk.get(f"{P}/tasks/{task.id}").text)["answers"]["隐患数"] == 20
    refused = clerk.post(f"{page_of(story)}/correct", {"reason": "再来"})
    assert refused.status_code == 403


def test_programs_read_what_is_behind_the_numbers_and_begin_a_correction(rolled_story, program):
    story = rolled_story
    file(story, 隐患数=16, 理由="电话核实")
    (total,) = story.instances("total")
    clerk = program("clerk")
    told = clerk.get(f"/instances/{total.id}/rollup").get_json()
    one = {line["name"]: line for line in told["lines"]}["隐患数"]
    assert (one["computed"], one["given"], one["changed"]) == (15, 16, True)
    assert [part["unit"] for part in one["behind"]] == ["松岭煤矿", "南坪露天煤矿"]
    assert told["missing"] == ["北山煤业公司", "南坪煤业公司"] and told["state"] == "current"
    again = clerk.post(f"/instances/{total.id}/correct", {"reason": "再核"})
    assert again.status_code == 200 and again.get_json()["id"] == str(total.id)
    for stranger in ("pine", "qs-admin"):
        assert program(stranger).get(f"/instances/{total.id}/rollup").status_code == 404
        assert program(stranger).post(f"/instances/{total.id}/correct", {"reason": "某"}).status_code == 404


def test_how_reports_stand_on_a_page_in_a_table_and_for_programs(rolled_story, visit, program):
    story, clerk = rolled_story, visit("auditor")
    page = clerk.get(f"{P}/campaigns/{story.launched}/reporting").text
    assert "报齐率" in page and "2024-11" in page and "松岭煤矿" in page
    page = clerk.get(f"{P}/campaigns/{story.launched}/reporting?duty=figures").text
    assert "50.0%" in page and "北山煤业公司" in page
    sheet = clerk.get(f"{P}/campaigns/{story.launched}/reporting.xlsx?duty=figures")
    rows = python_calamine.load_workbook(BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "单位" and rows[-1][0] == "合计" and rows[-1][-5:] == [4, 2, 2, 2, 2]
    told = program("auditor").get(f"/campaigns/{story.launched}/reporting?duty=figures").get_json()
    assert (told["total"]["expected"], told["total"]["complete"]) == (4, 50.0)
    assert told["levels"][0]["names"] == ["北山煤业公司", "南坪煤业公司"]


@pytest.fixture
def province(open_work, clock) -> Chain:
    """Mines of one county have reported, the county has to its city, and the city to the province."""
    found = founded(open_work)
    files = package()
    more, _, ledger = CARRIED.partition("ledgers:")
    campaign = files["campaign.yaml"].decode() + more + "ledgers:" + ledger
    for tenant in LEVELS:
        found.launch(tenant, {**carried_package(), **files, "campaign.yaml": campaign.encode()})
    found.day("2024-11-05")
    mine(found, "yangcheng", "pine", 12)
    act(
        found,
        "yangcheng",
        "pine",
        "check",
        "fill",
        {"清单": [{"描述": "瓦斯超限", "级别": "重大", "举报人": "王某"}]},
    )
    up(found)
    roll_up(found, "jincheng", "city_total")
    return found


def test_the_province_reads_how_complete_its_counties_and_mines_are(province, visit, program):
    (report,) = province.instances("shanxi", "city_total")
    p = visit("p-clerk")
    page = p.get(f"/t/shanxi/instances/{report.id}").text
    assert "随文报来的下级情况" in page and "晋城市" in page and "阳城县/南坪露天煤矿" in page
    (task, *_) = [one for one in province.inbox("shanxi") if one.duty == "city_total"]
    assert "随文报来的下级情况" in p.get(f"/t/shanxi/tasks/{task.id}").text
    page = p.get(f"/t/shanxi/campaigns/{province.campaigns['shanxi']}/reporting").text
    assert (
        "晋城市/阳城县/南坪露天煤矿" in page
        and "下级机关报来的数" in page
        and ">县<" in page.replace("\n", "")
    )


def test_items_that_a_county_reports_as_they_change_are_read_at_the_city(province, visit, program):
    city = province.campaigns["jincheng"]
    clerk = visit("c-clerk")
    assert "挂牌督办（1）" in clerk.get(f"/t/jincheng/campaigns/{city}/ledgers/hazards").text
    page = clerk.get(f"/t/jincheng/campaigns/{city}/ledgers/hazards/carried").text
    assert "瓦斯超限" in page and "阳城县" in page and "松岭煤矿" in page and "王某" not in page
    assert (
        "没有符合条件的条目" in clerk.get(f"/t/jincheng/campaigns/{city}/ledgers/hazards/carried?q=水害").text
    )
    told = program("c-clerk").get(f"/campaigns/{city}/ledgers/hazards/carried").get_json()
    assert [(one["title"], one["of"], one["chosen"]) for one in told["items"]] == [
        ("瓦斯超限", "阳城县", True)
    ]
