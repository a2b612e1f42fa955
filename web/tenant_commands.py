"""The commands of whoever runs the house: authorities, their first administrators, a password that was forgotten."""

from __future__ import annotations

import unicodedata

import click

from engine.cascade import joining
from tenants import codes, directory, founding, stand_ins
from tenants.access import ROLES
from tenants.db import system_work
from tenants.text import say, together
from web.terminal import as_house, opened, tell, translation


@click.group()
def tenant() -> None:
    """Add and list tenants: the authorities that use this installation."""


@tenant.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="Full name of the authority.")
@click.option(
    "--level", required=True, type=click.Choice(directory.LEVELS), help="Level of its jurisdiction."
)
@click.option("--parent", default="", help="Short name of the superior tenant.")
@click.option("--code", default="", help="GB/T 2260 code, such as 140522.")
def add_tenant(slug: str, name: str, level: str, parent: str, code: str) -> None:
    """Add the tenant SLUG: a short name in lower case that stands in its addresses, such as qingshan.

    Adding the same one again changes nothing. Exit code: 0 it is there, 1 refused, 2 wrong usage.
    """
    with opened():
        with system_work() as session:
            is_new = founding.add_tenant(session, slug, name, level, parent=parent, code=code)
        with as_house(slug) as work:
            founding.record_tenant(work)
        if parent:
            with as_house(parent) as above:
                stand_ins.complete(above)
                joining.soon(above)
        if is_new:
            tell(say("已增加租户 {slug}（{name}）。", slug=slug, name=name.strip()))
            tell(say("下一步，设管理员：luoshi admin add {slug} --login 登录名 --name 姓名", slug=slug))
        else:
            tell(say("租户 {slug} 已经有了，没有改动。", slug=slug))


@tenant.command("list")
def list_tenants() -> None:
    """List the tenants, each below its superior."""
    with opened():
        with system_work(reads=True) as session:
            lines = founding.tenants(session)
        if not lines:
            tell(say("还没有租户。增加一个：luoshi tenant add 简称 --name 名称 --level county"))
            return
        heads = [say("简称"), say("级别"), say("代码"), say("账号数"), say("名称")]
        rows = [[head.render(translation()) for head in heads]]
        for line in lines:
            one = line.tenant
            rows.append(
                ["  " * line.depth + one.slug, one.level, one.code or "", str(line.accounts), one.name]
            )
        table(rows)


@click.group()
def admin() -> None:
    """Appoint a tenant's administrators; reset passwords."""


@admin.command("add")
@click.argument("tenant")
@click.option("--login", required=True, help="What they sign in with.")
@click.option("--name", required=True, help="Their name.")
def add_admin(tenant: str, login: str, name: str) -> None:
    """Make somebody an administrator of TENANT, and print the one-time code of a new account.

    They may manage units and people, write and launch campaigns, and work on tasks. A tenant without units gets its top unit.
    An account that is there already keeps its password. Exit code: 0 they are one, 1 refused, 2 wrong usage.
    """
    with opened():
        with system_work(reads=True) as session:
            founding.tenant(session, tenant)
        with as_house(tenant) as work:
            made = founding.appoint(work, login, name)
            known = {"login": login.strip().lower(), "name": work.tenant.name}
        if not made.changed:
            tell(say("{login} 已经是“{name}”的管理员，没有改动。", **known))
            tell(say("忘记密码的：luoshi admin reset {login}", **known))
            return
        roles = together([ROLES[role] for role in made.member.roles])
        tell(say("{login} 现在是“{name}”的管理员（{roles}）。", **known, roles=roles))
        if made.code is None:
            tell(say("账号原已存在，密码不变。"))
        else:
            _tell_code(made.code)


@admin.command("reset")
@click.argument("login")
def reset(login: str) -> None:
    """Give the account LOGIN a one-time code and print it; its password is void, a lock is lifted, its sessions end."""
    with opened():
        with system_work(reads=True) as session:
            slugs = founding.posts_of(session, login)
        for slug in slugs:  # before it is done, so that it is never done unrecorded
            with as_house(slug) as work:
                founding.record_code(work, login)
        with system_work() as session:
            code = founding.give_code(session, login)
        tell(say("已给 {login} 发放登录码，原来的密码和其他登录全部失效。", login=login.strip().lower()))
        _tell_code(code)


def _tell_code(code: str) -> None:
    tell(say("一次性登录码：{code}", code=code))
    tell(say("只显示这一次，{days} 天内有效；用它代替密码登录后，请设置自己的密码。", days=codes.LIFE.days))


def table(rows: list[list[str]]) -> None:
    """Print rows in columns. A Chinese character is two columns wide."""
    widths = [max(_width(row[number]) for row in rows) for number in range(len(rows[0]))]
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


COMMANDS: tuple[click.Command, ...] = (tenant, admin)
