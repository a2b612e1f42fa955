"""Draws: nobody picks by hand. The list, the numbers and the seed are kept when lots are drawn; who was drawn follows from them.

A draw stands for its matter: saving, returning and handing in again change nothing. A further draw needs a reason and is kept
beside those before it; the newest counts.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from engine.draw_models import LotDraw
from engine.drawn import draws_for, frame_hash, result
from engine.frames import Frame, frame_of
from engine.standing import part_of
from engine.tasks import Desk, TaskTaken, gather, require_workable
from forms import lots
from forms.lots import Rule
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Invalid, NotFound, Refusal
from tenants.text import say

_SEED_BYTES = 16
_LONGEST = 1_000


@dataclass(frozen=True)
class Prospect:
    """A field of a task that is drawn: what it would be drawn from now, or why that cannot be told; draws so far."""

    rule: Rule
    frame: Frame | None
    trouble: Refusal | None
    before: tuple[LotDraw, ...]


def draw(work: Work, task_id: UUID, field: str, reason: str = "") -> LotDraw:
    """Draw lots for a field of an open task. Raises Invalid for a further draw without a reason, or when there is nothing to draw
    from; NotFound, TaskClosed, TaskTaken, Forbidden."""
    desk = gather(work, task_id, lock=True)
    require_workable(work, desk.task)
    if desk.task.claimed_by not in (None, work.actor.member_id):
        raise TaskTaken(say("这项任务已由{name}认领。", name=desk.task.claimed_name), say("请由对方抽取。"))
    rule = (
        next((one for one in lots.rules(desk.form.schema) if one.field == field), None) if desk.form else None
    )
    if desk.form is None or rule is None:
        raise NotFound(say("这张表单里没有要抽取的这一栏。"), say("请刷新页面后重试。"))
    before = draws_for(work, desk.instance.id, desk.form.id, part_of(desk.task.place), field)
    if before and not reason.strip():
        raise Invalid(
            say("“{field}”已经抽过，不能再抽。", field=rule.title),
            say("确需重抽的，请写明理由；原来的结果会一并保留。"),
        )

    frame = frame_of(work, desk, rule)

    row = LotDraw(
        instance_id=desk.instance.id, form=desk.form.id, field=field, part=part_of(desk.task.place),
        number=len(before) + 1, seed=secrets.token_hex(_SEED_BYTES), frame=[lot.plain() for lot in frame.lots],
        numbers=dict(frame.numbers), reason=reason.strip()[:_LONGEST] if before else "", made_at=work.now,
        made_by=work.actor.member_id, made_name=work.actor.name,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    record(
        work, "draw.make", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name, field=rule.title,
        number=row.number, seed=row.seed, frame=frame_hash(row), size=len(row.frame), drawn=len(result(row)),
        **({"reason": row.reason} if row.reason else {}),
    )  # fmt: skip
    return row


def prospects(work: Work, desk: Desk) -> list[Prospect]:
    """Return what the form of a task draws."""
    found = []
    for rule in lots.rules(desk.form.schema) if desk.form else ():
        assert desk.form is not None
        before = draws_for(work, desk.instance.id, desk.form.id, part_of(desk.task.place), rule.field)
        try:
            frame, trouble = frame_of(work, desk, rule), None
        except Invalid as refusal:
            frame, trouble = None, refusal
        found.append(Prospect(rule, frame, trouble, tuple(before)))
    return found
