"""A new version of the notice for a running campaign, on its page and at the terminal."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from tests.web.county import BUILT_IN
from web.amend_commands import amend
from workflows import builtin, publish

P = "/t/yangcheng"


@pytest.fixture
def newer(house, county, door) -> str:
    """Another version of its package, with a duty less and a later self-check."""
    files = dict(builtin.built_in(BUILT_IN).files)
    text = files["campaign.yaml"].decode()
    version = re.search(r"^version: (\S+)$", text, re.M)[1]
    text = text.replace(f"version: {version}", "version: 9.0.0").replace("end: 2024-11-25", "end: 2024-12-05")
    files["campaign.yaml"] = text.encode()
    files.pop("tests/calendar.yaml", None)
    with house.app_context(), door("yangcheng", "admin") as work:
        return publish.publish(work, files).hash


def where(county) -> str:
    return f"{P}/campaigns/{county.values['campaign_id']}/amend"


def test_the_page_leads_from_the_campaign_to_a_preview_and_carries_it_out(visit, county, newer):
    admin = visit("author")
    campaign = f"{P}/campaigns/{county.values['campaign_id']}"
    assert f'href="{where(county)}"' in admin.get(campaign).text
    page = admin.get(f"{where(county)}?to={newer}").text
    assert "改按新方案" in page and "截止日由2024-11-25改为2024-12-05" in page
    seal = re.search(r'name="seal" value="([0-9a-f]+)"', page)[1]
    answer = admin.post(where(county), {"to": newer, "seal": seal})
    assert answer.status_code == 303
    after = admin.get(answer.location).text
    assert "已改按 9.0.0 版" in after
    again = admin.post(where(county), {"to": newer, "seal": seal})
    assert again.status_code == 409 and 'role="alert"' in again.text


def test_every_page_of_an_amended_campaign_is_there(visit, county, newer):
    admin = visit("author")
    page = admin.get(f"{where(county)}?to={newer}").text
    admin.post(where(county), {"to": newer, "seal": re.search(r'name="seal" value="([0-9a-f]+)"', page)[1]})
    campaign = f"{P}/campaigns/{county.values['campaign_id']}"
    for tab in ("overview", "duties", "ledgers", "indicators", "rules", "people"):
        assert admin.get(f"{campaign}?tab={tab}").status_code == 200, tab
    for key in ("task_id", "instance_id", "item_id"):
        kind = {"task_id": "tasks", "instance_id": "instances", "item_id": "items"}[key]
        assert visit("pine").get(f"{P}/{kind}/{county.values[key]}").status_code == 200, key
    assert visit("pine").get(f"{P}/inbox").status_code == 200


def test_a_stale_preview_is_refused_and_shown_anew(visit, county, newer):
    answer = visit("author").post(where(county), {"to": newer, "seal": "0" * 64})
    assert answer.status_code == 409 and "请重新预览" in answer.text and 'name="seal"' in answer.text


def test_only_who_steers_sees_the_page(visit, county, newer):
    assert visit("pine").get(where(county)).status_code == 403
    assert visit("pine").post(where(county), {"to": newer, "seal": "x"}).status_code == 403


def test_at_the_terminal_a_preview_comes_first(house, county, newer, database, monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url)
    words = [county.values["campaign_id"], BUILT_IN, "--tenant", "yangcheng"]
    shown = CliRunner().invoke(amend, words)
    assert shown.exit_code == 0, shown.output
    assert "> 自查自改" in shown.output or "> " in shown.output
    seal = re.search(r"--seal ([0-9a-f]+)", shown.output)[1]
    refused = CliRunner().invoke(amend, [*words, "--seal", "0" * 64])
    assert refused.exit_code == 1 and "请重新预览" in refused.output
    done = CliRunner().invoke(amend, [*words, "--seal", seal])
    assert done.exit_code == 0 and "已改按 9.0.0 版" in done.output
