"""Indicators over time and over units: the worst period, a trend, years, each of several, a span without a cap."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.measures import Fact, measured, of_each, period_of
from forms.expression import compile_expression
from workflows.elements import Indicator
from workflows.parts import Target


def indicator(value: str = "sum(report, 人数)", **more: Any) -> Indicator:
    return Indicator(id="x", title="指标", value=compile_expression(value), **more)


def facts(**counts: int) -> dict[str, list[Fact]]:
    """Return reports: y2024=3 is three people in 2024, m2024_11=3 in that month."""
    return {"report": [Fact(key[1:].replace("_", "-"), {"人数": n}) for key, n in counts.items()]}


def test_a_trend_holds_the_newest_period_against_the_one_before() -> None:
    falling = indicator(trend="falling", per="year")
    found = measured(falling, facts(y2022=9, y2023=7, y2024=5))
    assert (found.value, found.before, found.month, found.met) == (5, 7, "2024", True)
    assert measured(falling, facts(y2023=7, y2024=7)).met is False
    assert measured(indicator(trend="rising", per="year"), facts(y2023=7, y2024=8)).met is True
    first = measured(falling, facts(y2024=5))
    assert first.met is None and first.before is None  # there is nothing to hold it against


def test_a_yearly_target_shows_its_worst_year_and_counts_only_the_years_it_is_for() -> None:
    least = indicator(per="year", target=Target(">= 2", ">=", Decimal(2)))
    assert measured(least, facts(m2024_01=1, m2024_12=1, m2025_03=1)).month == "2025"
    assert (
        measured(indicator(per="year", years=(2024,), target=least.target), facts(m2024_01=2, m2025_03=1)).met
        is True
    )


@pytest.mark.parametrize(
    ("month", "per", "period"),
    [("2024-11", "month", "2024-11"), ("2024-11", "quarter", "2024-Q4"), ("2024-01", "quarter", "2024-Q1"),
     ("2024-11", "year", "2024"), ("2024", "quarter", "2024"), ("2024", "year", "2024"),
     ("2024-11", "half_year", "2024-H2"), ("2024-06-30", "half_year", "2024-H1"), ("2024-11-05", "ten_days", "2024-11-10"),
     ("2024-02-21", "ten_days", "2024-02-29"), ("2024-12-30", "week", "2025-W01"), ("2024-11-05", "month", "2024-11"),
     ("2024-11", "ten_days", "2024-11")],
)  # fmt: skip
def test_a_month_lies_in_its_quarter_and_year(month: str, per: str, period: str) -> None:
    assert period_of(month, per) == period


def test_each_of_several_units_has_to_meet_it_and_who_does_not_is_known() -> None:
    each = indicator(target=Target("1..2", "..", Decimal(1), Decimal(2), uncapped=True))
    found = of_each(each, [("甲", facts(y2024=1)), ("乙", facts()), ("丙", facts(y2024=5))])
    assert [(name, one.value, one.met) for name, one in found.units] == [
        ("甲", 1, True),
        ("乙", 0, False),
        ("丙", 5, True),
    ]
    assert (found.value, found.met) == (2, False)
    capped = indicator(target=Target("1..2", "..", Decimal(1), Decimal(2)))
    assert measured(capped, facts(y2024=5)).met is False


def test_what_cannot_be_worked_out_for_one_is_told_for_all() -> None:
    wrong = indicator("10 / sum(report, 人数)", target=Target("> 1", ">", Decimal(1)))
    found = of_each(wrong, [("甲", facts(y2024=1)), ("乙", facts(y2024=0))])
    assert found.trouble is not None and found.met is None


def test_a_field_that_is_named_says_for_when_an_answer_counts() -> None:
    checks = {"report": [Fact("2024-11-25", {"人数": n, "检查日期": day}) for n, day in
                         ((1, "2024-11-05"), (1, "2024-11-09"), (1, "2024-11-12"), (1, None))]}  # fmt: skip
    least = indicator(
        "count(report)", per="ten_days", dated="检查日期", target=Target(">= 2", ">=", Decimal(2))
    )
    found = measured(least, checks)
    assert (found.value, found.met) == (1, False)
    assert found.month == "2024-11-30"  # what names no day of its own counts on the day it was filed
    by_month = indicator("count(report)", per="month", dated="检查日期")
    assert measured(by_month, checks).value == 4
