"""A table of tenants: authorities, their superiors and reporting lines; what it would change. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenants.models import Tenant
from tenants.roster.fields import Field, Reading, columns, known_headings, need, notes
from tenants.sheets import Column, Row, Sheet, Value, read_sheet
from tenants.text import Message, say

LEVELS: Mapping[str, Message] = {
    "country": say("国家"), "province": say("省"), "city": say("市"), "county": say("县"), "township": say("乡镇"),
}  # fmt: skip
SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")
CODE = re.compile(r"[0-9]{6}([0-9]{3}){0,2}")
FIELDS = (
    Field("slug", "简称", say("必填。网址中的简称：小写字母、数字、连字符，以字母开头，不再改。"), (), 16),
    Field("name", "名称", say("新租户必填。机关全称。"), ("机关名称", "租户"), 28),
    Field("level", "级别", say("新租户必填：国家、省、市、县、乡镇。"), (), 10),
    Field("code", "行政区划代码", say("GB/T 2260，6、9 或 12 位数字，可以不填。"), ("代码", "区划代码"), 16),
    Field("parent", "上级", say("上级的简称；没有上级的不填。"), ("上级简称",), 16),
    Field("lines", "条线", say("另外的报送路线，写成“名称:简称”，几条用“、”隔开。"), ("报送路线",), 28),
)
_LINES = re.compile(r"[、,，;；\n]")

# The named edges of a tenant besides the one to its superior: (name, slug).
Edges = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Known:
    """A tenant that there is, with the slug of its superior and its reporting lines."""

    tenant: Tenant
    parent: str
    lines: Edges

    def value(self, key: str) -> Any:
        own = {"parent": self.parent, "lines": self.lines, "code": self.tenant.code or ""}
        return own[key] if key in own else getattr(self.tenant, key)


@dataclass(frozen=True)
class Wanted:
    """A tenant as the table has it, complete. before: as it is; None for a new one. changes: field -> (before, after)."""

    row: int
    slug: str
    values: Mapping[str, Any]
    before: Known | None
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class TenantPlan:
    """What a table would do. new: superiors first. unnamed: how many tenants the table does not name; they stay as they are."""

    new: tuple[Wanted, ...] = ()
    changed: tuple[Wanted, ...] = ()
    unchanged: int = 0
    unnamed: int = 0

    @property
    def empty(self) -> bool:
        return not self.new and not self.changed


def read(data: bytes, name: str) -> Sheet:
    """Read a file as a table of tenants. Raises Invalid, TooLarge."""
    return read_sheet(data, name, known=known_headings(FIELDS), title="租户")


def plan(sheet: Sheet, known: Iterable[Known] = ()) -> TenantPlan:
    """Return what a table does. Raises Invalid with everything that is wrong."""
    there = {one.tenant.slug: one for one in known}
    reading = Reading(sheet, FIELDS)
    need(reading, "slug")
    for place, heading in reading.others():
        what, do = say("没有“{name}”这一列。", name=heading), say("请删除，或按模板改名。")
        reading.complain(sheet.heading_row, place, what, do)
    wanted: dict[str, Wanted] = {}
    for row in sheet.rows:
        one = _wanted(reading, row, there)
        if one.slug in wanted:
            what, do = say("与第 {row} 行是同一个租户。", row=wanted[one.slug].row), say("请删去其中一行。")
            reading.complain(row, "slug", what, do)
        elif one.slug:
            wanted[one.slug] = one
    _check_tree(reading, there, wanted)
    reading.finish()
    new = [one for one in wanted.values() if one.before is None]
    changed = tuple(one for one in wanted.values() if one.before and one.changes)
    rest = len(wanted) - len(new) - len(changed)
    return TenantPlan(tuple(_downwards(new)), changed, rest, len(there.keys() - wanted.keys()))


def table(known: Sequence[Known]) -> tuple[list[Column], list[list[Value]]]:
    """Return the tenants as a table that `plan` finds nothing to change in."""
    rows: list[list[Value]] = [
        [
            one.tenant.slug, one.tenant.name, str(LEVELS.get(one.tenant.level, one.tenant.level)), one.tenant.code,
            one.parent, "、".join(f"{name}:{slug}" for name, slug in sorted(one.lines)),
        ]
        for one in known
    ]  # fmt: skip
    choices = {"level": [str(words) for words in LEVELS.values()]}
    return columns(FIELDS, choices, strict=("level",)), rows


def explanation() -> list[list[str]]:
    """Return the sheet of a template that explains its columns."""
    return notes(FIELDS, [say("按简称对应已有租户；没有列出的租户和列保持不变。")])


def _wanted(reading: Reading, row: Row, there: Mapping[str, Known]) -> Wanted:
    slug = reading.text(row, "slug", 64)
    before = there.get(slug)
    if not SLUG.fullmatch(slug):
        what = say("简称“{slug}”不合要求。", slug=slug)
        do = say("请用 2 到 40 个小写字母、数字或连字符，以字母开头，例如 qingshan。")
        reading.complain(row, "slug", what, do)
    given: dict[str, Any] = {}
    for key in ("name", "code", "parent"):
        if reading.has(key):
            given[key] = reading.text(row, key)
    if reading.has("level"):
        given["level"] = reading.choice(row, "level", LEVELS)
    if reading.has("lines"):
        given["lines"] = _lines(reading, row)
    if given.get("code") and not CODE.fullmatch(given["code"]):
        what, do = (
            say("行政区划代码“{code}”不合要求。", code=given["code"]),
            say("请写 6、9 或 12 位数字，或不写。"),
        )
        reading.complain(row, "code", what, do)
    empty = {"name": "", "level": "", "code": "", "parent": "", "lines": Edges()}
    values = {key: given.get(key, before.value(key) if before else value) for key, value in empty.items()}
    for key in ("name", "level"):
        if not values[key] and not any(problem.line == row.number for problem in reading.problems):
            reading.complain(row, key, say("名称和级别都必须填写。"), say("请补全。"))
    changes = (
        {key: (before.value(key), value) for key, value in values.items() if before.value(key) != value}
        if before
        else {}
    )
    return Wanted(row.number, slug, values, before, changes)


def _lines(reading: Reading, row: Row) -> Edges:
    found = set()
    for part in filter(None, (part.strip() for part in _LINES.split(reading.text(row, "lines", 2000)))):
        name, _, slug = (bit.strip() for bit in part.replace("：", ":").rpartition(":"))
        if not name or name == "parent" or len(name) > 64:
            what, do = say("不能填“{value}”。", value=part[:40]), say("请写成“名称:简称”。")
            reading.complain(row, "lines", what, do)
        else:
            found.add((name, slug))
    return frozenset(found)


def _check_tree(reading: Reading, there: Mapping[str, Known], wanted: Mapping[str, Wanted]) -> None:
    """Note superiors and ends of lines that are nowhere, and levels that do not go down."""
    level = {slug: one.tenant.level for slug, one in there.items()} | {
        s: one.values["level"] for s, one in wanted.items()
    }
    above = {slug: one.parent for slug, one in there.items()} | {
        s: one.values["parent"] for s, one in wanted.items()
    }
    order = list(LEVELS)
    for slug, parent in above.items():
        line = wanted.get(slug) or wanted.get(parent)
        if not parent or line is None:
            continue
        if parent not in level:
            what, do = say("没有“{slug}”这个租户。", slug=parent[:40]), say("请核对简称，或在表中增加。")
            reading.complain(line.row, "parent", what, do)
        elif (
            level[parent] in order
            and level[slug] in order
            and order.index(level[parent]) >= order.index(level[slug])
        ):
            what, do = say("“{slug}”的级别不比上级低。", slug=slug), say("请核对级别和上级。")
            reading.complain(line.row, "level", what, do)
    for one in wanted.values():
        for _name, slug in sorted(one.values["lines"]):
            if slug not in level or slug == one.slug:
                what, do = say("没有“{slug}”这个租户。", slug=slug[:40]), say("请核对简称，或在表中增加。")
                reading.complain(one.row, "lines", what, do)


def _downwards(new: Sequence[Wanted]) -> Iterator[Wanted]:
    """Yield new tenants so that each comes after its superior: levels go down, so their order does."""
    order = list(LEVELS)
    return iter(sorted(new, key=lambda one: order.index(one.values["level"])))
