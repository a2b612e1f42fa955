"""Whether the dates of a locked duty or phase have become later, also where it is another element that was changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenants.text import Message, say
from workflows.dates import Dates, ImpossibleDate, Setting
from workflows.elements import Duty, Package
from workflows.marked_yaml import Mapped, read_yaml
from workflows.package import CAMPAIGN
from workflows.recurrence import BadRule
from workflows.schedule import planned
from workflows.tighter import earlier, fixed, often_enough, rolling, switched_on

# Of a recurrence, what its dates do not show.
_BESIDE = ("opens", "until", "missed", "undated", "shifts", "season")
# What a package asks whoever launches it.
_ASKED = ("disputed", "one_document")


@dataclass(frozen=True)
class Late:
    """Dates that are not as the template wants them. address: of the element. why: what is wrong."""

    address: tuple[str, ...]
    why: Message


class LockedDates:
    """The dates of two packages, held against each other.

    choices: what the copy's tenant answers when it launches it. What the template itself asks is answered alike on both.
    """

    def __init__(self, template: Package, local: Package, choices: Mapping[str, Any] | None = None) -> None:
        self.template, self.local = template, local
        self.roots = tuple(_root(package) for package in (template, local))
        chosen = dict(choices or {})
        asked = {key: one for key, one in chosen.items() if key in _ASKED}
        self.settings = Setting(template, choices=asked), Setting(local, choices=chosen)

    def late(self, lock: Any) -> Iterator[Late]:
        """Yield every date that is later than it may be. lock: address -> what the template says of it."""
        for key, duty in self.template.duties.items():
            other = self.local.duties.get(key)
            if other is None:
                continue
            for part in ("due", "every"):
                said = lock(("duties", key, part))
                was, now = (_said(root, "duties", key).get(part) for root in self.roots)
                if said != "free" and was is not None and now is not None:
                    why = self._judge(part, duty, other, was, now, exact=said == "mandatory")
                    if why is not None:
                        yield Late(("duties", key, part), why)
        for key in self.template.phases:
            said = lock(("phases", key, "end"))
            was, now = (_said(root, "phases", key).get("end") for root in self.roots)
            if said != "free" and key in self.local.phases and was is not None and now is not None:
                days = tuple(_phase(setting, key) for setting in self.settings)
                why = _compared(was, now, days, exact=said == "mandatory")
                if why is not None:
                    yield Late(("phases", key, "end"), why)

    def _judge(
        self, part: str, duty: Duty, other: Duty, was: Any, now: Any, *, exact: bool
    ) -> Message | None:
        if part == "due":
            return _compared(
                was, now, (_due(self.settings[0], duty), _due(self.settings[1], other)), exact=exact
            )
        if was != now:
            if exact or not isinstance(was, dict) or not isinstance(now, dict):
                return None if exact else _unclear()
            beside = _beside(was, now)
            if beside is False:
                return say("重复的规定改松了")
            if beside is None or duty.on is not None or not (fixed(was) and fixed(now)):
                return _unclear()
        wanted, found = _dues(self.settings[0], duty), _dues(self.settings[1], other)
        if wanted is None or found is None:
            return None if was == now else _unclear()
        missed = often_enough(wanted, found)
        if missed is not None:
            return say("上级要求在 {day} 前再完成一次，这里没有", day=missed)
        if exact and sorted(wanted) != sorted(found):
            return say("到期的日子与上级的不同")
        return None


def _beside(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool | None:
    """Judge what the dates of a recurrence do not show."""
    judged = [rolling(was.get("roll", "none"), now.get("roll", "none"))]
    for key in _BESIDE:
        one, other = was.get(key), now.get(key)
        if one == other:
            continue
        if key == "missed":
            judged.append(other == "each")
        elif key == "undated":
            judged.append(switched_on(other, one))
        else:
            judged.append(None)
    return False if False in judged else None if None in judged else True


def _compared(was: Any, now: Any, days: tuple[date | None, ...], *, exact: bool) -> Message | None:
    """Say what is wrong with a single date; None = nothing. exact: it may not be another one, in whatever way."""
    judged = earlier(was, now)
    known = days[0] is not None and days[1] is not None
    if was != now and exact:
        return None  # told as a change
    if was == now or judged is None:
        if was != now and not (fixed(was) and fixed(now)):
            return _unclear()
        if not known:
            return None if was == now else _unclear()
        one, other = days
        if one is not None and other is not None and (other > one or (exact and other != one)):
            return say("上级的日期是 {was}，这里是 {now}", was=one, now=other)
        return None
    return None if judged else say("上级的日期是 {was}，这里是 {now}", was=was, now=now)


def _unclear() -> Message:
    return say("说不清改后的日期是否更早")


def _due(setting: Setting, duty: Duty) -> date | None:
    if duty.due is None:
        return None
    try:
        return Dates(setting).resolve(duty.due, f"duties.{duty.id}.due")
    except ImpossibleDate:
        return None


def _phase(setting: Setting, key: str) -> date | None:
    try:
        return Dates(setting).phase(key, "end")
    except ImpossibleDate:
        return None


def _dues(setting: Setting, duty: Duty) -> list[date] | None:
    try:
        return [one.due for one in planned(setting, duty) if one.due is not None]
    except (ImpossibleDate, BadRule):
        return None


def _root(package: Package) -> Mapping[str, Any]:
    value, _ = read_yaml(package.files.get(CAMPAIGN, b""), CAMPAIGN)
    return value if isinstance(value, Mapped) else {}


def _said(root: Mapping[str, Any], section: str, key: str) -> Mapping[str, Any]:
    elements = root.get(section)
    found = elements.get(key) if isinstance(elements, dict) else None
    return found if isinstance(found, dict) else {}
