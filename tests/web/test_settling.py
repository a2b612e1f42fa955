"""What a notice leaves open, on a page; kinds of units that a package brings, where units are entered."""

from __future__ import annotations

import re

import pytest

from engine import campaigns
from tests.engine.test_appointing import files
from tests.web.county import run_jobs
from workflows.publish import publish


@pytest.fixture
def campaign(house, door, clock, world) -> str:
    with door("yangcheng", "admin") as work:
        launched = campaigns.launch(work, publish(work, files()).hash).id
    with house.app_context():
        run_jobs(door, clock, "yangcheng", world.tenants["yangcheng"])
    return str(launched)


def test_the_tenant_settles_who_leads_and_the_one_chosen_has_something_to_do(visit, campaign, world):
    admin = visit("admin")
    page = admin.get(f"/t/yangcheng/campaigns/{campaign}/settle").text
    assert "牵头部门" in page and "总结" in page and "等有关部门" in page and "还没有确定" in page
    north = str(world.unit("north"))
    answer = admin.post(
        f"/t/yangcheng/campaigns/{campaign}/settle", {"what": "actor", "key": "lead", "units": [north]}
    )
    assert answer.status_code == 303
    assert "牵头方案" in visit("north").get("/t/yangcheng/inbox").text
    # What is settled says so while it is folded; what is not stands open.
    page = admin.get(f"/t/yangcheng/campaigns/{campaign}/settle").text
    assert re.search(r'id="actor-lead"><summary.*?北山煤业公司</span></summary>', page)
    assert 'id="report-summary" open>' in page
    answer = admin.post(
        f"/t/yangcheng/campaigns/{campaign}/settle", {"what": "report", "key": "summary", "to": ["office"]}
    )
    assert answer.status_code == 303
    assert "待定事项" in admin.get(f"/t/yangcheng/campaigns/{campaign}").text
    assert visit("pine").get(f"/t/yangcheng/campaigns/{campaign}/settle").status_code == 403


def test_a_kind_that_a_package_brings_is_offered_by_its_title(visit, campaign):
    admin = visit("admin")
    assert "乡镇" in admin.get("/t/yangcheng/units/new").text
    answer = admin.post("/t/yangcheng/units/new", {"name": "东山乡", "kind": "township", "status": ""})
    assert answer.status_code == 303
    page = admin.get("/t/yangcheng/units").text
    assert "东山乡" in page and "乡镇" in page
