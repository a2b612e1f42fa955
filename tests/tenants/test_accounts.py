"""Accounts: passwords, the lock, and what a stranger can learn."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenants import accounts, codes
from tenants.clock import machine_now
from tenants.db import system_work
from tenants.errors import Conflict, Invalid, NotSignedIn
from tenants.models import User
from tests.effort import counted

NOW = datetime(2024, 11, 1, tzinfo=UTC)
GOOD = "correct-horse-7"
ROOT = Path(__file__).parents[2]


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


def test_a_password_is_kept_with_as_much_work_as_the_library_advises():
    code = f"from tenants.accounts import hashed; print(hashed('{GOOD}'))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_login_is_taken_whatever_its_case(user_id):
    with pytest.raises(Conflict), system_work() as session:
        accounts.add_user(session, "LI.NA", "另一人", GOOD)


@pytest.mark.parametrize("login", ["", "   ", "x" * 65, "li na"])
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


def give_code(user_id):
    with system_work() as session:
        return accounts.give_code(session, user_id)


def test_a_code_signs_in_in_the_password_s_place_and_opens_the_lock(user_id):
    for _ in range(5):
        sign_in(password="wrong")
    code, now = give_code(user_id), machine_now()
    assert sign_in(password=GOOD, now=now) is None
    assert (
        sign_in(password=code, now=now)
        == sign_in(password=code.lower().replace("-", " "), now=now)
        == user_id
    )
    with system_work() as session:
        assert session.get(User, user_id).must_change


def test_a_code_is_used_up_by_setting_a_password(user_id):
    code, now = give_code(user_id), machine_now()
    with pytest.raises(Invalid), system_work() as session:
        accounts.change_password(session, user_id, "", code)
    with system_work() as session:
        accounts.change_password(session, user_id, "", "another-horse-8")
    assert sign_in(password=code, now=now) is None and sign_in(password="another-horse-8", now=now) == user_id
    with pytest.raises(Invalid), system_work() as session:
        accounts.change_password(session, user_id, "", "a-third-horse-9")


def test_whoever_had_a_session_before_the_code_was_given_sets_no_password_with_it(user_id):
    with system_work() as session:
        stamp = session.get(User, user_id).stamp
    give_code(user_id)
    with pytest.raises(NotSignedIn), system_work() as session:
        accounts.change_password(session, user_id, "", "a-thief-s-horse-8", stamp=stamp)


def test_a_code_is_good_for_two_weeks(user_id):
    code, now = give_code(user_id), machine_now()
    assert sign_in(password=code, now=now + codes.LIFE - timedelta(minutes=1)) == user_id
    assert sign_in(password=code, now=now + codes.LIFE + timedelta(minutes=1)) is None


def test_what_a_code_opened_is_over_when_the_code_is(user_id):
    give_code(user_id)
    with system_work() as session:
        session.get_one(User, user_id).code_until = machine_now() - timedelta(seconds=1)
    with pytest.raises(NotSignedIn), system_work() as session:
        accounts.change_password(session, user_id, "", "another-horse-8")


def test_a_session_that_ended_meanwhile_ends_nothing_and_begins_none(user_id):
    with system_work() as session:
        stamp = session.get_one(User, user_id).stamp
        accounts.end_sessions(session, user_id, stamp=stamp)
    with pytest.raises(NotSignedIn), system_work() as session:
        accounts.end_sessions(session, user_id, stamp=stamp)


def test_a_new_code_makes_the_one_before_worthless(user_id):
    first, second, now = give_code(user_id), give_code(user_id), machine_now()
    assert sign_in(password=first, now=now) is None and sign_in(password=second, now=now) == user_id


def test_codes_cannot_be_tried_without_the_lock_falling(user_id):
    code, now = give_code(user_id), machine_now()
    for _ in range(5):
        assert sign_in(password=codes.make(), now=now) is None
    assert sign_in(password=code, now=now) is None
    assert sign_in(password=code, now=now + accounts.LOCK) == user_id


def test_the_code_itself_is_kept_nowhere(user_id):
    code = give_code(user_id)
    with system_work() as session:
        kept = str(vars(session.get(User, user_id)))
    assert code not in kept and code.replace("-", "") not in kept


def test_five_hundred_accounts_are_made_in_a_moment(app):
    people = [(f"mine{number}", f"矿长{number}") for number in range(500)]
    with system_work() as session, counted(at_most=500 * 8_000):
        users, given = accounts.add_users(session, people)
    assert len(set(given.values())) == 500
    with system_work() as session:
        again = accounts.give_codes(session, [user.id for user in users])
        assert accounts.taken(session, [login for login, _ in people] + ["free"]) == {
            login for login, _ in people
        }
    assert not set(again.values()) & set(given.values())
    assert sign_in("mine7", again[users[7].id], machine_now()) == users[7].id


def test_an_account_without_a_password_takes_as_long_to_refuse(user_id, monkeypatch):
    give_code(user_id)
    checked = []
    monkeypatch.setattr(accounts, "_fits", lambda stored, password: checked.append(stored[:9]) or False)
    sign_in(), sign_in("nobody")
    assert checked == ["$argon2id", "$argon2id"]


def test_every_new_password_makes_a_new_stamp(user_id):
    def stamp():
        with system_work() as session:
            return session.get(User, user_id).stamp

    stamps = {stamp()}
    with system_work() as session:
        accounts.change_password(session, user_id, GOOD, "another-horse-8")
    stamps.add(stamp())
    give_code(user_id)
    stamps.add(stamp())
    assert len(stamps) == 3


def test_a_very_long_password_costs_no_more_than_a_long_one(user_id):
    assert sign_in(password="x" * 1_000_000) is None
