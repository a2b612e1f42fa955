"""What a superior does: hand a package to authorities below it, ask after it, ask once more, let a standing order end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from engine.cascade import joining
from engine.cascade.choosing import Child, Choice, Meant, meant
from engine.cascade.models import HandedFurther, HandedPackage, HandOrder
from engine.cascade.sending import ask_anew, carry, children, received_here, send
from engine.cascade.upwards import changed
from tenants import access, audit, outbox
from tenants.base import new_id
from tenants.db import Work
from tenants.directory import LEVELS
from tenants.errors import Conflict, Invalid, NotFound
from tenants.text import say
from workflows import received
from workflows.models import PackageVersion

# The kind of job that carries that somebody was asked after.
URGE = "package_urge"
MAX_NOTE = 2_000
# So long after it was asked after, it may be again.
PAUSE = timedelta(hours=12)
# States in which an answer, or the launch, is waited for.
WAITING = ("sent", "arrived", "taken")


def below(work: Work) -> list[Child]:
    """Return the authorities directly below this one, by their codes."""
    access.require(work.viewer, "campaign.launch")
    return children(work)


def whom(work: Work, choice: Choice) -> Meant:
    """Return whom a choice means today. Raises as `meant`."""
    return meant(choice, below(work))


def hand_down(
    work: Work, package_hash: str, to: Collection[UUID] | Choice, note: str = "", *, through: str = ""
) -> list[HandedPackage]:
    """Hand a published package to authorities below and return what is on its way; who has this very version is left out.

    to: ids, or a choice; a choice by level or by condition stands for those who come later, too. through: a level down to which
    the authorities in between pass it on at once. Raises Forbidden, NotFound for a package or an authority that is not there,
    Invalid when nobody is meant.
    """
    access.require(work.viewer, "campaign.launch")
    version = work.session.scalar(select(PackageVersion).where(PackageVersion.hash == package_hash))
    if version is None or received.is_received(version.package):
        raise NotFound(say("没有找到这个方案版本。"), say("请在方案列表中重新选择。"))
    choice = to if isinstance(to, Choice) else Choice(listed=tuple(to))
    found = whom(work, choice)
    if not found.children:
        raise Invalid(say("现在没有下级符合所选的范围。"), say("请换一个级别或条件。"))
    _check(work, note, through)
    order = HandOrder(
        id=new_id(), package=version.package, version=version.version, package_hash=package_hash, title=version.title,
        note=note.strip(), choice=choice.kept(), through=through, standing=choice.standing, source_id=None, origin="",
        sent_at=work.now, sent_name=work.actor.name, stopped_at=None,
    )  # fmt: skip
    source = received_here(work, version.package)
    if source is not None:
        order.source_id = source.id
    joining.stand(work, order)
    rows = send(work, order, found.children, source=source).rows
    audit.record(
        work, "package.hand_down", "package_version", version.id, title=version.title, version=version.version,
        names=[row.other_name for row in rows],
    )  # fmt: skip
    return rows


def _check(work: Work, note: str, through: str) -> None:
    if len(note) > MAX_NOTE:
        raise Invalid(say("说明超过 {max} 字。", max=MAX_NOTE), say("请压缩后再下达。"))
    deeper = LEVELS[LEVELS.index(work.tenant.level) + 1 :]
    if through and through not in deeper:
        raise Invalid(say("不能逐级下达到“{level}”。", level=through[:40]), say("请选择比本级更低的级别。"))


def catch_up(work: Work, package: str) -> list[HandedPackage]:
    """Hand a package, as it was handed down last, to all below who have no version of it. Raises NotFound, Conflict."""
    access.require(work.viewer, "campaign.launch")
    order = work.session.scalar(
        select(HandOrder)
        .where(HandOrder.package == package)
        .order_by(HandOrder.sent_at.desc(), HandOrder.id.desc())
        .limit(1)
    )
    if order is None:
        raise NotFound(say("这个方案还没有下达过。"), say("请先选择下级下达。"))
    has = joining.covered(work)
    late = [one for one in children(work) if (package, one.id) not in has]
    if not late:
        raise Conflict(say("下级都已经有这个方案，不用补发。"))
    return joining.hand_late(work, order, late)


def stop(work: Work, order_id: UUID) -> HandOrder:
    """Let an order stand no longer: who comes later is handed nothing by it. Raises NotFound."""
    access.require(work.viewer, "campaign.launch")
    order = work.session.scalar(select(HandOrder).where(HandOrder.id == order_id).with_for_update())
    if order is None or not order.standing:
        raise NotFound(say("没有找到这次下达。"))
    if order.stopped_at is None:
        joining.end_order(work, order)
    return order


def urge(work: Work, key: UUID, *, further: bool = False) -> HandedPackage:
    """Ask after a package that was handed down and neither launched nor declined; further: also those further below.

    Raises NotFound, Conflict.
    """
    access.require(work.viewer, "campaign.launch")
    row = _out(work, key)
    waits = row.state in WAITING
    deep = further and bool(row.through) and _waits_below(work, row)
    if not waits and not deep:
        raise Conflict(say("{name}已经答复，不用催办。", name=row.other_name))
    if row.urged_at is not None and work.now - row.urged_at < PAUSE:
        raise Conflict(say("刚刚催办过。"), say("请过半天再催。"))
    ask_after(work, row, direct=waits, deep=deep)
    return row


def urge_all(work: Work, package: str) -> int:
    """Ask after a package with all directly below that wait, or under whom somebody waits; return how many were asked.

    Whoever was asked a short while ago is left alone. Raises Conflict when nobody is left to ask.
    """
    access.require(work.viewer, "campaign.launch")
    further = select(HandedFurther.handed_id).where(
        HandedFurther.state.in_(WAITING), HandedFurther.replaced.is_(False)
    )
    deep = set(work.session.scalars(further.distinct()))
    query = select(HandedPackage).where(
        HandedPackage.side == "out", HandedPackage.package == package, HandedPackage.replaced_at.is_(None),
        HandedPackage.state != "gone",
    )  # fmt: skip
    rows = [
        row for row in work.session.scalars(query.order_by(HandedPackage.id).with_for_update())
        if (row.state in WAITING or row.id in deep) and (row.urged_at is None or work.now - row.urged_at >= PAUSE)
    ]  # fmt: skip
    if not rows:
        raise Conflict(say("没有要催办的单位。"), say("都已答复，或者刚刚催办过；请过半天再催。"))
    for row in rows:
        ask_after(work, row, direct=row.state in WAITING, deep=row.id in deep)
    return len(rows)


def ask_after(work: Work, row: HandedPackage, *, direct: bool, deep: bool) -> None:
    """Ask after a package: whoever it was handed to, and those further below. The house carries it."""
    row.urged, row.urged_below = row.urged + direct, row.urged_below + deep
    row.urged_at = work.now
    outbox.later(work, URGE, row.id)
    audit.record(work, "package.urge", "handed_package", row.id, name=row.other_name, title=row.title)


def ask_again(work: Work, key: UUID, note: str) -> HandedPackage:
    """Hand a package once more to one that declined it, with what there is to say. Raises NotFound, Conflict, Invalid."""
    access.require(work.viewer, "campaign.launch")
    row = _out(work, key)
    if row.state != "declined" or row.replaced_at is not None:
        raise Conflict(
            say("{name}没有退回这个方案。", name=row.other_name), say("请刷新页面，查看最新情况。")
        )
    if not note.strip():
        raise Invalid(say("请写明为什么重新下达。"), say("对方已经说明理由，请针对它答复。"))
    _check(work, note, "")
    ask_anew(work, row, note.strip())
    changed(work, [row])
    carry(work, [row])
    audit.record(work, "package.ask_again", "handed_package", row.id, name=row.other_name, title=row.title)
    return row


def _out(work: Work, key: UUID) -> HandedPackage:
    query = select(HandedPackage).where(HandedPackage.id == key, HandedPackage.side == "out")
    row = work.session.scalar(query.with_for_update())
    if row is None:
        raise NotFound(say("没有找到这次下达。"))
    return row


def _waits_below(work: Work, row: HandedPackage) -> bool:
    query = select(HandedFurther.id).where(
        HandedFurther.handed_id == row.id, HandedFurther.state.in_(WAITING), HandedFurther.replaced.is_(False)
    )
    return work.session.scalar(query.limit(1)) is not None
