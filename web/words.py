"""The reader's language: gettext catalogues with Chinese source texts, for messages, dates and sizes."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_locale, gettext, ngettext
from flask_login import current_user

from forms.labels import size_words as size_words
from tenants.clock import machine_now
from tenants.errors import Invalid, Problem, Refusal
from tenants.text import Message, say
from web.gate import by_program

LANGUAGES = ("zh_CN", "en")
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_PERIOD = re.compile(r"(\d{4})-([HQW])(\d{1,2})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def speak(app: Flask) -> None:
    """Let the application speak the reader's language. Call once."""
    app.config["BABEL_DEFAULT_LOCALE"] = "zh_CN"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=language)
    for name, function in (
        ("date_words", date_words),
        ("clock", clock_words),
        ("size", size_words),
        ("said", said),
        ("period_words", period_words),
    ):
        app.jinja_env.filters[name] = function
    app.jinja_env.globals["plural"] = plural


def language() -> str:
    """Return the reader's language: chosen in the session, kept with the account, asked for by the browser, else Chinese."""
    if not has_request_context():
        return LANGUAGES[0]
    if by_program():
        return _asked(g.api_holder.language if g.get("api_holder") else "zh")
    chosen = session.get("language") or (current_user.language if current_user.is_authenticated else "")
    if chosen in LANGUAGES:
        return str(chosen)
    return _asked("zh")


def _asked(otherwise: str) -> str:
    # Browsers say zh-CN, zh or en-GB; anything else reads Chinese, the language of the notices.
    asked = request.accept_languages.best or otherwise
    return "en" if asked.lower().startswith("en") else "zh_CN"


def english() -> bool:
    """Tell whether the reader reads English."""
    return str(get_locale()) == "en"


def typed_day(text: str) -> date:
    """Return the day that somebody typed. Raises Invalid for what is none, or lies where no time zone can reckon."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not 1900 <= day.year <= 2999:
        raise Invalid(say("日期的写法不对。"), say("请按 2024-11-30 这样的格式填写。"))
    return day


def plural(text: str, n: int, **more: Any) -> str:
    """Return a text about `n` things in the reader's language, where one may be said otherwise; `%(n)s` is the number."""
    return str(ngettext(text, text, n, n=n, **more))


def said(message: Message | str | None) -> str:
    """Return a message in the reader's language."""
    if message is None:
        return ""
    return message.render(gettext) if isinstance(message, Message) else message


def refused(refusal: Refusal) -> dict[str, Any]:
    """Return what happened and what to do, with every problem, in the reader's language."""
    problems = [problem_words(problem) for problem in getattr(refusal, "problems", ())]
    return {"code": refusal.code, "what": said(refusal.what), "do": said(refusal.do), "problems": problems}


def problem_words(problem: Problem) -> dict[str, Any]:
    """Return one problem in the reader's language."""
    return {
        "what": said(problem.what), "do": said(problem.do), "where": problem.where, "file": problem.file,
        "line": problem.line, "level": problem.level,
    }  # fmt: skip


def period_words(text: str) -> str:
    """Return what people call a period: 2023-Q2 → 2023年第2季度. Months, days and whatever else stands there stay as they are."""
    found = _PERIOD.fullmatch(text or "")
    if found is None:
        return text
    year, kind, n = found.groups()
    if kind == "H":
        return str(
            gettext("%(year)s年上半年", year=year) if n == "1" else gettext("%(year)s年下半年", year=year)
        )
    if kind == "Q":
        return str(gettext("%(year)s年第%(n)s季度", year=year, n=n))
    return str(gettext("%(year)s年第%(n)s周", year=year, n=int(n)))


def date_words(day: date | None) -> str:
    """Return a local date as people say it: 11月30日（周六）; with the year when it is not this one."""
    if day is None:
        return ""
    today: date = g.get("today") or machine_now().date()
    if english():
        words = f"{_WEEKDAYS['en'][day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}"
        return words if day.year == today.year else f"{words}, {day.year}"
    words = f"{day.month}月{day.day}日（周{_WEEKDAYS['zh'][day.weekday()]}）"
    return words if day.year == today.year else f"{day.year}年{words}"


def month_words(month: int) -> str:
    """Return the name of a month: 11月."""
    return _MONTHS[month - 1] if english() else f"{month}月"


def clock_words(at: datetime | None) -> str:
    """Return an instant in the tenant's zone: 11月30日 12:03."""
    if at is None:
        return ""
    local = at.astimezone(g.get("zone") or ZoneInfo("Asia/Shanghai"))
    year = (
        ""
        if local.year == (g.get("today") or local).year
        else (f" {local.year}" if english() else f"{local.year}年")
    )
    if english():
        return f"{_MONTHS[local.month - 1]} {local.day}{year}, {local:%H:%M}"
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"
