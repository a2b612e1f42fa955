"""Signing in and out, passwords, posts, language: what concerns the user before and beside any tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from engine import inbox
from tenants import accounts, directory
from tenants.access import ROLES
from tenants.base import new_id
from tenants.clock import machine_now
from tenants.db import system_work, unit_of_work
from tenants.errors import Invalid, NotSignedIn, Refusal
from tenants.models import EndedSession, User
from tenants.text import say
from web.demo_accounts import ACCOUNTS
from web.gate import by_program
from web.house import house
from web.limits import limiter
from web.words import LANGUAGES, refused, said

auth = Blueprint("auth", __name__)
# However busy a session is, after so long one signs in again.
LONGEST = timedelta(hours=12)
# Views that a user with a password to be changed may still reach.
_BEFORE_CHANGE = {
    "auth.password",
    "auth.signout",
    "auth.language",
    "static",
    "clock.move",
    "pages.about",
    "health.show",
}


class SignedIn(UserMixin):
    """The user of this session, as far as pages need it."""

    def __init__(self, user: User, session_id: UUID | None = None) -> None:
        self.id: UUID = user.id
        self.session_id = session_id or new_id()
        self.name, self.login, self.language = user.name, user.login, user.language
        self.system_admin, self.must_change, self.stamp = user.system_admin, user.must_change, user.stamp
        # While a code is out no password fits: whoever is signed in came by the code, and has no old password to show.
        self.by_code = user.code_hash is not None

    def get_id(self) -> str:
        return f"{self.id}:{self.stamp}:{self.session_id}"


def open_auth(app: Flask) -> None:
    """Give the application its sign-in. Call once."""
    manager = LoginManager(app)
    manager.session_protection = "strong"
    manager.user_loader(_load)
    manager.unauthorized_handler(_unauthorized)
    app.register_blueprint(auth)
    app.before_request(_keep_fresh)


def _load(key: str) -> SignedIn | None:
    """Return the user of a session; None when it was signed out of, or the account is gone or has a new password."""
    try:
        identity, stamp, ended = key.split(":")
        user_id, session_id = UUID(identity), UUID(ended)
    except ValueError:
        return None
    with system_work(reads=True) as globals_:
        user = globals_.get(User, user_id)
        over = globals_.get(EndedSession, session_id) is not None
        if over or user is None or not user.active or user.stamp != stamp:
            return None
        if accounts.code_over(user, machine_now()):
            return None
        return SignedIn(user, session_id)


def _unauthorized() -> Any:
    if request.is_json or request.method != "GET":
        raise NotSignedIn(say("登录已过期。"))
    return redirect(url_for("auth.signin", next=request.full_path.rstrip("?")))


def _keep_fresh() -> Any:
    """End a session that was idle for too long; lead a user whose password must be changed to that page."""
    if by_program() or not current_user.is_authenticated:
        return None
    now = machine_now()
    seen, since = (datetime.fromtimestamp(session.get(key, 0), UTC) for key in ("seen", "since"))
    if now - seen > timedelta(minutes=house().config.idle_minutes) or now - since > LONGEST:
        logout_user()
        session.clear()
        return _unauthorized()
    # What a page asks for by itself, again and again, must not keep an unattended session alive.
    if request.endpoint != "inbox.counts" and "poll" not in request.args:
        session["seen"] = int(now.timestamp())
    if current_user.must_change and request.endpoint not in _BEFORE_CHANGE:
        return redirect(url_for("auth.password"))
    return None


@auth.route("/signin", methods=["GET", "POST"])
@limiter.limit("20/minute;200/hour", methods=["POST"])
def signin() -> Any:
    """Sign in with an account of this house."""
    refusal = None
    if request.method == "POST":
        name, password = request.form.get("name", "")[:100], request.form.get("password", "")[:500]
        try:
            with system_work() as globals_:
                user = accounts.sign_in(globals_, name, password, machine_now())
                found = SignedIn(user) if user else None
            if found:
                # A fresh session: whatever was planted in the old one does not survive.
                chosen = session.get("language")
                session.clear()
                begun = int(machine_now().timestamp())
                session.update({"seen": begun, "since": begun, **({"language": chosen} if chosen else {})})
                session.permanent = True
                login_user(found)
                return redirect(safe_next(request.form.get("next", "")) or url_for("home"), 303)
            refusal = Invalid(
                say("账号或密码不对，或账号已暂时锁定。"),
                say(
                    "请核对后重试；连续输错五次将锁定 15 分钟。登录码过期或忘记密码的，请管理员重新发放登录码。"
                ),
            )
        except Refusal as wrong:
            refusal = wrong  # type: ignore[assignment]
    elif current_user.is_authenticated:
        return redirect(url_for("home"))
    shown = {
        "refusal": refused(refusal) if refusal else None, "form": {"name": request.form.get("name", "")},
        "next": request.values.get("next", ""), "demo_accounts": ACCOUNTS if house().config.demo else None,
    }  # fmt: skip
    return render_template("signin.html", **shown), refusal.status if refusal else 200


@auth.post("/signout")
def signout() -> Any:
    """Sign out: the session is over on the server too, wherever its cookie may have been copied to."""
    if current_user.is_authenticated:
        now = machine_now()
        with system_work() as globals_:
            accounts.end_session(globals_, current_user.session_id, now, now + LONGEST)
    logout_user()
    chosen = session.get("language")
    session.clear()
    if chosen:
        session["language"] = chosen
    return redirect(url_for("auth.signin"), 303)


@auth.post("/language")
def language() -> Any:
    """Choose the language; kept with the account when signed in."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    session["language"] = chosen
    if current_user.is_authenticated:
        with system_work() as globals_:
            globals_.get_one(User, current_user.id).language = chosen
    return redirect(safe_next(request.form.get("next", "")) or url_for("home"), 303)


