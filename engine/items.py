"""One of several: what its item is called, and which member it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.candidates import ABOUT, BY, STARTER, TO, named_in, value_at
from engine.process import Opened
from tenants.base import id_in
from tenants.db import Work
from tenants.models import Member, Unit
from workflows.bpmn import Node
from workflows.package import Package

LONGEST = 100
RESERVED = frozenset({BY, TO, ABOUT, STARTER})
# What a row of a form is called by, where it has one of these; else by its first text, unit or member.
_TITLES = ("名称", "标题", "描述", "name", "title")


def label(work: Work, opened: Opened) -> str:
    """Return what tells a task from those beside it: its unit, its member, its text, its row, or its number."""
    if not opened.number:
        return ""
    text = _called(work, opened.item)
    return text or (f"{opened.number}/{opened.of}" if opened.of else str(opened.number))


def member(work: Work, package: Package, node: Node, opened: Opened) -> Member | None:
    """Return the member whom a step names by a path in its data, when they may still work; the task is theirs alone."""
    for path in named_in(node):
        if path in package.actors or path in RESERVED:
            continue
        found = _member(work, value_at(opened.data, path))
        if found is not None and found.active and "staff" in found.roles:
            return found
    return None


def _called(work: Work, item: Any) -> str:
    if isinstance(item, Mapping):
        texts = [item[key] for key in _TITLES if isinstance(item.get(key), str)]
        named = (_named(work, value) for value in (*texts, *item.values()) if isinstance(value, str))
        return next(filter(None, named), "")
    return _named(work, item)


def _named(work: Work, item: Any) -> str:
    key = id_in(item)
    unit = work.session.get(Unit, (work.tenant.id, key)) if key else None
    if unit is not None:
        return unit.name[:LONGEST]
    person = _member(work, item)
    if person is not None:
        return person.name[:LONGEST]
    if key is not None or isinstance(item, bool) or not isinstance(item, str | int):
        return ""
    return str(item)[:LONGEST]


def _member(work: Work, value: object) -> Member | None:
    key = id_in(value)
    return work.session.get(Member, (work.tenant.id, key)) if key else None
