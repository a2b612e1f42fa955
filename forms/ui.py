"""Whether a form's arrangement (UI schema) fits its schema: it may order and dress fields, not invent them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms.answers import pointer
from forms.fields import ROW, Field, Path, Place, fields
from tenants.errors import Problem
from tenants.text import say

MAX_PARTS = 5_000
# Options that would have texts of the form run as markup.
_MARKUP = frozenset({"ui:enableMarkdownInDescription", "enableMarkdownInDescription"})


def check_ui(schema: dict[str, Any], ui: object) -> Iterator[Problem]:
    """Yield what is wrong with a UI schema; None or {} is fine."""
    if ui is None:
        return
    if not isinstance(ui, dict):
        yield Problem(
            say("表单的排版（ui.json）必须是一个 JSON 对象。"), say("请以 { 开头，或删去这个文件。")
        )
        return
    known = fields(schema)
    todo: list[tuple[Place, Path, Any]] = [((), (), ui)]
    parts = 0
    while todo:
        place, path, part = todo.pop()
        parts += 1
        if parts > MAX_PARTS or len(place) > 32:
            yield Problem(say("表单的排版太大或太深。"), say("请只写需要调整的栏目。"))
            return
        if not isinstance(part, dict):
            yield Problem(
                say("排版里的这一项写法不对。"),
                say('请写成对象，例如 {"ui:widget": "textarea"}。'),
                where=pointer(place),
            )
            continue
        yield from _order(part, path, known, place)
        for name, value in part.items():
            if name in _MARKUP:
                yield Problem(
                    say("说明文字不能当作网页代码显示。"),
                    say("请删去 {name}。", name=name),
                    where=pointer((*place, name)),
                )
            elif not name.startswith("ui:"):
                inner = (*path, ROW if name == "items" and (*path, ROW) in known else name)
                if inner in known:
                    todo.append(((*place, name), inner, value))
                else:
                    yield _stranger(name, (*place, name))


def _order(
    part: Mapping[str, Any], path: Path, known: Mapping[Path, Field], place: Place
) -> Iterator[Problem]:
    order = part.get("ui:order")
    for name in order if isinstance(order, list) else ():
        if name != "*" and (not isinstance(name, str) or (*path, name) not in known):
            yield _stranger(str(name), (*place, "ui:order"))


def _stranger(name: str, place: Place) -> Problem:
    return Problem(
        say("排版里的“{name}”不是表单的栏目。", name=name[:60]),
        say("请改成 schema.json 里的字段名，或删去。"),
        where=pointer(place),
    )
