"""Open matters that go over to another version, steered by a program."""

from __future__ import annotations

import pytest

from engine import amend_fleet
from tests.web.test_amend_page import newer  # noqa: F401  (a fixture)


@pytest.fixture
def slow(monkeypatch) -> None:
    """Nothing goes over at once."""
    monkeypatch.setattr(amend_fleet, "AT_ONCE", 0)


def amended(admin, county, version: str) -> str:
    """Let the campaign go over; return the address of the run."""
    address = f"/campaigns/{county.values['campaign_id']}"
    shown = admin.get(f"{address}/amendment?package={version}").get_json()
    assert sum(one["number"] for one in shown["groups"]) == shown["moves"] + shown["stays"] + shown["blocked"]
    done = admin.post(f"{address}/amendment", {"package": version, "seal": shown["seal"]})
    assert done.status_code == 200, done.text
    newest = admin.get(f"{address}/amendments").get_json()["runs"][0]
    assert (newest["state"], newest["done"], newest["total"]) == ("running", 0, shown["moves"])
    return f"/amendments/{newest['id']}"


def test_a_program_pauses_resumes_and_undoes_a_migration(program, county, newer, slow):  # noqa: F811
    admin = program("admin")
    run = amended(admin, county, newer)
    assert admin.post(f"{run}/pause").get_json()["state"] == "paused"
    assert admin.post(f"{run}/pause").status_code == 409
    assert admin.post(f"{run}/resume").get_json()["state"] == "running"
    lines = admin.get(f"{run}/instances?which=waiting").get_json()
    assert lines["pages"]["total"] > 5 and {one["state"] for one in lines["instances"]} == {"waiting"}
    assert admin.get(f"{run}/instances?which=nothing").status_code == 422
    assert admin.post(f"{run}/again").status_code == 409
    assert admin.post(f"{run}/take-back").get_json()["state"] == "returned", "nothing had moved"
    assert admin.post(f"{run}/take-back").status_code == 409
    assert program("pine").get(run).status_code == 403


def test_a_program_lets_one_matter_go_over_and_back(program, county, newer):  # noqa: F811
    admin, address = program("admin"), f"/instances/{county.values['instance_id']}/version"
    shown = admin.get(f"{address}?package={newer}").get_json()
    assert shown["what"] == "moves" and len(shown["tasks"]) == 1
    assert admin.post(address, {"package": newer, "seal": "x"}).status_code == 409
    assert admin.post(address, {"package": newer, "seal": shown["seal"]}).get_json()["what"] == "moves"
    back = admin.post(f"{address}/take-back")
    assert back.status_code == 200 and back.get_json()["version"] != "9.0.0"
    assert admin.post(f"{address}/take-back").status_code == 409
    assert program("pine").get(f"{address}?package={newer}").status_code == 403


def test_who_may_not_see_a_matter_is_not_told_whose_it_is(program, county, newer):  # noqa: F811
    shown = (
        program("author")
        .get(f"/campaigns/{county.values['campaign_id']}/amendment?package={newer}")
        .get_json()
    )
    assert sum(one["number"] for one in shown["groups"]) > sum(len(one["units"]) for one in shown["groups"])
