"""Dates that cannot be: before their own beginning, never, or not as the package's rehearsal expects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tenants.errors import Problem
from tenants.text import say
from workflows.checks.known import CAMPAIGN, stranger
from workflows.dates import Dates, ImpossibleDate, NoSeason, Setting
from workflows.elements import Duty, Package
from workflows.marked_yaml import Listed, Mapped, read_yaml
from workflows.phases import span_of
from workflows.schedule import Occurrence, planned

REHEARSAL = "tests/calendar.yaml"


def date_problems(setting: Setting, *, seasons: bool = True) -> list[Problem]:
    """Report every impossible date of a package in a tenant's setting, each once.

    seasons: report seasons that the calendar lacks; the check of a package alone knows no tenant's calendar and does not.
    """
    found = [_problem(error) for error in _impossible(setting) if seasons or not isinstance(error, NoSeason)]
    return list(dict.fromkeys(found))


def rehearsal_problems(package: Package) -> list[Problem]:
    """Report where the due dates are not those that the package's own tests/calendar.yaml expects."""
    value = read_yaml(package.files[REHEARSAL], REHEARSAL)[0] if REHEARSAL in package.files else None
    expected = value.get("calendar") if isinstance(value, Mapped) else None
    if not isinstance(expected, Mapped):
        return []
    problems = []
    for key, written in expected.items():
        line = expected.lines[key]
        if key not in package.duties:
            problems.append(
                stranger(say("没有任务“{name}”", name=key), key, package.duties, line, key, REHEARSAL)
            )
        elif isinstance(written, Listed):
            problems += _compare(package, package.duties[key], written, line)
    return problems


def _impossible(setting: Setting) -> Iterator[ImpossibleDate]:
    package = setting.package
    try:
        dates = Dates(setting)
        start, end = dates.start(), dates.period("end")
        if end is not None and end < start:
            what = say("行动的结束日期 {end} 早于开始日期 {start}", end=end, start=start)
            line = package.period.end.line if package.period.end else 0
            yield ImpossibleDate(what, say("请改正 period。"), "period.end", line)
            return
    except ImpossibleDate as error:
        yield error
        return
    for phase in package.phases.values():
        try:
            span_of(Dates(setting), phase)
        except ImpossibleDate as error:
            yield error
    for duty in package.duties.values():
        try:
            yield from _of_duty(duty, list(planned(setting, duty)))
        except ImpossibleDate as error:
            yield error


def _of_duty(duty: Duty, found: list[Occurrence]) -> Iterator[ImpossibleDate]:
    where = f"duties.{duty.id}"
    awaited = duty.on is not None and duty.on.kind != "phase"
    if duty.every and not found and not awaited:
        what = say("“{title}”的重复规则在起止日期内一次也没有", title=duty.title)
        do = say("请检查怎样重复与 start、end，例如 2 月没有 30 日。")
        yield ImpossibleDate(what, do, f"{where}.every", duty.every.line)
    # A phase that was over before the notice is meant to be; a day that lies before it is a slip.
    backdated = duty.due is not None and duty.due.day is None and duty.start is None
    late = next(
        (one for one in found if one.due and one.due < one.opens and not (one.past and backdated)), None
    )
    if late:
        what = say(
            "“{title}”的到期日 {due} 早于开始办理的 {opens}", title=duty.title, due=late.due, opens=late.opens
        )
        written = duty.due.line if duty.due else duty.every.line if duty.every else duty.line
        yield ImpossibleDate(what, say("请把到期日改晚，或把开始日期改早。"), f"{where}.due", written)
    if duty.disputed:
        dues = {one.due for one in found}
        for day in duty.disputed.dates:
            if (
                day not in dues
                and duty.disputed.default == "keep"
                and duty.every
                and duty.every.roll == "none"
            ):
                what = say("有争议的 {day} 不在“{title}”的日期之中", day=day, title=duty.title)
                do = say(
                    "实际的日期是：{days}。",
                    days="、".join(str(one) for one in sorted(filter(None, dues))[-6:]),
                )
                yield ImpossibleDate(what, do, f"{where}.disputed", duty.disputed.line)


def _compare(package: Package, duty: Duty, written: Listed, line: int) -> list[Problem]:
    try:
        found = [(one.due, one.disputed) for one in planned(Setting(package), duty) if one.due]
    except ImpossibleDate:
        return []  # reported for itself
    expected = [(day, disputed) for day, disputed in map(_expected, written) if day]
    if expected == found:
        return []
    what = say(
        "“{title}”的日期与预期不同：预期 {expected}，实际 {found}",
        title=duty.title, expected=_shown(expected), found=_shown(found),
    )  # fmt: skip
    return [Problem(what, say("请改正 campaign.yaml 的日期，或改正这里的预期。"), REHEARSAL, line, duty.id)]


def _expected(one: object) -> tuple[date | None, bool]:
    day = one.get("date") if isinstance(one, Mapped) else one
    return (day if isinstance(day, date) else None, isinstance(one, Mapped) and one.get("disputed") is True)


def _shown(days: list[tuple[date, bool]]) -> str:
    text = "、".join(f"{day}{'（有争议）' if disputed else ''}" for day, disputed in days[:8])
    return f"{text} 等 {len(days)} 次" if len(days) > 8 else text or "无"


def _problem(error: ImpossibleDate) -> Problem:
    return Problem(error.what, error.do, CAMPAIGN, error.line, error.where)
