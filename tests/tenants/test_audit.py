"""The trail is written in the same transaction, read by auditors, and changed by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from tenants import audit, directory, trail
from tenants.errors import Forbidden
from tenants.models import AuditEntry


def test_what_did_not_happen_is_not_in_the_trail(open_work, world):
    with pytest.raises(RuntimeError), open_work("yangcheng", "admin") as work:
        directory.add_unit(work, "x", "新矿", "mine")
        raise RuntimeError
    with open_work("yangcheng", "auditor", reads=True) as work:
        assert not [
            entry for entry in trail.read(work, trail.Filters())[0] if entry.facts.get("name") == "新矿"
        ]


@pytest.mark.parametrize(
    "statement", [update(AuditEntry).values(actor="别人"), delete(AuditEntry)], ids=["change", "remove"]
)
def test_no_entry_is_ever_changed_or_removed(open_work, statement):
    with open_work("yangcheng", "admin") as work:
        audit.record(work, "test.done", "test", None)
    with pytest.raises(DatabaseError, match="written once"), open_work("yangcheng") as work:
        work.session.execute(statement, execution_options={"synchronize_session": False})
    with open_work("yangcheng", "auditor", reads=True) as work:
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.actor == "管理员甲")
        assert work.session.scalar(query) == 1


@pytest.mark.parametrize("login", ["admin", "clerk", "author", "reader", "pine"])
def test_only_auditors_read_it(open_work, login):
    with open_work("yangcheng", login, reads=True) as work:
        for read in (
            lambda: trail.read(work, trail.Filters()),
            lambda: trail.actions(work),
            lambda: trail.people(work),
        ):
            with pytest.raises(Forbidden):
                read()


@pytest.fixture
def written(open_work, clock):
    """Three deeds on three days, by two people; one in the neighbouring county."""
    with open_work("yangcheng", "admin") as work:
        audit.record(work, "unit.change", "unit", None, name="松岭煤矿")
    with open_work("qinshui", "qs-admin") as work:
        audit.record(work, "unit.change", "unit", None, name="柳湾煤矿")
    clock.move(days=1)
    with open_work("yangcheng", "clerk") as work:
        audit.record(work, "task.claim", "task", None, task="初核 50%_x")
    clock.move(days=1)
    with open_work("yangcheng", "admin") as work:
        audit.record(work, "task.claim", "task", None, task="初核")


def read(work, **filters):
    found, _total = trail.read(work, trail.Filters(**filters))
    found = [entry for entry in found if entry.member_id]  # what made the world was done by the house
    return [entry.facts.get("task") or entry.facts.get("name") for entry in found]


@pytest.mark.usefixtures("written")
class TestReading:
    """With the deeds above."""

    def test_the_newest_comes_first_and_nothing_of_a_neighbour(self, open_work):
        with open_work("yangcheng", "auditor", reads=True) as work:
            assert read(work) == ["初核", "初核 50%_x", "松岭煤矿"]

    def test_it_is_filtered(self, open_work, world):
        with open_work("yangcheng", "auditor", reads=True) as work:
            day = work.today
            assert read(work, action="unit.change") == ["松岭煤矿"]
            assert read(work, who=world.member("clerk")) == ["初核 50%_x"]
            assert read(work, since=day) == ["初核"]
            assert read(work, until=day - timedelta(days=2)) == ["松岭煤矿"]
            assert read(work, since=day - timedelta(days=1), until=day - timedelta(days=1)) == ["初核 50%_x"]

    def test_words_are_found_in_facts_names_and_actions(self, open_work):
        with open_work("yangcheng", "auditor", reads=True) as work:
            assert read(work, q="松岭") == ["松岭煤矿"]
            assert read(work, q="经办人") == ["初核 50%_x"]
            assert read(work, q="认领", also=["task.claim"]) == ["初核", "初核 50%_x"]

    def test_wildcards_are_letters_like_any_other(self, open_work):
        with open_work("yangcheng", "auditor", reads=True) as work:
            assert read(work, q="50%_x") == ["初核 50%_x"]
            assert read(work, q="5_%") == []

    def test_choices_are_what_there_is(self, open_work, world):
        with open_work("yangcheng", "auditor", reads=True) as work:
            assert {"task.claim", "unit.change"} <= set(trail.actions(work))
            assert trail.people(work) == sorted(
                [(world.member("admin"), "管理员甲"), (world.member("clerk"), "经办人丙")],
                key=lambda pair: pair[1],
            )

    def test_it_comes_in_pages(self, open_work, monkeypatch):
        monkeypatch.setattr(trail, "PAGE", 2)
        with open_work("yangcheng", "auditor", reads=True) as work:
            first, total = trail.read(work, trail.Filters(page=1))
            second, _ = trail.read(work, trail.Filters(page=2))
            assert len(first) == 2 and total > 2 and not {e.id for e in first} & {e.id for e in second}
