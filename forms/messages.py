"""Words for what is wrong with answers: which field, what is wrong, what to do. They never repeat what was written.

The reader is a clerk of fifty with forty forms to file: the field is called by its title, a row by its number, and the remedy
is something to do, not a rule to understand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import ValidationError

from forms.answers import pointer
from forms.fields import Place
from forms.labels import Fields, choices, field_at, label, size_words, title_at
from forms.remedies import by_help, words_for
from tenants.errors import Problem
from tenants.text import Message, say


def explain(fields: Fields, error: ValidationError) -> Iterator[Problem]:
    """Yield the problems that one error of the validator stands for."""
    if error.validator in ("anyOf", "oneOf"):
        yield from _no_branch(fields, error)
        return
    place: Place = tuple(error.absolute_path)
    field = field_at(fields, place)
    what, do = words_for(error, label(fields, place), field)
    if error.validator == "dependentRequired":
        caller = label(fields, (*place[:-1], error.message))
        what = say("填了“{other}”，还要填“{field}”。", other=caller, field=label(fields, place))
    yield Problem(what, do, where=pointer(place))


def unknown_answer(fields: Fields, place: Place) -> Problem:
    """The form asks for nothing of this name; the name itself came from outside and is not repeated."""
    group = label(fields, place[:-1])
    return Problem(
        say("“{field}”里有表单没有的内容。", field=group),
        say("请刷新页面，用最新的表单填写。"),
        where=pointer(place[:-1]),
    )


def not_computable(fields: Fields, place: Place, why: Message) -> Problem:
    """A computed field whose computation failed."""
    return Problem(
        say("“{field}”算不出来：{why}。", field=label(fields, place), why=why),
        say("请检查它所依据的各项数字和日期。"),
        where=pointer(place),
    )


def unknown_reference(fields: Fields, place: Place, format: str) -> Problem:
    """An id that names nothing this form may refer to."""
    named = label(fields, place)
    if format == "attachment":
        words = (
            say("“{field}”的附件没有找到。", field=named),
            say("请删去后重新上传；只能使用本单位为这项任务上传的附件。"),
        )
    else:
        words = say("“{field}”选的对象没有找到。", field=named), say("请从列表中重新选择。")
    return Problem(*words, where=pointer(place))


def wrong_file(fields: Fields, place: Place, accepted: list[str]) -> Problem:
    """A file of a kind that the field does not take."""
    if accepted == ["photo"]:
        do = say("请上传照片（JPG、PNG、WebP 或 HEIC）。")
    elif accepted == ["document"]:
        do = say("请上传文件（PDF、Word、Excel 或 PPT）。")
    else:
        do = say("请换一个文件上传。")
    return Problem(say("“{field}”的附件类型不对。", field=label(fields, place)), do, where=pointer(place))


def large_file(fields: Fields, place: Place, largest: int) -> Problem:
    """A file larger than the field takes."""
    return Problem(
        say("“{field}”的附件太大。", field=label(fields, place)),
        say("请压缩到 {limit} 以内再上传。", limit=size_words(largest)),
        where=pointer(place),
    )


def _no_branch(fields: Fields, error: ValidationError) -> Iterator[Problem]:
    """Explain why no branch of anyOf or oneOf fits: by the one that was meant, if that can be told."""
    groups: dict[Any, list[ValidationError]] = {}
    for reason in error.context or ():
        groups.setdefault(reason.schema_path[0], []).append(reason)
    meant = [group for group in groups.values() if not any(_off_target(reason) for reason in group)]
    place: Place = tuple(error.absolute_path)
    missing = [reason for group in groups.values() for reason in group if reason.validator == "required"]
    if len(meant) == 1:
        for reason in meant[0]:
            yield from explain(fields, reason)
    elif groups and all(len(group) == 1 and group[0].validator == "required" for group in groups.values()):
        names = "”“".join(title_at(fields, tuple(reason.absolute_path)) for reason in missing)
        yield Problem(
            say("“{fields}”至少要填一项。", fields=names),
            say("请填写其中一项。"),
            where=pointer(tuple(missing[0].absolute_path)),
        )
    else:
        named = label(fields, place)
        titles = [
            str(option["title"])
            for option in error.validator_value
            if isinstance(option, dict) and "title" in option
        ]
        what = say("“{field}”同时符合几种填法。", field=named) if not groups else None
        what = what or say("“{field}”不符合任何一种填法。", field=named)
        do = (
            say("请只按其中一种填写：{choices}。", choices=choices(titles))
            if titles
            else by_help(field_at(fields, place))
        )
        yield Problem(what, do, where=pointer(place))


def _off_target(reason: ValidationError) -> bool:
    """Tell whether a branch fails because it was not the one meant: another kind of value, or another choice."""
    return reason.validator in ("const", "enum") or (reason.validator == "type" and not reason.path)
