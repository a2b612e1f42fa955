"""What a table would change, as pages show it: new ones, changed ones field by field, and how many of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from tenants.access import ROLES
from tenants.roster.people_plan import PeoplePlan
from tenants.roster.tree import Tree
from tenants.roster.unit_plan import UnitPlan
from tenants.roster.units import ATTRIBUTES
from tenants.text import say
from web.views.kind_words import Kinds, kind_word
from web.words import said

SHOWN = 200
_FIELDS = {
    "name": say("名称"), "kind": say("类别"), "status": say("状态"), "parent": say("上级单位"), "active": say("在用"),
    "title": say("职务"), "posts": say("岗位"), "roles": say("角色"),
}  # fmt: skip


def units_shape(plan: UnitPlan, tree: Tree, kinds: Kinds) -> dict[str, Any]:
    """Return a plan for units. tree: of the units there are, to name superiors."""
    fresh = {one.code: one.name for one in plan.new}

    def above(code: str | None) -> str:
        if not code:
            return _("最上级")
        return fresh.get(code) or tree.units[code].name

    def words(key: str, value: Any) -> str:
        if key == "kind":
            return kind_word(kinds, value)
        return above(value) if key == "parent" else _words(key, value)

    return {
        "counts": _counts(plan),
        "new": [
            {
                "row": one.row, "title": one.name, "note": above(one.parent), "code": one.code,
                "tags": [kind_word(kinds, one.kind), one.status, "" if one.active else _("停用")],
            }
            for one in plan.new[:SHOWN]
        ],
        "changed": [
            {
                "row": one.row, "title": one.unit.name, "code": one.unit.code, "stops": one.stops,
                "fields": [field for key, pair in one.changes.items() for field in _fields(key, pair, words)],
            }
            for one in plan.changed[:SHOWN]
        ],
    }  # fmt: skip


def people_shape(plan: PeoplePlan, posts: Mapping[str, str]) -> dict[str, Any]:
    """Return a plan for people. posts: what they are called."""

    def words(key: str, value: Any) -> str:
        if key == "posts":
            return _("、").join(posts.get(post, post) for post in value) or "—"
        return _words(key, value)

    return {
        "counts": _counts(plan) | {"accounts": plan.accounts},
        "new": [
            {
                "row": one.row, "title": one.name, "note": one.unit.name, "code": one.login,
                "tags": [
                    *(said(ROLES[role]) for role in one.roles), *(posts.get(post, post) for post in one.posts),
                    "" if one.user is None else _("已有账号"), "" if one.active else _("停用"),
                ],
            }
            for one in plan.new[:SHOWN]
        ],
        "changed": [
            {
                "row": one.row, "title": one.held[0].name, "code": one.held[2].login, "stops": one.stops,
                "fields": [
                    field | ({"label": _("姓名")} if key == "name" else {})
                    for key, pair in one.changes.items()
                    for field in _fields(key, pair, words)
                ],
            }
            for one in plan.changed[:SHOWN]
        ],
    }  # fmt: skip


def _counts(plan: UnitPlan | PeoplePlan) -> dict[str, int]:
    return {
        "new": len(plan.new), "changed": len(plan.changed), "unchanged": plan.unchanged, "unnamed": plan.unnamed,
        "stops": sum(one.stops for one in plan.changed), "more_new": max(0, len(plan.new) - SHOWN),
        "more_changed": max(0, len(plan.changed) - SHOWN),
    }  # fmt: skip


def _fields(key: str, pair: tuple[Any, Any], words: Any) -> Iterable[dict[str, str]]:
    """Yield the fields that a change touches; of attributes each by itself."""
    before, after = pair
    if key != "attributes":
        yield {"label": said(_FIELDS[key]), "before": words(key, before), "after": words(key, after)}
        return
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            known = ATTRIBUTES.get(name)
            yield {
                "label": said(known.label) if known else name,
                "before": _value(name, before.get(name)), "after": _value(name, after.get(name)),
            }  # fmt: skip


def _words(key: str, value: Any) -> str:
    if key == "active":
        return _("是") if value else _("否")
    if key == "roles":
        return _("、").join(said(ROLES[role]) for role in value) or "—"
    return str(value) or "—"


def _value(name: str, value: Any) -> str:
    known = ATTRIBUTES.get(name)
    if value in (None, ""):
        return "—"
    return said(known.choices.get(str(value), str(value))) if known and known.choices else str(value)
