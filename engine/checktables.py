"""Check tables at work: which version a unit answers, versions that arrive while a campaign runs, what changes with them.

An instance keeps the version on which its first answers were written, whatever arrives later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer

from engine.models import Instance
from engine.progress import PLACE
from engine.rows import AnyUnit
from engine.running import Running, running
from engine.table_models import TableUse, TableVersion
from forms.datasets import DataSet, Listed
from forms.expression import EvaluationError
from tenants import access
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound, Problem
from tenants.text import say
from workflows.datasets import read_dataset
from workflows.elements import Table
from workflows.publish import load

_STEPS = 5_000


@dataclass(frozen=True)
class Draft:
    """A file that may become a version: its data, what is to be looked at, and how it differs from what stands now.

    added, gone, changed: ids of items, against the newest version; all of them new when there is none.
    """

    data: DataSet
    problems: tuple[Problem, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]


def variant_for(table: Table, unit: AnyUnit | None) -> str | None:
    """Return which variant of a table is for a unit; None when none is."""
    for variant in table.variants.values():
        try:
            if variant.unit is None or (
                unit is not None and variant.unit.evaluate(unit.facts(), steps=_STEPS) is True
            ):
                return variant.id
        except EvaluationError:
            continue
    return None


def current(work: Work, live: Running, table: str, variant: str) -> DataSet | None:
    """Return the newest version of a table in a campaign; None when it has not arrived yet."""
    newest = _versions(work, live, table, variant, 1)
    if newest:
        return as_data(live, newest[0])
    return live.package.datasets.get(table, {}).get(variant)


def shown(
    work: Work, live: Running, asked: Sequence[Listed], unit: AnyUnit | None, instance_id: UUID
) -> dict[str, DataSet]:
    """Return the data sets that a form asks an instance about: those it has begun with, else the newest for its unit."""
    uses = {one.table_id: one for one in _uses(work, instance_id)}
    found = {}
    for one in asked:
        use = uses.get(one.table)
        data = _used(work, live, use) if use else _newest(work, live, one.table, unit)
        if data is not None:
            found[one.table] = data
    return found


def begin(
    work: Work,
    live: Running,
    asked: Sequence[Listed],
    unit: AnyUnit | None,
    instance_id: UUID,
    seen: Mapping[str, str] | None = None,
) -> dict[str, DataSet]:
    """Return what `shown` does, and keep an instance to it from now on.

    seen: table -> token of the version that the writer had before them; an older one of the campaign counts, too.
    """
    known = {one.table_id for one in _uses(work, instance_id)}
    found = shown(work, live, asked, unit, instance_id)
    fresh = {table: data for table, data in found.items() if table not in known}
    for table, newest in fresh.items():
        version, found[table] = _before_them(work, live, newest, (seen or {}).get(table, newest.token))
        use = TableUse(
            instance_id=instance_id, table_id=table, variant=newest.variant, version_id=version,
            package_hash=live.campaign.package_hash, token=found[table].token, begun_at=work.now,
        )  # fmt: skip
        try:
            with work.session.begin_nested():
                work.session.add(use)
        except IntegrityError:  # a colleague began at the same moment: theirs counts
            return shown(work, live, asked, unit, instance_id)
    return found


def _before_them(work: Work, live: Running, newest: DataSet, token: str) -> tuple[UUID | None, DataSet]:
    """Return the version with a token, and where it is kept; the newest when none has it."""
    added = _versions(work, live, newest.table, newest.variant, 100)
    packed = live.package.datasets.get(newest.table, {}).get(newest.variant)
    for row in added:
        if row.token == token:
            return row.id, as_data(live, row)
    if packed is not None and (packed.token == token or not added):
        return None, packed
    return added[0].id, newest


def examine(
    work: Work, campaign_id: UUID, table: str, variant: str, raw: bytes, name: str, version: str
) -> Draft:
    """Read a file that is to become a version, and hold it against the newest; nothing is recorded.

    Raises Invalid with every problem when it cannot be read, NotFound for another table.
    """
    live = running(work, campaign_id)
    return _draft(work, live, _table(live, table, variant), variant, raw, name, version)


def add(
    work: Work, campaign_id: UUID, table: str, variant: str, raw: bytes, name: str, version: str
) -> TableVersion:
    """Add a version to a running campaign: what begins from now on answers it, what has begun stays as it is."""
    access.require(work.viewer, "campaign.steer")
    live = running(work, campaign_id, lock="change")
    if live.campaign.state != "running":
        raise Conflict(say("这项专项行动已经结束。"), say("请返回行动列表。"))
    if not version.strip():
        raise Invalid(say("请写明这一版的版本。"), say("例如“2023-10 修订”。"))
    draft = _draft(work, live, _table(live, table, variant), variant, raw, name, version.strip()[:60])
    before = _versions(work, live, table, variant, 1)
    now = current(work, live, table, variant)
    if now is not None and now.token == draft.data.token:
        raise Conflict(say("内容与现在用的这一版完全相同。"), say("没有改动就不必再加一版。"))
    data = draft.data
    row = TableVersion(
        campaign_id=campaign_id, table_id=table, variant=variant, number=before[0].number + 1 if before else 1,
        version=data.version, token=data.token, areas=len(data.areas), items=len(data.items), file=name[:200],
        content={
            "columns": list(data.columns),
            "rows": [[item.get(one, "") for one in data.columns] for item in data.items.values()],
        },
        added_at=work.now, added_by=work.actor.member_id, added_name=work.actor.name,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    record(
        work, "table.add", "campaign", campaign_id, table=table, variant=variant, version=data.version,
        items=len(data.items), added=len(draft.added), gone=len(draft.gone), changed=len(draft.changed),
    )  # fmt: skip
    return row


def versions(work: Work, live: Running, table: str, variant: str) -> list[TableVersion]:
    """Return the versions that the tenant added, newest first, without their content."""
    return _versions(work, live, table, variant, 100)


def used_by(work: Work, live: Running, table: str, variant: str) -> dict[str, int]:
    """Return token -> number of instances that answer that version, of those that the viewer may see: an unannounced inspection
    that has begun shows in no number."""
    counted = (
        select(TableUse.token, func.count())
        .join(Instance, Instance.id == TableUse.instance_id)
        .where(
            Instance.campaign_id == live.campaign.id, TableUse.table_id == table, TableUse.variant == variant,
            access.visible(work.viewer, PLACE),
        )
        .group_by(TableUse.token)
    )  # fmt: skip
    return dict(work.session.execute(counted).tuples().all())


def as_data(live: Running, row: TableVersion) -> DataSet:
    """Return a version that the tenant added as forms take it."""
    table = live.package.tables[row.table_id]
    columns = tuple(row.content["columns"])
    lines = (dict(zip(columns, cells, strict=True)) for cells in row.content["rows"])
    items = {one[table.key]: {key: text for key, text in one.items() if text} for one in lines}
    return DataSet(
        table.id, table.title, row.version, table.key, table.area, table.text, columns, items, row.variant,
        table.variants[row.variant].title if row.variant in table.variants else "", row.token,
    )  # fmt: skip


def _newest(work: Work, live: Running, table: str, unit: AnyUnit | None) -> DataSet | None:
    described = live.package.tables.get(table)
    variant = variant_for(described, unit) if described else None
    return current(work, live, table, variant) if variant is not None else None


def _used(work: Work, live: Running, use: TableUse) -> DataSet | None:
    if use.version_id is not None:
        row = work.session.get(TableVersion, (work.tenant.id, use.version_id))
        return as_data(live, row) if row is not None else None
    package = live.package
    if use.package_hash != package.hash:
        package = load(work, use.package_hash)
    return package.datasets.get(use.table_id, {}).get(use.variant)


def _uses(work: Work, instance_id: UUID) -> list[TableUse]:
    return list(work.session.scalars(select(TableUse).where(TableUse.instance_id == instance_id)))


def _versions(work: Work, live: Running, table: str, variant: str, most: int) -> list[TableVersion]:
    query = (
        select(TableVersion)
        .where(
            TableVersion.campaign_id == live.campaign.id,
            TableVersion.table_id == table,
            TableVersion.variant == variant,
        )
        .order_by(TableVersion.number.desc())
        .limit(most)
    )
    return list(work.session.scalars(query.options(undefer(TableVersion.content)) if most == 1 else query))


def _table(live: Running, table: str, variant: str) -> Table:
    found = live.package.tables.get(table)
    if found is None or variant not in found.variants:
        raise NotFound(say("本方案没有这张检查表。"))
    return found


def _draft(
    work: Work, live: Running, table: Table, variant: str, raw: bytes, name: str, version: str
) -> Draft:
    data, problems = read_dataset(raw, name, table, variant, version)
    if data is None:
        what = say("表格里有{n}处问题，没有加入。", n=len(problems))
        raise Invalid(what, say("请在表格里改正后重新上传。"), problems=problems)
    now = current(work, live, table.id, variant)
    before: Mapping[str, Any] = now.items if now else {}
    return Draft(
        data, tuple(problems), tuple(key for key in data.items if key not in before),
        tuple(key for key in before if key not in data.items),
        tuple(key for key, item in data.items.items() if key in before and before[key] != item),
    )  # fmt: skip
