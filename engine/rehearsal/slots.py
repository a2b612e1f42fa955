"""One occurrence of a duty in a rehearsal, for everybody whom it concerns, and the lines that it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from engine import selection
from engine.rehearsal.cast import Extra
from engine.rehearsal.stage import Stage
from tenants.text import Message, say
from workflows.elements import Duty, Element
from workflows.milestones import Mark
from workflows.schedule import Occurrence

Kind = Literal["phase", "report", "task"]
# (actor, who owes it, whom it is about)
Pair = tuple[str, Extra | None, Extra | None]


@dataclass(frozen=True)
class Slot:
    """One occurrence of a duty, for everybody whom it concerns.

    occurrence: None while the duty waits: awaits says for what, such as `demand:mine`. place: of the duty in the package.
    pairs: whom it concerns, when something other than its actors says so. depth: so many events have set each other off.
    mark: it is not the occurrence itself, but one of its milestones; the occurrence then has the milestone's date.
    """

    duty: Duty
    place: int
    occurrence: Occurrence | None
    awaits: str = ""
    pairs: tuple[Pair, ...] | None = None
    depth: int = 0
    mark: Mark | None = None

    @property
    def title(self) -> Message | str:
        """Return what it is called: the duty, and the milestone in it."""
        if self.mark is None:
            return self.duty.title
        return say("{duty}：{milestone}", duty=self.duty.title, milestone=self.mark.milestone.title)

    @property
    def kind(self) -> Kind:
        return "report" if self.duty.is_report else "task"

    @property
    def day(self) -> date | None:
        """Return the day on which it stands in the calendar: when it is due, else when it opens."""
        return (self.occurrence.due or self.occurrence.opens) if self.occurrence else None

    @property
    def key(self) -> tuple[date, int, int]:
        number = self.occurrence.number if self.occurrence else 0
        return self.day or date.max, self.place, number


@dataclass(frozen=True)
class Line:
    """One thing that one unit has to do, or a phase. What is not known or does not apply is None.

    actor: the role as which the unit is meant; source, to: the roles that have to do it, and that receive it; about: the unit
    that it is about. awaits: what has to happen first. milestone: id of the milestone that it is, inside of a duty.
    past: it was over before the notice was issued.
    """

    kind: Kind
    id: str
    title: str
    actor: str | None = None
    unit: str | None = None
    to: str | None = None
    source: str | None = None
    due: date | None = None
    words: str | None = None
    clause: str | None = None
    disputed: bool = False
    basis: str = "notice"
    opens: date | None = None
    period: str | None = None
    about: str | None = None
    awaits: str | None = None
    estimated: bool = False
    milestone: str | None = None
    past: bool = False

    def row(self) -> dict[str, Any]:
        """Return it as a mapping for programs; dates are ISO 8601."""
        return {
            "kind": self.kind, "id": self.id, "title": self.title, "actor": self.actor, "unit": self.unit, "to": self.to,
            "from": self.source, "due": self.due.isoformat() if self.due else None, "words": self.words,
            "clause": self.clause, "disputed": self.disputed, "basis": self.basis,
            "opens": self.opens.isoformat() if self.opens else None, "period": self.period, "about": self.about,
            "awaits": self.awaits, "estimated": self.estimated, "milestone": self.milestone,
            "past": self.past,
        }  # fmt: skip


class Roles:
    """Whom the duties of a stage concern; worked out once, for units do not change while a campaign is rehearsed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._pairs: dict[str, tuple[Pair, ...]] = {}
        self._left_out: dict[str, selection.Doubts[Extra]] = {}

    @property
    def left_out(self) -> dict[str, selection.Doubts[Extra]]:
        """Return id of a duty -> the units for which nobody can tell whether it concerns them."""
        return self._left_out

    def pairs(self, slot: Slot) -> tuple[Pair, ...]:
        """Return whom a slot concerns; empty when nobody is."""
        return slot.pairs if slot.pairs is not None else self.of_duty(slot.duty)

    def of_duty(self, duty: Duty) -> tuple[Pair, ...]:
        if duty.id not in self._pairs:
            self._pairs[duty.id] = self._work_out(duty)
        return self._pairs[duty.id]

    def _work_out(self, duty: Duty) -> tuple[Pair, ...]:
        cast, package = self.stage.cast, self.stage.package
        # A demand names its subject; without anybody choosing one, every one of them has its turn.
        about = duty.about or (duty.on.about if duty.on else "") or None
        left_out: selection.Doubts[Extra] = []
        found = selection.pairs(cast, package, replace(duty, about=about), cast.units(), left_out)
        if left_out:
            self._left_out[duty.id] = left_out
        return tuple(found)

    def seen_from(self, duty: Duty, unit: Extra | None) -> tuple[Pair, ...]:
        """Return whom a duty that something at this unit has set off concerns."""
        cast, package = self.stage.cast, self.stage.package
        for name in duty.by:
            pick = selection.near(cast, package, name, unit)
            if pick is not None:
                home = pick.unit or cast.home_of(pick.post)
                return ((name, home or unit, None if pick.unit or home is None else unit),)
        return (("", unit, None),)

    def title(self, actor: str) -> str | None:
        found = self.stage.package.actors.get(actor)
        return found.title if found else None

    def titles(self, actors: Sequence[str]) -> str | None:
        return "、".join(title for name in actors if (title := self.title(name))) or None


