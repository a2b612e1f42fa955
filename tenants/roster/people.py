"""A table of people, one line for each post: read without a database. What a table would do, `people_plan` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.access import ROLES
from tenants.models import Member, Unit, User
from tenants.roster.fields import Field, Reading, known_headings
from tenants.roster.tree import Tree
from tenants.sheets import Row, Sheet, read_sheet
from tenants.text import say

FIELDS = (
    Field(
        "account",
        "账号",
        say("登录用的账号，字母、数字均可。新账号可以不填，自动编。"),
        ("登录名", "login", "sign_in_name"),
        20,
    ),
    Field("name", "姓名", say("必填。"), (), 12),
    Field(
        "unit", "单位", say("必填。单位的名称或代码；重名的写成“上级/本级”。"), ("所在单位", "单位名称"), 28
    ),
    Field("title", "职务", say("职务的名称，可以不填。"), ("职位",), 16),
    Field("posts", "岗位", say("方案中的岗位，几个的用“、”隔开；一般岗位不填。"), (), 20),
    Field(
        "roles",
        "角色",
        say("经办人员、本级管理员、方案编制、审计人员、只读人员，几个的用“、”隔开。不填即经办人员。"),
        (),
        20,
    ),
    Field("active", "在用", say("填“否”即停用这个岗位，认领的任务放回。不填即在用。"), ("启用",), 8),
)


ROLES_HERE = {key: words for key, words in ROLES.items() if key != "system_admin"}
# What stands between several posts or roles in a cell.
BETWEEN = re.compile(r"[、,，;；\n]")

Held = tuple[Member, Unit, User]
Taken = Callable[[Collection[str]], set[str]]


@dataclass(frozen=True)
class Staff:
    """What there is. posts: key -> what it is called. taken: which logins are used, wherever. own: the post that asks."""

    slug: str
    units: Sequence[Unit]
    held: Sequence[Held]
    posts: Mapping[str, str]
    taken: Taken
    own: UUID | None = None


@dataclass(frozen=True)
class Line:
    """One line of the table. login: "" when none was given. given: field -> value, for the columns that the table has."""

    row: int
    login: str
    name: str
    unit: Unit
    given: Mapping[str, Any]


def read(data: bytes, name: str) -> Sheet:
    """Read a file as a table of people. Raises Invalid, TooLarge."""
    return read_sheet(data, name, known=known_headings(FIELDS), title="人员")


def line(reading: Reading, row: Row, staff: Staff, tree: Tree) -> Line | None:
    """Return one line; None when something is wrong with it, which is noted in the reading."""
    before = len(reading.problems)
    login = reading.text(row, "account", 64).lower()
    name, place = reading.text(row, "name", 100), reading.text(row, "unit", 600)
    if any(sign.isspace() for sign in login):
        reading.complain(row, "account", say("账号里不能有空格。"), say("请改正。"))
    if not name:
        reading.complain(row, "name", say("姓名必须填写。"), say("请补全。"))
    found = tree.find(place) if place else []
    if not place:
        reading.complain(row, "unit", say("单位必须填写。"), say("请补全。"))
    elif not found:
        reading.complain(
            row, "unit", say("没有“{name}”这个单位。", name=place[:60]), say("请核对，或先导入单位。")
        )
    elif len(found) > 1:
        reading.complain(
            row,
            "unit",
            say("有几个单位都叫“{name}”。", name=place[:60]),
            say("请改写代码，或写成“上级/本级”。"),
        )
    given: dict[str, Any] = {"name": name}
    if reading.has("title"):
        given["title"] = reading.text(row, "title", 100)
    for key, choices in (("posts", _said(staff.posts)), ("roles", _said(ROLES_HERE))):
        if reading.has(key):
            given[key] = _several(reading, row, key, choices)
    if reading.has("active"):
        given["active"] = reading.yes(row, "active") is not False
    return Line(row.number, login, name, found[0], given) if len(reading.problems) == before else None


def _several(reading: Reading, row: Row, key: str, choices: Mapping[str, str]) -> list[str]:
    found = []
    for word in BETWEEN.split(reading.text(row, key, 500)):
        if word.strip() in choices:
            found.append(choices[word.strip()])
        elif word.strip():
            offered = tuple({choices[word]: word for word in reversed(list(choices))}.values())[
                ::-1
            ]  # each once
            reading.complain(
                row,
                key,
                say("不能填“{value}”。", value=word.strip()[:20]),
                say("可以填：{choices}。", choices=offered[:20] or "—"),
            )
    return sorted(set(found))


def _said(words: Mapping[str, object]) -> dict[str, str]:
    """Return keys by what they are called, and by themselves."""
    return {str(said): key for key, said in words.items()} | {key: key for key in words}
