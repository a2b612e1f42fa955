"""The API as a program meets it: who gets in, what is refused in which words, what a repeated or stale request does."""

from __future__ import annotations

import dataclasses

import pytest

from tenants import accounts, directory
from tenants.db import system_work
from tests.web.program import ROOT
from tests.web.test_catalogue import said
from web.program_words import TOLD

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
