"""The cast of a rehearsal: units that live in memory only, as a tree for selectors. Read from a file, or copied from a tenant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.actors import all_units, home_of
from engine.selection import above
from tenants.db import Work
from tenants.errors import Invalid, Problem
from tenants.models import Unit
from tenants.sheets import Row, Sheet, Value, as_number, as_text, read_sheet
from tenants.text import say
from workflows.marked_yaml import read_yaml
from workflows.package import Package

# So many units, and no more: a province has some thousands of mines.
MOST = 20_000
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("名称", "单位名称", "单位", "name"),
    "kind": ("类型", "类别", "kind"),
    "parent": ("上级", "上级单位", "parent"),
    "status": ("状态", "status"),
    "code": ("编号", "代码", "单位编号", "code"),
    "posts": ("岗位", "posts"),
}
_WORDS = {"是": True, "否": False, "true": True, "false": False}
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?")
_BETWEEN = re.compile(r"[、,，;；\s]+")


@dataclass(frozen=True)
class Extra:
    """A unit on the stage. path: as `engine.selection.Place` has it. posts: those that somebody holds in it."""

    id: UUID
    path: str
    name: str
    kind: str
    status: str = ""
    code: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    posts: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what selectors may read, as of any unit."""
        return {
            **self.attributes, "kind": self.kind, "status": self.status, "name": self.name, "code": self.code,
        }  # fmt: skip


class Cast:
    """The units of a rehearsal, parents before children: an `engine.selection.Tree`."""

    def __init__(self, units: Sequence[Extra]) -> None:
        self._units = list(units)
        self._by_id = {unit.id: unit for unit in units}
        self._homes: dict[str, Extra] = {}
        for unit in units:
            for post in unit.posts:
                self._homes.setdefault(post, unit)

    def __len__(self) -> int:
        return len(self._units)

    def units(self) -> Sequence[Extra]:
        return self._units

    def ancestors(self, unit: Extra) -> list[Extra]:
        return [unit, *(self._by_id[key] for key in reversed(above(unit)) if key in self._by_id)]

    def find(self, unit_id: UUID) -> Extra | None:
        return self._by_id.get(unit_id)

    def home_of(self, post: str | None) -> Extra | None:
        return self._homes.get(post or "")


def place(number: int, parent: Extra | None, **facts: Any) -> Extra:
    """Return a unit below its parent; the number makes its id."""
    key = UUID(int=number)
    return Extra(id=key, path=f"{parent.path if parent else '/'}{key.hex}/", **facts)


def of_tenant(work: Work, package: Package) -> Cast:
    """Return the tenant's own units as they are today, with who holds the posts that the package names."""
    posts: dict[UUID, list[str]] = {}
    for post in {actor.post for actor in package.actors.values() if actor.kind == "post" and not actor.of}:
        home = home_of(work, post)
        if home is not None and post:
            posts.setdefault(home.id, []).append(post)
    return Cast([_copy(unit, tuple(sorted(posts.get(unit.id, ())))) for unit in all_units(work)])


def _copy(unit: Unit, posts: tuple[str, ...]) -> Extra:
    return Extra(
        unit.id, unit.path, unit.name, unit.kind, unit.status, unit.code, dict(unit.attributes), posts
    )


def read_units(data: bytes, name: str) -> Cast:
    """Read units from a CSV, XLSX or YAML file.

    Columns (or keys): 名称 name, 类型 kind, 上级 parent (the name or the code of another one), 状态 status, 编号 code,
    岗位 posts; every other column is an attribute. Rows may come in any order. Raises Invalid with every problem, TooLarge.
    """
    if name.lower().endswith((".yaml", ".yml")):
        rows, problems = _from_yaml(data, name)
    else:
        sheet = read_sheet(data, name, known=[word for words in _COLUMNS.values() for word in words])
        rows, problems = _from_sheet(sheet)
    if not problems and len(rows) > MOST:
        problems = [Problem(say("单位超过 {max} 个", max=MOST), say("请分成几次，或只留一部分。"), name, 1)]
    if not problems:
        cast, problems = _tree(rows, name)
    if problems:
        raise Invalid(say("单位表有 {n} 处错误。", n=len(problems)), problems=tuple(problems))
    return cast


@dataclass(frozen=True)
class _Row:
    line: int
    parent: str
    facts: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one for one in (self.facts["name"], self.facts["code"]) if one)


