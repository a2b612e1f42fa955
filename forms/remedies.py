"""What each rule of a form says when it is broken, and what to do about it: one small writer per keyword of JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from jsonschema import ValidationError

from forms.dialect import twins
from forms.fields import Field
from forms.labels import amount, choices
from tenants.text import Message, say

Words = tuple[Message, Message]


def words_for(error: ValidationError, named: Message, field: Field) -> Words:
    """Return what is wrong and what to do.

    error: of one keyword (anyOf and oneOf are taken apart by `forms.messages`). named: what the place is called.
    """
    return _WRITERS.get(str(error.validator), _anything_else)(error, named, field)


def by_help(field: Field) -> Message:
    """Return the remedy for a rule that has no words of its own: the form's own explanation."""
    text = field.get("description")
    return say("请按说明填写：{help}", help=text) if text else say("请对照填报说明检查这一项。")


def _required(error: ValidationError, named: Message, field: Field) -> Words:
    title = field.title
    if field.get("x-computed") is not None:
        return say("“{field}”由系统计算，现在还算不出来。", field=named), say("请先填好它所依据的各项。")
    if field.get("format") == "attachment" or _item_format(field) == "attachment":
        return say("“{field}”还没有上传。", field=named), say("请上传“{field}”。", field=title)
    if field.get("type") == "array":
        return say("“{field}”还没有填写。", field=named), say("请在“{field}”里至少填写一行。", field=title)
    if field.get("enum") is not None or field.get("type") == "boolean":
        return say("“{field}”还没有选择。", field=named), say("请选择“{field}”。", field=title)
    if any(isinstance(part, int) for part in error.absolute_path):
        return say("“{field}”还没有填写。", field=named), say("请填写；如果不需要这一行，请删去整行。")
    return say("“{field}”还没有填写。", field=named), say("请填写“{field}”。", field=title)


def _item_format(field: Field) -> object:
    rows = field.get("items")
    return rows.get("format") if isinstance(rows, dict) else None


_TYPES: dict[str, Callable[[], Words]] = {
    "integer": lambda: (say("“{field}”要填整数。"), say("请只填整数，不要带小数、单位和逗号。")),
    "number": lambda: (say("“{field}”要填数字。"), say("请只填数字，不要带单位和逗号。")),
    "string": lambda: (say("“{field}”要填文字。"), say("请重新填写“{field}”。")),
    "boolean": lambda: (say("“{field}”要选“是”或“否”。"), say("请重新选择“{field}”。")),
    "array": lambda: (say("“{field}”要逐行填写。"), say("请在“{field}”里逐行添加。")),
    "object": lambda: (say("“{field}”要逐项填写。"), say("请填写“{field}”里的各项。")),
    "null": lambda: (say("“{field}”应当留空。"), say("请清空“{field}”。")),
}


def _type(error: ValidationError, named: Message, field: Field) -> Words:
    wanted = error.validator_value
    kinds = [kind for kind in ([wanted] if isinstance(wanted, str) else wanted) if kind != "null"] or ["null"]
    what, do = _TYPES.get(kinds[0], _TYPES["string"])()
    return say(what.template, field=named), say(do.template, field=field.title)


def _enum(error: ValidationError, named: Message, field: Field) -> Words:
    return (
        say("“{field}”不在可选的范围内。", field=named),
        say("请从这些里面选一项：{choices}。", choices=choices(error.validator_value)),
    )


def _const(error: ValidationError, named: Message, field: Field) -> Words:
    if error.validator_value is True:
        return say("“{field}”需要勾选确认。", field=named), say("请确认后勾选“{field}”。", field=field.title)
    wanted = choices([error.validator_value])
    return say("“{field}”只能是“{value}”。", field=named, value=wanted), say(
        "请改为“{value}”。", value=wanted
    )


def _minimum(error: ValidationError, named: Message, field: Field) -> Words:
    limit = amount(error.validator_value, field)
    return say("“{field}”不能小于 {limit}。", field=named, limit=limit), say(
        "请填写 {limit} 或更大的数。", limit=limit
    )


def _maximum(error: ValidationError, named: Message, field: Field) -> Words:
    limit = amount(error.validator_value, field)
    return say("“{field}”不能大于 {limit}。", field=named, limit=limit), say(
        "请填写 {limit} 或更小的数。", limit=limit
    )


def _above(error: ValidationError, named: Message, field: Field) -> Words:
    limit = amount(error.validator_value, field)
    return say("“{field}”必须大于 {limit}。", field=named, limit=limit), say(
        "请填写比 {limit} 大的数。", limit=limit
    )


def _below(error: ValidationError, named: Message, field: Field) -> Words:
    limit = amount(error.validator_value, field)
    return say("“{field}”必须小于 {limit}。", field=named, limit=limit), say(
        "请填写比 {limit} 小的数。", limit=limit
    )


