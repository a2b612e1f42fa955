"""Functions over texts and numbers. None in, None out; a question about None is answered with False."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from forms.expression import numbers
from forms.expression.errors import EvaluationError, too_large
from forms.expression.limits import MATCHED, TEXT
from forms.expression.pattern import compiled
from forms.expression.values import Meter, fetched, kind, same
from tenants.text import say

_NUMBER = re.compile(r"[+-]?[0-9]{1,99}(?:\.[0-9]{1,99})?")
_BLANKS = " \t\r\n\u00a0\u3000"  # the browser strips exactly these too


def round_number(value: object, places: object = Decimal(0)) -> Decimal | None:
    """四舍五入 to `places` decimals (0 when left out)."""
    if value is None or places is None:
        return None
    return numbers.rounded(_number_of(value, "round"), whole(places))


def absolute(value: object) -> Decimal | None:
    return None if value is None else abs(_number_of(value, "abs"))


def number(value: object) -> Decimal | None:
    """The number that a text writes; None for None and for a blank text."""
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise EvaluationError("number", say("这段文字不是数"), say("请只填数字，例如 12.5"))
        return numbers.CONTEXT.create_decimal(text)
    return None if value is None else _number_of(value, "number")


def text(value: object) -> str:
    """A value in words: numbers without exponent, dates as 2024-11-01, 是/否, lists joined by 、, None as nothing."""
    if isinstance(value, list):
        parts: list[str] = []
        length = 0
        for item in value:
            parts.append(_one_text(fetched(item)))
            length += len(parts[-1]) + 1
            if length > TEXT:
                raise too_large()
        return "、".join(parts)
    return _one_text(value)


def lower(value: object) -> str | None:
    return None if value is None else _bounded(_text_of(value, "lower")).lower()


def upper(value: object) -> str | None:
    return None if value is None else _bounded(_text_of(value, "upper")).upper()


def strip(value: object) -> str | None:
    """The text without blanks at both ends."""
    return None if value is None else _text_of(value, "strip").strip(_BLANKS)


def contains(meter: Meter, container: object, wanted: object) -> bool:
    """Whether a text holds a text, a list an equal item, a mapping a field of that name; `in` turned round."""
    if container is None:
        return False
    if isinstance(container, str) and (isinstance(wanted, str) or wanted is None):
        meter.spend(len(container) // 64)
        return wanted is not None and wanted in container
    if isinstance(container, list):
        for item in container:
            meter.spend(2)
            if same(fetched(item), wanted, meter):
                return True
        return False
    if isinstance(container, Mapping):
        return isinstance(wanted, str) and wanted in container
    what = say("{container}里不能找{wanted}", container=kind(container), wanted=kind(wanted))
    raise EvaluationError("kind", what, say("只能在文字里找文字，或者在列表里找内容"))


def starts_with(value: object, start: object) -> bool:
    if value is None or start is None:
        return False
    return _text_of(value, "starts_with").startswith(_text_of(start, "starts_with"))


def ends_with(value: object, end: object) -> bool:
    if value is None or end is None:
        return False
    return _text_of(value, "ends_with").endswith(_text_of(end, "ends_with"))


def matches(value: object, pattern: str) -> bool:
    """Whether the whole text has the form of the pattern, which was checked when the expression was compiled."""
    if value is None:
        return False
    checked = _text_of(value, "matches")
    if len(checked) > MATCHED:
        raise too_large()
    shape = compiled(pattern)
    try:
        return shape is not None and shape.fullmatch(checked) is not None
    except UnicodeError:  # half a surrogate pair: no character at all
        return False


def whole(value: object) -> int:
    """Return a number without a fraction as int."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    raise EvaluationError(
        "kind", say("这里要用整数，而不是{kind}", kind=kind(value)), say("请写整数，例如 3")
    )


def _number_of(value: object, function: str) -> Decimal:
    if isinstance(value, Decimal):
        return value
    what = say("{function}(…) 里要用数，而不是{kind}", function=function, kind=kind(value))
    raise EvaluationError("kind", what, say("请用 number(…) 把文字变成数"))


def _text_of(value: object, function: str) -> str:
    if isinstance(value, str):
        return value
    what = say("{function}(…) 里要用文字，而不是{kind}", function=function, kind=kind(value))
    raise EvaluationError("kind", what, say("请用 text(…) 把内容变成文字"))


def _one_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return numbers.written(value)
    if isinstance(value, date):
        return value.isoformat()
    raise EvaluationError("kind", say("{kind}不能变成文字", kind=kind(value)), say("请写明其中的哪一项"))


def _bounded(made: str) -> str:
    if len(made) > TEXT:
        raise too_large()
    return made