def _from_sheet(sheet: Sheet) -> tuple[list[_Row], list[Problem]]:
    places = {key: sheet.column(*words) for key, words in _COLUMNS.items()}
    taken = {at for at in places.values() if at is not None}
    for key, words in (("name", "名称"), ("kind", "类型")):
        if places[key] is None:
            what = say("没有“{column}”列", column=words)
            return [], [Problem(what, say("请在标题行加上这一列。"), sheet.name, sheet.heading_row)]
    others = [(at, head) for at, head in enumerate(sheet.headings) if head and at not in taken]
    rows, problems = [], []
    for row in sheet.rows:
        found = {key: _cell(row, at) for key, at in places.items()}
        attributes = {head: value for at, head in others if (value := _attribute(row.cells[at])) is not None}
        rows.append(_row(row.number, found, attributes))
        problems += [
            sheet.problem(row, places[key], say("没有填写"), say("请填写。"))
            for key in ("name", "kind")
            if not found[key]
        ]
    return rows, problems


def _from_yaml(data: bytes, name: str) -> tuple[list[_Row], list[Problem]]:
    value, problems = read_yaml(data, name)
    if problems:
        return [], problems
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        what = say("文件里不是单位的列表")
        return [], [Problem(what, say("请写成 - {name: …, kind: …} 的样子，每个单位一项。"), name, 1)]
    keys = {word: key for key, words in _COLUMNS.items() for word in words}
    rows = []
    for number, one in enumerate(value, 1):
        found: dict[str, str] = dict.fromkeys(_COLUMNS, "")
        attributes: dict[str, Any] = {}
        for key, written in one.items():
            if key in keys:
                found[keys[key]] = "、".join(map(str, written)) if isinstance(written, list) else str(written)
            elif isinstance(written, str | int | float | bool):
                attributes[str(key)] = written
        line = getattr(one, "line", number)
        rows.append(_row(line, found, attributes))
        problems += [
            Problem(say("第 {n} 个单位没有 {key}", n=number, key=key), say("请填写。"), name, line)
            for key in ("name", "kind")
            if not found[key]
        ]
    return rows, problems


def _row(line: int, found: Mapping[str, str], attributes: Mapping[str, Any]) -> _Row:
    facts = {key: found[key] for key in ("name", "kind", "status", "code")}
    posts = tuple(one for one in _BETWEEN.split(found["posts"]) if one)
    return _Row(line, found["parent"], {**facts, "attributes": attributes, "posts": posts})


def _tree(rows: Sequence[_Row], name: str) -> tuple[Cast, list[Problem]]:
    """Put every unit below its parent, which may stand further down."""
    problems: list[Problem] = []
    known: dict[str, list[_Row]] = {}
    for row in rows:
        for word in row.names:
            known.setdefault(word, []).append(row)
    below: dict[int | None, list[_Row]] = {}
    for row in rows:
        over = known.get(row.parent, []) if row.parent else []
        if row.parent and len(over) != 1:
            what = (
                say("没有上级“{name}”", name=row.parent)
                if not over
                else say("上级“{name}”不止一个", name=row.parent)
            )
            problems.append(Problem(what, say("请写表里另一个单位的名称或编号。"), name, row.line))
        below.setdefault(id(over[0]) if over else None, []).append(row)
    placed: list[Extra] = []
    todo: list[tuple[_Row, Extra | None]] = [(row, None) for row in reversed(below.get(None, []))]
    seen = set()
    while todo:
        row, parent = todo.pop()
        seen.add(id(row))
        unit = place(len(placed) + 1, parent, **row.facts)
        placed.append(unit)
        todo += [(one, unit) for one in reversed(below.get(id(row), []))]
    for row in rows if not problems else ():
        if id(row) not in seen:
            what = say("“{name}”的上级绕成一圈", name=row.facts["name"])
            problems.append(Problem(what, say("请改正上级。"), name, row.line))
    return Cast(placed), problems


def _cell(row: Row, at: int | None) -> str:
    return as_text(row.cells[at]).strip() if at is not None else ""


def _attribute(value: Value) -> Any:
    """Return a cell as selectors compare it: what looks like a number is one, 是 and 否 are true and false."""
    text = as_text(value).strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _NUMBER.fullmatch(text):
        number = as_number(text)
        return int(number) if number is not None and number == number.to_integral() else number
    return text or None


def kinds(units: Iterable[Extra]) -> dict[str, int]:
    """Return how many units there are of each kind."""
    found: dict[str, int] = {}
    for unit in units:
        found[unit.kind] = found.get(unit.kind, 0) + 1
    return found
