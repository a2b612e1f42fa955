"""What an amended plan does to a running campaign: both plans compared, each open instance judged. Nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from engine.amend_plan import Group, Standing, Verdict, grouped, judge, titles_of, without_alarms
from engine.amend_seen import AtDesk, loses
from engine.amend_whom import Meant, wider
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.process import Fit, ProcessStuck, fit
from engine.process import state as states
from engine.progress import PLACE
from engine.recalendar_plan import Replanned, replan
from engine.recalendar_plan import Standing as Planned
from engine.recalendar_steps import OPEN
from engine.rows import CampaignRow
from engine.running import Running, under
from forms.models import Draft as Draft_
from tenants import access
from tenants.base import batches
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Unit
from tenants.text import say
from workflows.dates import Dates
from workflows.elements import Duty
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.received import PREFIX
from workflows.schedule import ImpossibleDate, Occurrence, known_phases, occurrences


@dataclass
class Draft:
    """All that is to be done to one campaign. live, after: under the plan that runs, and under the amended one.

    duties: what becomes of the occurrences of each duty. verdicts: of each open instance. groups: the same, as people read it.
    wider: duty -> one of its open occurrences, and how many units the new plan means besides those that have it.
    """

    live: Running
    after: Running
    period: tuple[date, date | None]
    duties: dict[str, Replanned] = field(default_factory=dict)
    verdicts: list[tuple[Standing, Verdict]] = field(default_factory=list)
    groups: tuple[Group, ...] = ()
    wider: dict[str, tuple[UUID, int]] = field(default_factory=dict)

    def due_of(self, occurrence: UUID | None, due: date | None) -> date | None:
        """Return the due date that an instance of an open occurrence gets; its own where nothing moves it."""
        return self._moved.get((occurrence, due), due)

    @cached_property
    def added(self) -> Mapping[str, Duty]:
        """Return the duties of the tenant's own, which no plan takes away."""
        own = self.live.package.duties
        return {key: duty for key, duty in self.live.duties.items() if key not in own}

    @cached_property
    def _moved(self) -> Mapping[tuple[UUID | None, date | None], date | None]:
        return {
            (shift.row.id, shift.row.due): shift.due
            for found in self.duties.values()
            for shift in found.shifts
            if shift.row.state == "open" and shift.moves
        }


def draft(
    work: Work,
    live: Running,
    package: Package,
    *,
    only: Collection[UUID] | None = None,
    duties: Collection[str] = (),
    decided: bool = False,
) -> Draft:
    """Return what becomes of a campaign under an amended plan; of so many instances in as many statements as of one.

    only: judge these instances alone, and of the occurrences those of `duties`, on which their dates rest. decided: whom the
    plan means was asked before.

    Raises Invalid when the new plan's dates cannot be worked out, or when it has no room for a duty of the tenant's own.
    """
    after = _after(work, live, package)
    try:
        made = Draft(live, after, (after.campaign.start, after.campaign.end))
        if only is None:
            _own_duties_fit(live, package)
            duties = dict.fromkeys((*live.package.duties, *after.package.duties))
        made.duties = _replanned(work, live, after, duties) if duties else {}
        if only is None:
            made.wider = wider(work, live, after)
            _ = known_phases(after.setting)
    except ImpossibleDate as wrong:
        raise Invalid(say("新方案的日期无法推算：{why}。", why=wrong.what), wrong.do) from wrong
    made.verdicts = list(_judged(work, made, only, decided=decided))
    made.groups = with_drafts(work, made) if only is None else ()
    return made


def _after(work: Work, live: Running, package: Package) -> Running:
    """Return the campaign as it will be: its own row stays untouched."""
    now = live.campaign
    row = CampaignRow(
        now.id, package.hash, package.title, package.version, now.start, now.end, now.choices, now.added,
        [*(now.former or []), live.package.hash], now.state,
    )  # fmt: skip
    there = Running(work, cast(Campaign, row), package)
    try:
        dates = Dates(there.setting)
        row.start, row.end = dates.start(), dates.period("end")
    except ImpossibleDate as wrong:
        raise Invalid(say("新方案的日期无法推算：{why}。", why=wrong.what), wrong.do) from wrong
    # The calendar's years depend on the period, which is known only now.
    return Running(work, cast(Campaign, row), package)


def _own_duties_fit(live: Running, package: Package) -> None:
    """A duty that the tenant added stays; the new plan must have what it is made of."""
    for key, duty in live.duties.items():
        if key in live.package.duties:
            continue
        lost = [name for name in (*duty.by, *duty.to) if name not in package.actors]
        if lost or duty.process not in package.processes or (duty.form and duty.form not in package.forms):
            what = say("新方案里没有本级增设的任务“{title}”用到的责任主体、流程或表单。", title=duty.title)
            raise Invalid(what, say("请在新方案中补上，再改。"))


def _replanned(work: Work, live: Running, after: Running, duties: Collection[str]) -> dict[str, Replanned]:
    columns = (
        DutyOccurrence.id, DutyOccurrence.duty, DutyOccurrence.number, DutyOccurrence.period, DutyOccurrence.opens,
        DutyOccurrence.due, DutyOccurrence.estimated, DutyOccurrence.state,
    )  # fmt: skip
    rows: dict[str, list[Planned]] = {}
    query = select(*columns).where(DutyOccurrence.campaign_id == live.campaign.id)
    if len(duties) == 1:
        query = query.where(DutyOccurrence.duty.in_(duties))
    for row in work.session.execute(query.order_by(DutyOccurrence.number)):
        rows.setdefault(row.duty, []).append(Planned(*row))
    found = {}
    for key in duties:
        was, now = _plan(live, live.package.duties.get(key)), _plan(after, after.package.duties.get(key))
        found[key] = without_alarms(replan(rows.get(key, []), was, now, work.today), work.today)
    return found


