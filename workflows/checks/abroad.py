"""Steps that another authority does: their forms can be answered there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms.validation import form_of
from tenants.errors import Problem
from tenants.text import say
from workflows.bpmn import Node
from workflows.checks.known import Known
from workflows.elements import Duty, Package

# The step's own form, and whom it names besides actors.
_OWN, _BY, _TO = "form", "by", "to"
# Kinds of text that name somebody here.
_NAMING = ("unit", "member")


def check_abroad(known: Known) -> Iterator[Problem]:
    """Report steps along a line whose form requires what nobody elsewhere is asked, or can name."""
    package = known.package
    for duty in package.duties.values():
        drawing = package.processes.get(duty.process)
        for node in drawing.nodes.values() if drawing is not None else ():
            key = duty.form if node.form == _OWN else node.form
            if (
                key is None
                or key not in package.forms
                or key in known.unsound
                or not _goes(package, duty, node)
            ):
                continue
            schema = package.forms[key].schema
            for name in sorted(_required(schema, schema, ()) & _unasked(schema)):
                what = say(
                    "“{step}”由别的机关办理，表单里必填的“{field}”那里填不了",
                    step=node.name or node.id,
                    field=name,
                )
                do = say("请不要必填，或改用普通文字；受保护的、选单位和人员的栏目不送出本机关。")
                yield Problem(what, do, f"forms/{key}/schema.json", 1, f"duties.{duty.id}")


def _goes(package: Package, duty: Duty, node: Node) -> bool:
    """Tell whether a step is always for another authority along a line."""
    named = (*((node.assignee,) if node.assignee else ()), *node.candidates)
    names = [
        one for name in named for one in (duty.to if name == _TO else duty.by if name == _BY else (name,))
    ]
    actors = [package.actors.get(name) for name in names]
    return bool(actors) and all(actor is not None and actor.kind == "line" for actor in actors)


def _unasked(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of fields that do not leave the authority, or name somebody in it."""
    found = form_of(schema)
    paths = {*found.sensitive, *found.protected}
    paths |= {path for path, field in found.fields.items() if field.get("format") in _NAMING}
    return frozenset(str(path[-1]) for path in paths if path)


def _required(root: Mapping[str, Any], part: Any, seen: tuple[str, ...]) -> frozenset[str]:
    """Return the names of all fields that are required somewhere, whatever has to hold for that."""
    if isinstance(part, list):
        return frozenset[str]().union(*(_required(root, one, seen) for one in part))
    if not isinstance(part, Mapping):
        return frozenset()
    own = part.get("required")
    found = frozenset(own) if isinstance(own, list) else frozenset[str]()
    further = (*seen, str(part["$ref"])) if "$ref" in part else seen
    inner = (one for key, one in part.items() if key not in ("if", "not", "contains", "required", "$defs"))
    return found.union(*(_required(root, one, further) for one in (*inner, *_definition(root, part, seen))))


def _definition(root: Mapping[str, Any], part: Mapping[str, Any], seen: tuple[str, ...]) -> list[Any]:
    name = part.get("$ref")
    return (
        [root.get("$defs", {}).get(str(name).removeprefix("#/$defs/"))] if name and name not in seen else []
    )
