"""The floor: one transaction through the database's own driver, with the rows that a completed task changes at the least.

The same database, tables, indices and walls, the same durability; nothing is read, checked or decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.bench.ground import NOW, Ground
from engine.models import Instance, Task
from tenants.base import new_id
from tenants.walls import SETTING

_KEPT = "UPDATE instance SET compact = ?, revision = revision + 1 WHERE tenant_id = ? AND id = ?"
_DONE = (
    "UPDATE task SET state = 'done', done_at = ?, done_by = ?, done_name = ? WHERE tenant_id = ? AND id = ?"
)
_TASK = (
    "tenant_id", "id", "instance_id", "campaign_id", "token", "node", "process", "place", "item", "name", "form", "title",
    "duty", "ledger", "unit_id", "hidden", "desk_id", "others", "words", "state", "opened_at",
)  # fmt: skip
_INSTANCE = (
    "tenant_id", "id", "campaign_id", "package_hash", "process", "duty", "ledger", "title", "unit_id", "hidden", "open_to_all",
    "words", "status", "state", "revision", "opened_at", "compact",
)  # fmt: skip
_ENTRY = (
    "tenant_id",
    "id",
    "at",
    "member_id",
    "actor",
    "action",
    "subject_kind",
    "subject_id",
    "unit_id",
    "facts",
)


class Driver:
    """The driver's own connection, for one tenant; statements are written with `?`."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._pooled = ground.engine.raw_connection()
        self._pooled.info["tenant"] = ground.tenant.hex
        raw: Any = self._pooled.driver_connection
        self._raw = raw
        if ground.is_postgresql:
            raw.execute("SELECT set_config(%s, %s, false)", (SETTING, str(ground.tenant)))
            raw.commit()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if not self.ground.is_postgresql:  # the other's driver begins with the first statement
            self._raw.execute("BEGIN IMMEDIATE")
        yield
        self._raw.commit()

    def run(self, statement: str, *values: object) -> Any:
        if self.ground.is_postgresql:
            return self._raw.execute(statement.replace("?", "%s"), values)
        return self._raw.execute(statement, [_plain(value) for value in values])

    def close(self) -> None:
        self._pooled.invalidate()  # its settings are the measurement's own


class Rows:
    """What both the bare way and the plain use of the library write: the instance, two tasks, one entry of the trail."""

    def __init__(self, driver: Driver, instance: UUID) -> None:
        self.driver, self.ground = driver, driver.ground
        self.instance = instance
        self.task = self.ground.waiting(instance)
        with self.ground.as_house(reads=True) as work:
            query = select(Instance.campaign_id, Instance.compact).where(Instance.id == instance)
            self._campaign, self.state = work.session.execute(query).one()
            self._title = work.session.scalars(select(Task.title).where(Task.id == self.task)).one()

    def write(self, state: bytes) -> None:
        """Write down one step: the state, the task that is done, the one that is open now, and who did it."""
        ground, run, fresh = self.ground, self.driver.run, new_id()
        run(_KEPT, state, ground.tenant, self.instance)
        run(_DONE, NOW, ground.member, "测试经办", ground.tenant, self.task)
        run(
            _insert("task", _TASK), ground.tenant, fresh, self.instance, self._campaign, fresh.hex, "Plan", "", "", "",
            "Plan campaign", "form", self._title, "course", "", ground.mine, False, ground.mine, False, "", "open", NOW,
        )  # fmt: skip
        facts = json.dumps({"task": "Plan campaign", "node": "Plan", "submission": None})
        run(
            _insert("audit_entry", _ENTRY), ground.tenant, new_id(), NOW, ground.member, "测试经办", "task.complete", "instance",
            self.instance, ground.mine, facts,
        )  # fmt: skip
        self.task = fresh


def start_rows(driver: Driver, state: bytes) -> None:
    """Write down a new instance: itself, its first task, and who began it."""
    ground, run, instance, task = driver.ground, driver.run, new_id(), new_id()
    run(
        _insert("instance", _INSTANCE), ground.tenant, instance, ground.campaign, "bench", "course", "course", "", "性能测试",
        ground.mine, False, False, "", "", "running", 1, NOW, state,
    )  # fmt: skip
    run(
        _insert("task", _TASK), ground.tenant, task, instance, ground.campaign, task.hex, "Plan", "", "", "", "Plan campaign",
        "form", "性能测试", "course", "", ground.mine, False, ground.mine, False, "", "open", NOW,
    )  # fmt: skip
    run(
        _insert("audit_entry", _ENTRY), ground.tenant, new_id(), NOW, ground.member, "测试经办", "instance.open", "instance",
        instance, ground.mine, "{}",
    )  # fmt: skip


class Bare:
    """One transaction and nothing else."""

    def __init__(self, driver: Driver, instance: UUID) -> None:
        self._driver, self._rows = driver, Rows(driver, instance)

    def __call__(self) -> Any:
        return self._complete

    def _complete(self) -> None:
        with self._driver.transaction():
            self._rows.write(self._rows.state)


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return value.hex
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
