"""The pages of handing down: to whom, where they stand, and the steps of those who received it."""

from __future__ import annotations

import html
import re

import pytest

from engine import campaigns
from engine.cascade import taking
from engine.cascade.choosing import Choice
from tests.engine import chain as story
from tests.engine.carrying import carry
from tests.web.visitor import Visitor


@pytest.fixture
def chain(open_work) -> str:
    """The province has its package; the city Jincheng below it, and below that two counties."""
    return story.begun(open_work)


def words(answer) -> str:
    """Return what somebody reads on a page, without the marks between."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def at(package_hash: str, more: str = "") -> str:
    return f"/t/shanxi/packages/{package_hash}/hand-down{more}"


def hand(visitor: Visitor, package_hash: str, **form):
    return visitor.post(at(package_hash), form)


def test_all_cities_and_level_by_level_down_to_the_counties(chain, open_work, visit):
    province = visit("province")
    assert "全部市 1个单位" in words(province.get(at(chain)))
    assert (
        hand(province, chain, whom="level", level="city", through="county", note="请抓紧。").status_code
        == 303
    )
    carry(open_work)
    shown = words(province.get(at(chain)))
    assert "市 1个 ：1 待签收" in shown.replace("： ", "：") and "县 2个" in shown
    assert "以后新设的下级（市），也会自动收到" in shown and "逐级到县" in shown
    assert "沁水县" in shown and "阳城县" in shown


def test_a_condition_tells_whom_it_means_while_it_is_written(chain, open_work, visit):
    province = visit("province")
    story.found(open_work, "changzhi", "长治市", "city", "shanxi", with_people=False)
    for text, told in (
        ("level == 'city'", "符合的有2个：长治市、晋城市"),
        ("starts_with(name, '长')", "符合的有1个：长治市"),
        ("name == '北京市'", "现在没有下级符合。"),
        ("level ==", "条件写错了：第 1 行"),
        ("output > 3", "下级都没有“output”这一项。 可以用的有：code、kind"),
        ("name", "条件算出来的不是“是”或“否”。"),
        ("1 / 0 == 1", "没有算上：除数是 0"),
        ("x" * 1001, "条件超过 1000 字。"),
        ("", ""),
    ):
        shown = (
            words(province.get(at(chain, "/meant"), query_string={"selector": text}))
            .replace(" ：", "：")
            .replace("： ", "：")
        )
        assert told in shown, (text, shown)


def test_a_hostile_condition_is_refused_in_time_and_changes_nothing(chain, open_work, visit):
    province = visit("province")
    for text in (
        "any(" * 40 + "[1]" + ")" * 40, "matches(name, '(a+)+$')", "name.__class__", "open('/etc/passwd')",
        "sum([1,2,3,4,5,6,7,8,9], sum([1,2,3,4,5,6,7,8,9], sum([1,2,3,4,5,6,7,8,9], sum([1,2,3,4,5,6,7,8,9], 1)))) > 0",
        "<script>alert(1)</script>",
    ):  # fmt: skip
        answer = hand(province, chain, whom="selector", selector=text)
        assert answer.status_code in (303, 422) and "<script>alert" not in answer.text, text
    assert story.seen(open_work, "shanxi").former == []


def test_a_refused_choice_is_shown_again_as_it_was(chain, visit):
    answer = hand(
        visit("province"), chain, whom="selector", selector="level ==", through="county", note="请抓紧。"
    )
    assert answer.status_code == 422
    assert 'value="level ==" ' in html.unescape(answer.text) and "请抓紧。" in answer.text
    assert re.search(r'value="county" selected', answer.text)


def test_who_is_ticked_gets_it_and_a_stranger_cannot_be(chain, open_work, visit):
    province = visit("province")
    (city, county) = story.ids(open_work, "jincheng", "yangcheng")
    assert hand(province, chain, whom="list", to=str(county)).status_code == 404
    assert hand(province, chain, whom="list").status_code == 422
    assert hand(province, chain, whom="list", to=str(city)).status_code == 303
    assert [one.row.other_name for one in story.seen(open_work, "shanxi").current] == ["晋城市"]


def test_the_table_is_narrowed_by_state_and_name(chain, open_work, visit):
    province = visit("province")
    for number in range(3):
        story.found(open_work, f"c{number}", f"第{number}市", "city", "shanxi", with_people=False)
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    carry(open_work)
    story.acknowledge(open_work, "yangcheng", 结论="不承担", 理由="本县没有煤矿。")
    carry(open_work)

    def rows(**query):
        text = province.get(at(chain), query_string=query).text
        return re.findall(r'<td class="ls-wide"><span class="ls-table-title">([^<]+)', text)

    assert sorted(rows()) == ["晋城市", "第0市", "第1市", "第2市"]
    assert rows(state="declined") == ["晋城市"]  # for the county below it
    assert rows(q="第1") == ["第1市"]
    assert rows(q="阳城") == ["晋城市"]
    assert rows(state="launched") == []


def test_who_declined_is_asked_again_and_who_is_silent_is_asked_after(chain, open_work, visit):
    province = visit("province")
    story.found(open_work, "changzhi", "长治市", "city", "shanxi", with_people=False)
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)))
    carry(open_work)
    story.acknowledge(open_work, "jincheng", 结论="不承担", 理由="已有<b>方案</b>。")
    carry(open_work)
    shown = province.get(at(chain))
    assert "已有&lt;b&gt;方案&lt;/b&gt;。" in shown.text and "重新下达给晋城市？" in words(shown)
    (again,) = set(re.findall(r'action="([^"]+/again)"', shown.text))
    assert province.post(again, {"note": ""}).status_code == 422
    assert province.post(again, {"note": "请按统一方案办。"}).status_code == 303
    carry(open_work)
    assert story.states(open_work, "shanxi") == {"晋城市": "arrived", "长治市": "arrived"}
    assert province.post(at(chain, "/urge")).status_code == 303
    assert province.post(at(chain, "/urge")).status_code == 409  # not all the time
    carry(open_work)
    assert words(province.get(at(chain))).count("已催1次") == 2


def test_late_ones_are_told_and_handed_it_by_a_button(chain, open_work, visit):
    province = visit("province")
    story.hand(open_work, "shanxi", chain, story.ids(open_work, "jincheng"))
    story.found(open_work, "changzhi", "长治市", "city", "shanxi", with_people=False)
    assert "还有1个下级没有这个方案" in words(province.get(at(chain)))
    assert province.post(at(chain, "/rest")).status_code == 303
    assert "还有1个下级" not in words(province.get(at(chain)))


def test_an_order_that_stands_is_ended(chain, open_work, visit):
    province = visit("province")
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)))
    (stop,) = re.findall(r'action="([^"]+/stop)"', province.get(at(chain)).text)
    assert province.post(stop).status_code == 303
    assert "不再自动下达" not in words(province.get(at(chain)))
    assert visit("city").post(stop.replace("/shanxi/", "/jincheng/")).status_code == 404


def test_who_received_it_is_led_step_by_step(chain, open_work, visit):
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    carry(open_work)
    county = visit("admin")
    with open_work("yangcheng") as work:
        (row,) = taking.handed(work)
        here = f"/t/yangcheng/packages/handed/{row.id}"
    assert here in county.get("/t/yangcheng/packages").text
    shown = words(county.get(here))
    assert "由山西省发起，经晋城市逐级下达" in shown and "去签收" in shown
    (task,) = re.findall(r'href="(/t/yangcheng/tasks/[^"]+)"', county.get(here).text)
    assert here in county.get(task).text and "签收前，可以先看方案" in words(county.get(task))
    story.acknowledge(open_work, "yangcheng", 结论="签收")
    carry(open_work)
    shown = county.get(here)
    assert "管理员甲，" in words(shown) and "去签收" not in words(shown)
    open_work.clock.move(days=40)
    shown = words(county.get(here)).replace(" ：", "：").replace("： ", "：")
    dropped, late = shown.split("这些期次已经过去，启动后不再下达，也不算逾期：")[1].split(
        "下面这些的日期已过，启动后仍会下达"
    )
    assert "报送月报 1期：11月30日" in dropped and "值班日志" not in dropped
    assert "值班日志 10期：" in late and "自查自改 1期" in late
    with story.acting(open_work, "yangcheng") as work:
        campaigns.launch(work, chain)
    shown = words(county.get(here))
    assert "已启动，上级看得到。" in shown and "这些期次已经过去" not in shown


def test_what_was_handed_down_to_another_does_not_exist(chain, open_work, visit):
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    carry(open_work)
    with open_work("jincheng") as work:
        (row,) = taking.handed(work)
    assert visit("city").get(f"/t/jincheng/packages/handed/{row.id}").status_code == 200
    assert visit("admin").get(f"/t/yangcheng/packages/handed/{row.id}").status_code == 404
    # What the province handed down is no package that was handed down to it.
    assert visit("province").get(f"/t/shanxi/packages/handed/{row.id}").status_code == 404


def test_a_program_hands_down_and_reads_where_all_stand(chain, open_work, program):
    machine = program("province")
    for body, status in (
        ({"levels": ["city"], "through": "county"}, 201), ({"levels": ["moon"]}, 422), ({"selector": "level =="}, 422),
        ({}, 422), ({"levels": ["city"], "selector": "true"}, 422), ({"levels": ["city"], "through": "province"}, 422),
    ):  # fmt: skip
        assert machine.post(f"/packages/{chain}/handed", body).status_code == status, body
    carry(open_work)
    told = machine.get(f"/packages/{chain}/handed").json
    assert {(one["level"], one["state"], one["number"]) for one in told["counts"]} == {
        ("city", "arrived", 1), ("county", "arrived", 2),
    }  # fmt: skip
    (city,) = told["handed"]
    assert {one["name"] for one in city["further"]} == {"沁水县", "阳城县"} and city["through"] == "county"
    assert machine.post(f"/handed/{city['id']}/urge", {"further": True}).json["urged"] == 1
    (order,) = told["orders"]
    assert machine.post(f"/hand-orders/{order['id']}/stop").json["levels"] == ["city"]
    (received,) = program("admin").get("/received-packages").json["received"]
    assert (received["name"], received["origin"], received["hash"]) == ("晋城市", "山西省", chain)
