"""The published JSON Schemas of campaign.yaml and clauses.yaml, and what a file says against them, in plain words.

The schemas are the one place that says which keys there are: editors complete from them, and the messages here take their
remedies from the `description` beside each key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from tenants.errors import Problem
from tenants.text import Message, say
from workflows.marked_yaml import Listed, Mapped
from workflows.suggest import instead, nearest

_HERE = Path(__file__).parent
CAMPAIGN_SCHEMA: Mapping[str, Any] = json.loads((_HERE / "campaign.schema.json").read_text("utf-8"))
CLAUSES_SCHEMA: Mapping[str, Any] = json.loads((_HERE / "clauses.schema.json").read_text("utf-8"))
# An empty registry: a validator that cannot fetch does not fetch.
_CAMPAIGN = Draft202012Validator(CAMPAIGN_SCHEMA, registry=Registry())
_CLAUSES = Draft202012Validator(CLAUSES_SCHEMA, registry=Registry())

_NUMBER = re.compile("[0-9]{1,6}")
_TYPES = {
    "object": say("一组“名称: 内容”"),
    "array": say("列表"),
    "string": say("文字"),
    "boolean": say("true 或 false"),
}
_KEY_DO = say("请删去这一项，或改成可用的名称。")


def campaign_problems(value: object, file: str) -> list[Problem]:
    """Report every place where campaign.yaml, as read by `marked_yaml`, is not of the published shape."""
    return list(_problems(_CAMPAIGN, value, file))


def clauses_problems(value: object, file: str) -> list[Problem]:
    """Report every place where clauses.yaml, as read by `marked_yaml`, is not of the published shape."""
    return list(_problems(_CLAUSES, value, file))


def newer_format(value: Mapped, file: str) -> Problem | None:
    """Report that a package was written for a later version of the format; whatever else is said of it is beside the point."""
    written, known = str(value.get("format")), str(CAMPAIGN_SCHEMA["properties"]["format"]["const"])
    name, _, number = written.partition("/")
    if name != known.partition("/")[0] or not _NUMBER.fullmatch(number) or written == known:
        return None
    if int(number) < int(known.partition("/")[2]):
        return None
    what = say("方案用的是更新的格式 {format}，这里只认识 {known}", format=written, known=known)
    do = say("请先升级本系统再导入，或请对方按 {known} 重新导出。", known=known)
    return Problem(what, do, file, line_of(value, ["format"]), "format")


def line_of(value: object, path: Iterable[str | int]) -> int:
    """Return the line of the key or item that `path` leads to, or of the last one on the way that exists."""
    line = 1
    for step in path:
        if isinstance(value, Mapped) and isinstance(step, str):
            line = value.lines.get(step, value.line)
            value = value.get(step)
        elif isinstance(value, Listed) and isinstance(step, int) and step < len(value):
            line = value.lines[step]
            value = value[step]
    return line


def _problems(validator: Draft202012Validator, value: object, file: str) -> Iterator[Problem]:
    for error in validator.iter_errors(_plain(value)):
        path = list(error.absolute_path)
        where = ".".join(str(step) for step in path)
        for what, do, key in _worded(error, path):
            line = line_of(value, [*path, key] if key is not None else path)
            yield Problem(what, do, file, line, f"{where}.{key}".strip(".") if key is not None else where)


def _worded(error: ValidationError, path: list[str | int]) -> Iterator[tuple[Message, Message, str | None]]:
    """Turn one finding into sentences; `key` is the key it is about, where that is not the end of the path."""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    name = _name(path)
    if error.validator == "additionalProperties" and schema.get("additionalProperties") is False:
        known = schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                yield _unknown(key, name), _unknown_do(key, known, error.instance), key
    elif error.validator == "required":
        # One error for each missing key; jsonschema names it only in its message.
        missing = [key for key in error.validator_value if f"'{key}' is" in error.message]
        for key in missing:
            yield say("{name}缺少“{key}”", name=name, key=key), _describe(schema, key), None
    elif error.validator == "enum":
        options = [str(one) for one in error.validator_value]
        yield (
            say("{name}不能写“{value}”", name=name, value=_shown(error.instance)),
            _option(error.instance, options),
            None,
        )
    elif error.validator == "type":
        kind = _TYPES.get(str(error.validator_value), say("文字"))
        yield say("{name}应为{kind}", name=name, kind=kind), _remedy(error), None
    elif "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        yield say("编号“{key}”不能使用", key=_shown(key)), _remedy(error), key
    else:
        yield (
            say("{name}的写法不对：“{value}”", name=name, value=_shown(error.instance)),
            _remedy(error),
            None,
        )


def _unknown(key: str, name: Message) -> Message:
    return say("{name}里没有“{key}”这一项", name=name, key=_shown(key))


def _unknown_do(key: str, known: Mapping[str, Any], there: Mapping[str, Any]) -> Message:
    # A key that is there already cannot be what this one was meant to be.
    free = [one for one in known if one not in there]
    return instead(key, free if nearest(key, free) else known, _KEY_DO)


def _option(value: object, options: list[str]) -> Message:
    guess = nearest(str(value), options)
    listed = say("可用的有：{names}。", names=tuple(options))
    return say("是否想写“{guess}”？{listed}", guess=guess, listed=listed) if guess else listed


def _describe(schema: Mapping[str, Any], key: str) -> Message:
    described = schema.get("properties", {}).get(key, {})
    return say("请补上：{what}。", what=say(str(described.get("description", key))))


def _remedy(error: ValidationError) -> Message:
    """Take the remedy from the description nearest to what is wrong, looking outwards from it."""
    found = error.schema.get("description") if isinstance(error.schema, dict) else None
    if (
        error.validator == "type"
        and not isinstance(error.instance, (dict, list))
        and error.validator_value == "string"
    ):
        return (
            say("请给它加上引号，或改成：{what}。", what=say(str(found)))
            if found
            else say("请给它加上引号。")
        )
    return say("应写：{what}。", what=say(str(found))) if found else say("请对照 README 的说明改正。")


def _name(path: list[str | int]) -> Message:
    if not path:
        return say("文件")
    shown = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).strip(".")
    return say("“{path}”", path=_shown(shown, 80))


def _shown(value: object, limit: int = 40) -> str:
    text = str(value)
    return text if len(text) <= limit else text[:limit] + "…"


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value
