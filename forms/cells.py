"""One cell of a sheet and one answer of a form: what people write in a spreadsheet, as the form wants it, and back. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from forms.columns import Column
from tenants.sheets import Value, as_date, as_number, as_text
from tenants.text import Message, say, together

# The words of the house for what is either so or not; others are understood, too.
YES, NO = "是", "否"
_YES = frozenset({"是", "有", "对", "√", "✓", "✔", "y", "yes", "true", "t", "1"})
_NO = frozenset({"否", "无", "错", "×", "✗", "✘", "x", "n", "no", "false", "f", "0"})
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月份?|[-/.]0?1)?")
_CLOCK = re.compile(r"(.+?)[T ]?(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})秒?|分)?")
_SEPARATORS = re.compile(r"[、,，;；\n]+")
# Days that a spreadsheet may hold as a bare number: 2000-01-01 to 2099-12-31.
_EPOCH, _SERIALS = date(1899, 12, 30), range(36526, 73051)
_LARGEST = 2**53


@dataclass(frozen=True)
class Surroundings:
    """What else cells are read and shown by.

    zone: of a time without offset. units: id -> name. names: what the expressions of a row may read.
    translate: a Chinese word into the reader's language.
    """

    zone: tzinfo = UTC
    units: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, object] = field(default_factory=dict)
    translate: Callable[[str], str] = str


class BadCell(Exception):
    """A cell that is not what its column holds. what, do: words; the cell itself is not repeated."""

    def __init__(self, what: Message, do: Message) -> None:
        super().__init__(str(what))
        self.what, self.do = what, do


def read_cell(column: Column, cell: Value, around: Surroundings) -> Any:
    """Return the answer that a cell stands for, None for a blank one. Raises BadCell."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str) and cell in _ERRORS:
        raise BadCell(
            say("“{field}”是公式错误。", field=column.title), say("请在表格里改正公式，或直接填写结果。")
        )
    return _READERS[column.kind](column, cell, around)


def show_cell(column: Column, value: Any, around: Surroundings) -> Value:
    """Return an answer as a sheet shows it; `read_cell` understands it again."""
    if value is None or value == "" or isinstance(value, dict):
        return None
    if isinstance(value, bool):
        return around.translate(YES if value else NO)
    if isinstance(value, list):
        shown = [show_cell(column, one, around) for one in value]
        return "、".join(as_text(one) for one in shown if one is not None)
    if isinstance(value, int | float) and column.kind in ("number", "integer"):
        return Decimal(str(value))
    text = str(value)
    if column.kind == "unit":
        return around.units.get(text, text)
    if column.kind == "date":
        return _safely(date.fromisoformat, text)
    if column.kind == "moment":
        return _safely(
            lambda one: datetime.fromisoformat(one).astimezone(around.zone).replace(tzinfo=None), text
        )
    return {str(one): word for one, word in column.choices}.get(text, text)


def _safely(read: Callable[[str], Value], text: str) -> Value:
    """Read a text that a form of an earlier version may have kept otherwise."""
    try:
        return read(text)
    except (ValueError, OverflowError):
        return text


