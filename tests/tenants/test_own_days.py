"""What a tenant says of its own days."""

from __future__ import annotations

from datetime import date

import pytest

from tenants.calendar import Season
from tenants.errors import Invalid
from tenants.own_days import DayChange, Own, SeasonChange, YearChange, calendar, changed, exceptional
from tenants.statutory import LAST_ANNOUNCED

FLOOD = SeasonChange("汛期", None, date(2024, 6, 1), date(2024, 9, 30))
HEATING = SeasonChange("供暖季", None, date(2024, 11, 15), date(2024, 3, 15))
NEXT = LAST_ANNOUNCED + 1


def seasons(own: Own, name: str) -> list[Season]:
    return list(calendar(own, 2024, 2026).seasons.get(name, ()))


def test_the_tenants_own_word_counts_last_and_can_be_taken_back():
    own = changed(
        Own(), [DayChange(date(2024, 10, 8), "off", "停电"), DayChange(date(2024, 10, 12), "off", "")]
    )
    made = calendar(own, 2024, 2024)
    assert not made.is_working(date(2024, 10, 8)) and not made.is_working(date(2024, 10, 12))
    assert calendar(changed(own, [DayChange(date(2024, 10, 12), None)]), 2024, 2024).is_working(
        date(2024, 10, 12)
    )


def test_a_season_comes_back_every_year_until_a_year_has_its_own():
    own = changed(Own(), [FLOOD, SeasonChange("汛期", 2025, date(2025, 5, 20), date(2025, 10, 10))])
    assert seasons(own, "汛期") == [
        Season(date(2023, 6, 1), date(2023, 9, 30)), Season(date(2024, 6, 1), date(2024, 9, 30)),
        Season(date(2025, 5, 20), date(2025, 10, 10)), Season(date(2026, 6, 1), date(2026, 9, 30)),
    ]  # fmt: skip
    back = changed(own, [SeasonChange("汛期", 2025)])
    assert seasons(back, "汛期")[2] == Season(date(2025, 6, 1), date(2025, 9, 30))


def test_a_season_may_cross_the_year():
    own = changed(Own(), [HEATING])
    assert seasons(own, "供暖季")[0] == Season(date(2023, 11, 15), date(2024, 3, 15))
    one = changed(Own(), [SeasonChange("两会", 2024, date(2024, 12, 28), date(2025, 1, 5))])
    assert calendar(one, 2025, 2025).season("两会", 2024) == Season(date(2024, 12, 28), date(2025, 1, 5))


def test_the_last_of_february_is_there_every_year():
    own = changed(Own(), [SeasonChange("节后", None, date(2024, 2, 20), date(2024, 2, 29))])
    assert [span.end.day for span in seasons(own, "节后")] == [28, 29, 28, 28]


def test_a_season_that_is_taken_away_is_gone():
    own = changed(changed(Own(), [FLOOD]), [SeasonChange("汛期", None)])
    assert own == Own() and not seasons(own, "汛期")


def test_an_unknown_year_is_estimated_but_for_days_that_the_tenant_has_settled():
    own = changed(Own(), [DayChange(date(NEXT, 2, 3), "worked", "补班")])
    made = calendar(own, NEXT - 1, NEXT)
    assert made.is_estimated(date(NEXT, 3, 3)) and not made.is_estimated(date(NEXT, 2, 3))
    assert made.is_estimated(date(NEXT - 1, 12, 28)), "the days around New Year are moved together"
    assert not made.is_estimated(date(NEXT - 1, 12, 1))
    assert made.rests_on_estimate(date(NEXT, 1, 5), date(NEXT - 1, 12, 1))
    assert not made.rests_on_estimate(date(NEXT - 1, 11, 1), date(NEXT - 1, 12, 1))


def test_a_tenant_may_vouch_for_a_year():
    own = changed(Own(), [YearChange(NEXT, True)])
    assert not calendar(own, NEXT, NEXT).estimated
    assert calendar(changed(own, [YearChange(NEXT, False)]), NEXT, NEXT).estimated == {NEXT}


@pytest.mark.parametrize(
    "change",
    [
        DayChange(date(2024, 1, 1), "half"),  # type: ignore[arg-type]
        DayChange(date(1900, 1, 1), "off"),
        SeasonChange("", None, date(2024, 6, 1), date(2024, 9, 30)),
        SeasonChange("长" * 41, None, date(2024, 6, 1), date(2024, 9, 30)),
        SeasonChange("汛期", 2024, date(2024, 9, 30), date(2024, 6, 1)),
        SeasonChange("汛期", 2024, date(2025, 6, 1), date(2025, 9, 30)),
        SeasonChange("汛期", 2024, date(2024, 1, 1), date(2025, 1, 1)),
        YearChange(3000, True),
    ],
)
def test_what_makes_no_sense_is_refused(change):
    with pytest.raises(Invalid):
        changed(Own(), [change])


def test_a_year_lists_what_the_state_and_what_the_tenant_says():
    own = changed(
        Own(), [DayChange(date(2024, 10, 1), "worked", "值守"), DayChange(date(2024, 11, 5), "off", "")]
    )
    found = {day: (state and state.kind, mine and mine.kind) for day, state, mine in exceptional(own, 2024)}
    assert found[date(2024, 10, 1)] == ("off", "worked") and found[date(2024, 11, 5)] == (None, "off")
    assert found[date(2024, 10, 2)] == ("off", None) and list(found) == sorted(found)
