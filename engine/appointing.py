"""What the notice leaves open and the tenant settles while a campaign runs: who an actor is, who receives a report, who joins in.

What opens from then on follows the choice; an actor that was nobody is given at once what is open for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import bindings, owing
from engine.models import Instance
from engine.running import Running, running
from engine.selection import fits
from forms.keywords import MAX_CHOICES
from forms.models import Submission
from tenants import access
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import Job, Unit
from tenants.text import say
from workflows.elements import Actor


def choose_units(work: Work, campaign_id: UUID, actor: str, unit_ids: Sequence[UUID]) -> owing.Effects:
    """Say which units an actor is. Those that are it no more are let go, the others are given what is open for it.

    Raises NotFound, Forbidden, Conflict (also when somebody else chooses at the same moment), and Invalid for units that may not
    be it.
    """
    live = _steered(work, campaign_id)
    known = live.package.actors.get(actor)
    if known is None or known.kind != "chosen":
        raise NotFound(say("没有找到这个责任主体。"))
    units = _units(work, unit_ids, known)
    before = bindings.chosen_ids(live.campaign, actor)
    touched = {unit.id: unit for unit in (*units, *_units(work, before, None))}

    def choose() -> Sequence[Unit]:
        # Not before: instances are locked before their campaign, and these are by now.
        held = _steered(work, campaign_id, lock=True)
        if bindings.chosen_ids(held.campaign, actor) != before:
            raise Conflict(say("刚才有人确定了同一事项，没有执行。"), say("请刷新页面，核对后再确定。"))
        _set(held, "actors", actor, [str(unit.id) for unit in units])
        work.session.flush()
        return list(touched.values())

    effects = owing.change_units(work, list(touched.values()), choose)
    record(
        work, "actor.choose", "campaign", campaign_id, actor=actor, title=known.title, units=[unit.name for unit in units]
    )  # fmt: skip
    return effects


def choose_recipients(work: Work, campaign_id: UUID, duty: str, actors: Sequence[str]) -> None:
    """Say who receives a report of which the notice does not; what opens from now on goes there. None: nobody again."""
    live = _steered(work, campaign_id, lock=True)
    known = live.package.duties.get(duty)
    if known is None or not known.open_to:
        raise NotFound(say("没有找到这项任务。"))
    if any(name not in live.package.actors for name in actors):
        raise Invalid(say("请选择报给谁。"), say("请从本方案的责任主体中选择。"))
    _set_duty(live, duty, "to", list(actors))
    record(work, "duty.address", "campaign", campaign_id, duty=duty, title=known.title, to=list(actors))


def choose_partners(work: Work, campaign_id: UUID, duty: str, unit_ids: Sequence[UUID]) -> None:
    """Say who else does a duty of which the notice leaves that open."""
    live = _steered(work, campaign_id, lock=True)
    known = live.package.duties.get(duty)
    if known is None or not known.others:
        raise NotFound(say("没有找到这项任务。"))
    units = _units(work, unit_ids, None)
    _set_duty(live, duty, "with", [str(unit.id) for unit in units])
    record(
        work, "duty.join", "campaign", campaign_id, duty=duty, title=known.title, units=[unit.name for unit in units]
    )  # fmt: skip


def choose_list(work: Work, campaign_id: UUID, name: str, values: Sequence[str]) -> None:
    """Say what may be chosen where the package leaves that to each tenant; none = as the package has it."""
    live = _steered(work, campaign_id, lock=True)
    known = live.package.choices.get(name)
    if known is None:
        raise NotFound(say("没有找到这组选项。"))
    clean = list(dict.fromkeys(one.strip()[:200] for one in values if one.strip()))
    if len(clean) > MAX_CHOICES:
        raise Invalid(say("可选项太多。"), say("请减到 {limit} 项以内。", limit=MAX_CHOICES))
    _set(live, "lists", name, clean)
    record(work, "choice.set", "campaign", campaign_id, choice=name, title=known.title, values=clean)


def candidates(work: Work, actor: Actor | None) -> list[Unit]:
    """Return the units that an actor may be, in the order of the tree; None = all units."""
    units = work.session.scalars(select(Unit).where(Unit.active.is_(True)).order_by(Unit.path))
    return [unit for unit in units if actor is None or fits(actor, unit)]


def after_naming(work: Work, job: Job) -> None:
    """Give units that an accepted answer names what is open for them. The kind of job: `births.NAMED`."""
    instance = work.session.get(Instance, (work.tenant.id, job.subject_id))
    if instance is None:
        return
    live = running(work, instance.campaign_id)
    ids: set[UUID] = set()
    for actor in live.package.actors.values():
        if actor.named_by is not None:
            query = select(Submission.answers).where(
                Submission.subject_id == instance.id, Submission.form == actor.named_by.form
            )
            for answers in work.session.scalars(query):
                ids |= set(bindings.named_in(answers.get(actor.named_by.field)))
    units = _units(work, sorted(ids), None)
    if units:
        owing.change_units(work, units, lambda: units)


def _steered(work: Work, campaign_id: UUID, *, lock: bool = False) -> Running:
    """Return a campaign that runs and is the actor's to steer. lock: nothing else is settled until the transaction ends."""
    access.require(work.viewer, "campaign.steer")
    live = running(work, campaign_id, lock="change" if lock else "")
    if live.campaign.state != "running":
        raise Conflict(say("这项专项行动已经结束。"), say("请返回行动列表。"))
    return live


def _units(work: Work, ids: Sequence[UUID], actor: Actor | None) -> list[Unit]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    rows = work.session.scalars(select(Unit).where(Unit.id.in_(wanted)).order_by(Unit.path))
    found = [unit for unit in rows if unit.active or actor is None]
    if len(found) < len(wanted) or (actor is not None and not all(fits(actor, unit) for unit in found)):
        raise Invalid(say("有的单位不能选。"), say("请从列表中选择。"))
    return found


def _set(live: Running, section: str, key: str, value: Any) -> None:
    choices: Mapping[str, Any] = live.campaign.choices
    live.campaign.choices = {**choices, section: {**(choices.get(section) or {}), key: value}}


def _set_duty(live: Running, duty: str, key: str, value: Any) -> None:
    chosen = (live.campaign.choices.get("duties") or {}).get(duty) or {}
    _set(live, "duties", duty, {**chosen, key: value})