def phase_lines(stage: Stage) -> list[Line]:
    """Return the phases, by their start."""
    chosen = stage.setting.choices.get("phases") or {}
    found = []
    for key, span in stage.phases.items():
        phase = stage.package.phases[key]
        basis = "tenant" if phase.added or key in chosen else "notice"
        found.append(
            Line(
                "phase", key, phase.title, due=span.end, words=span.words or None, clause=clauses(phase), basis=basis,
                opens=span.start, awaits="season" if span.season else None,
            )
        )  # fmt: skip
    begins = {key: span.begins for key, span in stage.phases.items()}
    return sorted(found, key=lambda line: (begins[line.id] or line.due or date.max, line.due or date.max))


def lines(roles: Roles, slot: Slot) -> Iterator[Line]:
    """Yield a line for each unit that a slot concerns; one without a unit when it waits, or concerns nobody."""
    line = _common(roles, slot)
    yield from (replace(line, actor=a, unit=u, about=o) for a, u, o in _each(roles, slot, line))


def rows(roles: Roles, slot: Slot) -> Iterator[dict[str, Any]]:
    """Yield what `lines` does as mappings for programs; many times faster where there are many units."""
    line = _common(roles, slot)
    common = line.row()
    yield from ({**common, "actor": a, "unit": u, "about": o} for a, u, o in _each(roles, slot, line))


def _common(roles: Roles, slot: Slot) -> Line:
    duty, one = slot.duty, slot.occurrence
    by = roles.titles(duty.by)
    title = slot.title if isinstance(slot.title, str) else str(slot.title)
    return Line(
        slot.kind, duty.id, title, actor=by, to=roles.titles(duty.to), source=by, due=one.due if one else None,
        words=(one.words if one else duty.words) or None, clause=slot.mark.clause if slot.mark else clauses(duty),
        disputed=bool(one and one.disputed),
        basis=one.basis if one else "tenant" if duty.added else "notice", opens=one.opens if one else None,
        period=(one.period if one else "") or None, awaits=slot.awaits or None, estimated=bool(one and one.estimated),
        milestone=slot.mark.id if slot.mark else None, past=slot.mark.past if slot.mark else bool(one and one.past),
    )  # fmt: skip


def _each(roles: Roles, slot: Slot, line: Line) -> Iterator[tuple[str | None, str | None, str | None]]:
    """Yield (actor, unit, about) by name for each that a slot concerns."""
    pairs = roles.pairs(slot) if slot.occurrence is not None else ()
    if not pairs:
        yield line.actor, None, None
    for actor, unit, about in pairs:
        yield roles.title(actor) or line.actor, unit.name if unit else None, about.name if about else None


def clauses(element: Element) -> str | None:
    return "、".join(element.clauses) or None


def waiting_words(stage: Stage, slot: Slot) -> Message:
    """Return in words what a slot waits for."""
    kind, _, what = slot.awaits.partition(":")
    actor = stage.package.actors.get(what)
    if kind == "demand":
        return say("等待发起：{who}", who=actor.title if actor else what)
    if kind == "rows":
        return say("等待填报：{rows}", rows=what)
    if kind == "event":
        return say("等待事件：{name}", name=what)
    if kind == "collected":
        duties = stage.package.duties
        titles = (duties[key].title if key in duties else key for key in what.split("、"))
        return say("等待报齐：{what}", what="、".join(titles))
    return say("日历里没有所需的时段") if kind == "season" else say("日期无法确定")
