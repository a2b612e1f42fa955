"""What arrives and is awaited: an instance is open here for the authority that reports, and its steps are done with what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import actors, duties, tasks
from engine.deliveries import portable
from engine.deliveries.corrected import superseded
from engine.deliveries.files import copied, ids_of
from engine.deliveries.models import Delivery
from engine.deliveries.sealing import period_of
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.running import Running, running
from forms.validation import references
from tenants.db import Actor, Work
from tenants.errors import Invalid
from tenants.models import Unit
from workflows.models import PackageVersion
from workflows.package import Form

# Steps of one report that the authority below has done before it comes here: filling, signing, checking.
MOST_STEPS = 20


@dataclass(frozen=True)
class Landing:
    """Where a report has landed. task_id: the step here that answers it."""

    instance: Instance
    task_id: UUID


class _NotAwaited(Exception):
    """The report does not fit what is awaited here: it is worked off as any other paper."""


def land(work: Work, sender: UUID, copy: Mapping[str, Any]) -> Landing | None:
    """Do what is awaited of the sender with a copy of its report; None when nothing is, or it is not what is asked for here.

    The answers are held to the form as it stands here. Raises NotForUs when a file is gone.
    """
    try:
        with work.session.begin_nested():
            instance = (
                _instance(work, sender, copy) or superseded(work, sender, copy) or _early(work, sender, copy)
            )
            live = running(work, instance.campaign_id, lock="keep")
            for _ in range(MOST_STEPS):
                step = _next(work, instance, sender)
                if step is None:
                    break
                _do(work, live, step, sender, copy)
            return Landing(instance, _answering(work, instance, copy["step"].get("node", "")))
    except (Invalid, _NotAwaited):
        return None


def _instance(work: Work, sender: UUID, copy: Mapping[str, Any]) -> Instance | None:
    """Return the instance that waits for the report, of several the one that was opened first, and hold it."""
    query = (
        select(Instance)
        .join(Unit, Unit.id == Instance.unit_id)
        .join(Campaign, Campaign.id == Instance.campaign_id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(
            Unit.authority_id == sender, Instance.duty == copy["duty"]["id"], Instance.state == "running",
            Instance.hidden.is_(False), PackageVersion.package == copy["package"]["id"], Campaign.state == "running",
        )
        .order_by(Instance.opened_at, Instance.id)
    )  # fmt: skip
    waiting = [one for one in work.session.scalars(query) if period_of(work, one) == copy.get("period", "")]
    return next(iter(waiting), None)


def _early(work: Work, sender: UUID, copy: Mapping[str, Any]) -> Instance:
    """Return an instance opened for a report that comes before its day here. Raises _NotAwaited when none will be owed."""
    query = (
        select(DutyOccurrence.id, DutyOccurrence.campaign_id)
        .join(Campaign, Campaign.id == DutyOccurrence.campaign_id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(
            DutyOccurrence.duty == copy["duty"]["id"], DutyOccurrence.period == copy.get("period", ""),
            DutyOccurrence.state == "planned", PackageVersion.package == copy["package"]["id"], Campaign.state == "running",
        )
        .order_by(DutyOccurrence.number)
    )  # fmt: skip
    planned = work.session.execute(query.limit(1)).first()
    stand_in = work.session.scalar(select(Unit.id).where(Unit.authority_id == sender, Unit.active.is_(True)))
    if planned is None or stand_in is None:
        raise _NotAwaited
    live = running(work, planned.campaign_id, lock="keep")
    opened = duties.open_early(work, live, planned.id, stand_in)
    if opened is None:
        raise _NotAwaited
    return work.session.get_one(Instance, (work.tenant.id, opened.id))


def _next(work: Work, instance: Instance, sender: UUID) -> Task | None:
    query = select(Task).where(
        Task.instance_id == instance.id, Task.state == "open", Task.awaited.is_(True), Task.away_id == sender
    )
    return work.session.scalars(query.order_by(Task.opened_at, Task.id).limit(1)).first()


def _do(work: Work, live: Running, step: Task, sender: UUID, copy: Mapping[str, Any]) -> None:
    """Do one awaited step with the last paper on its form, in the name of who filled it in there."""
    of = copy["from"]["name"]
    form = live.form(step.duty, step.form, step.process)
    if form is None:
        tasks.complete_for(replace(work, actor=Actor(of, work.viewer)), step.id, {})
        return
    paper = next((one for one in reversed(copy["papers"]) if one["form"] == form.id), None)
    if paper is None:
        raise _NotAwaited
    files = copied(work, sender, [one for one in copy["files"] if one["id"] in paper["files"]], None)
    # Whoever acts from elsewhere has no unit here: what came along is the step's own to name.
    for one in files.values():
        one.task_id = step.id
    work.session.flush()
    answers = at_home(work, form, portable.renamed(paper["answers"], ids_of(files)))
    there = replace(work, actor=Actor(f"{of} {paper['made_name']}", work.viewer))
    tasks.complete_for(there, step.id, answers)


def at_home(work: Work, form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    called = {name: actors.called(work, name) for name in references(form.schema, answers, "unit")}
    ids = {name: str(unit.id) for name, unit in called.items() if unit is not None}
    return portable.at_home(form.schema, answers, {"unit": ids})


def _answering(work: Work, instance: Instance, node: str) -> UUID:
    """Return the last step here that is drawn as the one that waits there.

    It answers one copy: what somebody has looked at is what came with that, and no other is accepted along with it.
    """
    query = select(Task.id).where(Task.instance_id == instance.id, Task.node == node, Task.awaited.is_(False))
    found = work.session.scalars(query.order_by(Task.opened_at.desc(), Task.id.desc()).limit(1)).first()
    if found is None or instance.hidden:
        raise _NotAwaited
    came = select(Delivery.id).where(
        Delivery.task_id == found, Delivery.side == "in", Delivery.state != "withdrawn"
    )
    if work.session.scalar(came.limit(1)) is not None:
        raise _NotAwaited
    return found
