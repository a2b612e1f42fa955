"""Whether the due date of an instance or a task rests on days for which no official notice is known yet."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from engine.dating import timing_of
from engine.models import DutyOccurrence, Instance, Task
from engine.running import Running
from forms.expression import Expression
from tenants.db import Work
from tenants.statutory import LAST_ANNOUNCED
from workflows.dates import asks_calendar

# Nothing that is due before can lean on a year that nobody knows: no date is counted back further.
_SURE = date(LAST_ANNOUNCED, 12, 1)


def of_instance(work: Work, live: Running, instance: Instance) -> bool:
    """Tell whether the instance's due date is estimated. Costs nothing for one that surely is not."""
    if instance.due is None or instance.due < _SURE:
        return False
    if instance.occurrence_id is not None:
        query = select(DutyOccurrence.estimated).where(DutyOccurrence.id == instance.occurrence_id)
        return bool(work.session.scalar(query))
    since = instance.opened_at.astimezone(work.zone).date()
    return instance.event is not None and live.setting.calendar.rests_on_estimate(since, instance.due)


def of_task(work: Work, live: Running, task: Task) -> bool:
    """Tell whether the task's due date is estimated: by its step's own rule, else as its instance's."""
    if task.due is None or task.due < _SURE:
        return False
    instance = work.session.get_one(Instance, (work.tenant.id, task.instance_id))
    node = live.package.processes[instance.process].nodes.get(task.node)
    if node is None or not node.due:
        return of_instance(work, live, instance)
    timing = timing_of(node.due)
    if not isinstance(timing, Expression):
        return False
    since = task.opened_at.astimezone(work.zone).date()
    if asks_calendar(timing) and live.setting.calendar.rests_on_estimate(since, task.due):
        return True
    return "due" in timing.names and of_instance(work, live, instance)
