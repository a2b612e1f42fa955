"""Phases, milestones and dates of one's own as people see them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from engine.models import Instance
from tests.engine.dated_package import files
from tests.engine.story import begun

P = "/t/yangcheng"
PHASES = """\
  before: {title: 动员, start: 2024-05-01, end: 2024-05-31, clause: 一}
  check: {title: 自查自改, end: 2025-02-28, after: before, clause: 一}
  look: {title: 抽查, in: check, start: 2024-12-01, end: 2025-01-31, clause: 一}
  rounds: {title: 逐季达标, start: 2024-10-01, end: 2025-12-31, every: quarter, clause: 一}
  midterm: {title: 中期评估, milestone: true, clause: 一}
  far: {title: 远景, horizon: true, end: 2035-12-31, clause: 一}
"""
UNDATED = """\
duties:
  open: {title: 完善制度, by: mine, form: plan, clause: 一}
"""


@pytest.fixture
def story(door, clock, house):
    first = "  before: {title: 动员, start: 2024-05-01, end: 2024-05-31, clause: 一}\n"
    told = begun(door, clock, files(**{first: PHASES, "duties:\n": UNDATED}))
    with house.app_context():
        told.launch()
    return told


def text(page) -> str:
    assert page.status_code == 200, page.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_a_campaign_shows_each_phase_as_far_as_the_notice_says(visit, story):
    page = text(visit("admin").get(f"{P}/campaigns/{story.campaign}"))
    for words in (
        "2月28日（周五）前，接“动员”", "属于“自查自改”", "共5轮 · 现在是2024-Q4这一轮", "通知没有写日期", "远景，不催办",
        "等日历登记“汛期”",
    ):  # fmt: skip
        assert words in page, words
    assert "自查自改" in text(visit("admin").get(f"{P}/campaigns"))


def test_the_page_of_a_package_draws_the_same_phases(visit, story):
    for path in (
        f"packages/{story.package}",
        f"packages/{story.package}/rehearsal",
        f"launch/{story.package}?step=read",
    ):
        assert "现在是2024-Q4这一轮" in text(visit("admin").get(f"{P}/{path}")), path


def test_milestones_stand_on_the_duty_and_on_each_instance(visit, story, house):
    with house.app_context():
        story.do("pine", "approvals", "rights")
        [pine] = story.instances("approvals", unit="pine")
    duty = text(visit("admin").get(f"{P}/campaigns/{story.campaign}/duties/approvals"))
    assert "通知前已过" in duty and "按期完成 1" in duty and "没有到期 1" in duty
    assert "到期没有完成的：分类处置" in duty
    with house.app_context():
        story.day("2024-12-28")
    own = text(visit("pine").get(f"{P}/instances/{pine.id}"))
    assert "按期完成" in own and "到期没有完成" in own
    assert "节点“设计”到期没有完成（2024-12-27）" in own


def test_what_was_over_before_the_notice_says_so(visit, story):
    page = text(visit("admin").get(f"{P}/campaigns/{story.campaign}/duties/early"))
    assert "通知印发前已经到期" in page and "也不算逾期" in page


def test_what_was_over_before_the_notice_is_not_called_yet_to_begin(visit, story):
    page = text(visit("admin").get(f"{P}/campaigns/{story.campaign}?tab=duties"))
    assert re.search(r"动员部署 一、 .{0,40} 5月 5月31日（周五） 通知印发前已经到期", page), page


def test_a_day_that_the_words_say_is_not_said_again(visit, story):
    page = text(visit("admin").get(f"{P}/campaigns/{story.campaign}?tab=duties"))
    assert not re.search(r"(\d+月\d+日（周.）)前 \1", page)


def test_a_date_of_ones_own_is_set_on_the_page_of_the_duty(visit, story, door, house):
    visitor = visit("admin")
    path = f"{P}/campaigns/{story.campaign}/duties/open"
    assert "本单位定期限" in text(visitor.get(path))
    done = visitor.post(f"{path}/date", {"due": "2024-12-20", "reason": "县领导要求"})
    assert done.status_code == 303
    with door() as work:
        assert set(work.session.scalars(select(Instance.due).where(Instance.duty == "open"))) == {
            date(2024, 12, 20)
        }
    with house.app_context():
        [mine] = story.instances("open", unit="pine")
    assert "县领导要求" in text(visit("pine").get(f"{P}/instances/{mine.id}"))
    assert "本单位定期限" not in text(visit("pine").get(path)).replace("本单位定期限：", "")
    assert visit("pine").post(f"{path}/date", {"due": "", "reason": "x"}).status_code in (403, 404)


def test_the_launch_asks_about_what_is_past_and_about_days_off(visit, story):
    choices = text(visit("admin").get(f"{P}/launch/{story.package}?step=choices"))
    assert "通知印发前已经到期的任务是否下达？" in choices and "到期日遇节假日怎么办？" in choices
    shown = text(
        visit("admin").post(
            f"{P}/launch/{story.package}", {"step": "preview", "roll": "earlier", "past": "open"}
        )
    )
    assert (
        re.search("日历里还没有登记：(两会、汛期|汛期、两会)", shown)
        and "有1项在通知印发前已经到期" not in shown
    )
