"""Rehearses a whole campaign in virtual time, in memory, touching nothing. See engine/README.md."""

from engine.rehearsal.cast import Cast, Extra, kinds, of_tenant, read_units
from engine.rehearsal.invent import invent, needed_kinds
from engine.rehearsal.load import Load, monday, week_name
from engine.rehearsal.rehearse import Rehearsal, Task
from engine.rehearsal.remarks import Remark
from engine.rehearsal.slots import Line, Slot, clauses, waiting_words
from engine.rehearsal.stage import Stage, event_names, make_stage, plain_calendar
from engine.rehearsal.walk import TimeUp

__all__ = [
    "Cast", "Extra", "Line", "Load", "Rehearsal", "Remark", "Slot", "Stage", "Task", "TimeUp", "clauses", "event_names", "invent",
    "kinds", "make_stage", "monday", "needed_kinds", "of_tenant", "plain_calendar", "read_units", "waiting_words", "week_name",
]  # fmt: skip
