"""One instance by itself goes over to another version, to try it out or to catch up with its campaign; or goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from engine import amend, amend_fleet, amend_moving, amend_record
from engine.amend_gather import Draft, draft
from engine.amend_models import AmendedInstance, Amendment
from engine.amend_plan import Standing, Verdict, changes_of, dated, grouped, titles_of
from engine.amend_seen import TaskChange
from engine.models import DutyOccurrence, Instance
from engine.progress import PLACE
from engine.recalendar_plan import seal
from engine.recalendar_steps import OPEN
from engine.running import Running, running, under
from forms.models import Draft as Written
from tenants import access
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.text import Message, say
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.publish import load, versions
from workflows.schedule import ImpossibleDate, occurrences


@dataclass(frozen=True)
class Outlook:
    """What becomes of one instance under another version. before, after: the versions. seal: by which `apply` knows this one."""

    instance: Instance
    before: Package
    after: Package
    verdict: Verdict
    tasks: tuple[TaskChange, ...]
    seal: str

    @property
    def nothing_changes(self) -> bool:
        """Tell whether it moves and nobody notices."""
        quiet = not self.verdict.notes and not any(task.any for task in self.tasks)
        return self.verdict.what == "moves" and quiet


@dataclass(frozen=True)
class Return:
    """The last time that an instance went over. why_not: why it cannot go back; None = it can."""

    run: Amendment
    row: AmendedInstance
    why_not: Message | None


def targets(work: Work, instance: Instance) -> list[PackageVersion]:
    """Return the published versions that an instance may go over to, newest first; the one in force is among them."""
    if instance.state not in OPEN:
        return []
    own = load(work, instance.package_hash)
    in_force = running(work, instance.campaign_id).campaign.package_hash
    return [
        row
        for row in versions(work)
        if row.hash != own.hash and (row.hash == in_force or amend.replaces(load(work, row.hash), own))
    ]


def preview(
    work: Work,
    instance_id: UUID,
    package_hash: str,
    words: Callable[[Package], Package] = lambda package: package,
) -> Outlook:
    """Return what would become of one instance under a version; nothing is recorded. words: packages in the reader's language.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    instance = seen(work, instance_id)
    return _outlook(work, running(work, instance.campaign_id), instance, package_hash, words)[0]


def apply(work: Work, instance_id: UUID, package_hash: str, looked_at: str) -> Outlook:
    """Let one instance go over. looked_at: the seal of the preview. The campaign's plan stays. Raises Conflict, as `preview`."""
    instance = seen(work, instance_id, lock=True)
    live = running(work, instance.campaign_id, lock="change")
    found, made = _outlook(work, live, instance, package_hash)
    if looked_at != found.seal:
        raise Conflict(say("预览之后，这一项有了变化，没有执行。"), say("请重新预览，核对后再确认。"))
    if found.verdict.what != "moves":
        raise Conflict(found.verdict.why[0], say("请选择另一个版本，或者让它按原方案办完。"))
    former, target = under(live, instance.package_hash), under(live, package_hash)
    # What is answered under either version counts from now on.
    campaign = live.campaign
    campaign.former = amend_record.known(
        campaign,
        former.package.hash,
        campaign.package_hash,
        package_hash,
        but="" if _trial(live, package_hash) else package_hash,
    )
    groups = grouped(made.verdicts, titles_of(live, target.package))
    run = amend_fleet.enter(work, target, former, made.verdicts, groups, whole=False)
    row = work.session.scalars(select(AmendedInstance).where(AmendedInstance.amendment_id == run.id)).one()
    amend_fleet.bring_over(work, target, run, [row])
    run.state, run.ended_at = "done", work.now
    if row.state != "moved":
        why = amend_fleet.reasons(row)
        raise Conflict(why[0] if why else say("没有迁移成。"), say("请重新预览，核对后再确认。"))
    return found


def last(work: Work, instance: Instance) -> Return | None:
    """Return the last time that an instance went over and has not gone back, and whether it may."""
    found = _last(work, instance.id)
    if found is None:
        return None
    run, row = found
    return Return(run, row, amend_moving.touched(work, row, instance))


def take_back(work: Work, instance_id: UUID) -> Instance:
    """Let one instance go back to what it was before it went over. Raises NotFound, Forbidden, Conflict."""
    instance = seen(work, instance_id, lock=True)
    found = _last(work, instance.id, lock=True)
    if found is None:
        raise Conflict(say("这一项没有迁移过，或者已经退回。"), say("请刷新页面，查看最新情况。"))
    run, row = found
    live = running(work, instance.campaign_id)
    if amend_moving.back(work, live, row) is None:
        raise Conflict(amend_fleet.reasons(row)[0], say("它继续按新方案办理。"))
    record(
        work,
        "instance.amend_back",
        "instance",
        instance.id,
        unit_id=instance.unit_id,
        version=run.former_version,
    )
    return instance


