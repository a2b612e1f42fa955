"""A new version of the notice for a running campaign, on its page and at the terminal."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest
from click.testing import CliRunner

from engine.models import Instance, Task
from engine.running import running_of
from forms import drafts
from tests.web.county import BUILT_IN, campaign_of
from web.amend_commands import amend, amendments
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


def carried_out(visit, county, newer) -> str:
    """Amend the campaign; return the address of the run."""
    admin = visit("admin")
    page = admin.get(f"{where(county)}?to={newer}").text
    answer = admin.post(
        where(county), {"to": newer, "seal": re.search(r'name="seal" value="([0-9a-f]+)"', page)[1]}
    )
    assert answer.status_code == 303
    return answer.location


def test_the_run_has_a_page_with_how_far_it_is_and_can_be_taken_back(visit, county, newer):
    address = carried_out(visit, county, newer)
    admin = visit("admin")
    page = admin.get(address).text
    assert "迁移到 9.0.0 版" in page and "已处理" in page and "可以退回" in page
    kin = re.search(r"\?kin=([0-9a-f]{16})", page)[1]
    assert "逐项" not in page and admin.get(f"{address}?kin={kin}").status_code == 200
    free = admin.get(f"{address}?which=free").text
    assert "已迁移" in free and "/version" in free
    taken = admin.post(f"{address}/take-back", {})
    assert taken.status_code == 303
    after = admin.get(address).text
    assert "已撤回" in after and "已退回" in after and "撤回这次迁移" not in after
    assert admin.post(f"{address}/take-back", {}).status_code == 409
    assert admin.post(f"{address}/pause", {}).status_code == 409
    assert "9.0.0" in admin.get(where(county)).text


def test_one_matter_goes_over_on_its_page_and_back_again(visit, county, newer):
    admin = visit("admin")
    instance = f"{P}/instances/{county.values['instance_id']}"
    assert f'href="{instance}/version"' in admin.get(instance).text
    assert f'href="{instance}/version"' not in visit("pine").get(instance).text
    page = admin.get(f"{instance}/version?to={newer}").text
    assert "只迁移这一项" in page
    seal = re.search(r'name="seal" value="([0-9a-f]+)"', page)[1]
    assert admin.post(f"{instance}/version", {"to": newer, "seal": seal}).status_code == 303
    told = admin.get(instance).text
    assert "迁移到 9.0.0 版" in told and "退回原方案" in told
    task = visit("pine").get(f"{P}/tasks/{county.values['task_id']}").text
    assert "方案有新版本" in task and "9.0.0" in task
    assert admin.post(f"{instance}/version/take-back", {}).status_code == 303
    again = admin.post(f"{instance}/version/take-back", {})
    assert again.status_code == 409
    assert "又按" in visit("pine").get(f"{P}/tasks/{county.values['task_id']}").text
    assert visit("pine").get(f"{instance}/version").status_code == 403


def test_a_page_of_the_former_form_is_refused_and_the_answers_stay(visit, house, county, door):
    files = dict(builtin.built_in(BUILT_IN).files)
    with house.app_context(), door("yangcheng", "admin") as work:
        task = work.session.get_one(Task, (work.tenant.id, UUID(county.values["task_id"])))
        key = (
            running_of(work, work.session.get_one(Instance, (work.tenant.id, task.instance_id)))
            .form(task.duty, task.form)
            .id
        )
        former = campaign_of(work).package_hash
        text = files["campaign.yaml"].decode()
        files["campaign.yaml"] = re.sub(r"^version: \S+$", "version: 9.1.0", text, flags=re.M).encode()
        schema = json.loads(files[f"forms/{key}/schema.json"])
        schema["properties"]["补充"] = {"type": "string", "title": "补充"}
        schema["additionalProperties"] = False
        files[f"forms/{key}/schema.json"] = json.dumps(schema, ensure_ascii=False).encode()
        newer = publish.publish(work, files).hash
    carried_out(visit, county, newer)
    pine, address = visit("pine"), f"{P}/tasks/{county.values['task_id']}"
    shown = pine.get(address).text
    assert "增加填写" in shown and "补充" in shown and newer in shown
    answer = pine.send(f"{address}/complete", {"answers": {}, "form_version": former})
    assert answer.status_code == 409 and "表单有改动" in answer.text and "草稿" in answer.text
    with house.app_context(), door("yangcheng", "pine", reads=True) as work:
        kept = drafts.load(work, task.id)
        assert kept is not None and kept.answers == {"说明": county.canary}
    props = json.loads(re.search(r'id="form-props">(.*?)</script>', pine.get(address).text, re.S)[1])
    assert "说明" not in props["answers"], "a closed form would refuse what it does not ask for"


def test_at_the_terminal_one_goes_over_by_itself_and_runs_are_steered(
    house, county, newer, database, monkeypatch, tmp_path
):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url)
    campaign, tenant = county.values["campaign_id"], ["--tenant", "yangcheng"]
    one = ["--instance", county.values["instance_id"]]
    words = [campaign, BUILT_IN, *tenant, *one]
    shown = CliRunner().invoke(amend, words)
    assert shown.exit_code == 0 and "改按新方案" in shown.output, shown.output
    seal = re.search(r"--seal ([0-9a-f]+)", shown.output)[1]
    assert "已迁移到 9.0.0 版" in CliRunner().invoke(amend, [*words, "--seal", seal]).output
    back = CliRunner().invoke(amendments, [campaign, *tenant, "--take-back", *one])
    assert back.exit_code == 0 and "9.0.0" in back.output, back.output
    assert CliRunner().invoke(amendments, [campaign, *tenant, "--take-back", *one]).exit_code == 1
    assert CliRunner().invoke(amendments, [campaign, *tenant, *one]).exit_code == 2
    refused = CliRunner().invoke(amendments, [campaign, *tenant, "--pause"])
    assert refused.exit_code == 1 and "没有在进行" in refused.output
    assert "已撤回" in CliRunner().invoke(amendments, [campaign, *tenant]).output
