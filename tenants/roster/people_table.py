"""A tenant's people written as a table, and the template that explains how to fill one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tenants.access import ROLES
from tenants.models import Unit
from tenants.roster.fields import columns, notes
from tenants.roster.people import BETWEEN, FIELDS, ROLES_HERE, Held
from tenants.roster.tree import Tree
from tenants.sheets import Column, Value
from tenants.text import say


def table(
    units: Sequence[Unit], held: Iterable[Held], posts: Mapping[str, str]
) -> tuple[list[Column], list[list[Value]]]:
    """Return a tenant's posts as a table that `plan` finds nothing to change in."""
    tree = Tree(units)
    words = _post_words(posts)
    paths = {unit.id: tree.path(unit) for unit in units}
    rows: list[list[Value]] = [
        [
            user.login, member.name, paths[unit.id], member.title,
            "、".join(words.get(post, post) for post in member.posts),
            "、".join(str(ROLES[role]) for role in member.roles), "是" if member.active else "否",
        ]
        for member, unit, user in held
    ]  # fmt: skip
    choices = {
        "unit": [paths[unit.id] for unit in units if unit.active], "active": ["是", "否"],
        "posts": [words.get(post, post) for post in posts], "roles": [str(words) for words in ROLES_HERE.values()],
    }  # fmt: skip
    return columns(FIELDS, choices, strict=("active",)), rows


def explanation() -> list[list[str]]:
    """Return the sheet of a template that explains its columns."""
    more = [
        say("账号和单位都相同的，对应已有岗位；没有填账号的，按姓名和单位对应；对应不上的就是新岗位。"),
        say("一个人可以有几行，每行一个单位的岗位。调动的，旧单位那一行填“否”，新单位另写一行。"),
        say(
            "新账号会得到一次性登录码，导入后当场显示一次，可以打印分发。表中没有密码，也不要填密码、手机号。"
        ),
    ]
    return notes(FIELDS, more)


def _post_words(posts: Mapping[str, str]) -> dict[str, str]:
    """Return posts by the words that mean each of them alone."""
    titles = list(posts.values())
    return {
        key: title
        for key, title in posts.items()
        if titles.count(title) == 1
        and title not in posts
        and not BETWEEN.search(title)
        and title == title.strip()
    }
