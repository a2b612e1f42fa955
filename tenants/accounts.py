"""Accounts: passwords, one-time codes, their check, and the lock after failures.

Global rows only; what a user may do stands with their posts. Nobody but its owner ever knows a password: whoever gives an account
hands over a code, with which its owner sets one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tenants import codes
from tenants.base import batches, new_id
from tenants.clock import machine_now
from tenants.errors import Conflict, Invalid, NotSignedIn
from tenants.models import EndedSession, User
from tenants.text import say

FAILURES_BEFORE_LOCK = 5
LOCK = timedelta(minutes=15)
_SHORTEST = 10
_hasher = PasswordHasher()
# Checked when the account does not exist, so that the answer takes as long as for one that does.
_DUMMY = _hasher.hash(secrets.token_urlsafe(16))
# Kept for an account whose owner has not set a password: no password fits.
_NONE = "!"


def add_user(
    session: Session, login: str, name: str, password: str, *, must_change: bool = True, **flags: bool
) -> User:
    """Add an account. Raises Conflict when the login is taken, Invalid when the password is too weak."""
    login = check_login(login)
    if taken(session, [login]):
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
    """Return the user when login and password fit, or login and one-time code, else None; count failures, lock after five.

    A code stays good until its owner has set a password, and opens nothing but the page for that. The caller commits in both
    cases. While locked even the right password does not fit, and the answer is the same as for an account that does not
    exist: nobody learns which ones do.
    """
    user = session.scalar(select(User).where(User.login == login.strip().lower()).with_for_update())
    known = user is not None and user.password_hash != _NONE
    fits = _fits(user.password_hash if user and known else _DUMMY, password)
    # A code takes next to no time; that a stranger's account has one does not show.
    by_code = codes.fits(user.code_hash if user else None, password)
    if user and user.code_until and by_code:
        fits = not code_over(user, now)
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
    if known and _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return user


def code_over(user: User, now: datetime) -> bool:
    """Tell whether the one-time code of an account has run out: what it opened is over with it."""
    return user.code_until is not None and user.code_until <= now


def require_stamp(user: User, stamp: str) -> None:
    """Raise NotSignedIn when the session that asks has ended since its request began: somebody changed the password, or ended
    everything. Nobody gets anew by it what has just been taken away."""
    if stamp and user.stamp != stamp:
        raise NotSignedIn(say("登录已过期。"))


def end_session(session: Session, session_id: UUID, now: datetime, until: datetime) -> None:
    """Note that a session was signed out of, and forget those whose cookies have run out by themselves."""
    session.execute(delete(EndedSession).where(EndedSession.until < now))
    session.merge(EndedSession(id=session_id, until=until))


def end_sessions(session: Session, user_id: UUID, *, stamp: str = "") -> User:
    """End every session and every token of a user, and return the user with a fresh stamp.

    stamp: of the session that asks; when it is over, raises NotSignedIn.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    require_stamp(user, stamp)
    user.stamp = new_stamp()
    return user


def change_password(session: Session, user_id: UUID, old: str, new: str, *, stamp: str = "") -> User:
    """Set a new password after checking the old one; all other sessions of the user end.

    Whoever came with a one-time code has no old one, and uses up the code. stamp: of the session that asks; when it is over, or
    its code has run out, raises NotSignedIn.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    require_stamp(user, stamp)
    if code_over(user, machine_now()):
        raise NotSignedIn(say("登录已过期。"))
    if user.code_hash is None and not _fits(user.password_hash, old):
        raise Invalid(say("原密码不对。"), say("请重新输入原密码。"))
    if codes.fits(user.code_hash, new) or (user.code_hash is None and old == new):
        raise Invalid(say("新密码与原密码相同。"), say("请换一个新密码。"))
    check_strength(new, user.login)
    user.password_hash, user.stamp, user.password_at = _hasher.hash(new), new_stamp(), machine_now()
    user.must_change, user.code_hash, user.code_until = False, None, None
    return user


def open_account(session: Session, login: str, name: str) -> tuple[User, str]:
    """Add an account whose owner will set a password; return it with the one-time code for that.

    Raises Conflict when the login is taken, Invalid when it will not do.
    """
    login = check_login(login)
    if taken(session, [login]):
        raise Conflict(say("登录名“{login}”已被使用。", login=login), say("请换一个登录名。"))
    users, given = add_users(session, [(login, name)])
    return users[0], given[users[0].id]


def check_login(login: str) -> str:
    """Return a login as it is kept. Raises Invalid for one that will not do."""
    login = login.strip().lower()
    if not login or len(login) > 64 or any(sign.isspace() for sign in login):
        raise Invalid(say("登录名须为 1 到 64 个字符，不含空格。"), say("请换一个登录名。"))
    return login


def add_users(session: Session, people: Iterable[tuple[str, str]]) -> tuple[list[User], dict[UUID, str]]:
    """Add accounts without a password, (login, name) each; return them, and the code of each by its id.

    The logins must be free and in lower case (`taken`). Two statements, however many there are.
    """
    users = [
        User(id=new_id(), login=login, name=name, password_hash=_NONE, stamp=new_stamp())
        for login, name in people
    ]
    given = _give(users)
    session.add_all(users)
    session.flush()
    return users, given


def taken(session: Session, logins: Collection[str]) -> set[str]:
    """Return which of the logins are used, wherever."""
    wanted, found = sorted(logins), set[str]()
    for some in batches(wanted):
        found.update(session.scalars(select(User.login).where(User.login.in_(some))))
    return found


def give_code(session: Session, user_id: UUID) -> str:
    """Give an account a one-time code and return it; what opened it before is void, its sessions end, a lock is lifted."""
    return give_codes(session, [user_id])[user_id]


def give_codes(session: Session, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give accounts one-time codes as `give_code` does; return them by account."""
    wanted, given = sorted(set(user_ids)), dict[UUID, str]()
    for some in batches(wanted):
        given |= _give(list(session.scalars(select(User).where(User.id.in_(some)).with_for_update())))
    session.flush()
    return given


def _give(users: Iterable[User]) -> dict[UUID, str]:
    given, until = {}, machine_now() + codes.LIFE
    for user in users:
        given[user.id] = codes.make()
        user.code_hash, user.code_until = codes.sealed(given[user.id]), until
        user.password_hash, user.must_change, user.stamp = _NONE, True, new_stamp()
        user.locked_until, user.failures = None, 0
    return given


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[:200])
    except (VerificationError, InvalidHashError):
        return False
