"""The rehearsal page, as somebody looks at it who is about to launch a campaign."""

from __future__ import annotations

import csv
import io
import json

import pytest
from sqlalchemy import func, select

from engine.models import Campaign, DutyOccurrence, Instance, Task
from tenants.db import unit_of_work
from tenants.models import AuditEntry
from tests.engine.package import DONE, FORMS, START, files, process, task
from tests.engine.rehearsal.staged import EXAMPLES
from workflows.publish import publish

P = "/t/yangcheng"


@pytest.fixture
def address(house, world, clock, config) -> str:
    """Publish the engine's small campaign; return where it is rehearsed."""
    sources = files() | {
        f"forms/{form}/example.json": json.dumps(answers, ensure_ascii=False).encode()
        for form, answers in EXAMPLES.items()
        if f"forms/{form}/schema.json" in files()
    }
    tenant, admin = world.members["admin"]
    with house.app_context(), unit_of_work(tenant, admin, clock=clock, store=config.store) as work:
        return f"{P}/packages/{publish(work, sources).hash}/rehearsal"


@pytest.fixture
def count(house, clock, config):
    """Count the rows that a launch or a command would leave."""

    def run() -> list[int | None]:
        rows = (Campaign, DutyOccurrence, Instance, Task, AuditEntry)
        with house.app_context(), unit_of_work(
            "yangcheng", None, clock=clock, store=config.store, reads=True, as_house=True
        ) as work:  # fmt: skip
            return [work.session.scalar(select(func.count()).select_from(kind)) for kind in rows]

    return run


def test_the_month_the_load_and_what_to_look_at_are_shown_and_nothing_happens(visit, address, count):
    before = count()
    page = visit("admin").get(address)
    assert page.status_code == 200
    for text in (
        "报送方案",
        "2024-W44",
        "每周任务量",
        "需要留意",
        "在休息日到期",
        "没有期限的任务",
    ):
        assert text in page.text, text
    assert "班组日查" in visit("admin").get(f"{address}?month=2024-11").text
    assert count() == before


LATE = """format: luoshi/1
id: late
version: 1.0.0
title: 冬季检查
level: county
notice: {issuer: 某县应急管理局, number: 1号, issued: 2024-10-28}
period: {start: 2024-10-28, end: 2024-12-31}
actors: {mine: {title: 各煤矿, unit: "kind == 'mine'"}}
duties: {look: {title: 检查一遍, by: mine, process: look, form: plan, due: 2024-12-10, clause: 一}}
"""


def test_the_calendar_opens_at_the_first_month_in_which_anything_is_due(visit, house, world, clock, config):
    drawn = process("look", START, task("fill", "by"), DONE, flows="start -> fill\nfill -> done")
    sources = {
        "campaign.yaml": LATE, "clauses.yaml": "- {path: 一, gist: 年底前检查, kind: duty}\n",
        "processes/look.bpmn": drawn, "forms/plan/schema.json": FORMS["plan"],
        "forms/plan/example.json": json.dumps(EXAMPLES["plan"], ensure_ascii=False),
    }  # fmt: skip
    tenant, admin = world.members["admin"]
    with house.app_context(), unit_of_work(tenant, admin, clock=clock, store=config.store) as work:
        late = publish(work, {path: text.encode() for path, text in sources.items()}).hash
    page = visit("admin").get(f"{P}/packages/{late}/rehearsal").text
    assert '<caption class="visually-hidden">2024-12</caption>' in page
    asked = visit("admin").get(f"{P}/packages/{late}/rehearsal?month=2024-11").text
    assert '<caption class="visually-hidden">2024-11</caption>' in asked


def test_the_tenants_own_units_are_rehearsed(visit, address):
    found = [json.loads(line) for line in visit("admin").get(f"{address}.jsonl").text.splitlines()]
    mines = {row["unit"] for row in found if row["id"] == "monthly"}
    assert mines == {"松岭煤矿", "南坪露天煤矿"}  # the stopped one is not among them


def test_what_is_downloaded_is_what_the_command_tells(visit, address):
    visitor = visit("admin")
    lines = [json.loads(line) for line in visitor.get(f"{address}.jsonl").text.splitlines()]
    sheet = visitor.get(f"{address}.csv")
    assert sheet.headers["Content-Disposition"].startswith("attachment")
    table = list(csv.reader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    assert len(table) == len(lines) + 1
    assert [row[1] for row in table[1:]] == [line["id"] for line in lines]


def test_dates_choices_and_events_are_taken_from_the_address(visit, address):
    visitor = visit("admin")
    asked = "?end=2024-12-31&event-inspection=2024-11-12,2024-11-13&month=2024-11"
    found = [json.loads(line) for line in visitor.get(f"{address}.jsonl{asked}").text.splitlines()]
    assert {row["opens"] for row in found if row["id"] == "inspection"} == {"2024-11-12", "2024-11-13"}
    page = visitor.get(f"{address}{asked}")
    assert 'value="2024-11-12,2024-11-13"' in page.text and 'value="2024-12-31"' in page.text


@pytest.mark.parametrize(
    "asked", ["?start=soon", "?event-inspection=2024-13-40", "?end=2020-01-01", "?month=never", "?event-x=1"]
)
def test_odd_addresses_are_answered_in_a_sentence(visit, address, asked):
    page = visit("admin").get(address + asked)
    assert page.status_code in (200, 422)
    assert page.status_code == 200 or 'role="alert"' in page.text
    assert visit("admin").get(f"{address}.csv{asked}").status_code in (200, 422)


def test_only_who_may_launch_may_rehearse(visit, address):
    for login in ("clerk", "pine"):
        assert visit(login).get(address).status_code in (403, 404)
    assert visit("qs-admin").get(address.replace("yangcheng", "qinshui")).status_code == 404
    assert visit("admin").get(f"{P}/packages/{'0' * 64}/rehearsal").status_code == 404


def test_the_package_and_the_launch_lead_to_it(visit, address):
    visitor = visit("admin")
    assert address in visitor.get(address.removesuffix("/rehearsal")).text
    launch = address.replace("/packages/", "/launch/").removesuffix("/rehearsal")
    preview = visitor.post(launch, {"step": "preview", "end": "2024-12-31"})
    assert f"{address}?end=2024-12-31" in preview.text


def test_a_campaign_too_large_for_a_page_is_told_as_far_as_there_is_time(visit, address, monkeypatch):
    monkeypatch.setattr("web.views.rehearsal._SECONDS", 0.0)
    page = visit("admin").get(address)
    assert page.status_code == 200 and "只预演到" in page.text


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("limit", "value", "word"), [("_SECONDS_OF_FILE", 0, "预演用时太长"), ("_MOST", 5, "超过 5 行")]
)
def test_a_file_that_takes_too_long_or_is_too_long_is_refused_with_another_way(
    visit, address, monkeypatch, ending, limit, value, word
):
    visitor = visit("admin")
    whole = visitor.get(f"{address}.{ending}")
    assert whole.status_code == 200 and len(whole.text.splitlines()) > 6
    monkeypatch.setattr(f"web.views.rehearsal.{limit}", value)
    answer = visitor.get(f"{address}.{ending}")
    assert answer.status_code == 413 and word in answer.text and "luoshi rehearse --json" in answer.text
    assert "Content-Disposition" not in answer.headers
