"""Fields and schemas of the API: strict in what they take, in words of ours when they refuse.

A body is one JSON object; what its schema does not name is refused. An answer always has all of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload
from marshmallow import RAISE, Schema, fields, validate
from werkzeug.datastructures import FileStorage

from forms.answers import pointer
from forms.declared import unknown
from tenants.errors import Invalid, Problem
from tenants.text import Message, say
from web.words import typed_day

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGITS = re.compile(r"\d{1,9}")
# What is wrong with a field, by the code that its class gives -> what to say.
_CODES = (
    "required", "null", "invalid", "type", "special", "too_large", "validator_failed", "invalid_utf8", "invalid_uuid", "format",
)  # fmt: skip
_SHOWN = 40


class _Coded(fields.Field[Any]):
    default_error_messages = {code: code for code in _CODES}


class Text(_Coded, fields.String):
    """A text, bounded: a column holds it."""

    def __init__(self, most: int = 1000, least: int = 0, *, pattern: str = "", **options: Any) -> None:
        checks: list[Any] = [validate.Length(least, most, error="length")]
        if pattern:
            checks.append(validate.Regexp(pattern, error="invalid"))
        super().__init__(validate=checks, **options)


class Said(_Coded, fields.String):
    """A text in an answer."""


class Choice(_Coded, fields.String):
    """One of some words."""

    def __init__(self, *choices: str, **options: Any) -> None:
        super().__init__(validate=validate.OneOf(choices, error="choice"), **options)


class Whole(_Coded, fields.Integer):
    """A whole number, written as a number."""

    def __init__(self, least: int = 0, most: int = 2**31 - 1, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most, error="range"), **options)


class Asked(_Coded, fields.Integer):
    """A whole number in an address."""

    def __init__(self, least: int = 1, most: int = 100_000, **options: Any) -> None:
        super().__init__(validate=validate.Range(least, most, error="range"), **options)

    def _validated(self, value: Any) -> Any:
        if not isinstance(value, str) or not _DIGITS.fullmatch(value) or not value.isascii():
            raise self.make_error("invalid")
        return super()._validated(value)


class Flag(_Coded, fields.Boolean):
    """true or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Id(_Coded, fields.UUID):
    """An id, as we write them."""

    def _validated(self, value: Any) -> UUID:
        if not isinstance(value, UUID) and not (isinstance(value, str) and _UUID.fullmatch(value)):
            raise self.make_error("invalid_uuid")
        return super()._validated(value)


class Day(_Coded, fields.Date):
    """A day: 2024-11-30."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, str) or not _DAY.fullmatch(value) or not value.isascii():
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        try:
            return typed_day(value)
        except Invalid as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


class Instant(_Coded, fields.AwareDateTime):
    """An instant with its offset from UTC."""


class Number(_Coded, fields.Float):
    """A number."""


class Many(_Coded, fields.List[Any]):
    """Several of one kind."""

    def __init__(self, inner: Any, most: int = 0, least: int = 0, **options: Any) -> None:
        if most:
            options["validate"] = validate.Length(least, most, error="length")
        super().__init__(inner, **options)


class Part(_Coded, fields.Nested):
    """An object inside."""


class Open(_Coded, fields.Dict):
    """An object whose names are not known here, such as the answers to a form."""


class Anything(_Coded, fields.Raw):
    """Any JSON value."""


class File(_Coded, Upload):
    """A file, and no text in its place."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, FileStorage):
            raise self.make_error("invalid")
        return value


class Body(Schema):
    """What a program sends."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown", "type": "invalid"}


class Asks(Body):
    """What stands behind the question mark of an address."""


class Answer(Schema):
    """What a program gets: every field is always there."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True


class ProblemShape(Answer):
    """One thing that is wrong with what was sent."""

    where = Said(metadata={"description": str(say("出问题的地方：字段的 JSON 指针，或方案包里的元素"))})
    what = Said()
    do = Said()
    level = Said(metadata={"description": str(say("error 不改不行，warning 供参考"))})
    file = Said()
    line = fields.Integer()


class RefusalShape(Answer):
    """What happened and what to do."""

    code = Said(metadata={"description": str(say("给程序看的代码，不随语言变化"))})
    what = Said(metadata={"description": str(say("发生了什么"))})
    do = Said(metadata={"description": str(say("怎么办"))})
    problems = Many(fields.Nested(ProblemShape))


_WORDS: Mapping[str, tuple[Message, Message]] = {
    "required": (say("缺少“{field}”。"), say("请补上这一项。")),
    "null": (say("“{field}”不能为空。"), say("请填写，或去掉这一项。")),
    "unknown": (say("没有“{field}”这一项。"), say("请核对名称，或去掉这一项。")),
    "choice": (say("“{field}”不在可选范围内。"), say("可选的值见接口文档。")),
    "length": (say("“{field}”的长短不合要求。"), say("要求见接口文档。")),
    "range": (say("“{field}”超出范围。"), say("范围见接口文档。")),
}
_OTHER = (say("“{field}”的写法不对。"), say("写法见接口文档。"))


def refused(messages: Any) -> Invalid:
    """Return the refusal of what a schema found wrong. No message repeats a value."""
    problems = [
        Problem(Message(what.template, {"field": place[-1]}), do, where=pointer(place))
        for place, code in _wrong(messages, ())
        for what, do in [_WORDS.get(code, _OTHER)]
    ]
    return Invalid(say("请求的内容有 {count} 处不对。", count=len(problems)), problems=problems[:_SHOWN])


def require_asked(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Raise Invalid for answers that the form has no field for: a program that misspells one must learn of it."""
    what, do = _WORDS["unknown"]
    problems = [
        Problem(Message(what.template, {"field": str(place[-1])[:64]}), do, where=pointer(place))
        for place in islice(unknown(dict(schema), answers, everywhere=True), _SHOWN)
    ]
    if problems:
        raise Invalid(say("答案里有表单没有的项，没有提交。"), problems=problems)


def _wrong(messages: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            here = place if name == "_schema" else (*place, str(name)[:64])
            yield from _wrong(inner, here)
    elif isinstance(messages, list):
        for code in dict.fromkeys(map(str, messages)):
            yield place or ("body",), code
    else:
        yield place or ("body",), str(messages)
