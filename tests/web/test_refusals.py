"""What a user reads when something is not done: what happened, what to do, in their language, and nothing of the inside."""

from __future__ import annotations

import pytest

from tenants import directory
from tenants.errors import Forbidden, NotFound
from web import refusals
from web.views import calendar


def test_a_page_that_does_not_exist_says_where_to_go(visit):
    answer = visit("clerk").get("/nowhere")
    assert answer.status_code == 404
    assert str(NotFound().what) in answer.text and str(NotFound.default_do) in answer.text


def test_a_program_is_answered_as_a_program(visit):
    answer = visit("clerk").get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and answer.json["code"] == "not_found"
    assert answer.json["what"] and answer.json["do"]


def test_a_script_that_is_signed_out_is_told_so_instead_of_being_redirected(visit):
    answer = visit().open("/t/yangcheng/units/new", "POST", headers={"Accept": "application/json"}, json={})
    assert answer.status_code == 400  # without a token nothing else is looked at
    answer = visit().send("/t/yangcheng/units/new", {})
    assert answer.status_code == 401 and answer.json["code"] == "not_signed_in"


def test_whoever_lacks_the_permission_reads_who_has_it(visit):
    answer = visit("clerk").get("/t/yangcheng/units")
    assert answer.status_code == 403
    assert "本级管理员" in answer.text


def test_refusals_are_in_the_readers_language(visit):
    visitor = visit("clerk")
    visitor.post("/language", {"language": "en"})
    page = visitor.get("/t/yangcheng/units").text
    assert "您的岗位" not in page and "此事由" not in page


def test_a_fault_shows_a_number_and_nothing_of_the_inside(visit, monkeypatch, caplog):
    def broken(work):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(directory, "members", broken)
    answer = visit("admin").get("/t/yangcheng/members")
    assert answer.status_code == 500
    assert (
        "secret" not in answer.text and "Traceback" not in answer.text and "RuntimeError" not in answer.text
    )
    number = caplog.records[-1].args[0]
    assert number in answer.text


def test_a_body_that_is_too_large_is_refused_with_a_word(visit, house, monkeypatch):
    monkeypatch.setitem(house.config, "MAX_CONTENT_LENGTH", 10_000)
    answer = visit("admin").post("/t/yangcheng/units/new", {"name": "x" * 20_000})
    assert answer.status_code == 413 and "太大" in answer.text


def test_twenty_thousand_form_parts_are_refused(visit):
    visitor = visit("admin")
    body = "csrf_token=" + visitor.token() + "".join(f"&a{n}=" for n in range(20_000))
    kind = "application/x-www-form-urlencoded"
    assert visitor.open("/t/yangcheng/units/new", "POST", data=body, content_type=kind).status_code < 500


@pytest.mark.parametrize(
    ("path", "method"),
    [("/t/yangcheng/units", "DELETE"), ("/signin", "PATCH"), ("/t/yangcheng/inbox", "POST")],
)
def test_a_method_that_no_page_uses_is_refused(visit, path, method):
    assert visit("clerk").open(path, method).status_code in (400, 405)


@pytest.mark.parametrize("path", ["/t/yangcheng/tasks/1", "/t/yangcheng/units/../../etc", "/t/%0a/inbox"])
def test_an_odd_address_is_a_page_that_does_not_exist(visit, path):
    assert visit("admin").get(path).status_code == 404


@pytest.mark.parametrize(
    "query", ["page=-1", "page=x", "page=99999999999", "q=%25_%27", "unit=x", "year=99999999"]
)
@pytest.mark.parametrize("path", ["inbox", "members", "units", "calendar", "campaigns"])
def test_odd_filters_are_as_good_as_none(visit, path, query):
    # Who works no tasks has no inbox: the administrator of this world is led elsewhere.
    reader = visit("clerk" if path == "inbox" else "admin")
    assert reader.get(f"/t/yangcheng/{path}?{query}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/t/yangcheng/inbox?q=%00", "/t/yangcheng/audit?q=a%00b", "/signin?next=%00"]
)
def test_a_nul_character_is_refused_at_the_edge(visit, path):
    assert visit("clerk").get(path).status_code == 400


def test_a_nul_character_in_a_form_is_refused_at_the_edge(visit):
    answer = visit("admin").post("/t/yangcheng/units/new", {"name": "a\0b", "kind": "mine"})
    assert answer.status_code == 400


def test_a_refused_form_keeps_what_was_typed(visit):
    answer = visit("admin").post(
        "/t/yangcheng/calendar?year=2024", {"step": "day", "date": "30.11.", "name": "停电检修"}
    )
    assert answer.status_code == 422
    assert "停电检修" in answer.text and "30.11." in answer.text and "日期的写法不对" in answer.text


def test_every_refusal_has_a_code_a_status_and_a_remedy():
    seen, todo = set(), [refusals.Refusal]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        assert kind.code not in seen or kind.code in {
            base.code for base in kind.__mro__[1:-1] if hasattr(base, "code")
        }
        seen.add(kind.code)
        assert 400 <= kind.status < 600 and str(kind.default_do)
    assert Forbidden.code in seen and calendar


def test_the_house_tells_how_it_is_without_telling_more(visit):
    answer = visit().get("/health")
    assert answer.status_code == 200 and set(answer.json) <= {"database", "queue"}
