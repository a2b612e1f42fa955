"""Computed fields: what the form works out itself, always anew on the server, whatever the browser sent.

A field is computed when its schema has `x-computed`. Its expression sees, innermost first: the fields of its own row or group,
those around it, up to the whole form, then the names that the caller gives. Dates are the ISO texts that the answers hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.expression import EvaluationError, Expression, ExpressionError, compile_expression, plain
from forms.fields import ROW, BrokenSchema, Field, Path, Place
from tenants.text import Message, say

# Names besides the form's own that every caller gives: the reporting unit's facts, the tenant's date, the duty's due date and
# the campaign's calendar.
GIVEN = frozenset({"unit", "about", "today", "due", "phases", "period", "notice"})


@dataclass(frozen=True)
class Computed:
    """One computed field. place: where it stands in the form. expression: what it is worth."""

    place: Path
    expression: Expression


def computed_fields(fields: Mapping[Path, Field]) -> tuple[Computed, ...]:
    """Return the computed fields in an order in which each finds those it needs already computed.

    Raises BrokenSchema when an expression cannot be read, reads a name that nothing has, or when fields wait for each other.
    """
    found: dict[Path, Computed] = {}
    for path, field in fields.items():
        text = field.get("x-computed")
        if isinstance(text, str):
            found[path] = Computed(path, _compile(path, field, text))
    _refuse_strangers(found, fields)
    return tuple(found[path] for path in _ordered(found, fields))


def without_computed(answers: Any, computed: tuple[Computed, ...]) -> Any:
    """Return a copy of the answers without the computed fields: what the browser worked out is not believed."""
    paths = {item.place for item in computed}

    def strip(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {
                name: strip(child, (*path, name))
                for name, child in value.items()
                if (*path, name) not in paths
            }
        if isinstance(value, list):
            return [strip(item, (*path, ROW)) for item in value]
        return value

    return strip(answers, ())


def fill(
    answers: dict[str, Any],
    computed: tuple[Computed, ...],
    names: Mapping[str, object],
    functions: Mapping[str, Callable[..., object]],
) -> list[tuple[Place, Message]]:
    """Put the computed fields into `answers`; a value that cannot be known yet is left out.

    Return the places whose computation failed, such as a division by zero, each with the reason.
    """
    failed: list[tuple[Place, Message]] = []
    for item in computed:
        for place, holder, around in _holders(answers, item.place[:-1], dict(names), ()):
            try:
                value = plain(item.expression.evaluate({**around, **holder}, functions))
            except EvaluationError as error:
                failed.append(((*place, item.place[-1]), error.what))
                continue
            if value is not None:
                holder[item.place[-1]] = value
    return failed


def _holders(
    value: Any, path: Path, around: dict[str, object], place: Place
) -> Iterator[tuple[Place, dict[str, Any], dict[str, object]]]:
    """Yield each object that stands at `path`, with its place and the names of the objects around it."""
    if not path:
        if isinstance(value, dict):
            yield place, value, around
    elif path[0] == ROW:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _holders(item, path[1:], around, (*place, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _holders(value[path[0]], path[1:], {**around, **value}, (*place, path[0]))


def _compile(path: Path, field: Field, text: str) -> Expression:
    try:
        return compile_expression(text)
    except ExpressionError as error:
        raise BrokenSchema(
            say("“{field}”的计算式有错：{why}。", field=field.title, why=error.what),
            say("{do}（x-computed 第 {column} 个字附近）。", do=error.do, column=error.column),
            _where(path),
        ) from None


def _refuse_strangers(found: Mapping[Path, Computed], fields: Mapping[Path, Field]) -> None:
    known = {part for path in fields for part in path} | GIVEN
    for path, item in found.items():
        strangers = sorted(item.expression.names - known)
        if strangers:
            raise BrokenSchema(
                say(
                    "“{field}”的计算式用到了本表单没有的“{name}”。",
                    field=fields[path].title,
                    name=strangers[0],
                ),
                say("请改成本表单里的字段名（不是标题），或先加上这个字段。"),
                _where(path),
            )


def _needs(
    path: Path, expression: Expression, found: Mapping[Path, Computed], fields: Mapping[Path, Field]
) -> set[Path]:
    """Return the computed fields that must be known before the one at `path`: each name means the innermost field so called."""
    columns = {other[-1] for other in fields if len(other) > 1 and other[-2] == ROW}
    needs: set[Path] = set()
    # In `sum(hazards, amount)` the item's own amount comes first; what the list needs is found through the list.
    for name in expression.names - (expression.item_names & columns):
        scopes = (path[:end] for end in range(len(path) - 1, -1, -1))
        target = next(((*scope, name) for scope in scopes if (*scope, name) in fields), None)
        if target is not None:
            needs |= {other for other in found if other[: len(target)] == target}
    return needs


def _ordered(found: Mapping[Path, Computed], fields: Mapping[Path, Field]) -> list[Path]:
    needs = {path: _needs(path, item.expression, found, fields) for path, item in found.items()}
    order: list[Path] = []
    while len(order) < len(found):
        ready = [path for path in found if path not in order and needs[path] <= set(order)]
        if not ready:
            waiting = [path for path in found if path not in order]
            raise BrokenSchema(
                say(
                    "计算项互相等待，算不出来：{fields}。",
                    fields=tuple(fields[path].title for path in waiting),
                ),
                say("请改写其中一项的 x-computed，不要再用到它自己或等它的字段；名称相同的请改名。"),
                _where(waiting[0]),
            )
        order += ready
    return order


def _where(path: Path) -> str:
    return "".join("/items" if part == ROW else f"/properties/{part}" for part in path) + "/x-computed"
