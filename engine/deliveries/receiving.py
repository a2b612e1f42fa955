"""What arrives from another authority: a paper to be worked off here, or that it is wanted no more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.addressees import REPLY
from engine.births import open_all
from engine.carriers import NotForUs
from engine.deliveries import awaited
from engine.deliveries.corrected import taken_back
from engine.deliveries.files import copied, ids_of
from engine.deliveries.hops import Hop, hop, joined, settled
from engine.deliveries.intake import desk, intake
from engine.deliveries.models import Delivery
from engine.deliveries.portable import renamed
from engine.deliveries.sealing import digest
from engine.models import Campaign, Instance, Task
from engine.opening import Opening
from engine.releasing import release
from engine.rollup import levels
from engine.rows import AnyInstance
from engine.running import Running, running, under
from forms import attachments
from forms.answers import canonical
from forms.answers import digest as answers_digest
from forms.models import Submission
from tenants import audit, lines, outbox
from tenants.base import new_id
from tenants.db import Work
from tenants.models import Unit
from tenants.text import say
from workflows import received
from workflows.models import PackageVersion
from workflows.publish import publish

_CHANGED = say("送来的材料与封存时不一致，没有收下。"), say("请由发送单位重新报送。")


def receive(work: Work, sender: UUID, content: bytes, content_hash: str, hops: Sequence[Hop] = ()) -> None:
    """Take in a sealed copy and open what is to be done with it; one that is here already changes nothing.

    sender: the authority that brings it. hops: the way by which it came; the first is from whoever sealed it, the last from the
    sender to here. Raises NotForUs, also when a file is gone, and Invalid when its forms or drawing are not sound.
    """
    if digest(content) != content_hash:
        raise NotForUs(*_CHANGED)
    copy = json.loads(content)
    way = list(hops) or [_only_hop(work, copy)]
    key = UUID(way[-1]["delivery"])
    if work.session.get(Delivery, (work.tenant.id, key)) is not None:
        return
    _require_for_us(work, sender, copy, way)
    landing = awaited.land(work, sender, copy) if len(way) == 1 else None
    if landing is not None:
        _note(work, sender, copy, content, landing.instance, landing.task_id, way)
        levels.take_in(work, landing.instance.id, copy.get("levels"))
        if work.session.get_one(Task, (work.tenant.id, landing.task_id)).state == "done":
            outbox.later(work, REPLY, landing.instance.id)
        return
    package = publish(work, received.files(copy))
    live = under(_campaign(work, copy), package.hash)
    unit = desk(work)
    due = date.fromisoformat(copy["due"]) if copy["due"] else None
    title = f"{copy['from']['name']}：{copy['title']}"
    opening = Opening(
        received.PROCESS,
        title,
        unit,
        duty=received.DUTY,
        due=due,
        words=copy["words"],
        desk_id=unit.id if unit else None,
    )
    (instance,) = open_all(work, live, [opening])
    _file(work, live, instance.id, unit, sender, copy)
    task = work.session.scalars(
        select(Task.id).where(Task.instance_id == instance.id, Task.state == "open")
    ).one()
    _note(work, sender, copy, content, instance, task, way)
    levels.take_in(work, instance.id, copy.get("levels"))


def _only_hop(work: Work, copy: Mapping[str, Any]) -> Hop:
    of, here = copy["from"], (work.tenant.id, work.tenant.name)
    sent_at = datetime.fromisoformat(copy["sent_at"])
    return hop(UUID(copy["delivery"]), (UUID(of["id"]), of["name"]), (UUID(copy["to"]), here[1]), sent_at)


def _require_for_us(work: Work, sender: UUID, copy: Mapping[str, Any], way: Sequence[Hop]) -> None:
    """Raise NotForUs unless a copy came from whoever sealed it to here, along lines, and is nowhere for the second time."""
    sealed, last = (copy["delivery"], copy["from"]["id"], copy["to"]), way[-1]
    sound = joined(way) and (way[0]["delivery"], way[0]["of"], way[0]["to"]) == sealed
    if not sound or (last["of"], last["to"]) != (str(sender), str(work.tenant.id)):
        raise NotForUs(*_CHANGED)
    led = work.tenant.parent_id == sender or lines.leads(work.session, sender, work.tenant.id)
    led = led or lines.climbs(work.session, sender, work.tenant.id)
    if not led and not (len(way) > 1 and lines.adjoin(work.session, sender, work.tenant.id)):
        raise NotForUs(say("没有从那里到本单位的报送线。"), say("请由系统管理员核对报送关系。"))


def withdraw(work: Work, sender: UUID, key: UUID) -> None:
    """Let go what was opened for a copy that waits for no answer any more; what was answered already stays, and what is owed here
    is owed as before.

    sender: who withdraws; from anybody but the one who sent the copy it changes nothing.
    """
    delivery = known(work, sender, key, "in")
    if delivery is None or delivery.state not in ("arrived", "forwarded"):
        return
    delivery.state, delivery.hops = "withdrawn", settled(delivery.hops, key, "withdrawn", work.now)
    why = str(say("{name}已撤回", name=delivery.other_name))
    if taken_back(work, delivery, why):
        return
    query = select(Instance).where(
        Instance.id == delivery.instance_id, Instance.state.in_(("running", "stuck"))
    )
    release(work, list(work.session.scalars(query.with_for_update())), why)


def _note(
    work: Work,
    sender: UUID,
    copy: Mapping[str, Any],
    content: bytes,
    instance: AnyInstance,
    task_id: UUID,
    way: Sequence[Hop],
) -> None:
    """Write down what has arrived, and the step here that answers it."""
    last, content_hash = way[-1], digest(content)
    of, key = last["of_name"], UUID(last["delivery"])
    work.session.add(
        Delivery(
            id=key, side="in", other_id=sender, other_name=of, campaign_id=instance.campaign_id,
            instance_id=instance.id, task_id=task_id, title=copy["title"], content=content, content_hash=content_hash,
            state="arrived", sent_at=datetime.fromisoformat(last["at"]), arrived_at=work.now, answered_at=None,
            answered_name=None, hops=settled(way, key, "arrived", work.now),
        )
    )  # fmt: skip
    audit.record(
        work, "delivery.receive", "instance", instance.id, unit_id=instance.unit_id, name=of, title=copy["title"],
        hash=content_hash,
    )  # fmt: skip


def known(work: Work, other: UUID, key: UUID, side: str) -> Delivery | None:
    """Return what was sent to, or has come from, another authority, held until the transaction ends."""
    query = select(Delivery).where(Delivery.id == key, Delivery.side == side, Delivery.other_id == other)
    return work.session.scalar(query.with_for_update())


def _campaign(work: Work, copy: Mapping[str, Any]) -> Running:
    """Return the running campaign of the same package, the newest; else the one that is there for whatever else arrives."""
    same = (
        select(Campaign.id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(PackageVersion.package == copy["package"]["id"], Campaign.state == "running")
        .order_by(Campaign.id.desc())
    )
    found = work.session.scalar(same.limit(1))
    return running(work, found, lock="keep") if found is not None else intake(work)


def _file(
    work: Work, live: Running, instance_id: UUID, unit: Unit | None, sender: UUID, copy: Mapping[str, Any]
) -> None:
    """File what came with the copy as steps that were done elsewhere."""
    files = ids_of(copied(work, sender, copy["files"], unit))
    of = copy["from"]["name"]
    versions: dict[str, int] = {}
    for number, paper in enumerate(copy["papers"]):
        form, made_at = paper["form"], datetime.fromisoformat(paper["made_at"])
        versions[form] = versions.get(form, 0) + 1
        answers = renamed(paper["answers"], files)
        made = Submission(
            id=new_id(), form=form, package_hash=live.package.hash, subject_kind="instance", subject_id=instance_id,
            unit_id=unit.id if unit else None, part=str(number), version=versions[form], supersedes_id=None, answers=answers,
            answers_hash=answers_digest(canonical(answers)), made_at=made_at, made_by=None,
            made_name=f"{of} {paper['made_name']}",
        )  # fmt: skip
        work.session.add(made)
        work.session.flush()
        attachments.bind(work, [files[one] for one in paper["files"] if one in files], made.id)
        work.session.add(
            Task(
                id=new_id(), instance_id=instance_id, campaign_id=live.campaign.id, token=f"paper{number}", node=received.START,
                name=paper["step"], form=form, title=copy["title"], duty=received.DUTY, unit_id=unit.id if unit else None,
                state="done", opened_at=made_at, done_at=made_at, done_name=made.made_name, submission_id=made.id,
            )
        )  # fmt: skip
    work.session.flush()
