"""What is kept when an upper report is handed in: what each field came to, and from which reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from engine.holding import Held
from engine.rollup.adding import Filled, add_up
from engine.rollup.gathering import Gathered, fields_of, gather, missing, rolls_up
from engine.rollup.models import Rollup, RollupSource
from engine.running import OWN_FORM
from tenants import outbox
from tenants.base import new_id, table_of
from tenants.db import Work
from tenants.errors import Invalid, Problem
from tenants.text import say

# The kind of job that looks whether an upper report still says what the reports behind it say. Its subject is its instance.
KIND = "rollup"


@dataclass(frozen=True)
class Worked:
    """What an upper report came to. changed: the fields that say something else."""

    gathered: Gathered
    filled: Mapping[str, Filled]
    changed: tuple[str, ...]


def work_out(work: Work, held: Held, answers: Mapping[str, Any]) -> Worked | None:
    """Return what the fields of an upper report come to as it is handed in; None for any other form.

    Raises Invalid where somebody changed a number and did not say why, though the form asks.
    """
    duty = rolls_up(held.running, held.instance)
    if duty is None or held.form is None or held.task.form != OWN_FORM:
        return None
    if held.unit is not None and held.unit.authority_id is not None:
        return None  # another authority has worked it out
    gathered = gather(work, held.running, held.instance, duty)
    filled = add_up(duty.rollup, gathered.reports, fields_of(held.form))
    changed = tuple(name for name in duty.rollup if differs(answers.get(name), filled[name].value))
    wanted = {duty.rollup[name].grounds for name in changed} - {""}
    silent = sorted(name for name in wanted if not answers.get(name))
    if silent:
        problems = tuple(
            Problem(
                say("改动了汇总出来的内容，没有说明理由"),
                say("请在“{field}”里写明。", field=name),
                where=name,
            )
            for name in silent
        )
        raise Invalid(say("有 {count} 处需要改正，内容已保留。", count=len(problems)), problems=problems)
    return Worked(gathered, filled, changed)


def keep(work: Work, instance_id: UUID, submission_id: UUID, package_hash: str, worked: Worked) -> None:
    """Write down what an upper report that was handed in came to; what was handed in before is superseded."""
    work.session.execute(
        update(Rollup)
        .where(Rollup.instance_id == instance_id, Rollup.state != "superseded")
        .values(state="superseded")
    )
    key = new_id()
    row = {
        "tenant_id": work.tenant.id, "id": key, "instance_id": instance_id, "submission_id": submission_id,
        "package_hash": package_hash, "computed": {name: one.value for name, one in worked.filled.items()},
        "changed": list(worked.changed), "missing": missing(worked.gathered.reports), "state": "current", "made_at": work.now,
        "stale_at": None, "why": [], "would": {},
    }  # fmt: skip
    work.session.execute(insert(table_of(Rollup)), [row])
    sources = [
        {
            "tenant_id": work.tenant.id, "id": new_id(), "rollup_id": key, "instance_id": one.id, "submission_id": said,
            "unit": one.unit, "standing": one.standing,
        }
        for one in worked.gathered.reports
        for said in worked.gathered.submissions.get(one.id, (None,))
    ]  # fmt: skip
    if sources:
        work.session.execute(insert(table_of(RollupSource)), sources)
    # Whoever is accepted at this very moment sees no roll-up yet, nor is seen by it: somebody looks once both are written.
    outbox.later(work, KIND, instance_id)


def differs(given: Any, computed: Any) -> bool:
    """Tell whether an answer says something else than what was worked out; an empty list says nothing."""
    return (None if given in ("", []) else given) != (None if computed in ("", []) else computed)
