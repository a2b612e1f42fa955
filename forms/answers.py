"""Answers as they travel: bytes from the browser to plain values, and plain values to the one text that is stored and hashed.

Plain values are dict, list, str, bool, None, int and float, as JSON has them; nothing of another type gets past this door.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NoReturn

import orjson

from tenants.errors import Invalid, Problem, Refusal, TooLarge
from tenants.text import say

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 20_000
# What the browser can hold without rounding; a longer number would be changed in silence on its way through a form.
MAX_INTEGER = 2**53 - 1

_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
# Word's manual line and page breaks come in with pasted text; they mean a new line and are taken as one.
_BREAKS = str.maketrans({"\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"})
# Whatever is not written with one of these has no number that could be spelled otherwise.
_EXPONENT = re.compile(rb"\d[eE]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class Unreadable(Refusal):
    """What was sent is not JSON."""

    code, status = "unreadable", 400
    default_do = say("请刷新页面后重新提交；草稿不会丢失。")


def parse_answers(raw: bytes) -> dict[str, Any]:
    """Return the answers in the body of a request.

    raw: one JSON object in UTF-8, at most 1 MiB, 32 levels deep, 20,000 values.
    Raises TooLarge (413) above a limit, Unreadable (400) when it is not JSON, Invalid (422) when a value cannot be stored: NaN,
    numbers beyond what a browser holds, control characters, half a character. No message repeats a value.
    """
    if len(raw) > MAX_BYTES:
        raise TooLarge(say("提交的内容超过 1 MB。"), say("请删减文字；图片和文件请用附件上传。"))
    _bound(raw)
    try:
        text = raw.decode("utf-8")
        answers = json.loads(
            text,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_not_a_number,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise Unreadable(say("提交的内容不是 UTF-8 文字。")) from None
    except (ValueError, RecursionError):
        raise Unreadable(say("提交的内容无法读取。")) from None
    if not isinstance(answers, dict):
        raise Unreadable(say("提交的内容不是一份表单。"))
    clean: dict[str, Any] = _clean(answers, "")
    return clean


def canonical(answers: object) -> str:
    """Return the one JSON text of these answers: keys sorted, no spaces, whole numbers without a fraction."""
    text = orjson.dumps(answers, option=orjson.OPT_SORT_KEYS)
    # One after the other: as one pattern they take three times as long.
    if b".0" in text or _EXPONENT.search(text):
        text = orjson.dumps(_whole(answers), option=orjson.OPT_SORT_KEYS)
    return text.decode()


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def pointer(path: tuple[str | int, ...]) -> str:
    """Return the JSON pointer (RFC 6901) of a place in the answers; the whole form is the empty text."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _bound(raw: bytes) -> None:
    """Refuse what is too deep or has too many values before any parser builds it."""
    depth = values = 0
    for token in _TOKENS.finditer(raw):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
            continue
        elif mark != b",":
            continue
        values += 1
        if depth > MAX_DEPTH:
            raise TooLarge(
                say("提交的内容层次太多。"), say("请按表单填写，不要嵌套超过 {limit} 层。", limit=MAX_DEPTH)
            )
        if values > MAX_VALUES:
            raise TooLarge(
                say("提交的内容太多，超过 {limit} 项。", limit=MAX_VALUES),
                say("请分几次填报，或改用附件上传清单。"),
            )


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        _too_big()
    return int(text)


def _number(text: str) -> float | int:
    number = float(text)
    if abs(number) > MAX_INTEGER:
        _too_big()
    return number


def _too_big() -> NoReturn:
    raise Invalid(say("有一个数字太大，无法保存。"), say("请检查数字是否多输了几位，最多 15 位。"))


def _not_a_number(text: str) -> NoReturn:
    raise Invalid(say("有一个数字无法计算。"), say("请检查数字一栏，只填普通数字。"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(say("提交的内容里同一栏出现了两次。"))
    return found


def _clean(value: Any, where: str) -> Any:
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, list):
        return [_clean(item, f"{where}/{index}") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {
            _text(name, where): _clean(item, where + pointer((_text(name, where),)))
            for name, item in value.items()
        }
    return value


def _text(value: str, where: str) -> str:
    value = value.translate(_BREAKS) if not value.isascii() or "\x0b" in value or "\x0c" in value else value
    if _FORBIDDEN.search(value):
        what = say("有一栏文字里含有看不见的控制字符，无法保存。")
        do = say("请清空这一栏，把内容先粘贴到记事本，再从记事本复制过来。")
        raise Invalid(what, do, problems=[Problem(what, do, where=where)])
    return value


def _whole(value: Any) -> Any:
    """Give equal numbers one spelling: 12.0 becomes 12."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return value