@auth.route("/posts", methods=["GET", "POST"])
@login_required
def posts() -> Any:
    """Choose which of one's posts to act as."""
    with system_work(reads=True) as globals_:
        held = [(t.slug, t.name, member) for t, member in directory.posts_of(globals_, current_user.id)]
    if request.method == "POST":
        for slug, _name, member in held:
            if str(member) == request.form.get("post"):
                session["posts"] = {**session.get("posts", {}), slug: str(member)}
                session["tenant"] = slug
                return redirect(
                    safe_next(request.form.get("next", "")) or url_for("inbox.show", tenant=slug), 303
                )
        abort(404)
    shown = {"posts": own_posts(), "name": current_user.name, "next": request.args.get("next", "")}
    return render_template("posts.html", **shown)


@auth.get("/account")
@login_required
def account() -> Any:
    """Show one's account."""
    with system_work(reads=True) as globals_:
        user = globals_.get_one(User, current_user.id)
        shown = {
            "name": user.name, "sign_in_name": user.login, "language": user.language,
            "last_sign_in": user.signed_in_at, "last_from": "", "password_changed": user.password_at,
        }  # fmt: skip
    return render_template("account.html", account=shown, posts=own_posts())


@auth.route("/account/password", methods=["GET", "POST"])
@login_required
@limiter.limit("20/minute", methods=["POST"])
def password() -> Any:
    """Change one's password; forced after a reset."""
    refusal: Refusal | None = None
    if request.method == "POST":
        new, again = request.form.get("new", ""), request.form.get("again", "")
        try:
            if new != again:
                raise Invalid(say("两次输入的新密码不一致。"), say("请重新输入。"))
            with system_work() as globals_:
                old, stamp = request.form.get("old", ""), current_user.stamp
                user = accounts.change_password(globals_, current_user.id, old, new, stamp=stamp)
                fresh = SignedIn(user)
            login_user(fresh)
            flash(_("密码已修改，其他设备上的登录已失效。"), "ok")
            return redirect(url_for("home"), 303)
        except Refusal as wrong:
            refusal = wrong
    shown = {
        "refusal": refused(refusal) if refusal else None,
        "forced": current_user.must_change,
        "by_code": current_user.by_code,
        "form": {},
    }
    return render_template("password.html", **shown), refusal.status if refusal else 200


def own_posts() -> list[dict[str, Any]]:
    """Return the user's posts as pages show them, each with what waits there."""
    with system_work(reads=True) as globals_:
        held = [(tenant.slug, member) for tenant, member in directory.posts_of(globals_, current_user.id)]
    current, here, shown = session.get("posts", {}), house(), []
    for slug, member in held:
        with unit_of_work(slug, member, clock=here.clock, store=here.config.store, reads=True) as work:
            counted = inbox.counts(work)
            shown.append(
                {
                    "id": str(member), "tenant": work.tenant.name, "slug": slug, "unit": work.actor.unit_name,
                    "post": work.actor.title, "roles": [said(ROLES[role]) for role in sorted(work.actor.roles)],
                    "current": current.get(slug) == str(member), "todo": counted["todo"], "overdue": counted["overdue"],
                }
            )  # fmt: skip
    return shown


def safe_next(target: str) -> str:
    """Return the target when it is a path of this site, else an empty string: nobody is led away after signing in."""
    try:
        parts = urlsplit(target)
    except ValueError:  # brackets that hold no address
        return ""
    # Whatever a proxy or browser on the way may make of it: decoded, it is still a path here.
    for path in (target, unquote(parts.path)):
        if (
            not path.startswith("/")
            or path.startswith("//")
            or "\\" in path
            or any(ord(sign) < 32 for sign in path)
        ):
            return ""
    return "" if parts.scheme or parts.netloc or any(ord(sign) < 33 for sign in target) else target