def seen(work: Work, instance_id: UUID, *, lock: bool = False) -> Instance:
    """Return an instance that the actor may see and steer. Raises NotFound, Forbidden."""
    access.require(work.viewer, "campaign.steer")
    query = select(Instance).where(Instance.id == instance_id, access.visible(work.viewer, PLACE))
    if lock:
        query = query.with_for_update(key_share=True)
    found = work.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(say("没有找到这一项。"))
    return found


def _outlook(
    work: Work,
    live: Running,
    instance: Instance,
    package_hash: str,
    words: Callable[[Package], Package] = lambda package: package,
) -> tuple[Outlook, Draft]:
    if live.campaign.state != "running" or instance.state not in OPEN:
        raise Conflict(say("这一项已经办结或撤销，不用迁移。"), say("请返回上一页。"))
    if package_hash == instance.package_hash:
        raise Conflict(say("这一项现在就按这个版本办理。"), say("请选择另一个版本。"))
    former, package = under(live, instance.package_hash), load(work, package_hash)
    if package_hash != live.campaign.package_hash and not amend.replaces(package, former.package):
        what = say("“{title}”没有写明替代正在运行的方案。", title=package.title)
        raise Invalid(what, say("请在新方案的 campaign.yaml 里写 amends，重新发布。"))
    trial = _trial(live, package_hash)
    made = draft(
        work, former, package, only=[instance.id], duties=[instance.duty] if trial and instance.duty else []
    )
    [(one, verdict)] = made.verdicts
    if not trial and verdict.what == "moves":
        due = _caught_up(work, former, instance, verdict.due)
        if due != verdict.due:
            verdict = dated(one, verdict, due)
            made.verdicts = [(one, verdict)]
    told = words(former.package), words(package)
    changes = (
        changes_of(*told, made.added, one, verdict.due, _drafts(work, one)) if verdict.what == "moves" else []
    )
    parts = [
        str(instance.id),
        instance.revision,
        instance.package_hash,
        package_hash,
        verdict.what,
        str(verdict.due),
    ]
    found = Outlook(instance, *told, verdict, tuple(changes), seal(parts))
    return found, made


def _trial(live: Running, package_hash: str) -> bool:
    """Tell whether a version is not (yet) the one by which the campaign goes on."""
    return package_hash != live.campaign.package_hash


def _caught_up(work: Work, former: Running, instance: Instance, due: date | None) -> date | None:
    """Return the date that all others have by now, where the one that an instance has is what its own plan gave it."""
    occurrence = (
        work.session.get(DutyOccurrence, (work.tenant.id, instance.occurrence_id))
        if instance.occurrence_id
        else None
    )
    duty = former.package.duties.get(instance.duty)
    if occurrence is None or duty is None or instance.filed_at is not None or occurrence.due == instance.due:
        return due
    try:
        planned = {one.period: one.due for one in occurrences(former.setting, duty)}
    except ImpossibleDate:
        return due
    explained = planned.get(occurrence.period, occurrence.due) == instance.due
    if not explained or (_passed(work, occurrence.due) and not _passed(work, instance.due)):
        return due
    return occurrence.due


def _passed(work: Work, day: date | None) -> bool:
    return day is not None and day < work.today


def _last(work: Work, instance_id: UUID, *, lock: bool = False) -> tuple[Amendment, AmendedInstance] | None:
    query = (
        select(Amendment, AmendedInstance)
        .join(AmendedInstance, AmendedInstance.amendment_id == Amendment.id)
        .where(
            Amendment.tenant_id == work.tenant.id, AmendedInstance.instance_id == instance_id, AmendedInstance.state == "moved"
        )
        .order_by(AmendedInstance.moved_at.desc(), AmendedInstance.id.desc())
        .limit(1)
    )  # fmt: skip
    if lock:
        query = query.with_for_update(of=AmendedInstance)
    return work.session.execute(query.execution_options(populate_existing=True)).tuples().first()


def _drafts(work: Work, one: Standing) -> dict[UUID, list[dict[str, object]]]:
    """Return what has been written at each open task so far."""
    query = select(Written.task_id, Written.answers).where(
        Written.task_id.in_([task.id for task in one.tasks])
    )
    found: dict[UUID, list[dict[str, object]]] = {}
    for task, answers in work.session.execute(query):
        found.setdefault(task, []).append(answers)
    return found
