"""The API as a program meets it: who gets in, what is refused in which words, what a repeated or stale request does."""

from __future__ import annotations

import dataclasses
import io
from uuid import UUID

import pytest
from sqlalchemy import func, select

from engine.models import Task
from engine.running import running
from tenants import accounts, directory
from tenants.db import system_work
from tenants.models import AuditEntry, Member, Unit
from tests.web.county import BUILT_IN, PDF
from tests.web.program import ROOT
from tests.web.test_catalogue import said
from web.program_words import TOLD
from workflows import builtin

# What only pages and their own scripts say.
ONLY_ON_PAGES = {
    "请刷新页面后重试；已填内容会保留。",
    "请刷新页面后重试；草稿仍在。",
    "请刷新页面，按最新的冲突清单选择。",
    "请刷新页面，看看现在的情况。",
    "请检查网络后刷新本页；已经填写的内容不会丢失。",
    "请现在打印，裁开后当面交给本人。离开本页后谁也看不到这些登录码；丢失的，可以重新发放。",
    "请返回上一页，刷新后再试。",
    "请返回列表查看结果。",
}
UNKNOWN = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def task(county) -> str:
    return f"/tasks/{county.values['task_id']}"


# --- who gets in -----------------------------------------------------------------------------------------------------


def test_a_program_acts_as_the_post_of_its_token(program, world):
    told = program("pine").get("/me").json
    assert told["member_id"] == str(world.member("pine")) and told["tenant"]["slug"] == "yangcheng"
    assert "task.work" in told["may"] and "units.manage" not in told["may"]
    assert told["token"] == {"name": "pine的程序", "read_only": False, "ends_at": told["token"]["ends_at"]}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer luoshi_" + "x" * 43, "Basic cGluZTpw", "luoshi_x"]
)
def test_without_a_token_nothing_opens_and_it_says_how(program, header):
    answer = program().get("/me", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["code"] == "not_signed_in" and "我的账号" in answer.json["do"]


def test_the_session_of_a_browser_opens_nothing(visit):
    visitor = visit("admin")
    assert visitor.get(f"{ROOT}/units").status_code == 401
    sent = visitor.send(f"{ROOT}/units", {"name": "某矿", "kind": "mine"})
    assert sent.status_code == 401


def test_a_token_in_the_address_opens_nothing(program):
    token = program("pine").token
    answer = program().get(f"/me?access_token={token}&token={token}")
    assert answer.status_code == 401


def test_an_answer_sets_no_cookie_and_is_kept_nowhere(program):
    answer = program("pine").get("/inbox")
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


def test_a_token_for_reading_changes_nothing(program, task, open_work):
    reader = program("pine", read_only=True)
    assert reader.get(task).status_code == 200
    refused = reader.post(f"{task}/claim")
    assert refused.status_code == 403 and "只能读取" in refused.json["what"]


def test_a_token_ends_with_the_password_and_with_the_post(program, world, open_work, house):
    pine, plain = program("pine"), program("plain")
    with house.app_context(), system_work() as session:
        accounts.give_code(session, world.users["pine"])
    with house.app_context(), open_work("yangcheng", "admin") as work:
        directory.change_member(work, world.member("plain"), active=False)
    assert pine.get("/me").status_code == plain.get("/me").status_code == 401


def test_a_user_with_two_posts_has_a_token_for_each(program, world, open_work):
    with open_work("qinshui") as work:
        there = directory.add_member(
            work, world.users["pine"], world.unit("bureau", "qinshui"), "借调", roles=["staff"]
        )
    told = program("pine").get("/tenants").json["tenants"]
    assert [(one["slug"], one["current"]) for one in told] == [("qinshui", False), ("yangcheng", True)]
    assert told[0]["member_id"] == str(there.id)


class TestLimit:
    @pytest.fixture
    def config(self, config):
        return dataclasses.replace(config, api_limit="3/minute")

    def test_a_token_that_asks_too_often_waits_and_others_do_not(self, program):
        busy, calm = program("pine"), program("plain")
        answers = [busy.get("/me") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert answers[-1].json["code"] == "too_many" and answers[-1].headers["Retry-After"] == "60"
        assert calm.get("/me").status_code == 200


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_refusal_is_the_same_as_on_the_page_and_speaks_of_the_request(program, visit, task):
    there = visit("plain").send(f"/t/yangcheng{task}/draft", {"answers": {}, "revision": 0}, "PUT")
    here = program("plain").send("PUT", f"{task}/draft", {"answers": {}, "revision": 0})
    assert here.status_code == there.status_code == 404
    assert {key: here.json[key] for key in ("code", "what")} == {
        key: there.json[key] for key in ("code", "what")
    }
    assert "上一页" in there.json["do"] and "地址" in here.json["do"] and "页" not in here.json["do"]


def test_what_is_wrong_with_answers_is_told_field_by_field(program, task):
    refused = program("pine").post(f"{task}/complete", {"answers": {}})
    assert refused.status_code == 422 and refused.json["code"] == "invalid"
    assert refused.json["problems"] and all(
        one["where"].startswith("/") and one["do"] for one in refused.json["problems"]
    )


def test_a_refusal_comes_in_the_language_that_was_asked_for(program):
    pine = program("pine")
    chinese = pine.get("/nothing", headers={"Accept-Language": "zh-CN"}).json
    english = pine.get("/nothing", headers={"Accept-Language": "en-GB,en;q=0.8"}).json
    assert chinese["code"] == english["code"] == "not_found" and chinese["what"] != english["what"]


def test_who_may_not_is_told_who_may(program):
    refused = program("pine").get("/units")
    assert refused.status_code == 403 and "本级管理员" in refused.json["do"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, {"/name", "/kind"}),
        ({"name": 1, "kind": "mine"}, {"/name"}),
        ({"name": "某矿", "kind": "castle"}, {"/kind"}),
        ({"name": "某矿", "kind": "mine", "colour": "red"}, {"/colour"}),
        ({"name": "某矿", "kind": "mine", "parent_id": "../x"}, {"/parent_id"}),
        ({"name": "某矿", "kind": "mine", "attributes": {"output": [1]}}, {"/attributes/output/value"}),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused_and_says_where(program, body, where):
    refused = program("admin").post("/units", body)
    assert refused.status_code == 422
    assert {problem["where"] for problem in refused.json["problems"]} == where
    assert all(problem["what"] and problem["do"] for problem in refused.json["problems"])


def test_an_unknown_question_is_refused_and_not_overlooked(program):
    assert program("pine").get("/inbox?tab=todo&sort=due").json["problems"][0]["where"] == "/sort"


def test_kinds_of_bodies_and_answers_that_are_not_spoken_here(program, task):
    pine = program("pine")
    form = pine.open(f"{task}/complete", "POST", data={"answers": "{}"})
    assert form.status_code == 415 and form.json["code"] == "wrong_type"
    html = pine.get("/me", headers={"Accept": "text/html"})
    assert html.status_code == 406 and html.json["code"] == "not_acceptable"
    assert pine.open("/me", "DELETE").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert pine.open("/me", "DELETE").status_code == 405


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"answers":' + b'[{"":' * 20_000, b'{"answers":{"x":1e999}}', b'{"answers":{},"answers":{}}']
)  # fmt: skip
def test_a_body_that_nobody_can_read_is_refused_with_a_word(program, task, body):
    answer = program("pine").open(f"{task}/complete", "POST", data=body, content_type="application/json")
    assert answer.status_code in (400, 413, 422) and answer.json["what"] and answer.json["do"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_what_is_no_json_is_told_to_be_none_and_not_to_be_a_page(program, task, body):
    told = program("pine").open(f"{task}/complete", "POST", data=body, content_type="application/json").json
    assert "JSON" in told["do"] and "页" not in told["what"] + told["do"]


def test_an_address_that_there_is_not_is_told_to_be_none(program):
    told = program("pine").get("/nothing").json
    assert "地址" in told["what"] and "/api/v1/docs" in told["do"]


def test_no_refusal_that_a_program_meets_sends_it_to_a_page():
    words = ("刷新", "上一页", "本页", "请返回")
    speaks = {text for text in said() if text.startswith("请") and any(word in text for word in words)}
    assert TOLD.keys() <= said() and not speaks - TOLD.keys() - ONLY_ON_PAGES


def test_answers_that_no_field_asks_for_are_refused_and_not_dropped(program, task, open_work):
    sent = {"answers": {"没有这项": 1}}
    refused = program("pine").post(f"{task}/complete", sent)
    assert refused.status_code == 422 and [one["where"] for one in refused.json["problems"]] == ["/没有这项"]
    assert "没有这项" in refused.json["problems"][0]["what"]


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
    elsewhere = admin.post("/members", {"name": "某", "sign_in_name": "x", "unit_id": UNKNOWN}, key="k")
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