def _multiple(error: ValidationError, named: Message, field: Field) -> Words:
    step = Fraction(str(error.validator_value))
    if step == 1:
        return say("“{field}”要填整数。", field=named), say("请去掉小数部分。")
    if step.numerator == 1 and set(str(step.denominator)) <= {"1", "0"}:
        places = len(str(step.denominator)) - 1
        return say("“{field}”的小数位数太多。", field=named), say(
            "请最多保留 {places} 位小数。", places=places
        )
    limit = amount(error.validator_value, field)
    return say("“{field}”必须是 {step} 的整数倍。", field=named, step=limit), say(
        "请改为 {step} 的整数倍。", step=limit
    )


def _short(error: ValidationError, named: Message, field: Field) -> Words:
    least, now = error.validator_value, len(error.instance)
    if now == 0:
        return say("“{field}”还没有填写。", field=named), say("请填写“{field}”。", field=field.title)
    return (
        say("“{field}”太短，至少要 {least} 个字。", field=named, least=least),
        say("现在有 {now} 个字，请写得具体一些。", now=now),
    )


def _long(error: ValidationError, named: Message, field: Field) -> Words:
    most, now = error.validator_value, len(error.instance)
    return (
        say("“{field}”太长，最多 {most} 个字。", field=named, most=most),
        say("现在有 {now} 个字，请删去 {over} 个字。", now=now, over=now - most),
    )


def _pattern(error: ValidationError, named: Message, field: Field) -> Words:
    what = say("“{field}”的格式不对。", field=named)
    examples = field.get("examples")
    if examples:
        return what, say("请照这个样子填写：{example}", example=examples[0])
    if field.get("description"):
        return what, say("请按说明填写：{help}", help=field.get("description"))
    return what, say("请检查有没有多余的空格、漏写或错写。")


_FORMATS: dict[str, Callable[[], Words]] = {
    "date": lambda: (
        say("“{field}”不是有效的日期。"),
        say("请照“2024-11-01”的样子填写，并确认当月有这一天。"),
    ),
    "year": lambda: (say("“{field}”不是有效的年份。"), say("请照“2024”的样子填写。")),
    "month": lambda: (say("“{field}”不是有效的月份。"), say("请照“2024-11”的样子填写。")),
    "date-time": lambda: (say("“{field}”不是有效的时间。"), say("请重新选择日期和时间。")),
    "signature": lambda: (say("“{field}”不是有效的签名。"), say("请填写签名人的姓名，最多 50 个字。")),
    "attachment": lambda: (say("“{field}”的附件没有找到。"), say("请删去后重新上传。")),
}


def _format(error: ValidationError, named: Message, field: Field) -> Words:
    other: Words = say("“{field}”选的对象没有找到。"), say("请从列表中重新选择。")
    known = _FORMATS.get(str(error.validator_value))
    what, do = known() if known else other
    return say(what.template, field=named), do


def _few(error: ValidationError, named: Message, field: Field) -> Words:
    least, now = error.validator_value, len(error.instance)
    return (
        say("“{field}”太少，至少要有 {least} 项。", field=named, least=least),
        say("现在有 {now} 项，请再添加 {missing} 项。", now=now, missing=least - now),
    )


def _many(error: ValidationError, named: Message, field: Field) -> Words:
    most, now = error.validator_value, len(error.instance)
    return (
        say("“{field}”太多，最多 {most} 项。", field=named, most=most),
        say("现在有 {now} 项，请删去 {over} 项。", now=now, over=now - most),
    )


def _unique(error: ValidationError, named: Message, field: Field) -> Words:
    first, second = twins(error.instance) or (0, 0)
    return (
        say(
            "“{field}”第 {first} 行与第 {second} 行完全相同。",
            field=named,
            first=first + 1,
            second=second + 1,
        ),
        say("请删去其中一行，或改正填错的一行。"),
    )


def _contains(error: ValidationError, named: Message, field: Field) -> Words:
    return say("“{field}”里缺少必须有的内容。", field=named), by_help(field)


def _anything_else(error: ValidationError, named: Message, field: Field) -> Words:
    return say("“{field}”的填法不符合表单的要求。", field=named), by_help(field)


Writer = Callable[[ValidationError, Message, Field], Words]
_WRITERS: dict[str, Writer] = {
    "required": _required,
    "dependentRequired": _required,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _above,
    "exclusiveMaximum": _below,
    "multipleOf": _multiple,
    "minLength": _short,
    "maxLength": _long,
    "pattern": _pattern,
    "format": _format,
    "minItems": _few,
    "maxItems": _many,
    "minProperties": _few,
    "maxProperties": _many,
    "uniqueItems": _unique,
    "contains": _contains,
    "minContains": _contains,
}
