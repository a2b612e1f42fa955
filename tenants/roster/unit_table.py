"""A tenant's units written as a table, and the template that explains how to fill one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tenants.models import Unit
from tenants.roster.fields import columns, notes
from tenants.roster.tree import Tree
from tenants.roster.units import ATTRIBUTES, FIELDS, KINDS, STATUSES, cell_of, heading_of
from tenants.sheets import Column, Value
from tenants.text import say


def table(
    units: Sequence[Unit], kinds: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[Column], list[list[Value]]]:
    """Return a tenant's units as a table that `plan` finds nothing to change in; superiors before those below them.

    kinds: those that packages bring, with their titles.
    """
    tree = Tree(units)
    names = sorted({name for unit in units for name in unit.attributes} - set(ATTRIBUTES))
    used = [*ATTRIBUTES, *names]
    by_id = {unit.id: unit for unit in units}
    rows: list[list[Value]] = []
    for unit in sorted(units, key=lambda unit: unit.path):
        above = by_id.get(unit.parent_id) if unit.parent_id else None
        rows.append(
            [
                unit.code, unit.name, str(KINDS.get(unit.kind) or kinds.get(unit.kind, unit.kind)),
                tree.path(above) if above else None, unit.status,
                "是" if unit.active else "否", *(cell_of(name, unit.attributes.get(name)) for name in used),
            ]
        )  # fmt: skip
    choices = {
        "kind": [*(str(words) for words in KINDS.values()), *kinds.values()], "status": list(STATUSES), "active": ["是", "否"],
        "parent": [tree.path(unit) for unit in units if unit.active],
    }  # fmt: skip
    heads = columns(FIELDS, choices, strict=("active",))
    return [*heads, *(_attribute_column(name) for name in used)], rows


def explanation() -> list[list[str]]:
    """Return the sheet of a template that explains its columns."""
    more = [
        say("其他的列都是单位的属性，例如开采方式、生产能力（万吨/年）、班次，可以自行增加。"),
        say("有代码的按代码对应已有单位，没有代码的按名称和上级单位对应；对应不上的就是新单位。"),
        say("没有列出的单位保持不变；没有的列保持不变；列在而单元格空着，就是清空。"),
    ]
    return notes(FIELDS, more)


def _attribute_column(name: str) -> Column:
    known = ATTRIBUTES.get(name)
    if known is None:
        return Column(heading_of(name))
    return Column(
        heading_of(name), "number" if known.number else "text", note=str(known.of or ""), strict=False,
        choices=tuple(str(words) for words in (known.choices or {}).values()),
    )  # fmt: skip
