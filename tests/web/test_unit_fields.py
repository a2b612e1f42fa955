"""A unit is asked what the published packages read of it, in the words they compare with."""

from __future__ import annotations

import re

import pytest

from tenants.models import Unit
from tests.engine.test_appointing import files
from workflows.publish import publish

P = "/t/yangcheng"
RULE = "kind == 'mine' and (status == '停建' or 类别 in ['井工煤矿', '尾矿库'] or 坝高 > 10)"


@pytest.fixture(autouse=True)
def package(house, door, world) -> None:
    changed = files()
    text = changed["campaign.yaml"].decode()
    added = f'actors:\n  looked_at: {{title: 要看的, unit: "{RULE}", clause: 一}}\n'
    changed["campaign.yaml"] = text.replace("actors:\n", added, 1).encode()
    with door("yangcheng", "admin") as work:
        publish(work, changed)


def test_what_a_package_compares_with_is_offered(visit, world):
    page = visit("admin").get(f"{P}/units/{world.unit('pine')}").text
    for words in ("停建", "井工煤矿", "尾矿库", "坝高"):
        assert words in page, words
    assert re.search(
        r'data-kinds="[^"]*mine[^"]*">\s*<div class="ls-form-field"><label[^>]*for="attribute_类别"', page
    )


def test_it_is_kept_as_selectors_read_it(visit, world, door):
    admin, mine = visit("admin"), f"{P}/units/{world.unit('pine')}"
    form = {"name": "松岭煤矿", "kind": "mine", "parent": str(world.unit("north")), "status": "停建",
            "attribute_类别": "尾矿库", "attribute_坝高": "12", "step": "save"}  # fmt: skip
    assert admin.post(mine, form).status_code == 303
    with door() as work:
        from_db = work.session.get_one(Unit, (work.tenant.id, world.unit("pine")))
        assert (from_db.status, from_db.attributes["类别"], from_db.attributes["坝高"]) == (
            "停建",
            "尾矿库",
            12,
        )
    page = admin.get(f"{mine}/file").text
    assert "基本情况" in page and "尾矿库" in page and "北山煤业公司" in page
    refused = admin.post(mine, {**form, "attribute_坝高": "很高"})
    assert refused.status_code == 422 and "坝高" in refused.text


def test_a_state_that_nobody_reads_is_refused(visit, world, program):
    form = {"name": "松岭煤矿", "kind": "mine", "parent": "", "status": "闲着", "step": "save"}
    assert visit("admin").post(f"{P}/units/{world.unit('pine')}", form).status_code == 422
    told = program("admin")
    assert told.post("/units", {"name": "新矿", "kind": "mine", "status": "停建"}).status_code == 201
    assert told.post("/units", {"name": "另一矿", "kind": "mine", "status": "闲着"}).status_code == 422
