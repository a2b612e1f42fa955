"""How a place in the answers is called: by the titles the form gives, and the number of the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.fields import ROW, Field, Path, Place
from tenants.text import Message, say

Fields = Mapping[Path, Field]
_NOTHING = Field((), ())


def path_of(place: Place) -> Path:
    """Return where in the form a place of the answers stands: positions become "each row"."""
    return tuple(ROW if isinstance(part, int) else part for part in place)


def field_at(fields: Fields, place: Place) -> Field:
    """Return the field at a place; for an unknown one a field that says nothing."""
    return fields.get(path_of(place), _NOTHING)


def title_at(fields: Fields, place: Place) -> str:
    """Return the field's title; without one its name."""
    return field_at(fields, place).title or str(place[-1] if place else "")


def label(fields: Fields, place: Place) -> Message:
    """Return what the place is called, such as 隐患清单 第2行 的 级别."""
    named: Message | None = None
    for end in range(1, len(place) + 1):
        part = place[end - 1]
        if isinstance(part, int):
            named = say("{of} 第{row}行", of=named or say("表格"), row=part + 1)
        elif named is None:
            named = say("{field}", field=title_at(fields, place[:end]))
        else:
            named = say("{of} 的 {field}", of=named, field=title_at(fields, place[:end]))
    return named or say("表单")


def amount(value: Any, field: Field) -> str:
    """Return a number of the schema as a person writes it, with the field's unit."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    unit = field.get("x-unit")
    return f"{text} {unit}" if unit else text


def choices(values: list[Any], limit: int = 8) -> str:
    """Return the choices of a list for a sentence, the first few by name."""
    texts = [
        "是" if value is True else "否" if value is False else str(value)
        for value in values
        if value is not None
    ]
    return "、".join(texts[:limit]) + ("……" if len(texts) > limit else "")


def size_words(size: int) -> str:
    """Return a size in bytes as people say it: 20000000 is 20 MB.

    Decimal, as limits are written. Rounded up, so that what is over a limit never reads as the limit itself. The browser says
    the same (web/frontend/src/form/sizes.js).
    """
    if size < 1_000:
        return f"{size} B"
    if size <= 999_000:
        return f"{-(-size // 1_000)} KB"
    unit, scale = ("MB", 1_000_000) if size <= 999_900_000 else ("GB", 1_000_000_000)
    whole, tenth = divmod(-(-size * 10 // scale), 10)
    return f"{whole}.{tenth} {unit}" if tenth else f"{whole} {unit}"
