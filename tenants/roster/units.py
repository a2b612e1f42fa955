"""A table of units: one line each, read without a database. What lines mean against the units there are, `plan` says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tenants.base import json_text
from tenants.roster.fields import Field, Reading, known_headings, need
from tenants.sheets import Row, Sheet, Value, as_number, as_text, plain_heading, read_sheet
from tenants.text import Message, say

KINDS: Mapping[str, Message] = {
    "bureau": say("主管部门"), "office": say("科室（机构）"), "company": say("公司"), "mine": say("煤矿"), "section": say("科队"),
    "crew": say("班组"),
}  # fmt: skip
STATUSES: Mapping[str, Message] = {
    "生产": say("生产"), "建设": say("建设"), "停产": say("停产"), "关闭": say("关闭"),
}  # fmt: skip


@dataclass(frozen=True)
class Attribute:
    """What every tenant may say of a unit. of: in what it is measured. choices: value -> words. number: it is one."""

    label: Message
    of: Message | None = None
    choices: Mapping[str, Message] | None = None
    number: bool = False


# Besides whatever else a tenant's units carry already.
ATTRIBUTES: Mapping[str, Attribute] = {
    "method": Attribute(say("开采方式"), choices={"井工": say("井工"), "露天": say("露天")}),
    "output": Attribute(say("生产能力"), of=say("万吨/年"), number=True),
    "shifts": Attribute(say("班次"), of=say("每天几班"), number=True),
    "mandate": Attribute(say("职责范围"), choices={"all": say("本级全部单位")}),
}
FIELDS = (
    Field(
        "code", "代码", say("单位的代码，不重复、不再改。新单位可以不填，自动编。"), ("单位代码", "编码"), 14
    ),
    Field("name", "名称", say("必填。单位的名称。"), ("单位名称", "单位"), 28),
    Field(
        "kind",
        "类别",
        say("新单位必填：主管部门、科室（机构）、公司、煤矿、科队、班组，以及方案包增加的类别。"),
        ("单位类别", "类型"),
        14,
    ),
    Field(
        "parent",
        "上级单位",
        say("上级单位的名称或代码；重名的写成“上级/本级”。不填即最上级。"),
        ("上级", "所属单位"),
        28,
    ),
    Field("status", "状态", say("生产、建设、停产、关闭；不区分的不填。"), ("单位状态",), 10),
    Field("active", "在用", say("填“否”即停用：不再下达任务，记录保留。不填即在用。"), ("启用",), 8),
)
# What a unit may be called beside its name where it is meant: no code or name holds it at its ends.
SLASH = "/"


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the table. given: field -> value, for the columns that the table has; code "" = none was given.

    attributes: name -> value, None where the cell is empty, for the columns that the table has.
    """

    row: int
    code: str
    name: str
    parent: str
    given: Mapping[str, Any]
    attributes: Mapping[str, Any]


def read(data: bytes, name: str) -> Sheet:
    """Read a file as a table of units. Raises Invalid, TooLarge."""
    return read_sheet(data, name, known={*known_headings(FIELDS), *_labels()}, title="单位")


def lines(
    reading: Reading,
    kinds: Mapping[str, str] = MappingProxyType({}),
    statuses: Collection[str] = (),
    attributes: Collection[str] = (),
) -> list[Line]:
    """Return the lines of a table; what is wrong with a cell is noted in the reading.

    kinds, statuses, attributes: what units of the tenant have besides the usual; kinds with their titles.
    """
    if not reading.has("code"):
        need(reading, "name")
    held = {plain_heading(name).casefold(): name for name in attributes}
    names = {
        place: held.get(heading.casefold()) or _attribute(heading) for place, heading in reading.others()
    }
    for place, attribute in names.items():
        if list(names.values()).count(attribute) > 1:
            reading.complain(
                reading.sheet.heading_row, place, say("这一列的标题重复。"), say("请改名或删除其中一列。")
            )
    return [_line(reading, row, kinds, statuses, names) for row in reading.sheet.rows]


def _line(
    reading: Reading, row: Row, kinds: Mapping[str, str], statuses: Collection[str], names: Mapping[int, str]
) -> Line:
    code, name, parent = (
        reading.text(row, "code", 64),
        reading.text(row, "name"),
        reading.text(row, "parent", 600),
    )
    given: dict[str, Any] = {}
    if reading.has("name"):
        given["name"] = name
        if not name:
            reading.complain(row, "name", say("名称必须填写。"), say("请补全。"))
        elif SLASH in name.strip(SLASH) and name.strip(SLASH) != name:
            reading.complain(row, "name", say("名称的两端不能是“/”。"), say("请改正。"))
    elif not code:
        reading.complain(row, "code", say("代码必须填写。"), say("请补全。"))
    if reading.has("kind"):
        given["kind"] = reading.choice(row, "kind", {**kinds, **KINDS}, kinds)
    if reading.has("status"):
        given["status"] = reading.choice(row, "status", STATUSES, statuses)
    if reading.has("parent"):
        given["parent"] = parent
    if reading.has("active"):
        given["active"] = reading.yes(row, "active") is not False
    attributes = {name: _value(reading, row, place, name) for place, name in names.items()}
    return Line(row.number, code, name, parent, given, attributes)


def _value(reading: Reading, row: Row, place: int, name: str) -> Any:
    """Return the value of an attribute: a number where one is meant, the key of a choice, else text."""
    cell = row.cells[place]
    known = ATTRIBUTES.get(name)
    if cell is None:
        return None
    if known and known.number:
        try:
            number = as_number(cell)
        except ValueError:
            number = None
        if number is None or not 0 <= number < 10**9:
            reading.complain(row, place, say("应是数字。"), say("请只填数字，如 90。"))
            return None
        return plain_number(number)
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | Decimal) and not (known and known.choices):
        return plain_number(Decimal(cell))
    text = reading.text_at(row, place)
    if known and known.choices:
        by_word = {str(words): value for value, words in known.choices.items()}
        return by_word.get(text, text)
    return text or None


def plain_number(number: Decimal) -> int | float:
    """Return a number as attributes keep it."""
    return int(number) if number == number.to_integral_value() else float(number)


def heading_of(name: str) -> str:
    """Return the heading of an attribute's column."""
    return str(ATTRIBUTES[name].label) if name in ATTRIBUTES else name


def cell_of(name: str, value: Any) -> Value:
    """Return the cell that stands for an attribute's value."""
    known = ATTRIBUTES.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        return str(known.choices.get(value, value)) if known and known.choices else value
    return json_text(value)


def same(name: str, before: Any, given: Any) -> bool:
    """Tell whether a cell says what the attribute holds already: CSV knows only text, and text may be a number's."""
    if before == given and type(before) is type(given):
        return True
    if before in (None, "") or given in (None, ""):
        return before in (None, "") and given in (None, "")
    return _shown(cell_of(name, before)) == _shown(cell_of(name, given))


def _shown(cell: Value) -> str:
    try:
        return as_text(cell).strip()
    except ValueError:
        return str(cell)


def _labels() -> set[str]:
    return {*ATTRIBUTES, *(str(one.label) for one in ATTRIBUTES.values())}


def _attribute(heading: str) -> str:
    """Return the attribute that a heading means: 生产能力 and 生产能力（万吨/年） are `output`."""
    bare = heading.partition("（")[0].partition("(")[0].strip()
    for name, one in ATTRIBUTES.items():
        if bare in (name, str(one.label)):
            return name
    return heading[:64]
