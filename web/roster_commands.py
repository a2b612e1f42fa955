"""Rosters at the terminal: tenants, units and people in and out as tables, for whoever runs the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from engine import rosters
from engine.cascade import joining
from tenants import charter, directory, founding, stand_ins
from tenants.db import system_work
from tenants.roster import authorities, people, people_table, unit_table, units
from tenants.sheets import Column, Sheet, Value, write_csv, write_xlsx
from tenants.text import Message, say
from web.tenant_commands import table, tenant
from web.terminal import as_house, opened, tell, translation

_SHOWN = 50
_SOURCE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_TARGET = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_DRY = click.option("--dry-run", is_flag=True, help="Only say what would change.")
_WHERE = click.option("--tenant", "slug", required=True, help="Short name of the tenant.")


@tenant.command("import")
@_SOURCE
@_DRY
def import_tenants(file: Path, dry_run: bool) -> None:
    """Add and change tenants as the table FILE (.xlsx, .csv) says, all of it or nothing.

    Columns: slug, name, level, code, parent, lines. Exit code: 0 done, 1 refused, 2 wrong usage.
    """
    with opened():
        sheet = authorities.read(file.read_bytes(), file.name)
        with system_work(reads=dry_run) as session:
            plan = (charter.plan if dry_run else charter.take_over)(session, sheet)
        if not dry_run:
            for one in plan.new:
                with as_house(one.slug) as work:
                    founding.record_tenant(work)
            for above in _superiors(plan):
                with as_house(above) as work:
                    stand_ins.complete(work)
                    joining.soon(work)
            for one in plan.changed:
                with as_house(one.slug) as work:
                    charter.record(work, one)
        for new in plan.new[:_SHOWN]:
            tell(say("  新增 {title}", title=f"{new.slug} {new.values['name']}"))
        for changed in plan.changed[:_SHOWN]:
            _tell_changes(changed.slug, changed.changes)
        _tell_counts(plan, dry_run)


def _superiors(plan: Any) -> list[str]:
    """Return the authorities below which others came to be by an import, or ceased to be."""
    named = {one.values["parent"] for one in plan.new}
    moved = {slug for one in plan.changed for slug in one.changes.get("parent", ())}
    return sorted(str(slug) for slug in named | moved if slug)


@tenant.command("export")
@_TARGET
def export_tenants(file: Path) -> None:
    """Write the tenants as the table FILE (.xlsx, .csv)."""
    with opened():
        with system_work(reads=True) as session:
            heads, rows = authorities.table(charter.known(session))
        _write(file, "租户", heads, rows, authorities.explanation())


@click.group("units")
def units_() -> None:
    """Import and export a tenant's units."""


@units_.command("import")
@_SOURCE
@_WHERE
@_DRY
def import_units(file: Path, slug: str, dry_run: bool) -> None:
    """Add and change units as the table FILE (.xlsx, .csv) says, all of it or nothing; running campaigns follow."""
    with opened():
        sheet = _read(units.read, file)
        with as_house(slug) as work:
            plan = rosters.plan_units(work, sheet)
            for new in plan.new[:_SHOWN]:
                tell(say("  新增 {title}", title=f"{new.code} {new.name}"))
            for changed in plan.changed[:_SHOWN]:
                _tell_changes(f"{changed.unit.code} {changed.unit.name}", changed.changes)
            effects = rosters.preview_units(work, plan) if dry_run else rosters.import_units(work, sheet)[1]
        if effects.falls or effects.arises:
            falls, arises = len(effects.falls), len(effects.arises)
            tell(say("正在进行的行动：撤销 {falls} 项任务，下达 {arises} 项。", falls=falls, arises=arises))
        _tell_counts(plan, dry_run)


@units_.command("export")
@_TARGET
@_WHERE
def export_units(file: Path, slug: str) -> None:
    """Write a tenant's units as the table FILE (.xlsx, .csv)."""
    with opened():
        with as_house(slug, reads=True) as work:
            heads, rows = unit_table.table(directory.units(work, active=False), rosters.published_kinds(work))
        _write(file, "单位", heads, rows, unit_table.explanation())


@click.group("members")
def members_() -> None:
    """Import and export a tenant's people."""


@members_.command("import")
@_SOURCE
@_WHERE
@_DRY
def import_members(file: Path, slug: str, dry_run: bool) -> None:
    """Add and change people as the table FILE (.xlsx, .csv) says, all of it or nothing.

    Prints the one-time codes of new accounts: they are shown this once.
    """
    with opened():
        sheet = _read(people.read, file)
        with as_house(slug) as work:
            plan = rosters.plan_people(work, sheet)
            for new in plan.new[:_SHOWN]:
                tell(say("  新增 {title}", title=f"{new.login} {new.name}（{new.unit.name}）"))
            for changed in plan.changed[:_SHOWN]:
                _tell_changes(f"{changed.held[2].login} {changed.held[0].name}", changed.changes)
            slips = [] if dry_run else rosters.import_people(work, sheet)[1]
        _tell_counts(plan, dry_run)
        if slips:
            heads = [say("单位"), say("姓名"), say("账号"), say("登录码")]
            lines = [[head.render(translation()) for head in heads]]
            table([*lines, *([slip.unit, slip.name, slip.login, slip.code] for slip in slips)])
            tell(say("登录码只显示这一次，请现在分发；丢失的可以重新发放。"))


@members_.command("export")
@_TARGET
@_WHERE
def export_members(file: Path, slug: str) -> None:
    """Write a tenant's people as the table FILE (.xlsx, .csv): no passwords, no codes."""
    with opened():
        with as_house(slug, reads=True) as work:
            held = directory.members(work, active=False)
            shown = directory.units(work, active=False)
            heads, rows = people_table.table(shown, held, rosters.post_names(work, held))
        _write(file, "人员", heads, rows, people_table.explanation())


def _read(read: Callable[[bytes, str], Sheet], file: Path) -> Sheet:
    return read(file.read_bytes(), file.name)


def _write(
    file: Path, title: str, heads: list[Column], rows: list[list[Value]], explained: list[list[str]]
) -> None:
    plain = file.suffix.lower() == ".csv"
    file.write_bytes(
        write_csv(heads, rows) if plain else write_xlsx(heads, rows, title=title, notes=explained)
    )
    tell(say("已写入 {file}，共 {count} 行。", file=str(file), count=len(rows)))


def _tell_changes(title: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
    words = ", ".join(
        f"{key}: {_shown(before)} → {_shown(after)}" for key, (before, after) in changes.items()
    )
    tell(say("  修改 {title}（{changes}）", title=title, changes=words))


def _shown(value: Any) -> str:
    if isinstance(value, frozenset):
        return ", ".join(":".join(edge) for edge in sorted(value)) or "—"
    return "—" if value in ("", None) else str(value)


def _tell_counts(plan: Any, dry_run: bool) -> None:
    said: Message = say(
        "新增 {new}，修改 {changed}，没有变化 {unchanged}，表中没有、保持不变 {unnamed}。",
        new=len(plan.new), changed=len(plan.changed), unchanged=plan.unchanged, unnamed=plan.unnamed,
    )  # fmt: skip
    tell(said)
    if plan.empty:
        tell(say("没有要导入的。"))
    elif dry_run:
        tell(say("只是预演，什么都没有记录。"))


COMMANDS: tuple[click.Command, ...] = (units_, members_)
