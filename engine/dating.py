"""When a step is due, from what its drawing says and the names that expressions may read there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from engine.candidates import owed
from engine.lineage import Place
from forms.expression import EvaluationError, Expression
from workflows.bpmn import BadTiming, Node, Timing, moment_of, read_timing
from workflows.bpmn.timing import Duration
from workflows.dates import calls

# What makes a length of time of hours.
_HOURS = frozenset({"hours"})


class Scene(Protocol):
    """What surrounds an instance: a running campaign, or one in rehearsal. now: in the tenant's zone."""

    @property
    def now(self) -> datetime: ...
    @property
    def given(self) -> Mapping[str, Callable[..., object]]: ...
    def known(
        self, wanted: Collection[str], unit: Any, about: Any, more: Mapping[str, object]
    ) -> dict[str, Any]: ...


def due_of(
    scene: Scene,
    node: Node,
    data: Mapping[str, Any],
    due: date | None,
    words: str,
    subject: Place | None,
    about: Place | None,
) -> tuple[date | None, str]:
    """Return a task's due date and its words: the step's own rule, else the duty's date for the one who owes it.

    due, words: of the duty. A rule that gives nothing, such as a date that nobody has filled in yet, leaves the task undated.
    """
    if not node.due:
        return (due, words) if owed(node) else (None, "")
    return day_of(scene, node.due, data, due, subject, about), ""


def day_of(
    scene: Scene,
    text: str | None,
    data: Mapping[str, Any],
    due: date | None,
    subject: Place | None,
    about: Place | None,
) -> date | None:
    """Return the local day that a step's date gives; None when it gives none, or is not written."""
    timing = timing_of(text or "")
    if timing is None:
        return None
    try:
        names = scene.known(names_of(text), subject, about, {"due": due, "now": scene.now, **data})
        moment = moment_of(timing, names, scene.now, scene.given)
    except (EvaluationError, BadTiming):
        return None
    return moment.astimezone(scene.now.tzinfo).date() if moment else None


def exact_moment(
    scene: Scene,
    node: Node,
    data: Mapping[str, Any],
    due: date | None,
    subject: Place | None,
    about: Place | None,
) -> datetime | None:
    """Return the moment from which a step is late, where its date is said to the hour (PT24H, hours(24)); else None."""
    timing = timing_of(node.due or "")
    if timing is None or not _to_the_hour(timing):
        return None
    try:
        names = scene.known(names_of(node.due), subject, about, {"due": due, "now": scene.now, **data})
        return moment_of(timing, names, scene.now, scene.given)
    except (EvaluationError, BadTiming):
        return None


def _to_the_hour(timing: Timing) -> bool:
    if isinstance(timing, Duration):
        return timing.seconds > 0
    if isinstance(timing, Expression):
        return calls(timing, _HOURS)
    return isinstance(timing, datetime)


def names_of(text: str | None) -> frozenset[str]:
    """Return what a step's date reads."""
    timing = timing_of(text or "")
    return timing.names if isinstance(timing, Expression) else frozenset()


@lru_cache(maxsize=512)
def timing_of(text: str) -> Timing | None:
    """Return what a step's date says, read once; None when it is not written, or says nothing that can be understood."""
    try:
        return read_timing(text) if text else None
    except BadTiming:
        return None


def as_date(value: object) -> date | None:
    """Return a value of an expression or an answer as a local date; None when it is none."""
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
