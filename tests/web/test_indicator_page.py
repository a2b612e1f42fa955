"""Indicators that each of many units has to meet: the worst first, a few in the list, all of them on pages of their own."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine.running import running
from tenants.models import Unit
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import Story, begun
from tests.engine.test_indicators import EACH, bring
from tests.engine.test_opening import crowd


@pytest.fixture
def page(open_work, clock, house) -> str:
    """A campaign of 62 mines, 20 of which have handed in their plan."""
    story: Story = begun(
        open_work, clock, {**files(), "campaign.yaml": CAMPAIGN.replace("locks:", EACH, 1).encode()}
    )
    story.launch()
    crowd(story, 60)
    with open_work("yangcheng", "admin") as work:
        mines = work.session.scalars(select(Unit).where(Unit.name.endswith("号矿")).order_by(Unit.path))
        bring(work, running(work, story.launched), mines.all()[:20])
    return f"/t/yangcheng/campaigns/{story.launched}?tab=indicators"


def rows(text: str) -> list[str]:
    body = text.partition('<table class="ls-table')[2].partition("</table>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in body.split("<tr")[2:]]


def test_the_list_tells_the_worst_and_leads_to_all(visit, page: str) -> None:
    text = visit("admin").get(page).text
    assert "/ 62 达到" in text and "查看全部62个" in text
    assert text.count("查看全部") == 3, "two companies are few enough to be told at once"
    assert len(re.findall("<li>[^<]*矿", text)) == 3 * 10


def test_all_units_are_paged_and_those_that_miss_the_target_come_first(visit, page: str) -> None:
    there = visit("admin")
    first, second = (rows(there.get(f"{page}&indicator=each_major&page={n}").text) for n in (1, 2))
    assert len(first) == 50 and len(second) == 12
    assert all("未达到" in one for one in first[:20])
    assert not any("未达到" in one for one in [*first[20:], *second])


def test_an_indicator_that_is_not_there_is_the_list(visit, page: str) -> None:
    there = visit("admin")
    for odd in ("nothing", "open_majors", "each_major'"):
        assert "查看全部62个" in there.get(f"{page}&indicator={odd}").text
    assert rows(there.get(f"{page}&indicator=each_major&page=99999").text) == []
