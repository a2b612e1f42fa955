"""Soft limits (`x-warn`): what a form asks people to look at again and takes all the same. Pure.

A schema with `x-warn` and `x-warn-text` warns of every answer that it describes for which the condition holds. The condition
reads answers and the day on which they are given, nothing else, so that whoever reads them later finds the very warnings that
stood there when they were handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.answers import pointer
from forms.budget import Overrun, budget
from forms.dialect import Schema
from forms.expression import EvaluationError, ExpressionError, compile_expression
from forms.fields import ROW, Field, Path, Place, active, children, covering, items, protected, where_of
from forms.keywords import subschemas
from forms.labels import label
from forms.validation import MAX_STEPS, Form, form_of
from tenants.errors import Problem
from tenants.text import Message, say

KEYWORD, TEXT = "x-warn", "x-warn-text"
# What a condition reads besides the form's own fields.
GIVEN = frozenset({"today"})
# So many are told; a form that warns of each of a thousand rows warns of none.
MOST = 50


@dataclass(frozen=True)
class Warned:
    """One soft limit that was passed. place: in the answers, () = the whole form. label: what the place is called."""

    place: Place
    label: Message | None
    text: str


def warnings(schema: Schema, answers: Mapping[str, Any], today: date | None = None) -> tuple[Warned, ...]:
    """Return the soft limits that these answers pass, in the order of the form.

    answers: as the reader may read them: a limit that rests on a field which is kept from the reader says nothing.
    today: the day on which they were given.
    """
    form = form_of(schema)
    if not form.soft:
        return ()
    kept = _kept_back(form) - _names_in(answers)
    given = {"today": today} if today else {}
    found: list[Warned] = []
    try:
        with budget(MAX_STEPS):
            for place, text in _passed(form, [form.schema], dict(answers), (), given, kept):
                found.append(Warned(place, label(form.fields, place) if place else None, text))
                if len(found) == MOST:
                    break
    except Overrun:
        return ()
    order = {name: place for place, name in enumerate(schema.get("properties") or {})}
    return tuple(sorted(found, key=lambda one: order.get(one.place[0], len(order)) if one.place else -1))


def _passed(
    form: Form, schemas: list[Any], value: Any, place: Place, around: Mapping[str, Any], kept: Collection[str]
) -> Iterator[tuple[Place, str]]:
    here = active(form.schema, schemas, value, form.holds)
    names = {**around, **value} if isinstance(value, Mapping) else around
    for part in here:
        if KEYWORD in part and _applies(str(part[KEYWORD]), names, kept):
            yield place, str(part.get(TEXT, ""))
    if isinstance(value, list):
        for index, row in enumerate(value):
            yield from _passed(form, items(here, index), row, (*place, index), names, kept)
    elif isinstance(value, Mapping):
        for name, group in children(here).items():
            yield from _passed(form, group, value.get(name), (*place, name), names, kept)


def _applies(text: str, names: Mapping[str, Any], kept: Collection[str]) -> bool:
    rule = compile_expression(text)
    if not rule.names.isdisjoint(kept):
        return False
    try:
        return rule.holds(names)
    except EvaluationError:
        return False


def _kept_back(form: Form) -> frozenset[str]:
    return frozenset(path[-1] for path in (*form.sensitive, *form.protected))


def _names_in(value: Any) -> frozenset[str]:
    if isinstance(value, Mapping):
        return frozenset(value).union(*(_names_in(one) for one in value.values()))
    return frozenset().union(*(_names_in(one) for one in value)) if isinstance(value, list) else frozenset()


def check_soft(schema: Schema, found: Mapping[Path, Field]) -> Iterator[Problem]:
    """Yield what is wrong with the soft limits of a form."""
    known = {part for path in found for part in path} | GIVEN
    for place, part in subschemas(schema):
        if (KEYWORD in part) != (TEXT in part):
            lacks = TEXT if KEYWORD in part else KEYWORD
            what = say("{keyword} 没有写。", keyword=lacks)
            do = say("x-warn 是条件，x-warn-text 是条件成立时给人看的话，两样要写在一起。")
            yield Problem(what, do, where=pointer(place))
        elif KEYWORD in part:
            where = pointer((*place, KEYWORD))
            for what, do in _rule(str(part[KEYWORD]), known):
                yield Problem(what, do, where=where)
            if not str(part[TEXT]).strip():
                yield Problem(
                    say("x-warn-text 是空的。"),
                    say("请写明提醒什么，为什么。"),
                    where=pointer((*place, TEXT)),
                )
    yield from _in_tables(found)
    yield from _secret(found)


def _rule(text: str, known: Collection[str]) -> Iterator[tuple[Message, Message]]:
    try:
        rule = compile_expression(text)
    except ExpressionError as error:
        yield (
            say("提醒的条件有错：{why}。", why=error.what),
            say("{do}（x-warn 第 {column} 个字附近）。", do=error.do, column=error.column),
        )
        return
    strangers = sorted(rule.names - set(known))
    if strangers:
        yield (
            say("提醒的条件用到了本表单没有的“{name}”。", name=strangers[0]),
            say("只能用本表单的字段名（不是标题）和 today；别的数据请先用 x-computed 算成一栏。"),
        )
    if _calls(rule.tree, "workdays"):
        yield (
            say("提醒的条件不能数工作日。"),
            say("日历会改，提醒不能跟着变。请改用 days(n)，或先用 x-computed 算成一栏。"),
        )


def _calls(tree: Any, name: str) -> bool:
    return isinstance(tree, list) and (tree[:2] == ["call", name] or any(_calls(one, name) for one in tree))


def _in_tables(found: Mapping[Path, Field]) -> Iterator[Problem]:
    """A check table of hundreds of rows is drawn row by row, by itself."""
    listed = {path for path, field in found.items() if field.get("x-table") is not None}
    for path, field in found.items():
        if path[:1] in listed and len(path) > 1 and field.get(KEYWORD) is not None:
            what = say("“{field}”在检查表的行里，不能写 x-warn。", field=field.title)
            yield Problem(what, say("请把提醒写在表格以外的一栏上。"), where=where_of(path))


def _secret(found: Mapping[Path, Field]) -> Iterator[Problem]:
    """A warning must not tell what only some may read."""
    kept = protected(found)
    secret = {path[-1]: readers for path in found if (readers := covering(path, kept)) and path[-1] != ROW}
    for path, field in found.items() if secret else ():
        own = covering(path, kept)
        for part in field.schemas:
            for name in sorted(_read(part) & secret.keys()):
                if not (own and own <= secret[name]):
                    what = say("“{field}”的提醒用到“{name}”，会把它透露出去。", field=field.title, name=name)
                    do = say("请把提醒写在“{name}”这一栏上，或换一个条件。", name=name)
                    yield Problem(what, do, where=where_of(path))


def _read(part: Schema) -> frozenset[str]:
    try:
        return compile_expression(part[KEYWORD]).names if isinstance(part.get(KEYWORD), str) else frozenset()
    except ExpressionError:
        return frozenset()
