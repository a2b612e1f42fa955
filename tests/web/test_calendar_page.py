"""The working calendar as an administrator uses it, with a campaign running."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from engine.models import DutyOccurrence, Instance
from tenants import own_days, workdays
from tenants.own_days import SeasonChange
from tenants.statutory import LAST_ANNOUNCED
from tests.engine.story import begun
from tests.engine.workday_package import files

P = "/t/yangcheng"


@pytest.fixture
def story(door, clock, house):
    told = begun(door, clock, files())
    with door("yangcheng", "admin") as work:
        workdays.record(work, [SeasonChange("冬防", None, date(2024, 11, 13), date(2024, 12, 11))])
    with house.app_context():
        told.launch()
    return told


def hidden(page: str) -> dict[str, str]:
    """Return the fields of the form with which a preview is confirmed."""
    form = page[page.rindex("<form", 0, page.index('name="seal"')) :]
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")])
    return {name: value for name, value in fields if name != "csrf_token"}


def due(door, duty="plan"):
    with door() as work:
        return {one.due for one in work.session.scalars(select(Instance).where(Instance.duty == duty))}


OFF = {"step": "day", "date": "2024-11-04", "kind": "holiday", "name": "停电检修"}


def test_a_day_that_moves_due_dates_is_shown_first_and_moved_when_confirmed(visit, story, door):
    visitor = visit("admin")
    page = visitor.post(f"{P}/calendar", OFF)
    assert page.status_code == 200
    text = re.sub(r"<[^>]+>", " ", page.text)
    assert "报送方案" in text and "已下达未报的2件" in text and "停电检修" in text
    assert re.search(r"11月11日.*改为.*11月12日", text, re.S)
    assert due(door) == {date(2024, 11, 11)}, "nothing has changed yet"
    done = visitor.post(f"{P}/calendar", hidden(page.text))
    assert done.status_code == 303
    assert due(door) == {date(2024, 11, 12)}
    assert "停电检修" in visitor.get(done.location).text


def test_pressing_twice_moves_once(visit, story, door):
    visitor = visit("admin")
    form = hidden(visitor.post(f"{P}/calendar", OFF).text)
    answers = [visitor.post(f"{P}/calendar", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert due(door) == {date(2024, 11, 12)}


def test_a_stale_preview_is_refused_and_shown_afresh(visit, story, door):
    one, other = visit("admin"), visit("admin")
    stale = hidden(one.post(f"{P}/calendar", OFF).text)
    other.post(f"{P}/calendar", hidden(other.post(f"{P}/calendar", OFF | {"date": "2024-11-06"}).text))
    assert due(door) == {date(2024, 11, 12)}
    answer = one.post(f"{P}/calendar", stale)
    assert answer.status_code == 409 and "重新预览" in answer.text
    assert due(door) == {date(2024, 11, 12)}
    assert one.post(f"{P}/calendar", hidden(answer.text)).status_code == 303
    assert due(door) == {date(2024, 11, 13)}


def test_a_made_up_seal_confirms_nothing(visit, story, door):
    assert visit("admin").post(f"{P}/calendar", OFF | {"seal": "0" * 64}).status_code == 409
    assert due(door) == {date(2024, 11, 11)}


def test_several_days_are_set_at_once(visit, door):
    form = {"step": "day", "date": "2030-05-04", "until": "2030-05-06", "kind": "holiday", "name": "检修"}
    assert visit("admin").post(f"{P}/calendar", form).status_code == 303
    with door() as work:
        assert sorted(workdays.gather(work).days) == [date(2030, 5, day) for day in (4, 5, 6)]


def test_the_grid_shows_a_year_and_leads_to_each_day(visit, story):
    page = visit("admin").get(f"{P}/calendar?year=2024&day=2024-10-01").text
    assert page.count("<caption>") == 12
    assert len(re.findall(r'<a class="ls-day[^>]*href="[^"]*day=2024-\d\d-\d\d#edit"', page)) == 366
    assert re.search(r'ls-day-off[^>]*aria-label="10月1日（周二） · 休息 · 国庆节"', page)
    assert re.search(r'ls-day-worked[^>]*aria-label="10月12日（周六） · 上班 · 国庆节调休"', page)
    assert re.search(r'ls-day-season[^>]*aria-label="11月13日（周三） · 冬防"', page)
    assert 'value="2024-10-01"' in page, "the form is filled with the day that was picked"


def test_a_season_is_set_for_every_year_and_for_one(visit, door):
    visitor = visit("admin")
    yearly = {"step": "season", "name": "汛期", "scope": "yearly", "start": "2024-06-01", "end": "2024-09-30"}
    assert visitor.post(f"{P}/calendar", yearly).status_code == 303
    once = yearly | {"scope": "once", "start": "2025-05-20", "end": "2025-10-01"}
    assert visitor.post(f"{P}/calendar", once).status_code == 303
    with door() as work:
        found = own_days.calendar(workdays.gather(work), 2024, 2026)
    assert [found.season("汛期", year).start.month for year in (2024, 2025, 2026)] == [6, 5, 6]
    assert "本年单独设定" in visitor.get(f"{P}/calendar?year=2025").text
    away = {"step": "season_remove", "name": "汛期", "season_year": "2025"}
    assert visitor.post(f"{P}/calendar", away).status_code == 303
    assert "本年单独设定" not in visitor.get(f"{P}/calendar?year=2025").text


def test_a_season_that_a_campaign_uses_cannot_be_taken_away(visit, story):
    answer = visit("admin").post(
        f"{P}/calendar", {"step": "season_remove", "name": "冬防", "season_year": ""}
    )
    assert answer.status_code == 422 and "冬防行动" in answer.text


def test_a_year_without_an_announcement_is_estimated_until_somebody_vouches(visit):
    visitor, year = visit("admin"), LAST_ANNOUNCED + 1
    page = visitor.get(f"{P}/calendar?year={year}").text
    assert "尚未公布" in page and "预计" in page
    assert (
        visitor.post(f"{P}/calendar?year={year}", {"step": "settle", "settled_year": str(year)}).status_code
        == 303
    )
    assert "尚未公布" not in visitor.get(f"{P}/calendar?year={year}").text
    visitor.post(f"{P}/calendar?year={year}", {"step": "unsettle", "settled_year": str(year)})
    assert "尚未公布" in visitor.get(f"{P}/calendar?year={year}").text


@pytest.mark.parametrize(
    "form",
    [
        {"step": "day", "date": "2024-13-01", "kind": "holiday"},
        {"step": "day", "date": "2024-11-04", "until": "2024-11-01", "kind": "holiday"},
        {"step": "day", "date": "2024-11-04", "until": "2025-11-01", "kind": "holiday"},
        {"step": "day", "date": "2024-11-04", "kind": "half"},
        {"step": "season", "name": "", "scope": "yearly", "start": "2024-06-01", "end": "2024-09-30"},
        {"step": "season", "name": "汛期", "scope": "once", "start": "2024-09-01", "end": "2024-06-30"},
        {"step": "settle", "settled_year": "next"},
        {"step": ""},
    ],
)
def test_what_makes_no_sense_is_refused_and_kept_as_typed(visit, form):
    answer = visit("admin").post(f"{P}/calendar", form)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    for value in (form.get("date"), form.get("start")):
        assert value is None or value in answer.text


def test_only_an_administrator_sees_it(visit):
    for login in ("clerk", "pine", "author"):
        assert visit(login).get(f"{P}/calendar").status_code == 403


def test_a_due_date_that_rests_on_an_unannounced_year_is_marked_wherever_it_stands(visit, door, clock, house):
    year = LAST_ANNOUNCED + 1
    changed = files(
        **{
            "due: 2024-11-20": f"due: 'date({year}, 1, 31) - workdays(3)'",
            "end: 2025-01-28}": f"end: {year}-02-01}}",
        }
    )
    told = begun(door, clock, changed)
    with door("yangcheng", "admin") as work:
        workdays.record(work, [SeasonChange("冬防", None, date(2024, 11, 13), date(2024, 12, 11))])
    admin = visit("admin")
    preview = admin.post(f"{P}/launch/{told.package}", {"step": "preview"}).text
    assert re.search(r"报送名单.*?预计", preview, re.S)
    with house.app_context():
        told.launch()
    with door() as work:
        [one] = work.session.scalars(select(DutyOccurrence).where(DutyOccurrence.duty == "fixed"))
        [pine] = work.session.scalars(
            select(Instance).where(Instance.duty == "fixed", Instance.unit_id == door.world.unit("pine"))
        )
        assert one.estimated
    mine = visit("pine")
    campaign = f"{P}/campaigns/{told.campaign}"
    for page in (
        f"{campaign}/duties/fixed",
        f"{campaign}?tab=duties",
        f"{P}/instances/{pine.id}",
        f"{P}/inbox?q=报送名单",
    ):
        assert "预计" in mine.get(page).text, page
    assert "预计" not in mine.get(f"{campaign}/duties/plan").text


def test_whoever_saves_a_day_that_moves_nothing_is_told_so(visit, door):
    visitor = visit("admin")
    answer = visitor.post(
        f"{P}/calendar", {"step": "day", "date": "2024-03-05", "until": "", "kind": "holiday", "name": "大会"}
    )
    assert "没有任务的期限因此变动" in visitor.get(answer.location).text


def test_a_season_of_every_year_that_ends_before_it_starts_is_said_to_be_long(visit):
    backwards = {
        "step": "season",
        "name": "汛期",
        "scope": "yearly",
        "start": "2024-06-01",
        "end": "2024-05-01",
    }
    winter = backwards | {"name": "冬防期", "start": "2024-11-15", "end": "2024-03-15"}
    admin = visit("admin")
    page = admin.get(admin.post(f"{P}/calendar", backwards).location).text
    assert "汛期：每年6月1日至次年5月1日，共335天" in page and "6月1日—次年5月1日" in page
    assert "请核对" not in admin.get(admin.post(f"{P}/calendar", winter).location).text


def test_the_trail_gives_a_season_of_every_year_no_year(visit):
    season = {"step": "season", "name": "汛期", "scope": "yearly", "start": "2024-06-01", "end": "2024-09-30"}
    visit("admin").post(f"{P}/calendar", season)
    page = visit("auditor").get(f"{P}/audit").text
    assert "每年6月1日" in page and "每年9月30日" in page and "2000年" not in page


def test_the_button_promises_a_look_only_where_something_moves(visit):
    page = visit("admin").get(f"{P}/calendar").text
    assert page.count("保存；有影响时先核对") == 2 and "看看影响" not in page
