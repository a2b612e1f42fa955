"""Which dates a changed calendar may move, and what has to be kept so that they can be worked out again. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from forms.expression import Expression, plain
from workflows.dates import asks_calendar
from workflows.elements import Duty

# What lies behind these names may itself rest on the calendar.
_LEANING = frozenset({"phases", "period"})


def may_move(rule: Expression) -> bool:
    """Tell whether the date that the rule gives may change with the tenant's calendar."""
    return asks_calendar(rule) or not rule.names.isdisjoint(_LEANING)


def event_kept(duty: Duty, event: Mapping[str, object]) -> dict[str, Any] | None:
    """Return what the duty's dates read of the event that started it, as JSON; None when no calendar can move them.

    event: `at`, the aware moment it happened, and what else the trigger carried.
    """
    rules = [when.rule for when in (duty.due, duty.start) if when is not None and when.rule is not None]
    parts = [
        one.due.rule for one in duty.milestones.values() if one.due is not None and one.due.rule is not None
    ]
    if not any(may_move(rule) for rule in rules) and not any("event" in rule.names for rule in parts):
        return None
    rules += parts
    read = {"at", *(key for rule in rules for key in _keys(rule))}
    return {
        key: value.isoformat() if isinstance(value, datetime) else plain(value)
        for key, value in event.items()
        if key in read
    }


def event_again(kept: Mapping[str, Any]) -> dict[str, object]:
    """Return the event as the duty's dates read it, from what was kept of it."""
    return {**kept, "at": datetime.fromisoformat(str(kept["at"]))}


def _keys(rule: Expression) -> Iterator[str]:
    """Yield which parts of `event` the rule names."""
    waiting: list[Any] = [rule.tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            if part[:2] == ["path", ["name", "event"]]:
                yield str(part[2])
            elif part[:2] == ["item", ["name", "event"]] and part[2][:1] == ["text"]:
                yield str(part[2][1])
            waiting.extend(part)
