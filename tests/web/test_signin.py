"""Signing in: who gets in, who does not, and what a session is worth."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tenants import accounts
from tenants.clock import machine_now
from tenants.db import system_work
from tenants.models import User
from tests.world import PASSWORD
from web import signin

WRONG = "not-the-password-9"
NEW = "another-horse-8"


def _minutes(count):
    return timedelta(minutes=count)


def _plain(page, login):
    """Return a page without what differs from one visit to the next."""
    return re.sub(r'(name="csrf_token" value|content)="[^"]+"', "", page).replace(login, "…")


def test_the_right_password_opens_the_inbox(visit):
    visitor = visit()
    answer = visitor.sign_in("clerk", PASSWORD)
    assert answer.status_code == 303 and answer.location == "/"
    home = visitor.get("/")
    assert home.status_code == 302 and home.location == "/t/yangcheng/inbox"


def test_the_login_is_written_in_any_case(visit):
    assert visit().sign_in(" Clerk ", PASSWORD).status_code == 303


def test_a_wrong_password_and_an_unknown_account_are_answered_alike(visit):
    known, unknown = visit(), visit()
    one, other = known.sign_in("clerk", WRONG), unknown.sign_in("nobody-here", WRONG)
    assert one.status_code == other.status_code == 422
    assert _plain(one.text, "clerk") == _plain(other.text, "nobody-here")


def test_an_unknown_account_costs_a_hash_as_a_known_one_does(visit, monkeypatch):
    checked = []
    monkeypatch.setattr(accounts, "_fits", lambda stored, password: checked.append(stored[:9]) or False)
    visit().sign_in("clerk", WRONG)
    visit().sign_in("nobody-here", WRONG)
    assert checked == ["$argon2id", "$argon2id"]


def test_an_account_that_was_closed_opens_nothing(visit, house):
    with house.app_context(), system_work() as session:
        session.scalars(select(User).where(User.login == "clerk")).one().active = False
    assert visit().sign_in("clerk", PASSWORD).status_code == 422


def test_five_failures_lock_the_account_even_for_the_right_password(visit):
    visitor = visit()
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        assert visitor.sign_in("clerk", WRONG).status_code == 422
    locked = visit().sign_in("clerk", PASSWORD)
    assert locked.status_code == 422 and "锁定" in locked.text


def test_a_locked_account_answers_like_one_that_does_not_exist(visit):
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        visit().sign_in("clerk", WRONG)
    told = [visit().sign_in(login, WRONG) for login in ("clerk", "nobody-here")]
    shown = [re.sub(r'csrf[^>]*|value="[^"]*"', "", answer.text) for answer in told]
    assert told[0].status_code == told[1].status_code == 422 and shown[0] == shown[1]


def test_a_session_that_was_signed_out_of_opens_nothing_even_with_its_old_cookie(visit):
    visitor = visit()
    visitor.sign_in("clerk", PASSWORD)
    kept = visitor.client.get_cookie("luoshi").value
    assert visitor.get("/account").status_code == 200
    visitor.post("/signout")
    visitor.client.set_cookie("luoshi", kept)
    assert visitor.get("/account").status_code == 302


def test_another_account_is_not_touched_by_a_lock(visit):
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        visit().sign_in("clerk", WRONG)
    assert visit().sign_in("pine", PASSWORD).status_code == 303


def test_a_lock_ends_by_itself(visit, house):
    visitor = visit()
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        visitor.sign_in("clerk", WRONG)
    with house.app_context(), system_work() as session:
        session.scalars(select(User).where(User.login == "clerk")).one().locked_until -= accounts.LOCK
    assert visit().sign_in("clerk", PASSWORD).status_code == 303


def test_failures_are_forgotten_after_a_success(visit):
    for _ in range(2):
        visitor = visit()
        for _ in range(accounts.FAILURES_BEFORE_LOCK - 1):
            visitor.sign_in("clerk", WRONG)
        assert visit().sign_in("clerk", PASSWORD).status_code == 303


def test_guessing_from_one_address_is_slowed_down_whatever_the_account(visit):
    visitor = visit()
    codes = [visitor.sign_in(f"guess{number}", WRONG).status_code for number in range(21)]
    assert codes[:20] == [422] * 20 and codes[20] == 429
    assert visit().sign_in("clerk", PASSWORD).status_code == 303  # another address is not slowed down


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/signin"), ("POST", "/signout"), ("POST", "/language"), ("POST", "/account/password")]
)  # fmt: skip
def test_a_form_without_its_token_does_nothing(visit, method, path):
    visitor = visit("clerk")
    answer = visitor.open(path, method, data={"name": "pine", "password": PASSWORD, "language": "en"})
    assert answer.status_code == 400 and "刷新" in answer.text
    assert visitor.signed_in


def test_a_token_of_another_session_is_worth_nothing(visit):
    stolen = visit("pine").token()
    answer = visit("clerk").open("/signout", "POST", data={"csrf_token": stolen})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "/\t/evil.example", "/\n/evil.example",
        "https://evil.example", "https:evil.example", "javascript:alert(1)", "///evil.example", "/\\/evil.example",
        "http://localhost@evil.example", "evil.example", " //evil.example", "//evil.example/%2f..",
        "http:///evil.example", "/ /evil.example",
    ],
)  # fmt: skip
def test_nobody_is_led_away_after_signing_in(visit, target):
    answer = visit().sign_in("clerk", PASSWORD, next=target)
    assert answer.status_code == 303
    # What browsers make of it: tabs and line ends vanish, backslashes are slashes.
    seen = answer.location.replace("\\", "/").replace("\t", "").replace("\n", "").replace("%09", "")
    assert seen == "/" or (seen.startswith("/") and not seen.startswith("//")), answer.location
    assert "://" not in seen


def test_a_page_of_ours_is_gone_on_to(visit):
    answer = visit().sign_in("clerk", PASSWORD, next="/t/yangcheng/campaigns?state=closed")
    assert answer.location == "/t/yangcheng/campaigns?state=closed"


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(visit):
    visitor = visit()
    asked = visitor.get("/t/yangcheng/inbox?tab=done")
    assert asked.status_code == 302 and asked.location.startswith("/signin?next=")
    assert "/t/yangcheng/inbox" in asked.location


def test_a_session_that_was_planted_does_not_become_mine(visit):
    visitor = visit()
    visitor.get("/signin")
    with visitor.client.session_transaction() as planted:
        planted["posts"] = {"yangcheng": "planted"}
        planted["marker"] = "planted"
    before = visitor.cookie()
    visitor.sign_in("clerk", PASSWORD)
    with visitor.client.session_transaction() as mine:
        assert "marker" not in mine and "posts" not in mine
    assert visitor.cookie() != before


def test_a_token_from_before_the_sign_in_is_worth_nothing_after_it(visit):
    visitor = visit()
    old = visitor.token()
    visitor.sign_in("clerk", PASSWORD)
    assert visitor.open("/signout", "POST", data={"csrf_token": old}).status_code == 400


def test_a_session_that_idles_too_long_ends(visit, monkeypatch):
    visitor = visit("clerk")
    real = signin.machine_now
    monkeypatch.setattr(signin, "machine_now", lambda: real() + _minutes(31))
    assert visitor.get("/account").status_code == 302
    monkeypatch.undo()
    assert not visitor.signed_in


def test_the_poll_of_the_badge_keeps_no_session_alive(visit, monkeypatch):
    visitor = visit("clerk")
    real = signin.machine_now
    for minutes in (20, 29):
        monkeypatch.setattr(signin, "machine_now", lambda m=minutes: real() + _minutes(m))
        assert visitor.get("/t/yangcheng/inbox/counts").status_code == 200
        assert visitor.get("/t/yangcheng/campaigns?poll=1").status_code == 200
    monkeypatch.setattr(signin, "machine_now", lambda: real() + _minutes(31))
    assert visitor.get("/t/yangcheng/inbox/counts").status_code == 302


def test_a_session_in_use_goes_on(visit, monkeypatch):
    visitor = visit("clerk")
    real = signin.machine_now
    for minutes in (20, 40, 60):
        monkeypatch.setattr(signin, "machine_now", lambda m=minutes: real() + _minutes(m))
        assert visitor.get("/account").status_code == 200


def test_a_new_password_ends_the_sessions_on_other_devices(visit):
    here, there = visit("clerk"), visit("clerk")
    answer = here.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 303
    assert here.signed_in and not there.signed_in
    assert visit().sign_in("clerk", PASSWORD).status_code == 422
    assert visit().sign_in("clerk", NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "word"),
    [
        (WRONG, NEW, NEW, "原密码不对"), (PASSWORD, NEW, "something-else-1", "不一致"), (PASSWORD, PASSWORD, PASSWORD, "相同"),
        (PASSWORD, "short-1", "short-1", "密码太弱"), (PASSWORD, "onlyletters", "onlyletters", "密码太弱"),
        (PASSWORD, "my-CLERK-pass1", "my-CLERK-pass1", "密码太弱"),
    ],
)  # fmt: skip
def test_a_password_that_will_not_do_is_refused_with_the_reason(visit, old, new, again, word):
    visitor = visit("clerk")
    answer = visitor.post("/account/password", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422 and word in answer.text
    assert visit().sign_in("clerk", PASSWORD).status_code == 303


def test_whoever_comes_by_a_code_sets_a_password_before_anything_else(visit, house, world):
    with house.app_context(), system_work() as session:
        once = accounts.give_code(session, world.users["clerk"])
    visitor = visit("clerk", once)
    for path in ("/", "/t/yangcheng/inbox", "/account", "/posts"):
        answer = visitor.get(path)
        assert answer.status_code == 302 and answer.location == "/account/password"
    answer = visitor.post("/account/password", {"new": NEW, "again": NEW})
    assert answer.status_code == 303
    assert visitor.get("/t/yangcheng/inbox").status_code == 200


def test_who_came_by_a_code_is_signed_out_when_it_runs_out(visit, house, world):
    with house.app_context(), system_work() as session:
        once = accounts.give_code(session, world.users["clerk"])
    visitor = visit("clerk", once)
    with house.app_context(), system_work() as session:
        session.get_one(User, world.users["clerk"]).code_until = machine_now() - timedelta(seconds=1)
    assert visitor.post("/account/password", {"new": NEW, "again": NEW}).status_code == 401
    assert not visitor.signed_in
    assert visit().sign_in("clerk", NEW).status_code == 422


def test_signing_out_ends_the_session(visit):
    visitor = visit("clerk")
    assert visitor.post("/signout").status_code == 303
    assert not visitor.signed_in


def test_a_cookie_that_was_tampered_with_is_nobodys(visit):
    visitor = visit("clerk")
    cookie = visitor.cookie()
    visitor.client.set_cookie("luoshi", cookie[:-2] + ("aa" if cookie[-2:] != "aa" else "bb"))
    assert not visitor.signed_in


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(visit):
    answer = visit().sign_in("clerk", PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


class TestBehindHttps:
    """Where the browser speaks https."""

    @pytest.fixture
    def config(self, config):
        return dataclasses.replace(config, https=True)

    def test_the_cookie_never_travels_in_the_clear(self, visit):
        answer = visit(https=True).sign_in("clerk", PASSWORD)
        assert answer.status_code == 303 and "; Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/signin", "/account", "/t/yangcheng/inbox", "/nowhere"])
def test_pages_are_kept_by_no_cache_and_framed_by_nobody(visit, path):
    headers = visit("clerk").get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_language_is_kept_with_the_account(visit):
    visitor = visit("clerk")
    assert visitor.post("/language", {"language": "en", "next": "/account"}).location == "/account"
    assert 'lang="en"' in visit("clerk").get("/account").text


def test_only_own_posts_can_be_chosen(visit, world):
    visitor = visit("clerk")
    assert visitor.post("/posts", {"post": str(world.member("pine"))}).status_code == 404
    assert visitor.post("/posts", {"post": str(world.member("clerk"))}).location == "/t/yangcheng/inbox"
    # A post that was forged into the session is not acted as, either: the first of one's own is.
    assert str(world.member("pine")) not in visitor.get("/t/yangcheng/inbox").text
