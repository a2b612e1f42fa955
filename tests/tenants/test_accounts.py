"""Accounts: passwords, the lock, and what a stranger can learn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tenants import accounts
from tenants.db import system_work
from tenants.errors import Conflict, Invalid
from tenants.models import User

NOW = datetime(2024, 11, 1, tzinfo=UTC)
GOOD = "correct-horse-7"


@pytest.fixture
def user_id(app):
    with system_work() as session:
        return accounts.add_user(session, "Li.Na", "李娜", GOOD).id


def sign_in(login="li.na", password=GOOD, now=NOW):
    with system_work() as session:
        found = accounts.sign_in(session, login, password, now)
        return found.id if found else None


def test_whoever_knows_the_password_signs_in(user_id):
    assert sign_in() == user_id == sign_in("  LI.NA ")


def test_nobody_else_does(user_id):
    assert sign_in(password="wrong-horse-7") is None
    assert sign_in("li", GOOD) is None
    assert sign_in("", "") is None


def test_the_password_itself_is_kept_nowhere(user_id):
    with system_work() as session:
        user = session.get(User, user_id)
        assert GOOD not in str(vars(user)) and user.password_hash.startswith("$argon2id$")


def test_a_login_is_taken_whatever_its_case(user_id):
    with pytest.raises(Conflict), system_work() as session:
        accounts.add_user(session, "LI.NA", "另一人", GOOD)


@pytest.mark.parametrize("login", ["", "   ", "x" * 65])
def test_a_login_has_1_to_64_characters(app, login):
    with pytest.raises(Invalid), system_work() as session:
        accounts.add_user(session, login, "某", GOOD)


@pytest.mark.parametrize(
    "password",
    ["", "short-1", "lettersonly", "1234567890", "LI.NA-2024-1", "xx-li.na-xx", "ä" * 12, "a1" * 101],
)
def test_a_weak_password_is_refused(password):
    with pytest.raises(Invalid):
        accounts.check_strength(password, "li.na")


@pytest.mark.parametrize(
    "password", ["correct-horse", "Correcthorse", "correct1horse", "安全生产安全生产安全7", "a1" * 100]
)
def test_a_passable_password_is_taken(password):
    accounts.check_strength(password, "li.na")


def test_the_lock_falls_after_five_failures_and_lasts_a_quarter_of_an_hour(user_id):
    for _ in range(4):
        assert sign_in(password="wrong") is None
    assert sign_in(password="wrong") is None
    assert sign_in() is None
    assert sign_in(now=NOW + accounts.LOCK - timedelta(seconds=1)) is None
    assert sign_in(now=NOW + accounts.LOCK) == user_id


def test_a_right_password_wipes_out_earlier_failures(user_id):
    for _ in range(3):
        for _ in range(4):
            sign_in(password="wrong")
        assert sign_in() == user_id


def test_a_reset_gives_a_one_time_password_and_opens_the_lock(user_id):
    for _ in range(5):
        sign_in(password="wrong")
    with system_work() as session:
        once = accounts.reset_password(session, user_id)
    assert sign_in(password=once) == user_id
    with system_work() as session:
        assert session.get(User, user_id).must_change


def test_one_time_passwords_are_strong_and_never_the_same():
    made = {accounts.one_time_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        accounts.check_strength(password, "li.na")


def test_every_new_password_makes_a_new_stamp(user_id):
    def stamp():
        with system_work() as session:
            return session.get(User, user_id).stamp

    stamps = {stamp()}
    with system_work() as session:
        accounts.change_password(session, user_id, GOOD, "another-horse-8")
    stamps.add(stamp())
    with system_work() as session:
        accounts.reset_password(session, user_id)
    stamps.add(stamp())
    assert len(stamps) == 3


def test_a_very_long_password_costs_no_more_than_a_long_one(user_id):
    assert sign_in(password="x" * 1_000_000) is None