def _plan(live: Running, duty: Duty | None) -> list[Occurrence]:
    if duty is None:
        return []
    try:
        return [one for one in occurrences(live.setting, duty) if not one.past]
    except ImpossibleDate:
        return []  # nobody could plan it: nothing of it is planned


def _judged(
    work: Work, made: Draft, only: Collection[UUID] | None, *, decided: bool
) -> Iterator[tuple[Standing, Verdict]]:
    fits: dict[tuple[str, str, bytes], Fit | None] = {}
    lives: dict[str, Running] = {}
    meant = Meant(work, made.after)
    for one, occurrence, compact, revision in _standing(work, made, only):
        live = lives.setdefault(one.package_hash, under(made.live, one.package_hash))
        if live.package.hash == made.after.package.hash:
            continue
        key = (one.package_hash, one.process, states.places(compact))
        if key not in fits:
            fits[key] = _fit(live, made.after, one.process, compact, held=revision == 0)
        one = one if decided else replace(one, meant=meant.of(one))
        due = one.due if one.filed else made.due_of(occurrence, one.due)
        yield one, judge(live.package, made.after.package, made.added, one, fits[key], due)


def _fit(live: Running, after: Running, process: str, compact: bytes, *, held: bool) -> Fit | None:
    """Return how an instance fits the new drawing; None = there is no such process. held: it has not begun, and fits any."""
    try:
        old, new = live.model(process), after.model(process)
    except KeyError:
        return None
    try:
        return Fit() if held else fit(old, new, compact, live.now)
    except ProcessStuck:
        return None  # a state that nobody can read stays with the version that it came from


def _standing(
    work: Work, made: Draft, only: Collection[UUID] | None
) -> Iterator[tuple[Standing, UUID | None, bytes, int]]:
    query = (
        select(Instance, Unit.name, access.visible(work.viewer, PLACE))
        .outerjoin(Unit, Unit.id == _concerns())
        .where(Instance.campaign_id == made.live.campaign.id, Instance.state.in_(OPEN))
        .where(Instance.package_hash != made.after.package.hash)
        # What came from another authority is worked off under its own paper, whatever is asked here.
        .where(Instance.package_hash.not_in(_papers(work)))
        .order_by(Instance.id)
        .options(undefer(Instance.compact))
    )
    if only is not None:
        query = query.where(Instance.id.in_(list(only)))
    found = work.session.execute(query.execution_options(populate_existing=True)).tuples().all()
    tasks = _open_tasks(work, made, only)
    for instance, name, seen in found:
        one = Standing(
            instance.id, instance.unit_id, (name or work.tenant.name) if seen else "", instance.duty, instance.ledger,
            instance.process, instance.package_hash, instance.due, instance.filed_at is not None,
            tuple(tasks.get(instance.id, ())),
        )  # fmt: skip
        yield one, instance.occurrence_id, instance.compact, instance.revision


def _papers(work: Work) -> Any:
    query = select(PackageVersion.hash).where(PackageVersion.tenant_id == work.tenant.id)
    return query.where(PackageVersion.package.startswith(PREFIX, autoescape=True))


def _concerns() -> Any:
    return func.coalesce(Instance.about_id, Instance.unit_id)


def _open_tasks(work: Work, made: Draft, only: Collection[UUID] | None) -> dict[UUID, list[AtDesk]]:
    query = (
        select(
            Task.instance_id, Task.id, Task.node, Task.name, Task.form, Task.process, Task.due, Task.away_id
        )
        .where(Task.campaign_id == made.live.campaign.id, Task.state == "open")
        .order_by(Task.id)
    )
    if only is not None:
        query = query.where(Task.instance_id.in_(list(only)))
    found: dict[UUID, list[AtDesk]] = {}
    for key, task, node, name, form, called, due, away in work.session.execute(query).tuples():
        found.setdefault(key, []).append(AtDesk(task, node, name, form, called, due, away is not None))
    return found


def with_drafts(work: Work, made: Draft) -> tuple[Group, ...]:
    """Return the groups with how many drafts lie at their tasks, and how many of these hold what is asked for no more."""
    groups = grouped(made.verdicts, titles_of(made.live, made.after.package))
    campaign = made.live.campaign.id
    at = (Task.campaign_id == campaign, Task.state == "open")
    own = Draft_.task_id == Task.id
    query = select(Task.instance_id, func.count()).join(Draft_, own).where(*at).group_by(Task.instance_id)
    drafts = dict(work.session.execute(query).tuples().all())
    if not drafts:
        return groups
    lost = {task: fields for one, verdict in made.verdicts for task, fields in verdict.lost.items()}
    losing: dict[UUID, int] = {}
    for some in batches(sorted(lost)):
        written = select(Task.instance_id, Task.id, Draft_.answers).join(Draft_, own).where(Task.id.in_(some))
        for instance_id, task, answers in work.session.execute(written):
            losing[instance_id] = losing.get(instance_id, 0) + loses(answers, lost[task])
    return tuple(
        replace(
            group, drafts=sum(drafts.get(key, 0) for key in group.ids), losing=sum(losing.get(key, 0) for key in group.ids)
        )
        for group in groups
    )  # fmt: skip
