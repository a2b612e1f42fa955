"""What an upper report waits for: the reports of other duties that are owed on one day, and what came of them.

Here is what everybody may call; `engine.collecting` opens the upper report. Whoever hands something in, is let go, or moves a
date only writes down a job that looks: two who hand in the last two at once would each see the other's missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select

from engine import actors
from engine.at_hand import MOST
from engine.models import DutyOccurrence, Instance
from engine.overdue import hour_of
from engine.progress import PLACE
from engine.rollup.models import Rollup
from engine.rows import AnyInstance
from engine.running import Running, day_end, running, under
from forms.models import Submission
from forms.sensitive import without_sensitive
from tenants import access, outbox
from tenants.base import batches, id_in, table_of
from tenants.db import Work
from tenants.models import Unit
from tenants.prepared import Prepared
from workflows.collected import may_take_in, same_period
from workflows.elements import Duty, Package
from workflows.whom import is_relative

# The kind of job that looks whether all is in. Its subject is an occurrence of what is collected, or an instance of one.
KIND = "collect"
# Under this key an instance that collects keeps which occurrences, with what its dates read of the event.
KEPT = "collected"
_TENANT: BindParameter[UUID] = bindparam("tenant")
_CAMPAIGN: BindParameter[UUID] = bindparam("campaign")
_R = table_of(Rollup)
_UPPER, _THEIRS, _OWN, _OURS = (
    table_of(one).alias() for one in (Instance, DutyOccurrence, Instance, DutyOccurrence)
)
# What has been rolled up in a campaign: (its duty, its period, the period of the instance that asks).
_ROLLED_UP = Prepared(
    select(_THEIRS.c.duty, _THEIRS.c.period, _OURS.c.period)
    .select_from(_UPPER)
    .join(_R, and_(_R.c.tenant_id == _UPPER.c.tenant_id, _R.c.instance_id == _UPPER.c.id))
    .join(_THEIRS, and_(_THEIRS.c.tenant_id == _UPPER.c.tenant_id, _THEIRS.c.id == _UPPER.c.occurrence_id))
    .join(_OWN, and_(_OWN.c.tenant_id == _UPPER.c.tenant_id, _OWN.c.id == bindparam("instance")))
    .join(_OURS, and_(_OURS.c.tenant_id == _OWN.c.tenant_id, _OURS.c.id == _OWN.c.occurrence_id))
    .where(_UPPER.c.tenant_id == _TENANT, _UPPER.c.campaign_id == _CAMPAIGN, _R.c.state != "superseded")
)


def note(work: Work, live: Running, instance: AnyInstance) -> None:
    """Let somebody look, after a step of an instance that was handed in or has ended."""
    if instance.filed_at is None and instance.state != "done":
        return
    plan = under(live, live.campaign.package_hash).package
    if instance.duty in plan.collected or _is_taken_in(work, plan, instance):
        outbox.later(work, KIND, instance.id)


def _is_taken_in(work: Work, plan: Package, instance: AnyInstance) -> bool:
    """Tell whether an upper report that the calendar opens may have taken in an instance already; else there is nothing to look
    at, and whoever hands one in right now looks by itself."""
    uppers = {one.id for one in plan.duties.values() if one.rollup and instance.duty in one.collects}
    if not uppers:
        return False
    made = _ROLLED_UP.rows(work.session, campaign=instance.campaign_id, instance=instance.id)
    return any(duty in uppers and may_take_in(upper, lower) for duty, upper, lower in made)


def let_go(work: Work, instances: Sequence[Instance]) -> None:
    """Let somebody look after instances were let go: what is left may be complete."""
    lives: dict[UUID, Running] = {}
    found = set()
    for one in instances:
        if one.occurrence_id is None:
            continue
        if one.campaign_id not in lives:
            lives[one.campaign_id] = running(work, one.campaign_id)
        plan = lives[one.campaign_id].package
        if one.duty in plan.collected or _is_taken_in(work, plan, one):
            found.add(one.occurrence_id)
    outbox.later_all(work, KIND, [(key, work.now) for key in sorted(found)])


def expect(work: Work, live: Running, occurrences: Iterable[tuple[UUID, str, str, date | None]]) -> None:
    """Let somebody look when the days of open occurrences are over. occurrences: (id, duty, period, due).

    Asked twice, they look twice; a day that has passed is looked at now.
    """
    found = [
        (key, max(at, work.now))
        for key, duty, period, due in occurrences
        if duty in live.package.collected
        and (at := day_end(work, due, hour_of(live, duty, f"（{period}）"))) is not None
    ]
    outbox.later_all(work, KIND, found)


def begun(work: Work, live: Running, occurrence: DutyOccurrence, opened: Iterable[AnyInstance]) -> None:
    """Let somebody look at an occurrence that has opened when its day is over; now, where anything ended at once."""
    expect(work, live, [(occurrence.id, occurrence.duty, occurrence.period, occurrence.due)])
    if occurrence.duty in live.package.collected and any(one.state == "done" for one in opened):
        outbox.later(work, KIND, occurrence.id)


def names(work: Work, live: Running, of: Instance) -> dict[str, list[Any]]:
    """Return what a form that collects may begin with, as far as the actor may see it: what one may see anyhow, and of what is
    owed to oneself also who has not handed it in.

    filed, missing: names of units, in the order of the tree: those that have handed in all of what they owe of it, and others.
    answers: what the accepted ones said, each with 单位; the newest 1,000. What is sensitive is left out.
    """
    whose = func.coalesce(Instance.about_id, Instance.unit_id)
    query = (
        select(Instance.id, Instance.duty, Instance.state, Instance.filed_at, Unit.name)
        .outerjoin(Unit, Unit.id == whose)
        .where(
            Instance.occurrence_id.in_(kept_of(work, of, live.duties.get(of.duty))), Instance.state != "released",
            or_(Instance.desk_id.is_(None), Instance.desk_id == of.unit_id),
            or_(access.visible(work.viewer, PLACE), owed_to_me(work, live, live.duties.get(of.duty))),
        )
        .order_by(Unit.path, Instance.opened_at, Instance.id)
    )  # fmt: skip
    rows = list(work.session.execute(query))
    told = {row.id: row.name or work.tenant.name for row in rows}
    missing = dict.fromkeys(told[row.id] for row in rows if row.filed_at is None and row.state != "done")
    return {
        "filed": [name for name in dict.fromkeys(told.values()) if name not in missing],
        "missing": list(missing),
        "answers": _answers(work, live, [(row.id, row.duty) for row in rows if row.state == "done"][-MOST:], told),
    }  # fmt: skip


def owed_to_me(work: Work, live: Running, upper: Duty | None) -> ColumnElement[bool]:
    """Return the condition for instances of collected duties that go to the actor's own desk or post, whoever owes them.
    Where the recipient depends on who owes it, the instance says to which desk it goes."""
    mine = [
        key
        for key in (upper.sources if upper is not None else ())
        if key in live.duties and any(means_me(work, live, name) for name in live.duties[key].to)
    ]
    return and_(Instance.duty.in_(mine), Instance.desk_id.is_(None), Instance.hidden.is_(False))


def means_me(work: Work, live: Running, name: str) -> bool:
    actor = live.package.actors[name]
    if is_relative(live.package.actors, name):
        return False
    anywhere = actor.kind == "post" and not actor.of
    found = actors.picked(work, live.package, [name], actors.all_units(work))
    return any(
        access.may_work(work.viewer, one.unit.id if one.unit and not anywhere else None, one.post)
        for one in found
    )


def _answers(
    work: Work, live: Running, accepted: Sequence[tuple[UUID, str]], told: dict[UUID, str]
) -> list[dict[str, Any]]:
    """Return the last answers of accepted instances to their duties' own forms, in that order."""
    said = last_said(work, live, dict(accepted))
    return [{**answers, "单位": told[key]} for key, _ in accepted for _, answers in said.get(key, ())]


