"""The fields of a form, found without any answers: every place that a schema can describe, with all that it says of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.answers import pointer
from forms.budget import Overrun, budget, spend
from forms.dialect import Schema
from tenants.text import Message, say

# In a path: "each item of this list".
ROW = "*"
Path = tuple[str, ...]
# Where a value stands in answers: names and, in lists, positions from 0.
Place = tuple[str | int, ...]
# How many schemas a form may unfold into, references and branches counted as often as they apply.
MAX_STEPS = 10_000
MAX_DEPTH = 16


class BrokenSchema(Exception):
    """A schema that cannot be followed to its end.

    what, do: words to its author. where: JSON pointer of the culprit, as far as known.
    """

    def __init__(self, what: Message, do: Message, where: str = "") -> None:
        super().__init__(str(what))
        self.what, self.do, self.where = what, do, where


@dataclass(frozen=True)
class Field:
    """One place in the answers. path: names from the root, ROW for each item. schemas: all that may describe it."""

    path: Path
    schemas: tuple[Schema, ...]

    def get(self, keyword: str) -> Any:
        """Return what the first schema that has the keyword says; None when none has it."""
        return next((schema[keyword] for schema in self.schemas if keyword in schema), None)

    @property
    def title(self) -> str:
        return str(self.get("title") or (self.path[-1] if self.path else ""))


def protected(found: Mapping[Path, Field]) -> dict[Path, tuple[str, ...]]:
    """Return the fields with `x-only` -> the actors that may read them; where several schemas say it, those that all name.

    Said of each row of a list it is said of the list.
    """
    named: dict[Path, tuple[str, ...]] = {}
    for path, field in found.items():
        said = [schema["x-only"] for schema in field.schemas if "x-only" in schema]
        path = _without_row(path)
        for one in said if path else ():
            actors = (one,) if isinstance(one, str) else tuple(one)
            named[path] = tuple(name for name in named.get(path, actors) if name in actors)
    return named


def sensitive(found: Mapping[Path, Field]) -> tuple[Path, ...]:
    """Return the fields with `x-sensitive`, whichever schema says it. Said of each row of a list it is said of the list."""
    marked = (
        path for path, field in found.items() if any(one.get("x-sensitive") is True for one in field.schemas)
    )
    return tuple(dict.fromkeys(path for path in map(_without_row, marked) if path))


def _without_row(path: Path) -> Path:
    while path and path[-1] == ROW:
        path = path[:-1]
    return path


def covering(path: Path, kept: Mapping[Path, tuple[str, ...]]) -> frozenset[str]:
    """Return who may read a field that is protected by itself or with what it stands in; nobody named = it is not protected."""
    found = [frozenset(kept[path[:size]]) for size in range(1, len(path) + 1) if path[:size] in kept]
    return frozenset.intersection(*found) or frozenset({""}) if found else frozenset()


def resolve(root: Schema, reference: object) -> Any:
    """Return the schema that `#/$defs/name` names. Raises BrokenSchema for any other spelling or an unknown name."""
    prefix = "#/$defs/"
    name = reference[len(prefix) :] if isinstance(reference, str) and reference.startswith(prefix) else None
    definitions = _definitions(root)
    if name is None or name not in definitions:
        raise BrokenSchema(
            say("$ref 只能指向本表单 $defs 里的定义。"),
            say("请把被引用的内容写进本文件的 $defs，并写成 #/$defs/名称。"),
        )
    return definitions[name]


def active(
    root: Schema, schemas: list[Any], value: Any, holds: Callable[[Any, Any], bool] | None
) -> list[Schema]:
    """Return every schema that describes a value, references and branches followed.

    holds: tells whether the value satisfies a condition or branch; None = take every branch, whatever the value.
    """
    found: list[Schema] = []
    todo = list(reversed(schemas))
    while todo:
        schema = todo.pop()
        if not isinstance(schema, dict):
            continue
        spend()
        found.append(schema)
        todo += reversed([*_joined(root, schema), *_branches(schema, value, holds)])
    return found


def _joined(root: Schema, schema: Schema) -> Iterator[Any]:
    if "$ref" in schema:
        yield resolve(root, schema["$ref"])
    yield from schema.get("allOf") or ()


def _branches(schema: Schema, value: Any, holds: Callable[[Any, Any], bool] | None) -> Iterator[Any]:
    for keyword in ("anyOf", "oneOf"):
        options = schema.get(keyword) or []
        fitting = [option for option in options if holds(option, value)] if holds and len(options) > 1 else []
        yield from fitting or options
    if "if" in schema:
        keywords = (
            ("then", "else") if holds is None else ("then",) if holds(schema["if"], value) else ("else",)
        )
        yield from (schema[keyword] for keyword in keywords if keyword in schema)
    for name, then in (schema.get("dependentSchemas") or {}).items():
        if holds is None or (isinstance(value, dict) and name in value):
            yield then


def children(schemas: list[Schema]) -> dict[str, list[Any]]:
    """Return the declared properties of an object: name -> all schemas that describe it, in the order of the form."""
    found: dict[str, list[Any]] = {}
    for schema in schemas:
        for name, child in (schema.get("properties") or {}).items():
            found.setdefault(name, []).append(child)
    return found


def items(schemas: list[Schema], index: int) -> list[Any]:
    """Return all schemas that describe the item at `index` of a list."""
    found = []
    for schema in schemas:
        prefix = schema.get("prefixItems") or []
        if index < len(prefix):
            found.append(prefix[index])
        elif "items" in schema:
            found.append(schema["items"])
    return found


def fields(schema: Schema) -> Mapping[Path, Field]:
    """Return every field by its path, outer ones first.

    Raises BrokenSchema when references turn in a circle or the whole unfolds beyond 10,000 parts.
    """
    _refuse_circles(schema)
    try:
        with budget(MAX_STEPS):
            return _fields(schema)
    except Overrun:
        raise _too_much() from None


def _fields(root: Schema) -> Mapping[Path, Field]:
    found: dict[Path, Field] = {}
    todo: deque[tuple[Path, list[Any]]] = deque([((), [root])])
    while todo:
        path, schemas = todo.popleft()
        if len(path) > MAX_DEPTH:
            raise BrokenSchema(
                say("表单的层次太多。"), say("请把表格和分组减到 {limit} 层以内。", limit=MAX_DEPTH)
            )
        here = active(root, schemas, None, None)
        found[path] = Field(path, tuple(here))
        todo += [((*path, name), group) for name, group in children(here).items()]
        rows = [item for part in here for item in [*(part.get("prefixItems") or []), part.get("items")]]
        if any(isinstance(row, dict) for row in rows):
            todo.append(((*path, ROW), rows))
    return found


def _too_much() -> BrokenSchema:
    return BrokenSchema(
        say("表单展开后太大。"),
        say("请减少 allOf、$ref 的层层引用，展开后不超过 {limit} 个部分。", limit=MAX_STEPS),
    )


def where_of(path: Path) -> str:
    """Return the usual JSON pointer of a field in its schema (where references and branches are not used)."""
    return "".join("/items" if part == ROW else "/properties" + pointer((part,)) for part in path)


def unfolded(root: Schema) -> int:
    """Return how many parts the schema has when every reference is replaced by what it names, conditions included.

    Raises BrokenSchema when references turn in a circle.
    """
    sizes: dict[str, int] = {}
    definitions = _definitions(root)
    for name in _refuse_circles(root):
        sizes[name] = _size(definitions[name], sizes)
    return _size({key: part for key, part in root.items() if key != "$defs"}, sizes)


def _size(part: Any, sizes: Mapping[str, int]) -> int:
    objects, names = _contents(part)
    return objects + sum(sizes.get(name, 1) for name in names)


def _refuse_circles(root: Schema) -> list[str]:
    """Return the definitions, those that others rest on first. References that lead back to themselves are refused."""
    definitions = _definitions(root)
    reach = {
        name: [other for other in _contents(part)[1] if other in definitions]
        for name, part in definitions.items()
    }
    done: dict[str, None] = {}
    for start in reach:
        trail = {start: iter(reach[start])} if start not in done else {}
        while trail:
            name = next(reversed(trail))
            following = next(trail[name], None)
            if following is None:
                done[name] = None
                del trail[name]
            elif following in trail:
                raise BrokenSchema(
                    say("$defs 里的“{name}”引用了自己。", name=following),
                    say("请把它拆成固定层数的分组或表格。"),
                    f"/$defs/{following}",
                )
            elif following not in done:
                trail[following] = iter(reach[following])
    return list(done)


def _definitions(root: Schema) -> dict[str, Any]:
    found = root.get("$defs")
    return found if isinstance(found, dict) else {}


def _contents(part: Any) -> tuple[int, list[str]]:
    """Return how many objects there are inside, and which definitions they name, as often as they name them."""
    objects, names = 0, []
    todo = [part]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            objects += 1
            target = value.get("$ref")
            if isinstance(target, str):
                names.append(target.removeprefix("#/$defs/"))
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return objects, names
