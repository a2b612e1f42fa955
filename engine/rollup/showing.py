"""What a reader sees of a roll-up: each field with what it came to, what stands there instead, and the reports behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, select

from engine.collected import owed_to_me, said_openly
from engine.models import Instance
from engine.progress import PLACE
from engine.rollup.adding import Filled, Part, Report, add_up
from engine.rollup.gathering import fields_of, gather, missing, rolls_up
from engine.rollup.keeping import differs
from engine.rollup.models import Rollup, RollupSource
from engine.running import OWN_FORM, Running
from engine.tasks import Desk
from forms.models import Submission
from forms.validation import form_of
from tenants import access
from tenants.base import batches
from tenants.db import Work
from workflows.elements import Duty
from workflows.package import Form


@dataclass(frozen=True)
class Line:
    """One field. given: what stands in the report; changed: it says something else than was worked out.

    parts: what the reports brought that the reader may know of, unseen: how many others did; readable: those of them that the
    reader may open. blank: units whose report says nothing. now: what it would come to now, of a stale one.
    """

    name: str
    title: str
    unit: str
    computed: Any
    given: Any
    changed: bool
    parts: tuple[Part, ...]
    unseen: int
    blank: tuple[str, ...]
    readable: frozenset[UUID]
    moved: bool = False
    now: Any = None


@dataclass(frozen=True)
class Shown:
    """A roll-up for a reader. counted: how many reports were accepted, of how many. why: as `Rollup.why`."""

    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    counted: int
    owed: int
    state: str = "current"
    stale_at: datetime | None = None
    why: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class _Seen:
    known: frozenset[UUID]
    readable: frozenset[UUID]


def at_task(work: Work, desk: Desk, answers: Mapping[str, Any]) -> Shown | None:
    """Return the roll-up of the form of an open task as it stands now, beside what is written so far."""
    duty = rolls_up(desk.running, desk.instance)
    if duty is None or desk.form is None or desk.task.form != OWN_FORM:
        return None
    found = gather(work, desk.running, desk.instance, duty)
    filled = add_up(duty.rollup, found.reports, fields_of(desk.form))
    seen = _seen(work, desk.running, duty, [one.id for one in found.reports])
    lines = _lines(duty, desk.form, filled, answers, seen)
    return _shown(lines, found.reports, missing(found.reports))


def begun(work: Work, desk: Desk) -> dict[str, Any]:
    """Return field -> what it comes to now, for a form that begins; {} for any other form."""
    duty = rolls_up(desk.running, desk.instance)
    if duty is None or desk.form is None or desk.task.form != OWN_FORM:
        return {}
    found = gather(work, desk.running, desk.instance, duty)
    filled = add_up(duty.rollup, found.reports, fields_of(desk.form))
    kept = _newest(work, desk.instance.id)
    # What somebody has changed by hand stays theirs when the report is filled in again.
    own = set(kept.changed) if kept is not None else set()
    return {name: one.value for name, one in filled.items() if name not in own and one.value is not None}


def of_instance(work: Work, live: Running, of: Instance) -> Shown | None:
    """Return the roll-up of an upper report as it was handed in last; the caller may see the report."""
    duty = rolls_up(live, of)
    kept = _newest(work, of.id) if duty is not None else None
    if duty is None or kept is None:
        return None
    form = live.package.forms.get(duty.form or "")
    given = work.session.scalar(select(Submission.answers).where(Submission.id == kept.submission_id))
    if form is None or given is None:
        return None
    reports = _as_then(work, live, kept)
    seen = _seen(work, live, duty, [one.id for one in reports])
    filled = {
        name: Filled(kept.computed.get(name), one.parts, one.blank)
        for name, one in add_up(duty.rollup, reports, fields_of(form)).items()
    }
    lines = _lines(duty, form, filled, given, seen, kept.would)
    return _shown(lines, reports, kept.missing, kept)


def stale_ones(work: Work, live: Running, most: int = 50) -> list[tuple[Instance, list[Mapping[str, Any]]]]:
    """Return the upper reports of a campaign that do not hold any more, with why, as far as the reader may see them."""
    query = (
        select(Instance, Rollup.why)
        .join(Rollup, Rollup.instance_id == Instance.id)
        .where(
            Instance.campaign_id == live.campaign.id, Rollup.state == "stale", access.visible(work.viewer, PLACE),
        )
        .order_by(Rollup.stale_at.desc(), Rollup.id)
        .limit(most)
    )  # fmt: skip
    return [(row[0], list(row[1])) for row in work.session.execute(query)]


def _shown(
    lines: tuple[Line, ...], reports: Sequence[Report], lacking: Sequence[str], kept: Rollup | None = None
) -> Shown:
    counted = sum(one.standing == "accepted" for one in reports)
    if kept is None:
        return Shown(lines, tuple(lacking), counted, len(reports))
    return Shown(
        lines, tuple(lacking), counted, len(reports), kept.state, kept.stale_at, tuple(kept.why)
    )  # fmt: skip


def _lines(
    duty: Duty,
    form: Form,
    filled: Mapping[str, Filled],
    given: Mapping[str, Any],
    seen: _Seen,
    would: Mapping[str, Any] | None = None,
) -> tuple[Line, ...]:
    known = form_of(form.schema).fields
    found = []
    for name in duty.rollup:
        one, field = filled[name], known.get((name,))
        visible = tuple(part for part in one.parts if part.id in seen.known)
        found.append(
            Line(
                name, field.title if field else name, str(field.get("x-unit") or "") if field else "", one.value,
                given.get(name), differs(given.get(name), one.value), visible, len(one.parts) - len(visible),
                tuple(dict.fromkeys(part.unit for part in one.blank if part.id in seen.known)), seen.readable,
                name in (would or {}), (would or {}).get(name, [None, None])[1],
            )
        )  # fmt: skip
    return tuple(found)


def _newest(work: Work, instance_id: UUID) -> Rollup | None:
    query = select(Rollup).where(Rollup.instance_id == instance_id, Rollup.state != "superseded")
    return work.session.scalar(query)


def _seen(work: Work, live: Running, duty: Duty, ids: Sequence[UUID]) -> _Seen:
    """Return those of the reports that the reader may open, and those of which they know as they are owed to them."""
    known: set[UUID] = set()
    readable: set[UUID] = set()
    sees = access.visible(work.viewer, PLACE)
    for some in batches(list(ids)):
        query = select(Instance.id, case((sees, 1), else_=0).label("open")).where(
            Instance.id.in_(some), or_(sees, owed_to_me(work, live, duty))
        )
        for row in work.session.execute(query):
            known.add(row.id)
            readable.update([row.id] if row.open else [])
    return _Seen(frozenset(known), frozenset(readable))


def _as_then(work: Work, live: Running, kept: Rollup) -> list[Report]:
    """Return the reports behind a roll-up, as they stood when it was handed in."""
    query = (
        select(
            RollupSource.instance_id, RollupSource.standing, RollupSource.unit, Instance.duty, Instance.ended_at, Submission.id,
            Submission.subject_id, Submission.form, Submission.answers, Submission.package_hash,
        )
        .join(Instance, Instance.id == RollupSource.instance_id)
        .outerjoin(Submission, Submission.id == RollupSource.submission_id)
        .where(RollupSource.rollup_id == kept.id)
        .order_by(RollupSource.id)
    )  # fmt: skip
    rows = list(work.session.execute(query))
    said = said_openly(live, [row for row in rows if row.subject_id is not None])
    found: dict[UUID, Report] = {}
    for row in rows:
        given = tuple(answers for _, answers in said.get(row.instance_id, ()))
        found[row.instance_id] = Report(
            row.instance_id, row.duty, row.unit, row.standing, given, row.ended_at
        )
    return list(found.values())
