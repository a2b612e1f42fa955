"""The rows of what was answered, that bear something: which they are, and what an item is called that is born of one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine import carried
from engine.models import Instance, LedgerItem, Task
from engine.rows import AnyInstance, AnyUnit
from engine.running import Running
from engine.standing import standing
from forms.expression import EvaluationError
from forms.models import Submission
from forms.sensitive import without_sensitive
from tenants.audit import record
from tenants.base import batches, id_in
from tenants.db import Work
from tenants.models import Unit
from workflows.elements import Ledger
from workflows.package import Package
from workflows.parts import RowSource
from workflows.publish import load


def item_title(ledger: Ledger, row: Mapping[str, Any], number: int) -> str:
    """Return what an item is called in lists."""
    if ledger.item_title is not None:
        try:
            title = ledger.item_title.evaluate(row)
            if title:
                return str(title)[:200]
        except EvaluationError:
            pass
    return f"{ledger.title} {number}"


def rows_of(
    answers: Mapping[str, Sequence[Mapping[str, Any]]], source: RowSource
) -> Iterator[Mapping[str, Any]]:
    for given in answers.get(source.form, ()):
        found = given.get(source.field)
        for row in found if isinstance(found, list) else []:
            if isinstance(row, dict) and (source.when is None or source.when.evaluate(row) is True):
                yield row


def unborn(
    work: Work, instance: AnyInstance, ledger: Ledger, answers: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Mapping[str, Any]]:
    """Return the rows that are to become items of a ledger: of a report that was handed in again (`engine.corrections`)
    those that were not there before."""
    rows = [row for source in ledger.from_rows for row in rows_of(answers, source)]
    if not rows or instance.filed_at is None:
        return rows
    query = select(LedgerItem.data).where(LedgerItem.ledger == ledger.id, LedgerItem.source_id == instance.id)
    known = list(work.session.scalars(query))
    return [row for row in rows if dict(row) not in known] if known else rows


def bearing_rows(
    work: Work,
    instance: AnyInstance,
    duty: str,
    sources: Sequence[RowSource],
    answers: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Mapping[str, Any]]:
    """Return the rows that bear a duty each; none of a report that was handed in again and has borne some before."""
    rows = [row for source in sources for row in rows_of(answers, source)]
    if not rows or instance.filed_at is None:
        return rows
    borne = select(Instance.id).where(Instance.source_id == instance.id, Instance.duty == duty)
    return rows if work.session.scalar(borne.limit(1)) is None else []


def concerned(
    work: Work, rows: Sequence[Mapping[str, Any]], field: str, unit: AnyUnit | None
) -> list[AnyUnit | None]:
    """Return for each row the unit that its field names; `unit` where that names none, or one that is no more."""
    if not field:
        return [unit] * len(rows)
    ids = [id_in(row.get(field)) for row in rows]
    wanted = {one for one in ids if one is not None}
    found: dict[UUID | None, AnyUnit] = {}
    for some in batches(sorted(wanted)):
        query = select(Unit).where(Unit.id.in_(some), Unit.active.is_(True))
        found.update((one.id, one) for one in work.session.scalars(query))
    return [found.get(one, unit) for one in ids]


def last_answers(
    work: Work, instance: AnyInstance, former: Collection[str] = ()
) -> dict[str, list[Mapping[str, Any]]]:
    """Return form -> the last answers to it: one, or one from each of those who filed it side by side. What is sensitive in them
    bears nothing on: items are read by others than the desk that wrote it.

    former: versions that the campaign had before its plan was amended; what was answered under them stays.
    """
    query = (
        select(
            Submission.form, Submission.answers, Submission.package_hash, func.coalesce(Task.place, "").label("place")
        )
        .outerjoin(Task, Task.submission_id == Submission.id)
        .where(
            Submission.subject_kind == "instance",
            Submission.subject_id == instance.id,
            Submission.package_hash.in_((instance.package_hash, *former)),
        )
        .order_by(Submission.made_at, Submission.version)
    )  # fmt: skip
    rows = work.session.execute(query).all()
    packages = {key: load(work, key) for key in {row.package_hash for row in rows}}
    found = standing((row.form, row.place, _borne(packages[row.package_hash], row)) for row in rows)
    answers: dict[str, list[Mapping[str, Any]]] = {}
    for form, given in found:
        answers.setdefault(form, []).append(given)
    return answers


def _borne(package: Package, filed: Any) -> Mapping[str, Any]:
    form = package.forms.get(filed.form)
    return without_sensitive(form.schema, filed.answers) if form is not None else filed.answers


def brought_up_to_date(
    work: Work, running: Running, ledger: Ledger, answers: Mapping[str, Any], unit: AnyUnit | None
) -> bool:
    """Bring a unit's own item up to date with what it has handed in now; tell whether there is one."""
    query = select(LedgerItem).where(
        LedgerItem.campaign_id == running.campaign.id, LedgerItem.ledger == ledger.id,
        LedgerItem.unit_id == (unit.id if unit else None),
    )  # fmt: skip
    item = work.session.scalars(query.order_by(LedgerItem.number).limit(1).with_for_update()).first()
    if item is None:
        return False
    before = item.data
    item.data, item.title, item.changed_at = dict(answers), item_title(ledger, answers, item.number), work.now
    changed = sorted(key for key in {**before, **answers} if before.get(key) != answers.get(key))
    record(
        work, "item.renew", "ledger_item", item.id, unit_id=item.unit_id, ledger=ledger.id, title=item.title, fields=changed
    )  # fmt: skip
    carried.note(work, running, ledger.id, [item.id])
    return True
