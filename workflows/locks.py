"""What a template leaves to those who take it over: mandatory, tighten only, free. Pure.

`locks:` of campaign.yaml names elements: `duties.plan.due`, `forms.hazard`, `duties.*.due`, `*`; the most precise name counts,
and what none names is free. Asked whenever a copy is saved, merged or handed in: one that breaks a lock is refused, and told why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tenants.errors import Problem
from tenants.text import Message, say
from workflows.elements import Lock, Package
from workflows.lock_dates import LockedDates
from workflows.lock_rules import Address, stricter
from workflows.marked_yaml import read_yaml
from workflows.merge import Change, diff
from workflows.package import CAMPAIGN
from workflows.shape import line_of

_RANK: Mapping[str, int] = {"free": 0, "tighten": 1, "mandatory": 2}
# The name and the version of a copy are its own; notes, translations and tests bind nobody.
_OWN = {("id",), ("version",), ("format",)}
_UNBOUND = ("i18n/", "tests/")
_SHORT = 80


def violations(template: Package, local: Package) -> list[Problem]:
    """Return every place where a copy breaks what its template locks: what, why, and what to do. Empty = it may be used.

    template: as published by the superior. local: the copy as it is to be saved. Where it cannot be told whether a change of
    something that may only be tightened is stricter, it is a violation, and says so.
    """
    if not any(lock != "free" for lock in template.locks.values()):
        return []
    held = _Held(template, local)
    return list(dict.fromkeys([*held.locks(), *held.changes(), *held.dates()]))


def relaxed(template: Package, local: Package, choices: Mapping[str, Any]) -> list[Problem]:
    """Return the dates that a launch with these choices (`setting.Setting`) would put later than the template allows."""
    if not any(lock != "free" for lock in template.locks.values()):
        return []
    return list(_Held(template, local, choices).dates())


def lock_of(locks: Mapping[str, Lock], address: Address) -> Lock:
    """Return what holds for an element: the most precise lock that names it, or something that it is a part of."""
    best: tuple[int, int] = (-1, -1)
    found: Lock = "free"
    for pattern, lock in locks.items():
        steps = _steps(pattern)
        if len(steps) <= len(address) and all(
            one in ("*", there) for one, there in zip(steps, address, strict=False)
        ):
            precise = (len(steps), sum(one != "*" for one in steps))
            if precise > best:
                best, found = precise, lock
    return found


def _steps(pattern: str) -> Address:
    return () if pattern == "*" else tuple(pattern.split("."))


class _Held:
    def __init__(self, template: Package, local: Package, choices: Mapping[str, Any] | None = None) -> None:
        self.template, self.local, self.choices = template, local, choices
        self.root = read_yaml(local.files.get(CAMPAIGN, b""), CAMPAIGN)[0]
        self.told: set[Address] = set()

    def locks(self) -> Iterator[Problem]:
        """Yield what the copy locks less than its template."""
        for pattern in dict.fromkeys([*self.template.locks, *self.local.locks]):
            steps = _steps(pattern)
            wanted, there = lock_of(self.template.locks, steps), lock_of(self.local.locks, steps)
            if _RANK[there] < _RANK[wanted]:
                what = say(
                    "对“{path}”的锁定放松了：上级是 {was}，这里是 {now}", path=pattern, was=wanted, now=there
                )
                do = say("请在 locks 里写回 {lock}；锁定只能加严。", lock=wanted)
                yield self._problem(CAMPAIGN, ("locks", pattern), what, do)

    def changes(self) -> Iterator[Problem]:
        for change in diff(self.template.files, self.local.files):
            for address in self._addresses(change):
                lock = lock_of(self.template.locks, address)
                if change.kind != "added":
                    lock = max([lock, *self._below(address)], key=_RANK.__getitem__)
                problem = self._broken(lock, address, change)
                if problem is not None:
                    self.told.add(address[:3])
                    yield problem

    def dates(self) -> Iterator[Problem]:
        for late in LockedDates(self.template, self.local, self.choices).late(
            lambda address: lock_of(self.template.locks, address)
        ):
            if late.address not in self.told:
                title = self._title(late.address)
                lock = lock_of(self.template.locks, late.address)
                held = say("不能改动") if lock == "mandatory" else say("只能提前")
                what = say("“{title}”的日期{held}：{why}", title=title, held=held, why=late.why)
                do = say("请改回上级的日期，或改得更早；也请核对它所依据的阶段和起止日期。")
                yield self._problem(CAMPAIGN, late.address, what, do)

    def _broken(self, lock: Lock, address: Address, change: Change) -> Problem | None:
        if lock == "free":
            return None
        was = _short(change.before.text) if change.before else ""
        back = say("请恢复成：{was}", was=was) if was else say("请删去这一项。")
        if lock == "mandatory":
            what = say("{element}由上级规定，不能改动", element=change.what)
            return self._problem(change.file, address, what, back)
        judged = stricter(address, change, self.template, self.local)
        if judged:
            return None
        if change.kind == "removed":
            what = say("{element}不能删去：上级只允许改得更严", element=change.what)
        elif judged is None:
            what = say("{element}只能改得更严，而这一改动说不清是更严还是更松", element=change.what)
        else:
            now = _short(change.after.text) if change.after else ""
            what = say(
                "{element}只能改得更严：上级是“{was}”，这里是“{now}”", element=change.what, was=was, now=now
            )
        return self._problem(change.file, address, what, back)

    def _below(self, address: Address) -> Iterator[Lock]:
        """Yield the locks on parts of an element that is gone or another thing now."""
        for pattern, lock in self.template.locks.items():
            steps = _steps(pattern)
            if len(steps) > len(address) and all(
                one in ("*", there) for one, there in zip(steps, address, strict=False)
            ):
                yield lock

    def _addresses(self, change: Change) -> Iterator[Address]:
        """Yield what locks call the element; nothing for what no lock is about."""
        if (
            change.kind == "layout"
            or change.file.startswith(_UNBOUND)
            or change.file.endswith((".md", "/example.json"))
        ):
            return
        if change.file == CAMPAIGN:
            if change.place not in _OWN and change.place[:1] != ("locks",):
                yield change.place
            return
        folder, _, rest = change.file.partition("/")
        name = rest.partition("/")[0].rpartition(".")[0] or rest.partition("/")[0]
        place = tuple(step.removeprefix("#") for step in change.place)
        if folder == "forms":
            part: Address = () if rest.endswith("/schema.json") else ("ui",)
            yield ("forms", rest.partition("/")[0], *part, *change.place)
        elif folder == "tables":
            yield ("tables", name.partition(".")[0], "rows", *place)
        elif folder == "decisions":
            made = [one.id for one in self.template.decisions.values() if one.file == change.file] or [name]
            yield from [("decisions", *place)] if place else [("decisions", one) for one in made]
        elif folder == "clauses.yaml":
            yield ("clauses", *change.place)
        else:
            yield (folder, name, *place)

    def _title(self, address: Address) -> str:
        section: Literal["duties", "phases"] = "duties" if address[0] == "duties" else "phases"
        found = getattr(self.template, section).get(address[1])
        return found.title if found is not None else address[1]

    def _problem(self, file: str, address: Address, what: Message, do: Message) -> Problem:
        line = line_of(self.root, list(address)) if file == CAMPAIGN else 1
        return Problem(what, do, file, line, ".".join(address))


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _SHORT else one[:_SHORT] + "…"