def _text(cell: Value) -> str:
    """Return a cell as the text that its writer saw: days without a time."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    try:
        return as_text(cell)
    except ValueError:
        raise BadCell(
            say("这个数字太长，末尾几位已被表格软件改掉。"),
            say("请把这一列设为文本格式，重新填写完整的号码。"),
        ) from None


def _folded(cell: Value) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", _text(cell))).casefold()


def _number(column: Column, cell: Value, around: Surroundings) -> Any:
    try:
        found = _amount(column, cell)
    except ValueError:
        raise BadCell(say("“{field}”要填数字。", field=column.title), say("请只填数字。")) from None
    whole = found == found.to_integral_value()
    if column.kind == "integer" and not whole:
        raise BadCell(say("“{field}”要填整数。", field=column.title), say("请改成整数。"))
    return int(found) if whole else float(found)


def _amount(column: Column, cell: Value) -> Decimal:
    """Return a number as it is meant: 1,234.5 and 85% and 12 吨, in full width, too. Raises ValueError."""
    if isinstance(cell, bool):
        raise ValueError("a truth")
    percent = False
    if isinstance(cell, str):
        cell = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell))
        unit = re.sub(r"\s", "", unicodedata.normalize("NFKC", column.unit))
        cell = cell.removesuffix(unit)
        percent = cell.endswith("%")
        cell = cell.removesuffix("%")
    found = as_number(cell)
    if found is None or abs(found) >= _LARGEST:
        raise ValueError("no number that a form holds")
    return found / 100 if percent else found


def _boolean(column: Column, cell: Value, around: Surroundings) -> bool:
    if isinstance(cell, bool):
        return cell
    word = _folded(cell)
    if word in _YES or word in _NO:
        return word in _YES
    raise BadCell(say("“{field}”要填“是”或“否”。", field=column.title), say("请填“是”或“否”。"))


def _date(column: Column, cell: Value, around: Surroundings) -> str:
    found = _day(cell)
    if found is None:
        raise BadCell(
            say("“{field}”不是有效的日期。", field=column.title),
            say("请填日期，例如 2024-11-05 或 2024年11月5日。"),
        )
    return found.isoformat()


def _day(cell: Value) -> date | None:
    if isinstance(cell, int) and not isinstance(cell, bool) and cell in _SERIALS:
        return _EPOCH + timedelta(days=cell)
    if isinstance(cell, str | int) and not isinstance(cell, bool):
        text = _folded(cell)
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"[12]\d{7}", text) else text
        cell = re.sub(r"(?<=\d|日)t?0{1,2}:00(:00(\.0+)?)?$", "", text.replace("号", "日"))
    try:
        return as_date(cell)
    except ValueError:
        return None


def _month(column: Column, cell: Value, around: Surroundings) -> str:
    if isinstance(cell, date) or (isinstance(cell, int) and cell in _SERIALS):
        return f"{_day(cell):%Y-%m}"
    text = _folded(cell)
    text = f"{text[:4]}-{text[4:]}" if re.fullmatch(r"[12]\d{5}", text) else text
    parts = _MONTH.fullmatch(text)
    if parts is None or not 1 <= int(parts[2]) <= 12:
        raise BadCell(
            say("“{field}”不是有效的月份。", field=column.title),
            say("请填月份，例如 2024-11 或 2024年11月。"),
        )
    return f"{parts[1]}-{int(parts[2]):02}"


def _moment(column: Column, cell: Value, around: Surroundings) -> str:
    found = cell if isinstance(cell, datetime) else _instant(cell)
    if found is None:
        raise BadCell(
            say("“{field}”不是有效的日期和时间。", field=column.title),
            say("请填日期和时间，例如 2024-11-05 08:30。"),
        )
    return (found if found.tzinfo else found.replace(tzinfo=around.zone)).isoformat(timespec="minutes")


def _instant(cell: Value) -> datetime | None:
    text = unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""
    parts = _CLOCK.fullmatch(text)
    day = _day(parts[1] if parts else cell)
    try:
        if day is None:
            return datetime.fromisoformat(text)
        clock = time(int(parts[2]), int(parts[3]), int(parts[4] or 0)) if parts else time()
        return datetime.combine(day, clock)
    except ValueError:
        return None


def _choice(column: Column, cell: Value, around: Surroundings) -> Any:
    wanted = _folded(cell)
    for value, word in column.choices:
        if wanted in (_folded(word), _folded(str(value))):
            return value
    raise BadCell(
        say("“{field}”不在可选的范围内。", field=column.title),
        say("请从这些里面选一项：{choices}。", choices=few([word for _value, word in column.choices])),
    )


def few(words: list[str]) -> Message:
    """Return the first few words of a list, for a sentence."""
    shown = words[:8] + (["……"] if len(words) > 8 else [])
    return together([say("{field}", field=word) for word in shown])


def _list(column: Column, cell: Value, around: Surroundings) -> list[Any]:
    words = [part.strip() for part in _SEPARATORS.split(_text(cell)) if part.strip()]
    if not column.choices:
        return words
    chosen = [_choice(column, word, around) for word in words]
    return [value for value, _word in column.choices if value in chosen]


def _unit(column: Column, cell: Value, around: Surroundings) -> str:
    wanted = _folded(cell)
    found = [key for key, name in around.units.items() if wanted in (_folded(name), key)]
    if len(found) == 1:
        return found[0]
    what = say("“{field}”有几个同名的单位。", field=column.title) if found else None
    raise BadCell(
        what or say("“{field}”没有这个单位。", field=column.title),
        say("请填写系统里的单位全称；同名时请在表单里选择。"),
    )


def _words(column: Column, cell: Value, around: Surroundings) -> Any:
    text = _text(cell)
    for (
        value,
        word,
    ) in column.choices:  # what an open list suggests, in the reader's language, stands for its value
        if _folded(text) == _folded(word):
            return value
    return text


_READERS: Mapping[str, Callable[[Column, Value, Surroundings], Any]] = {
    "text": _words,
    "number": _number,
    "integer": _number,
    "boolean": _boolean,
    "date": _date,
    "month": _month,
    "moment": _moment,
    "choice": _choice,
    "list": _list,
    "unit": _unit,
}
