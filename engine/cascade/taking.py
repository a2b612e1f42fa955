"""What those below do: a package that was handed down is here, waits to be taken over or declined, and is launched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine.births import open_all
from engine.carriers import NotForUs
from engine.cascade.launches import LAUNCHED, is_running
from engine.cascade.models import HandedPackage
from engine.cascade.passing import pass_on
from engine.deliveries.intake import desk, intake
from engine.models import Instance
from engine.opening import Opening
from engine.releasing import OPEN, release
from engine.running import under
from tenants import audit, outbox
from tenants.db import Work
from tenants.errors import Invalid, NotFound
from tenants.text import say
from workflows import archive, manifest, received
from workflows.bases import handed_by
from workflows.copies import adopt
from workflows.package import hash_of
from workflows.publish import publish

FORM = "acknowledge"
CHOICE, REASON = "结论", "理由"
YES, NO = "签收", "不承担"


@dataclass(frozen=True)
class Handed:
    """A package on its way down. to: the authority below; level: of the sender. zips: the package and, before it, those that it
    calls. through, origin, turn: as `HandedPackage`."""

    to: UUID
    id: UUID
    sender: UUID
    sender_name: str
    package: str
    version: str
    package_hash: str
    title: str
    note: str
    sent_at: datetime
    sent_name: str
    zips: Sequence[bytes]
    level: str = ""
    through: str = ""
    origin: str = ""
    turn: int = 1


def take_in(work: Work, handed: Handed) -> None:
    """Publish what was handed down as it is, and open its acknowledging; one that is here already changes nothing.

    It is kept with where it came from, so that what is made of it here keeps to its locks and learns of newer versions. What was
    handed down of it before gives way; where it is meant for those further below, the house passes it on at once. Raises
    NotForUs when it does not come from the superior, Invalid when it is not what it says.
    """
    if work.tenant.parent_id != handed.sender:
        raise NotForUs(say("没有从那里到本单位的报送线。"), say("请由系统管理员核对报送关系。"))
    row = work.session.get(HandedPackage, (work.tenant.id, handed.id), with_for_update=True)
    if row is not None:
        if row.turn < handed.turn:
            _asked_again(work, row, handed)
        return
    last = ""
    for data in handed.zips:
        last = _published(work, data, handed)
    if last != handed.package_hash:
        raise Invalid(say("送来的材料与封存时不一致，没有收下。"), say("请由发送单位重新报送。"))
    row = HandedPackage(
        id=handed.id, side="in", other_id=handed.sender, other_name=handed.sender_name, level=handed.level,
        package=handed.package, version=handed.version, package_hash=handed.package_hash, title=handed.title,
        note=handed.note, through=handed.through, origin=handed.origin, turn=handed.turn, order_id=None, source_id=None,
        revision=0, state="arrived", changed_at=work.now, replaced_at=_overtaken(work, handed), sent_at=handed.sent_at,
        sent_name=handed.sent_name, arrived_at=work.now, answered_at=None, answered_name=None, reason="", launched_at=None,
        instance_id=None, urged=0, urged_at=None, urged_below=0,
    )  # fmt: skip
    work.session.add(row)
    if row.replaced_at is None:
        row.instance_id = _ask(work, handed)
    work.session.flush()
    audit.record(
        work, "package.receive", "instance" if row.instance_id else "handed_package", row.instance_id or row.id,
        name=handed.sender_name, title=handed.title, version=handed.version, hash=handed.package_hash,
    )  # fmt: skip
    if row.replaced_at is None:
        pass_on(work, row)


def _overtaken(work: Work, handed: Handed) -> datetime | None:
    """Let what was handed down of a package before give way; return when, where a later one is here already."""
    query = select(HandedPackage).where(
        HandedPackage.side == "in",
        HandedPackage.package == handed.package,
        HandedPackage.replaced_at.is_(None),
    )
    rows = list(work.session.scalars(query.with_for_update()))
    if any(row.other_id == handed.sender and row.sent_at > handed.sent_at for row in rows):
        return work.now
    for row in rows:
        row.replaced_at = work.now
    waiting = [row.instance_id for row in rows if row.state == "arrived" and row.instance_id]
    _let_go(work, waiting, str(say("上级下达了新的版本")))
    return None


def _let_go(work: Work, ids: Sequence[UUID], reason: str) -> None:
    query = select(Instance).where(Instance.id.in_(ids), Instance.state.in_(OPEN))
    release(work, list(work.session.scalars(query.with_for_update())), reason)


def _ask(work: Work, handed: Handed) -> UUID:
    """Open what is to be answered to a package, and return its id."""
    package = publish(work, received.files(_copy(handed)))
    live = under(intake(work), package.hash)
    unit = desk(work)
    opening = Opening(
        received.PROCESS, f"{handed.sender_name}：{handed.title}", unit, duty=received.DUTY, words=handed.note[:200],
        desk_id=unit.id if unit else None,
    )  # fmt: skip
    (instance,) = open_all(work, live, [opening])
    return instance.id


def _asked_again(work: Work, row: HandedPackage, handed: Handed) -> None:
    """Take in that the superior asks once more. What is launched is launched: the superior is told so again."""
    row.turn, row.note, row.sent_at, row.sent_name = (
        handed.turn,
        handed.note,
        handed.sent_at,
        handed.sent_name,
    )
    row.through, row.replaced_at = handed.through, None
    if row.state == "launched":
        outbox.later(work, LAUNCHED, row.id)
    else:
        if row.instance_id is not None:
            _let_go(work, [row.instance_id], str(say("上级重新下达")))
        row.state, row.changed_at, row.arrived_at, row.instance_id = (
            "arrived",
            work.now,
            work.now,
            _ask(work, handed),
        )
        row.answered_at, row.answered_name, row.reason = None, None, ""
        audit.record(
            work,
            "package.asked_again",
            "instance",
            row.instance_id,
            name=handed.sender_name,
            title=handed.title,
        )
    work.session.flush()
    pass_on(work, row)


def answered(work: Work, instance_id: UUID, answers: dict[str, str], name: str) -> HandedPackage | None:
    """Note what was answered to what was opened for a package; None when the instance was opened for something else."""
    row = asked_in(work, instance_id)
    if row is not None and row.state == "arrived":
        yes = answers.get(CHOICE) == YES
        row.state, row.changed_at = "taken" if yes else "declined", work.now
        row.reason, row.answered_at, row.answered_name = answers.get(REASON, ""), work.now, name
        if yes and is_running(work, row):
            row.state, row.launched_at = "launched", work.now
    return row


def asked_in(work: Work, instance_id: UUID) -> HandedPackage | None:
    """Return the package that an instance was opened for, to be taken over or declined; None when it is about something else."""
    return work.session.scalar(
        select(HandedPackage).where(HandedPackage.instance_id == instance_id, HandedPackage.side == "in")
    )


def handed(work: Work) -> list[HandedPackage]:
    """Return what was handed down to this authority, newest first."""
    query = (
        select(HandedPackage)
        .where(HandedPackage.side == "in")
        .order_by(HandedPackage.sent_at.desc(), HandedPackage.id)
    )
    return list(work.session.scalars(query))


def received_one(work: Work, key: UUID) -> HandedPackage:
    """Return one thing that was handed down to this authority; raise NotFound."""
    query = select(HandedPackage).where(HandedPackage.id == key, HandedPackage.side == "in")
    row = work.session.scalar(query)
    if row is None:
        raise NotFound(say("没有找到上级下达的这个方案。"), say("请在方案列表中重新选择。"))
    return row


def _published(work: Work, data: bytes, handed: Handed) -> str:
    files, problems = archive.unpack_all(data)
    if files is None:
        raise Invalid(say("送来的方案打不开。"), problems=problems)
    manifest.taken(files)
    adopt(work, files, origin=handed_by(handed.sender, handed.origin or handed.sender_name, handed.id))
    return hash_of(files)


def _copy(one: Handed) -> dict[str, object]:
    """Return what `workflows.received` makes a package of: one step, in which it is taken over or declined."""
    schema = {
        "type": "object",
        "title": "签收上级方案",
        "required": [CHOICE],
        "properties": {
            CHOICE: {"type": "string", "title": CHOICE, "enum": [YES, NO]},
            REASON: {"type": "string", "title": REASON, "format": "multiline", "maxLength": 2000},
        },
        "if": {"properties": {CHOICE: {"const": NO}}, "required": [CHOICE]},
        "then": {"required": [REASON]},
    }
    return {
        "package": {"id": one.package, "version": "1.0.0", "title": "上级下达的方案", "level": "county"},
        "notice": {"issuer": one.sender_name, "number": "下达", "issued": one.sent_at.date().isoformat()},
        "step": {"name": "签收上级方案", "form": FORM},
        "forms": {FORM: {"schema": schema, "ui": {}}},
    }
