"""Which dates a calendar may move, and what is kept of an event for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from forms.expression import compile_expression
from tests.workflows.small import package
from workflows.moving import event_again, event_kept, may_move
from workflows.parts import When

AT = datetime(2024, 11, 1, 8, 30, tzinfo=UTC)


def duty(due: str):
    found = next(iter(package().duties.values()))
    return replace(found, due=When(due, None, compile_expression(due), 1), start=None)


@pytest.mark.parametrize(
    ("rule", "moves"),
    [
        ("event.at + workdays(3)", True), ("season('汛期').start", True), ("phases.a.end + days(1)", True),
        ("event.at + days(3)", False), ("notice.issued", False), ("month_end(event.at)", False),
    ],
)  # fmt: skip
def test_a_rule_may_move_when_it_asks_the_calendar_or_what_may_rest_on_it(rule, moves):
    assert may_move(compile_expression(rule)) is moves


def test_of_an_event_only_what_the_dates_read_is_kept():
    event = {"at": AT, "期限": date(2024, 12, 1), "姓名": "某人", "附": {"天数": 3}}
    kept = event_kept(duty("event.期限 + workdays(event['附'].天数)"), event)
    assert kept == {"at": AT.isoformat(), "期限": "2024-12-01", "附": {"天数": 3}}
    assert event_again(kept)["at"] == AT


def test_nothing_is_kept_where_no_calendar_can_move_the_date():
    assert event_kept(duty("event.at + days(3)"), {"at": AT, "期限": date(2024, 12, 1)}) is None
