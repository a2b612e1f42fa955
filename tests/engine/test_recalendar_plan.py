"""Occurrences as they stand against what the old and the new calendar give."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from engine.recalendar_plan import Line, Standing, lines_seal, replan, seal
from workflows.schedule import Occurrence

TODAY = date(2024, 11, 1)


def planned(*days: int, late: int = 0) -> list[Occurrence]:
    """Return an occurrence for each day of November, due so many days later."""
    found = [date(2024, 11, day) for day in days]
    return [
        Occurrence("d", n, day, day + timedelta(days=late), period=day.isoformat())
        for n, day in enumerate(found, 1)
    ]


def rows(found: list[Occurrence], state: str = "planned") -> list[Standing]:
    return [Standing(uuid4(), "d", one.number, one.period, one.opens, one.due, False, state) for one in found]


def test_what_the_calendars_give_alike_stays():
    found = planned(5, 6)
    made = replan(rows(found), found, found, TODAY)
    assert not (made.shifts or made.falls or made.arises or made.back or made.kept)


def test_the_period_says_which_is_which_whatever_its_number():
    made = replan(rows(planned(5, 6, 7)), planned(5, 6, 7), planned(6, 7, late=1), TODAY)
    assert [(one.row.period, one.due) for one in made.shifts] == [
        ("2024-11-06", date(2024, 11, 7)), ("2024-11-07", date(2024, 11, 8)),
    ]  # fmt: skip
    assert [one.period for one in made.falls] == ["2024-11-05"]


def test_what_is_open_never_falls_and_keeps_its_opening_day():
    found = planned(5, 6)
    made = replan(rows(found, "open"), found, planned(6, late=2), TODAY)
    [shift] = made.shifts
    assert (shift.opens, shift.due) == (date(2024, 11, 6), date(2024, 11, 8)) and not made.falls


def test_what_is_over_or_was_missed_arises_no_more():
    made = replan([], planned(5), planned(5, 6), date(2024, 11, 6))
    assert [one.period for one in made.arises] == [
        "2024-11-06"
    ]  # the 5th was never written down: it was missed
    assert not replan([], [], planned(5), date(2024, 11, 6)).arises


def test_what_was_dropped_for_a_calendar_comes_back_with_it():
    found = planned(5)
    made = replan(rows(found, "dropped"), [], found, TODAY)
    assert [one.due for one in made.back] == [date(2024, 11, 5)] and not made.arises


def test_a_date_that_somebody_set_otherwise_is_kept_and_counted():
    found = planned(5)
    made = replan(rows(planned(5, late=3)), found, planned(5, late=1), TODAY)
    assert not made.shifts and made.kept == 1


DAYS = st.lists(st.integers(1, 28), unique=True, max_size=12).map(sorted)


@given(DAYS, DAYS, st.integers(0, 3), st.integers(0, 3), st.integers(1, 28))
def test_there_and_back_again_is_as_before(one, other, late, later, today):
    """Whatever moves: applied and then undone, every occurrence that is still to come has its date again."""
    day = date(2024, 11, today)
    before, after = planned(*one, late=late), planned(*other, late=later)
    stand = rows([found for found in before if found.due >= day])
    made = replan(stand, before, after, day)
    moved = {shift.row.period: shift.due for shift in made.shifts}
    gone = {row.period for row in made.falls}
    fresh = rows(list(made.arises))
    now = [
        Standing(r.id, r.duty, r.number, r.period, r.opens, moved.get(r.period, r.due), False, "dropped" if r.period in gone else "planned")
        for r in stand
    ] + fresh  # fmt: skip
    undone = replan(now, after, before, day)
    again = {shift.row.period: shift.due for shift in (*undone.shifts, *undone.back)}
    left = {r.period: again.get(r.period, r.due) for r in now if r.state == "planned" or r.period in again}
    for row in undone.falls:
        del left[row.period]
    assert left == {row.period: row.due for row in stand}


def test_a_seal_tells_dates_apart_and_not_how_many_have_handed_in():
    line = Line("open", "d", "p", date(2024, 11, 5), date(2024, 11, 6), 12, 12, "甲")
    fewer = Line("open", "d", "p", date(2024, 11, 5), date(2024, 11, 6), 11, 11, "乙")
    other = Line("open", "d", "p", date(2024, 11, 5), date(2024, 11, 7), 12, 12, "甲")
    assert seal([lines_seal([line])]) == seal([lines_seal([fewer])]) != seal([lines_seal([other])])


def test_only_what_people_have_to_do_becomes_overdue():
    old, new = date(2024, 11, 5), date(2024, 11, 8)
    assert Line("open", "d", "", old, new).becomes(date(2024, 11, 6)) == "in_time"
    assert Line("open", "d", "", new, old).becomes(date(2024, 11, 6)) == "late"
    assert Line("planned", "d", "", new, old).becomes(date(2024, 11, 6)) == ""
    assert Line("open", "d", "", old, None).becomes(date(2024, 11, 6)) == "in_time"
