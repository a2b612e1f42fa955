"""What a superior does: hand a package to authorities below it, see where each stands with it, ask after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from engine.cascade.models import HandedPackage
from tenants import access, audit, lines, outbox
from tenants.base import new_id
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import Tenant
from tenants.text import say
from workflows import received
from workflows.models import PackageVersion

# Kinds of jobs: a package on its way down, somebody asked after it.
HAND, URGE = "package_hand", "package_urge"
MAX_NOTE = 2_000
# So long after it was asked after, it may be again.
PAUSE = timedelta(hours=12)


def below(work: Work) -> list[Tenant]:
    """Return the authorities directly below this one, by their codes."""
    access.require(work.viewer, "campaign.launch")
    return lines.below(work.session, work.tenant.id)


def hand_down(work: Work, package_hash: str, to: Collection[UUID], note: str = "") -> list[HandedPackage]:
    """Hand a published package to authorities below; one that has this very version already is left out.

    Raises Forbidden, NotFound for a package or an authority that is not there, Invalid when nobody is named.
    """
    access.require(work.viewer, "campaign.launch")
    version = work.session.scalar(select(PackageVersion).where(PackageVersion.hash == package_hash))
    if version is None or received.is_received(version.package):
        raise NotFound(say("没有找到这个方案版本。"), say("请在方案列表中重新选择。"))
    children = {one.id: one for one in below(work)}
    if not to:
        raise Invalid(say("没有选择下达给谁。"), say("请至少选择一个下级。"))
    if not children.keys() >= set(to):
        raise NotFound(say("所选的不都是本单位的下级。"), say("请刷新页面后重新选择。"))
    if len(note) > MAX_NOTE:
        raise Invalid(say("说明超过 {max} 字。", max=MAX_NOTE), say("请压缩后再下达。"))
    has = select(HandedPackage.other_id).where(
        HandedPackage.side == "out",
        HandedPackage.package_hash == package_hash,
        HandedPackage.other_id.in_(to),
    )
    known = set(work.session.scalars(has))
    rows = [
        HandedPackage(
            id=new_id(), side="out", other_id=key, other_name=children[key].name, package=version.package,
            version=version.version, package_hash=package_hash, title=version.title, note=note.strip(), state="sent",
            sent_at=work.now, sent_name=work.actor.name, arrived_at=None, answered_at=None, answered_name=None, reason="",
            launched_at=None, instance_id=None, urged=0, urged_at=None,
        )
        for key in sorted(set(to) - known, key=lambda key: children[key].code or children[key].slug)
    ]  # fmt: skip
    work.session.add_all(rows)
    work.session.flush()
    for row in rows:
        outbox.later(work, HAND, row.id)
    audit.record(
        work, "package.hand_down", "package_version", version.id, title=version.title, version=version.version,
        names=[row.other_name for row in rows],
    )  # fmt: skip
    return rows


def standing(work: Work, package: str) -> Sequence[HandedPackage]:
    """Return where all stand to whom any version of a package was handed down, newest version first."""
    access.require(work.viewer, "package.read")
    query = (
        select(HandedPackage)
        .where(HandedPackage.side == "out", HandedPackage.package == package)
        .order_by(HandedPackage.sent_at.desc(), HandedPackage.id)
    )
    return list(work.session.scalars(query))


def urge(work: Work, key: UUID) -> HandedPackage:
    """Ask after a package that was handed down and neither launched nor declined. Raises NotFound, Conflict."""
    access.require(work.viewer, "campaign.launch")
    row = work.session.scalar(
        select(HandedPackage).where(HandedPackage.id == key, HandedPackage.side == "out").with_for_update()
    )
    if row is None:
        raise NotFound(say("没有找到这次下达。"))
    if row.state in ("launched", "declined"):
        raise Conflict(say("{name}已经答复，不用催办。", name=row.other_name))
    if row.urged_at is not None and work.now - row.urged_at < PAUSE:
        raise Conflict(say("刚刚催办过。"), say("请过半天再催。"))
    row.urged, row.urged_at = row.urged + 1, work.now
    outbox.later(work, URGE, row.id)
    audit.record(work, "package.urge", "handed_package", row.id, name=row.other_name, title=row.title)
    return row
