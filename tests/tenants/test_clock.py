"""Clocks: aware, in UTC, movable only where that is wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tenants.base import UtcDateTime, new_id, new_ids
from tenants.clock import FixedClock, ShiftedClock, SystemClock, machine_now, monotonic

FAR = datetime(2024, 11, 1, 1, tzinfo=UTC)


def test_the_machines_time_is_aware():
    assert machine_now().utcoffset() == timedelta(0) == SystemClock().now().utcoffset()
    assert monotonic() <= monotonic()


def test_a_fixed_clock_stands_still_and_needs_a_zone():
    assert FixedClock(FAR).now() == FAR
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2024, 11, 1))  # noqa: DTZ001


def test_a_shifted_clock_goes_on_from_where_it_was_put_for_every_process(tmp_path):
    clock, another = ShiftedClock(tmp_path / "clock"), ShiftedClock(tmp_path / "clock")
    before = machine_now()
    assert before <= clock.now() <= machine_now()
    before = machine_now()
    clock.move_to(FAR)
    second = timedelta(seconds=1)  # the shift is kept in whole ones
    assert FAR - second <= another.now() <= FAR + (machine_now() - before) + second


def test_a_command_has_one_instant_and_the_tenants_own_day(open_work, clock):
    clock.at = datetime(2024, 11, 1, 17, tzinfo=UTC)  # already the 2nd in the county
    with open_work(reads=True) as work:
        clock.move(hours=5)
        assert work.now == datetime(2024, 11, 1, 17, tzinfo=UTC)
        assert work.today == date(2024, 11, 2)


def test_a_naive_instant_does_not_enter_the_database():
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2024, 11, 1), None)  # noqa: DTZ001


def test_ids_grow_with_time_and_never_repeat():
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(one.version == 7 and one.variant == "specified in RFC 4122" for one in made)
    times = [one.int >> 80 for one in made]
    assert times == sorted(times)


def test_ids_made_at_once_stand_between_those_made_before_and_after():
    made = [new_id(), *new_ids(2000), new_id(), *new_ids(1), new_id()]
    assert made == sorted(set(made))
    assert all(one.version == 7 and one.variant == "specified in RFC 4122" for one in made)
