"""Programs at work: each request counts once, nothing is overwritten blindly, and a task is taken from draft to receipt."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from sqlalchemy import func, select

from engine.models import Task
from engine.running import running
from tenants.models import AuditEntry, Member, Unit
from tests.web.county import BUILT_IN, PDF
from tests.web.program import ROOT
from workflows import builtin


@pytest.fixture
def task(county) -> str:
    return f"/tasks/{county.values['task_id']}"


# --- once and only once ----------------------------------------------------------------------------------------------


def test_a_repeated_request_is_answered_as_the_first_time_and_done_once(program, open_work):
    admin = program("admin")
    body = {"name": "新开的矿", "kind": "mine"}
    first, again = (admin.post("/units", body, key="k-1") for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json == again.json
    assert again.headers["ETag"] == first.headers["ETag"] and again.headers["Idempotent-Replayed"] == "true"
    with open_work("yangcheng") as work:
        assert work.session.scalar(select(func.count()).select_from(Unit).where(Unit.name == "新开的矿")) == 1


def test_the_same_key_with_another_request_is_refused(program):
    admin = program("admin")
    assert admin.post("/units", {"name": "甲矿", "kind": "mine"}, key="k").status_code == 201
    other = admin.post("/units", {"name": "乙矿", "kind": "mine"}, key="k")
    elsewhere = admin.post(
        "/members", {"name": "某", "sign_in_name": "x", "unit_id": str(UUID(int=0))}, key="k"
    )
    assert other.status_code == elsewhere.status_code == 409
    assert "Idempotency-Key" in other.json["what"] and "Idempotency-Key" in other.json["do"]


def test_what_was_refused_may_be_sent_again_under_the_same_key(program):
    admin = program("admin")
    assert admin.post("/units", {"name": " ", "kind": "mine"}, key="k").status_code == 422
    assert admin.post("/units", {"name": "好矿", "kind": "mine"}, key="k").status_code == 201


def test_two_posts_may_use_the_same_key(program, county):
    a, b = program("admin"), program("author")
    choices = {"package": county.values["package_hash"]}
    assert a.post("/campaigns/preview", choices, key="k").status_code == 200
    assert b.post("/campaigns/preview", choices, key="k").status_code == 200


def test_a_key_that_is_none_is_refused(program):
    for key in ("with space", "x" * 65, "中文".encode().decode("latin-1")):
        refused = program("admin").post("/units", {"name": "甲", "kind": "mine"}, key=key)
        assert refused.status_code == 422 and "Idempotency-Key" in refused.json["what"]
    empty = program("admin").open(
        "/units", "POST", json={"name": "甲", "kind": "mine"}, headers={"Idempotency-Key": ""}
    )
    assert empty.status_code == 422


def test_a_one_time_password_is_given_once_and_kept_nowhere(program, open_work, world):
    admin = program("admin")
    body = {"name": "新来的", "sign_in_name": "newcomer", "unit_id": str(world.unit("pine"))}
    first, again = (admin.post("/members", body, key="new") for _ in range(2))
    assert first.status_code == 201 and first.json["code"] and again.status_code == 409
    with open_work("yangcheng") as work:
        assert (
            work.session.scalar(select(func.count()).select_from(Member).where(Member.name == "新来的")) == 1
        )


def test_a_file_sent_twice_under_one_key_is_kept_once(program, task):
    pine = program("pine")

    def send(content: bytes):
        sent = {"file": (io.BytesIO(content), "证明.pdf")}
        return pine.open(f"{task}/files", "POST", data=sent, headers={"Idempotency-Key": "f"})

    first, again, other = send(PDF), send(PDF), send(PDF + b"%other\n")
    assert first.status_code == again.status_code == 201 and first.json["id"] == again.json["id"]
    assert other.status_code == 409
    content = pine.get(f"/files/{first.json['id']}")
    assert content.data == PDF and content.mimetype == "application/octet-stream"


# --- stale -----------------------------------------------------------------------------------------------------------


def test_a_task_that_somebody_took_meanwhile_is_not_handed_in_blindly(program, task):
    pine = program("pine")
    tag = pine.get(task).headers["ETag"]
    assert pine.post(f"{task}/claim", headers={"If-Match": tag}).status_code == 200
    stale = pine.post(f"{task}/release", headers={"If-Match": tag})
    assert stale.status_code == 412 and stale.json["code"] == "stale"
    assert (
        pine.post(f"{task}/release", headers={"If-Match": pine.get(task).headers["ETag"]}).status_code == 200
    )


def test_a_unit_that_changed_meanwhile_is_not_overwritten(program, world):
    admin, path = program("admin"), f"/units/{world.unit('pine')}"
    tag = admin.get(path).headers["ETag"]
    first = admin.send("PATCH", path, {"name": "松岭一矿"}, headers={"If-Match": tag})
    second = admin.send("PATCH", path, {"name": "松岭二矿"}, headers={"If-Match": tag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert (
        first.headers["ETag"] == admin.get(path).headers["ETag"] and first.json["unit"]["name"] == "松岭一矿"
    )


# --- the work itself -------------------------------------------------------------------------------------------------


def test_a_task_is_written_at_and_the_draft_comes_back(program, task):
    pine = program("pine")
    form = pine.get(task).json["form"]
    kept = pine.send("PUT", f"{task}/draft", {"answers": {"说明": "写到一半"}, "revision": form["revision"]})
    assert kept.status_code == 200
    assert pine.get(f"{task}/draft").json["answers"] == {"说明": "写到一半"}
    moved = pine.send("PUT", f"{task}/draft", {"answers": {}, "revision": form["revision"]})
    assert moved.status_code == 409 and moved.json["code"] == "draft_moved"


def test_a_task_is_handed_in_once(program, open_work, county):
    pine = program("pine")
    examples = {form.id: form.example for form in builtin.built_in(BUILT_IN).forms.values() if form.example}
    with open_work("yangcheng", "pine") as work:
        live = running(work, UUID(county.values["campaign_id"]))
        rows = work.session.scalars(
            select(Task).where(Task.state == "open", Task.desk_id == work.actor.unit_id)
        )
        asked = {str(row.id): live.form(row.duty, row.form) for row in rows}
    known = {key: examples.get(form.id, {}) for key, form in asked.items() if form}
    plain = {key: answers for key, answers in known.items() if "attachment" not in str(asked[key].schema)}
    task, answers = next(iter(plain.items()))
    done = pine.post(f"/tasks/{task}/complete", {"answers": answers}, key="in")
    assert done.status_code == 200, done.json
    assert done.json["state"] == "done"
    assert pine.post(f"/tasks/{task}/complete", {"answers": answers}, key="in").json == done.json
    again = pine.post(f"/tasks/{task}/complete", {"answers": answers})
    assert again.status_code == 409 and again.json["code"] == "task_closed"
    shown = pine.get(f"/tasks/{task}").json
    assert shown["form"] is None and shown["answers"]["answers"]
    life = pine.get(f"/instances/{shown['instance_id']}").json
    assert life["papers"] and life["trail"][0]["who"]


def test_a_package_is_checked_published_and_launched(program, county, open_work):
    admin = program("qs-admin")
    offer = next(one for one in admin.get("/packages").json["offers"] if one["name"] == BUILT_IN)
    made = admin.post("/packages", {"builtin": offer["name"]})
    assert made.status_code == 201 and made.json["hash"] == offer["hash"]
    plan = admin.post("/campaigns/preview", {"package": offer["hash"]}).json
    assert plan["tasks"] > 0 and admin.get("/campaigns").json["campaigns"] == []
    launched = admin.post("/campaigns", {"package": offer["hash"], "title": "本县的百日"}, key="launch")
    assert launched.status_code == 201 and launched.json["title"] == "本县的百日"
    export = admin.get(f"/packages/{offer['hash']}/export")
    sent = {"file": (io.BytesIO(export.data), "x.zip")}
    checked = admin.open("/packages/check", "POST", data=sent).json
    assert checked["sound"] and checked["same_as"] == offer["hash"] and checked["upload"] is None
    with open_work("qinshui") as work:
        acts = set(work.session.scalars(select(AuditEntry.action)))
    assert {"package.publish", "campaign.launch"} <= acts


def test_the_trail_is_read_by_auditors(program, county):
    auditor = program("auditor")
    found = auditor.get("/audit?action=campaign.launch").json
    assert [entry["action"] for entry in found["entries"]] == ["campaign.launch"]
    assert auditor.get("/audit?action=token.make").json["pages"]["total"] == 1


def test_a_changed_day_moves_what_rests_on_it_after_a_look(program, county):
    admin = program("admin")
    changes = {"seasons": [{"name": "汛期", "year": 2024, "start": "2024-06-01", "end": "2024-09-30"}]}
    first = admin.post("/calendar/preview", changes).json
    assert first["changes"] and admin.get("/calendar?year=2024").json["seasons"] == []
    made = admin.post("/calendar", {**changes, "seal": first["seal"]}, key="season")
    assert made.status_code == 200, made.json
    spans = admin.get("/calendar?year=2024").json["seasons"]
    assert spans == [{"name": "汛期", "span": {"start": "2024-06-01", "end": "2024-09-30"}}]
    stale = admin.post("/calendar", {"years": [{"year": 2024, "settled": True}], "seal": first["seal"]})
    assert stale.status_code == 409 and admin.post("/calendar", {}).status_code == 422


# --- the document ----------------------------------------------------------------------------------------------------


def test_the_document_is_there_in_both_languages_for_anybody(program):
    chinese = program().get("/openapi.json").json
    english = program().get("/openapi.json", headers={"Accept-Language": "en"}).json
    assert chinese["openapi"] == "3.1.0" and chinese["paths"].keys() == english["paths"].keys()
    assert (
        chinese["paths"]["/api/v1/me"]["get"]["summary"] != english["paths"]["/api/v1/me"]["get"]["summary"]
    )


def test_the_documentation_is_a_page_without_anything_from_elsewhere(visit):
    page = visit().get(f"{ROOT}/docs")
    assert page.status_code == 200 and "/api/v1/tasks/{task_id}/complete" in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"] and "style=" not in page.text
    assert "https://" not in page.text and "//cdn" not in page.text
