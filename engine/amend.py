"""A new version of the notice replaces a running plan: what would become of each open instance is shown first, then done.

`preview` and `apply` draw the same draft. `apply` changes the plan at once; the instances go over one after the other
(`amend_fleet`), each looked at anew under its lock. Until then, and where it does not fit, an instance goes on under the version
by which it began: nothing is lost at any point. `take_back` undoes a run for all that nobody has gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update

from engine import amend_fleet, amend_record, duties
from engine.amend_gather import Draft, draft
from engine.amend_models import AmendedInstance, Amendment
from engine.amend_plan import Group
from engine.cascade import launches
from engine.models import Campaign, Instance
from engine.progress import PLACE
from engine.recalendar_plan import Line, lines_seal, seal
from engine.recalendar_steps import OPEN
from engine.running import Running, running, under
from tenants import access, outbox
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Invalid
from tenants.models import Job
from tenants.text import Message, packed, say
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.publish import load, versions

# The kind of jobs that open a duty for whom the new plan means besides.
WIDER = "amend_wider"


@dataclass(frozen=True)
class Effects:
    """What an amendment does. groups: of the open instances. lines: of what is still to come, as a changed calendar tells it.

    period: the campaign's own, before and after. dropped, added: titles of duties that are no more, and of those that are new.
    wider: (title, how many) of open duties that are opened for units besides. seal: by which `apply` knows that it was this that
    somebody looked at.
    """

    package: Package
    former: Package
    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    period: tuple[tuple[date, date | None], tuple[date, date | None]]
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    wider: tuple[tuple[str, int], ...]
    seal: str

    def count(self, what: str) -> int:
        """Return how many open instances share a fate: moves, stays or blocked."""
        return sum(len(group.units) for group in self.groups if group.what == what)


def candidates(work: Work, campaign: Campaign) -> list[PackageVersion]:
    """Return the published versions that may replace a campaign's plan, newest first."""
    own = load(work, campaign.package_hash)
    return [
        row
        for row in versions(work)
        if row.hash != campaign.package_hash and replaces(load(work, row.hash), own)
    ]


def replaces(package: Package, former: Package) -> bool:
    """Tell whether a package is meant to replace another: it is a version of the same, or names it in `amends`."""
    amends = package.amends
    if amends is None:
        return package.id == former.id
    if amends.package and amends.package != former.id:
        return False
    if amends.version and amends.version != former.version:
        return False
    return not amends.number or amends.number == former.notice.number


def preview(work: Work, campaign_id: UUID, package_hash: str) -> Effects:
    """Return what an amendment would do; nothing is recorded. Raises NotFound, Invalid, Conflict when it cannot be done."""
    access.require(work.viewer, "campaign.steer")
    return _effects(_draft(work, running(work, campaign_id), package_hash))


def apply(work: Work, campaign_id: UUID, package_hash: str, seen: str) -> Effects:
    """Let a campaign go on under an amended plan.

    seen: the seal of the preview that was confirmed. Raises Conflict when it is not this that was looked at, else as `preview`.
    """
    access.require(work.viewer, "campaign.steer")
    # Instances before their campaign, as every step locks them.
    open_ones = select(Instance.id).where(Instance.campaign_id == campaign_id, Instance.state.in_(OPEN))
    work.session.execute(open_ones.order_by(Instance.id).with_for_update()).all()
    made = _draft(work, running(work, campaign_id, lock="change"), package_hash)
    amend_fleet.require_none_at_work(work, campaign_id)
    effects = _effects(made)
    if seen != effects.seal:
        raise Conflict(say("预览之后，行动或方案有了变化，没有执行。"), say("请重新预览，核对后再确认。"))
    _record(work, made, effects)
    return effects


def take_back(work: Work, amendment_id: UUID) -> Amendment:
    """Let a campaign go on under the plan that it had before, and with it every instance that nobody has gone on with since.

    What was waiting stays where it is; what somebody has gone on with stays under the new version, and so does what was born
    under it. Raises Conflict when another plan has followed, or when it is being taken back already.
    """
    run = amend_fleet.locked(work, amendment_id)
    moved = select(AmendedInstance.instance_id).where(
        AmendedInstance.tenant_id == work.tenant.id,
        AmendedInstance.amendment_id == run.id,
        AmendedInstance.state == "moved",
    )
    # Instances before their campaign, as every step locks them.
    work.session.execute(
        select(Instance.id)
        .where(Instance.id.in_(moved))
        .order_by(Instance.id)
        .with_for_update(key_share=True)
    ).all()
    live = running(work, run.campaign_id, lock="change")
    if (why := no_return(run, live.campaign)) is not None:
        raise Conflict(why, say("请刷新页面，查看最新情况。"))
    made = draft(work, live, load(work, run.former_hash))
    run.direction, run.state, run.ended_at = "back", "running", None
    run.returned_at, run.returned_name = work.now, work.actor.name
    work.session.execute(
        update(AmendedInstance)
        .where(AmendedInstance.amendment_id == run.id, AmendedInstance.state == "waiting")
        .values(state="left", changed_at=work.now)
        .execution_options(synchronize_session=False)
    )
    amend_record.record_plan(work, made)
    record(
        work,
        "campaign.amend_back",
        "campaign",
        run.campaign_id,
        version=run.former_version,
        former=run.version,
    )
    amend_fleet.set_off(work, run)
    return run