def last_said(
    work: Work, live: Running, accepted: Mapping[UUID, str]
) -> dict[UUID, list[tuple[UUID, Mapping[str, Any]]]]:
    """Return instance -> its last answers to its duty's own form, each with the id of its submission; nothing sensitive.

    accepted: instance -> its duty. A form that several fill in has several last answers.
    """
    newest: dict[tuple[UUID, str], Any] = {}
    for row in _answered(work, live, accepted):
        duty = live.duties.get(accepted[row.subject_id])
        if duty is not None and row.form == duty.form:
            newest[row.subject_id, row.part] = row
    return said_openly(live, newest.values())


def _answered(work: Work, live: Running, ids: Iterable[UUID]) -> list[Any]:
    """Return what was answered in instances, oldest first."""
    found: list[Any] = []
    for some in batches(list(ids)):
        query = (
            select(
                Submission.id, Submission.subject_id, Submission.form, Submission.part, Submission.answers,
                Submission.package_hash,
            )
            .join(Instance, Instance.id == Submission.subject_id)
            .where(
                Submission.subject_kind == "instance", Submission.subject_id.in_(some),
                or_(Submission.package_hash == Instance.package_hash, Submission.package_hash.in_(live.campaign.former)),
            )
            .order_by(Submission.version)
        )  # fmt: skip
        found += work.session.execute(query)
    return found


def said_openly(live: Running, rows: Iterable[Any]) -> dict[UUID, list[tuple[UUID, Mapping[str, Any]]]]:
    """Return instance -> (submission, answers), without what was sensitive in the form in which they were given, whatever other
    versions say of it. rows: id, subject_id, form, answers and package_hash of submissions."""
    plans: dict[str, Running] = {}
    found: dict[UUID, list[tuple[UUID, Mapping[str, Any]]]] = {}
    for row in rows:
        if row.package_hash not in plans:
            plans[row.package_hash] = under(live, row.package_hash)
        form = plans[row.package_hash].package.forms.get(row.form)
        answers = without_sensitive(form.schema, row.answers) if form is not None else row.answers
        found.setdefault(row.subject_id, []).append((row.id, answers))
    return found


def kept_of(work: Work, of: AnyInstance, duty: Duty | None) -> list[UUID]:
    """Return the occurrences that an instance collects: those that have opened it, else those of the same period."""
    row = work.session.execute(
        select(Instance.event, Instance.occurrence_id).where(Instance.id == of.id)
    ).one()
    if duty is None or not duty.collects:
        return [one for key in (row.event or {}).get(KEPT, ()) if (one := id_in(key))]
    query = select(DutyOccurrence).where(
        DutyOccurrence.campaign_id == of.campaign_id, DutyOccurrence.duty.in_([duty.id, *duty.collects]),
        DutyOccurrence.state.not_in(["skipped", "dropped"]),
    )  # fmt: skip
    found = list(work.session.scalars(query.order_by(DutyOccurrence.number)))
    own = next((one for one in found if one.id == row.occurrence_id), None)
    earlier = [
        one.due for one in found if one.duty == duty.id and one.due and own and own.due and one.due < own.due
    ]
    after = max(earlier, default=None)
    lower = [one for one in found if one.duty in duty.collects]
    return [
        one.id for one in lower if own is None or same_period(own.period, own.due, after, one.period, one.due)
    ]
