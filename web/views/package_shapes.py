"""What several pages say of a package: its head, its duties in a reader's order, the names of its forms and actors."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from tenants.db import Work
from tenants.workdays import calendar_of
from web.views.shapes import when_words
from workflows.elements import Duty
from workflows.package import Package
from workflows.schedule import Setting


def package_shape(package: Package) -> dict[str, Any]:
    """Return what every page says of a package."""
    notice = package.notice
    return {
        "hash": package.hash, "id": package.id, "version": package.version, "title": package.title,
        "notice": f"{notice.issuer} {notice.number}".strip(),
        "counts": {
            "duties": len(package.duties), "ledgers": len(package.ledgers), "forms": len(package.forms),
            "clauses": len(package.clauses),
        },
    }  # fmt: skip


def who(package: Package, names: tuple[str, ...]) -> str:
    """Return the titles of actors of a package."""
    return _("、").join(package.actors[name].title for name in names if name in package.actors)


def form_title(package: Package, form: str) -> str:
    """Return what people call a form: its own title, else that of the duty that asks for it."""
    own = package.forms[form].schema.get("title")
    asked = (duty.title for duty in package.duties.values() if duty.form == form)
    return str(own) if own else next(asked, form)


def setting_of(work: Work, package: Package) -> Setting:
    """Return what the package's dates depend on in this tenant, before anything was chosen."""
    day = package.notice.issued or work.today
    return Setting(package, calendar_of(work, day.year - 1, day.year + 2), timezone=work.tenant.timezone)


def duty_groups(package: Package, setting: Setting) -> list[dict[str, Any]]:
    """Return the duties of a package as a reader of the notice looks for them."""
    groups: dict[str, list[Duty]] = {_("定期任务"): [], _("限期任务"): [], _("随事办理"): []}
    regular, once, on_event = groups.values()
    for duty in package.duties.values():
        where = regular if duty.every else on_event if duty.on and duty.on.kind != "phase" else once
        where.append(duty)
    return [
        {"title": title, "duties": [_duty(package, duty, setting) for duty in found]}
        for title, found in groups.items()
        if found
    ]


def _duty(package: Package, duty: Duty, setting: Setting) -> dict[str, Any]:
    return {
        "key": duty.id, "title": duty.title, "who": who(package, duty.by), "recipient": who(package, duty.to),
        "words": when_words(setting, duty), "clause": "、".join(duty.clauses), "form": duty.form, "added": duty.added,
        "hidden": bool(duty.hidden),
    }  # fmt: skip
