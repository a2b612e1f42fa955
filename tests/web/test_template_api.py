"""The gallery for programs: what a page does, with the same answers to those who may not."""

from __future__ import annotations

import pytest

from tests.workflows.small import CAMPAIGN, files
from workflows import archive, builtin, publish
from workflows.package import hash_of

TERMS = {
    "description": "冬季检查用。",
    "audience": "all",
    "level": "county",
    "field": "煤矿",
    "keywords": "冬季 winter",
}


@pytest.fixture
def own(door):
    """A package of Yangcheng's own, with a lock."""
    with door("yangcheng", "admin") as work:
        locked = CAMPAIGN.replace("duties.monthly.every: tighten", "duties.monthly.every: mandatory")
        return publish.publish(work, files(**{"campaign.yaml": locked, "README.md": "松岭煤矿"})).hash


def test_a_package_is_given_found_cloned_and_taken_back(program, own):
    admin, neighbour = program("admin"), program("qs-admin")
    before = admin.get(f"/packages/{own}/template").json
    assert {"package": "", "path": "README.md", "size": 12} in before["files"]
    assert before["doubts"] == [{"what": "本地单位名称", "text": "松岭煤矿", "places": ["README.md"]}]
    given = admin.open(f"/packages/{own}/template", "POST", json=TERMS)
    assert given.status_code == 201 and (given.json["own"], given.json["audience"]) == (
        True,
        "本系统所有单位",
    )
    key = given.json["template_id"]
    found = neighbour.get("/templates?q=winter&sort=clones").json
    assert [one["template_id"] for one in found["templates"]] == [key] and found["pages"]["total"] == 1
    assert (found["templates"][0]["publisher"], found["templates"][0]["audience"], found["built_in"]) == (
        "阳城县",
        "",
        [],
    )
    shown = neighbour.get(f"/templates/{key}").json
    assert (
        shown["here"] is False
        and shown["processes"]
        and {duty["key"] for duty in shown["duties"]} >= {"plan", "monthly"}
    )
    assert hash_of(archive.unpack(neighbour.get(f"/templates/{key}/export").data)[0]) == own
    assert neighbour.get(f"/templates/{key}/forms/plan").json["schema"]
    cloned = neighbour.open(f"/templates/{key}/clone", "POST", json={"seen": own})
    assert cloned.status_code == 201 and cloned.json["hash"] == own
    again = neighbour.open(f"/templates/{key}/clone", "POST", json={})
    assert again.status_code == 409 and again.json["code"] == "already_here"
    assert neighbour.get(f"/templates/{key}").json["here"] is True
    assert neighbour.open(f"/templates/{key}/withdraw", "POST").status_code == 404
    assert admin.open(f"/templates/{key}/withdraw", "POST").status_code == 200
    for place in ("", "/export", "/forms/plan", "/processes/report"):
        assert neighbour.get(f"/templates/{key}{place}").status_code == 404


def test_templates_of_the_house_go_by_their_names(program):
    asker = program("author")
    names = [one["template_id"] for one in asker.get("/templates").json["built_in"]]
    assert names == [offer.name for offer in builtin.offers()]
    assert asker.get("/templates?page=2").json["built_in"] == []
    shown = asker.get(f"/templates/{names[0]}").json
    assert (shown["publisher"], shown["clones"], shown["published"]) == ("", None, None)
    assert asker.open(f"/templates/{names[0]}/clone", "POST", json={}).json["hash"] == shown["hash"]


def test_terms_are_asked_for_in_full(program, own):
    wrong = program("admin").open(
        f"/packages/{own}/template", "POST", json={"description": "", "audience": "friends"}
    )
    assert wrong.status_code == 422 and {one["where"] for one in wrong.json["problems"]} == {
        "/description",
        "/audience",
        "/level",
    }
    level = program("admin").open(f"/packages/{own}/template", "POST", json={**TERMS, "level": "galaxy"})
    assert level.status_code == 422 and [one["where"] for one in level.json["problems"]] == ["level"]


def test_who_may_not_is_told_so(program, own):
    for login in ("author", "auditor", "clerk"):
        assert program(login).open(f"/packages/{own}/template", "POST", json=TERMS).status_code == 403
        assert program(login).get(f"/packages/{own}/template").status_code == 403
    assert program("auditor").open("/templates/x/clone", "POST", json={}).status_code == 403


def test_locks_are_told_before_cloning(visit, program, own):
    key = program("admin").open(f"/packages/{own}/template", "POST", json=TERMS).json["template_id"]
    assert "1处不得改动" in visit("qs-admin").get(f"/t/qinshui/templates/{key}").text
