"""A new version of the notice replaces a running plan: what would become of each open instance is shown first, then done.

`preview` and `apply` draw the same draft. `apply` changes the plan at once; the instances go over in the command itself where
they are few, in jobs where they are many, each looked at anew under its lock. Until then, and where it does not fit, an instance
goes on under the version by which it began: nothing is lost at any point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from engine import amend_record, duties
from engine.amend_gather import Draft, draft
from engine.amend_plan import Group
from engine.models import Campaign, Instance
from engine.progress import PLACE
from engine.recalendar_plan import Line, lines_seal, seal
from engine.recalendar_steps import OPEN
from engine.running import Running, running
from tenants import access
from tenants.db import Work
from tenants.errors import Conflict, Invalid
from tenants.models import Job
from tenants.text import say
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.publish import load, versions

AMEND, WIDER = amend_record.AMEND, amend_record.WIDER


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
    effects = _effects(made)
    if seen != effects.seal:
        raise Conflict(say("预览之后，行动或方案有了变化，没有执行。"), say("请重新预览，核对后再确认。"))
    amend_record.record_draft(
        work, made, moved=effects.count("moves"), left=len(made.verdicts) - effects.count("moves")
    )
    return effects


def go_over(work: Work, job: Job) -> None:
    """Let a batch of instances go over to the plan by which their campaign goes on by now."""
    live = running(work, UUID(job.payload["campaign"]))
    amend_record.move(work, live, [UUID(key) for key in job.payload["instances"]])


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
