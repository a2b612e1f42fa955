"""The items that a form asks about, as the form island takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forms.datasets import DataSet, Listed


def checklists(asked: Sequence[Listed], sets: Mapping[str, DataSet]) -> dict[str, Any]:
    """Return field -> the items that it asks about, as the form island takes them; null for a table that has not arrived."""
    return {one.field: _checklist(one, sets.get(one.table)) for one in asked}


def _checklist(asked: Listed, data: DataSet | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {
        "table": data.table, "title": data.title, "version": data.version, "variant": data.variant_title,
        "token": data.token, "key": data.key, "area": data.area, "text": data.text, "columns": data.columns,
        "own": sorted(asked.own), "partial": asked.partial,
        "items": [[item.get(name, "") for name in data.columns] for item in data.items.values()],
    }  # fmt: skip
