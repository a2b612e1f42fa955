"""What a form is begun with: what the duty fills in beforehand for whoever opens it."""

from __future__ import annotations

from typing import Any

from engine import at_hand, collected
from engine.dating import as_date
from engine.origins import origin
from engine.rollup import showing
from engine.tasks import Desk
from forms.expression import EvaluationError, plain, together
from tenants.db import Work
from workflows.collected import COLLECTED
from workflows.elements import Duty

# What all that a form begins with may do to be worked out, about a third of a second: a page waits for it.
_STEPS = 1_000_000


def prefilled(work: Work, desk: Desk) -> dict[str, Any]:
    """Return the answers that a duty's own form starts with, in JSON: {} for any other form.

    The rules read what the campaign knows, the ledgers, what was collected, and the fields of the row that the duty was born of,
    which come first. A rule that cannot be worked out fills in nothing: it is a help, and somebody looks at the form.
    """
    duty = desk.running.duties.get(desk.task.duty)
    if duty is None or not (duty.prefill or duty.rollup) or desk.form is None or desk.form.id != duty.form:
        return {}
    rolled = showing.begun(work, desk) if duty.rollup else {}
    return _told(work, desk, duty) | rolled if duty.prefill else rolled


def _told(work: Work, desk: Desk, duty: Duty) -> dict[str, Any]:
    """Return what the rules of `prefill` fill in."""
    names = desk.running.names(
        desk.unit, desk.about, due=desk.task.due, opens=desk.instance.opened_at.astimezone(work.zone).date(),
        period=desk.task.title.partition("（")[2].rstrip("）"),
    )  # fmt: skip
    wanted = {name for rule in duty.prefill.values() for name in rule.names}
    if COLLECTED in wanted:
        names[COLLECTED] = collected.names(work, desk.running, desk.instance)
    if read := wanted & desk.running.package.ledgers.keys():
        names |= at_hand.items_of(work, desk.running, read, desk.about or desk.unit, seen=True)
    if born := origin(work, desk.running, desk.instance):
        names |= born.row
    begun = {}
    with together(_STEPS):
        for name, rule in duty.prefill.items():
            try:
                value = rule.evaluate(names)
            except EvaluationError:
                continue
            day = as_date(value)
            begun[name] = day.isoformat() if day and not isinstance(value, str) else plain(value)
    return {name: value for name, value in begun.items() if value is not None}
