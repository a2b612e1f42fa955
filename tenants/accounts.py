"""Accounts: passwords, their check, and the lock after failures. Global rows only; what a user may do stands with their posts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tenants.clock import machine_now
from tenants.errors import Conflict, Invalid
from tenants.models import EndedSession, User
from tenants.text import say

FAILURES_BEFORE_LOCK = 5
LOCK = timedelta(minutes=15)
_SHORTEST = 10
_hasher = PasswordHasher()
# Checked when the account does not exist, so that the answer takes as long as for one that does.
_DUMMY = _hasher.hash(secrets.token_urlsafe(16))


def add_user(
    session: Session, login: str, name: str, password: str, *, must_change: bool = True, **flags: bool
) -> User:
    """Add an account. Raises Conflict when the login is taken, Invalid when the password is too weak."""
    login = login.strip().lower()
    if not login or len(login) > 64:
        raise Invalid(say("登录名须为 1 到 64 个字符。"), say("请换一个登录名。"))
    if session.scalar(select(User.id).where(User.login == login)):
        raise Conflict(say("登录名“{login}”已被使用。", login=login), say("请换一个登录名。"))
    check_strength(password, login)
    user = User(
        login=login, name=name, password_hash=_hasher.hash(password), must_change=must_change,
        stamp=new_stamp(), **flags,
    )  # fmt: skip
    session.add(user)
    session.flush()
    return user


def hashed(password: str) -> str:
    """Return the hash of a password, to be kept."""
    return _hasher.hash(password)


def new_stamp() -> str:
    """Return a fresh stamp for a user's sessions."""
    return secrets.token_hex(8)


def check_strength(password: str, login: str) -> None:
    """Raise Invalid unless the password has 10 to 200 characters of at least two kinds and does not hold the login."""
    # The last two: letters without case, such as Chinese ones, and everything that is neither letter nor digit.
    kinds = [
        str.isdigit,
        str.islower,
        str.isupper,
        lambda c: c.isalpha() and c.lower() == c.upper(),
        lambda c: not c.isalnum(),
    ]
    variety = sum(any(kind(c) for c in password) for kind in kinds)
    # Logins of up to three characters come up by chance, also in passwords that are random.
    held = len(login) > 3 and login in password.lower()
    if not _SHORTEST <= len(password) <= 200 or variety < 2 or held:
        raise Invalid(
            say("密码太弱。"),
            say("请用至少 {count} 个字符，含字母、数字、符号中的两种，且不含登录名。", count=_SHORTEST),
        )


def sign_in(session: Session, login: str, password: str, now: datetime) -> User | None:
    """Return the user when login and password fit, else None; count failures and lock after five.

    The caller commits in both cases. While locked even the right password does not fit, and the answer is the same as for an
    account that does not exist: nobody learns which ones do.
    """
    user = session.scalar(select(User).where(User.login == login.strip().lower()).with_for_update())
    fits = _fits(user.password_hash if user else _DUMMY, password)
    if user is None or not user.active:
        return None
    if user.locked_until and user.locked_until > now:
        return None
    if not fits:
        user.failures += 1
        if user.failures >= FAILURES_BEFORE_LOCK:
            user.locked_until, user.failures = now + LOCK, 0
        return None
    user.failures, user.locked_until, user.signed_in_at = 0, None, now
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return user


def end_session(session: Session, session_id: UUID, now: datetime, until: datetime) -> None:
    """Note that a session was signed out of, and forget those whose cookies have run out by themselves."""
    session.execute(delete(EndedSession).where(EndedSession.until < now))
    session.merge(EndedSession(id=session_id, until=until))


def end_sessions(session: Session, user_id: UUID) -> User:
    """End every session and every token of a user, and return the user with a fresh stamp."""
    user = session.get_one(User, user_id, with_for_update=True)
    user.stamp = new_stamp()
    return user


def change_password(session: Session, user_id: UUID, old: str, new: str) -> User:
    """Set a new password after checking the old one; all other sessions of the user end."""
    user = session.get_one(User, user_id, with_for_update=True)
    if not _fits(user.password_hash, old):
        raise Invalid(say("原密码不对。"), say("请重新输入原密码。"))
    if old == new:
        raise Invalid(say("新密码与原密码相同。"), say("请换一个新密码。"))
    _set(user, new)
    user.must_change = False
    return user


def reset_password(session: Session, user_id: UUID) -> str:
    """Set a random one-time password, lift a lock, and return it; it must be changed at the next sign-in."""
    user = session.get_one(User, user_id, with_for_update=True)
    password = one_time_password()
    _set(user, password)
    user.must_change, user.locked_until, user.failures = True, None, 0
    return password


def one_time_password() -> str:
    """Return a random password that can be read out on the telephone."""
    return "-".join(secrets.token_hex(2) for _ in range(3)) + "-Ls"


def _set(user: User, password: str) -> None:
    check_strength(password, user.login)
    user.password_hash = _hasher.hash(password)
    user.stamp, user.password_at = new_stamp(), machine_now()


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[:200])
    except (VerificationError, InvalidHashError):
        return False
