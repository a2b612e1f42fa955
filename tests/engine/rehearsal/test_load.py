"""How much falls to whom in which week."""

from __future__ import annotations

from datetime import date

from engine.rehearsal import Load, monday, week_name


def test_tasks_are_counted_by_role_and_iso_week():
    load = Load()
    load.add("矿", date(2024, 12, 29), 2)
    load.add("矿", date(2024, 12, 30), 3)
    load.add("矿", date(2025, 1, 5), 1)
    load.add("局", None, 4)
    assert load.weeks == {"矿": {date(2024, 12, 23): 2, date(2024, 12, 30): 4}}
    assert load.undated == {"局": 4}
    assert load.roles == ["矿", "局"] and load.total("矿") == 6 and load.total("局") == 4
    assert load.mondays() == [date(2024, 12, 23), date(2024, 12, 30)]


def test_weeks_are_named_as_the_standard_has_it():
    assert week_name(date(2024, 12, 30)) == "2025-W01"
    assert monday(date(2025, 1, 5)) == date(2024, 12, 30)


def test_a_week_far_above_the_usual_is_heavy_and_small_numbers_never_are():
    load = Load()
    for number, tasks in enumerate((5, 5, 5, 11, 5)):
        load.add(
            "矿", date(2024, 11, 4 + 0) if number == 0 else date(2024, 11, 4 + 7 * min(number, 3)), tasks
        )
    load.add("科", date(2024, 11, 4), 1)
    load.add("科", date(2024, 11, 11), 3)
    assert [(role, week) for role, week, _ in load.heavy()] == [("矿", date(2024, 11, 25))]
