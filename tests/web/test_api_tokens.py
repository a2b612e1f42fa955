"""Tokens on the page: made for one post, shown once, used, revoked, ended with everything else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tenants import directory
from tenants.clock import machine_now
from tenants.models import AuditEntry
from tests.web.program import Program

MADE = re.compile(r'id="secret">(luoshi_[\w-]{43})<')


@pytest.fixture
def make(visit, world):
    """Makes a token on the page as `login` and returns what the page answered."""

    def made(visitor, login: str, **more: str):
        form = {"name": "同步程序", "post": str(world.member(login)), "days": "30", "kind": "work", **more}
        return visitor.post("/account/tokens", form)

    return made


def opens(visitor, text: str) -> int:
    return Program(visitor.client, visitor.address, text).get("/me").status_code


def test_a_token_made_on_the_page_opens_the_api_and_is_shown_this_once(visit, make):
    pine = visit("pine")
    shown = make(pine, "pine")
    text = MADE.search(shown.text)[1]
    assert shown.status_code == 200 and shown.headers["Cache-Control"] == "no-store"
    assert opens(pine, text) == 200
    again = pine.get("/account/tokens").text
    assert "同步程序" in again and text not in again


def test_the_page_says_when_a_token_was_last_used(visit, make):
    pine = visit("pine")
    text = MADE.search(make(pine, "pine").text)[1]
    assert "还没有用过" in pine.get("/account/tokens").text
    opens(pine, text)
    assert "还没有用过" not in pine.get("/account/tokens").text


def test_the_year_stands_with_the_day_on_which_a_token_ends(visit, make):
    ends = machine_now() + timedelta(days=365)
    assert f"{ends.year}年" in make(visit("pine"), "pine", days="365").text


def test_a_token_is_made_for_nobody_elses_post(visit, make, open_work):
    assert make(visit("pine"), "admin").status_code == 404
    with open_work("yangcheng") as work:
        assert not work.session.scalars(select(AuditEntry).where(AuditEntry.action == "token.make")).all()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"days": "9999"}, {"days": "x"}, {"name": "字" * 61}])
def test_what_does_not_fit_is_refused_and_stays_typed(visit, make, wrong):
    shown = make(visit("pine"), "pine", **wrong)
    assert shown.status_code == 422 and not MADE.search(shown.text)
    assert 'value="30" selected' in shown.text or "days" in wrong


def test_a_revoked_token_opens_nothing_and_nobody_else_can_revoke_it(visit, make, world):
    pine, plain = visit("pine"), visit("plain")
    text = MADE.search(make(pine, "pine").text)[1]
    token_id = re.search(r"/account/tokens/([0-9a-f-]{36})/revoke", pine.get("/account/tokens").text)[1]
    other = plain.post(f"/account/tokens/{token_id}/revoke", {"post": str(world.member("plain"))})
    assert other.status_code == 404 and opens(pine, text) == 200
    assert (
        pine.post(f"/account/tokens/{token_id}/revoke", {"post": str(world.member("pine"))}).status_code
        == 303
    )
    assert opens(pine, text) == 401


def test_leaving_all_other_devices_ends_tokens_and_sessions_but_this_one(visit, make):
    here, there = visit("pine"), visit("pine")
    text = MADE.search(make(here, "pine").text)[1]
    assert here.post("/account/end-all").status_code == 303
    assert here.signed_in and not there.signed_in and opens(here, text) == 401


def test_a_token_stands_for_one_post_and_knows_nothing_of_the_others(visit, make, open_work, world):
    with open_work("qinshui") as work:
        directory.add_member(
            work, world.users["pine"], world.unit("bureau", "qinshui"), "借调", roles=["tenant_admin"]
        )
    pine = visit("pine")
    text = MADE.search(make(pine, "pine").text)[1]
    program = Program(pine.client, pine.address, text)
    assert program.get("/units").status_code == 403
    assert program.get("/me").json["tenant"]["slug"] == "yangcheng"


def test_no_token_stands_in_the_log(visit, make, caplog):
    pine = visit("pine")
    text = MADE.search(make(pine, "pine").text)[1]
    with caplog.at_level("DEBUG"):
        Program(pine.client, pine.address, text).get("/inbox")
        Program(pine.client, pine.address, text + "x").get("/inbox")
    assert text not in caplog.text
