"""What changed in a draft since it was last saved: a few answers, a few rows of a table. Pure.

A form about several hundred items is saved every few seconds; only what was touched travels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.datasets import rows_by_key
from tenants.errors import Invalid
from tenants.text import say


@dataclass(frozen=True)
class Changes:
    """answers: name -> what it is now, None = emptied. rows: field -> id of an item -> the whole row, None = emptied."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_changes(body: Mapping[str, Any]) -> Changes:
    """Return the changes in the body of a request: {set: {…}, rows: {field: {id: row}}}. Raises Invalid."""
    answers, rows = body.get("set") or {}, body.get("rows") or {}
    sound = isinstance(answers, dict) and isinstance(rows, dict)
    sound = sound and all(
        isinstance(some, dict) and all(row is None or isinstance(row, dict) for row in some.values())
        for some in rows.values()
    )
    if not sound:
        raise Invalid(say("没有收到填报内容。"), say("请刷新页面后重试；草稿仍在。"))
    return Changes(answers, rows)


def merge(before: Mapping[str, Any], changes: Changes, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return a draft with its changes. keys: field -> the name under which its rows hold their items' ids.

    Rows that were not touched stay as they are and where they are; new ones come after them.
    """
    merged = {name: value for name, value in before.items() if changes.answers.get(name, value) is not None}
    merged |= {name: value for name, value in changes.answers.items() if value is not None}
    for name, touched in changes.rows.items():
        key = keys.get(name)
        if key is None:
            raise Invalid(say("没有收到填报内容。"), say("请刷新页面后重试；草稿仍在。"))
        rows = {
            **rows_by_key(key, merged.get(name)),
            **{id: row and {**row, key: id} for id, row in touched.items()},
        }
        merged[name] = [row for row in rows.values() if row]
    return merged
