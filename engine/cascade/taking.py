"""What those below do: a package that was handed down is here, waits to be taken over or declined, and is launched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine.births import open_all
from engine.carriers import NotForUs
from engine.cascade.models import HandedPackage
from engine.deliveries.intake import desk, intake
from engine.opening import Opening
from engine.running import under
from tenants import audit
from tenants.db import Work
from tenants.errors import Invalid
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
    """A package on its way down. to: the authority below. zips: the package and, before it, those that it calls."""

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


def take_in(work: Work, handed: Handed) -> None:
    """Publish what was handed down as it is, and open its acknowledging; one that is here already changes nothing.

    It is kept with where it came from, so that what is made of it here keeps to its locks and learns of newer versions. Raises
    NotForUs when it does not come from the superior, Invalid when it is not what it says.
    """
    if work.session.get(HandedPackage, (work.tenant.id, handed.id)) is not None:
        return
    if work.tenant.parent_id != handed.sender:
        raise NotForUs(say("没有从那里到本单位的报送线。"), say("请由系统管理员核对报送关系。"))
    last = ""
    for data in handed.zips:
        last = _published(work, data, handed)
    if last != handed.package_hash:
        raise Invalid(say("送来的材料与封存时不一致，没有收下。"), say("请由发送单位重新报送。"))
    package = publish(work, received.files(_copy(handed)))
    live = under(intake(work), package.hash)
    unit = desk(work)
    opening = Opening(
        received.PROCESS, f"{handed.sender_name}：{handed.title}", unit, duty=received.DUTY, words=handed.note[:200],
        desk_id=unit.id if unit else None,
    )  # fmt: skip
    (instance,) = open_all(work, live, [opening])
    work.session.add(
        HandedPackage(
            id=handed.id, side="in", other_id=handed.sender, other_name=handed.sender_name, package=handed.package,
            version=handed.version, package_hash=handed.package_hash, title=handed.title, note=handed.note, state="arrived",
            sent_at=handed.sent_at, sent_name=handed.sent_name, arrived_at=work.now, answered_at=None, answered_name=None,
            reason="", launched_at=None, instance_id=instance.id, urged=0, urged_at=None,
        )
    )  # fmt: skip
    work.session.flush()
    audit.record(
        work, "package.receive", "instance", instance.id, unit_id=instance.unit_id, name=handed.sender_name,
        title=handed.title, version=handed.version, hash=handed.package_hash,
    )  # fmt: skip


def answered(work: Work, instance_id: UUID, answers: dict[str, str], name: str) -> HandedPackage | None:
    """Note what was answered to what was opened for a package; None when the instance was opened for something else."""
    row = work.session.scalar(
        select(HandedPackage).where(HandedPackage.instance_id == instance_id, HandedPackage.side == "in")
    )
    if row is not None and row.state == "arrived":
        row.state = "taken" if answers.get(CHOICE) == YES else "declined"
        row.reason, row.answered_at, row.answered_name = answers.get(REASON, ""), work.now, name
    return row


def handed(work: Work) -> list[HandedPackage]:
    """Return what was handed down to this authority, newest first."""
    query = (
        select(HandedPackage)
        .where(HandedPackage.side == "in")
        .order_by(HandedPackage.sent_at.desc(), HandedPackage.id)
    )
    return list(work.session.scalars(query))


def _published(work: Work, data: bytes, handed: Handed) -> str:
    files, problems = archive.unpack_all(data)
    if files is None:
        raise Invalid(say("送来的方案打不开。"), problems=problems)
    manifest.taken(files)
    adopt(work, files, origin=handed_by(handed.sender, handed.sender_name, handed.id))
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
