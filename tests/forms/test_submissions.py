"""What was filed stays as it was filed; what is filed again is a new version beside it."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from forms import submissions
from forms.answers import canonical, digest
from forms.models import Submission, WrittenOnce
from tenants.db import Work
from tenants.models import AuditEntry
from tests.effort import PATIENCE

SCHEMA = {"type": "object", "properties": {"矿井": {"type": "string"}, "产量": {"type": "number"}}}


def make(work: Work, subject: UUID, answers: dict[str, Any], form: str = "monthly") -> submissions.Filed:
    return submissions.make(
        work, form=form, schema=SCHEMA, answers=answers, package_hash="hash", subject_kind="instance",
        subject_id=subject, unit_id=work.actor.unit_id,
    )  # fmt: skip


def filed(work, subject):
    """Return everything that was filed for a subject, the oldest first."""
    query = select(Submission).where(Submission.subject_id == subject)
    return list(work.session.scalars(query.order_by(Submission.form, Submission.version)))


def test_what_was_filed_is_found_again_with_who_when_and_a_hash_that_holds(open_work, clock):
    subject = uuid4()
    with open_work("yangcheng", "pine") as work:
        made = make(work, subject, {"矿井": "松岭", "产量": 12.50})
    with open_work("yangcheng", "pine") as work:
        row = work.session.scalars(select(Submission)).one()
        assert row.id == made.id and row.answers == {"矿井": "松岭", "产量": 12.5}
        assert (row.made_at, row.made_name, row.version) == (clock.now(), "松岭矿长", 1)
        assert row.answers_hash == made.answers_hash == digest(canonical(row.answers))
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "submission.make")).one()
        assert entry.facts["hash"] == row.answers_hash and "松岭" not in str(entry.facts)


def test_a_correction_is_a_new_version_and_the_old_one_stays(open_work):
    subject = uuid4()
    with open_work("yangcheng", "pine") as work:
        first = make(work, subject, {"产量": 1})
        second = make(work, subject, {"产量": 2})
        other = make(work, subject, {"矿井": "x"}, form="summary")
        rows = {row.id: row for row in filed(work, subject)}
        assert (rows[second.id].version, rows[second.id].supersedes_id) == (2, first.id)
        assert (rows[other.id].version, rows[other.id].supersedes_id) == (1, None)
        assert [row.answers for row in rows.values()] == [{"产量": 1}, {"产量": 2}, {"矿井": "x"}]


def test_only_what_the_form_declares_is_kept_even_when_nobody_checked(open_work):
    with open_work("yangcheng", "pine") as work:
        assert make(work, uuid4(), {"产量": 1, "approved": True}).answers == {"产量": 1}


def test_the_program_cannot_change_or_remove_what_was_filed(open_work):
    with open_work("yangcheng", "pine") as work:
        make(work, uuid4(), {"产量": 1})
    with pytest.raises(WrittenOnce), open_work("yangcheng", "pine") as work:
        work.session.scalars(select(Submission)).one().answers = {"产量": 2}
    with pytest.raises(WrittenOnce), open_work("yangcheng", "pine") as work:
        work.session.delete(work.session.scalars(select(Submission)).one())


@pytest.mark.parametrize("statement", [update(Submission).values(answers={"产量": 2}), delete(Submission)])
def test_the_database_refuses_what_goes_around_the_program(open_work, statement):
    with open_work("yangcheng", "pine") as work:
        make(work, uuid4(), {"产量": 1})
    with pytest.raises(DBAPIError), open_work("yangcheng", "pine") as work:
        work.session.execute(statement.execution_options(synchronize_session=False))
    with open_work("yangcheng", "pine") as work:
        assert work.session.scalars(select(Submission.answers)).all() == [{"产量": 1}]


def test_two_who_file_the_same_at_once_never_make_the_same_version(app, open_work):
    subject, answers = uuid4(), []

    def second() -> None:
        try:
            with app.app_context(), open_work("yangcheng", "pine") as work:
                made = make(work, subject, {"产量": 2})
                answers.append(next(row.version for row in filed(work, subject) if row.id == made.id))
        except submissions.FiledTwice as refusal:
            answers.append(str(refusal.do))

    with open_work("yangcheng", "pine") as work:
        make(work, subject, {"产量": 1})
        other = threading.Thread(target=second)
        other.start()
        other.join(
            0.3
        )  # it waits for this transaction: SQLite lets one write at a time, PostgreSQL guards the version
        assert not answers
    other.join(PATIENCE)
    # SQLite shows it the first version before it files its own; PostgreSQL finds that both took the same number.
    assert answers in ([2], ["请刷新页面，查看已提交的内容；您的草稿还在。"])
    with open_work("yangcheng", "pine") as work:
        versions = [row.version for row in filed(work, subject)]
        assert versions == list(range(1, len(versions) + 1))


def test_another_county_finds_nothing(open_work):
    subject = uuid4()
    with open_work("yangcheng", "pine") as work:
        make(work, subject, {"产量": 1})
    with open_work("qinshui", "willow") as work:
        assert filed(work, subject) == []
