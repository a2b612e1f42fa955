"""The province that is measured: what its mines said is what its last report says, and nothing is left lying on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.bench.chain import campaign
from engine.bench.chain.province import FULL, TOP, Scale, found, tenth
from engine.models import Task
from tenants.models import Job

SMALL = Scale(cities=2, counties=3, mines=7, months=2)


@pytest.fixture
def province(app, tmp_path):
    made = found("", tmp_path, scale=SMALL)
    for step in campaign.steps(made):
        assert step.act() > 0, step.name
    return made


@pytest.mark.slow
def test_the_provinces_last_report_says_what_the_mines_said(province):
    said = [campaign.hazards(unit) for mines in province.mines.values() for unit, _ in mines]
    solved = sum(one // 2 for one in said)
    first, told = campaign.totals(province)
    assert first == told and len(said) == 7 and told["隐患数"] == sum(said) and told["已整改"] == solved
    assert told["整改率"] == pytest.approx(100 * solved / sum(said), abs=0.05)
    assert (told["应报"], told["已报"], told["缺报"]) == (2, 2, [])


@pytest.mark.slow
def test_all_that_was_to_be_done_is_done(province):
    for slug in province.everywhere():
        with province.act(slug, reads=True) as work:
            late = select(Task.duty).where(Task.state == "open", Task.title.contains("2024-11"))
            assert list(work.session.scalars(late)) == [], slug
            assert list(work.session.scalars(select(Job.error).where(Job.state == "failed"))) == []
    with province.act(TOP, reads=True) as work:
        months = select(Task.title).where(Task.duty == "province_report", Task.state == "done")
        assert len(list(work.session.scalars(months))) == 2


def test_a_tenth_is_a_tenth():
    small = tenth(FULL)
    assert (small.cities, small.counties, small.mines) == (1, 10, 400)
