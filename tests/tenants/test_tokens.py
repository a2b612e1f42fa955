"""Tokens: how programs act as a post, and everything that ends one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import posts
from tenants import accounts, directory, tokens
from tenants.clock import machine_now
from tenants.db import system_work
from tenants.errors import Conflict, Invalid, NotFound, NotSignedIn
from tenants.models import ApiToken, AuditEntry

KEY = b"only-for-tests-0123456789-abcdefghij"


@pytest.fixture
def made(open_work) -> tokens.Made:
    with open_work("yangcheng", "pine") as work:
        return tokens.make(work, "同步程序", days=30, read_only=False, key=KEY)


def opens(text: str, *, later: timedelta = timedelta(), key: bytes = KEY) -> tokens.Holder | None:
    with system_work(reads=True) as session:
        return tokens.holder(session, text, key, machine_now() + later)


def test_a_token_acts_as_the_post_that_made_it(made, world):
    holder = opens(made.text)
    assert holder is not None and not holder.read_only
    assert (holder.tenant, holder.member_id, holder.user_id) == (
        "yangcheng", world.member("pine"), world.users["pine"],
    )  # fmt: skip


def test_the_secret_itself_is_kept_nowhere(made):
    with system_work(reads=True) as session:
        row = session.scalars(select(ApiToken)).one()
    kept = {str(getattr(row, column.key)) for column in ApiToken.__table__.columns}
    assert not [text for text in kept if made.text in text or made.text.removeprefix(tokens.PREFIX) in text]
    assert len(made.text) > 45


def test_a_stolen_table_opens_nothing_without_the_key_of_the_house(made):
    assert opens(made.text, key=b"another house's key") is None


@pytest.mark.parametrize("text", ["", "luoshi_", "luoshi_" + "x" * 43, "luoshi_" + "x" * 5000, "x"])
def test_what_is_no_token_opens_nothing(made, text):
    assert opens(text) is None


def test_a_token_ends_on_its_day(made):
    assert opens(made.text, later=timedelta(days=29)) is not None
    assert opens(made.text, later=timedelta(days=30)) is None


def test_a_revoked_token_opens_nothing(made, open_work):
    with open_work("yangcheng", "pine") as work:
        tokens.revoke(work, made.row.id)
    assert opens(made.text) is None


def test_nobody_revokes_another_posts_token(made, open_work):
    with open_work("yangcheng", "plain") as work, pytest.raises(NotFound):
        tokens.revoke(work, made.row.id)
    assert opens(made.text) is not None


def test_a_new_password_ends_every_token(made, world):
    with system_work() as session:
        accounts.give_code(session, world.users["pine"])
    assert opens(made.text) is None


def test_signing_out_everywhere_ends_every_token(made, world):
    with system_work() as session:
        accounts.end_sessions(session, world.users["pine"])
    assert opens(made.text) is None


def test_a_session_that_ended_while_it_asked_gets_no_token(open_work, world):
    """Else whoever was just thrown out would leave with a token that outlives the new password."""
    with system_work() as session:
        stamp = accounts.end_sessions(session, world.users["pine"]).stamp
    with system_work() as session:
        accounts.end_sessions(session, world.users["pine"])
    with open_work("yangcheng", "pine") as work, pytest.raises(NotSignedIn):
        tokens.make(work, "同步程序", days=30, read_only=False, key=KEY, stamp=stamp)
    with open_work("yangcheng", "pine") as work:
        assert tokens.listed(work, ended=True) == []


def test_a_post_that_was_given_up_and_given_again_has_no_tokens(made, open_work, world):
    with open_work("yangcheng", "admin") as work:
        posts.deactivate(work, world.member("pine"))
    assert opens(made.text) is None
    with open_work("yangcheng", "admin") as work:
        directory.change_member(work, world.member("pine"), active=True)
    assert opens(made.text) is None


def test_the_list_shows_what_still_opens_and_a_new_one_clears_the_rest(made, open_work, world):
    with system_work() as session:
        accounts.end_sessions(session, world.users["pine"])
    with open_work("yangcheng", "pine") as work:
        assert tokens.listed(work) == []
        fresh = tokens.make(work, "新的", days=1, read_only=True, key=KEY)
        assert [row.id for row in tokens.listed(work, ended=True)] == [fresh.row.id]


@pytest.mark.parametrize(("name", "days"), [("", 30), ("  ", 30), ("字" * 61, 30), ("好", 0), ("好", 367)])
def test_a_token_without_a_name_or_for_too_long_is_refused(open_work, name, days):
    with open_work("yangcheng", "pine") as work, pytest.raises(Invalid):
        tokens.make(work, name, days=days, read_only=False, key=KEY)


def test_a_post_has_so_many_tokens_and_no_more(open_work):
    with open_work("yangcheng", "pine") as work:
        for number in range(tokens.MOST):
            tokens.make(work, f"第{number}个", days=1, read_only=True, key=KEY)
        with pytest.raises(Conflict):
            tokens.make(work, "再一个", days=1, read_only=True, key=KEY)


def test_the_trail_tells_of_making_and_revoking_and_holds_no_secret(made, open_work):
    with open_work("yangcheng", "pine") as work:
        tokens.revoke(work, made.row.id)
        found = work.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("token."))).all()
    assert [entry.action for entry in found] == ["token.make", "token.revoke"]
    assert all(entry.facts["token"] == "同步程序" and made.text not in str(entry.facts) for entry in found)


def test_the_day_of_its_last_use_is_noted(made):
    today = machine_now().date()
    with system_work() as session:
        tokens.note_use(session, made.row.id, today)
    assert opens(made.text).used_on == today
