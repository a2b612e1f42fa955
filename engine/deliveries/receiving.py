"""What arrives from another authority: a paper to be worked off here, or the answer to one that was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from engine import tasks
from engine.actors import all_units
from engine.births import open_all
from engine.deliveries.models import Delivery
from engine.deliveries.sealing import digest
from engine.lineage import authority
from engine.models import Campaign, Instance, Task
from engine.opening import Opening
from engine.releasing import release
from engine.running import Running, running, under
from forms import attachments
from forms.answers import canonical
from forms.answers import digest as answers_digest
from forms.models import Submission
from tenants import audit, lines
from tenants.base import new_id
from tenants.db import Actor, Work
from tenants.errors import Refusal
from tenants.models import Unit
from tenants.text import say
from workflows import received
from workflows.models import PackageVersion
from workflows.publish import publish


class NotForUs(Refusal):
    """A sealed copy that does not belong here, or is not what was sealed."""

    code = "not_for_us"
    status = 409


_CHANGED = say("送来的材料与封存时不一致，没有收下。"), say("请由发送单位重新报送。")


def receive(work: Work, content: bytes, content_hash: str) -> None:
    """Take in a sealed copy and open what is to be done with it; one that is here already changes nothing.

    Raises NotForUs, Invalid when its forms or drawing are not sound, NotFound when a file is gone.
    """
    if digest(content) != content_hash:
        raise NotForUs(*_CHANGED)
    copy = json.loads(content)
    key, sender = UUID(copy["delivery"]), UUID(copy["from"]["id"])
    if work.session.get(Delivery, (work.tenant.id, key)) is not None:
        return
    if copy["to"] != str(work.tenant.id):
        raise NotForUs(*_CHANGED)
    if not lines.leads(work.session, sender, work.tenant.id):
        raise NotForUs(say("没有从那里到本单位的报送线。"), say("请由系统管理员核对报送关系。"))
    package = publish(work, received.files(copy))
    live = under(_campaign(work, copy), package.hash)
    unit = _desk(work)
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
    _file(work, live, instance.id, unit, copy)
    task = work.session.scalars(
        select(Task.id).where(Task.instance_id == instance.id, Task.state == "open")
    ).one()
    work.session.add(
        Delivery(
            id=key, side="in", other_id=sender, other_name=copy["from"]["name"], campaign_id=live.campaign.id,
            instance_id=instance.id, task_id=task, title=copy["title"], content=content, content_hash=content_hash,
            state="arrived", sent_at=datetime.fromisoformat(copy["sent_at"]), arrived_at=work.now, answered_at=None,
            answered_name=None,
        )
    )  # fmt: skip
    audit.record(
        work, "delivery.receive", "instance", instance.id, unit_id=instance.unit_id, name=copy["from"]["name"],
        title=copy["title"], hash=content_hash,
    )  # fmt: skip


def answer(work: Work, key: UUID, answers: Mapping[str, Any], name: str) -> None:
    """Take in what another authority answered to a copy that was sent there: the step that waits for it is done.

    name: who answered, as they are called there. A second time, or after the step was withdrawn, it changes nothing more.
    """
    delivery = work.session.scalar(select(Delivery).where(Delivery.id == key).with_for_update())
    if delivery is None or delivery.side != "out" or delivery.state == "answered":
        return
    delivery.state, delivery.answered_at, delivery.answered_name = "answered", work.now, name
    work.session.flush()
    there = Actor(name, work.viewer)
    task_id = delivery.task_id
    if task_id is not None:
        tasks.complete_for(replace(work, actor=there), task_id, answers)


def withdraw(work: Work, key: UUID) -> None:
    """Let go what was opened for a copy that waits for no answer any more; what was answered already stays."""
    delivery = work.session.scalar(select(Delivery).where(Delivery.id == key).with_for_update())
    if delivery is None or delivery.side != "in" or delivery.state != "arrived":
        return
    delivery.state = "withdrawn"
    query = select(Instance).where(
        Instance.id == delivery.instance_id, Instance.state.in_(("running", "stuck"))
    )
    release(
        work,
        list(work.session.scalars(query.with_for_update())),
        str(say("{name}已撤回", name=delivery.other_name)),
    )


def _campaign(work: Work, copy: Mapping[str, Any]) -> Running:
    """Return the running campaign of the same package, the newest; else the one that is there for whatever else arrives."""
    same = (
        select(Campaign.id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(PackageVersion.package == copy["package"]["id"], Campaign.state == "running")
        .order_by(Campaign.id.desc())
    )
    found = work.session.scalar(same.limit(1))
    if found is None:
        # One for each authority: of two that arrive first at the same moment one is refused, and comes again.
        found = uuid5(work.tenant.id, "received")
        if work.session.get(Campaign, (work.tenant.id, found)) is None:
            package = publish(
                work, received.intake(work.tenant.name, work.tenant.level, work.today.isoformat())
            )
            work.session.add(
                Campaign(
                    id=found, package_hash=package.hash, title=package.title, version=package.version, start=work.today,
                    end=None, choices={}, added=[], former=[], state="running", launched_at=work.now,
                    launched_by=work.actor.name,
                )
            )  # fmt: skip
            work.session.flush()
    return running(work, found, lock="keep")


def _desk(work: Work) -> Unit | None:
    """Return the authority's own unit, for which whatever arrives is."""
    ours = authority(all_units(work))
    key = next(iter(ours), None)
    return work.session.get(Unit, (work.tenant.id, key)) if key else None


def _file(work: Work, live: Running, instance_id: UUID, unit: Unit | None, copy: Mapping[str, Any]) -> None:
    """File what came with the copy as steps that were done elsewhere."""
    files = _copied(work, copy, unit)
    of = copy["from"]["name"]
    versions: dict[str, int] = {}
    for number, paper in enumerate(copy["papers"]):
        form, made_at = paper["form"], datetime.fromisoformat(paper["made_at"])
        versions[form] = versions.get(form, 0) + 1
        answers = _renamed(paper["answers"], files)
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


def _copied(work: Work, copy: Mapping[str, Any], unit: Unit | None) -> dict[str, str]:
    """Copy the files that belong to the copy; return id there -> id here."""
    sender = UUID(copy["from"]["id"])
    return {
        one["id"]: str(
            attachments.copy_from(
                work, sender, one["sha256"], one["name"], unit_id=unit.id if unit else None
            ).id
        )
        for one in copy["files"]
    }


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if isinstance(value, Mapping):
        return {key: _renamed(one, names) for key, one in value.items()}
    return value
