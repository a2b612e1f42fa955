"""Whether a form is fit to be published: everything that could harm, hang or puzzle is refused when it is saved.

All problems are found at once, as far as the schema can be followed; `where` is a JSON pointer into the schema file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson

from forms import lots
from forms.answers import pointer
from forms.budget import Overrun, budget
from forms.computed import computed_fields
from forms.dialect import grammar_errors
from forms.fields import MAX_STEPS, ROW, BrokenSchema, Field, Path, fields, unfolded, where_of
from forms.keywords import check_keywords, check_name, subschemas
from forms.protected import check_protected
from forms.sensitive import check_sensitive
from forms.soft import check_soft
from forms.ui import check_ui
from forms.validation import Form
from tenants.errors import Problem
from tenants.text import say

MAX_BYTES = 256 * 1024
MAX_NESTING = 64
MAX_FIELDS = 1_000
MAX_PROBLEMS = 50


def check_schema(schema: object, ui: object = None, file: str = "") -> list[Problem]:
    """Return everything that is wrong with a form's schema and its arrangement (ui); nothing = it may be published.

    schema, ui: as read from JSON. file: what to call the schema's file in the problems.
    """
    problems = list(_check(schema))
    if isinstance(schema, dict) and not _stops(problems):
        problems += check_ui(schema, ui)
    return [replace(problem, file=problem.file or file) for problem in problems]


def _check(schema: object) -> Iterator[Problem]:
    """Check in layers: each relies on the one before, so the first with an error ends the matter."""
    if not isinstance(schema, dict):
        yield Problem(
            say("表单定义必须是一个 JSON 对象。"), say("请以 { 开头，写明 type: object 和 properties。")
        )
        return
    for layer in (_size, _grammar, _keywords, _structure, _field_rules, _defaults):
        problems = list(layer(schema))
        yield from problems
        if _stops(problems):
            return


def _stops(problems: list[Problem]) -> bool:
    return any(problem.level == "error" for problem in problems)


def _size(schema: dict[str, Any]) -> Iterator[Problem]:
    deepest = _nesting(schema)
    if deepest > MAX_NESTING:
        yield Problem(say("表单定义嵌套太深。"), say("请减到 {limit} 层以内。", limit=MAX_NESTING))
        return
    try:
        size = len(orjson.dumps(schema))
    except (orjson.JSONEncodeError, RecursionError):
        yield Problem(say("表单定义里有 JSON 没有的内容。"), say("请检查数字是否过大，文字是否为 UTF-8。"))
        return
    if size > MAX_BYTES:
        yield Problem(
            say("表单定义太大。"),
            say("请减到 {limit} KB 以内；长清单请改用表格数据。", limit=MAX_BYTES // 1024),
        )


def _nesting(schema: object) -> int:
    level, deepest = [schema], 0
    while level and deepest <= MAX_NESTING:
        deepest += 1
        inner: list[object] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        level = inner
    return deepest


def _grammar(schema: dict[str, Any]) -> Iterator[Problem]:
    for error in islice(grammar_errors(schema), MAX_PROBLEMS):
        place = tuple(error.absolute_path)
        yield Problem(
            say(
                "“{keyword}”的写法不符合 JSON Schema 2020-12。", keyword=str(place[-1]) if place else "schema"
            ),
            say("请对照 JSON Schema 2020-12 改正（{rule}）。", rule=str(error.validator)),
            where=pointer(place),
        )


def _keywords(schema: dict[str, Any]) -> Iterator[Problem]:
    if schema.get("type") != "object":
        yield Problem(
            say("表单的最外层必须是 type: object。"), say("请写上 type: object，并把各栏放进 properties。")
        )
    for place, part in subschemas(schema):
        yield from check_keywords(place, part)
        if isinstance(part.get("x-draw"), dict):
            yield from lots.problems(place, part)


def _structure(schema: dict[str, Any]) -> Iterator[Problem]:
    try:
        found = fields(schema)
        if unfolded(schema) > MAX_STEPS:
            yield Problem(
                say("表单展开后太大。"),
                say("请减少 $ref 的层层引用，展开后不超过 {limit} 个部分。", limit=MAX_STEPS),
            )
            return
        if len(found) > MAX_FIELDS:
            yield Problem(
                say("表单的栏目太多。"), say("请减到 {limit} 栏以内，或分成几张表单。", limit=MAX_FIELDS)
            )
            return
        computed_fields(found)
    except BrokenSchema as error:
        yield Problem(error.what, error.do, where=error.where)


def _field_rules(schema: dict[str, Any]) -> Iterator[Problem]:
    found = fields(schema)
    for path, field in found.items():
        where = where_of(path)
        if path and path[-1] != ROW:
            yield from check_name(path[-1], where)
        if path:
            yield from _shape(path, field, found, where)
        yield from _closed(field, where)
        yield from _asked_for(path, field, found, where)
    yield from check_protected(schema, found)
    yield from check_sensitive(found)
    yield from check_soft(schema, found)


def _asked_for(path: Path, field: Field, found: Mapping[Path, Field], where: str) -> Iterator[Problem]:
    """A required field that the form does not have could never be filled in."""
    for schema in field.schemas:
        dependent = schema.get("dependentRequired") or {}
        names = {
            *(schema.get("required") or ()),
            *dependent,
            *(name for others in dependent.values() for name in others),
        }
        for name in sorted(names):
            if (*path, name) not in found:
                yield Problem(
                    say("必填的“{name}”不是表单里的栏目。", name=name[:60]),
                    say("请改正 required 里的字段名，或在 properties 里加上这一栏。"),
                    where=where + "/required",
                )


def _shape(path: Path, field: Field, found: Mapping[Path, Field], where: str) -> Iterator[Problem]:
    title, kind = field.title, field.get("type")
    if kind is None and field.get("enum") is None and field.get("const") is None:
        yield Problem(
            say("“{field}”没有写明 type。", field=title),
            say("请写明是文字、数字、表格还是分组。"),
            where=where,
        )
    inside = [other for other in found if len(other) == len(path) + 1 and other[: len(path)] == path]
    if kind == "array" and (*path, ROW) not in found:
        yield Problem(
            say("表格“{field}”没有写明每一行是什么。", field=title), say("请加上 items。"), where=where
        )
    if kind == "object" and not inside:
        yield Problem(say("分组“{field}”里没有栏目。", field=title), say("请加上 properties。"), where=where)
    if path[-1] != ROW and path[-1].isascii() and not field.get("title"):
        yield Problem(
            say("“{field}”没有标题。", field=path[-1]),
            say("请加上 title：填报人看到的名称，提示也用它。"),
            where=where,
            level="warning",
        )
    if field.get("x-computed") is not None and field.get("readOnly") is not True:
        yield Problem(
            say("计算项“{field}”没有设为只读。", field=title),
            say("请加上 readOnly: true。"),
            where=where,
            level="warning",
        )


def _closed(field: Field, where: str) -> Iterator[Problem]:
    """additionalProperties looks at its own schema only: with conditional fields beside it no answer would ever fit."""
    for schema in field.schemas:
        if schema.get("additionalProperties") is False:
            own = set(schema.get("properties") or {})
            others = {name for other in field.schemas for name in other.get("properties") or {}} - own
            if others:
                yield Problem(
                    say("additionalProperties: false 会拒绝条件里的“{name}”。", name=sorted(others)[0]),
                    say("请改用 unevaluatedProperties: false。"),
                    where=where,
                )


def _defaults(schema: dict[str, Any]) -> Iterator[Problem]:
    form = Form(schema)
    for place, part in subschemas(schema):
        if "default" not in part:
            continue
        try:
            with budget(MAX_STEPS):
                fits = form.holds(part, part["default"])
        except Overrun:
            fits = False
        if not fits:
            yield Problem(
                say("默认值不符合这一栏自己的要求。"),
                say("请改正 default，或放宽要求。"),
                where=pointer((*place, "default")),
            )