def no_return(run: Amendment, campaign: Campaign) -> Message | None:
    """Say why a whole run cannot be taken back; None when it can."""
    if not run.whole:
        return say("这次只迁移了一项，请在那一项的页面上退回。")
    if run.direction == "back":
        return say("这次迁移已经撤回。")
    if campaign.state != "running":
        return say("这项专项行动已经结束。")
    if campaign.package_hash != run.package_hash:
        return say("之后行动又改按别的版本，这一次不能再撤回。")
    return None


def _record(work: Work, made: Draft, effects: Effects) -> None:
    """Let a campaign go on under its new plan: the plan at once, then whoever goes over."""
    former = made.live.package
    live = amend_record.record_plan(work, made)
    moved = effects.count("moves")
    record(
        work, "campaign.amend", "campaign", live.campaign.id, title=live.campaign.title, version=live.campaign.version,
        hash=live.package.hash, former=former.version, moved=moved, left=len(made.verdicts) - moved,
    )  # fmt: skip
    launches.launched(work, live.campaign)
    outbox.later_all(work, WIDER, [(occurrence, work.now) for occurrence, _n in made.wider.values()])
    run = amend_fleet.enter(work, live, under(live, former.hash), made.verdicts, made.groups, whole=True)
    left = [
        (one.id, [packed(why) for why in verdict.why])
        for one, verdict in made.verdicts
        if verdict.what != "moves"
    ]
    amend_fleet.note_left(work, former.version, left)
    amend_fleet.set_off(work, run)


def open_wider(work: Work, job: Job) -> None:
    """Open what is open of a duty for the units that the amended plan means besides."""
    if job.subject_id is not None:
        duties.open_for_rest(work, job.subject_id)


def left_behind(work: Work, campaign: Campaign) -> int:
    """Return how many open instances go on under a former version of their plan."""
    if not campaign.former:
        return 0
    query = select(Instance.id).where(
        Instance.campaign_id == campaign.id, Instance.state.in_(OPEN), Instance.package_hash != campaign.package_hash,
        access.visible(work.viewer, PLACE),
    )  # fmt: skip
    return len(work.session.scalars(query).all())


def _draft(work: Work, live: Running, package_hash: str) -> Draft:
    if live.campaign.state != "running":
        raise Conflict(say("这项专项行动已经结束。"), say("请返回行动列表。"))
    if package_hash == live.campaign.package_hash:
        raise Conflict(say("行动现在就按这个版本进行。"), say("请选择另一个版本。"))
    package = load(work, package_hash)
    if not replaces(package, live.package):
        what = say("“{title}”没有写明替代正在运行的方案。", title=package.title)
        raise Invalid(what, say("请在新方案的 campaign.yaml 里写 amends，重新发布。"))
    return draft(work, live, package)


def _effects(made: Draft) -> Effects:
    now, then = made.live, made.after
    lines = tuple(_lines(made))
    dropped = [duty.title for key, duty in now.package.duties.items() if key not in then.package.duties]
    added = [duty.title for key, duty in then.package.duties.items() if key not in now.package.duties]
    period = ((now.campaign.start, now.campaign.end), made.period)
    parts: Sequence[object] = [
        now.campaign.id, now.package.hash, then.package.hash, now.campaign.choices, now.campaign.added, period,
        lines_seal(lines), list(made.wider),
    ]  # fmt: skip
    wider = tuple((then.package.duties[key].title, n) for key, (_occurrence, n) in made.wider.items())
    return Effects(
        then.package,
        now.package,
        made.groups,
        lines,
        period,
        tuple(dropped),
        tuple(added),
        wider,
        seal(parts),
    )


def _lines(made: Draft) -> list[Line]:
    """Return what becomes of the occurrences, planned and open, as a changed calendar tells it."""
    found: list[Line] = []
    for key, plan in made.duties.items():
        for shift in plan.shifts:
            if shift.moves:
                what = "open" if shift.row.state == "open" else "planned"
                found.append(Line(what, key, shift.row.period, shift.row.due, shift.due))  # type: ignore[arg-type]
        found += [Line("falls", key, row.period, row.due, None, 0) for row in plan.falls]
        found += [Line("arises", key, one.period, None, one.due) for one in plan.arises]
        found += [Line("arises", key, shift.row.period, None, shift.due) for shift in plan.back]
    return found
